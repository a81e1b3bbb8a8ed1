"""The methods of `embedded`, as they are there, on photographs as a pretrained network sees them.

Twelve pairs of the four domains of `load_photo_features`: 64 features of a frozen network.  No
default of a method and no rule of `diagnose` was chosen on them.
"""

from functools import cache

from benchmarks.embedded import METHODS
from tlbook.datasets import load_photo_features

PHOTOS = ("caltech", "amazon", "webcam", "dslr")
TASKS = tuple(f"{s}-{t}" for s in PHOTOS for t in PHOTOS if s != t)
SEEDS = (0,)


@cache
def domains(task):
    """Return Xs, ys, Xt, yt of a task."""
    return tuple(load_photo_features(*task.split("-")))


def prepare(task, method, seed):
    """Return the work to measure and the labels that its predictions are compared with."""
    Xs, ys, Xt, yt = domains(task)
    return lambda: METHODS[method].predict(Xs, ys, Xt), yt


__all__ = ["METHODS", "SEEDS", "TASKS", "prepare"]
