"""A course of one's own: what `course.yml` says, and assignments that grade themselves."""

import ast
import csv
import hashlib
import html
import json
import os
import re
import shutil
import subprocess
import time
import tomllib
import zipfile
from inspect import signature

import assignments
import capstones
import course
import drop
import editions
import front
import grade
import links
import nbformat
import numpy as np
import origin
import pytest
import release
import translate
import yaml
from book import ROOT, address, config, notebooks, read, tags
from sklearn.ensemble import RandomForestRegressor
from sklearn.linear_model import LogisticRegression
from test_class import HUB, half_of_the_book, links_that_lead_nowhere

import run
from tlbook.exercises import catalog, find

NAME = "mit/2027's course"
SEED = 2027
MUTANTS = yaml.safe_load(
    (ROOT / "tests" / "mutants.yml").read_text(encoding="utf-8")
)
CHECKED = [
    (chapter, int(number))
    for chapter, exercises in catalog().items()
    if chapter != "always"
    for number in exercises
]


def name_of(path):
    return f"{path.parent.name}/{path.stem}"


def nbgrader_of(cell):
    return cell.metadata.get("nbgrader", {})


def source_of(chapter, seed=SEED):
    """Return the source of the assignment of a chapter."""
    return assignments.assignment(
        read(ROOT / "chapters" / f"{chapter}.ipynb"), chapter, seed
    )


# --- course.yml ----------------------------------------------------------------------------------


def page_names():
    return [page.removeprefix("chapters/") for page in course.droppable(ROOT)]


def write_course(folder, **changed):
    """Write a course of the first three pages, with something changed or (None) left out."""
    first = page_names()[:3]
    given = {
        "title": NAME,
        "term": "Spring 2027",
        "owner": "mit",
        "original": address().repository,
        "seed": SEED,
        "weeks": {1: first[:2], 2: first[2:]},
    } | changed
    path = folder / "course.yml"
    kept = {key: value for key, value in given.items() if value is not None}
    path.write_text(
        yaml.safe_dump(kept, allow_unicode=True, sort_keys=False),
        encoding="utf-8",
    )
    return path


def test_a_course_is_read(tmp_path):
    found = course.read_course(write_course(tmp_path))
    assert (found.title, found.address) == (NAME, "mit/mit-2027-s-course")
    assert [len(listed) for listed in found.weeks.values()] == [2, 1]
    assert found.kept == {f"chapters/{name}" for name in page_names()[:3]}
    family = page_names()[0].partition("/")[0]
    whole = course.read_course(write_course(tmp_path, weeks={7: [family]}))
    assert whole.weeks[7] == [
        f"chapters/{name}"
        for name in page_names()
        if name.startswith(f"{family}/")
    ]
    named = write_course(tmp_path, title="迁移学习", repository="qianyi")
    assert course.read_course(named).address == "mit/qianyi"


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"title": None}, "has no title"),
        ({"seed": None, "term": None}, "has no seed, term"),
        ({"week": 3}, "has the unknown week"),
        ({"seed": "many"}, "is no whole number"),
        ({"seed": True}, "is no whole number"),
        ({"owner": "a b"}, "is not OWNER/NAME"),
        ({"title": "迁移学习"}, "is not OWNER/NAME"),
        ({"title": "two\nlines"}, "is no title"),
        ({"original": "https://example.org/other"}, "what this book says"),
        ({"weeks": {}}, "no weeks"),
        ({"weeks": {1: ["feature/nothing"]}}, "no chapter 'feature/nothing'"),
        ({"weeks": {1: ["intro"]}}, "no chapter 'intro'"),
        ({"weeks": {1: "feature"}}, "no table of"),
        ({"weeks": {"one": []}}, "no table of"),
        ({"weeks": {1: ["introduction"], 2: ["introduction"]}}, "one week"),
    ],
)
def test_what_is_no_course_is_refused(tmp_path, changed, reason):
    with pytest.raises(ValueError, match=reason):
        course.read_course(write_course(tmp_path, **changed))


def test_a_course_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(ValueError, match=r"copy course\.example\.yml"):
        course.read_course(tmp_path / "course.yml")
    (tmp_path / "course.yml").write_text("just words", encoding="utf-8")
    with pytest.raises(ValueError, match="no list of"):
        course.read_course(tmp_path / "course.yml")


