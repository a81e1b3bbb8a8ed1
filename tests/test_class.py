"""What a teacher uses: slides, the students' copy, solutions, a fork, a new chapter."""

import ast
import builtins
import os
import re
import shutil
import subprocess
import symtable
import sys
import tomllib

import drop
import editions
import fork
import front
import links
import nbclient
import nbformat
import new_chapter
import origin
import pytest
import refresh
import slides
import uses
import yaml
from book import (
    FAMILIES,
    NOT_COPIED,
    ROOT,
    Address,
    address,
    config,
    notebooks,
    pages,
    parts,
    read,
    setup_source,
    tags,
)
from markdown_it import MarkdownIt


@pytest.fixture
def copy(tmp_path):
    """Return a copy of the whole repository, in which a command may change what it likes."""
    ignore = shutil.ignore_patterns(*NOT_COPIED)
    shutil.copytree(ROOT, tmp_path / "copy", ignore=ignore)
    return tmp_path / "copy"


@pytest.fixture
def pocket(tmp_path):
    """Return the pages that carry the address, and one chapter: enough to fork, and fast."""
    book = tmp_path / "pocket"
    page = next(one for one in pages() if (ROOT / f"{one}.ipynb").is_file())
    named = [one for _, listed in parts()[:2] for one in listed] + [
        page,
        "chapters/api/core",
    ]
    lines = [f"      - file: {one}\n" for one in named[1:]]
    files = ["README.md", "CITATION.cff", "_config.yml", "pyproject.toml"]
    files += [front.source_of(one, ROOT) for one in named[:-1]]
    files += [path.relative_to(ROOT) for path in (ROOT / "tlbook").glob("*.py")]
    for file in files:
        (book / file).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / file, book / file)
    toc = f"root: {named[0]}\nparts:\n  - caption: All\n    chapters:\n{''.join(lines)}"
    (book / "_toc.yml").write_text(toc, encoding="utf-8")
    front.write(book)
    return book


def other_places(book):
    """Return addresses that are neither the book's nor one of its sources'."""
    taken = {
        address(book).repository,
        *(one["repository-code"] for one in origin.sources(book)),
    }
    return [
        one
        for one in ("mit/tl", "cs/tl2", "wang/tl", "lab/tl")
        if f"{HUB}/{one}" not in taken
    ]


# whole addresses in this file could be those of a fork
HUB = "https://" + "github.com"
PYTEST = (
    sys.executable,
    "-m",
    "pytest",
    "-q",
    "-n",
    "0",
    "-p",
    "no:cacheprovider",
)


def run(*command, cwd, **environment):
    """Run a command in a copy, in which `import tlbook` finds the package of the copy."""
    clean = {
        k: v
        for k, v in os.environ.items()
        if not k.startswith(("PYTEST_", "COV_"))
    }
    return subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        env=clean | {"PYTHONPATH": str(cwd)} | environment,
        capture_output=True,
        text=True,
    )


def make(copy, target, **variables):
    """Run `make TARGET NAME=value ...` in a copy, with the environment that is there."""
    given = [f"{name}={value}" for name, value in variables.items()]
    result = run("make", target, *given, f"RUN={sys.executable}", cwd=copy)
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout


def check_frame(copy, *names, only="test"):
    """Run tests of the frame in a copy, but for those that execute notebooks or make copies."""
    run("git", "init", "--quiet", cwd=copy)  # some tests ask git for the files
    left_out = "test_refresh or test_gate or trial or import_is_fast"
    chosen = f"({only}) and not ({left_out})"
    result = run(
        *PYTEST,
        "-k",
        chosen,
        *(f"tests/test_{name}.py" for name in names),
        cwd=copy,
    )
    assert result.returncode == 0, result.stdout[-4000:] + result.stderr
    return result.stdout


def chapter(*cells):
    made = []
    for cell in cells:
        kind, source, *tagged = cell
        make = {
            "text": nbformat.v4.new_markdown_cell,
            "code": nbformat.v4.new_code_cell,
        }[kind]
        made.append(make(source, metadata={"tags": tagged}))
    return nbformat.v4.new_notebook(cells=made)


LESSON = (
    ("text", "# Lesson\n\nFirst.\n\nSecond.\n\n$$a = b$$\n\n- point"),
    ("code", "secret_setup()", "setup", "hide-cell"),
    ("code", "shown = 1"),
    ("text", "Spoken.", "slide-notes"),
    ("text", "One.\n\nTwo.", "slide-full"),
    ("code", "not_shown = 1", "slide-skip"),
    (
        "text",
        "## Exercises\n\n**1.** Ask.\n\n<details><summary>Solution</summary>\n\nTell.",
    ),
    ("code", "answer = 42", "hide-cell", "solution"),
    ("text", "## Take away\n\nThis."),
)
FOLDED = (
    "**1.** Ask.\n\n<details><summary>Solution</summary>\n\nTell.\n\n</details>"
    "\n\n**2.** More."
)


# --- Slides --------------------------------------------------------------------------------------


def test_slide_shows_the_first_paragraph_and_what_is_not_prose():
    shown, notes = slides.split_text(LESSON[0][1], set())
    assert shown == "# Lesson\n\nFirst.\n\n$$a = b$$\n\n- point"
    assert notes == "Second."


