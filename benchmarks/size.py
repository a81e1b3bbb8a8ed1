"""How time and memory grow with the data, beside what each method's docstring states.

    make bench-speed                               # this too; or, by itself:
    python -m benchmarks.size                      # everything: some 20 minutes
    python -m benchmarks.size --only "TCA|text"    # some methods, some goals

*Sizes* (size.csv).  Every public method, and every clause of its "Cost:" (`benchmarks.costs`), is
fitted to n samples of each domain and predicts them, n doubling until a run takes `LONG` seconds;
a network makes `STEPS` steps on batches of n.  A power of n is fitted to the last `LAST` sizes.

*Goals* (size_goals.csv).  What has to be done within so many seconds and megabytes.

Each run is a process of its own: CPU seconds of one thread (those of the system, which hands out
memory, in the goals alone), and the peak of its resident memory above what it held when its data
were there.  The memory of BLAS counts, so it is read from the system: Linux, with glibc.
"""

import argparse
import ctypes
import os
import platform
import re
import resource
import sys
import time
import warnings
from concurrent.futures import ProcessPoolExecutor
from importlib.metadata import version
from multiprocessing import get_context
from pathlib import Path

import numpy as np
from threadpoolctl import threadpool_limits

from benchmarks import RESULTS
from benchmarks.costs import largest
from benchmarks.grid import as_csv, read_rows
from benchmarks.size_goals import GIGABYTE, GOALS
from benchmarks.size_runs import doc, is_network, runs, stated, work

# the first n, by the exponent of the time
START = {0: 4000, 1: 4000, 2: 300, 3: 200}
FIRST_BATCH = 128
# seconds of the last size, sizes at least and at most
LONG, LEAST, MOST = 0.4, 5, 8
LAST = 4  # sizes from which an exponent is fitted
# repetitions at most of what is short: the clock of the system has ticks
MANY = 100
SLACK = 0.3  # of a measured exponent above the stated one
LOOSE = 0.8  # of the stated exponent of time above the measured one
SPARE = 1.3  # factor between the bytes of a matrix stated and measured


# --- Measuring ------------------------------------------------------------------------------------


def resident(peak=False):
    """Return the memory of this process in megabytes, or its peak since it was last forgotten."""
    (line,) = re.findall(
        r"VmHWM:.*" if peak else r"VmRSS:.*",
        Path("/proc/self/status").read_text(),
    )
    return int(line.split()[1]) * 1024 / 1e6