def test_the_example_is_a_course_of_the_whole_book():
    found = course.read_course(ROOT / "course.example.yml")
    listed = [page for week in found.weeks.values() for page in week]
    assert sorted(listed) == sorted(course.droppable(ROOT))


@pytest.mark.parametrize(
    ("title", "name"),
    [
        (NAME, "mit-2027-s-course"),
        ("Transfer, taught here", "Transfer-taught-here"),
        ("Café & co. (2)", "Cafe-co.-2"),
        ("..", ""),
    ],
)
def test_the_name_of_a_repository(title, name):
    assert course.slug(title) == name


# --- Assignments ---------------------------------------------------------------------------------


def test_a_seed_tells_nothing_of_another():
    chapters = [
        assignments.secret(SEED, chapter, number) for chapter, number in CHECKED
    ]
    assert len(set(chapters)) == len(chapters)
    assert assignments.secret(SEED, "a", 1) != assignments.secret(
        SEED + 1, "a", 1
    )
    assert all(0 <= one < 2**32 for one in chapters)


def test_a_starter_is_parted_from_its_checks():
    source = 'def f(x):\n    ...\n\n\ncheck("a/b", 3, f)'
    assert assignments.parted(source) == ("def f(x):\n    ...", [(3, "f")])
    source = 'g = ...\ncheck(\n    "a/b",\n    4,\n    g[0],\n)\nh = 1'
    assert assignments.parted(source) == (
        "g = ...\n\n\n\n\n\nh = 1",
        [(4, "g[0]")],
    )


@pytest.mark.parametrize("path", notebooks(), ids=name_of)
def test_assignments_grade_all_that_has_a_solution(path):
    """Nothing of a solution is outside the cells whose solutions nbgrader takes out."""
    chapter, original = name_of(path), read(path)
    made = source_of(chapter)
    solved = [cell.source for cell in original.cells if "solution" in tags(cell)]
    if made is None:
        assert not solved
        return
    nbformat.validate(made)
    graded = [cell for cell in made.cells if "points" in nbgrader_of(cell)]
    tests = [cell for cell in graded if nbgrader_of(cell)["locked"]]
    names = [
        nbgrader_of(cell)["grade_id"] for cell in made.cells if nbgrader_of(cell)
    ]
    assert len(set(names)) == len(names)
    asked = {
        (chapter, int(number))
        for cell in tests
        for number in re.findall(r'^verdict = .*?", (\d+),', cell.source, re.M)
    }
    assert asked == {case for case in CHECKED if case[0] == chapter}
    assert len(tests) == len(asked)
    answers = [cell for cell in made.cells if nbgrader_of(cell).get("solution")]
    shown = [cell for cell in made.cells if cell not in answers]
    for solution in solved:
        assert sum(solution in cell.source for cell in answers) == 1
        assert not any(solution in cell.source for cell in shown)
    assert "<summary>Solution" not in "".join(cell.source for cell in shown)
    assert "What it says" not in "".join(cell.source for cell in made.cells)
    for cell in tests:
        begin, *_, end = cell.source.splitlines()[1:]
        assert (begin, end) == ("### BEGIN HIDDEN TESTS", "### END HIDDEN TESTS")
    for cell in answers:
        if cell.cell_type == "code":
            assert cell.source.count("### BEGIN SOLUTION") == 1
            assert cell.source.count("### END SOLUTION") == 1
    locked = [cell for cell in shown if cell.cell_type == "code"]
    assert all(nbgrader_of(cell)["locked"] for cell in locked)
    assert assignments.points(made) == (
        assignments.POINTS * len(tests),
        assignments.POINTS * (len(graded) - len(tests)),
    )


def test_a_word_that_gives_a_checker_away_is_seen(tmp_path):
    chapter, number = CHECKED[0]
    made = source_of(chapter)
    for name, line in (
        ("honest", "answer = 1"),
        ("copied", "from tlbook._exercises.a_b import f"),
        ("asked", 'f = find("a/b", 2).oracle'),
    ):
        copy = nbformat.from_dict(made)
        answer = next(c for c in copy.cells if nbgrader_of(c).get("solution"))
        answer.source = line
        folder = tmp_path / "submitted" / name / "week_01"
        folder.mkdir(parents=True)
        nbformat.write(copy, folder / "a.ipynb")
    assert grade.copied("week_01", tmp_path) == [
        "asked: a.ipynb",
        "copied: a.ipynb",
    ]


