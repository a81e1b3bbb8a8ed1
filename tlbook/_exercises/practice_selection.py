"""Checkers of chapters/practice/selection.ipynb."""

import math

import numpy as np

from tlbook.exercises import Exercise


def losses_and_weights(rng):
    """Return losses of held-out samples and their weights, whose mean is not one."""
    weights = rng.gamma(1.0, 1.3, 12)
    return (rng.random(12) + 0.1 * weights > 0.6).astype(float), weights


def slope(losses, weights):
    """Return cov(w l, w) / var(w), by sums."""
    n = len(weights)
    wl = [w * one for w, one in zip(weights, losses)]
    a, b = sum(wl) / n, sum(weights) / n
    above = sum((x - a) * (w - b) for x, w in zip(wl, weights))
    return above / sum((w - b) ** 2 for w in weights)


def plain(losses, weights):
    return sum(w * one for w, one in zip(weights, losses)) / len(weights)


def controlled(losses, weights):
    excess = sum(weights) / len(weights) - 1
    return plain(losses, weights) - slope(losses, weights) * excess


def other_sign(losses, weights):
    excess = sum(weights) / len(weights) - 1
    return plain(losses, weights) + slope(losses, weights) * excess


def one_forgotten(losses, weights):
    mean = sum(weights) / len(weights)
    return plain(losses, weights) - slope(losses, weights) * mean


def of_the_losses(losses, weights):
    excess = sum(weights) / len(weights) - 1
    centered = weights - weights.mean()
    eta = np.mean(centered * losses) / np.mean(centered**2)
    return plain(losses, weights) - eta * excess


def some_guesses(rng):
    """Return probabilities of three classes, some of them zero."""
    P = rng.dirichlet([1, 1, 1], 8)
    P[:2] = [[1, 0, 0], [0, 0.25, 0.75]]
    return (P,)


def entropy(P):
    return sum(-p * math.log(p) for row in P for p in row if p > 0) / len(P)


def in_bits(P):
    return entropy(P) / math.log(2)


def summed(P):
    return entropy(P) * len(P)


def over_all_entries(P):
    return entropy(P) / len(P[0])


def of_the_mean(P):
    return entropy([[sum(column) / len(P) for column in zip(*P)]])


def negative(P):
    return -entropy(P)


def candidates(rng):
    """Return the scores of seven candidates, two of them the best, and their accuracy."""
    scores = rng.permutation([0.1, 0.3, 0.5, 0.6, 0.7, 0.9, 0.9])
    return scores, rng.integers(500, 900, 7) / 1000


def regret(scores, accuracy):
    best = max(scores)
    first = next(k for k, score in enumerate(scores) if score == best)
    return max(accuracy) - accuracy[first]


def last_of_equals(scores, accuracy):
    last = [k for k, score in enumerate(scores) if score == max(scores)][-1]
    return max(accuracy) - accuracy[last]


def smallest(scores, accuracy):
    return regret([-score for score in scores], accuracy)


def from_the_mean(scores, accuracy):
    chosen = max(accuracy) - regret(scores, accuracy)
    return sum(accuracy) / len(accuracy) - chosen


def gain(scores, accuracy):
    return -regret(scores, accuracy)


EXERCISES = {
    2: Exercise(
        controlled,
        {
            "plain": plain,
            "other_sign": other_sign,
            "one_forgotten": one_forgotten,
            "of_the_losses": of_the_losses,
        },
        losses_and_weights,
    ),
    3: Exercise(
        entropy,
        {
            "in_bits": in_bits,
            "summed": summed,
            "over_all_entries": over_all_entries,
            "of_the_mean": of_the_mean,
            "negative": negative,
        },
        some_guesses,
    ),
    4: Exercise(
        regret,
        {
            "last_of_equals": last_of_equals,
            "smallest": smallest,
            "from_the_mean": from_the_mean,
            "gain": gain,
        },
        candidates,
    ),
}
