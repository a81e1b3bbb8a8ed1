"""Shake the data of a chapter in the last digits: `tools/probe.py feature/tca ...`.

All that the loaders return is multiplied by 1 + 1e-12 times noise, and the chapter is run. Cells
whose text then differs from what is stored are printed: their digits, their order of words or their
choices may differ on another processor too. A cell may also differ because the data are exact, such
as pixels with equal distances; that is for you to judge. Nothing is stored.
"""

import argparse
import difflib
import os
import sys
from copy import deepcopy

import nbformat
from book import read, tags
from nbclient import NotebookClient
from refresh import ENVIRONMENT, PATIENCE, SECONDS_PER_CELL, find, text_of

SHAKE = """
import functools, numpy as _np
from scipy import sparse as _sparse
from tlbook.datasets import pair as _pair, throws as _throws

def _noisy(X):
    if X is None or X.dtype.kind != "f":
        return X
    rng = _np.random.default_rng(SEED)  # the same noise for the same data
    noise = lambda values: values * (1 + 1e-12 * rng.standard_normal(values.shape))
    if _sparse.issparse(X):
        X = X.copy()
        X.data = noise(X.data)
        return X
    return noise(X).astype(X.dtype)

def _shake(cls, *names):
    made = cls.__init__
    @functools.wraps(made)
    def init(self, *args, **kwargs):
        made(self, *args, **kwargs)
        for name in names:
            object.__setattr__(self, name, _noisy(getattr(self, name)))
    cls.__init__ = init

_shake(_pair.DomainPair, "Xs", "Xt", "X_test")
_shake(_pair.Samples, "X")
_shake(_throws.Clips, "frames")
"""


def shaken(notebook, seed, folder):
    """Return the texts of all cells, run on shaken data."""
    copy = deepcopy(notebook)
    first = next(i for i, cell in enumerate(copy.cells) if "setup" in tags(cell))
    shake = nbformat.v4.new_code_cell(SHAKE.replace("SEED", str(seed)))
    copy.cells.insert(first + 1, shake)
    NotebookClient(
        copy,
        timeout=SECONDS_PER_CELL,
        startup_timeout=2 * PATIENCE,
        iopub_timeout=PATIENCE,
        kernel_name="python3",
        coalesce_streams=True,
        allow_errors=True,
        extra_arguments=["--log-level=ERROR"],
        resources={"metadata": {"path": str(folder)}},
    ).execute()
    if any(output.output_type == "error" for output in shake.outputs):
        raise SystemExit(
            f"probe: the data cannot be shaken:\n{text_of(shake.outputs[0])}"
        )
    del copy.cells[first + 1]
    return texts(copy)


def texts(notebook):
    outputs = [
        output for cell in notebook.cells for output in cell.get("outputs", [])
    ]
    for output in outputs:  # one order, stored or just run
        if "data" in output:
            output["data"] = dict(sorted(output["data"].items()))
    return [
        "\n".join(map(text_of, cell.get("outputs", [])))
        for cell in notebook.cells
    ]


def moved(before, after):
    lines = difflib.unified_diff(
        before.splitlines(), after.splitlines(), lineterm="", n=0
    )
    return [line for line in lines if not line.startswith(("---", "+++", "@@"))]


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("chapters", nargs="+", metavar="CHAPTER")
    parser.add_argument("--seeds", type=int, default=3)
    given = parser.parse_args()
    os.environ.update(ENVIRONMENT)
    anything = False
    for name in given.chapters:
        path, found = find(name), 0
        notebook = read(path)
        before = texts(notebook)
        for seed in range(given.seeds):
            after = shaken(notebook, seed, path.parent)
            for i, cell in enumerate(notebook.cells):
                # an output that is not compared may differ, but no assert may fail
                free = (
                    "nbval-ignore-output" in tags(cell)
                    and "Error" not in after[i]
                )
                if after[i] != before[i] and not free:
                    found += 1
                    print(
                        f"--- {name}, cell {i + 1}, noise {seed}",
                        *moved(before[i], after[i]),
                        sep="\n",
                    )
        print(f"{name}: {found or 'no'} cells moved", flush=True)
        anything |= found > 0
    return 1 if anything else 0


if __name__ == "__main__":
    sys.exit(main())