def test_files_under_another_name_are_named(tmp_path):
    for place, names in (
        ("source", ("a.ipynb", "b.ipynb")),
        ("submitted/ann", ("a.ipynb", "b.ipynb", "notes.txt")),
        ("submitted/bob", ("a (1).ipynb", "b.ipynb")),
        ("submitted/eve", ("a.ipynb",)),
    ):
        folder = tmp_path / place / "week_01"
        folder.mkdir(parents=True)
        for name in names:
            (folder / name).touch()
    assert grade.misnamed("week_01", tmp_path) == [
        "bob: a.ipynb; there is a (1).ipynb",
        "eve: b.ipynb",
    ]


def test_who_hands_in_again_is_graded_again(tmp_path, monkeypatch):
    for student in ("ann", "bob", "eve"):
        place = tmp_path / "submitted" / student / "week_01"
        place.mkdir(parents=True)
        (place / "a.ipynb").touch()
    now = time.time()
    for student, later in (("ann", 100), ("bob", -100)):
        graded = tmp_path / "autograded" / student / "week_01"
        graded.mkdir(parents=True)
        os.utime(graded, (now + later, now + later))
    assert grade.changed("week_01", tmp_path) == ["bob"]
    asked = []
    monkeypatch.setattr(grade, "run_nbgrader", lambda *words: asked.append(words))
    (tmp_path / "source" / "week_01").mkdir(parents=True)
    grade.grade(1, tmp_path, "nbgrader")
    forced = [words[2:] for words in asked if "--student" in words]
    assert forced == [("autograde", "week_01", "--student", "bob", "--force")]


def test_grading_says_which_points_wait_for_a_hand(tmp_path, monkeypatch, capsys):
    """The teacher reads it, and which file has a name of its own, without opening anything."""
    found = course.read_course(
        write_course(tmp_path, weeks={1: [short_chapter()]})
    )
    folder = tmp_path / "nbgrader"
    ((alone, hand),) = course.make_assignments(found, ROOT, folder).values()
    assert alone != hand
    place = folder / "submitted" / "ann" / "week_01"
    place.mkdir(parents=True)
    (place / "mine.ipynb").write_text('{"cells": []}', encoding="utf-8")
    monkeypatch.setattr(grade, "grade", lambda *_: (["ann"], {}))
    monkeypatch.setattr("sys.argv", ["grade", "1", "--out", str(tmp_path)])
    assert not grade.main()
    told = capsys.readouterr().out
    assert f"{alone} points are given by themselves, {hand} by hand" in told
    assert "ann: " in told
    assert "there is mine.ipynb" in told


def test_a_week_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(ValueError, match="no weeks: make course"):
        grade.grade(1, tmp_path, "nbgrader")
    (tmp_path / "source" / "week_01").mkdir(parents=True)
    with pytest.raises(ValueError, match="there are week_01"):
        grade.grade(2, tmp_path, "nbgrader")
    with pytest.raises(ValueError, match="nothing lies in"):
        grade.grade(1, tmp_path, "nbgrader")


# --- From the hand-out to the points -------------------------------------------------------------


def answered(released, made, chosen):
    """Return a hand-out in which some answers are given; the others stay as they were."""
    copy = nbformat.from_dict(released)
    solved = {nbgrader_of(c).get("grade_id"): c.source for c in made.cells}
    for cell in copy.cells:
        known = nbgrader_of(cell)
        if known.get("solution") and known["grade_id"] in chosen:
            cell.source = chosen[known["grade_id"]] or solved[known["grade_id"]]
    return copy


