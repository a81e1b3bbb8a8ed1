"""Test on each kind of processor that this machine can play: `tools/processors.py [CHAPTER ...]`.

NumPy, OpenBLAS, PyTorch and oneDNN carry code for several kinds of processor and take the best one
for the machine at hand. On an x86-64 processor environment variables hold them back, so that one
machine plays three: its own, one with AVX2 but without AVX-512, and one with SSE4 alone. Other
machines, such as those with an ARM processor, play only their own. Each kind that is played is
looked at first: a library that did not listen ends the run.

    tools/processors.py                        unit tests and all chapters on each kind
    tools/processors.py feature/tca            one chapter on each kind
    tools/processors.py --kind SSE4 --no-unit  all chapters on one kind
    tools/processors.py --third HEAD           a third of the chapters on another kind than its own;
                                               the commit decides which third and which kind
"""

import argparse
import hashlib
import json
import os
import platform
import re
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from pathlib import Path
from typing import NamedTuple
from xml.etree import ElementTree

from book import ROOT, notebooks
from refresh import ENVIRONMENT, find

UNIT = ("-n", "2", "--dist", "worksteal", "--tb=short")
CHAPTERS = (
    "-c",
    "tests/nbval.ini",
    "-n",
    "2",
    "--tb=no",
    "-rN",
    "-o",
    "verbosity_assertions=2",
)
COLORS = re.compile(r"(?:\x1b|#x1B)\[[\d;]*m")
MOST_LINES = 60  # of one differing cell
# What NumPy, OpenBLAS, PyTorch and oneDNN take: asked in a process of its own
LOOK = """
import json, os, re, subprocess, sys
if "inner" in sys.argv:
    import torch
    torch.nn.Conv2d(1, 8, 5)(torch.zeros(2, 1, 16, 16))
    sys.exit()
import scipy.linalg, threadpoolctl, torch
from numpy._core import _multiarray_umath as numpy
told = subprocess.run([sys.executable, "-c", os.environ["LOOK"], "inner"], capture_output=True,
                      text=True, env={**os.environ, "ONEDNN_VERBOSE": "1"}).stdout
print(json.dumps({
    "numpy": [f for f in numpy.__cpu_dispatch__ if numpy.__cpu_features__[f]],
    "openblas": sorted({lib["architecture"] for lib in threadpoolctl.threadpool_info()
                        if lib["internal_api"] == "openblas"}),
    "torch": torch.backends.cpu.get_cpu_capability(),
    "onednn": "".join(re.findall(r"cpu,isa:(.*)", told)[:1]),
}))
"""


class Stopped(Exception):
    """The run cannot go on; the message says why."""


class Kind(NamedTuple):
    """A kind of processor, how it is played, and by what it is known."""

    name: str
    environment: dict
    above: str  # pattern of NumPy's features that it lacks
    openblas: str
    torch: str
    onednn: str


PLAYED = (
    Kind(
        "AVX2",
        {
            "OPENBLAS_CORETYPE": "Haswell",
            "ATEN_CPU_CAPABILITY": "avx2",
            "ONEDNN_MAX_CPU_ISA": "AVX2",
        },
        r"AVX512|X86_V4",
        "Haswell",
        "AVX2",
        "Intel AVX2",
    ),
    Kind(
        "SSE4",
        {
            "OPENBLAS_CORETYPE": "Nehalem",
            "ATEN_CPU_CAPABILITY": "default",
            "ONEDNN_MAX_CPU_ISA": "SSE41",
        },
        r"AVX|FMA|F16C|XOP|X86_V3|X86_V4",
        "Nehalem",
        "DEFAULT",
        "Intel SSE4.1",
    ),
)
OWN = Kind("own", {}, "nothing", "", "", "")


# --- Kinds ---------------------------------------------------------------------------------------


def look(environment):
    """Return what the libraries take under these environment variables."""
    done = subprocess.run(
        [sys.executable, "-c", LOOK],
        capture_output=True,
        text=True,
        env={**os.environ, **environment, "LOOK": LOOK},
    )
    if done.returncode:
        raise Stopped(f"the libraries cannot be looked at:\n{done.stderr}")
    return json.loads(done.stdout)


