"""What a teacher uses: slides, the students' copy, solutions, a fork, a new chapter."""

import re
import shutil
import subprocess
import sys

import editions
import fork
import front
import nbformat
import new_chapter
import pytest
import refresh
import slides
from book import FAMILIES, ROOT, notebooks, read, setup_source, tags


@pytest.fixture
def copy(tmp_path):
    """Return a copy of what `make fork` and `make new-chapter` write to."""
    for name in ("README.md", "CITATION.cff", "_config.yml", "_toc.yml", "references.bib"):
        shutil.copy(ROOT / name, tmp_path)
    ignore = shutil.ignore_patterns("__pycache__")
    for folder in ("chapters", "tlbook", "tests", "tools"):
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=ignore)
    return tmp_path


def chapter(*cells):
    made = []
    for cell in cells:
        kind, source, *tagged = cell
        make = {"text": nbformat.v4.new_markdown_cell, "code": nbformat.v4.new_code_cell}[kind]
        made.append(make(source, metadata={"tags": tagged}))
    return nbformat.v4.new_notebook(cells=made)


LESSON = (
    ("text", "# Lesson\n\nFirst.\n\nSecond.\n\n$$a = b$$\n\n- point"),
    ("code", "secret_setup()", "setup", "hide-cell"),
    ("code", "shown = 1"),
    ("text", "Spoken.", "slide-notes"),
    ("text", "One.\n\nTwo.", "slide-full"),
    ("code", "not_shown = 1", "slide-skip"),
    ("text", "## Exercises\n\n**1.** Ask.\n\n<details><summary>Solution</summary>\n\nTell."),
    ("code", "answer = 42", "hide-cell", "solution"),
    ("text", "## Take away\n\nThis."),
)
FOLDED = (
    "**1.** Ask.\n\n<details><summary>Solution</summary>\n\nTell.\n\n</details>\n\n**2.** More."
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


def test_deck_needs_nothing_from_elsewhere(tmp_path):
    path = notebooks()[0]
    slides.write_decks([path], tmp_path)
    page = (tmp_path / path.parent.name / f"{path.stem}.html").read_text(encoding="utf-8")
    fetched = re.findall(r'<(?:script|link|img)[^>]* (?:src|href)="([^"]+)"', page)
    local = [address for address in fetched if not address.startswith("data:")]
    assert len(local) >= 6
    for address in local:
        assert (tmp_path / path.parent.name / address).is_file(), address
    assert page.count("<img ") == page.count('<img alt="') > 0


# --- Editions ------------------------------------------------------------------------------------


def test_student_copy_has_no_solution():
    made = editions.student(chapter(*LESSON[:-2], ("text", FOLDED), *LESSON[-2:]))
    text = "\n".join(cell.source for cell in made.cells)
    assert "Tell.\n\n</details>" not in text
    assert "42" not in text
    assert "**2.** More." in text
    assert made.cells[-2].source == editions.PLACE


def test_solutions_keep_exercises_only():
    made = editions.solutions(chapter(LESSON[0], *LESSON[2:4], *LESSON[6:]))
    assert [cell.source for cell in made.cells] == [
        "# Lesson: solutions",
        LESSON[6][1],
        "answer = 42",
    ]


@pytest.mark.parametrize("path", notebooks(), ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_no_solution_is_left_in_a_chapter(path):
    original = read(path)
    answers = [cell.source for cell in original.cells if "solution" in tags(cell)]
    made = editions.student(read(path))
    text = "\n".join(cell.source for cell in made.cells)
    assert answers or path.stem == "overview" or path.parent.name == "resources"
    assert all(answer not in text for answer in answers)
    assert "<summary>Solution</summary>" not in text
    assert "Test yourself" not in "".join(c.source for c in original.cells) or "<summary>" in text
    assert all(not cell.get("outputs") for cell in made.cells)


# --- A fork --------------------------------------------------------------------------------------


def test_fork_leaves_nothing_of_the_old_address(copy):
    old, old_title = front.address(), front.config()["title"]
    changed = fork.fork("some-school/our.course", "Transfer, taught here", copy)
    assert copy / "_config.yml" in changed
    for path in copy.rglob("*"):
        if path.suffix in {".md", ".yml", ".cff", ".ipynb"}:
            text = path.read_text(encoding="utf-8")
            for gone in (f"{old.owner}/{old.name}", old.site, f'"{old_title}"', f"# {old_title}"):
                assert gone not in text, f"{gone} in {path}"
    assert "# Transfer, taught here" in (copy / "README.md").read_text(encoding="utf-8")
    assert "github.com/some-school/our.course" in setup_source(copy)
    assert front.stale(copy) == []
    assert fork.fork("some-school/our.course", "Transfer, taught here", copy) == [
        copy / "_config.yml"
    ]


@pytest.mark.parametrize("name", ["", "course", "a/b/c", "https://github.com/a/b", "a b/c"])
def test_fork_refuses_what_is_no_repository(copy, name):
    before = (copy / "_config.yml").read_text(encoding="utf-8")
    with pytest.raises(ValueError, match="is not OWNER/NAME"):
        fork.fork(name, None, copy)
    assert (copy / "_config.yml").read_text(encoding="utf-8") == before


def test_chapters_can_be_dropped(copy):
    """A teacher who keeps half of the course: delete the lines, the files, run make front."""
    toc = (copy / "_toc.yml").read_text(encoding="utf-8")
    (copy / "_toc.yml").write_text(
        toc.replace("      - file: chapters/instance/kmm\n", ""), encoding="utf-8"
    )
    for path in ("chapters/instance/kmm.ipynb", "tlbook/instance/kmm.py"):
        (copy / path).unlink()
    front.write(copy)
    assert "kmm" not in (copy / "README.md").read_text(encoding="utf-8").partition("## For")[0]


# --- A new chapter -------------------------------------------------------------------------------


@pytest.mark.parametrize("family", FAMILIES)
def test_new_chapter_mirrors_and_says_what_to_do(copy, family):
    written = new_chapter.begin(family, "brand_new", copy)
    assert [path.relative_to(copy).as_posix() for path in written] == [
        f"tlbook/{family}/brand_new.py",
        f"tests/{family}/test_brand_new.py",
        f"chapters/{family}/brand_new.ipynb",
    ]
    made = read(written[2])
    refresh.prepare(made)
    assert "solution" not in {tag for cell in made.cells for tag in tags(cell)}


def test_new_chapter_fails_with_a_to_do(copy):
    new_chapter.begin("feature", "brand_new", copy)
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-n", "0"]
    command += ["-o", "addopts=", "tests/feature/test_brand_new.py"]
    shutil.copy(ROOT / "pyproject.toml", copy)
    outcome = subprocess.run(command, cwd=copy, capture_output=True, text=True)
    assert outcome.returncode == 1, outcome.stdout + outcome.stderr
    assert "write brand_new: see tlbook/feature/coral.py" in outcome.stdout


@pytest.mark.parametrize(
    ("family", "name", "reason"),
    [
        ("nowhere", "abc", "no family 'nowhere'"),
        ("feature", "Not a module", "is no name of a module"),
        ("feature", "coral", r"coral\.py is there already"),
    ],
)
def test_new_chapter_refuses(copy, family, name, reason):
    with pytest.raises(ValueError, match=reason):
        new_chapter.begin(family, name, copy)
