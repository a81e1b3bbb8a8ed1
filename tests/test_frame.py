"""The house stands: the mirror, the toc, the form of the chapters, and that the commands notice.

The last section falsifies a chapter in each way that must not pass, and runs the true commands.
"""

import base64
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import check_book
import drop
import front
import nbformat
import origin
import pytest
import refresh
import uses
import yaml
from book import (
    FAMILIES,
    ROOT,
    Address,
    address,
    is_method,
    notebooks,
    numbers,
    pages,
    parts,
    read,
    setup_source,
    tags,
)
from docutils import nodes
from docutils.utils import new_document
from folding import only_draw
from notebook_text import lines
from pages import keep_tags
from pybtex.database import parse_file

NOTEBOOK_BYTES = 600_000
BINARY_BYTES = 200_000
IMAGE_BYTES = 200_000


def label(path):
    return path.relative_to(ROOT).as_posix()


def tracked():
    """Return the files of the repository, those not yet committed included."""
    if not (ROOT / ".git").exists():
        pytest.skip("not a git checkout")
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    return [
        ROOT / line for line in listed.splitlines() if (ROOT / line).is_file()
    ]


# --- The mirror and the toc ----------------------------------------------------------------------


@pytest.mark.parametrize("family", FAMILIES)
def test_mirror(family):
    modules = {p.stem for p in (ROOT / "tlbook" / family).glob("*.py")} - {
        "__init__"
    }
    public = {name for name in modules if not name.startswith("_")}
    private = {name.lstrip("_") for name in modules - public}
    engine = {p.stem for p in (ROOT / "tlbook" / family).glob("[!_]*/[!_]*.py")}
    chapters = {
        p.stem
        for p in (ROOT / "chapters" / family).glob("*.ipynb")
        if is_method(f"{family}/{p.stem}")
    }
    tests = {
        p.stem.removeprefix("test_")
        for p in (ROOT / "tests" / family).glob("test_*.py")
    }
    recorded = {
        name.partition("/")[2]
        for name in drop.without_chapter()
        if name.startswith(family)
    }
    # of a folder, what has no chapter is what the others share
    public |= engine & chapters
    private |= engine - chapters
    assert chapters <= public, (
        f"no module tlbook/{family}/NAME.py for the chapters {chapters - public}: write it"
        " (`make new-chapter` begins chapter, module and test together)"
    )
    assert public - chapters == recorded, (
        f"no chapter chapters/{family}/NAME.ipynb for the modules {public - chapters}, of which"
        f" {recorded} may stay without: take a chapter out by `make drop CHAPTER={family}/NAME`,"
        f" which writes {drop.RECORD}"
    )
    assert public <= tests, (
        f"write tests/{family}/test_NAME.py for {public - tests}"
    )
    assert tests <= public | private, (
        f"tests/{family} tests modules that are not there: {tests - public - private}"
    )


LONGEST = 330  # lines of a module; a longer one is parted where it is two things
ONE_THING = {  # longer modules that have no seam, and why
    "contract.py": "one class, from which every method inherits",
    "practice/_plate.py": "one table of methods and calls",
    "practice/diagnosis.py": "one report: its record, words and rules; evidence apart",
    "practice/is_there_a_shift.py": "three tests, and the records that they return",
}


def test_a_long_module_is_one_thing():
    lengths = {
        path.relative_to(ROOT / "tlbook").as_posix(): len(
            path.read_text(encoding="utf-8").splitlines()
        )
        for path in tracked()
        if path.suffix == ".py" and path.is_relative_to(ROOT / "tlbook")
    }
    long = {name: n for name, n in lengths.items() if n > LONGEST}
    more = {name: n for name, n in long.items() if name not in ONE_THING}
    assert not more, (
        f"{more} have more than {LONGEST} lines: part them where they are two things (a private"
        " module `_name.py` beside them is free), or say in `ONE_THING` why they are one"
    )
    assert set(ONE_THING) & set(lengths) <= set(long), (
        f"{set(ONE_THING) - set(long)} are short by now: take them out of `ONE_THING`"
    )


def test_no_module_stays_for_nothing():
    needed = {
        name.removeprefix("tlbook.").replace(".", "/"): f
        for name, f in uses.who_needs(ROOT).items()
    }
    idle = [name for name in drop.without_chapter() if not needed[name]]
    assert not idle, (
        f"nothing needs {idle} any more: take module, test and exports out"
    )


