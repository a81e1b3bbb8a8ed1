"""Checkers of chapters/deep/deep_coral.ipynb."""

import math

import numpy as np

from tlbook.exercises import Exercise


def activations(rng):
    """Return activations of two batches of unequal size."""
    d = int(rng.integers(2, 5))
    A = rng.normal(1, 1, (int(rng.integers(4, 8)), d))
    return A, rng.normal(-1, 2, (9, d))


def covariance(Z, least=1):
    """By loops over samples and pairs of activations."""
    n, d = Z.shape
    mean = [sum(Z[:, a]) / n for a in range(d)]
    return np.array(
        [
            [
                sum((z[a] - mean[a]) * (z[b] - mean[b]) for z in Z) / (n - least)
                for b in range(d)
            ]
            for a in range(d)
        ]
    )


def coral(A, B, least=1):
    C = covariance(A, least) - covariance(B, least)
    return float(sum(c**2 for c in C.ravel())) / (4 * A.shape[1] ** 2)


def not_centered(A, B):
    def product(X, Y):
        return ((X @ Y.T) ** 2).sum() / ((len(X) - 1) * (len(Y) - 1))

    return (product(A, A) + product(B, B) - 2 * product(A, B)) / (
        4 * A.shape[1] ** 2
    )


def divided_by_n(A, B):
    return coral(A, B, 0)


def not_divided(A, B):
    return coral(A, B) * 4 * A.shape[1] ** 2


def linear_kernel(A, B):
    A, B = A - A.mean(axis=0), B - B.mean(axis=0)

    def product(X, Y):
        return (X @ Y.T).sum() / ((len(X) - 1) * (len(Y) - 1))

    return (product(A, A) + product(B, B) - 2 * product(A, B)) / (
        4 * A.shape[1] ** 2
    )


def slope(A, B):
    """Return the slope of the loss in A by finite differences."""
    found, step = np.zeros_like(A), 1e-5
    for place in np.ndindex(A.shape):
        up, down = A.copy(), A.copy()
        up[place] += step
        down[place] -= step
        found[place] = (coral(up, B) - coral(down, B)) / (2 * step)
    return found


def exact(A, B, center=True, factor=1.0):
    C = covariance(A) - covariance(B)
    Z = A - A.mean(axis=0) if center else A
    return factor * Z @ C / (A.shape[1] ** 2 * (len(A) - 1))


def from_zero(A, B):
    return exact(A, B, center=False)


def no_chain(A, B):
    return exact(A, B, factor=0.5)


def over_n(A, B):
    return exact(A, B, factor=(len(A) - 1) / len(A))


def width_forgotten(A, B):
    return exact(A, B, factor=A.shape[1] ** 2)


def almost(answer, truth):
    """Compare as far as differences of functions can."""
    return bool(np.allclose(answer, truth, rtol=1e-4, atol=1e-6))


def table(rng):
    """Return weights, and both terms at the end of a training with each."""
    weights = 10.0 ** np.arange(5)
    classification = np.sort(rng.uniform(0.05, 2, 5))
    return weights, classification, rng.uniform(0.01, 1.5, 5)


def balanced(weights, classification, penalty):
    best, least = None, math.inf
    for weight, a, b in zip(weights, classification, penalty):
        odds = max(a, b) / min(a, b)
        if odds < least:
            best, least = weight, odds
    return best


def by_the_difference(weights, classification, penalty):
    return weights[np.argmin(np.abs(classification - penalty))]


def least_sum(weights, classification, penalty):
    return weights[np.argmin(classification + penalty)]


def least_ratio(weights, classification, penalty):
    return weights[np.argmin(penalty / classification)]


def weighted_twice(weights, classification, penalty):
    return balanced(weights, classification, weights * penalty)


EXERCISES = {
    3: Exercise(
        coral,
        {
            "not_centered": not_centered,
            "divided_by_n": divided_by_n,
            "not_divided": not_divided,
            "linear_kernel": linear_kernel,
        },
        activations,
    ),
    4: Exercise(
        slope,
        {
            "from_zero": from_zero,
            "no_chain": no_chain,
            "over_n": over_n,
            "width_forgotten": width_forgotten,
        },
        activations,
        almost,
    ),
    5: Exercise(
        balanced,
        {
            "by_the_difference": by_the_difference,
            "least_sum": least_sum,
            "least_ratio": least_ratio,
            "weighted_twice": weighted_twice,
        },
        table,
    ),
}
