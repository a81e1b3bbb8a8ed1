"""Checkers of chapters/frontiers/overview.ipynb."""

import itertools
import math

import numpy as np

from tlbook.exercises import Exercise


def guesses(rng):
    """Return a share of right guesses, and an odd number of neighbors."""
    return float(rng.uniform(0.55, 0.9)), int(2 * rng.integers(1, 4) + 1)


def majority(r, k, least=None):
    """By all ways in which k guesses are right or wrong."""
    least = k // 2 + 1 if least is None else least
    chance = 0.0
    for outcome in itertools.product((0, 1), repeat=k):
        if sum(outcome) >= least:
            chance += math.prod(r if one else 1 - r for one in outcome)
    return chance


def just_enough(r, k):
    return majority(r, k) - majority(r, k, k // 2 + 2)


def distances(rng):
    """Return distances of a few domains, in no order."""
    n = int(rng.integers(5, 7))
    D = np.triu(rng.uniform(0.1, 1, (n, n)), 1)
    return (D + D.T,)


def walks(D):
    """Return all orders that begin at the first and end at the last."""
    inner = itertools.permutations(range(1, len(D) - 1))
    return [(0, *one, len(D) - 1) for one in inner]


def steps(D, walk):
    return [D[a, b] for a, b in itertools.pairwise(walk)]


def shortest(D):
    """By the best way to each set of domains, a domain more at a time."""
    n = len(D)
    best = {frozenset([0]): {0: (0.0, [0])}}
    for size in range(2, n):
        for inner in itertools.combinations(range(1, n - 1), size - 1):
            here = frozenset([0, *inner])
            best[here] = {
                last: min(
                    (length + D[before, last], [*way, last])
                    for before, (length, way) in best[here - {last}].items()
                )
                for last in inner
            }
    everything = best[frozenset(range(n - 1))]
    ways = [
        (a + D[b, n - 1], [*way, n - 1]) for b, (a, way) in everything.items()
    ]
    return np.array(min(ways)[1])


def greedy(D):
    walk = [0]
    while len(walk) < len(D) - 1:
        rest = set(range(1, len(D) - 1)) - set(walk)
        walk.append(min(rest, key=lambda k: D[walk[-1], k]))
    return np.array([*walk, len(D) - 1])


def from_first(D):
    inner = 1 + np.argsort(D[0, 1:-1])
    return np.array([0, *inner, len(D) - 1])


def longest(D):
    return np.array(max(walks(D), key=lambda walk: sum(steps(D, walk))))


def least_gap(D):
    return np.array(min(walks(D), key=lambda walk: max(steps(D, walk))))


def ends_free(D):
    every = itertools.permutations(range(len(D)))
    return np.array(min(every, key=lambda walk: sum(steps(D, walk))))


EXERCISES = {
    2: Exercise(
        majority,
        {
            "all_right": lambda r, k: r**k,
            "one_right": lambda r, k: 1 - (1 - r) ** k,
            "just_enough": just_enough,
            "one_too_many": lambda r, k: majority(r, k, k // 2 + 2),
            "wrong_majority": lambda r, k: 1 - majority(r, k),
        },
        guesses,
    ),
    3: Exercise(
        shortest,
        {
            "greedy": greedy,
            "from_first": from_first,
            "longest": longest,
            "least_gap": least_gap,
            "ends_free": ends_free,
        },
        distances,
    ),
}