def test_toc_lists_every_page_once():
    listed = pages()
    chapters = ROOT / "chapters"
    there = [
        p for p in chapters.rglob("*.md") if ".ipynb_checkpoints" not in p.parts
    ]
    there += notebooks()
    files = [label(path.with_suffix("")) for path in there]
    assert not set(files) - set(listed), (
        f"name {sorted(set(files) - set(listed))} in _toc.yml, as `- file: chapters/...`, and run"
        " `make front`; a page that is to go is taken out by `make drop`"
    )
    assert not set(listed) - set(files), (
        f"take {sorted(set(listed) - set(files))} out of _toc.yml: there are no such pages"
    )
    assert len(set(listed)) == len(listed), (
        "_toc.yml names a page twice: take one line out"
    )


def test_each_part_has_a_name_of_its_own():
    names = [caption.partition(".")[0] for caption, _ in parts()]
    twice = {name for name in names if names.count(name) > 1}
    assert not twice, (
        f"_toc.yml has more than one part {sorted(twice)}: give each its own name"
    )


def test_every_notebook_has_a_number():
    """And no page has one that is no chapter of the course."""
    counted = numbers()
    lacking = [
        label(path)
        for path in notebooks()
        if label(path.with_suffix("")) not in counted
    ]
    assert not lacking, (
        f"in _toc.yml, say `numbered: 1` in the parts of {lacking}"
    )
    assert list(counted.values()) == list(range(1, len(counted) + 1))
    assert not [page for page in counted if page.startswith(front.API)]


def test_no_to_do_is_left():
    """`make new-chapter` marks with TODO what is to be written."""
    found = []
    for folder in (
        "chapters",
        "tlbook",
        *(f"tests/{family}" for family in FAMILIES),
    ):
        for path in sorted((ROOT / folder).rglob("*.*")):
            if path.suffix == ".ipynb":
                cells = read(path).cells
                captions = [
                    one.metadata.get("mystnb", {}).get("figure", {})
                    for one in cells
                ]
                text = "\n".join(
                    [prose(path), *(one.get("caption", "") for one in captions)]
                )
                lines = [("", line) for line in text.splitlines()]
            elif path.suffix in {".py", ".md", ".toml"}:
                text = path.read_text(encoding="utf-8")
                lines = [
                    (f"{i}:", line)
                    for i, line in enumerate(text.splitlines(), start=1)
                ]
            else:
                continue
            for number, line in lines:
                if re.search(r"\bTODO\b", line):
                    found.append(
                        f"{label(path)}:{number} {line[line.index('TODO') :]}"
                    )
    assert not found, "write what is marked TODO:\n" + "\n".join(found)


# --- The form of the chapters --------------------------------------------------------------------

each_chapter = pytest.mark.parametrize("path", notebooks(), ids=label)


def refresh_command(path):
    name = path.relative_to(ROOT / "chapters").with_suffix("").as_posix()
    return f"run `make refresh CHAPTER={name}`"


@each_chapter
def test_chapter_is_as_refresh_writes_it(path):
    """No figure without alt text, no stderr, no path of a machine, canonical ids and metadata."""
    try:
        text = nbformat.writes(refresh.canonical(read(path)), version=4) + "\n"
    except refresh.Refused as reason:
        pytest.fail(f"{reason}\nmend that, then {refresh_command(path)}")
    assert path.read_text(encoding="utf-8") == text, refresh_command(path)


@each_chapter
def test_chapter_was_run_from_top_to_bottom(path):
    code = [cell for cell in read(path).cells if cell.cell_type == "code"]
    counts = [cell.execution_count for cell in code]
    assert counts == list(range(1, len(code) + 1)), refresh_command(path)
    failed = [
        cell.source
        for cell in code
        for one in cell.outputs
        if one.output_type == "error"
    ]
    assert not failed, (
        f"mend these cells, then {refresh_command(path)}:\n" + "\n\n".join(failed)
    )


@each_chapter
def test_chapter_starts_with_the_setup_cell(path):
    code = [cell for cell in read(path).cells if cell.cell_type == "code"]
    assert tags(code[0]) >= {"setup", "hide-cell"}, (
        'give the first code cell the tags "setup" and "hide-cell"; `make front` writes its source'
    )
    assert code[0].source == setup_source(), (
        "run `make front`: it writes the first code cell"
    )
    others = [cell.source for cell in code[1:] if "setup" in tags(cell)]
    assert not others, (
        f'take the tag "setup" off {others}: only the first code cell has it'
    )


