"""The ways in: commands without make, packages, what is missing is named, first cell, workflows.

The tests marked `network` install what a newcomer would; `make doors` runs them.
"""

import ast
import importlib.metadata
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import tarfile
import textwrap
import tomllib
import zipfile
from pathlib import Path

import pytest
import yaml
from book import ROOT, address, notebooks, parts, read, setup_source

import run as runner

WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
MAKE = shutil.which("make")


def run(*command, cwd=ROOT, **environment):
    """Run a command as a user would: without what this test run has put into the environment."""
    ours = ("PYTEST_", "COV_", "BOOK_", "PYTHONPATH", "VIRTUAL_ENV")
    clean = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(ours)
    }
    return subprocess.run(
        [str(word) for word in command],
        cwd=cwd,
        env=clean | environment,
        capture_output=True,
        text=True,
        encoding="utf-8",
    )


def passed(*command, **options):
    """Run a command that must succeed; return what it printed."""
    result = run(*command, **options)
    assert result.returncode == 0, (
        f"{command}\n{result.stdout[-3000:]}\n{result.stderr[-3000:]}"
    )
    return result.stdout


def text_of(path):
    return path.read_text(encoding="utf-8")


# --- The commands --------------------------------------------------------------------------------


@pytest.mark.skipif(MAKE is None, reason="there is no make")
@pytest.mark.parametrize("command", runner.COMMANDS)
def test_make_passes_every_command_on(command):
    """So there is one list; `make chapters` is no less than a folder of that name."""
    shown = passed("make", "--dry-run", command, "PYTHON=python3")
    assert shown == f'"python3" run.py {command}\n'


@pytest.mark.skipif(MAKE is None, reason="there is no make")
def test_make_passes_values_on_as_they_were_typed():
    title = 'Wang\'s "talk" 迁移 $HOME $(shell exit) `exit` $$ \\ #1'
    given = (
        "REPO=a/b",
        f"TITLE={title}",
        "RUN=echo",
        "CHAPTER=feature/tca feature/jda",
    )
    assert (
        passed("make", "fork", *given) == f"tools/fork.py a/b --title={title}\n"
    )
    assert passed("make", "refresh", *given).endswith(
        "refresh.py feature/tca feature/jda\n"
    )


def test_makefile_is_for_the_make_of_macos():
    """Version 3.81 has neither of these; it passes over some in silence."""
    later = r"\.ONESHELL|\.SHELLFLAGS|--output-sync|\$\(file |!=|::=|\$\(intcmp|\$\(let |undefine"
    assert not re.search(later, text_of(ROOT / "Makefile"))
    assert "\t@" in text_of(ROOT / "Makefile")


def test_runner_needs_nothing_but_python():
    imported = {
        alias.name.split(".")[0]
        for node in ast.walk(ast.parse(text_of(ROOT / "run.py")))
        if isinstance(node, (ast.Import, ast.ImportFrom))
        for alias in (
            [ast.alias(node.module)]
            if isinstance(node, ast.ImportFrom)
            else node.names
        )
    }
    assert imported <= sys.stdlib_module_names
    listed = passed(sys.executable, "-I", "-S", "run.py")
    assert [
        line.split()[0] for line in listed.splitlines()[: len(runner.COMMANDS)]
    ] == list(runner.COMMANDS)


def test_runner_says_what_is_wrong():
    result = run(sys.executable, "run.py", "tset")
    assert result.returncode == 1
    assert "no command 'tset'" in result.stderr
    result = run(sys.executable, "run.py", "fork", f"RUN={sys.executable}")
    assert result.returncode == 1
    assert "REPO=your_school/course" in result.stderr


def fresh(folder):
    """Return a folder with what a set-up reads."""
    for name in ("run.py", "requirements.txt", "pyproject.toml"):
        shutil.copy(ROOT / name, folder)
    return folder