def test_slides_follow_headings_and_tags():
    found = slides.columns(chapter(*LESSON))
    text = "".join("".join(column) for column in found)
    assert [len(column) for column in found] == [4, 1]
    assert 'aside class="notes"><p>Spoken.' in text
    assert re.search(r'class="body"><p>One.</p>\s*<p>Two.', text)
    for word in ("secret_setup", "not_shown", "Ask", "Tell", "42"):
        assert word not in text


def test_slide_of_a_figure_has_its_caption_and_no_code():
    lesson = chapter(
        ("text", "# Lesson"), ("code", "plot.finish(fig, alt)", "hide-input")
    )
    lesson.cells[1].metadata["mystnb"] = {"figure": {"caption": "It *rises*."}}
    picture = {"image/png": "AAAA"}
    alt = {"image/png": {"alt": "A line that rises."}}
    lesson.cells[1].outputs = [
        nbformat.v4.new_output("display_data", picture, metadata=alt)
    ]
    (column,) = slides.columns(lesson)
    body, _, notes = column[1].partition("<aside")
    assert 'alt="A line that rises."' in body
    assert "It <em>rises</em>." in body
    assert "plot.finish" not in body
    assert "finish" in notes


def test_each_function_of_a_listing_has_a_slide_in_color():
    lesson = chapter(("text", "# Lesson"), ("code", "show(f, g)"))
    code = "def f(x):\n    return x\n\n@cached\ndef g(x):\n    a = 1\n\n    return a\n"
    text = f"```python\n{code}```\n\n<details>words</details>"
    data = {"text/markdown": text, "text/plain": "x"}
    lesson.cells[1].outputs = [nbformat.v4.new_output("display_data", data)]
    ((_, first, second),) = slides.columns(lesson)
    assert '<span class="nf">f</span>' in first
    assert '<span class="nd">@cached</span>' in second
    assert '<span class="nf">g</span>' in second
    assert "return" in second
    assert "words" not in first + second
    assert ">show</span>" in first.partition("<aside")[2]


def test_a_matrix_within_a_line_stands_apart():
    matrix = r"\begin{pmatrix}1&0\\0&1\end{pmatrix}"
    lesson = chapter(("text", f"# Lesson\n\nHere $A={matrix}$, and $x$ stays."))
    ((slide,),) = slides.columns(lesson)
    assert f"$$A={matrix},$$".replace("&", "&amp;") in slide
    assert "$x$" in slide


def test_deck_needs_nothing_from_elsewhere(tmp_path):
    path = notebooks()[0]
    slides.write_decks([path], tmp_path)
    page = (tmp_path / path.parent.name / f"{path.stem}.html").read_text(
        encoding="utf-8"
    )
    fetched = re.findall(
        r'<(?:script|link|img)[^>]* (?:src|href)="([^"]+)"', page
    )
    local = [one for one in fetched if not one.startswith("data:")]
    assert len(local) >= 6
    for one in local:
        assert (tmp_path / path.parent.name / one).is_file(), one
    assert page.count("<img ") == page.count('<img alt="') > 0


# --- Editions ------------------------------------------------------------------------------------


def test_student_copy_has_no_solution():
    made = editions.student(chapter(*LESSON[:-2], ("text", FOLDED), *LESSON[-2:]))
    text = "\n".join(cell.source for cell in made.cells)
    assert "Tell.\n\n</details>" not in text
    assert "42" not in text
    assert "**2.** More." in text
    assert made.cells[-2].source == editions.PLACE


def test_student_copy_keeps_the_starter_and_no_word_of_the_solution():
    lesson = chapter(
        ("text", "**1 (code).** Write it."),
        ("code", "def answer():\n    ...", "starter"),
        ("code", "def answer():\n    return 42", "hide-cell", "solution"),
        (
            "text",
            "<details><summary>What it says</summary>\n\nIt is 42.\n\n</details>",
        ),
        ("text", "**2 (pencil).** Why?"),
    )
    made = editions.student(lesson)
    assert [cell.source for cell in made.cells] == [
        "**1 (code).** Write it.",
        "def answer():\n    ...",
        "**2 (pencil).** Why?",
    ]


def test_solutions_keep_the_exercises_and_all_code_before_them():
    made = editions.solutions(
        chapter(LESSON[0], *LESSON[1:5], *LESSON[6:], ("code", "late = 1"))
    )
    assert [cell.source for cell in made.cells] == [
        "# Lesson: solutions",
        editions.CODE,
        "secret_setup()",
        "shown = 1",
        LESSON[6][1],
        "answer = 42",
    ]
    folded = [
        cell.metadata.get("jupyter", {}).get("source_hidden", False)
        for cell in made.cells
    ]
    assert folded == [False, False, True, True, False, False]


def test_exercises_on_paper_need_no_code():
    made = editions.solutions(chapter(LESSON[0], LESSON[2], LESSON[6]))
    assert [cell.source for cell in made.cells] == [
        "# Lesson: solutions",
        LESSON[6][1],
    ]


def free_names(source):
    """Return the names that a cell reads and does not itself define before, those it defines."""
    table = symtable.symtable(source, "cell", "exec")
    own = {
        one.get_name()
        for one in table.get_symbols()
        if one.is_assigned() or one.is_imported()
    }
    read_first, waiting = set(), [table]
    while waiting:
        scope = waiting.pop()
        waiting += scope.get_children()
        for one in scope.get_symbols():
            if one.is_referenced() and (scope is table or one.is_global()):
                read_first.add(one.get_name())
    return read_first, own


