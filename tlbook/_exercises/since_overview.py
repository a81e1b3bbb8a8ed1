"""Checkers of chapters/since/overview.ipynb."""

import numpy as np

from tlbook.exercises import Exercise


def two_mixtures(rng):
    """Return the shares of three or four classes in two domains."""
    return tuple(rng.dirichlet(np.full(int(rng.integers(3, 5)), 2.0), 2))


def bound(p, q):
    """What the second domain has too little of, class by class."""
    return sum(max(a - b, 0.0) for a, b in zip(p.tolist(), q.tolist()))


def both_ways(p, q):
    return np.abs(p - q).sum()


def largest(p, q):
    return np.abs(p - q).max()


def euclidean(p, q):
    return np.linalg.norm(p - q)


def first_class(p, q):
    return abs(p[0] - q[0])


EXERCISES = {
    2: Exercise(
        bound,
        {
            "both_ways": both_ways,
            "largest": largest,
            "euclidean": euclidean,
            "first_class": first_class,
        },
        two_mixtures,
    ),
}