@each_chapter
def test_chapter_is_small(path):
    size = path.stat().st_size
    assert size <= NOTEBOOK_BYTES, (
        f"{size} bytes, more than {NOTEBOOK_BYTES}: make figures smaller or fewer"
    )
    for cell in read(path).cells:
        for output in cell.get("outputs", []):
            kinds = {
                kind
                for kind in output.get("data", {})
                if kind.startswith("image/")
            }
            drawn = 'class="tlb-panel"' in output.get("data", {}).get(
                "image/svg+xml", ""
            )
            assert kinds <= ({"image/svg+xml"} if drawn else {"image/png"}), (
                "draw with tlbook.plot, which makes PNG, or with tlbook.drawing: nbval compares"
                f" every byte of SVG\n{cell.source}"
            )
            for kind in kinds & {"image/png"}:
                size = len(base64.b64decode(output.data[kind]))
                assert size <= IMAGE_BYTES, (
                    f"a picture of {size} bytes, more than {IMAGE_BYTES}: draw fewer points, or a"
                    f" smaller figure\n{cell.source}"
                )


def own_addresses():
    """Return the address of this book and those of the books that it was made from."""
    sources = [
        Address(one["repository-code"], "main") for one in origin.sources()
    ]
    return [address(), *sources]


@each_chapter
def test_chapter_is_plain_markdown(path):
    """It must read well on GitHub, in Colab, in Jupyter and in the book."""
    for cell in read(path).cells:
        if cell.cell_type == "markdown":
            text = re.sub(
                r"(```.*?```|`[^`\n]*`)", "", cell.source, flags=re.DOTALL
            )
            directive = re.search(
                r"^:::.*|^```\{.*|\{[a-z:]+\}`.*", cell.source, re.MULTILINE
            )
            assert not directive, (
                f"GitHub and Colab do not know {directive.group()!r}: write plain Markdown"
            )
            stray = re.search(
                r"^(?!\$\$)[^\n]*\S[^\n]*\$\$[^\n]*\S[^\n]*$", text, re.MULTILINE
            )
            assert not stray, (
                f"put the $$ of this formula at the start of a line: {stray.group()}"
            )
            for place in own_addresses():
                found = place.mentions.search(text)
                assert not found, (
                    f"links within the book are relative, not {found.group()}"
                )


# --- One address, one language, small files ------------------------------------------------------


def test_front_is_up_to_date():
    """README, citation, front page and setup cells follow `_config.yml` and `_toc.yml`."""
    for path, text in front.wanted():
        assert front.current(path) == text, (
            f"{label(path)} is out of date: run `make front`"
        )


# whole addresses in this file could be those of a fork
HUB = "https://" + "github.com"


def test_front_moves_the_book_to_another_address(tmp_path):
    for name in (
        "README.md",
        "CITATION.cff",
        "_config.yml",
        "_toc.yml",
        "pyproject.toml",
    ):
        shutil.copy(ROOT / name, tmp_path)
    for folder in ("chapters", "tlbook"):
        shutil.copytree(ROOT / folder, tmp_path / folder)
    old = address()
    settings = (tmp_path / "_config.yml").read_text(encoding="utf-8")
    settings = settings.replace(old.repository, f"{HUB}/some_school/course")
    (tmp_path / "_config.yml").write_text(settings, encoding="utf-8")
    for path, text in front.wanted(tmp_path):
        found = old.mentions.search(text or "")
        assert not found, f"{path.name} still names {found.group()}"
    assert f"git+{HUB}/some_school/course" in setup_source(tmp_path)
    assert address(tmp_path).site == "https://some-school.github.io/course/"


def links_to_github(path):
    """Return what may hold an address in a file, a line each: the rest may be long pictures."""
    text = path.read_text(encoding="utf-8", errors="ignore")
    found = re.finditer(r"github|GitHub|/gh/", text)
    return "\n".join(text[max(0, m.start() - 100) : m.end() + 100] for m in found)


def test_address_is_in_no_other_file():
    written = {path for path, _ in front.wanted()} | {ROOT / "_config.yml"}
    for path in set(tracked()) - written:
        text = links_to_github(path)
        for place in own_addresses():
            found = place.mentions.search(text)
            assert not found, (
                f"{label(path)} names the address {found.group()}, which a fork would not change:"
                " take it from `book.address()`, or let tools/front.py write the file"
            )