def undefined(notebook):
    """Return the names that a notebook uses and no cell up to there has defined."""
    known = {*vars(builtins), "__file__", "__name__", "get_ipython", "display"}
    missing = []
    for cell in notebook.cells:
        if cell.cell_type == "code":
            source = re.sub(
                r"^( *)[%!].*$", r"\1pass", cell.source, flags=re.MULTILINE
            )
            used, own = free_names(source)
            missing += sorted(used - known - own)
            known |= own
    return missing


def test_names_without_a_definition_are_found():
    cells = (
        "import a.b as c",
        "d = [c(x) for x in y]",
        "def f(z):\n    return g(z, d)",
        "f(1)\ng = 2",
    )
    assert undefined(chapter(*(("code", cell) for cell in cells))) == ["y", "g"]
    assert (
        undefined(
            chapter(("code", "%pip install a\nclass K:\n    w = 1\n\nprint(K.w)"))
        )
        == []
    )


@pytest.mark.parametrize(
    "path", notebooks(), ids=lambda path: f"{path.parent.name}/{path.stem}"
)
def test_solutions_define_every_name_that_they_use(path):
    made = editions.solutions(read(path))
    nbformat.validate(made)
    assert undefined(made) == []


def short_chapters():
    """Return two chapters that run fast: without networks, the least stored output."""
    found = []
    for path in sorted(notebooks(), key=lambda path: path.stat().st_size):
        made = read(path)
        code = "".join(
            cell.source for cell in made.cells if cell.cell_type == "code"
        )
        if any("solution" in tags(cell) for cell in made.cells) and not re.search(
            NETWORKS, code
        ):
            found.append(path)
    return found[:2]


NETWORKS = r"\btorch\b|tlbook\.deep|DeepClassifier"


@pytest.mark.parametrize("path", short_chapters(), ids=lambda path: path.stem)
def test_trial_solutions_run_alone(path, tmp_path, monkeypatch):
    for name, value in refresh.ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    made = editions.solutions(read(path))
    for cell in made.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    nbclient.NotebookClient(
        made,
        timeout=None,
        kernel_name="python3",
        resources={"metadata": {"path": str(tmp_path)}},
    ).execute()
    code = [cell for cell in made.cells if cell.cell_type == "code"]
    assert [cell.execution_count for cell in code] == list(
        range(1, len(code) + 1)
    )


@pytest.mark.parametrize(
    "path", notebooks(), ids=lambda path: f"{path.parent.name}/{path.stem}"
)
def test_no_solution_is_left_in_a_chapter(path):
    original = read(path)
    answers = [cell.source for cell in original.cells if "solution" in tags(cell)]
    made = editions.student(read(path))
    text = "\n".join(cell.source for cell in made.cells)
    assert answers or path.stem == "overview" or path.parent.name == "resources"
    assert all(answer not in text for answer in answers)
    assert "<summary>Solution</summary>" not in text
    assert (
        "Test yourself" not in "".join(c.source for c in original.cells)
        or "<summary>" in text
    )
    assert all(not cell.get("outputs") for cell in made.cells)


# --- A fork --------------------------------------------------------------------------------------


def text_of(path):
    return path.read_text(encoding="utf-8")


def outside_blocks(path):
    """Return the text of a page without what `make front` makes, which may name the sources."""
    return re.sub(
        r"<!-- made by.*?<!-- end -->", "", text_of(path), flags=re.DOTALL
    )


def test_fork_leaves_nothing_of_the_old_address(pocket):
    old, old_title = address(pocket), origin.markdown(config(pocket)["title"])
    changed = fork.fork("some-school/our.course", "Transfer, taught here", pocket)
    assert pocket / "_config.yml" in changed
    for path in pocket.rglob("*"):
        if (
            path.suffix in {".md", ".yml", ".ipynb", ".toml", ".py"}
            and "tests" not in path.parts
        ):
            assert not old.mentions.search(outside_blocks(path)), path
    for page in ("README.md", "chapters/intro.md"):
        assert text_of(pocket / page).startswith("# Transfer, taught here\n")
        assert old_title not in outside_blocks(pocket / page)
    assert "*Transfer, taught here*, " in text_of(pocket / "README.md")
    assert f"git+{HUB}/some-school/our.course" in setup_source(pocket)
    assert front.stale(pocket) == []
    assert (
        fork.fork("some-school/our.course", "Transfer, taught here", pocket) == []
    )


def test_clone_leads_into_the_folder_that_git_makes(pocket):
    fork.fork("some-school/our.course", None, pocket)
    found = [
        match.groups()
        for path in pocket.rglob("*.md")
        for match in re.finditer(
            r"git clone (\S+)\s*(?:&&\s*)?cd (\S+)", text_of(path)
        )
    ]
    assert len(found) >= 2
    assert set(found) == {(f"{HUB}/some-school/our.course", "our.course")}


