"""Checkers of chapters/since/m3sda.ipynb."""

import itertools
import math

import numpy as np

from tlbook.exercises import Exercise


def moments(rng):
    """Return the moments of a few sources, and those of the target."""
    K, d = int(rng.integers(3, 6)), int(rng.integers(2, 5))
    return rng.standard_normal((K, d)), rng.standard_normal(d)


def length(a, b):
    return math.sqrt(sum((x - y) ** 2 for x, y in zip(a, b)))


def to_target(M, t):
    return sum(length(m, t) for m in M) / len(M)


def pairs(M):
    return [length(a, b) for a, b in itertools.combinations(M, 2)]


def bracket(M, t):
    return to_target(M, t) + sum(pairs(M)) / len(pairs(M))


def target_alone(M, t):
    return to_target(M, t)


def sums(M, t):
    return len(M) * to_target(M, t) + sum(pairs(M))


def with_itself(M, t):
    return to_target(M, t) + 2 * sum(pairs(M)) / len(M) ** 2


def squared(M, t):
    first = sum(length(m, t) ** 2 for m in M) / len(M)
    return first + sum(one**2 for one in pairs(M)) / len(pairs(M))


def of_the_pot(M, t):
    return length(np.mean(M, axis=0), t) + sum(pairs(M)) / len(pairs(M))


def shares(rng):
    """Return shares of the second class and the means of both classes."""
    K, d = int(rng.integers(3, 6)), int(rng.integers(2, 5))
    return (
        rng.uniform(0.1, 0.9, K),
        float(rng.uniform(0.1, 0.9)),
        rng.standard_normal(d),
        rng.standard_normal(d),
    )


def mixed(share, a, b):
    """Return the mean of a domain."""
    return [(1 - share) * x + share * y for x, y in zip(a, b)]


def true_cost(p, q, a, b):
    return bracket([mixed(share, a, b) for share in p], mixed(q, a, b))


def cost_to_target(p, q, a, b):
    return to_target([mixed(share, a, b) for share in p], mixed(q, a, b))


def signs_cancel(p, q, a, b):
    between = sum(pairs([[share] for share in p])) / len(pairs(p[:, None]))
    return (abs(np.mean(p) - q) + between) * length(a, b)


def no_length(p, q, a, b):
    return true_cost(p, q, a, b) / length(a, b)


def cost_with_itself(p, q, a, b):
    return with_itself([mixed(share, a, b) for share in p], mixed(q, a, b))


EXERCISES = {
    2: Exercise(
        bracket,
        {
            "target_alone": target_alone,
            "sums": sums,
            "with_itself": with_itself,
            "squared": squared,
            "of_the_pot": of_the_pot,
        },
        moments,
    ),
    3: Exercise(
        true_cost,
        {
            "target_alone": cost_to_target,
            "signs_cancel": signs_cancel,
            "no_length": no_length,
            "with_itself": cost_with_itself,
        },
        shares,
    ),
}