@pytest.mark.parametrize(
    ("repository", "text", "found"),
    [
        (
            "mit/tl",
            "sum{at}; per{at}; {owner}.edu/{name}; the folder com{at}; {owner}",
            False,
        ),
        ("mit/tl", "a link to {hub}/{at}.", True),
        ("mit/tl", "pip install git+{hub}/{at}.git", True),
        ("mit/tl", "git@{host}:{at}.git", True),
        ("mit/tl", "{hub}/{AT}/blob/main/a.md", True),
        (
            "mit/tl",
            "https://colab.research.google.com/github/{at}/blob/main/a.ipynb",
            True,
        ),
        ("mit/tl", "https://mybinder.org/v2/gh/{at}/main", True),
        ("mit/tl", "https://{owner}.github.io/{name}/chapters/intro.html", True),
        (
            "mit/tl",
            "{hub}/{at}2, {hub}/{at}-course, {hub}/{at}.js, {hub}/sum{at}",
            False,
        ),
        (
            "mit/tl",
            "https://{owner}.github.io/ https://{owner}.github.io/{name}2",
            False,
        ),
        ("mit/tl", "https://sum{owner}.github.io/{name}", False),
        ("test/book", "tests/book.py, the latest/book, py{at}", False),
        ("test/book", "see <{hub}/{at}>", True),
        ("lab/lab.github.io", "https://{name}/chapters/intro.html", True),
        ("lab/lab.github.io", "https://{name}/ and more", True),
        ("lab/lab.github.io", "https://{name}/another-book/", False),
    ],
)
def test_an_address_is_found_and_nothing_else(repository, text, found):
    owner, _, name = repository.partition("/")
    host = HUB.removeprefix("https://")
    names = {
        "at": repository,
        "AT": repository.upper(),
        "owner": owner,
        "name": name,
    }
    text = text.format(**names, hub=HUB, host=host)
    assert (
        bool(Address(f"{HUB}/{repository}", "main").mentions.search(text))
        == found
    )


def test_an_owner_may_be_a_word():
    """No text of the book looks like the address of a fork to an owner of such a name."""
    owners = (
        "mit",
        "cs",
        "ml",
        "lab",
        "wang",
        "test",
        "book",
        "tlbook",
        "a",
        "your_school",
    )
    names = ("tlbook", "course", "tl", "book", "code")
    places = [
        Address(f"{HUB}/{owner}/{name}", "main")
        for owner in owners
        for name in names
    ]
    places = [place for place in places if place not in own_addresses()]
    for path in tracked():
        text = links_to_github(path)
        for place in places:
            found = place.mentions.search(text)
            assert not found, f"{label(path)}: {found.group()}"


@pytest.mark.parametrize(
    ("repository", "site", "prefix"),
    [
        (
            "Some_School/course",
            "https://some-school.github.io/course/",
            "/course/",
        ),
        ("Lab/lab.github.io", "https://lab.github.io/", "/"),
    ],
)
def test_site_of_a_repository(repository, site, prefix):
    here = Address(f"{HUB}/{repository}", "main")
    assert (here.site, here.prefix) == (site, prefix)


def test_citation_names_the_version_of_the_package():
    import tlbook

    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    assert citation["version"] == tlbook.__version__, (
        "give CITATION.cff and tlbook/__init__.py the same version"
    )
    assert citation["repository-code"] == address().repository, "run `make front`"
    assert citation["url"] == address().site, "run `make front`"


BRITISH = re.compile(
    r"\b(?:behaviour|colour|neighbour|favour|licence|whilst)|\bcentre[sd]?\b"
    r"|\b(?:label|model|travel|cancel)l(?:ed|ing)\b"
    r"|\b(?:optim|general|normal|regular|minim|maxim|initial|visual|summar|recogn|organ|real)"
    r"is(?:e[sdr]?|ing|ation)\b|\banalys(?:e|ed|ing)\b",
    re.IGNORECASE,
)


def prose(path):
    if path.suffix == ".ipynb":
        return "\n".join(cell.source for cell in read(path).cells)
    return path.read_text(encoding="utf-8")


def test_american_spelling():
    found = []
    for path in tracked():
        if path.suffix in {".md", ".py", ".ipynb"} and path != Path(__file__):
            # titles of papers
            text = re.sub(r"\[[^\]]*\]\(http[^)]*\)", "", prose(path))
            found += [
                f"{label(path)}: {word}" for word in set(BRITISH.findall(text))
            ]
    assert not found, "spell the American way:\n" + "\n".join(found)


def test_spelling_test_knows_both():
    assert BRITISH.search("the colour of a labelled neighbour, normalised")
    assert not BRITISH.search(
        "the color of a labeled neighbor, normalized; analyses; a promise"
    )


def test_no_large_binary():
    for path in tracked():
        data = path.read_bytes()
        if b"\0" in data[:8000]:
            assert len(data) <= BINARY_BYTES, (
                f"{label(path)} has {len(data)} bytes, more than {BINARY_BYTES}: make it smaller,"
                " or let a fetcher of tlbook/datasets download it"
            )


def test_references_can_be_found():
    entries = parse_file(str(ROOT / "references.bib"), "bibtex").entries
    for key, entry in entries.items():
        fields = entry.fields
        doi, url = fields.get("doi", ""), fields.get("url", "")
        found = re.fullmatch(r"10\.\d{4,9}/\S+", doi) or url.startswith(
            "https://"
        )
        assert found, (
            f"give {key} in references.bib a doi, or a url that begins with https://"
        )
        lacking = {"title", "year"} - set(fields)
        assert not lacking, f"give {key} in references.bib {lacking}"
    dois = [
        entry.fields["doi"].lower()
        for entry in entries.values()
        if "doi" in entry.fields
    ]
    twice = {doi for doi in dois if dois.count(doi) > 1}
    assert not twice, f"references.bib has {twice} twice: take one entry out"