def test_fork_keeps_its_source(pocket):
    first, first_title = address(pocket), config(pocket)["title"]
    before = len(origin.sources(pocket))
    one, two = other_places(pocket)[:2]
    fork.fork(one, "A course", pocket)
    fork.fork(two, "Another: course", pocket)
    citation = yaml.safe_load(text_of(pocket / "CITATION.cff"))
    assert (citation["title"], citation["repository-code"]) == (
        "Another: course",
        f"{HUB}/{two}",
    )
    assert citation["url"] == address(pocket).site
    named = [
        (one["title"], one["repository-code"]) for one in origin.sources(pocket)
    ]
    assert named[:2] == [
        ("A course", f"{HUB}/{one}"),
        (first_title, first.repository),
    ]
    assert len(named) == before + 2
    assert all(
        one["authors"] and one["license"] for one in citation["references"][:2]
    )
    assert "Wang" in str(citation["references"][-1])  # the talk
    for page in ("README.md", "chapters/intro.md"):
        note = text_of(pocket / page).partition("> This book is adapted from ")[2]
        assert note.startswith(f"[A course]({HUB}/{one})")
        assert (
            f"itself adapted from [{origin.markdown(first_title)}]({first.repository})"
            in note
        )
        assert "CC BY 4.0" in note
    cite = text_of(pocket / "README.md").partition("## How to cite")[2]
    assert f"<{first.repository}>" in cite
    assert f"<{HUB}/{one}>" in cite


def test_a_new_title_or_a_way_back_is_no_source(pocket):
    here, before = address(pocket), len(origin.sources(pocket))
    fork.fork(f"{here.owner}/{here.name}", "The same under another title", pocket)
    assert len(origin.sources(pocket)) == before
    there = other_places(pocket)[0]
    fork.fork(there, None, pocket)
    fork.fork(f"{here.owner}/{here.name}", None, pocket)
    assert origin.sources(pocket)[0]["repository-code"] == f"{HUB}/{there}"
    assert len(origin.sources(pocket)) == before + 1


def test_renaming_changes_no_other_text(pocket):
    """An address may begin another, a title may be a common phrase."""
    fork.fork("mit/tl", "Transfer learning", pocket)
    page = pocket / "chapters" / "notation.md"
    kept = (
        f"\nSee {HUB}/mit/tl2 and https://mit.github.io/tl2/, summit/tl, Transfer learning,"
        f" {HUB}/summit/tl.\n"
    )
    page.write_text(text_of(page) + kept, encoding="utf-8")
    prose = text_of(pocket / "chapters" / "how_to_use.md")
    front.write(pocket)
    fork.fork("wang/tl", "迁移学习", pocket)
    assert text_of(page).endswith(kept)
    assert text_of(pocket / "chapters" / "how_to_use.md") == prose.replace(
        "mit/tl", "wang/tl"
    )
    talk = yaml.safe_load(text_of(pocket / "CITATION.cff"))["references"][-1]
    assert talk["title"] == "Transfer learning: development and status quo"


@pytest.mark.parametrize(
    "title",
    [
        'Wang\'s "talk" 迁移',
        "It costs $5 and $(more) $$",
        r"a\b \alpha \\ \\",
        "R&D: <the> book #1 | *not* _this_ `one` [or](that)",
        "{braces} %s % - yes: no",
        "# 1",
        "迁移\N{IDEOGRAPHIC SPACE}学习 \N{ROCKET}",
    ],
)
def test_any_title_comes_through(pocket, title):
    fork.fork("mit/tl", title, pocket)
    assert config(pocket)["title"] == title
    assert origin.citation(pocket)["title"] == title
    package = tomllib.loads(text_of(pocket / "pyproject.toml"))["project"]
    assert package["description"].startswith(f"{title}: ")
    heading = (
        MarkdownIt()
        .enable("table")
        .parse(text_of(pocket / "chapters" / "intro.md"))[1]
    )
    assert heading.children[0].content == title
    assert {token.type for token in heading.children} <= {"text", "text_special"}
    assert front.stale(pocket) == []
    fork.fork("cs/tl", "Plain", pocket)
    assert origin.sources(pocket)[0]["title"] == title


def test_trial_fork_by_its_command(copy):
    """A copy is forked as README says, to an owner that is a word, and its own tests pass."""
    title = 'Wang\'s "talk" 迁移 $HOME & $(shell false) `false`'
    make(copy, "fork", REPO="mit/tl", TITLE=title)
    assert config(copy)["title"] == title
    assert address(copy) == Address(f"{HUB}/mit/tl", "main")
    check_frame(copy, "frame", "class")


@pytest.mark.parametrize(
    "name",
    [
        *(
            "",
            "course",
            "a/b/c",
            f"{HUB}/a/b",
            "a b/c",
            "a/",
            "/b",
            "-a/b",
            "a/-b",
            "a/..",
            "a/b.git",
        ),
        *("a/b\n", "a/b;c", "a/$(b)", "ä/b"),
    ],
)
def test_fork_refuses_what_is_no_repository(pocket, name):
    before = text_of(pocket / "_config.yml")
    with pytest.raises(ValueError, match="is not OWNER/NAME"):
        fork.fork(name, None, pocket)
    assert text_of(pocket / "_config.yml") == before


@pytest.mark.parametrize("title", ["", "  ", "two\nlines", "a\0b"])
def test_fork_refuses_what_is_no_title(pocket, title):
    before = text_of(pocket / "_config.yml")
    with pytest.raises(ValueError, match="is no title"):
        fork.fork("mit/tl", title, pocket)
    assert text_of(pocket / "_config.yml") == before


def test_make_fork_says_what_it_needs():
    result = run("make", "fork", f"RUN={sys.executable}", cwd=ROOT)
    assert result.returncode != 0
    assert "REPO=your_school/course" in result.stderr


