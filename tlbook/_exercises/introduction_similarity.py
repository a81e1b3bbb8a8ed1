"""Checkers of chapters/introduction/similarity.ipynb."""

import math

import numpy as np

from tlbook.exercises import Exercise


def gaussian(x, y, gamma):
    return math.exp(-gamma * sum((a - b) ** 2 for a, b in zip(x, y)))


def pairs(X, Y, gamma, others=False):
    """Return the sum of the kernel over pairs, on request without a sample and itself."""
    return sum(
        gaussian(x, y, gamma)
        for i, x in enumerate(X)
        for j, y in enumerate(Y)
        if not (others and i == j)
    )


def two_clouds(rng):
    """Return Xs, Xt, gamma."""
    ns, nt = rng.integers(4, 9, 2)
    shapes = (ns, 2), (nt, 2)
    Xs, Xt = (rng.normal(shift, 1, shape) for shift, shape in zip((0, 1), shapes))
    return Xs, Xt, float(rng.uniform(0.1, 1))


def unbiased(Xs, Xt, gamma):
    ns, nt = len(Xs), len(Xt)
    inside = pairs(Xs, Xs, gamma, True) / (ns * (ns - 1))
    inside += pairs(Xt, Xt, gamma, True) / (nt * (nt - 1))
    return inside - 2 * pairs(Xs, Xt, gamma) / (ns * nt)


def biased(Xs, Xt, gamma):
    ns, nt = len(Xs), len(Xt)
    inside = pairs(Xs, Xs, gamma) / ns**2 + pairs(Xt, Xt, gamma) / nt**2
    return inside - 2 * pairs(Xs, Xt, gamma) / (ns * nt)


def divided_by_all(Xs, Xt, gamma):
    ns, nt = len(Xs), len(Xt)
    inside = pairs(Xs, Xs, gamma, True) / ns**2
    inside += pairs(Xt, Xt, gamma, True) / nt**2
    return inside - 2 * pairs(Xs, Xt, gamma) / (ns * nt)


def cross_once(Xs, Xt, gamma):
    return unbiased(Xs, Xt, gamma) + pairs(Xs, Xt, gamma) / (len(Xs) * len(Xt))


def guesses(rng):
    """Return domains (0 source, 1 target) of unequal size, and guesses at them."""
    domain = np.repeat([0, 1], rng.integers([20, 5], [40, 9]).tolist())
    wrong = rng.uniform(size=len(domain)) < np.where(domain == 0, 0.1, 0.3)
    wrong[[0, -1]] = True
    return domain, np.where(wrong, 1 - domain, domain)


def errors(domain, guess):
    """Return the shares of errors in the source, in the target and in all."""
    wrong = [float(a != b) for a, b in zip(domain, guess)]
    of = [[w for w, d in zip(wrong, domain) if d == side] for side in (0, 1)]
    return [sum(one) / len(one) for one in (*of, wrong)]


def a_distance(domain, guess):
    source, target, _ = errors(domain, guess)
    return 2 - 2 * (source + target)


def all_alike(domain, guess):
    return 2 * (1 - 2 * errors(domain, guess)[2])


def added(domain, guess):
    source, target, _ = errors(domain, guess)
    return 2 * (1 - 2 * (source + target))


def not_doubled(domain, guess):
    source, target, _ = errors(domain, guess)
    return 2 * (1 - (source + target) / 2)


def scales(rng):
    """Return Xs, Xt and some gammas, in no order."""
    Xs, Xt, gamma = two_clouds(rng)
    return Xs, Xt, rng.permutation(gamma * np.array([0.01, 0.3, 1.0, 3.0, 100.0]))


def keenest(Xs, Xt, gammas):
    return max(gammas.tolist(), key=lambda gamma: biased(Xs, Xt, gamma))


def weakest(Xs, Xt, gammas):
    return min(gammas.tolist(), key=lambda gamma: biased(Xs, Xt, gamma))


def place(Xs, Xt, gammas):
    return gammas.tolist().index(keenest(Xs, Xt, gammas))


def its_value(Xs, Xt, gammas):
    return biased(Xs, Xt, keenest(Xs, Xt, gammas))


EXERCISES = {
    2: Exercise(
        unbiased,
        {
            "biased": biased,
            "divided_by_all": divided_by_all,
            "cross_once": cross_once,
        },
        two_clouds,
    ),
    3: Exercise(
        a_distance,
        {"all_alike": all_alike, "added": added, "not_doubled": not_doubled},
        guesses,
    ),
    4: Exercise(
        keenest,
        {"weakest": weakest, "place": place, "its_value": its_value},
        scales,
    ),
}