DOI = re.compile(r"doi\.org/(10\.\d{4,9}/[^\s\"'<>\\\]]+)")


def dois(text):
    """Return the DOIs that a text links to, without the punctuation around a link."""
    for doi in DOI.findall(text):
        doi = doi.rstrip(".,;:")
        while doi.endswith(")") and doi.count(")") > doi.count("("):
            doi = doi[:-1].rstrip(".,;:")
        yield doi.lower()


def test_dois_are_found_in_links():
    text = "see [a](https://doi.org/10.1016/S0378-3758(00)00115-4)). https://doi.org/10.1/x"
    assert list(dois(text)) == ["10.1016/s0378-3758(00)00115-4"]
    assert list(dois("(https://doi.org/10.1007/s10994-009-5152-4)):")) == [
        "10.1007/s10994-009-5152-4"
    ]


def cited_texts():
    """Yield (file, text) of everything that may name a work: chapters, pages, modules."""
    for path in (ROOT / "chapters").rglob("*"):
        generated = (
            path.parent.name == "api" or ".ipynb_checkpoints" in path.parts
        )
        if path.suffix in {".ipynb", ".md"} and not generated:
            yield label(path), prose(path)
    for path in (ROOT / "tlbook").rglob("*.py"):
        yield label(path), path.read_text(encoding="utf-8")


def test_every_cited_work_is_in_the_references():
    entries = parse_file(str(ROOT / "references.bib"), "bibtex").entries
    listed = {entry.fields.get("doi", "").lower() for entry in entries.values()}
    missing = {
        f"{name}: {doi}"
        for name, text in cited_texts()
        for doi in dois(text)
        if doi not in listed
    }
    assert not missing, "enter these works in references.bib:\n" + "\n".join(
        sorted(missing)
    )


def test_every_reference_is_cited():
    entries = parse_file(str(ROOT / "references.bib"), "bibtex").entries
    text = "\n".join(text for _, text in cited_texts())
    lower = text.lower()
    keys = set(re.findall(r"\{cite:[a-z]+\}`([^`]+)`", text))
    for key, entry in entries.items():
        address = entry.fields.get("doi", entry.fields.get("url", "")).lower()
        assert key in keys or address in lower, (
            f"nothing cites {key}: link to its DOI, or take it out of references.bib"
        )


# --- The package is light ------------------------------------------------------------------------


def run(*command, cwd=ROOT, **environment):
    """Run a command as a user would: without what this test run has put into the environment."""
    clean = {
        k: v
        for k, v in os.environ.items()
        if not k.startswith(("PYTEST_", "COV_"))
    }
    return subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        env=clean | environment,
        capture_output=True,
        text=True,
    )


def test_import_is_fast():
    """It loads nothing that takes time, on any machine and however busy it is."""
    code = "import sys, tlbook; print(len(sys.modules), *sys.modules)"
    count, *loaded = run(sys.executable, "-c", code).stdout.split()
    heavy = {
        "IPython",
        "matplotlib",
        "numpy",
        "pandas",
        "scipy",
        "sklearn",
        "torch",
    }
    assert not heavy & set(loaded)
    assert int(count) < 300


def test_import_loads_no_torch():
    shallow = ["tlbook", "tlbook.datasets", "tlbook.discrepancy"]
    shallow += [
        f"tlbook.{family}"
        for family in ("instance", "feature", "model", "relation", "frontiers")
    ]
    code = f"import sys, {', '.join(shallow)}; print('torch' in sys.modules)"
    assert run(sys.executable, "-c", code).stdout == "False\n"


def test_readme_example_runs():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    (example,) = re.findall(r"```python\n(.*?)```", text, flags=re.DOTALL)
    result = run(
        sys.executable,
        "-W",
        "error",
        "-c",
        example.rstrip() + "\nassert model.n_features_in_",
    )
    assert result.returncode == 0, (
        f"mend the example of README.md:\n{result.stderr}"
    )


# --- The tools -----------------------------------------------------------------------------------


def notebook(*cells):
    """Return an unexecuted chapter: a title, the setup cell and the given code."""
    made = [nbformat.v4.new_markdown_cell("# A chapter")]
    made.append(nbformat.v4.new_code_cell("", metadata={"tags": ["setup"]}))
    made += [nbformat.v4.new_code_cell(source) for source in cells]
    return nbformat.v4.new_notebook(cells=made)


