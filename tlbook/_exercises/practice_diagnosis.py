"""Checkers of chapters/practice/diagnosis.ipynb."""

import numpy as np

from tlbook.exercises import Exercise


def scores(rng):
    """Return scores of a story with their weights, and of the target, some of them equal."""
    a, t = (rng.integers(0, 9, n).astype(float) for n in (12, 7))
    return a, rng.uniform(0.2, 3.0, 12), t + rng.integers(0, 2)


def area(a, w, t):
    total = 0.0
    for score in t:
        for other, weight in zip(a, w):
            total += weight * ((score > other) + 0.5 * (score == other))
    return total / (len(t) * sum(w))


def turned(a, w, t):
    return 1 - area(a, w, t)


def not_weighted(a, w, t):
    return area(a, np.ones_like(w), t)


def without_ties(a, w, t):
    return sum(w[score > a].sum() for score in t) / (len(t) * sum(w))


def divided_by_the_count(a, w, t):
    return area(a, w, t) * sum(w) / len(a)


def sizes(rng):
    return rng.exponential(1.0, 40), int(rng.integers(20, 90))


def error(w, nt):
    na = sum(w) ** 2 / sum(v * v for v in w)
    return ((na + nt + 1) / (12 * na * nt)) ** 0.5


def counted(w, nt):
    return error(np.ones(len(w)), nt)


def summed(w, nt):
    return ((sum(w) + nt + 1) / (12 * sum(w) * nt)) ** 0.5


def variance(w, nt):
    return error(w, nt) ** 2


EXERCISES = {
    2: Exercise(
        area,
        {
            "turned": turned,
            "not_weighted": not_weighted,
            "without_ties": without_ties,
            "divided_by_the_count": divided_by_the_count,
        },
        scores,
    ),
    3: Exercise(
        error,
        {"counted": counted, "summed": summed, "variance": variance},
        sizes,
    ),
}