# --- Chapters dropped ----------------------------------------------------------------------------


def make_package(root, files):
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, encoding="utf-8")


LIBRARY = {
    "tlbook/__init__.py": "",
    "tlbook/base.py": "",
    "tlbook/feature/__init__.py": (
        '"""Family."""\n\nfrom tlbook.feature.aaa import A\n'
        "from tlbook.feature.bbb import (\n    B,\n    b,\n)\n\n"
        '_NETWORKS = {"C": "ccc"}\n\n__all__ = ["A", "B", "C", "b"]\n'
    ),
    "tlbook/feature/aaa.py": "from tlbook.feature._shared import f\n",
    "tlbook/feature/bbb.py": "from tlbook.feature.aaa import A\n",
    "tlbook/feature/ccc.py": "import torch\n",
    "tlbook/feature/_shared.py": "f = 1\n",
    "tests/feature/test_aaa.py": "from helper import x\nfrom tlbook.feature import A\n",
    "tests/feature/test_bbb.py": "",
    "tests/feature/test_ccc.py": "",
    "tests/feature/test_shared.py": "",
    "tests/feature/helper.py": "from tlbook.feature import C\n",
    "tests/settings.txt": "tlbook.feature.aaa.f(a=1)\ntlbook.feature.aaaa.f(a=1)\n",
    "README.md": "",
    "_toc.yml": "root: chapters/intro\nparts: []\n",
    "chapters/intro.md": "# Intro\n",
}


@pytest.mark.parametrize(
    ("user", "code", "needed"),
    [
        ("tools/x.py", "from tlbook.feature import A", "aaa _shared ccc"),
        (
            "tools/x.py",
            "from tlbook.feature.aaa import f as g",
            "aaa _shared ccc",
        ),
        ("tools/x.py", "from tlbook.feature import aaa", "aaa _shared ccc"),
        (
            "tools/x.py",
            "import tlbook.feature\n\nx = tlbook.feature.A()",
            "aaa _shared ccc",
        ),
        ("tools/x.py", "import tlbook.feature.aaa", "aaa _shared ccc"),
        ("tools/x.py", "import tlbook.feature as m\n\nm.C", "ccc"),
        ("tools/x.py", "from tlbook import feature\n\nfeature.ccc.C", "ccc"),
        (
            "benchmarks/x.py",
            'import tlbook.feature\ngetattr(tlbook.feature, n)\nn = "C"',
            "ccc",
        ),
        ("tests/test_x.py", 'import_module("tlbook.feature.ccc")', "ccc"),
        ("tests/test_x.py", '"""tlbook.feature.ccc is not meant."""', ""),
        ("tlbook/base.py", "from tlbook.feature import b", "bbb aaa _shared ccc"),
        ("README.md", "```python\nfrom tlbook.feature import C\n```", "ccc"),
        ("README.md", "from tlbook.feature import C", ""),
        ("tools/x.py", "from tlbook import base", ""),
    ],
)
def test_what_stays_is_what_is_needed(tmp_path, user, code, needed):
    """`aaa` takes `_shared` with it, and through its test and the test's helper `ccc`."""
    make_package(tmp_path, LIBRARY | {user: code})
    found = uses.who_needs(tmp_path)
    assert {name.split(".")[2] for name, files in found.items() if files} == set(
        needed.split()
    )


def test_modules_go_with_tests_exports_and_settings(tmp_path):
    make_package(tmp_path, LIBRARY)
    drop.remove_modules(["tlbook.feature.aaa", "tlbook.feature.ccc"], tmp_path)
    left = {
        path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*.py")
    }
    assert left == {
        *("tlbook/__init__.py", "tlbook/base.py", "tlbook/feature/__init__.py"),
        *("tlbook/feature/bbb.py", "tlbook/feature/_shared.py"),
        *("tests/feature/test_bbb.py", "tests/feature/test_shared.py"),
    }
    init = (tmp_path / "tlbook/feature/__init__.py").read_text(encoding="utf-8")
    assert init == (
        '"""Family."""\n\nfrom tlbook.feature.bbb import (\n    B,\n    b,\n)\n\n_NETWORKS = {}\n\n'
        '__all__ = [\n    "B",\n    "b",\n]\n'
    )
    assert (
        text_of(tmp_path / "tests/settings.txt") == "tlbook.feature.aaaa.f(a=1)\n"
    )


ENGINE = {
    "tlbook/feature/engine/__init__.py": (
        "from tlbook.feature.engine.eee import E\nfrom tlbook.feature.engine.ggg import G\n\n"
        '__all__ = ["E", "G"]\n'
    ),
    "tlbook/feature/engine/eee.py": "",
    "tlbook/feature/engine/ggg.py": "from tlbook.feature.engine.eee import E\n",
    "tlbook/feature/__init__.py": (
        "from tlbook.feature.engine import E, G\n\n__all__ = ['E', 'G']\n"
    ),
    "tests/feature/test_eee.py": "",
    "tests/feature/test_ggg.py": "",
}


@pytest.mark.parametrize(("name", "needed"), [("E", "eee"), ("G", "eee ggg")])
def test_what_is_needed_of_a_folder_of_a_family(tmp_path, name, needed):
    make_package(
        tmp_path,
        LIBRARY | ENGINE | {"tools/x.py": f"from tlbook.feature import {name}"},
    )
    found = {
        module for module, files in uses.who_needs(tmp_path).items() if files
    }
    assert found == {f"tlbook.feature.engine.{one}" for one in needed.split()}