@pytest.mark.parametrize("uv", [True, False])
def test_setup_by_uv_where_it_is_installed_and_else_by_pip(tmp_path, uv):
    tools = tmp_path / "tools"
    tools.mkdir()
    if uv:
        (tools / "uv").write_text("#!/bin/sh\n")
        (tools / "uv").chmod(0o755)
    command = (
        sys.executable,
        "run.py",
        "--dry-run",
        "setup",
        f"PYTHON={sys.executable}",
    )
    shown = passed(*command, cwd=fresh(tmp_path), PATH=str(tools)).splitlines()
    words = [shlex.split(line) for line in shown]
    python = runner.interpreter()
    if uv:
        assert words[0] == [
            f"{tools}/uv",
            *f"venv --quiet --seed --python {sys.executable} .venv".split(),
        ]
        assert all(
            line[1:3] == ["pip", "install"] and python in line
            for line in words[1:]
        )
    else:
        assert words[0] == [sys.executable, "-m", "venv", ".venv"]
        assert all(
            line[:4] == [python, "-m", "pip", "install"] for line in words[1:]
        )
    assert words[1][-2:] == ["--requirement", "requirements.txt"]
    assert words[2][-2:] == ["--editable", "."]


def test_commands_that_are_named_exist():
    """In pages, chapters, workflows and messages."""
    command = r"(?:make|python run\.py) ([a-z][a-z-]+)(?=[ `\n&;]|$)"
    for path in (ROOT / "README.md", *WORKFLOWS, ROOT / ".ci" / "run"):
        if path.is_file():  # a release has no .ci
            lines = set(
                re.findall(
                    rf"^(?:.*run: )?{command}", text_of(path), re.MULTILINE
                )
            )
            assert lines <= set(runner.COMMANDS), f"{path.name} runs {lines}"
    files = [*ROOT.glob("*.md")]
    for folder in ("chapters", "tools", "tests", "benchmarks"):
        files += [
            p
            for p in (ROOT / folder).rglob("*")
            if p.suffix in {".md", ".py", ".ipynb"}
        ]
    for path in files:
        if path.is_file() and path != Path(__file__):
            text = text_of(path).replace("\\n", "\n")
            named = set(re.findall(f"`{command}", text))
            assert named <= set(runner.COMMANDS), (
                f"{path.relative_to(ROOT)} names {named}"
            )


def test_readme_names_systems_and_commands():
    readme = text_of(ROOT / "README.md")
    for word in (
        "Linux",
        "macOS",
        "Windows",
        "python run.py test",
        "make book",
        "make test",
        "uv",
    ):
        assert word in readme, word


# --- What a page of the book reads and imports ----------------------------------------------------


def code(path):
    """Yield the code of a chapter's cells without lines that are for IPython alone."""
    for cell in read(path).cells:
        if cell.cell_type == "code" and "%pip" not in cell.source:
            yield cell.source


def imported(path):
    """Return the names of the packages that a chapter imports."""
    found = set()
    for source in code(path):
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.Import):
                found |= {alias.name.split(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom):
                found.add(node.module.split(".")[0])
    return found - sys.stdlib_module_names


def label(path):
    return path.relative_to(ROOT / "chapters").as_posix()


@pytest.mark.parametrize("path", notebooks(), ids=label)
def test_chapter_reads_nothing_beside_the_package(path):
    """A downloaded notebook, or one in Colab, stands alone in its folder."""
    for source in code(path):
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                assert not re.match(
                    r"\.\.?/|(benchmarks|tests|tools|chapters)/", node.value
                )


def project():
    return tomllib.loads(text_of(ROOT / "pyproject.toml"))["project"]


def required(*extras):
    """Return the names of the packages that tlbook asks for, with the given extras."""
    optional = project()["optional-dependencies"]
    found, todo = set(), [*project()["dependencies"]]
    for extra in extras:
        todo += optional[extra]
    while todo:
        name, inner = re.match(
            r"([\w.-]+)(?:\[([\w,-]+)\])?", todo.pop()
        ).groups()
        if name == "tlbook":
            todo += [one for extra in inner.split(",") for one in optional[extra]]
        else:
            found.add(name)
    return found


IMPORT_NAMES = {
    "scikit-learn": "sklearn",
    "POT": "ot",
    "ipython": "IPython",
    "pillow": "PIL",
}


def test_the_extra_of_the_chapters_brings_what_they_import():
    wanted = set().union(*map(imported, notebooks())) - {"tlbook"}
    brought = {
        IMPORT_NAMES.get(name, name.replace("-", "_"))
        for name in required("chapters")
    }
    assert {"sklearn", "torch", "pandas"} <= wanted
    assert wanted <= brought


def test_result_tables_come_with_the_package():
    from tlbook.datasets import load_published, load_results, result_names

    assert {"embedded", "speed", "transferability"} <= set(result_names())
    for name in result_names():
        columns = load_results(name)
        assert len({len(values) for values in columns.values()}) == 1, name
    table = load_results("transferability")
    assert {type(value) for value in table["accuracy"]} == {float}
    assert {type(value) for value in table["seed"]} == {int}
    published = load_published()
    assert len(published["accuracy"]) > 800
    assert None in published["note"]
    with pytest.raises(
        ValueError, match=r"'nothing' is unknown; the tables are \['activity'"
    ):
        load_results("nothing")


# --- The packages --------------------------------------------------------------------------------

BUILD = "import sys, setuptools.build_meta as b; print(b.build_{0}(sys.argv[1]))"


@pytest.fixture(scope="module")
def source_folder(tmp_path_factory):
    """Return a copy of what git knows, as a clone would have it."""
    if not (ROOT / ".git").exists():
        pytest.skip("not a git checkout")
    folder = tmp_path_factory.mktemp("clone")
    command = ("git", "ls-files", "--cached", "--others", "--exclude-standard")
    for name in passed(*command).splitlines():
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, folder / name)
    return folder


