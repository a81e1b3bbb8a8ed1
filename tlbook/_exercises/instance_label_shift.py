"""Checkers of chapters/instance/label_shift.ipynb."""

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
}