@pytest.mark.parametrize("gone", [["ggg"], ["eee", "ggg"]])
def test_modules_go_out_of_a_folder_of_a_family(tmp_path, gone):
    """With its last module the folder goes."""
    make_package(tmp_path, LIBRARY | ENGINE)
    drop.remove_modules(
        [f"tlbook.feature.engine.{one}" for one in gone], tmp_path
    )
    family, folder = (
        tmp_path / "tlbook" / "feature",
        tmp_path / "tlbook" / "feature" / "engine",
    )
    assert folder.exists() == (gone == ["ggg"])
    assert (tmp_path / "tests/feature/test_eee.py").exists() == (gone == ["ggg"])
    if folder.exists():
        assert {path.name for path in folder.iterdir()} == {
            "__init__.py",
            "eee.py",
        }
        assert "ggg" not in text_of(folder / "__init__.py")
    names = ["E"] if gone == ["ggg"] else []
    assert f"__all__ = {names}" in str(
        ast.unparse(ast.parse(text_of(family / "__init__.py")))
    )


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("see [GFK](gfk.ipynb), [TCA](tca.ipynb).", "see GFK, [TCA](tca.ipynb)."),
        ("[*GFK*, long](gfk.ipynb#by-hand)", "*GFK*, long"),
        (
            "[up](../gone/a.md) [web](https://gfk.ipynb) [here](#gfk)",
            "up [web](https://gfk.ipynb) [here](#gfk)",
        ),
        ("[a [b] c](gfk.ipynb)", "a [b] c"),
        ("[page](gfk.html) [page](tca.html#x)", "page [page](tca.html#x)"),
        ("| [A](gfk.ipynb), [B](gfk.ipynb) |", "| A, B |"),
        ("::: card\n:link: gfk.html\n:link-type: url\ntext", "::: card\ntext"),
        ("{repository}/blob/main/gfk.ipynb", "{repository}/blob/main/gfk.ipynb"),
        ("[a]({file}gfk.ipynb) [b]({file}tca.ipynb)", "a [b]({file}tca.ipynb)"),
        ("[a]({site}chapters/gfk.html) [b]({site})", "a [b]({site})"),
        ("![figure](gone.png)", "![figure](gone.png)"),
    ],
)
def test_links_to_what_is_gone_become_text(tmp_path, text, left):
    shutil.copy(ROOT / "_config.yml", tmp_path)
    (tmp_path / "tca.ipynb").write_text("", encoding="utf-8")
    (tmp_path / "_toc.yml").write_text("root: tca\n", encoding="utf-8")
    here = address()
    names = {
        "repository": here.repository,
        "file": here.file(""),
        "site": here.site,
    }
    text, left = (one.format(**names) for one in (text, left))
    assert links.unlinked(text, tmp_path, tmp_path)[0] == left


BUTTON = """:::{grid-item}
```{button-ref} %s
:ref-type: doc
%s
```
:::
"""


@pytest.mark.parametrize(
    ("page", "word", "left"),
    [("tca", "Teach", "tca"), ("gone", "Teach", None), ("gone", "Read", "tca")],
)
def test_a_button_leads_to_a_page_that_is_there(tmp_path, page, word, left):
    shutil.copy(ROOT / "_config.yml", tmp_path)
    (tmp_path / "tca.ipynb").write_text("", encoding="utf-8")
    (tmp_path / "_toc.yml").write_text("root: tca\n", encoding="utf-8")
    text = f"{BUTTON % (page, word)}\nEnd."
    made = links.unlinked(text, tmp_path, tmp_path)[0]
    assert made == (f"{BUTTON % (left, word)}\nEnd." if left else "End.")


@pytest.mark.parametrize(
    ("names", "reason"),
    [
        ([], "CHAPTER=feature/gfk"),
        (["nowhere"], "no 'nowhere'; there are"),
        (["feature/nothing"], "no 'feature/nothing'"),
        (["intro"], "belongs to the book itself"),
        (["api"], "belongs to the book itself"),
        (["api/core"], "belongs to the book itself"),
        (["glossary"], "belongs to the book itself"),
    ],
)
def test_drop_refuses_what_is_no_chapter(names, reason):
    with pytest.raises(ValueError, match=reason):
        drop.chosen(names, ROOT)


def test_a_chapter_may_be_named_in_any_way():
    page = next(one for one in pages() if (ROOT / f"{one}.ipynb").is_file())
    short = page.removeprefix("chapters/")
    family = short.partition("/")[0]
    for name in (short, page, f"{page}.ipynb", f"{short}/"):
        assert drop.chosen([name], ROOT) == [page]
    assert drop.chosen([family, short], ROOT) == [
        one for one in pages() if one.startswith(f"chapters/{family}/")
    ]


def test_pictures_go_with_their_chapter(tmp_path):
    for package in drop.PICTURES:
        (tmp_path / "tlbook" / package).mkdir(parents=True)
        for name in ("feature_tca", "feature_jda"):
            (tmp_path / "tlbook" / package / f"{name}.py").touch()
    found = drop.pictures_of("chapters/feature/tca", tmp_path)
    assert [
        path.relative_to(tmp_path / "tlbook").as_posix() for path in found
    ] == [
        "_drawings/feature_tca.py",
        "_films/feature_tca.py",
        "_exercises/feature_tca.py",
    ]
    assert drop.pictures_of("chapters/feature/gfk", tmp_path) == []