@pytest.fixture(scope="module")
def sdist(source_folder, tmp_path_factory):
    out = tmp_path_factory.mktemp("sdist")
    made = passed(
        sys.executable, "-c", BUILD.format("sdist"), out, cwd=source_folder
    )
    with tarfile.open(out / made.splitlines()[-1]) as archive:
        archive.extractall(out, filter="data")
    (folder,) = [path for path in out.iterdir() if path.is_dir()]
    return folder


@pytest.fixture(scope="module")
def wheel(sdist, tmp_path_factory):
    """Return the wheel, made from the unpacked sdist, as an index would have it made."""
    out = tmp_path_factory.mktemp("wheel")
    unpacked = shutil.copytree(sdist, out / "unpacked")
    made = passed(sys.executable, "-c", BUILD.format("wheel"), out, cwd=unpacked)
    return out / made.splitlines()[-1]


def files_of(folder):
    """Return the files below a folder that neither a run nor a build has put there."""
    found = {
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*")
        if path.is_file()
    }
    return {
        name
        for name in found
        if "__pycache__" not in name and ".egg-info/" not in name
    }


def test_wheel_has_the_whole_package_and_nothing_else(source_folder, wheel):
    package = {f"tlbook/{name}" for name in files_of(source_folder / "tlbook")}
    with zipfile.ZipFile(wheel) as archive:
        inside = set(archive.namelist())
    assert {name for name in inside if ".dist-info/" not in name} == package
    assert {"tlbook/published.csv", "tlbook/results/embedded.csv"} <= package
    # the drawings, exercises and numbers of eighty chapters; seconds on a slow line
    assert wheel.stat().st_size < 1_500_000


def test_sdist_has_all_that_the_repository_has(source_folder, sdist):
    only_git = {".gitattributes", ".gitignore", ".ci/run"}
    made = {"PKG-INFO", "setup.cfg"}
    assert files_of(sdist) - made == files_of(source_folder) - only_git


def test_sdist_runs_its_tests(sdist):
    command = (
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-p",
        "no:cacheprovider",
        "-n",
        "0",
    )
    some = ("tests/test_frame.py::test_front_is_up_to_date", "tests/discrepancy")
    assert " passed" in passed(*command, *some, cwd=sdist, PYTHONPATH=str(sdist))


def test_metadata_are_what_an_index_shows(wheel):
    with zipfile.ZipFile(wheel) as archive:
        (name,) = [
            one
            for one in archive.namelist()
            if one.endswith(".dist-info/METADATA")
        ]
        metadata = importlib.metadata.PathDistribution(
            zipfile.Path(archive, name.rpartition("/")[0] + "/")
        ).metadata
    links = dict(one.split(", ") for one in metadata.get_all("Project-URL"))
    here = address()
    assert links == {
        "Book": here.site,
        "Repository": here.repository,
        "Issues": f"{here.repository}/issues",
    }
    classified = metadata.get_all("Classifier")
    for version in ("3.11", "3.12", "3.13"):
        assert f"Programming Language :: Python :: {version}" in classified
    assert metadata["Keywords"]
    assert metadata.get_payload() == text_of(ROOT / "README.md")