def user_seconds():
    """Return the CPU seconds of this process without those of the system, such as new pages."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_utime


def measure(clock, prepare, *arguments):
    """Return the seconds and the peak megabytes of what `prepare(*arguments)` returns.

    `clock` is `user_seconds`, or `time.process_time` with those of the system.
    """
    warnings.simplefilter("ignore")
    with threadpool_limits(1):
        run = prepare(*arguments)
        # give back what making the data has left behind
        ctypes.CDLL(None).malloc_trim(0)
        Path("/proc/self/clear_refs").write_text("5")  # forget the peak
        before, times = resident(), []
        while not times or (sum(times) < LONG and len(times) < MANY):
            start = clock()
            run()
            times.append(clock() - start)
            if len(times) == 1:
                megabytes = max(0.0, resident(peak=True) - before)
        return sum(times) / len(times), megabytes


def warmed(run, n):
    """Return the work of a run, after a small one that has loaded what is loaded once."""
    work(run, 64)()
    return work(run, n)


def apart(function, *arguments):
    """Return what a function returns in a process of its own."""
    with ProcessPoolExecutor(1, mp_context=get_context("fork")) as pool:
        return pool.submit(function, *arguments).result()


def sizes(run):
    """Yield n, seconds and megabytes of a run at doubling sizes."""
    n = (
        FIRST_BATCH
        if is_network(run.partition(",")[0])
        else START[stated(run)[0]]
    )
    for i in range(MOST):
        seconds, megabytes = apart(measure, user_seconds, warmed, run, n)
        yield n, seconds, megabytes
        large = megabytes * 2 ** stated(run)[1] > 4 * GIGABYTE
        if i + 1 >= LEAST and (seconds > LONG or large):
            break
        n *= 2


def fitted(ns, values, floor):
    """Return the exponent of a power of n through the last values; what is below `floor` is 0."""
    logs = np.log(np.maximum(values[-LAST:], floor))
    return float(np.polyfit(np.log(ns[-LAST:]), logs, 1)[0])


def exponents(rows):
    """Return the exponents of seconds and megabytes of the rows of one run."""
    ns = [float(row["n"]) for row in rows]
    columns = [
        [float(row[name]) for row in rows] for name in ("seconds", "megabytes")
    ]
    return fitted(ns, columns[0], 1e-3), fitted(ns, columns[1], 1.0)


def marks():
    """Return the columns that say on what a row was measured."""
    packages = ("tlbook", "numpy", "scipy", "scikit-learn", "torch")
    versions = ", ".join(f"{package} {version(package)}" for package in packages)
    machine = f"{platform.machine()}, {os.cpu_count()} cores, one thread"
    return {
        "protocol": machine,
        "versions": f"python {platform.python_version()}, {versions}",
    }


def size_rows(run):
    """Return the rows of a run."""
    rows = [
        {
            "method": run,
            "n": n,
            "seconds": f"{seconds:.4f}",
            "megabytes": f"{megabytes:.1f}",
        }
        for n, seconds, megabytes in sizes(run)
    ]
    time_exponent, memory_exponent = exponents(rows)
    found = {
        "seconds_exponent": f"{time_exponent:.2f}",
        "megabytes_exponent": f"{memory_exponent:.2f}",
    }
    return [row | found | marks() for row in rows]


def faults(rows):
    """Return where the rows of size.csv contradict the docstrings, one sentence each."""
    found = []
    for run in dict.fromkeys(row["method"] for row in rows):
        mine = [row for row in rows if row["method"] == run]
        for word, measured, said in zip(
            ("time", "memory"), exponents(mine), stated(run)
        ):
            if measured > said + SLACK:
                found.append(
                    f"{run}: {word} grows as n^{measured:.2f}, stated is n^{said}"
                )
        measured, said = exponents(mine)[0], stated(run)[0]
        if measured < said - LOOSE and float(mine[-1]["seconds"]) > 0.01:
            found.append(
                f"{run}: time grows as n^{measured:.2f} alone, stated is n^{said}"
            )
        held = largest(doc(run.partition(",")[0]))
        if held and stated(run)[1] == 2:
            n, megabytes = (float(mine[-1][name]) for name in ("n", "megabytes"))
            fits = n * np.sqrt(8 * GIGABYTE / megabytes)
            if not held / SPARE**0.5 < fits < held * SPARE**0.5:
                found.append(
                    f"{run}: 8 GB hold {fits:,.0f} samples, stated is {held:,.0f}"
                )
    return found


def goal_row(name):
    """Return the row of a goal."""
    prepare, seconds_limit, megabytes_limit = GOALS[name]
    seconds, megabytes = apart(measure, time.process_time, prepare)
    return {
        "method": name,
        "seconds": f"{seconds:.1f}",
        "seconds_limit": f"{seconds_limit:.0f}",
        "megabytes": f"{megabytes:.0f}",
        "megabytes_limit": f"{megabytes_limit:.0f}",
        **marks(),
    }


def missed(rows):
    """Return the goals that the rows of size_goals.csv do not reach, one sentence each."""
    return [
        f"{row['method']}: {row[what]} {what}, at most {row[f'{what}_limit']}"
        for row in rows
        for what in ("seconds", "megabytes")
        if float(row[what]) > float(row[f"{what}_limit"])
    ]


# --- Tables ---------------------------------------------------------------------------------------


def store(table, name, rows, order):
    """Put the rows of a run, or of a goal, into a table in the place of those it had."""
    kept = [
        row
        for row in read_rows(table)
        if row["method"] != name and row["method"] in order
    ]
    kept = sorted([*kept, *rows], key=lambda row: order.index(row["method"]))
    table.write_text(as_csv(kept), encoding="utf-8")


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument(
        "--only", default="", metavar="REGEX", help="of a method or a goal"
    )
    only = re.compile(parser.parse_args().only)
    tables = (
        (RESULTS / "size.csv", runs(), size_rows, faults),
        (
            RESULTS / "size_goals.csv",
            list(GOALS),
            lambda name: [goal_row(name)],
            missed,
        ),
    )
    bad = []
    for table, names, measured, judged in tables:
        for name in filter(only.search, names):
            rows = measured(name)
            store(table, name, rows, names)
            for row in rows:
                print(*list(row.values())[:-2], sep="  ", flush=True)
            bad += judged(rows)
    print(*bad, sep="\n", file=sys.stderr)
    return min(len(bad), 1)


if __name__ == "__main__":
    sys.exit(main())
