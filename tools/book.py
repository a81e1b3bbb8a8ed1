"""What the book is made of: its folder, its address, its pages, its notebooks.

Everything that depends on the public address is derived from `repository.url` in `_config.yml`.
"""

from dataclasses import dataclass
from pathlib import Path

import nbformat
import yaml

ROOT = Path(__file__).resolve().parent.parent
FAMILIES = ("instance", "feature", "model", "relation", "deep", "frontiers", "since")
KERNELSPEC = {"display_name": "Python 3", "language": "python", "name": "python3"}
LANGUAGE_INFO = {"name": "python", "pygments_lexer": "ipython3"}


@dataclass(frozen=True)
class Address:
    """Where the book lives; a fork changes one line of `_config.yml`."""

    repository: str  # https://github.com/OWNER/NAME
    branch: str

    @property
    def owner(self):
        return self.repository.split("/")[-2]

    @property
    def name(self):
        return self.repository.split("/")[-1]

    @property
    def site(self):
        return f"https://{self.owner.lower().replace('_', '-')}.github.io/{self.name}/"

    def colab(self, page):
        blob = f"github/{self.owner}/{self.name}/blob/{self.branch}/{page}"
        return f"https://colab.research.google.com/{blob}"

    def file(self, path):
        return f"{self.repository}/blob/{self.branch}/{path}"


def config(root=ROOT):
    return yaml.safe_load((root / "_config.yml").read_text(encoding="utf-8"))


def address(root=ROOT):
    repository = config(root)["repository"]
    return Address(repository["url"].rstrip("/"), repository["branch"])


def setup_source(root=ROOT):
    """Return the first code cell of every chapter.

    On a machine without tlbook, such as Colab, it installs the package and the dependencies that
    Colab lacks. `--no-deps` leaves the NumPy and PyTorch of that machine as they are.
    """
    wanted = f'array-api-compat POT seglearn "tlbook @ git+{address(root).repository}"'
    return (
        "import importlib.util\n"
        "\n"
        'if importlib.util.find_spec("tlbook") is None:  # Colab or another fresh machine\n'
        f"    %pip install -q --no-deps {wanted}"
    )


def parts(root=ROOT):
    """Return [(caption, [page, ...]), ...] of `_toc.yml`, pages without their suffix."""
    toc = yaml.safe_load((root / "_toc.yml").read_text(encoding="utf-8"))
    found = [("", [toc["root"]])]
    for part in toc.get("parts", []):
        found.append((part["caption"], [chapter["file"] for chapter in part["chapters"]]))
    return found


def pages(root=ROOT):
    return [page for _, pages in parts(root) for page in pages]


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