def test_links_of_readme_are_absolute():
    """An index shows README without the files beside it."""
    readme = text_of(ROOT / "README.md")
    targets = re.findall(r"\]\(([^)\s]+)\)", readme)
    assert len(targets) > 100
    assert [
        target for target in targets if not target.startswith("https://")
    ] == []
    ours = [target for target in targets if target.startswith(address().file(""))]
    missing = [
        one
        for one in ours
        if not (ROOT / one.removeprefix(address().file(""))).is_file()
    ]
    assert missing == []
    for _, pages in parts():
        for page in pages:
            assert address().file(page) in readme


# --- What is missing is named --------------------------------------------------------------------

WITHOUT = """
import importlib, importlib.abc, sys

class Without(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in {missing}:
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)

sys.meta_path.insert(0, Without())
"""


@pytest.fixture(scope="module")
def bare(wheel, tmp_path_factory):
    """Return a function that runs code on the installed wheel, as if packages were missing."""
    folder = tmp_path_factory.mktemp("installed")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder)

    def execute(body, *missing):
        source = WITHOUT.format(missing=set(missing) or {"none"})
        source += f"sys.path.insert(0, {str(folder)!r})\n{textwrap.dedent(body)}"
        return passed(sys.executable, "-W", "error", "-c", source, cwd=folder)

    return execute


IMPORT_ALL = """
import json, pkgutil
import tlbook
assert tlbook.__file__.startswith(sys.path[0])
failed = {}
for module in pkgutil.walk_packages(tlbook.__path__, "tlbook.", onerror=lambda name: None):
    try:
        importlib.import_module(module.name)
    except ModuleNotFoundError as error:
        failed[module.name] = [error.name.split(".")[0], str(error)]
print(json.dumps(failed))
"""
OPTIONAL = (
    "torch",
    "safetensors",
    "ot",
    "pandas",
    "networkx",
    "IPython",
    "pytest",
    "dask",
)


def test_everything_can_be_imported_from_the_wheel(bare):
    assert json.loads(bare(IMPORT_ALL)) == {}


def test_shallow_methods_need_no_extra(bare):
    failed = json.loads(bare(IMPORT_ALL, *OPTIONAL))
    assert {missing for missing, _ in failed.values()} == {"torch"}
    assert "tlbook.deep" in failed
    shallow = (
        "datasets",
        "discrepancy.mmd",
        "instance",
        "feature",
        "model",
        "relation",
        "plot",
    )
    assert not [
        name
        for name in failed
        if name.startswith(tuple(f"tlbook.{s}" for s in shallow))
        and name not in {"tlbook.model.trcnn"}
    ]


EXACT_PLAN = """
import numpy
from tlbook.since.optimal_transport import exact_plan
exact_plan(numpy.ones((2, 2)))
"""
FINISH = """
from tlbook import plot
plot.finish(plot.axes()[0], "an empty figure, for a test")
"""
NEEDS_TORCH = (
    "import tlbook.deep",
    "import tlbook.deep.dan",
    "from tlbook.since import CDAN",
    "from tlbook.since import LoRA",
    "from tlbook.frontiers import SLA",
    "from tlbook.model import TRCNN",
)
TRY_EACH = """
for body in {bodies}:
    try:
        exec(body)
    except ModuleNotFoundError as error:
        print(error.name, error)
"""


@pytest.mark.parametrize(
    ("missing", "extra", "bodies"),
    [
        ("torch", "deep", NEEDS_TORCH),
        ("safetensors", "deep", ["import tlbook.deep"]),
        ("ot", "transport", [EXACT_PLAN]),
        ("IPython", "chapters", [FINISH]),
    ],
)
def test_a_missing_extra_is_named(bare, missing, extra, bodies):
    said = bare(TRY_EACH.format(bodies=list(bodies)), missing).splitlines()
    message = f'the package {missing} is missing: pip install "tlbook[{extra}]" brings it'
    assert said == [f"{missing} {message}"] * len(bodies)


