"""Checkers of chapters/practice/one_plate.ipynb."""

from math import sqrt

import numpy as np
from scipy.stats import norm, t

from tlbook.exercises import Exercise


def two_runs(rng):
    """Return accuracies of a method and of its learner on the same draws."""
    before = 60 + 20 * rng.random(int(rng.integers(4, 9)))
    return before + 5 + 3 * rng.standard_normal(len(before)), before


def mean_and_half(after, before):
    differences = [a - b for a, b in zip(after.tolist(), before.tolist())]
    n = len(differences)
    mean = sum(differences) / n
    variance = sum((d - mean) ** 2 for d in differences) / (n - 1)
    return mean, t(n - 1).isf(0.025) * sqrt(variance / n)


def not_paired(after, before):
    n = len(after)
    error = np.sqrt((after.var(ddof=1) + before.var(ddof=1)) / n)
    return np.mean(after - before), t.ppf(0.975, n - 1) * error


def of_one_draw(after, before):
    mean, half = mean_and_half(after, before)
    return mean, half * sqrt(len(after))


def by_the_normal(after, before):
    mean, half = mean_and_half(after, before)
    return mean, half * norm.isf(0.025) / t(len(after) - 1).isf(0.025)


def one_sided(after, before):
    mean, half = mean_and_half(after, before)
    n = len(after)
    return mean, half * t(n - 1).isf(0.05) / t(n - 1).isf(0.025)


def by_n(after, before):
    mean, half = mean_and_half(after, before)
    n = len(after)
    return mean, half * sqrt((n - 1) / n)


def turned(after, before):
    mean, half = mean_and_half(after, before)
    return -mean, half


def labels(rng):
    """Return labels of three classes in random order, and how many to keep of each."""
    return rng.permutation(np.repeat([0, 1, 2], [7, 5, 4])), int(
        rng.integers(2, 4)
    )


def kept(y, k):
    seen, few = {}, []
    for c in y.tolist():
        seen[c] = seen.get(c, 0) + 1
        few.append(c if seen[c] <= k else -1)
    return few


def last_rows(y, k):
    return kept(y[::-1], k)[::-1]


def first_of_all(y, k):
    return np.where(np.arange(len(y)) < 3 * k, y, -1)


def one_more(y, k):
    return kept(y, k + 1)


def hidden(y, k):
    return np.where(np.array(kept(y, k)) < 0, y, -1)


def grids(rng):
    """Return a grid of three classes in patches."""
    return (np.kron(rng.integers(0, 3, (3, 4)), np.ones((2, 2), dtype=int)),)


def edges(guesses):
    rows, columns = guesses.shape
    found = np.zeros((rows, columns), dtype=bool)
    for i in range(rows):
        for j in range(columns):
            for a, b in ((i + 1, j), (i, j + 1)):
                inside = a < rows and b < columns
                if inside and guesses[a, b] != guesses[i, j]:
                    found[i, j] = True
    return found


def only_right(guesses):
    found = np.zeros(guesses.shape, dtype=bool)
    found[:, :-1] = guesses[:, :-1] != guesses[:, 1:]
    return found


def only_below(guesses):
    return only_right(guesses.T).T


def left_and_above(guesses):
    return edges(guesses[::-1, ::-1])[::-1, ::-1]


def around(guesses):
    turn = np.roll(guesses, -1, axis=1), np.roll(guesses, -1, axis=0)
    return (turn[0] != guesses) | (turn[1] != guesses)


EXERCISES = {
    2: Exercise(
        mean_and_half,
        {
            "not_paired": not_paired,
            "of_one_draw": of_one_draw,
            "by_the_normal": by_the_normal,
            "one_sided": one_sided,
            "by_n": by_n,
            "turned": turned,
        },
        two_runs,
    ),
    3: Exercise(
        kept,
        {
            "last_rows": last_rows,
            "first_of_all": first_of_all,
            "one_more": one_more,
            "hidden": hidden,
        },
        labels,
    ),
    4: Exercise(
        edges,
        {
            "only_right": only_right,
            "only_below": only_below,
            "left_and_above": left_and_above,
            "around": around,
        },
        grids,
    ),
}