def environment_of(kind, own):
    """Return the variables that play a kind; only features that the machine has are named."""
    lacks = [feature for feature in own["numpy"] if re.match(kind.above, feature)]
    named = {"NPY_DISABLE_CPU_FEATURES": " ".join(lacks)} if lacks else {}
    return {**ENVIRONMENT, **kind.environment, **named}


def describe(seen):
    return ", ".join(
        f"{name} {' '.join(has) if name in ('numpy', 'openblas') else has or 'none'}"
        for name, has in seen.items()
    )


def check(kind, seen):
    """Stop if a library did not listen: a run that plays nothing must not pass."""
    deaf = []
    if any(re.match(kind.above, feature) for feature in seen["numpy"]):
        deaf.append(f"NumPy has {seen['numpy']}")
    if kind.openblas and seen["openblas"] != [kind.openblas]:
        deaf.append(f"OpenBLAS plays {seen['openblas']}, not {kind.openblas}")
    if kind.torch and seen["torch"] != kind.torch:
        deaf.append(f"PyTorch plays {seen['torch']}, not {kind.torch}")
    if kind.onednn and seen["onednn"] != kind.onednn:
        deaf.append(f"oneDNN plays {seen['onednn']}, not {kind.onednn}")
    if deaf:
        raise Stopped(f"{kind.name} is not played: {'; '.join(deaf)}")


def kinds_of(own):
    """Return the kinds of this machine, its own first; one that is its own is not played twice."""
    if (
        platform.machine().lower() not in ("x86_64", "amd64")
        or not own["openblas"]
    ):
        return [OWN]
    better = [
        kind
        for kind in PLAYED
        if any(re.match(kind.above, f) for f in own["numpy"])
    ]
    return [OWN, *better]


def third_of(paths, kinds, commit):
    """Return a third of the chapters and the kind to play, both chosen by a commit."""
    number = int(hashlib.sha256(commit.encode()).hexdigest(), 16)
    part, turn = number % 3, number // 3
    return paths[part::3], kinds[turn % len(kinds)]