def test_rules_go_with_their_chapter(tmp_path):
    make_package(
        tmp_path,
        {
            drop.HINTS_FILE: (
                '# All.\n\n[always]\na = "b"\n\n["feature/tca".3]\nc = "[d]"\n\n'
                '["feature/tca".4]\ne = "f"\n\n["feature/tca_two".1]\ng = "h"\n'
            ),
            drop.MUTANTS_FILE: (
                'feature/jda:\n  1:\n    - ["a", "b", c]\n\nfeature/tca:\n  3:\n'
                '    - ["d", "e", f]\n\n  4:\n    - ["g", "h", i]\n\nfeature/tca_two:\n  1: []\n'
            ),
            "tests/sections.yml": "pattern:\n  - feature/tca\n  - feature/tca_two\n",
        },
    )
    drop.remove_rules(["chapters/feature/tca"], tmp_path)
    assert tomllib.loads(text_of(tmp_path / drop.HINTS_FILE)) == {
        "always": {"a": "b"},
        "feature/tca_two": {"1": {"g": "h"}},
    }
    assert yaml.safe_load(text_of(tmp_path / drop.MUTANTS_FILE)) == {
        "feature/jda": {1: [["a", "b", "c"]]},
        "feature/tca_two": {1: []},
    }
    rules = yaml.safe_load(text_of(tmp_path / "tests/sections.yml"))
    assert rules == {"pattern": ["feature/tca_two"]}


def test_an_emptied_part_disappears(pocket):
    """Also if its lines were deleted by hand, as is natural."""
    toc = text_of(pocket / "_toc.yml")
    parts_before = [caption for caption, _ in parts(pocket)]
    for empty in (
        "  - caption: Gone\n    chapters:\n",
        "  - caption: Gone\n",
        "  - caption: Gone\n    chapters: []\n",
    ):
        (pocket / "_toc.yml").write_text(toc + empty, encoding="utf-8")
        front.write(pocket)
        assert text_of(pocket / "_toc.yml") == toc
        (pocket / "_toc.yml").write_text(
            toc.replace("parts:\n", f"parts:\n{empty}"), encoding="utf-8"
        )
        front.write(pocket)
        assert [caption for caption, _ in parts(pocket)] == parts_before
        assert front.stale(pocket) == []


def half_of_the_book():
    """Return every second chapter, one family as a whole, and a page of the resources."""
    listed = [
        page.removeprefix("chapters/")
        for page in pages()
        if not page.startswith(front.API)
    ]
    method = [page for page in listed if page.partition("/")[0] in FAMILIES]
    families = [page.partition("/")[0] for page in method]
    whole = "since" if "since" in families else families[-1]
    odd = [page for page in method if not page.startswith(f"{whole}/")][1::2]
    others = [
        p for p in listed if p.partition("/")[0] in ("introduction", "resources")
    ][::3]
    return [whole, *odd, *others]


def links_that_lead_nowhere(book):
    texts = {
        path: text_of(path)
        for path in [book / "README.md", *(book / "chapters").rglob("*.md")]
    }
    for path in notebooks(book):
        cells = [
            cell.source
            for cell in read(path).cells
            if cell.cell_type == "markdown"
        ]
        texts[path] = "\n".join(cells)
    return [
        f"{path.relative_to(book)}: {link}"
        for path, text in texts.items()
        for link in re.findall(r"\]\(([^()\s]+)\)", text)
        if links.leads_nowhere(link, path.parent, book)
    ]


def test_trial_drop_half_of_the_book(copy):
    """What stays holds together: the frame, every link, every import, the form of the code."""
    names = half_of_the_book()
    report = make(copy, "drop", CHAPTER=" ".join(names))
    gone = [
        page
        for page in pages()
        if page not in pages(copy) and not page.startswith(front.API)
    ]
    assert len(gone) >= len(pages()) // 3
    assert all(
        f"chapter taken out: {page.removeprefix('chapters/')}\n" in report
        for page in gone
    )
    assert not any(
        (copy / f"{page}{end}").exists()
        for page in gone
        for end in (".ipynb", ".md")
    )
    assert not [path for page in gone for path in drop.pictures_of(page, copy)]
    assert links_that_lead_nowhere(copy) == []
    for row in (name for name in drop.without_chapter(copy)):
        assert (
            f"tlbook.{row.replace('/', '.')} stays" in report
            or row in drop.without_chapter()
        )
    removed = set(re.findall(r"^removed: tlbook/(\w+/\w+)\.py$", report, re.M))
    removed = {one for one in removed if one.split("/")[0] in FAMILIES}
    assert removed
    assert removed <= set(text_of(copy / drop.TAKEN_OUT).split())
    check_frame(copy, "frame", "class", "sections", "docs", "settings")
    tables = (  # tests whose tables speak of modules that may be gone
        "gate.py::test_entries_are_found",
        "size.py::test_names_that_are_no_methods_are_exported",
        "size.py::test_methods_grow_as_their_docstrings_say",
        "truth_is_a_minimum.py::test_every_loss_is_held_or_says_why_not",
        "truth_is_a_minimum.py::test_its_chapter_says_where_the_truth_is_no_minimum",
        "live.py::test_what_reads_the_docstrings_of_libraries_has_no_button",
    )
    tests = [f"tests/test_{name}" for name in tables]
    if (copy / "tests" / "practice" / "test_plate.py").is_file():
        tests.append("tests/practice/test_plate.py")
    held = run(*PYTEST, *tests, cwd=copy)
    assert held.returncode == 0, held.stdout[-4000:]
    collected = run(
        sys.executable, "-m", "pytest", "-q", "--collect-only", cwd=copy
    )
    assert collected.returncode == 0, collected.stdout[-2000:]
    for form in (["check", "."], ["format", "--check", "."]):
        result = run(sys.executable, "-m", "ruff", *form, cwd=copy)
        assert result.returncode == 0, result.stdout


