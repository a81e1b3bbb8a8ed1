"""A grid of cells, each a pure function of (benchmark, task, method, seed), and its CSV.

A benchmark is a module `benchmarks/NAME.py` with four names:

    TASKS    tuple of str
    METHODS  dict from a method's name to its `Recipe`
    SEEDS    tuple of int, (0,) where nothing is random; or a dict from a task to its seeds
    prepare  (task, method, seed) -> (work, y_test); `work()` is what gets measured, it returns
             predictions for y_test

and may have two more:

    score    (what work() returned, y_test) -> dict of columns that stand in place of accuracy
    TRACE    False where tracing the memory would distort the time

Rows are appended to FOLDER/NAME.csv as soon as a cell is finished, so a run that is stopped loses
only the cells at work; the next run computes the missing ones.  One run at a time may write to a
folder.  The rows hold no date and no path: a rerun gives the same file apart from the times.
"""

import csv
import importlib
import io
import os
import platform
import time
import traceback
import tracemalloc
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from typing import NamedTuple

import joblib
import numpy as np
from threadpoolctl import threadpool_limits
from tqdm import tqdm

from tlbook.datasets.results import REPEATED, filled

COLUMNS = (
    "benchmark",
    "task",
    "method",
    "seed",
    "accuracy",
    "seconds",
    "peak_mb",
    "protocol",
    "versions",
)


class Cell(NamedTuple):
    """Address of one number."""

    benchmark: str
    task: str
    method: str
    seed: int

    def __str__(self):
        return (
            f"{self.benchmark} | {self.task} | {self.method} | seed {self.seed}"
        )


@dataclass(frozen=True)
class Recipe:
    """How a row is made: in words, for the table, and as a function.

    Parameters
    ----------
    protocol : str
        Everything that a reader needs to repeat the row.
    predict : callable (Xs, ys, Xt, seed) -> predicted labels of Xt
    """

    protocol: str
    predict: Callable


def cells_of(benchmark):
    """Return all cells of a benchmark, methods outermost.

    Parameters
    ----------
    benchmark : str, name of a module in `benchmarks`

    Returns
    -------
    list of Cell
    """
    module = importlib.import_module(f"benchmarks.{benchmark}")
    return [
        Cell(benchmark, task, method, seed)
        for method in module.METHODS
        for task in module.TASKS
        for seed in (
            module.SEEDS[task] if isinstance(module.SEEDS, dict) else module.SEEDS
        )
    ]


def significant(value, digits):
    """Return a number as text, without digits that the next run would not repeat."""
    return np.format_float_positional(
        value, precision=digits, fractional=False, trim="-"
    )


def measure(work, trace=True):
    """Run `work()` on one thread and say what it cost.

    Parameters
    ----------
    work : callable
    trace : bool
        Trace allocations; False for work of many small Python steps, which tracing would slow.

    Returns
    -------
    result : what `work` returns
    seconds : float, CPU time of the process
    megabytes : float, peak of the memory that Python and NumPy allocated meanwhile; buffers inside
        compiled libraries are not seen; without tracing, the largest size of the whole process
    """
    with threadpool_limits(1):
        if not trace:
            import resource  # not on Windows

            start = time.process_time()
            result = work()
            seconds = time.process_time() - start
            return (
                result,
                seconds,
                resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3,
            )
        tracemalloc.start()
        try:
            start = time.process_time()
            result = work()
            seconds = time.process_time() - start
            peak = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
    return result, seconds, peak / 1e6


def versions():
    """Return the versions on which a number depends, as text."""
    packages = ("tlbook", "numpy", "scipy", "scikit-learn")
    named = [f"{package} {version(package)}" for package in packages]
    return ", ".join([f"python {platform.python_version()}", *named])


def accuracy(predicted, y_test):
    """Return the accuracy in percent, the score of a benchmark that names no other."""
    return {"accuracy": f"{100 * np.mean(np.asarray(predicted) == y_test):.4f}"}


def evaluate(benchmark, task, method, seed):
    """Compute one cell.

    Returns
    -------
    dict with accuracy (percent) or the columns of `score`, seconds, peak_mb, protocol, versions
    """
    module = importlib.import_module(f"benchmarks.{benchmark}")
    work, y_test = module.prepare(task, method, seed)
    predicted, seconds, megabytes = measure(work, getattr(module, "TRACE", True))
    score = getattr(module, "score", accuracy)
    return {
        **score(predicted, y_test),
        "seconds": significant(seconds, 2),
        "peak_mb": significant(megabytes, 3),
        "protocol": module.METHODS[method].protocol,
        "versions": versions(),
    }


def attempt(function, cell):
    """Return the cell, its row or None, and what went wrong or None."""
    try:
        return cell, {**cell._asdict(), **function(*cell)}, None
    except Exception:
        return cell, None, traceback.format_exc()


