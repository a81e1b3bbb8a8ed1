"""Other kinds of processor are played, what differs there is found; limits are wide."""

import configparser
import json
import re
import subprocess
import sys

import nbformat
import processors
import pytest
import refresh
from book import ROOT, notebooks, setup_source
from processors import OWN, PLAYED, Run

KINDS = processors.kinds_of(processors.look({}))
TRIED = [KINDS[0], *KINDS[1:][-1:]]  # its own, and the one farthest from it
others = pytest.mark.skipif(
    len(KINDS) == 1, reason="this machine plays no other kind"
)


def chapter(path, *sources):
    """Store a small chapter, run on this machine's own kind."""
    cells = [
        nbformat.v4.new_code_cell(setup_source(), metadata={"tags": ["setup"]})
    ]
    cells += [nbformat.v4.new_code_cell(source) for source in sources]
    nbformat.write(nbformat.v4.new_notebook(cells=cells), path)
    refresh.refresh(path)
    return path


def play(*words):
    return subprocess.run(
        [sys.executable, "tools/processors.py", *map(str, words)],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    """Return what the tool says of a sound chapter, a falsified one, and one of its own kind."""
    folder = tmp_path_factory.mktemp("kinds")
    sound = chapter(folder / "sound.ipynb", "print(6 * 7)")
    false = chapter(folder / "false.ipynb", "print(6 * 7)", "print('the same')")
    false.write_text(
        false.read_text("utf-8").replace('"42\\n"', '"43\\n"'), "utf-8"
    )
    kind = "from numpy._core._multiarray_umath import __cpu_features__ as has\n"
    kind += "print(sum(map(int, has.values())))"
    hangs = chapter(folder / "hangs.ipynb", kind)
    kinds = [word for kind in TRIED for word in ("--kind", kind.name)]
    return play(sound, false, hangs, *kinds)


def cells_of(found, name):
    row = re.search(rf"^{name} +(.*)$", found.stdout, re.MULTILINE)
    return row[1].split()


def test_a_sound_chapter_passes_on_each_kind(found):
    assert cells_of(found, "sound") == ["ok"] * len(TRIED), (
        found.stdout + found.stderr
    )


def test_a_falsified_number_is_found_on_each_kind(found):
    assert found.returncode == 1
    assert cells_of(found, "false") == ["1"] * len(TRIED)
    assert (
        f"--- false, Cell 1: on {', '.join(kind.name for kind in TRIED)}"
        in found.stdout
    )
    assert r"'43\n' == '42\n'" in found.stdout
    assert "the same" not in found.stdout.partition("--- false")[2]


@others
def test_a_cell_that_hangs_on_the_kind_is_found_there_alone(found):
    assert cells_of(found, "hangs") == ["ok", *["1"] * (len(TRIED) - 1)]
    assert (
        f"--- hangs, Cell 1: on {', '.join(k.name for k in TRIED[1:])}"
        in found.stdout
    )


@others
@pytest.mark.parametrize("kind", KINDS[1:], ids=lambda kind: kind.name)
def test_a_kind_that_no_library_plays_does_not_pass(kind):
    own = processors.look({})
    played = processors.environment_of(kind, own)
    seen = processors.look(played)
    processors.check(kind, seen)
    for library, other in (
        ("openblas", ["Zen"]),
        ("torch", "AVX512"),
        ("onednn", "Intel AVX-512"),
    ):
        with pytest.raises(processors.Stopped, match="is not played"):
            processors.check(kind, {**seen, library: other})
    with pytest.raises(processors.Stopped, match="NumPy has"):
        processors.check(kind, {**seen, "numpy": ["X86_V3", "X86_V4"]})


def test_only_features_of_the_machine_are_named():
    own = {
        "numpy": ["X86_V3", "X86_V4"],
        "openblas": ["Haswell"],
        "torch": "",
        "onednn": "",
    }
    named = [
        processors.environment_of(k, own)["NPY_DISABLE_CPU_FEATURES"]
        for k in PLAYED
    ]
    assert named == ["X86_V4", "X86_V3 X86_V4"]
    # the names of NumPy before 2.4
    own["numpy"] = ["AVX2", "FMA3", "AVX512F", "AVX512_SKX"]
    named = [
        processors.environment_of(k, own)["NPY_DISABLE_CPU_FEATURES"]
        for k in PLAYED
    ]
    assert named == ["AVX512F AVX512_SKX", "AVX2 FMA3 AVX512F AVX512_SKX"]
    assert "NPY_DISABLE_CPU_FEATURES" not in processors.environment_of(OWN, own)


@pytest.mark.parametrize(
    ("machine", "features", "kinds"),
    [
        ("x86_64", ["X86_V3", "X86_V4"], ["own", "AVX2", "SSE4"]),
        ("AMD64", ["X86_V3"], ["own", "SSE4"]),
        ("x86_64", [], ["own"]),
        ("arm64", ["ASIMDHP"], ["own"]),
    ],
)
def test_a_machine_plays_less_than_its_own(monkeypatch, machine, features, kinds):
    monkeypatch.setattr(processors.platform, "machine", lambda: machine)
    own = {"numpy": features, "openblas": ["Haswell"]}
    assert [kind.name for kind in processors.kinds_of(own)] == kinds


def test_thirds_make_the_whole_and_take_turns():
    paths, seen = notebooks(), {}
    for i in range(60):
        third, kind = processors.third_of(paths, PLAYED, f"commit {i}")
        seen[tuple(third), kind.name] = third
    assert len(seen) == 6  # three thirds on two kinds
    assert {path for third in seen.values() for path in third} == set(paths)
    assert max(map(len, seen.values())) - min(map(len, seen.values())) <= 1
    assert processors.third_of(paths, PLAYED, "a") == processors.third_of(
        paths, PLAYED, "a"
    )


def test_the_table_counts_cells():
    runs = {
        "own": Run({}, {"feature/tca", "unit tests"}, 60),
        "AVX2": Run(
            {("feature/tca", f"Cell {i}"): "" for i in (1, 2)}, {"feature/tca"}, 6
        ),
    }
    rows = [line.split() for line in processors.table(runs).splitlines()]
    assert rows == [
        ["own", "AVX2"],
        ["unit", "tests", "ok", "-"],
        ["feature/tca", "ok", "2"],
        ["minutes", "1.0", "0.1"],
    ]


def test_ci_plays_a_third_of_the_chapters_on_another_kind():
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    assert "\nmake processors THIRD=HEAD\n" in script


# --- Limits guard against hanging ----------------------------------------------------------------


def test_limits_are_no_tests_of_speed():
    config = configparser.ConfigParser()
    config.read(ROOT / "tests" / "nbval.ini")
    words = config["pytest"]["addopts"].split()
    limits = {word.partition("=")[0]: word.partition("=")[2] for word in words}
    cell = int(limits["--nbval-cell-timeout"])
    assert cell == refresh.SECONDS_PER_CELL >= 1200
    assert int(limits["--nbval-kernel-startup-timeout"]) >= 600
    assert config.getint("pytest", "timeout") >= 2 * cell
    for path in (ROOT / "tests").rglob("test_*.py"):
        for limit in re.findall(
            r"mark\.timeout\((\d+)\)", path.read_text(encoding="utf-8")
        ):
            assert int(limit) >= 600, path.name


def test_a_dead_kernel_is_seen_at_once(tmp_path):
    path = chapter(tmp_path / "dies.ipynb", "x = 1", "print(x)")
    notebook = json.loads(path.read_text("utf-8"))
    notebook["cells"][1]["source"] = ["import os\n", "os._exit(1)"]
    path.write_text(json.dumps(notebook), "utf-8")
    words = [
        "-c",
        "tests/nbval.ini",
        "--rootdir",
        ".",
        "-n",
        "0",
        "--timeout=300",
        str(path),
    ]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *words],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 1
    assert "the kernel has died" in done.stdout, done.stdout
    assert "2 failed, 1 passed" in done.stdout
