"""Checkers of chapters/since/mcc.ipynb."""

import math

import numpy as np

from tlbook.exercises import Exercise


def beliefs(rng):
    """Return probabilities of a few samples over three or four classes."""
    K = int(rng.integers(3, 5))
    return (rng.dirichlet(np.full(K, 0.7), int(rng.integers(5, 9))) + 0.01) / (
        1 + 0.01 * K
    )


def one(rng):
    return (beliefs(rng),)


def with_weights(rng):
    P = beliefs(rng)
    w = rng.uniform(0.5, 1.5, len(P))
    return P, w / w.mean()


def raw_certainty(P, sign=1):
    """Return 1 + exp(sum p log p) of each sample, by loops."""
    return np.array(
        [1 + math.exp(sign * sum(a * math.log(a) for a in p)) for p in P]
    )


def certainty(P):
    raw = raw_certainty(P)
    return len(P) * raw / sum(raw)


def uncertain(P):
    raw = raw_certainty(P, -1)
    return len(P) * raw / sum(raw)


def without_one(P):
    raw = raw_certainty(P) - 1
    return len(P) * raw / sum(raw)


def sum_is_one(P):
    return raw_certainty(P) / raw_certainty(P).sum()


def confusion_shares(P, w):
    K = P.shape[1]
    R = np.zeros((K, K))
    for k in range(K):
        for m in range(K):
            R[k, m] = sum(v * p[k] * p[m] for v, p in zip(w, P))
        R[k] /= R[k].sum()
    return R


def not_weighted(P, w):
    return confusion_shares(P, np.ones(len(P)))


def not_normalized(P, w):
    return P.T @ np.diag(w) @ P


def columns(P, w):
    return confusion_shares(P, w).T


def whole_sum(P, w):
    C = not_normalized(P, w)
    return C / C.sum()


def counts(rng):
    K = int(rng.integers(4, 12))
    return int(rng.integers(1, K)), K


def loss_of_truth(m, K):
    """By the loss itself: sure answers over m classes, a tiny belief in the others."""
    P = np.full((m, K), 1e-9)
    P[np.arange(m), np.arange(m)] = 1 - (K - 1) * 1e-9
    return np.round(1 - np.diag(confusion_shares(P, np.ones(m))).mean(), 6)


EXERCISES = {
    2: Exercise(
        certainty,
        {
            "uncertain": uncertain,
            "without_one": without_one,
            "sum_is_one": sum_is_one,
            "not_normalized": raw_certainty,
        },
        one,
    ),
    3: Exercise(
        confusion_shares,
        {
            "not_weighted": not_weighted,
            "not_normalized": not_normalized,
            "columns": columns,
            "whole_sum": whole_sum,
        },
        with_weights,
    ),
    4: Exercise(
        loss_of_truth,
        {
            "classes_there": lambda m, K: m / K,
            "no_loss": lambda m, K: 0.0,
            "identical": lambda m, K: 1 - 1 / K,
            "one_of_each": lambda m, K: 1 - 1 / m,
        },
        counts,
    ),
}
