"""A course of one's own: `tools/course.py [course.yml] [--out _build/course]`.

`course.yml` names the title, the term, the owner and the chapters of each week; the file
`course.example.yml` says how. What is made, in one folder:

book        the book as the teacher's fork, with the chapters kept: `make fork`, `make drop`
student     its chapters without solutions, `make student`; teacher has the solutions alone
slides      a deck of each chapter
pages       the book to be read: with solutions for the teacher, without them for the students
nbgrader    an assignment for each week that has exercises to grade, see `tools/grade.py`
capstones   three projects with a target whose labels only the teacher has

Nothing is ever deleted that students have handed in.
"""

import argparse
import os
import re
import shutil
import subprocess
import sys
import unicodedata
from dataclasses import dataclass
from pathlib import Path

import assignments
import capstones
import editions
import fork
import front
import nbformat
import origin
import yaml
from book import NOT_COPIED, ROOT, address, notebooks, pages, read

OUT = assignments.OUT
NEEDED, OPTIONAL = (
    {"title", "term", "owner", "original", "seed", "weeks"},
    {"repository"},
)
CONFIG = """# Written by `make course`; what nbgrader must know of this course.
c = get_config()  # noqa: F821
c.CourseDirectory.course_id = {name!r}
c.ClearSolutions.code_stub = {{"python": "# YOUR CODE HERE"}}
c.Execute.timeout = 600
c.Execute.kernel_name = "tlbook"  # the environment of the book
"""


@dataclass(frozen=True)
class Course:
    """What `course.yml` says, with the pages of each week written out."""

    title: str
    term: str
    owner: str
    repository: str
    original: str
    seed: int
    weeks: dict

    @property
    def address(self):
        return f"{self.owner}/{self.repository}"

    @property
    def kept(self):
        return {page for listed in self.weeks.values() for page in listed}


def slug(title):
    """Return the name of a repository that GitHub makes of a title."""
    plain = (
        unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode()
    )
    return re.sub(r"[^A-Za-z0-9_.-]+", "-", plain).strip("-.")


def droppable(root):
    """Return the pages that a course may do without: those in a folder, but for the API."""
    return [
        page
        for page in pages(root)
        if page.count("/") > 1 and not page.startswith(front.API)
    ]


def written_out(names, root):
    """Return the pages that are named, one by one or by their folder."""
    found = []
    for name in names:
        there = [
            page
            for page in droppable(root)
            if f"{page}/".startswith(f"chapters/{name}/")
        ]
        if not there:
            raise ValueError(f"there is no chapter {name!r}")
        found += there
    return found


def read_course(path, root=ROOT):
    """Return the course that a file describes.

    Raises
    ------
    ValueError
        If something is missing, misspelled or not there; it says what.
    """
    if not path.is_file():
        raise ValueError(
            f"there is no {path.name}: copy course.example.yml and change it"
        )
    given = yaml.safe_load(path.read_text(encoding="utf-8"))
    if not isinstance(given, dict):
        raise ValueError(f"{path.name} is no list of `name: value`")
    for kind, names in (
        ("has no", NEEDED - set(given)),
        ("has the unknown", set(given) - NEEDED - OPTIONAL),
    ):
        if names:
            raise ValueError(f"{path.name} {kind} {', '.join(sorted(names))}")
    texts = {
        name: str(given[name]).strip() for name in ("title", "term", "owner")
    }
    repository = str(given.get("repository") or slug(texts["title"]))
    fork.check(f"{texts['owner']}/{repository}", texts["title"])
    if type(given["seed"]) is not int:
        raise ValueError(f"the seed {given['seed']!r} is no whole number")
    if not isinstance(given["weeks"], dict) or not all(
        type(week) is int and isinstance(listed, list)
        for week, listed in given["weeks"].items()
    ):
        raise ValueError("the weeks are no table of `number: [chapter, ...]`")
    weeks = {
        week: written_out(listed, root) for week, listed in given["weeks"].items()
    }
    twice = [page for listed in weeks.values() for page in listed]
    twice = sorted({page for page in twice if twice.count(page) > 1})
    if twice or not weeks:
        raise ValueError(
            f"in more than one week: {', '.join(twice)}" if twice else "no weeks"
        )
    original = str(given["original"]).rstrip("/")
    known = [address(root).repository]
    known += [one["repository-code"] for one in origin.sources(root)]
    if original not in known:
        raise ValueError(
            f"original: {original} is not what this book says of itself; "
            f"it names {', '.join(known)}"
        )
    return Course(
        **texts,
        repository=repository,
        original=original,
        seed=given["seed"],
        weeks=weeks,
    )


