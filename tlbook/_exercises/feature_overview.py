"""Checkers of chapters/feature/overview.ipynb."""

import numpy as np
from scipy.linalg import sqrtm

from tlbook.exercises import Exercise


def a_table(rng):
    """Return scores (methods, draws), some of them equal."""
    scores = rng.uniform(size=(int(rng.integers(4, 7)), int(rng.integers(3, 6))))
    scores[0] += 0.5 * (np.arange(scores.shape[1]) == 0)
    scores[1, -1] = scores[2, -1]
    return (scores,)


def rank(column, value):
    above, equal = np.sum(column > value), np.sum(column == value)
    return above + (equal + 1) / 2


def mean_ranks(scores):
    return np.array(
        [
            np.mean([rank(column, v) for column, v in zip(scores.T, row)])
            for row in scores
        ]
    )


def worst_first(scores):
    return mean_ranks(-scores)


def from_zero(scores):
    return mean_ranks(scores) - 1


def ranks_of_the_means(scores):
    means = scores.mean(axis=1)
    return np.array([rank(means, v) for v in means])


def positions(scores):
    return np.argsort(-scores, axis=0).mean(axis=1) + 1


def two_clouds(rng):
    """Return Xs, Xt."""
    d = int(rng.integers(2, 4))
    return tuple(
        rng.normal(rng.normal(0, 2, d), 1, (int(rng.integers(9, 16)), d))
        @ rng.normal(size=(d, d))
        for _ in range(2)
    )


def mapped(Xs, Xt, start, end):
    Cs, Ct = (np.real(sqrtm(np.cov(X.T))) for X in (Xs, Xt))
    return (Xs - start) @ np.linalg.solve(Cs, Ct) + end


def matched(Xs, Xt):
    return mapped(Xs, Xt, Xs.mean(axis=0), Xt.mean(axis=0))


def mean_of_the_source(Xs, Xt):
    return mapped(Xs, Xt, Xs.mean(axis=0), Xs.mean(axis=0))


def around_zero(Xs, Xt):
    return mapped(Xs, Xt, Xs.mean(axis=0), 0)


def only_moved(Xs, Xt):
    return Xs - Xs.mean(axis=0) + Xt.mean(axis=0)


EXERCISES = {
    3: Exercise(
        mean_ranks,
        {
            "worst_first": worst_first,
            "from_zero": from_zero,
            "ranks_of_the_means": ranks_of_the_means,
            "positions": positions,
        },
        a_table,
    ),
    4: Exercise(
        matched,
        {
            "mean_of_the_source": mean_of_the_source,
            "around_zero": around_zero,
            "only_moved": only_moved,
        },
        two_clouds,
    ),
}
