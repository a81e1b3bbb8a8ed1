"""Checkers of chapters/model/overview.ipynb."""

import numpy as np
from scipy.optimize import minimize_scalar

from tlbook.exercises import Exercise


def few_samples(rng):
    """Return x, start, lam."""
    x = rng.normal(2, 1, int(rng.integers(3, 7)))
    return x, float(rng.normal(6, 1)), float(rng.uniform(0.5, 4))


def least(price):
    return minimize_scalar(price, bracket=(-10, 10), tol=1e-12).x


def nearest(x, start, lam):
    return least(lambda t: sum((t - v) ** 2 for v in x) + lam * (t - start) ** 2)


def mean_for_sum(x, start, lam):
    return least(
        lambda t: sum((t - v) ** 2 for v in x) / len(x) + lam * (t - start) ** 2
    )


def toward_zero(x, start, lam):
    return least(lambda t: sum((t - v) ** 2 for v in x) + lam * t**2)


def target_alone(x, start, lam):
    return sum(x) / len(x)


def lam_once(x, start, lam):
    return (sum(x) + lam * start) / len(x)


def accuracies(rng):
    """Return after, before: one row for each method, one column for each pair."""
    m, n = int(rng.integers(3, 5)), int(rng.integers(4, 7))
    before = rng.uniform(40, 80, (m, n))
    return before + rng.normal(2, 3, (m, n)), before


def gains(after, before):
    rows = [[a - b for a, b in zip(*pair)] for pair in zip(after, before)]
    return np.array(
        [
            [
                np.mean(row),
                np.sqrt(np.sum((row - np.mean(row)) ** 2) / (len(row) - 1))
                / np.sqrt(len(row)),
            ]
            for row in rows
        ]
    )


def against_the_best(after, before):
    best = before[np.argmax(before.mean(axis=1))]
    return gains(after, np.tile(best, (len(after), 1)))


def spread_alone(after, before):
    return gains(after, before) * [1, np.sqrt(after.shape[1])]


def not_paired(after, before):
    found = gains(after, before)
    parts = after.var(axis=1, ddof=1) + before.var(axis=1, ddof=1)
    found[:, 1] = np.sqrt(parts / after.shape[1])
    return found


def population(after, before):
    n = after.shape[1]
    return gains(after, before) * [1, np.sqrt((n - 1) / n)]


EXERCISES = {
    3: Exercise(
        nearest,
        {
            "mean_for_sum": mean_for_sum,
            "toward_zero": toward_zero,
            "target_alone": target_alone,
            "lam_once": lam_once,
        },
        few_samples,
    ),
    4: Exercise(
        gains,
        {
            "against_the_best": against_the_best,
            "spread_alone": spread_alone,
            "not_paired": not_paired,
            "population": population,
        },
        accuracies,
    ),
}
