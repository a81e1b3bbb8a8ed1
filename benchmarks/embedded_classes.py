"""Targets whose classes are not the source's: other shares, classes missing, classes unknown.

A task is a pair of persons or of places with photographs, and one of

    shares   of half the classes only a fifth of the target's samples are left
    missing  half of the classes are not in the target
    unknown  half of the classes are not in the source; in the target they count as one class more,
             which is called -1

The seed draws which half.  The scale is that of `embedded_few`; a method sees no target label.
"""

from functools import cache

import numpy as np
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression

from benchmarks import embedded, embedded_few, embedded_photos
from benchmarks.grid import Recipe
from tlbook.feature import CORAL
from tlbook.instance import LabelShift
from tlbook.since import LinearOT, OpenSet, PartialTransfer

KINDS = ("shares", "missing", "unknown")
PAIRS = (*embedded.TASKS[6:16], *embedded_photos.TASKS)
TASKS = tuple(f"{kind}-{pair}" for kind in KINDS for pair in PAIRS)
SEEDS = (0, 1)
TRACE = False
LINEAR = LogisticRegression(solver="newton-cholesky")
ADAPTED = {
    "LabelShift": LabelShift(LINEAR),
    "PartialTransfer": PartialTransfer(LINEAR),
    "OpenSet": OpenSet(LINEAR),
    "CORAL": CORAL(LINEAR),
    "LinearOT": LinearOT(LINEAR),
}
METHODS = {
    "source only": Recipe(
        "logistic", lambda Xs, ys, Xt: clone(LINEAR).fit(Xs, ys).predict(Xt)
    )
} | {
    name: Recipe(
        "default parameters; without transfer: logistic", embedded.adapted(model)
    )
    for name, model in ADAPTED.items()
}


@cache
def domains(task, seed):
    """Return Xs, ys, Xt, yt of a task; yt = -1 is a class that the source does not have."""
    kind, pair = task.split("-", 1)
    Xs, ys, Xt, yt, _ = embedded_few.domains(pair)
    rng = np.random.default_rng(seed)
    classes = rng.permutation(np.unique(ys))
    half = classes[: len(classes) // 2]
    if kind == "unknown":
        known = ~np.isin(ys, half)
        return Xs[known], ys[known], Xt, np.where(np.isin(yt, half), -1, yt)
    share = {"shares": 0.2, "missing": 0.0}[kind]
    kept = ~np.isin(yt, half)
    for c in half:
        of_class = rng.permutation(np.flatnonzero(yt == c))
        kept[of_class[: round(share * len(of_class))]] = True
    return Xs, ys, Xt[kept], yt[kept]


def prepare(task, method, seed):
    """Return the work to measure and the labels that its predictions are compared with."""
    Xs, ys, Xt, yt = domains(task, seed)
    return lambda: METHODS[method].predict(Xs, ys, Xt), yt
