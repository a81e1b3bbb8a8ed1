"""Checkers of chapters/since/mdd.ipynb."""

import math

import numpy as np

from tlbook.exercises import Exercise


def twins(rng):
    """Return the twin's probabilities and the classifier's answers, source then target."""
    K = int(rng.integers(3, 6))

    def domain(n):
        P = 0.05 / K + 0.95 * rng.dirichlet(np.ones(K), n)
        return P, rng.integers(0, K, n)

    return (
        *domain(5),
        *domain(int(rng.integers(3, 8))),
        float(rng.uniform(1.5, 4)),
    )


def disparity(S, hs, T, ht, gamma):
    """Sample by sample, with the sum of the other classes on the target."""
    agree = [-math.log(p[h]) for p, h in zip(S, hs)]
    disagree = [
        math.log(sum(v for k, v in enumerate(p) if k != h)) for p, h in zip(T, ht)
    ]
    return sum(disagree) / len(T) - gamma * sum(agree) / len(S)


def minus_cross_entropy(S, hs, T, ht, gamma):
    own = [-math.log(p[h]) for p, h in zip(T, ht)]
    agree = [-math.log(p[h]) for p, h in zip(S, hs)]
    return sum(own) / len(T) - gamma * sum(agree) / len(S)


def no_margin(S, hs, T, ht, gamma):
    return disparity(S, hs, T, ht, 1.0)


def margin_on_the_target(S, hs, T, ht, gamma):
    return gamma * disparity(S, hs, T, ht, 1 / gamma)


def added(S, hs, T, ht, gamma):
    return disparity(S, hs, T, ht, -gamma)


def place(rng):
    """Return how many source and target samples lie at a place, and gamma."""
    return (
        float(rng.integers(2, 9)),
        float(rng.integers(2, 9)) + 0.5,
        float(rng.uniform(1.5, 4)),
    )


def best_belief(ns, nt, gamma):
    """Halve the interval in which the slope of nt log(1 - p) + gamma ns log p changes sign."""
    low, high = 1e-9, 1 - 1e-9
    for _ in range(80):
        p = (low + high) / 2
        if gamma * ns / p - nt / (1 - p) > 0:
            low = p
        else:
            high = p
    return p


def without_margin(ns, nt, gamma):
    return ns / (ns + nt)


def upside_down(ns, nt, gamma):
    return nt / (gamma * ns + nt)


def odds(ns, nt, gamma):
    return gamma * ns / nt


def margin_below_forgotten(ns, nt, gamma):
    return gamma * ns / (ns + nt)


EXERCISES = {
    2: Exercise(
        disparity,
        {
            "minus_cross_entropy": minus_cross_entropy,
            "no_margin": no_margin,
            "margin_on_the_target": margin_on_the_target,
            "added": added,
        },
        twins,
    ),
    3: Exercise(
        best_belief,
        {
            "without_margin": without_margin,
            "upside_down": upside_down,
            "odds": odds,
            "margin_below_forgotten": margin_below_forgotten,
        },
        place,
    ),
}
