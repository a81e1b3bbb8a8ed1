"""Checkers of chapters/relation/inference.ipynb."""

import itertools
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


def a_chain(rng):
    """Return log-odds of some people, and the weight of "neighbors are alike"."""
    return rng.normal(0, 1, int(rng.integers(3, 7))), float(rng.uniform(0.5, 2))


def beliefs(bias, w):
    """Return the probabilities by all worlds."""
    n, total, true = len(bias), 0.0, np.zeros(len(bias))
    for world in itertools.product((0, 1), repeat=n):
        alike = sum(a == b for a, b in itertools.pairwise(world))
        mass = math.exp(w * alike + sum(b for b, x in zip(bias, world) if x))
        total, true = total + mass, true + mass * np.array(world)
    return true / total


def from_the_left(bias, w):
    """Return what each would believe if nobody stood on the right."""
    return np.array([beliefs(bias[: i + 1], w)[-1] for i in range(len(bias))])


def from_the_right(bias, w):
    return from_the_left(bias[::-1], w)[::-1]


def own_forgotten(bias, w):
    p = beliefs(bias, w)
    return 1 / (1 + (1 - p) / p * np.exp(bias))


def log_odds(bias, w):
    p = beliefs(bias, w)
    return np.log(p / (1 - p))


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
    3: Exercise(
        beliefs,
        {
            "from_the_left": from_the_left,
            "from_the_right": from_the_right,
            "own_forgotten": own_forgotten,
            "log_odds": log_odds,
        },
        a_chain,
    ),
}
