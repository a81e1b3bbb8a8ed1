"""Reproduce the papers' tables.

    python -m benchmarks.run                                  # what is missing in tlbook/results/
    python -m benchmarks.run usps_mnist --only JDA --jobs 2   # one benchmark, some methods
    python -m benchmarks.run --backend dask --jobs 4          # the same grid on a local cluster
    python -m benchmarks.run --backend dask --scheduler tcp://10.0.0.1:8786

Finished cells are skipped; to compute one again, delete its row in tlbook/results/.
"""

import argparse
import re
import sys
from pathlib import Path

from benchmarks import RESULTS
from benchmarks.grid import cells_of, run_grid

BENCHMARKS = (
    "office_caltech_surf",
    "office_caltech_photos",
    "office_caltech_photos_deep",
    "office_caltech_photos_few",
    "office_caltech_photos_tuned",
    "text_few",
    "usps_mnist",
    "amazon_reviews",
    "mushroom",
    "activity",
    "activity_sources",
    "transitive",
    "l2t",
    "pillow",
    "rooms",
    "distant",
    "distant_pixels",
    "relational",
    "pages",
    "embedded",
    "embedded_deep",
    "embedded_adapted",
    "embedded_photos",
    "embedded_photos_deep",
    "embedded_few",
    "embedded_sources",
    "embedded_classes",
    "embedded_numbers",
    "selection",
    "simulated",
    "skada_bench",
    "skada_grid",
    "one_plate",
    "digits_deep",
    "domain_bed",
)


def parse(arguments):
    """Return the options of the command line."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.run",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "benchmark",
        nargs="*",
        metavar="BENCHMARK",
        help=f"any of {', '.join(BENCHMARKS)}; all",
    )
    parser.add_argument(
        "--only",
        default="",
        metavar="REGEX",
        help="cells in whose 'task | method' it is found",
    )
    parser.add_argument(
        "--jobs", type=int, default=1, help="processes on this machine"
    )
    parser.add_argument("--backend", choices=("joblib", "dask"), default="joblib")
    parser.add_argument("--scheduler", help="address of a running Dask scheduler")
    parser.add_argument(
        "--output", type=Path, default=RESULTS, help="folder of the CSV files"
    )
    options = parser.parse_args(arguments)
    if unknown := set(options.benchmark) - set(BENCHMARKS):
        parser.error(
            f"unknown benchmark {sorted(unknown)}; there are {', '.join(BENCHMARKS)}"
        )
    if options.scheduler and options.backend != "dask":
        parser.error("--scheduler needs --backend dask")
    return options


def main(arguments=None):
    """Run the grid; return the number of failed cells, which is the exit status."""
    options = parse(arguments)
    pattern = re.compile(options.only)
    cells = [
        cell
        for name in options.benchmark or BENCHMARKS
        for cell in cells_of(name)
        if pattern.search(f"{cell.task} | {cell.method}")
    ]
    failures = run_grid(
        cells,
        options.output,
        backend=options.backend,
        jobs=options.jobs,
        scheduler=options.scheduler,
    )
    for cell, error in failures:
        print(f"\n{cell}\n{error}", file=sys.stderr)
    return min(len(failures), 1)


if __name__ == "__main__":
    sys.exit(main())