def command(book, name, **given):
    """Run a command of the book that lies in a folder."""
    words = [f"{key}={value}" for key, value in given.items()]
    done = subprocess.run(
        [sys.executable, "run.py", name, *words, f"RUN={sys.executable}"],
        cwd=book,
        env={**os.environ, "PYTHONPATH": str(book)},
        capture_output=True,
        text=True,
    )
    if done.returncode:
        raise RuntimeError(
            f"{name} in {book} failed:\n{done.stdout[-3000:]}{done.stderr[-3000:]}"
        )
    return done.stdout


def renew(source, target):
    """Put a folder where an older one may lie."""
    shutil.rmtree(target, ignore_errors=True)
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.move(source, target)


def make_book(course, book, root=ROOT):
    """Copy the book, give it its address and title, and take out what is not taught."""
    shutil.rmtree(book, ignore_errors=True)
    ignore = shutil.ignore_patterns(*NOT_COPIED, "course.yml")
    shutil.copytree(root, book, ignore=ignore)
    title = f"{course.title}, {course.term}"
    command(book, "fork", REPO=course.address, TITLE=title)
    gone = [page for page in droppable(root) if page not in course.kept]
    if gone:
        names = [page.removeprefix("chapters/") for page in gone]
        return command(book, "drop", CHAPTER=" ".join(names))
    return ""


def make_editions(book, out):
    """Make slides, the students' chapters and the teacher's solutions."""
    for name, where in (
        ("slides", "slides"),
        ("student", "student"),
        ("solutions", "teacher"),
    ):
        command(book, name)
        renew(book / "_build" / name, out / where)


def make_pages(book, out):
    """Build the pages twice: of the whole book, and of a copy whose chapters lack solutions."""
    command(book, "book")
    renew(book / "_build" / "html", out / "pages" / "teacher")
    shutil.rmtree(book / "_build")
    copy = out / "student-book"
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(book, copy)
    for path in notebooks(copy):
        made = editions.student(read(path), outputs=True)
        path.write_text(front.notebook_text(made), encoding="utf-8")
    command(copy, "book")
    renew(copy / "_build" / "html", out / "pages" / "student")
    shutil.rmtree(copy)


def make_assignments(course, book, folder):
    """Write the sources of the assignments; return {week: points by itself and by hand}."""
    shutil.rmtree(folder / "source", ignore_errors=True)
    folder.mkdir(parents=True, exist_ok=True)
    config = CONFIG.format(name=course.repository)
    (folder / "nbgrader_config.py").write_text(config, encoding="utf-8")
    points = {}
    for week, listed in course.weeks.items():
        for page in listed:
            path = book / f"{page}.ipynb"
            if not path.is_file():
                continue
            name = page.removeprefix("chapters/")
            made = assignments.assignment(read(path), name, course.seed)
            if made is None:
                continue
            target = folder / "source" / week_name(week)
            target.mkdir(parents=True, exist_ok=True)
            nbformat.write(made, target / f"{name.replace('/', '_')}.ipynb")
            alone, hand = assignments.points(made)
            before = points.get(week, (0, 0))
            points[week] = (before[0] + alone, before[1] + hand)
    return points


def week_name(week):
    return f"week_{int(week):02d}"


def release(folder, nbgrader):
    """Let nbgrader make what students get of the sources."""
    for path in sorted((folder / "source").iterdir()):
        run_nbgrader(
            folder, nbgrader, "generate_assignment", path.name, "--force"
        )


def run_nbgrader(folder, nbgrader, *words):
    """Run nbgrader in the folder of a course; programs that it calls lie beside it."""
    beside = f"{Path(nbgrader).parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        [nbgrader, *words],
        cwd=folder,
        env={**os.environ, "PATH": beside},
        capture_output=True,
        text=True,
    )
    if done.returncode:
        raise RuntimeError(
            f"nbgrader {' '.join(words)} failed:\n{done.stdout}{done.stderr}"
        )
    return done.stderr


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("course", nargs="?", type=Path, default="course.yml")
    parser.add_argument("--out", type=Path, default=OUT)
    parser.add_argument("--nbgrader", help="the program, if it is installed")
    given = parser.parse_args()
    out = given.out.resolve()
    if out.is_relative_to(ROOT) and not out.is_relative_to(OUT.parent):
        sys.exit(f"course: {out} lies in the book; name a folder outside")
    try:
        course = read_course(given.course.resolve())
        print(f"{course.title}, {course.term}: {course.address}", flush=True)
        print(make_book(course, out / "book"), end="", flush=True)
        points = make_assignments(course, out / "book", out / "nbgrader")
        for week, (alone, hand) in points.items():
            print(f"week {week}: {alone} points by themselves, {hand} by hand")
        if given.nbgrader:
            release(out / "nbgrader", given.nbgrader)
        capstones.write(course.seed, out)
        make_editions(out / "book", out)
        make_pages(out / "book", out)
    except (ValueError, RuntimeError) as error:
        sys.exit(f"course: {error}")
    print(f"Open {(out / 'pages' / 'student' / 'index.html').as_uri()}")


if __name__ == "__main__":
    main()
