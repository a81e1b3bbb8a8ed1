"""What the book is made of: its folder, its address, its pages, its notebooks.

Everything that depends on the public address is derived from `repository.url` in `_config.yml`.
"""

import re
from dataclasses import dataclass
from pathlib import Path

import nbformat
import yaml

ROOT = Path(__file__).resolve().parent.parent
FAMILIES = (
    "instance",
    "feature",
    "model",
    "relation",
    "deep",
    "frontiers",
    "since",
    "practice",
)
# Pages of a family that teach no single method: no module has their name.
NO_METHOD = ("overview", "own_table", "one_plate", "questions", "at_scale")
# What a copy of the repository leaves behind, as patterns of names.
NOT_COPIED = (
    ".git",
    ".venv*",
    "_build",
    "__pycache__",
    ".*_cache",
    "*.egg-info",
    "cache",
)
KERNELSPEC = {"display_name": "Python 3", "language": "python", "name": "python3"}
LANGUAGE_INFO = {"name": "python", "pygments_lexer": "ipython3"}


@dataclass(frozen=True)
class Address:
    """Where the book lives; a fork changes one line of `_config.yml`."""

    repository: str  # https://github.com/<owner>/<name>
    branch: str

    @property
    def owner(self):
        return self.repository.split("/")[-2]

    @property
    def name(self):
        return self.repository.split("/")[-1]

    @property
    def host(self):
        return f"{self.owner.lower().replace('_', '-')}.github.io"

    @property
    def prefix(self):
        """Return the folder of the site; a repository named like its host is the whole host."""
        return "/" if self.name.lower() == self.host else f"/{self.name}/"

    @property
    def site(self):
        return f"https://{self.host}{self.prefix}"

    @property
    def mentions(self):
        """Return a pattern that finds this address in a text, on whatever host it is named.

        It finds the address, not the words of it: an owner may be called `test`, and an address
        may be the beginning of another.
        """
        end = r"(?![\w-]|\.(?!git\b)\w)"
        repository = re.escape(f"{self.owner}/{self.name}")
        site = re.escape(self.host + self.prefix.rstrip("/"))
        if self.prefix == "/":  # then other books may lie below it
            end_of_site = (
                r"(?=/?(?:[^\w/.-]|\.?\s|\.?$|chapters/|slides/|[\w-]+\.html))"
            )
        else:
            end_of_site = end
        hosts = r"github\.com[/:]|githubusercontent\.com/|/github/|/gh/"
        return re.compile(
            rf"(?P<host>{hosts}){repository}{end}|(?<![\w.-]){site}{end_of_site}",
            re.IGNORECASE,
        )

    def colab(self, page):
        blob = f"github/{self.owner}/{self.name}/blob/{self.branch}/{page}"
        return f"https://colab.research.google.com/{blob}"

    def file(self, path):
        return f"{self.repository}/blob/{self.branch}/{path}"


def is_method(page):
    """Tell whether a chapter, such as "feature/tca", teaches the method of one module."""
    family, _, name = page.partition("/")
    return family in FAMILIES and name not in NO_METHOD


def module_of(family, name, root=ROOT):
    """Return the path of a module of a family, which may lie in a folder of the family."""
    direct = root / "tlbook" / family / f"{name}.py"
    return next((root / "tlbook" / family).glob(f"[!_]*/{name}.py"), direct)


def config(root=ROOT):
    return yaml.safe_load((root / "_config.yml").read_text(encoding="utf-8"))


def address(root=ROOT):
    repository = config(root)["repository"]
    return Address(repository["url"].rstrip("/"), repository["branch"])


def setup_source(root=ROOT):
    """Return the first code cell of every chapter: where tlbook is missing, it installs it.

    In Colab, only with the packages that Colab lacks: `--no-deps` leaves its NumPy and PyTorch as
    they are. Elsewhere with all that chapters import.
    """
    repository = f"git+{address(root).repository}"
    return (
        "import importlib.util\n"
        "import sys\n"
        "\n"
        'if importlib.util.find_spec("tlbook") is None:\n'
        '    if "google.colab" in sys.modules:  # with its own NumPy and PyTorch\n'
        f'        %pip install -q --no-deps array-api-compat POT seglearn "tlbook @ {repository}"\n'
        "    else:\n"
        f'        %pip install -q "tlbook[chapters] @ {repository}"'
    )


def parts(root=ROOT):
    """Return [(caption, [page, ...]), ...] of `_toc.yml`, pages without their suffix."""
    toc = yaml.safe_load((root / "_toc.yml").read_text(encoding="utf-8"))
    found = [("", [toc["root"]])]
    for part in toc.get("parts", []):
        # a part may be empty until `make front` takes it out
        listed = part.get("chapters") or []
        found.append((part["caption"], [chapter["file"] for chapter in listed]))
    return found


def pages(root=ROOT):
    return [page for _, pages in parts(root) for page in pages]


def numbers(root=ROOT):
    """Return {page: its number} of the chapters that have one, counted through all parts."""
    toc = yaml.safe_load((root / "_toc.yml").read_text(encoding="utf-8"))
    counted = [
        chapter["file"]
        for part in toc.get("parts", [])
        if part.get("numbered")
        for chapter in part.get("chapters") or []
    ]
    return {page: i for i, page in enumerate(counted, start=1)}


def rooms(root=ROOT):
    """Return the captions that belong to a part of the talk: between "Part 2" and "Part 3"."""
    captions = [caption for caption, _ in parts(root)]
    spine = [
        i for i, caption in enumerate(captions) if caption.startswith("Part ")
    ]
    inner = range(spine[0], spine[-1]) if spine else ()
    return [captions[i] for i in inner if i not in spine]


def notebooks(root=ROOT):
    """Return the notebooks under `chapters/`, in the order of the toc, the unlisted ones last."""
    order = {root / f"{page}.ipynb": i for i, page in enumerate(pages(root))}
    found = [
        path
        for path in sorted((root / "chapters").rglob("*.ipynb"))
        if ".ipynb_checkpoints" not in path.parts
    ]
    return sorted(found, key=lambda path: order.get(path, len(order)))


def read(path):
    return nbformat.read(path, as_version=4)


def tags(cell):
    return set(cell.metadata.get("tags", []))


def images(cell):
    """Return the outputs of a cell that are pictures."""
    return [
        output
        for output in cell.get("outputs", [])
        if any(kind.startswith("image/") for kind in output.get("data", {}))
    ]


def alt_of(output):
    """Return the description of a picture, or nothing."""
    described = [
        one
        for one in output.get("metadata", {}).values()
        if isinstance(one, dict)
    ]
    return "".join(one.get("alt", "") for one in described)
