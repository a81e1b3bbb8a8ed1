"""Checkers of chapters/practice/questions.ipynb."""

import math

import numpy as np

from tlbook.exercises import Exercise


def three_kernels(rng):
    """Return the kernel matrices of two samples of unequal size."""
    A, B = rng.normal(0, 1, (5, 2)), rng.normal(0.3, 1, (8, 2))

    def kernel(X, Y):
        return np.exp(-0.5 * ((X[:, None] - Y) ** 2).sum(axis=2))

    return kernel(A, A), kernel(B, B), kernel(A, B)


def pairs_of_two(K):
    """Return the mean over pairs of different samples, one by one."""
    n = len(K)
    return (
        math.fsum(K[i, j] for i in range(n) for j in range(n) if i != j)
        / math.comb(n, 2)
        / 2
    )


def unbiased(Kss, Ktt, Kst):
    return pairs_of_two(Kss) + pairs_of_two(Ktt) - 2 * Kst.mean()


def with_themselves(Kss, Ktt, Kst):
    return Kss.mean() + Ktt.mean() - 2 * Kst.mean()


def divided_by_all(Kss, Ktt, Kst):
    n, m = len(Kss), len(Ktt)
    within = pairs_of_two(Kss) * (n - 1) / n + pairs_of_two(Ktt) * (m - 1) / m
    return within - 2 * Kst.mean()


def cross_once(Kss, Ktt, Kst):
    return unbiased(Kss, Ktt, Kst) + Kst.mean()


def never_negative(Kss, Ktt, Kst):
    return max(unbiased(Kss, Ktt, Kst), 0.0)


def root(Kss, Ktt, Kst):
    return math.sqrt(abs(unbiased(Kss, Ktt, Kst)))


def answers(rng):
    """Return answers before and after, and the truth; some repaired, some broken."""
    y = rng.integers(0, 3, 30)
    before, after = y.copy(), y.copy()
    before[:9] = (y[:9] + 1) % 3
    after[6:12] = (y[6:12] + 2) % 3  # three wrong twice, each time otherwise
    after[20 : 20 + int(rng.integers(2, 5))] += 1
    order = rng.permutation(30)
    return before[order], after[order], y[order]


def repaired_and_broken(before, after, y):
    """Count sample by sample."""
    repaired = broken = 0
    for old, new, truth in zip(before, after, y):
        if old != truth and new == truth:
            repaired += 1
        if old == truth and new != truth:
            broken += 1
    return np.array([repaired, broken]) / len(y)


def exchanged(before, after, y):
    return repaired_and_broken(before, after, y)[::-1]


def counted(before, after, y):
    return repaired_and_broken(before, after, y) * len(y)


def among_the_changed(before, after, y):
    return counted(before, after, y) / np.sum(before != after)


def of_their_own(before, after, y):
    """Repaired of those that were wrong, broken of those that were right."""
    wrong = np.sum(before != y)
    return counted(before, after, y) / [wrong, len(y) - wrong]


def all_that_changed(before, after, y):
    changed = before != after
    return np.array(
        [np.mean(changed & (after == y)), np.mean(changed & (after != y))]
    )


EXERCISES = {
    2: Exercise(
        unbiased,
        {
            "with_themselves": with_themselves,
            "divided_by_all": divided_by_all,
            "cross_once": cross_once,
            "never_negative": never_negative,
            "root": root,
        },
        three_kernels,
    ),
    3: Exercise(
        repaired_and_broken,
        {
            "exchanged": exchanged,
            "counted": counted,
            "among_the_changed": among_the_changed,
            "of_their_own": of_their_own,
            "all_that_changed": all_that_changed,
        },
        answers,
    ),
}