@pytest.mark.weekly
def test_trial_half_of_the_book_passes_make_test_and_make_book(copy):
    make(copy, "drop", CHAPTER=" ".join(half_of_the_book()))
    run("git", "init", "--quiet", cwd=copy)
    make(copy, "book")
    make(copy, "test")


# --- A new chapter -------------------------------------------------------------------------------


@pytest.mark.parametrize("family", FAMILIES)
def test_new_chapter_mirrors_and_is_named(pocket, family):
    written = new_chapter.begin(family, "brand_new", pocket)
    assert [path.relative_to(pocket).as_posix() for path in written][:6] == [
        f"tlbook/{family}/brand_new.py",
        f"tests/{family}/test_brand_new.py",
        f"tlbook/_drawings/{family}_brand_new.py",
        f"tlbook/_exercises/{family}_brand_new.py",
        f"chapters/{family}/brand_new.ipynb",
        "_toc.yml",
    ]
    refresh.prepare(read(written[4]))
    assert (
        len(
            tomllib.loads(text_of(pocket / drop.HINTS_FILE))[
                f"{family}/brand_new"
            ]["2"]
        )
        == 2
    )
    assert pages(pocket).count(f"chapters/{family}/brand_new") == 1
    assert pages(pocket).count(f"chapters/api/{family}") == 1
    assert "[Brand new]" in text_of(pocket / "README.md")
    assert front.stale(pocket) == []


def test_new_chapter_follows_those_of_its_family():
    toc = "parts:\n  - caption: A\n    chapters:\n      - file: chapters/feature/tca\n"
    toc += "      - file: chapters/b\n"
    made = new_chapter.in_toc(toc, "feature", "abc")
    assert made == toc.replace(
        "feature/tca\n", "feature/tca\n      - file: chapters/feature/abc\n"
    )
    last = (
        "  - caption: The code\n    chapters:\n      - file: chapters/api/core\n"
    )
    part = "  - caption: Deep\n    numbered: 1\n    chapters:\n      - file: chapters/deep/abc\n"
    assert new_chapter.in_toc(toc + last, "deep", "abc") == toc + part + last
    assert new_chapter.in_toc(toc, "deep", "abc") == toc + part


def test_trial_new_chapter_passes_once_its_to_dos_are_filled(copy):
    """As it is begun, the tests say what to do; with the word TODO gone and run, they pass."""
    make(copy, "new-chapter", FAMILY="feature", NAME="brand_new")
    run("git", "init", "--quiet", cwd=copy)
    to_do = run(
        *PYTEST, "tests/test_frame.py", "-k", "brand_new or to_do", cwd=copy
    )
    assert to_do.returncode == 1, to_do.stdout
    for told in (
        "tlbook/feature/brand_new.py:1: TODO what it is, in one line.",
        "tests/feature/test_brand_new.py:9: TODO An oracle",
        "chapters/feature/brand_new.ipynb: TODO Three sentences.",
        "chapters/feature/brand_new.ipynb: TODO What to see.",
        "tlbook/_drawings/feature_brand_new.py:1: TODO what the drawing shows.",
        "tlbook/_exercises/hints.toml:",
        "make refresh CHAPTER=feature/brand_new",
    ):
        assert told in to_do.stdout, told
    for path in (*copy.rglob("*brand_new.*"), copy / drop.HINTS_FILE):
        path.write_text(text_of(path).replace("TODO ", ""), encoding="utf-8")
    make(copy, "refresh", CHAPTER="feature/brand_new")
    make(copy, "front")
    own = run(*PYTEST, "tests/feature/test_brand_new.py", cwd=copy)
    assert own.returncode == 0, own.stdout
    assert (
        "feature/brand_new"
        in yaml.safe_load(text_of(copy / "tests/sections.yml"))["pattern"]
    )
    files = ("frame", "docs", "settings", "sections", "exercises", "drawing")
    check_frame(copy, *files, only="brand_new or not test_chapter_")
    for form in (["check"], ["format", "--check"]):
        result = run(
            sys.executable,
            "-m",
            "ruff",
            *form,
            *copy.rglob("*brand_new.*"),
            cwd=copy,
        )
        assert result.returncode == 0, result.stdout


@pytest.mark.parametrize(
    ("family", "name", "reason"),
    [
        ("nowhere", "abc", "no family 'nowhere'"),
        ("feature", "Not a module", "is no name of a module"),
        ("practice", "overview", "teaches no single method"),
        ("feature", "coral", r"coral\.py is there already"),
    ],
)
def test_new_chapter_refuses(family, name, reason):
    with pytest.raises(ValueError, match=reason):
        new_chapter.begin(family, name, ROOT)