FIGURE = "from tlbook import plot\n\nfig, ax = plot.axes()\n"
GOOD = (
    "from tlbook import show\nfrom tlbook.kernels import gaussian_kernel\n\nshow(gaussian_kernel)",
    "print('an accuracy of')\nprint(f'{1 - 0.25:.3f}')",
    f"{FIGURE}ax.plot([1, 2])\nplot.finish(fig, 'A line that rises from one to two')",
    "assert 1 + 1 == 2",
)
REFUSED = {
    "fails": ("assert 1 + 1 == 3",),
    "warns": ("import warnings\n\nwarnings.warn('mind this')",),
    "path": ("import os\n\nprint(os.__file__)",),
    "mute": (FIGURE.rstrip(),),
    "empty": ("1 + 1", ""),
}


@pytest.fixture(scope="module")
def refreshed(tmp_path_factory):
    """Return a folder with one good chapter and bad ones, and what two runs of refresh did."""
    folder = tmp_path_factory.mktemp("chapters")
    for name, cells in {"good": GOOD, **REFUSED}.items():
        made = notebook(*cells)
        if name == "good":
            made.cells[4].metadata["mystnb"] = {
                "figure": {"caption": "It *rises*,\nby $1$."}
            }
        nbformat.write(made, folder / f"{name}.ipynb")
    before = {path.stem: path.read_bytes() for path in folder.iterdir()}
    first = run(sys.executable, "tools/refresh.py", *sorted(folder.iterdir()))
    after = {path.stem: path.read_bytes() for path in folder.iterdir()}
    second = run(sys.executable, "tools/refresh.py", folder / "good.ipynb")
    return folder, before, after, first, second


def test_refresh_twice_changes_no_byte(refreshed):
    folder, before, after, _, second = refreshed
    assert before["good"] != after["good"]
    assert second.returncode == 0, second.stdout + second.stderr
    assert (folder / "good.ipynb").read_bytes() == after["good"]


def test_refresh_writes_what_the_book_needs(refreshed):
    chapter = read(refreshed[0] / "good.ipynb")
    code = [cell for cell in chapter.cells if cell.cell_type == "code"]
    assert [cell.execution_count for cell in code] == [1, 2, 3, 4, 5]
    assert code[0].source == setup_source()
    assert [len(cell.outputs) for cell in code] == [0, 1, 1, 1, 0]
    assert code[2].outputs[0].text == "an accuracy of\n0.750\n"
    assert code[3].metadata == {
        "mystnb": {
            "figure": {"caption": "It *rises*, by $1$."},
            "image": {"alt": "A line that rises from one to two"},
        },
        "tags": ["hide-input"],
    }
    assert "[figure] A line that rises from one to two" in list(lines(chapter))


def test_refresh_writes_the_form_without_running(refreshed, tmp_path):
    """Only tags, captions and listings follow; a number stays as it is, right or wrong."""
    chapter = read(refreshed[0] / "good.ipynb")
    (figure,) = [cell for cell in chapter.cells if "hide-input" in tags(cell)]
    figure.metadata = nbformat.NotebookNode(
        mystnb={"figure": {"caption": "It rises."}}
    )
    (listing,) = [
        cell
        for cell in chapter.cells
        if cell.source.endswith("show(gaussian_kernel)")
    ]
    right = listing.outputs[0].data["text/markdown"]
    listing.outputs[0].data["text/markdown"] = "```python\nold\n```"
    (number,) = [cell for cell in chapter.cells if "0.25" in cell.source]
    number.outputs[0].text = "7"
    path = tmp_path / "good.ipynb"
    nbformat.write(chapter, path)
    assert refresh.reform(path)
    assert not refresh.reform(path)
    made = read(path)
    code = [cell for cell in made.cells if cell.cell_type == "code"]
    assert code[1].outputs[0].data["text/markdown"] == right
    assert (code[2].outputs[0].text, code[2].execution_count) == ("7", 3)
    assert code[3].metadata["tags"] == ["hide-input"]
    assert code[3].metadata["mystnb"]["figure"] == {"caption": "It rises."}
    assert code[3].metadata["mystnb"]["image"]["alt"].startswith("A line")


@pytest.mark.parametrize(
    ("figure", "reason"),
    [
        ({"caption": "It rises.", "width": 3}, "width"),
        ({"caption": "No figure."}, "no figure"),
    ],
)
def test_refresh_refuses_a_caption(refreshed, figure, reason):
    chapter = read(refreshed[0] / "good.ipynb")
    place = 4 if "width" in figure else 3
    assert ("hide-input" in tags(chapter.cells[place])) == (place == 4)
    chapter.cells[place].metadata["mystnb"] = {"figure": figure}
    with pytest.raises(refresh.Refused, match=reason):
        refresh.canonical(chapter)