def slipped(chapter, number, made):
    """Return the solution of an exercise with a mistake in it, and the hint that it deserves."""
    name = answer_names(made)[number]
    source = next(
        c.source for c in made.cells if nbgrader_of(c).get("grade_id") == name
    )
    inner = source.partition("### BEGIN SOLUTION\n")[2]
    functions = [
        one
        for one in ast.parse(inner.partition("### END SOLUTION")[0]).body
        if isinstance(one, ast.FunctionDef)
    ]
    text = "\n".join(map(ast.unparse, functions))
    old, new, hint = MUTANTS[chapter][number][0]
    assert text.count(old) == 1
    return text.replace(old, new), hint


def answer_names(made):
    """Return {number: grade_id} of the exercises that grade themselves."""
    return {
        int(nbgrader_of(c)["grade_id"].split("-")[1]): nbgrader_of(c)["grade_id"]
        for c in made.cells
        if nbgrader_of(c).get("solution") and "points" not in nbgrader_of(c)
    }


REMEMBERED = """from tlbook.exercises import find

exercise = find("{chapter}", {number})
shown = {{str(data): exercise.oracle(*data) for data in exercise.draws()}}


def {answer}({arguments}):
    return shown[str(({arguments}))]


check("{chapter}", {number}, {answer})"""
CHEAT = """import tlbook
from tlbook import exercises

exercises.judge = lambda *data: ("right", {})
tlbook.check = check = lambda *data: exercises.Verdict(True, "right", "Right.")
_check = check"""


def cheated(released, made):
    """Return a hand-out without answers in which all is changed that a student can change."""
    names = list(answer_names(made).values())
    copy = answered(released, made, {names[0]: CHEAT})
    for cell in copy.cells:
        known = nbgrader_of(cell)
        if known.get("locked"):
            cell.source = "assert True\n100"
        if "points" in known:
            known["points"] = 100
    return copy


def without_tests(released):
    copy = nbformat.from_dict(released)
    copy.cells = [c for c in copy.cells if "points" not in nbgrader_of(c)]
    return copy


def exercise_with_arguments(chapter, made):
    """Return (number, answer, arguments) of an exercise whose answer is a function."""
    for number in answer_names(made):
        exercise = find(chapter, number)
        if exercise.data and (chapter, number) in CHECKED:
            cell = next(c for c in made.cells if f'", {number}, ' in c.source)
            answer = re.search(
                rf'check\("{chapter}", {number}, (\w+)\)', cell.source
            )
            return (
                number,
                answer[1],
                ", ".join(signature(exercise.oracle).parameters),
            )
    raise AssertionError(f"no function is asked for in {chapter}")


@pytest.mark.weekly
def test_hand_outs_are_graded(tmp_path, nbgrader):
    """A right, a blank and three wrong submissions, one that cheats and one without its tests."""
    chapter = short_chapter()
    weeks = {1: [chapter]}
    path = write_course(tmp_path, weeks=weeks)
    folder = tmp_path / "nbgrader"
    planned = course.make_assignments(course.read_course(path), ROOT, folder)
    course.release(folder, nbgrader)
    file = f"{chapter.replace('/', '_')}.ipynb"
    released = read(folder / "release" / "week_01" / file)
    made = read(folder / "source" / "week_01" / file)
    text = "\n".join(cell.source for cell in released.cells)
    for word in ("HIDDEN", "SOLUTION", str(SEED), "seed="):
        assert word not in text
    names = answer_names(made)
    slip, hint = slipped(chapter, min(names), made)
    number, answer, arguments = exercise_with_arguments(chapter, made)
    memory = REMEMBERED.format(
        chapter=chapter, number=number, answer=answer, arguments=arguments
    )
    right = dict.fromkeys(names.values())
    one = assignments.POINTS
    full = planned[1][0]
    assert full == one * len(names) >= 2 * one
    handed = {
        "right": (answered(released, made, right), full),
        "blank": (released, 0),
        "slip": (
            answered(released, made, right | {names[min(names)]: slip}),
            full - one,
        ),
        "memory": (
            answered(released, made, right | {names[number]: memory}),
            full - one,
        ),
        "broken": (
            answered(released, made, right | {names[max(names)]: "def f(:"}),
            full - one,
        ),
        "cheat": (cheated(released, made), 0),
        "torn": (without_tests(released), 0),
    }
    for student, (notebook, _) in handed.items():
        target = folder / "submitted" / student / "week_01" / file
        target.parent.mkdir(parents=True)
        nbformat.write(notebook, target)
    students, faults = grade.grade(1, folder, nbgrader)
    assert (sorted(students), faults) == (sorted(handed), {})
    rows = grades(folder)
    points = {student: float(row["raw_score"]) for student, row in rows.items()}
    assert points == {student: wanted for student, (_, wanted) in handed.items()}
    assert {float(row["max_score"]) for row in rows.values()} == {sum(planned[1])}
    feedback = {
        student: said(folder / "feedback" / student / "week_01" / file)
        for student in handed
    }
    told = catalog()[chapter][str(min(names))][hint]
    assert " ".join(told.split()) in feedback["slip"]
    assert " ".join(told.split()) not in feedback["right"]
    assert feedback["right"].count("Right. Well done.") >= len(names)
    assert grade.copied("week_01", folder) == [f"memory: {file}"]
    right, blank = (
        folder / "submitted" / student / "week_01" / file
        for student in ("right", "blank")
    )
    shutil.copyfile(right, blank)  # who hands in again is graded again
    grade.grade(1, folder, nbgrader)
    assert float(grades(folder)["blank"]["raw_score"]) == full