def read_rows(path):
    """Return the rows of a CSV; a last line that was cut short is removed from the file.

    Parameters
    ----------
    path : Path

    Returns
    -------
    list of dict of str, empty if there is no such file
    """
    if not path.exists():
        return []
    content = path.read_bytes()
    whole = content[: content.rfind(b"\n") + 1]
    if whole != content:
        os.truncate(path, len(whole))
    rows = list(csv.DictReader(io.StringIO(whole.decode(), newline="")))
    for name in REPEATED:
        if rows and {name, "method"} <= set(rows[0]):
            texts = filled(
                [row[name] for row in rows], [row["method"] for row in rows]
            )
            for row, text in zip(rows, texts):
                row[name] = text
    return rows


def as_csv(rows, header=True):
    """Return rows as the text of a CSV with the columns of the first, or `COLUMNS`.

    What a row repeats of the one above it, of the same method, in the columns of `REPEATED` is
    left empty.
    """
    text = io.StringIO(newline="")
    columns = tuple(rows[0]) if rows else COLUMNS
    writer = csv.DictWriter(text, columns, lineterminator="\n")
    if header:
        writer.writeheader()
    for above, row in zip([{}, *rows], rows):
        going_on = row.get("method") is not None and row["method"] == above.get(
            "method"
        )
        same = [
            n for n in REPEATED if going_on and n in row and row[n] == above[n]
        ]
        writer.writerow(row | dict.fromkeys(same, ""))
    return text.getvalue()


def append_row(path, row):
    """Add one row to a CSV by a single write, and wait until it is on the disk."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, "ab", buffering=0) as file:
        file.write(as_csv([row], header=file.tell() == 0).encode())
        os.fsync(file.fileno())


def sort_rows(path):
    """Put the rows of a CSV into an order that does not depend on which cell ended first."""
    rows = sorted(
        read_rows(path),
        key=lambda row: (row["method"], row["task"].split("-"), int(row["seed"])),
    )
    draft = path.with_suffix(".draft")
    draft.write_text(as_csv(rows), encoding="utf-8", newline="")
    draft.replace(path)


def missing(cells, folder):
    """Return the cells that have no row yet in FOLDER/BENCHMARK.csv."""
    names = {cell.benchmark for cell in cells}
    rows = [row for name in names for row in read_rows(folder / f"{name}.csv")]
    done = {
        Cell(r["benchmark"], r["task"], r["method"], int(r["seed"])) for r in rows
    }
    return [cell for cell in cells if cell not in done]


def joblib_outcomes(cells, function, jobs):
    """Yield the outcome of `attempt` for each cell, as they end, from `jobs` processes."""
    pool = joblib.Parallel(n_jobs=jobs, return_as="generator_unordered")
    return pool(joblib.delayed(attempt)(function, cell) for cell in cells)


@contextmanager
def dask_client(jobs, scheduler):
    """Connect to a Dask scheduler, or to a cluster of `jobs` local processes started here."""
    from dask.distributed import Client, LocalCluster

    if scheduler is not None:
        with Client(scheduler) as client:
            yield client
        return
    local = {"n_workers": jobs, "threads_per_worker": 1, "processes": True}
    with (
        LocalCluster(
            host="127.0.0.1", dashboard_address=":0", **local
        ) as cluster,
        Client(cluster) as client,
    ):
        yield client


def dask_outcomes(cells, function, jobs, scheduler):
    """Yield the outcome of `attempt` for each cell, as they end, from the workers of a cluster.

    Cells of a worker that dies are given to another one.  The workers must be able to import
    `benchmarks` and `tlbook`: on other machines, start them in a clone of the repository.
    """
    from dask.distributed import as_completed

    with dask_client(jobs, scheduler) as client:
        futures = {
            client.submit(attempt, function, cell, pure=False): cell
            for cell in cells
        }
        for future in as_completed(futures):
            error = future.exception()
            yield (
                future.result()
                if error is None
                else (futures[future], None, repr(error))
            )


def run_grid(
    cells, folder, function=evaluate, backend="joblib", jobs=1, scheduler=None
):
    """Compute the cells that have no row yet; append each as it ends.

    Parameters
    ----------
    cells : list of Cell
    folder : Path
        Where BENCHMARK.csv are.
    function : callable (benchmark, task, method, seed) -> dict of the other columns
    backend : {"joblib", "dask"}
    jobs : int
        Processes on this machine.
    scheduler : str, optional
        Address of a running Dask scheduler; without it, "dask" starts a cluster of `jobs` local
        processes.

    Returns
    -------
    list of (Cell, str)
        Cells that failed, each with its traceback; they stay without a row.
    """
    todo = missing(cells, folder)
    if not todo:
        return []
    if backend == "dask":
        outcomes = dask_outcomes(todo, function, jobs, scheduler)
    else:
        outcomes = joblib_outcomes(todo, function, jobs)
    failures = []
    with tqdm(
        total=len(cells), initial=len(cells) - len(todo), unit="cell"
    ) as bar:
        for cell, row, error in outcomes:
            if error is None:
                append_row(folder / f"{cell.benchmark}.csv", row)
            else:
                failures.append((cell, error))
                bar.write(f"FAILED {cell}: {error.strip().splitlines()[-1]}")
            bar.update()
    for name in {cell.benchmark for cell in todo}:
        if (folder / f"{name}.csv").exists():
            sort_rows(folder / f"{name}.csv")
    return failures