def hash_of(commit):
    done = subprocess.run(
        ["git", "rev-parse", "--verify", f"{commit}^{{commit}}"],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    if done.returncode:
        raise Stopped(f"no commit {commit!r}: {done.stderr.strip()}")
    return done.stdout.strip()


# --- Runs ----------------------------------------------------------------------------------------


class Run(NamedTuple):
    """What one run of pytest gave."""

    failures: dict  # (group, test): text; the group is a chapter, or "unit tests"
    groups: set  # what was run
    seconds: float


def label(path):
    """Return `feature/tca` for a chapter, and the file's name for any other notebook."""
    chapters = ROOT / "chapters"
    if path.is_relative_to(chapters):
        return path.relative_to(chapters).with_suffix("").as_posix()
    return path.stem


def results(report, group_of):
    """Return the failures and the groups in a report in JUnit's form."""
    failures, groups = {}, set()
    for case in ElementTree.parse(report).iter("testcase"):
        group = group_of(case.get("classname"))
        groups.add(group)
        for fault in (*case.findall("failure"), *case.findall("error")):
            text = COLORS.sub("", fault.text or fault.get("message") or "")
            test = case.get("name")
            if group == "unit tests":
                test = f"{case.get('classname')}::{test}"
            failures[group, test] = text
    return failures, groups


def pytest(words, environment, group_of):
    start = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.xml"
        command = [
            sys.executable,
            "-m",
            "pytest",
            "-q",
            *words,
            f"--junitxml={report}",
        ]
        code = subprocess.run(
            command, cwd=ROOT, env={**os.environ, **environment}
        ).returncode
        if code not in (0, 1) or not report.is_file():
            raise Stopped(
                f"pytest ended with {code}: {' '.join(map(str, words))}"
            )
        failures, groups = results(report, group_of)
    if code and not failures:
        raise Stopped(f"pytest ended with {code} and reports no failure")
    return Run(failures, groups, time.perf_counter() - start)


def run_kind(environment, paths, unit):
    """Run the unit tests, if wanted, and the chapters under a kind."""
    runs = []
    if unit:
        runs.append(pytest(UNIT, environment, lambda name: "unit tests"))
    if paths:
        inside = all(path.is_relative_to(ROOT) for path in paths)
        root = (
            ROOT
            if inside
            else Path(os.path.commonpath([path.parent for path in paths]))
        )
        # a report names a chapter by its path, with dots
        names = {
            path.relative_to(root).as_posix().replace("/", "."): label(path)
            for path in paths
        }
        words = [*CHAPTERS, "--rootdir", str(root), *map(str, paths)]
        runs.append(pytest(words, environment, names.__getitem__))
        missing = set(names.values()) - runs[-1].groups
        if missing:
            raise Stopped(f"not run: {', '.join(sorted(missing))}")
    return Run(
        {place: text for run in runs for place, text in run.failures.items()},
        {group for run in runs for group in run.groups},
        sum(run.seconds for run in runs),
    )


# --- The report ----------------------------------------------------------------------------------


def table(done):
    """Return the table chapter x kind: "ok", or how many cells or tests differ."""
    groups = list(dict.fromkeys(["unit tests", *map(label, notebooks())]))
    ran = set().union(*(run.groups for run in done.values()))
    groups = [group for group in groups if group in ran] + sorted(
        ran - set(groups)
    )
    width = max(map(len, groups))
    lines = [" " * width + "".join(f"{name:>8}" for name in done)]
    for group in groups:
        cells = []
        for run in done.values():
            failed = sum(place[0] == group for place in run.failures)
            cells.append(
                "-"
                if group not in run.groups
                else str(failed)
                if failed
                else "ok"
            )
        lines.append(f"{group:{width}}" + "".join(f"{cell:>8}" for cell in cells))
    minutes = "".join(f"{run.seconds / 60:8.1f}" for run in done.values())
    return "\n".join([*lines, f"{'minutes':{width}}{minutes}"])


def differences(done):
    """Return each cell or test that failed, on which kinds, and how."""
    where = defaultdict(list)
    for name, run in done.items():
        for place in run.failures:
            where[place].append(name)
    found = []
    for place in sorted(where):
        group, test = place
        found.append(f"--- {group}, {test}: on {', '.join(where[place])}")
        lines = done[where[place][0]].failures[place].strip().splitlines()
        found += lines[:MOST_LINES]
        if len(lines) > MOST_LINES:
            found.append(f"... {len(lines) - MOST_LINES} more lines")
    return "\n".join(found)


def arguments(words):
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument(
        "chapters", nargs="*", metavar="CHAPTER", help="all, if none is named"
    )
    parser.add_argument(
        "--kind", action="append", choices=["own", *(k.name for k in PLAYED)]
    )
    parser.add_argument("--no-unit", action="store_true", help="chapters only")
    parser.add_argument(
        "--third", metavar="COMMIT", help="a third of the chapters, another kind"
    )
    given = parser.parse_args(words)
    if given.third and (given.chapters or given.kind):
        parser.error("--third chooses chapters and kind by itself")
    return given


def main(words=None):
    given = arguments(words)
    paths = [find(name) for name in given.chapters] or notebooks()
    unit = not (given.no_unit or given.third or given.chapters)
    own = look(ENVIRONMENT)
    kinds = kinds_of(own)
    print(
        f"this machine: {describe(own)}; it plays {', '.join(k.name for k in kinds)}"
    )
    if given.third:
        if len(kinds) == 1:
            print("it plays no other kind than its own: nothing to do")
            return 0
        paths, kind = third_of(paths, kinds[1:], hash_of(given.third))
        kinds = [kind]
    elif given.kind:
        absent = set(given.kind) - {kind.name for kind in kinds}
        if absent:
            raise Stopped(f"this machine cannot play {', '.join(sorted(absent))}")
        kinds = [kind for kind in kinds if kind.name in given.kind]
    done = {}
    for kind in kinds:
        environment = environment_of(kind, own)
        seen = look(environment)
        check(kind, seen)
        print(f"\n==> {kind.name}: {describe(seen)}", flush=True)
        done[kind.name] = run_kind(environment, paths, unit)
    print(f"\n{differences(done)}\n\n{table(done)}")
    return 1 if any(run.failures for run in done.values()) else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except Stopped as reason:
        sys.exit(f"processors: {reason}")