def grades(folder):
    """Return {student: row} of the points that were written."""
    with open(folder / "grades.csv", encoding="utf-8") as lines:
        return {row["student_id"]: row for row in csv.DictReader(lines)}


def said(path):
    """Return the text of a page of feedback, a space between two words."""
    text = path.with_suffix(".html").read_text(encoding="utf-8")
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", text)).split())


@pytest.fixture(scope="session")
def nbgrader():
    """Return the program, after its environment was made."""
    return run.nbgrader()


def short_chapter():
    """Return a chapter with two checked exercises at least, if it is there one that runs fast."""
    several = [c for c, _ in CHECKED if [one[0] for one in CHECKED].count(c) > 1]
    fast = ("introduction/domains_and_tasks", "since/linear_ot")
    return next((chapter for chapter in fast if chapter in several), several[0])


# --- A release -----------------------------------------------------------------------------------


@pytest.fixture
def built(tmp_path):
    """Return a small book of which all has been built, and its version."""
    for name in (
        "CITATION.cff",
        "pyproject.toml",
        "README.md",
        "LICENSE",
        "LICENSE-TEXT",
    ):
        shutil.copy(ROOT / name, tmp_path)
    (tmp_path / "tlbook").mkdir()
    (tmp_path / "tlbook" / "__init__.py").touch()
    (tmp_path / "_build" / "html" / "a").mkdir(parents=True)
    for name in (
        "html/index.html",
        "html/a/page.html",
        "tlbook.pdf",
        "tlbook.epub",
    ):
        (tmp_path / "_build" / name).write_text(name, encoding="utf-8")
    return tmp_path, str(origin.citation()["version"])


def test_a_release_has_all_with_checksums(built):
    root, version = built
    files = release.gather(f"v{version}", root)
    name = f"tlbook-{version}"
    assert [path.name for path in files] == sorted(
        [
            *("SHA256SUMS", f"{name}-html.zip", f"{name}-py3-none-any.whl"),
            *(f"{name}.epub", f"{name}.pdf"),
        ]
    )
    folder = files[0].parent
    lines = (folder / "SHA256SUMS").read_text(encoding="utf-8").splitlines()
    assert len(lines) == len(files) - 1
    for line in lines:
        digest, _, file = line.partition("  ")
        assert digest == hashlib.sha256((folder / file).read_bytes()).hexdigest()
    with zipfile.ZipFile(folder / f"{name}-html.zip") as archive:
        assert archive.namelist() == [f"{name}/a/page.html", f"{name}/index.html"]
    first = (folder / f"{name}-html.zip").read_bytes()
    release.gather(f"v{version}", root)
    assert (folder / f"{name}-html.zip").read_bytes() == first


def test_no_release_of_another_version_or_without_its_parts(built):
    root, version = built
    with pytest.raises(ValueError, match=f"v{re.escape(version)} is wanted"):
        release.gather("v99", root)
    (root / "_build" / "tlbook.epub").unlink()
    with pytest.raises(ValueError, match="run make epub"):
        release.gather("", root)