DRAWN = "fig, ax = plot.axes()\nplot.finish(fig, 'alt')"


@pytest.mark.parametrize(
    ("cell", "later", "folded"),
    [
        (DRAWN, "", True),
        ("draw('feature/tca')", "", True),
        ("film('feature/tca')", "", True),
        (f"print(1)\n{DRAWN}", "", False),
        (f"{DRAWN}\nassert True", "", False),
        (f"show(f)\n{DRAWN}", "", False),
        ("fig, ax = plot.axes()", "", False),
        ("plot.axes()", "", False),
        (DRAWN, "fig.savefig('a')", False),
        (DRAWN, "fig, ax = plot.axes()\nax.plot(1)", True),
        (f"x = 1\n{DRAWN}", "y = x", False),
        (f"x = 1\n{DRAWN}", "x = 2\ny = x", True),
        (f"x = 1\n{DRAWN}", "x = x + 1", False),
        (f"x = 1\n{DRAWN}", "x += 1", False),
        (f"x = 1\n{DRAWN}", "for x in y:\n    print(x)", True),
        (f"x = 1\n{DRAWN}", "for y in x:\n    print(y)", False),
        (f"x = 1\n{DRAWN}", "z = [x for x in y]", True),
        (f"x = 1\n{DRAWN}", "z = [y for y in x]", False),
        (f"x = 1\n{DRAWN}", "f = lambda x: x", True),
        (f"x = 1\n{DRAWN}", "f = lambda y: x", False),
        (f"x = 1\n{DRAWN}", "def f(x):\n    return x", True),
        (f"x = 1\n{DRAWN}", "def f(y=x):\n    return y", False),
        (f"x = 1\n{DRAWN}", "def f():\n    return x", False),
        (f"x = 1\n{DRAWN}", "def f():\n    x = 1\n    return x", True),
        (f"x = 1\n{DRAWN}", "class A(x):\n    pass", False),
        (f"x = 1\n{DRAWN}", "with y as x:\n    x()", True),
        (f"x = 1\n{DRAWN}", "print(f'{x:.1f}')", False),
        (f"def x():\n    pass\n{DRAWN}", "x()", False),
        (f"import x\n{DRAWN}", "x.y()", False),
        (f"for x in y:\n    pass\n{DRAWN}", "x()", False),
    ],
)
def test_cells_that_only_draw_are_folded(cell, later, folded):
    assert only_draw(["import sys\n%pip list", cell, later])[1] is folded


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("fails", "cell 3 failed"),
        ("warns", "stderr"),
        ("path", "of this machine"),
        ("mute", "alt text"),
        ("empty", "cell 4 is empty"),
    ],
)
def test_refresh_refuses(refreshed, name, reason):
    _, before, after, first, _ = refreshed
    assert first.returncode == 1
    assert f"{name}.ipynb: " in first.stdout
    assert (
        reason in first.stdout.partition(f"{name}.ipynb: ")[2].partition("\n[")[0]
    )
    assert before[name] == after[name]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("File '/opt/python/lib/os.py'", "/opt/python"),
        ("C:\\Users\\me", "C:\\Users"),
        (
            "https://doi.org/10.1109/TNN, a/b/c, 1/2/3, <td></td>, f:\\mathbb R",
            None,
        ),
    ],
)
def test_refresh_knows_a_path(text, found):
    match = refresh.ABSOLUTE_PATH.search(text)
    assert (match and match.group()) == found


@pytest.mark.parametrize(
    ("formula", "kept"),
    [
        (r"a = b \\ c \tag{1}", r"\[a = b \\ c \tag{1}\]"),
        (r"a = b \\ c", r"a = b \\ c"),
    ],
)
def test_tagged_formulas_go_to_mathjax_as_they_are(formula, kept):
    document = new_document("page")
    document += nodes.math_block(formula, formula, nowrap=False)
    keep_tags(None, document)
    assert document[0].astext() == kept
    assert document[0]["nowrap"] == (formula != kept)


