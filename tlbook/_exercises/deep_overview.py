"""Checkers of chapters/deep/overview.ipynb."""

import math

import numpy as np

from tlbook.exercises import Exercise


def activations(rng):
    """Return activations of two batches of unequal size."""
    p = int(rng.integers(2, 5))
    return rng.normal(0.5, 1, (5, p)), rng.normal(0, 2, (8, p))


def energy(Zs, Zt):
    """By the mean products of all pairs of squared activations."""

    def products(A, B):
        pairs = [sum((x * y) ** 2 for x, y in zip(a, b)) for a in A for b in B]
        return math.fsum(pairs) / len(pairs)

    return products(Zs, Zs) + products(Zt, Zt) - 2 * products(Zs, Zt)


def squared_means(Zs, Zt):
    gap = Zs.mean(axis=0) ** 2 - Zt.mean(axis=0) ** 2
    return float(gap @ gap)


def mean_lengths(Zs, Zt):
    one, two = ((Z**2).sum(axis=1).mean() for Z in (Zs, Zt))
    return float((one - two) ** 2)


def root(Zs, Zt):
    return math.sqrt(energy(Zs, Zt))


def not_squared(Zs, Zt):
    gap = Zs.mean(axis=0) - Zt.mean(axis=0)
    return float(gap @ gap)


def gains(rng):
    """Return the gains of some pairs, most of them above zero, and a number of pairs."""
    change = rng.normal(4, 5, 8)
    return change - change.mean() + rng.uniform(3, 6), int(rng.integers(2, 4))


def top_share(change, k):
    """Take the largest away, k times."""
    rest, taken = list(change), 0.0
    for _ in range(k):
        taken += max(rest)
        rest.remove(max(rest))
    return taken / sum(change)


def first(change, k):
    return change[:k].sum() / change.sum()


def smallest(change, k):
    return np.sort(change)[:k].sum() / change.sum()


def by_size(change, k):
    sizes = np.sort(np.abs(change))
    return sizes[-k:].sum() / sizes.sum()


def of_the_gains(change, k):
    return np.sort(change)[-k:].sum() / change[change > 0].sum()


def mean_of_both(change, k):
    return np.sort(change)[-k:].mean() / change.mean()


def shapes(rng):
    """Return the shapes of a few arrays, a lone number among them."""
    a, b = (int(v) for v in rng.integers(2, 9, 2))
    return ([(a, b), (b,), (), (b, a, 3)],)


def bytes_of(shapes):
    return 4.0 * sum(np.zeros(shape).size for shape in shapes)


def doubles(shapes):
    return 2 * bytes_of(shapes)


def added(shapes):
    return 4.0 * sum(sum(shape) for shape in shapes)


def lone_number_lost(shapes):
    return bytes_of(shapes) - 4.0


def numbers(shapes):
    return bytes_of(shapes) / 4


EXERCISES = {
    2: Exercise(
        energy,
        {
            "squared_means": squared_means,
            "mean_lengths": mean_lengths,
            "root": root,
            "not_squared": not_squared,
        },
        activations,
    ),
    3: Exercise(
        top_share,
        {
            "first": first,
            "smallest": smallest,
            "by_size": by_size,
            "of_the_gains": of_the_gains,
            "mean_of_both": mean_of_both,
        },
        gains,
    ),
    4: Exercise(
        bytes_of,
        {
            "doubles": doubles,
            "added": added,
            "lone_number_lost": lone_number_lost,
            "numbers": numbers,
        },
        shapes,
    ),
}