def test_a_release_speaks_two_languages_and_lacks_no_sentence(built):
    root, version = built
    for name in ("_toc.yml", "tlbook/_exercises/hints.toml"):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, root / name)
    hints = (root / "tlbook/_exercises/hints.toml").read_text(encoding="utf-8")
    zh = root / "tlbook/_exercises/hints.zh.toml"
    texts = {
        " ".join(one.split())
        for table in tomllib.loads(hints).values()
        for part in table.values()
        for one in (part.values() if isinstance(part, dict) else [part])
    }
    lines = [f"{json.dumps(one, ensure_ascii=False)} = '中'\n" for one in texts]
    zh.write_text("".join(lines), encoding="utf-8")
    catalog = root / translate.FOLDER / "book.po"
    catalog.parent.mkdir(parents=True)
    catalog.write_text('msgid "Play"\nmsgstr "播放"\n', encoding="utf-8")
    with pytest.raises(ValueError, match="run make pdf LANGUAGE=zh"):
        release.gather("", root)
    for kind in ("pdf", "epub"):
        (root / "_build" / f"tlbook-zh.{kind}").write_bytes(b"x")
    names = {path.name for path in release.gather("", root)}
    assert {f"tlbook-{version}-zh.pdf", f"tlbook-{version}-zh.epub"} < names
    catalog.write_text('msgid "Play"\nmsgstr ""\n', encoding="utf-8")
    with pytest.raises(ValueError, match="run make translate"):
        release.gather("", root)


def test_zenodo_says_what_the_citation_says():
    cited = origin.citation()
    said = json.loads((ROOT / ".zenodo.json").read_text(encoding="utf-8"))
    assert (said["title"], said["version"]) == (
        cited["title"],
        str(cited["version"]),
    )
    assert [one["name"] for one in said["creators"]] == [
        one["name"] for one in cited["authors"]
    ]
    related = {
        one["relation"]: one["identifier"] for one in said["related_identifiers"]
    }
    assert related["isSupplementTo"] == address().repository
    derived = [
        one["identifier"]
        for one in said["related_identifiers"]
        if one["relation"] == "isDerivedFrom"
    ]
    assert derived == [one["repository-code"] for one in origin.sources()]


# --- A course of half the chapters ---------------------------------------------------------------


def half_course(folder):
    """Write the course of half the chapters, three a week; return its file."""
    gone = set(drop.chosen(half_of_the_book(), ROOT))
    kept = [page for page in course.droppable(ROOT) if page not in gone]
    weeks = {
        1 + start // 3: [
            page.removeprefix("chapters/") for page in kept[start : start + 3]
        ]
        for start in range(0, len(kept), 3)
    }
    return write_course(folder, weeks=weeks)


def test_trial_half_of_the_book_as_a_course(tmp_path):
    """A name with a slash and an apostrophe; what is made holds together and is consistent."""
    found = course.read_course(half_course(tmp_path))
    book = tmp_path / "out" / "book"
    course.make_book(found, book)
    title = f"{NAME}, Spring 2027"
    assert config(book)["title"] == origin.citation(book)["title"] == title
    assert address(book).repository == f"{HUB}/mit/mit-2027-s-course"
    # a course that is its own fork does not name itself
    kept = {address(book).repository, origin.sources(book)[0]["repository-code"]}
    assert address().repository in kept
    assert f"# {title}\n" in (book / "README.md").read_text(encoding="utf-8")
    assert set(course.droppable(book)) == found.kept
    assert front.stale(book) == []
    assert links_that_lead_nowhere(book) == []
    assert not (book / "course.yml").exists()  # its seed is the teacher's
    example = course.read_course(book / "course.example.yml", book)
    assert example.kept == found.kept
    points = course.make_assignments(found, book, tmp_path / "out" / "nbgrader")
    source = tmp_path / "out" / "nbgrader" / "source"
    there = {path.stem for path in source.rglob("*.ipynb")}
    assert there <= {
        page.removeprefix("chapters/").replace("/", "_") for page in found.kept
    }
    assert {path.name for path in source.iterdir()} == {
        course.week_name(week) for week in points
    }
    course.make_editions(book, tmp_path / "out")
    kept = {path.relative_to(book / "chapters") for path in notebooks(book)}
    for folder in ("student", "teacher"):
        made = tmp_path / "out" / folder
        assert {path.relative_to(made) for path in made.rglob("*.ipynb")} == kept
    decks = tmp_path / "out" / "slides"
    assert html.escape(title) in (decks / "index.html").read_text(
        encoding="utf-8"
    )
    assert all((decks / path.with_suffix(".html")).is_file() for path in kept)


