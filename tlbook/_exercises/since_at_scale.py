"""Checkers of chapters/since/at_scale.ipynb."""

import math

import numpy as np

from tlbook.exercises import Exercise


def a_preference(rng):
    """Return share, half."""
    return int(rng.integers(55, 95)), int(rng.integers(2, 7))


def pairs_needed(share, half):
    """The first whole number whose interval is narrow enough."""
    p, n = share / 100, 1
    while 1.96 * math.sqrt(p * (1 - p) / n) > half / 100:
        n += 1
    return n


def rounded_down(share, half):
    return pairs_needed(share, half) - 1


def one_error(share, half):
    return pairs_needed(share, half * 1.96)


def whole_width(share, half):
    return pairs_needed(share, 2 * half)


def worst_case(share, half):
    return pairs_needed(50, half)


def clients(rng):
    """Return models, counts."""
    k = int(rng.integers(2, 6))
    return rng.normal(size=(k, 3)), rng.integers(5, 100, size=k)


def average(models, counts):
    """Sample by sample: each has the model of its client."""
    every = [row for row, n in zip(models, counts) for _ in range(n)]
    return sum(every) / len(every)


def all_alike(models, counts):
    return models.mean(axis=0)


def not_divided(models, counts):
    return counts @ models


def inverse(models, counts):
    return (1 / counts) @ models / (1 / counts).sum()


def a_mixture(rng):
    """Return shares, excess, rate."""
    k = int(rng.integers(2, 6))
    return (
        rng.dirichlet(np.ones(k)),
        rng.normal(size=k),
        float(rng.uniform(0.3, 2)),
    )


def reweigh(shares, excess, rate):
    """Part by part."""
    new = [s * math.exp(rate * e) for s, e in zip(shares, excess)]
    return np.array([n / sum(new) for n in new])


def not_to_one(shares, excess, rate):
    return shares * np.exp(rate * excess)


def shares_forgotten(shares, excess, rate):
    return reweigh(np.ones(len(shares)), excess, rate)


def turned(shares, excess, rate):
    return reweigh(shares, -excess, rate)


def without_rate(shares, excess, rate):
    return reweigh(shares, excess, 1.0)


EXERCISES = {
    2: Exercise(
        pairs_needed,
        {
            "rounded_down": rounded_down,
            "one_error": one_error,
            "whole_width": whole_width,
            "worst_case": worst_case,
        },
        a_preference,
    ),
    3: Exercise(
        average,
        {
            "all_alike": all_alike,
            "not_divided": not_divided,
            "inverse": inverse,
        },
        clients,
    ),
    5: Exercise(
        reweigh,
        {
            "not_to_one": not_to_one,
            "shares_forgotten": shares_forgotten,
            "turned": turned,
            "without_rate": without_rate,
        },
        a_mixture,
    ),
}
