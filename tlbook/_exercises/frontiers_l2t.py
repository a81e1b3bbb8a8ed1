"""Checkers of chapters/frontiers/l2t.ipynb."""

import math

import numpy as np

from tlbook.exercises import Exercise


def mapped(rng):
    """Return equally many mapped samples of two domains, and a width."""
    m, k = int(rng.integers(3, 6)), int(rng.integers(1, 4))
    Zs, Zt = rng.normal(size=(m, k)), rng.normal(0.5, 1, (m, k))
    return Zs, Zt, float(rng.uniform(0.3, 1.5))


def terms(Zs, Zt, gamma, cross=2.0, diagonal=False):
    """Return (1) for two samples at a time, in a list."""

    def k(x, y):
        return math.exp(-gamma * math.fsum((a - b) ** 2 for a, b in zip(x, y)))

    m = len(Zs)
    return [
        k(Zs[i], Zs[j])
        + k(Zt[i], Zt[j])
        - cross / 2 * (k(Zs[i], Zt[j]) + k(Zs[j], Zt[i]))
        for i in range(m)
        for j in range(m)
        if diagonal or i != j
    ]


def mean_of(made):
    return math.fsum(made) / len(made)


def judged(rng):
    """Return foretold costs and true improvements of a few maps on a few pairs."""
    n, maps = int(rng.integers(4, 8)), int(rng.integers(3, 6))
    return rng.normal(1, 0.1, (n, maps)), rng.uniform(0.8, 1.4, (n, maps))


def regret(cost, truth):
    """By going through the pairs, one at a time."""
    lost = []
    for costs, gains in zip(cost.tolist(), truth.tolist()):
        lost.append(max(gains) - gains[costs.index(min(costs))])
    return mean_of(lost)


def one_for_all(cost, truth):
    """Compare with the map that is best on average."""
    chosen = truth[np.arange(len(truth)), cost.argmin(axis=1)]
    return truth.mean(axis=0).max() - chosen.mean()


def same_map(cost, truth):
    """Choose one map for all pairs, by the mean cost."""
    return (truth.max(axis=1) - truth[:, cost.mean(axis=0).argmin()]).mean()


def worst_pair(cost, truth):
    chosen = truth[np.arange(len(truth)), cost.argmin(axis=1)]
    return (truth.max(axis=1) - chosen).max()


def gain(cost, truth):
    return truth[np.arange(len(truth)), cost.argmin(axis=1)].mean()


EXERCISES = {
    3: Exercise(
        lambda Zs, Zt, gamma: mean_of(terms(Zs, Zt, gamma)),
        {
            "with_itself": lambda *z: mean_of(terms(*z, diagonal=True)),
            "one_cross": lambda *z: mean_of(terms(*z, cross=1.0)),
            "added": lambda *z: mean_of(terms(*z, cross=-2.0)),
            "summed": lambda *z: math.fsum(terms(*z)),
        },
        mapped,
    ),
    4: Exercise(
        regret,
        {
            "dearest": lambda cost, truth: regret(-cost, truth),
            "one_for_all": one_for_all,
            "same_map": same_map,
            "worst_pair": worst_pair,
            "gain": gain,
        },
        judged,
    ),
}