@pytest.mark.parametrize(
    ("html", "fault"),
    [
        (
            '<a href="https://elsewhere.org">read</a><img src="a.png" alt="A dot">',
            None,
        ),
        ('<link rel="canonical" href="https://elsewhere.org">', None),
        ('<a href="#here">up</a><p id="here"></p>', None),
        ('<div class="math">\\[ \\frac12 \\]</div><code>$$</code>', None),
        ('<script src="https://elsewhere.org/a.js"></script>', "another host"),
        ('<link rel="stylesheet" href="//elsewhere.org/a.css">', "another host"),
        ('<link rel="preconnect" href="https://elsewhere.org">', "another host"),
        ('<img src="https://elsewhere.org/a.png" alt="A dot">', "another host"),
        (
            '<p style="background: url(https://elsewhere.org/a.png)"></p>',
            "another host",
        ),
        ("<style>@import 'https://elsewhere.org/a.css';</style>", "another host"),
        ('<img src="a.png">', "alt text"),
        ('<a href="other.html">read</a>', "page that does not exist"),
        ('<a href="#there">read</a>', "anchor that does not exist"),
        (r"<p>$$ \frac12 $$</p>", "shown as source"),
        (r"<dt><span>classes\_</span></dt>", "escape"),
        (r"<code>a\_b</code>", None),
    ],
)
def test_check_book(tmp_path, html, fault):
    (tmp_path / "page.html").write_text(
        f"<html><body>{html}</body></html>", encoding="utf-8"
    )
    found = [text for _, text in check_book.faults(tmp_path, ["page"])]
    assert (
        (not found) if fault is None else (len(found) == 1 and fault in found[0])
    )


def test_check_book_misses_pages_and_reads_stylesheets(tmp_path):
    (tmp_path / "a.css").write_text(
        "@font-face { src: url('https://elsewhere.org/a.woff') }"
    )
    assert [page for page, _ in check_book.faults(tmp_path, ["page"])] == [
        "page",
        Path("a.css"),
    ]


# --- The gate: what is false must fail, by the commands themselves --------------------------------


def runner_line(command, word):
    """Return what `python run.py COMMAND` and so `make COMMAND` runs, with this Python."""
    shown = run(
        sys.executable, "run.py", "--dry-run", command, f"RUN={sys.executable}"
    )
    return next(line for line in shown.stdout.splitlines() if word in line)


def verify(chapter, **environment):
    """Run the command of `make chapters` on one chapter."""
    command = runner_line("chapters", "nbval.ini").replace(
        " chapters", f" {chapter} -n 0"
    )
    return run("bash", "-c", command, **environment)


@pytest.fixture
def chapter(refreshed, tmp_path):
    return Path(shutil.copy(refreshed[0] / "good.ipynb", tmp_path / "good.ipynb"))


def falsify(chapter, old, new):
    text = chapter.read_text(encoding="utf-8")
    assert text.count(old) == 1
    chapter.write_text(text.replace(old, new), encoding="utf-8")


def test_gate_is_what_ci_runs():
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    assert "\nmake test\n" in script
    assert os.access(ROOT / ".ci" / "run", os.X_OK)
    assert "make test" in (ROOT / "README.md").read_text(encoding="utf-8")
    assert all(
        runner_line("test", word)
        for word in ("ruff check", "worksteal", "nbval.ini")
    )
    assert runner_line("chapters", "nbval.ini").endswith(" chapters")


def test_gate_passes_a_true_chapter(chapter):
    result = verify(chapter)
    assert result.returncode == 0, result.stdout
    assert "5 passed" in result.stdout


def test_gate_stops_a_falsified_number(chapter):
    falsify(chapter, '"0.750\\n"', '"0.751\\n"')
    result = verify(chapter)
    assert result.returncode == 1, result.stdout
    assert "1 failed, 4 passed" in result.stdout


def test_gate_stops_a_failing_chapter(chapter):
    falsify(chapter, "assert 1 + 1 == 2", "assert 1 + 1 == 3")
    result = verify(chapter)
    assert result.returncode == 1, result.stdout
    assert "1 failed, 4 passed" in result.stdout


def test_gate_stops_a_listing_that_differs_from_its_module(chapter, tmp_path):
    shutil.copytree(ROOT / "tlbook", tmp_path / "package" / "tlbook")
    kernels = tmp_path / "package" / "tlbook" / "kernels.py"
    falsify(kernels, "        K[rows] *= -gamma\n", "        K[rows] *= +gamma\n")
    result = verify(chapter, PYTHONPATH=str(tmp_path / "package"))
    assert result.returncode == 1, result.stdout
    assert "1 failed, 4 passed" in result.stdout


def test_gate_stops_a_toc_without_a_chapter(tmp_path):
    copy = tmp_path / "copy"
    shutil.copytree(
        ROOT, copy, ignore=shutil.ignore_patterns(".*", "_build", "benchmarks")
    )
    command = runner_line("unit", "worksteal").replace(
        "-n 2", "-n 0 tests/test_frame.py -k toc_lists"
    )
    assert run("bash", "-c", command, cwd=copy).returncode == 0
    falsify(copy / "_toc.yml", "      - file: chapters/notation\n", "")
    result = run("bash", "-c", command, cwd=copy)
    assert result.returncode == 1, result.stdout
    assert "chapters/notation" in result.stdout