def test_another_missing_module_is_not_taken_for_an_extra():
    from tlbook import _extras

    with pytest.raises(
        ModuleNotFoundError, match=r"No module named 'tlbook\.nothing'"
    ):
        _extras.load("tlbook.nothing")


def test_extras_that_are_named_exist():
    from tlbook import _extras

    for package, extra in _extras.EXTRAS.items():
        names = {IMPORT_NAMES.get(name, name) for name in required(extra)}
        assert package in names


def test_listing_without_a_notebook_is_printed(bare):
    body = "from tlbook import show\nfrom tlbook.kernels import median_gamma\nshow(median_gamma)"
    for missing in ((), ("IPython",)):
        assert bare(body, *missing).startswith("def median_gamma(")


# --- The workflows, as they are written ----------------------------------------------------------


def jobs():
    """Yield (name, job) of all workflows."""
    for path in WORKFLOWS:
        for name, job in yaml.safe_load(text_of(path))["jobs"].items():
            yield f"{path.stem}-{name}", job


def commands(job):
    return [step["run"] for step in job["steps"] if "run" in step]


def test_actions_are_pinned_by_commit():
    for path in WORKFLOWS:
        for line in text_of(path).splitlines():
            if "uses:" in line:
                assert re.search(
                    r"uses: [\w-]+/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$", line
                ), line


def test_what_is_published_was_tested():
    book = yaml.safe_load(text_of(ROOT / ".github" / "workflows" / "book.yml"))[
        "jobs"
    ]
    assert set(book["publish"]["needs"]) == set(book) - {"publish"}


# what workflows run besides: packages, fonts, what GitHub attaches to a release
OTHERS = ("uv pip ", "sudo apt-get ", "gh release ")


def test_workflows_run_commands_that_exist():
    ours = re.compile(r"(?:make|python run\.py) ([\w -]+?)(?: [A-Z]+=\S+)*$")
    for name, job in jobs():
        for line in commands(job):
            found = ours.match(line)
            assert found or line.startswith(OTHERS), f"{name}: {line}"
            assert found is None or set(found.group(1).split()) <= set(
                runner.COMMANDS
            ), line


def test_weekly_sees_all_systems():
    weekly = yaml.safe_load(
        text_of(ROOT / ".github" / "workflows" / "weekly.yml")
    )["jobs"]
    systems = {
        "ubuntu-latest",
        "ubuntu-24.04-arm",
        "macos-latest",
        "windows-latest",
    }
    assert set(weekly["processors"]["strategy"]["matrix"]["system"]) == systems
    assert commands(weekly["processors"]) == ["python run.py processors"]


def test_torch_of_the_workflows_is_small():
    for path in WORKFLOWS:
        workflow = yaml.safe_load(text_of(path))
        assert workflow["env"]["UV_TORCH_BACKEND"] == "cpu"
        for job in workflow["jobs"].values():
            used = [
                step.get("uses", "").split("@")[0]
                for step in job.get("steps", [])
            ]
            assert not commands(job) or "astral-sh/setup-uv" in used


# --- Played: environments of newcomers (needs a network) -----------------------------------------


def uv(*words, **options):
    """Run uv, told what pip is told about where packages lie."""
    lies = os.environ.get("PIP_FIND_LINKS", "")
    told = {"UV_FIND_LINKS": lies} if lies else {"UV_TORCH_BACKEND": "cpu"}
    return passed(
        sys.executable, "-m", "uv", *words, "--quiet", **told, **options
    )


def version(package):
    return importlib.metadata.version(package)


@pytest.fixture
def environment(tmp_path):
    """Return the Python of a new environment with pip, and a file that keeps torch as it is here.

    The torch of an index may bring gigabytes for NVIDIA cards, which no test of a door needs.
    """
    uv("venv", "--seed", "--python", sys.executable, tmp_path / "new")
    kept = tmp_path / "kept.txt"
    kept.write_text(f"torch=={version('torch')}\n")
    return tmp_path / "new" / Path(runner.interpreter()).relative_to(
        ".venv"
    ), kept


EXECUTE = """
import json, sys
from IPython.core.interactiveshell import InteractiveShell
shell = InteractiveShell.instance()
for source in json.loads(sys.stdin.read()):
    shell.run_cell(source).raise_error()
import numpy
print("numpy", numpy.__version__)
"""


