"""Several sources: all other domains of a world, without and with a few labels of the target.

The targets are three domains of digits, ten persons and four of photographs; the sources of each
are all others of its world.  What takes one source gets all of them as one.  The few labels and the
test are those of `embedded_few`, also for the methods that see no label of the target.
"""

from functools import cache

import numpy as np
from sklearn.base import clone

from benchmarks.embedded import DIGITS
from benchmarks.embedded_few import (
    ADAPTED,
    LEARNERS,
    LINEAR,
    TREE,
    at_one_scale,
    held_against,
    known_and_test,
    pair_of,
)
from benchmarks.embedded_photos import PHOTOS
from benchmarks.grid import Recipe
from tlbook.feature import MultiSourceAugmentation
from tlbook.model import MultiSourceTrAdaBoost, SourceMixture, TaskTrAdaBoost
from tlbook.since import IRM, GroupDRO, VREx
from tlbook.since.group_dro import ERM

WORLDS = DIGITS, tuple(str(k) for k in range(1, 11)), PHOTOS
TASKS = tuple(name for world in WORLDS for name in world)
SEEDS = (0, 1)
TRACE = False


def pooled(sources):
    """Return the samples and labels of all sources as one."""
    return tuple(np.concatenate(part) for part in zip(*sources))


def as_one(fit):
    """Give a method of one source all sources as one."""
    return lambda sources, Xt, Xk, yk: fit(*pooled(sources), Xk, yk)


def with_few(model):
    """Fit on the sources and on the labeled target samples."""
    return lambda sources, Xt, Xk, yk: clone(model).fit(sources, Xk, yk)


def by_group(model):
    """Fit on the sources, told apart, and on nothing of the target."""

    def fit(sources, Xt, Xk, yk):
        groups = np.repeat(range(len(sources)), [len(y) for _, y in sources])
        return clone(model).fit(*pooled(sources), groups)

    return fit


def unlabeled(model):
    """Fit on the sources and on the target without labels."""
    return lambda sources, Xt, Xk, yk: clone(model).fit(sources, Xt)


ROWS = {  # name: (fit, learner without transfer, whether it sees the few)
    "source only, ERM": (by_group(ERM()), "ERM", False),
    "GroupDRO": (by_group(GroupDRO()), "ERM", False),
    "IRM": (by_group(IRM()), "ERM", False),
    "VREx": (by_group(VREx()), "ERM", False),
    "SourceMixture": (unlabeled(SourceMixture(LINEAR)), "logistic", False),
    "SourceMixture, samples": (
        unlabeled(SourceMixture(LINEAR, combine="samples")),
        "logistic",
        False,
    ),
    "MultiSourceAugmentation": (
        with_few(MultiSourceAugmentation(LINEAR)),
        "logistic",
        True,
    ),
    "MultiSourceTrAdaBoost": (
        with_few(MultiSourceTrAdaBoost(TREE)),
        "AdaBoost",
        True,
    ),
    "TaskTrAdaBoost": (with_few(TaskTrAdaBoost(TREE)), "AdaBoost", True),
} | {
    name: (as_one(fit), learner, True)
    for name, (fit, learner) in ADAPTED.items()
    if learner in ("logistic", "AdaBoost")
}
ALONE = held_against({name: LEARNERS[name] for name in ("logistic", "AdaBoost")})
METHODS = {
    name: Recipe(recipe.protocol, as_one(recipe.predict))
    for name, recipe in ALONE.items()
} | {
    name: Recipe(
        f"{'with' if few else 'without'} the few labels; "
        f"without transfer: {learner}",
        fit,
    )
    for name, (fit, learner, few) in ROWS.items()
}


@cache
def domains(target):
    """Return the list of sources, and samples, labels and documents of the target."""
    (world,) = (world for world in WORLDS if target in world)
    pairs = [pair_of(f"{name}-{target}") for name in world if name != target]
    last = pairs[-1]
    parts = [pair.Xs for pair in pairs] + [last.Xt]
    *Xs, Xt = at_one_scale(parts, not target.isdigit())
    sources = [(X, pair.ys) for X, pair in zip(Xs, pairs)]
    return sources, Xt, last.yt, last.target_ids


def prepare(task, method, seed):
    """Return the work to measure and the labels that its predictions are compared with."""
    sources, Xt, yt, ids = domains(task)
    known, test = known_and_test(yt, ids, seed, task.isdigit())
    fit = METHODS[method].predict
    return (
        lambda: fit(sources, Xt, Xt[known], yt[known]).predict(Xt[test]),
        yt[test],
    )
