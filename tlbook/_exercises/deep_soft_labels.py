"""Checkers of chapters/deep/soft_labels.ipynb."""

import math

import numpy as np

from tlbook.exercises import Exercise


def source(rng):
    """Return scores, classes of which each occurs, and a temperature."""
    K = 3
    y = rng.permutation(np.append(np.arange(K), rng.integers(0, K, 5)))
    return rng.normal(0, 3, (len(y), K)), y, float(rng.uniform(1.5, 4))


def softened(scores, y, tau):
    """Sample by sample, by exponentials and their sum."""
    rows = []
    for k in sorted(set(y.tolist())):
        total, count = [0.0] * scores.shape[1], 0
        for row, label in zip(scores.tolist(), y.tolist()):
            if label == k:
                powers = [math.exp(s / tau) for s in row]
                total = [t + p / sum(powers) for t, p in zip(total, powers)]
                count += 1
        rows.append([t / count for t in total])
    return np.array(rows)


def scores_averaged(scores, y, tau):
    means = np.array([scores[y == k].mean(axis=0) for k in np.unique(y)])
    return softened(means, np.unique(y), tau)


def no_temperature(scores, y, tau):
    return softened(scores, y, 1.0)


def multiplied(scores, y, tau):
    return softened(scores, y, 1 / tau)


def divided_afterwards(scores, y, tau):
    return softened(scores, y, 1.0) / tau


def matrix(rng):
    """Return soft labels: rows that sum to one, with a large diagonal."""
    K = int(rng.integers(3, 6))
    return (0.5 * np.eye(K) + 0.5 * rng.dirichlet(np.ones(K), K),)


def asymmetry(L):
    """Pair by pair: each unordered pair of classes counts twice, on both sides."""
    K, changes, entries = len(L), [], []
    for k in range(K):
        for c in range(K):
            if c != k:
                changes.append(abs(L[k, c] - L[c, k]))
                entries.append(L[k, c])
    return sum(changes) / sum(entries)


def with_diagonal(L):
    return float(np.abs(L - L.T).sum() / L.sum())


def absolute(L):
    K = len(L)
    return float(np.abs(L - L.T).sum() / (K * (K - 1)))


def half(L):
    return asymmetry(L) / 2


EXERCISES = {
    2: Exercise(
        softened,
        {
            "scores_averaged": scores_averaged,
            "no_temperature": no_temperature,
            "multiplied": multiplied,
            "divided_afterwards": divided_afterwards,
        },
        source,
    ),
    3: Exercise(
        asymmetry,
        {"with_diagonal": with_diagonal, "absolute": absolute, "half": half},
        matrix,
    ),
}