def run_first_cell(python, wheel, kept, *before):
    """Run the first cell in a new environment, then the imports of all chapters.

    The cell is as it stands in the chapters, save for the address of the repository, which becomes
    the wheel that is made from it.
    """
    cell = setup_source().replace(f"git+{address().repository}", wheel.as_uri())
    assert cell.count(wheel.as_uri()) == 2
    imports = [
        ast.unparse(node)
        for path in notebooks()
        for source in code(path)
        for node in ast.parse(source).body
        if isinstance(node, (ast.Import, ast.ImportFrom))
    ]
    result = subprocess.run(
        [str(python), "-c", EXECUTE],
        input=json.dumps([*before, cell, "\n".join(dict.fromkeys(imports))]),
        cwd=python.parent,
        env={k: v for k, v in os.environ.items() if not k.startswith("PYTHON")}
        | {"PIP_CONSTRAINT": str(kept)},
        capture_output=True,
        text=True,
    )
    assert result.returncode == 0, result.stdout[-3000:] + result.stderr[-3000:]
    return re.search(r"^numpy (\S+)$", result.stdout, re.MULTILINE).group(1)


@pytest.mark.network
@pytest.mark.timeout(900)
def test_first_cell_in_a_bare_environment(environment, wheel):
    python, kept = environment
    uv("pip", "install", "--python", python, f"ipython=={version('ipython')}")
    assert run(python, "-c", "import numpy").returncode == 1
    run_first_cell(python, wheel, kept)


def colab_versions():
    lines = text_of(ROOT / "tests" / "constraints-colab.txt").splitlines()
    return dict(line.split("==") for line in lines if "==" in line)


@pytest.mark.network
@pytest.mark.timeout(900)
def test_first_cell_in_colab(environment, wheel):
    """Colab is played: its versions, but for torch, and a package google.colab that is loaded."""
    python, kept = environment
    versions = colab_versions() | {"torch": version("torch")}
    lacking = set(
        re.search(r"--no-deps (.*?) \"", setup_source()).group(1).split()
    )
    there = {name for name in required("chapters") if name not in lacking} - set(
        versions
    )
    pinned = [f"{name}=={value}" for name, value in versions.items()]
    uv("pip", "install", "--python", python, *pinned, *sorted(there))
    colab = Path(
        passed(
            python, "-c", "import site; print(site.getsitepackages()[0])"
        ).strip()
    )
    (colab / "google" / "colab").mkdir(parents=True)
    (colab / "google" / "colab" / "__init__.py").touch()
    before = passed(python, "-m", "pip", "freeze").splitlines()
    numpy = run_first_cell(python, wheel, kept, "import google.colab")
    after = passed(python, "-m", "pip", "freeze").splitlines()
    assert numpy == versions["numpy"]
    assert set(before) <= set(after)
    names = {
        line.split("==")[0].split(" @ ")[0] for line in set(after) - set(before)
    }
    assert {name.lower().replace("_", "-") for name in names} == {
        "tlbook",
        *(name.lower() for name in lacking),
    }


INSTALLING = [
    (name, job)
    for name, job in jobs()
    if any("uv pip install" in c for c in commands(job))
]


@pytest.mark.network
@pytest.mark.timeout(900)
@pytest.mark.parametrize(
    ("name", "job"), INSTALLING, ids=[name for name, _ in INSTALLING]
)
def test_workflow_installs_what_its_tests_import(
    name, job, environment, tmp_path
):
    """On this Python and with its torch: install what the workflow says, collect its tests."""
    python, kept = environment
    for line in commands(job):
        words = shlex.split(line)
        if words[:3] == ["uv", "pip", "install"]:
            assert "--system" in words
            told = [word for word in words[1:] if word != "--system"]
            for i in [i + 1 for i, word in enumerate(told) if word == "-c"]:
                text = text_of(ROOT / told[i])
                told[i] = tmp_path / "constraints.txt"
                told[i].write_text(
                    re.sub(r"^torch==.*$", "", text, flags=re.MULTILINE)
                )
            uv(*told, "--python", python, "--override", kept, cwd=ROOT)
    collected = 0
    for line in commands(job):
        if line.startswith("python run.py"):
            shown = passed(sys.executable, *shlex.split(line)[1:], "--dry-run")
            for tests in filter(None, shown.splitlines()):
                words = shlex.split(tests)
                told = dict(
                    words.pop(0).split("=") for word in words[:1] if "=" in word
                )
                assert words[:3] == ["python", "-m", "pytest"]
                out = passed(
                    python, *words[1:], "-n", "0", "-q", "--collect-only", **told
                )
                collected += int(
                    re.search(r"^(\d+)[ /].*collected", out, re.MULTILINE).group(
                        1
                    )
                )
    assert collected > 1000