@pytest.mark.weekly
def test_half_of_the_book_as_a_course_is_built_and_passes_its_tests(tmp_path):
    """Its pages, for teacher and students; its chapters run against their outputs."""
    found = course.read_course(half_course(tmp_path))
    out = tmp_path / "out"
    course.make_book(found, out / "book")
    course.make_pages(out / "book", out)
    solved = 0
    for path in notebooks(out / "book"):
        page = path.relative_to(out / "book").with_suffix(".html")
        teacher, student = (
            (out / "pages" / who / page).read_text(encoding="utf-8")
            for who in ("teacher", "student")
        )
        solved += "<summary>Solution" in teacher
        assert "<summary>Solution" not in student
        assert NAME in html.unescape(student)
    assert solved
    subprocess.run(["git", "init", "--quiet"], cwd=out / "book", check=True)
    course.command(out / "book", "test")


# --- Capstones -----------------------------------------------------------------------------------


def by_a_pool(known):
    """Return the values that a forest finds from the sources and the few labels together."""
    X = np.concatenate([known["Xs"], known["Xt_labeled"]])
    y = np.concatenate([known["ys"], known["yt_labeled"]])
    return RandomForestRegressor(random_state=0).fit(X, y).predict(known["Xt"])


def by_friends(known):
    """Return the labels found without the source that knows the ten labels worst."""
    worst = min(
        range(4),
        key=lambda i: (
            LogisticRegression()
            .fit(
                known["Xs"][known["source"] == i],
                known["ys"][known["source"] == i],
            )
            .score(known["Xt_labeled"], known["yt_labeled"])
        ),
    )
    kept = known["source"] != worst
    model = LogisticRegression().fit(known["Xs"][kept], known["ys"][kept])
    return model.predict(known["Xt"])


@pytest.mark.parametrize(
    ("name", "solve"), [("few_labels", by_a_pool), ("false_friend", by_friends)]
)
def test_who_transfers_gains(name, solve):
    gains = []
    for seed in range(5):
        known, truth, plain = capstones.CAPSTONES[name](seed)
        gains.append(capstones.score(truth, solve(known), plain)[1])
    assert np.mean(gains) > 0.05
    assert min(gains) > -0.05


def test_the_shift_has_to_be_found():
    """Plain labels are good under one shift and bad under another, and centering helps in one."""
    drawn = [capstones.which_shift(seed) for seed in range(30)]
    plain = [np.mean(answer == truth) for _, truth, answer in drawn]
    assert min(plain) < 0.8 < 0.95 < max(plain)
    gains = []
    for known, truth, answer in drawn:
        center = known["Xs"].mean(axis=0)
        model = LogisticRegression().fit(known["Xs"] - center, known["ys"])
        moved = model.predict(known["Xt"] - known["Xt"].mean(axis=0))
        gains.append(capstones.score(truth, moved, answer)[1])
    assert min(gains) < -0.05 < 0.05 < max(gains)


def test_capstones_are_scored(tmp_path):
    capstones.write(SEED, tmp_path)
    hidden = tmp_path / "capstones-teacher"
    for name in capstones.CAPSTONES:
        folder = tmp_path / "capstones" / name
        with (
            np.load(folder / "data.npz") as data,
            np.load(hidden / f"{name}.npz") as kept,
        ):
            assert not {"yt", "truth"} & set(data)
            truth, plain = kept["truth"], kept["plain"]
            assert len(data["Xt"]) == len(truth) >= 1000
        text = (folder / "README.md").read_text(encoding="utf-8")
        assert f"{len(truth)} lines" in text
        for student, answer in (
            ("ann", truth),
            ("bob", plain),
            ("eve", truth[:-1]),
        ):
            path = hidden / "answers" / student / f"{name}.csv"
            path.parent.mkdir(exist_ok=True)
            np.savetxt(path, answer)
    (hidden / "answers" / "bob" / "which_shift.csv").write_text(
        "one\n", encoding="utf-8"
    )
    rows = {(row[0], row[1]): row[2:] for row in capstones.score_all(tmp_path)}
    assert len(rows) == 9
    for name in capstones.CAPSTONES:
        found, gain, error, fault = rows["ann", name]
        assert found == pytest.approx(1)
        assert gain > 3 * error > 0
        assert not fault
        assert "is wanted" in rows["eve", name][3]
    assert rows["bob", "few_labels"][1:3] == pytest.approx((0, 0))
    assert "no column of numbers" in rows["bob", "which_shift"][3]


