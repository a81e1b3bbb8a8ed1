"""Checkers of chapters/resources/reproduction.ipynb."""

import math

import numpy as np
from scipy.stats import norm

from tlbook.exercises import Exercise


def cells(rng):
    """Return printed percents, of which some can be, and numbers of images."""
    n = np.array([157, 295, 958, 1123, 157, 295, 958, 1123])
    right = [int(rng.integers(m // 4, m)) for m in n]
    percents = np.array([round(100 * k / m, 2) for k, m in zip(right, n)])
    between = [100 * (k + 0.5) / m for k, m in zip(right[4:6], n[4:6])]
    percents[4:6] = np.round(between, 2)
    percents[6:] = np.round(percents[6:] + 0.02, 2)
    order = rng.permutation(8)
    return percents[order], n[order]


def could_be(percents, n):
    """Try every number of right images."""
    return np.array(
        [
            any(f"{100 * k / m:.2f}" == f"{p:.2f}" for k in range(m + 1))
            for p, m in zip(percents, n)
        ]
    )


def too_strict(percents, n):
    """The printed number times n must be whole, to the last bit."""
    images = percents / 100 * n
    return np.abs(images - np.round(images)) < 1e-9


def too_lenient(percents, n):
    """Within a third of an image."""
    images = percents / 100 * n
    return np.abs(images - np.round(images)) < 0.33


def one_digit(percents, n):
    back = 100 * np.round(percents / 100 * n) / n
    return np.round(back, 1) == np.round(percents, 1)


def turned(percents, n):
    return ~could_be(percents, n)


def gains(rng):
    """Return differences of twelve tasks, two of them zero, not half of them above."""
    signs = np.repeat([1, 0, -1], [int(rng.integers(7, 10)), 2, 2])
    return (rng.permutation(signs) * rng.uniform(0.2, 5, len(signs)),)


def tail(wins, n):
    """Return the chance of so many heads or more, from Pascal's triangle."""
    row = [1]
    for _ in range(n):
        row = [a + b for a, b in zip([0, *row], [*row, 0])]
    return sum(row[wins:]) / 2**n


def counts(gains):
    wins = sum(1 for g in gains if g > 0)
    losses = sum(1 for g in gains if g < 0)
    return max(wins, losses), wins + losses


def sign_test(gains):
    return min(1.0, 2 * tail(*counts(gains)))


def one_sided(gains):
    return tail(*counts(gains))


def ties_as_losses(gains):
    most, n = counts(gains)
    return min(1.0, 2 * tail(most, len(gains)))


def exactly_so_many(gains):
    most, n = counts(gains)
    return 2 * math.comb(n, most) / 2**n


def more_than_that(gains):
    most, n = counts(gains)
    return 2 * tail(most + 1, n)


def by_the_normal(gains):
    most, n = counts(gains)
    return 2 * norm.sf((most - n / 2) / math.sqrt(n / 4))


EXERCISES = {
    2: Exercise(
        could_be,
        {
            "too_strict": too_strict,
            "too_lenient": too_lenient,
            "one_digit": one_digit,
            "turned": turned,
        },
        cells,
    ),
    3: Exercise(
        sign_test,
        {
            "one_sided": one_sided,
            "ties_as_losses": ties_as_losses,
            "exactly_so_many": exactly_so_many,
            "more_than_that": more_than_that,
            "by_the_normal": by_the_normal,
        },
        gains,
    ),
}