@pytest.mark.network
@pytest.mark.timeout(900)
@pytest.mark.parametrize(
    ("name", "job"), INSTALLING, ids=[name for name, _ in INSTALLING]
)
def test_workflow_installs_on_its_own_python(name, job, tmp_path):
    """Resolved, not played: with the Python and the torch that the workflow names."""
    (python,) = [
        step["with"]["python-version"]
        for step in job["steps"]
        if "python-version" in step.get("with", {})
    ]
    (line,) = [line for line in commands(job) if "uv pip install" in line]
    words = shlex.split(line)
    extras = (
        re.search(r"\[(.*)\]", words[words.index("-e") + 1]).group(1).split(",")
    )
    told = [word for extra in extras for word in ("--extra", extra)]
    if "-c" in words:
        told += ["-c", words[words.index("-c") + 1]]
    out = tmp_path / "resolved.txt"
    uv(
        *(
            "pip",
            "compile",
            "--only-binary",
            ":all:",
            "--python-platform",
            "x86_64-manylinux_2_28",
        ),
        *(
            "--python-version",
            python,
            "pyproject.toml",
            *told,
            "--output-file",
            out,
        ),
    )
    resolved = text_of(out)
    if "-c" in words:
        for name, pinned in colab_versions().items():
            assert re.search(
                rf"^{name}=={re.escape(pinned)}\b", resolved, re.MULTILINE
            ), name


# system of the workflows: what uv calls it, least version of the wheels
PLATFORMS = {
    "ubuntu-latest": "x86_64-manylinux_2_28",
    "ubuntu-24.04-arm": "aarch64-manylinux_2_28",
    "macos-latest": "aarch64-apple-darwin",
    "windows-latest": "x86_64-pc-windows-msvc",
}
# Python alone: pip and uv make its wheel where they install it, without a compiler
WITHOUT_WHEEL = re.compile(r"^jieba==.*\n", re.MULTILINE)
# what its larger builds for Linux bring
OF_TORCH = re.compile(r"nvidia-|cuda-|triton$")


@pytest.mark.network
@pytest.mark.timeout(900)
@pytest.mark.parametrize(
    ("system", "python"),
    [*((system, "3.11.9") for system in PLATFORMS), ("ubuntu-latest", "3.13.5")],
)
def test_pins_can_be_had_on_every_system(system, python, tmp_path):
    """Each pin has a wheel there, and nothing is asked for that is not pinned."""
    out, asked = tmp_path / "resolved.txt", tmp_path / "requirements.txt"
    pins = text_of(ROOT / "requirements.txt")
    asked.write_text(WITHOUT_WHEEL.sub("", pins), encoding="utf-8")
    uv(
        *(
            "pip",
            "compile",
            "--only-binary",
            ":all:",
            "--python-platform",
            PLATFORMS[system],
        ),
        *("--python-version", python, asked, "--output-file", out),
        MACOSX_DEPLOYMENT_TARGET="14.0",
    )
    names = re.compile(r"^([\w.-]+)==", re.MULTILINE)
    resolved = {
        name.lower().replace("_", "-") for name in names.findall(text_of(out))
    }
    pinned = {name.lower().replace("_", "-") for name in names.findall(pins)}
    assert {
        name for name in resolved - pinned if not OF_TORCH.match(name)
    } == set()


def test_systems_are_those_of_the_workflow():
    weekly = yaml.safe_load(
        text_of(ROOT / ".github" / "workflows" / "weekly.yml")
    )["jobs"]
    assert set(weekly["processors"]["strategy"]["matrix"]["system"]) == set(
        PLATFORMS
    )
