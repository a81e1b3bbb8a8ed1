"""Learning to transfer on Office-Caltech10 with SURF features, one pair left out.

The paper's experiences, pairs of three classes of Caltech-256 and of sketches, cannot be had.  Here
the experiences are those of the other pairs of domains: eleven of them ("one pair out"), or those
with another target ("target unseen").  The best single method, the mean and the best method of each
pair come from the rows of the base maps.

    python -m benchmarks.l2t    # means from the stored rows
"""

from functools import cache

import numpy as np
from sklearn.neighbors import KNeighborsClassifier

from benchmarks import RESULTS
from benchmarks.grid import Recipe, read_rows
from benchmarks.office_caltech_surf import TASKS, domains
from tlbook.frontiers.l2t import (
    NO_EXPERIENCE,
    base_maps,
    gather_experiences,
    improve_map,
    learn_reflection,
    look_at,
    statistics_of,
)

SEEDS = (0,)
BASE = "rows sum to 1, z-score per domain, full source"
MAPS = ("none", "TCA", "GFK", "JDA", "TJM")


@cache
def maps(task):
    """Return the base maps of a task."""
    Xs, ys, Xt, _ = domains(task)
    return base_maps(Xs, ys, Xt)


@cache
def experiences(task):
    """Return what the base maps achieved on a task."""
    return tuple(gather_experiences(*domains(task)))


def nearest(Xs, ys, Xt, W):
    """Predict the target by the nearest neighbor among mapped samples."""
    return KNeighborsClassifier(1).fit(Xs @ W, ys).predict(Xt @ W)


def base(name):
    """Always use one method."""
    return lambda task, Xs, ys, Xt: nearest(Xs, ys, Xt, maps(task)[name])


def reflected(known, n_steps):
    """Use the map that the experience of the tasks in `known(task)` recommends."""

    def predict(task, Xs, ys, Xt):
        past = [
            e for other in TASKS if known(task, other) for e in experiences(other)
        ]
        reflection = learn_reflection(past) if past else NO_EXPERIENCE
        pair = look_at(Xs, Xt)
        cost = {
            n: reflection.cost(statistics_of(pair, W))
            for n, W in maps(task).items()
        }
        W = improve_map(
            maps(task)[min(cost, key=cost.get)], pair, reflection, n_steps
        )
        return nearest(Xs, ys, Xt, W)

    return predict


def other_pair(task, other):
    """Tell whether `other` is not the pair itself."""
    return other != task


def other_target(task, other):
    """Tell whether `other` has another target domain."""
    return other[-1] != task[-1]


def nothing(task, other):
    """No pair is known."""
    return False


METHODS = {
    name: Recipe(f"{BASE}; map of {name}, k=20; 1-NN", base(name))
    for name in MAPS
}
METHODS["none"] = Recipe(f"{BASE}; 1-NN", base("none"))
for label, known, some in (
    ("one pair out", other_pair, (0, 3, 30)),
    ("target unseen", other_target, (0,)),
):
    for steps in some:
        METHODS[f"L2T, {label}, {steps} steps"] = Recipe(
            f"{BASE}; five base maps, k=20; experiences: {label}; {steps} steps; 1-NN",
            reflected(known, steps),
        )
METHODS["L2T, no experience, 0 steps"] = Recipe(
    f"{BASE}; five base maps, k=20; no experience; 0 steps; 1-NN",
    reflected(nothing, 0),
)


def prepare(task, method, seed):
    """Return the work of one cell and the labels of the target."""
    Xs, ys, Xt, yt = domains(task)
    if method.startswith("L2T, one") or method.startswith("L2T, target"):
        for other in TASKS:
            experiences(other)  # what is past is not measured
    maps(task)
    return lambda: METHODS[method].predict(task, Xs, ys, Xt), yt


def summary(rows):
    """Return the mean accuracy of each method, and of the three marks L2T is held against.

    Parameters
    ----------
    rows : list of dict, as `read_rows` gives them

    Returns
    -------
    dict of str to float
    """
    accuracy = {
        (row["method"], row["task"]): float(row["accuracy"]) for row in rows
    }
    table = np.array(
        [[accuracy[method, task] for task in TASKS] for method in METHODS]
    )
    base_rows = table[: len(MAPS)]
    marks = {
        "mean of the base maps": base_rows.mean(),
        "best single base map": base_rows.mean(axis=1).max(),
        "best base map of each pair": base_rows.max(axis=0).mean(),
    }
    return {**dict(zip(METHODS, table.mean(axis=1))), **marks}


if __name__ == "__main__":
    stored = read_rows(RESULTS / "l2t.csv")
    for name, mean in summary(stored).items():
        print(f"{name:32s} {mean:6.2f} %")
