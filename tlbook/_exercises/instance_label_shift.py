"""Checkers of chapters/instance/label_shift.ipynb."""

import math

import numpy as np

from tlbook.exercises import Exercise


def a_step(rng):
    """Return P, the source's shares and the last estimate."""
    return tuple(
        rng.dirichlet([2, 1, 1], size) for size in (int(rng.integers(5, 9)), 1, 1)
    )


def one_step(rng):
    P, prior, found = a_step(rng)
    return P, prior[0], found[0]


def em_step(P, prior, found):
    new = np.zeros(len(prior))
    for row in P:
        odds = [p * f / s for p, f, s in zip(row, found, prior)]
        new += np.array(odds) / sum(odds) / len(P)
    return new


def not_normalized(P, prior, found):
    return np.mean(P * found / prior, axis=0)


def prior_forgotten(P, prior, found):
    return em_step(P, np.ones(len(prior)), found)


def exchanged(P, prior, found):
    return em_step(P, found, prior)


def not_corrected(P, prior, found):
    return P.mean(axis=0)


def weights_and_not_shares(P, prior, found):
    return em_step(P, prior, found) / prior


def calls(rng):
    """Return labels and calls of the source, and calls of the target, of three classes."""
    y = np.repeat([0, 1, 2], [40, 30, 30])
    called = np.where(rng.random(100) < 0.75, y, rng.integers(0, 3, 100))
    return y, called, rng.choice(3, 90, p=rng.dirichlet([3, 3, 3]))


def table(y, called):
    C = np.zeros((3, 3))
    for truth, call in zip(y, called):
        C[call, truth] += 1 / len(y)
    return C


def weights_from_calls(y, called, called_target):
    q = np.bincount(called_target, minlength=3) / len(called_target)
    return np.linalg.inv(table(y, called)) @ q


def transposed(y, called, called_target):
    q = np.bincount(called_target, minlength=3) / len(called_target)
    return np.linalg.inv(table(y, called).T) @ q


def given_the_class(y, called, called_target):
    return weights_from_calls(y, called, called_target) * np.bincount(y) / len(y)


def ratio_of_calls(y, called, called_target):
    before, after = (
        np.bincount(c, minlength=3) / len(c) for c in (called, called_target)
    )
    return after / before


def counts_and_not_shares(y, called, called_target):
    return weights_from_calls(y, called, called_target) * len(called_target)


def climbed(P, prior, found):
    total = 0.0
    for row in P:
        total += math.log(sum(p * f / s for p, f, s in zip(row, found, prior)))
    return total / len(P)


def log_of_the_mean(P, prior, found):
    return math.log(np.mean(P @ (found / prior)))


def source_shares_forgotten(P, prior, found):
    return climbed(P, np.ones(len(prior)), found)


def turned_around(P, prior, found):
    return climbed(P, found, prior)


def a_sum(P, prior, found):
    return climbed(P, prior, found) * len(P)


def scores(rng):
    """Return scores that are too large, their labels and some temperatures."""
    n = int(rng.integers(30, 50))
    y = rng.integers(0, 3, n)
    Z = rng.normal(0, 1, (n, 3)) + 1.5 * np.eye(3)[y]
    return 2.5 * Z, y, rng.permutation([0.3, 0.6, 1.0, 2.0, 2.5, 4.0, 20.0])


def log_loss(Z, y, T):
    total = 0.0
    for row, label in zip(Z / T, y):
        total += math.log(sum(math.exp(z - row[label]) for z in row))
    return total


def temperature(Z, y, temperatures):
    return min(temperatures.tolist(), key=lambda T: log_loss(Z, y, T))


def worst(Z, y, temperatures):
    return max(temperatures.tolist(), key=lambda T: log_loss(Z, y, T))


def multiplied(Z, y, temperatures):
    return min(temperatures.tolist(), key=lambda T: log_loss(Z, y, 1 / T))


def its_place(Z, y, temperatures):
    return temperatures.tolist().index(temperature(Z, y, temperatures))


def surest(Z, y, temperatures):
    return min(temperatures.tolist())


EXERCISES = {
    2: Exercise(
        em_step,
        {
            "not_normalized": not_normalized,
            "prior_forgotten": prior_forgotten,
            "exchanged": exchanged,
            "not_corrected": not_corrected,
            "weights": weights_and_not_shares,
        },
        one_step,
    ),
    3: Exercise(
        weights_from_calls,
        {
            "transposed": transposed,
            "shares": given_the_class,
            "ratio_of_calls": ratio_of_calls,
            "counts": counts_and_not_shares,
        },
        calls,
    ),
    4: Exercise(
        climbed,
        {
            "log_of_the_mean": log_of_the_mean,
            "source_shares_forgotten": source_shares_forgotten,
            "turned_around": turned_around,
            "a_sum": a_sum,
        },
        one_step,
    ),
    5: Exercise(
        temperature,
        {
            "worst": worst,
            "multiplied": multiplied,
            "its_place": its_place,
            "surest": surest,
        },
        scores,
    ),
}
