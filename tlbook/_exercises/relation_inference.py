"""Checkers of chapters/relation/inference.ipynb."""

import math

import numpy as np

from tlbook.exercises import Exercise


def shares(rng):
    """Return the shares of true worlds in some half chains."""
    return (rng.uniform(0.1, 0.9, int(rng.integers(6, 12))),)


def spread(p, less=1):
    mean = math.fsum(p) / len(p)
    return math.fsum((value - mean) ** 2 for value in p) / (len(p) - less)


def effective(p):
    within = math.fsum(value * (1 - value) for value in p) / len(p)
    return (within + spread(p)) * len(p) / spread(p)


def divided_by_m(p):
    within = math.fsum(value * (1 - value) for value in p) / len(p)
    return (within + spread(p, 0)) * len(p) / spread(p, 0)


def m_forgotten(p):
    return effective(p) / len(p)


def within_alone(p):
    return effective(p) - len(p)


def variance_of_the_mean(p):
    mean = np.mean(p)
    return mean * (1 - mean) * len(p) / spread(p)


def between_forgotten(p):
    return (effective(p) - len(p)) / len(p)


EXERCISES = {
    2: Exercise(
        effective,
        {
            "divided_by_m": divided_by_m,
            "m_forgotten": m_forgotten,
            "within_alone": within_alone,
            "pooled": variance_of_the_mean,
            "between_forgotten": between_forgotten,
        },
        shares,
    ),
}