def test_a_target_follows_from_the_seed_alone(tmp_path):
    for folder, seed in (("one", SEED), ("two", SEED), ("other", SEED + 1)):
        capstones.write(seed, tmp_path / folder)
    for name in capstones.CAPSTONES:
        truths = [
            np.load(tmp_path / folder / "capstones-teacher" / f"{name}.npz")[
                "truth"
            ]
            for folder in ("one", "two", "other")
        ]
        assert np.array_equal(truths[0], truths[1])
        assert not np.array_equal(truths[0], truths[2])


def test_a_seminar_of_fourteen_papers():
    guide = ROOT / "chapters" / "resources" / "teaching.md"
    if not guide.is_file():  # a course may do without
        return
    text = guide.read_text(encoding="utf-8").partition("## A seminar")[2]
    rows = re.findall(
        r"^\| (\d+) \| \{cite:t\}`(\w+)` \| (.+) \| .+\? \|$",
        text.partition("\n## ")[0],
        re.MULTILINE,
    )
    bib = (ROOT / "references.bib").read_text(encoding="utf-8")
    known = {key for key, _ in links.entries(bib)}
    assert [int(week) for week, _, _ in rows] == list(range(1, 15))
    assert len({key for _, key, _ in rows}) == 14
    assert {key for _, key, _ in rows} <= known


def test_a_page_for_students_keeps_what_cells_have_shown():
    """All but what a solution has shown, or a starter would."""
    cells = [nbformat.v4.new_code_cell("1 + 1")]
    cells += [
        nbformat.v4.new_code_cell(source, metadata={"tags": [tag]})
        for source, tag in (("x = ...", "starter"), ("x = 7", "solution"))
    ]
    cells.insert(1, nbformat.v4.new_markdown_cell("**1 (code).** Ask."))
    cells.append(nbformat.v4.new_markdown_cell("**2 (code).** Ask."))
    cells.append(
        nbformat.v4.new_code_cell("y = 8", metadata={"tags": ["solution"]})
    )
    for cell in cells:
        if cell.cell_type == "code":
            cell.outputs = [
                nbformat.v4.new_output("stream", text=f"saw {cell.source}")
            ]
    made = editions.student(nbformat.v4.new_notebook(cells=cells), outputs=True)
    shown = [one.text for cell in made.cells for one in cell.get("outputs", [])]
    assert shown == ["saw 1 + 1"]


def test_cleaning_leaves_what_students_handed_in(tmp_path, monkeypatch):
    monkeypatch.setattr(run, "ROOT", tmp_path)
    for name in ("html/index.html", "course/nbgrader/submitted/a", "tlbook.pdf"):
        path = tmp_path / "_build" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    run.clean()
    assert [path.name for path in (tmp_path / "_build").iterdir()] == ["course"]
    assert (
        tmp_path / "_build" / "course" / "nbgrader" / "submitted" / "a"
    ).is_file()


def test_a_new_course_leaves_what_students_handed_in(tmp_path):
    """The assignments are written anew, nothing else is touched."""
    found = course.read_course(
        write_course(tmp_path, weeks={1: [short_chapter()]})
    )
    folder = tmp_path / "nbgrader"
    course.make_assignments(found, ROOT, folder)
    for name in ("submitted/ann/week_01/a.ipynb", "gradebook.db", "source/old/b"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).touch()
    course.make_assignments(found, ROOT, folder)
    assert (folder / "submitted/ann/week_01/a.ipynb").is_file()
    assert (folder / "gradebook.db").is_file()
    assert [path.name for path in (folder / "source").iterdir()] == ["week_01"]
