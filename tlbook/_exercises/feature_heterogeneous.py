"""Checkers of chapters/feature/heterogeneous.ipynb."""

import numpy as np

from tlbook.exercises import Exercise


def labeled_rows(rng):
    """Return F, y, f; -1 where there is no label."""
    n = int(rng.integers(8, 13))
    y = rng.permutation(np.r_[0, 0, 1, 1, 2, 2, np.full(n - 6, -1)])
    return rng.normal(size=(n, 4)), y, rng.normal(size=4)


def by_pairs(F, y, f, known, square=True):
    u = [sum(a * b for a, b in zip(row, f)) for row in F]
    found = [0.0, 0.0]
    for i in range(len(u)):
        for j in range(len(u)):
            if known and (y[i] < 0 or y[j] < 0):
                continue
            gap = u[i] - u[j]
            found[int(y[i] != y[j])] += gap**2 / 2 if square else abs(gap) / 2
    return np.array(found)


def sums(F, y, f):
    return by_pairs(F, y, f, known=True)


def unlabeled_as_a_class(F, y, f):
    return by_pairs(F, y, f, known=False)


def other_first(F, y, f):
    return sums(F, y, f)[::-1]


def without_the_half(F, y, f):
    return 2 * sums(F, y, f)


def not_squared(F, y, f):
    return by_pairs(F, y, f, known=True, square=False)


def maps(rng):
    """Return Ws, Wt, unit."""
    p, q, k = (int(n) for n in rng.integers(2, 5, 3))
    return (
        rng.normal(size=(p, k)),
        rng.normal(size=(q, k)),
        float(rng.uniform(2, 9)),
    )


def stacked(Ws, Wt):
    return np.concatenate([Ws, Wt])


def in_units(Ws, Wt, unit):
    return stacked(Ws, Wt / unit)


def multiplied(Ws, Wt, unit):
    return stacked(Ws, unit * Wt)


def both_divided(Ws, Wt, unit):
    return stacked(Ws / unit, Wt / unit)


def the_source_instead(Ws, Wt, unit):
    return stacked(Ws * unit, Wt)


def samples(rng):
    """Return X, k."""
    return rng.normal(size=(int(rng.integers(8, 12)), 2)), int(rng.integers(2, 4))


def nearest(X, k, skip=1):
    W = np.zeros((len(X), len(X)))
    for i, x in enumerate(X):
        order = sorted(range(len(X)), key=lambda j: np.sum((x - X[j]) ** 2))
        W[i, order[skip : k + skip]] = 1
    return W


def neighbors(X, k):
    W = nearest(X, k)
    return np.maximum(W, W.T)


def with_itself(X, k):
    W = nearest(X, k, skip=0)
    return np.maximum(W, W.T)


def one_sided(X, k):
    return nearest(X, k)


def mutual(X, k):
    W = nearest(X, k)
    return W * W.T


def added(X, k):
    W = nearest(X, k)
    return W + W.T


EXERCISES = {
    2: Exercise(
        sums,
        {
            "unlabeled_as_a_class": unlabeled_as_a_class,
            "other_first": other_first,
            "without_the_half": without_the_half,
            "not_squared": not_squared,
        },
        labeled_rows,
    ),
    3: Exercise(
        in_units,
        {
            "multiplied": multiplied,
            "both_divided": both_divided,
            "the_source_instead": the_source_instead,
        },
        maps,
    ),
    4: Exercise(
        neighbors,
        {
            "with_itself": with_itself,
            "one_sided": one_sided,
            "mutual": mutual,
            "added": added,
        },
        samples,
    ),
}
