"""Checkers of chapters/since/cdan.ipynb."""

import math

import numpy as np

from tlbook.exercises import Exercise


def domain(rng):
    """Return probabilities (n, K) and features (n, width)."""
    n, K = int(rng.integers(4, 8)), int(rng.integers(2, 5))
    return rng.dirichlet(np.ones(K), n), rng.normal(size=(n, 3))


def outer_mean(P, Z):
    """Entry by entry: first all of p_1 z, then all of p_2 z."""
    return np.array(
        [
            sum(p[k] * z[j] for p, z in zip(P, Z)) / len(P)
            for k in range(P.shape[1])
            for j in range(Z.shape[1])
        ]
    )


def product_of_means(P, Z):
    return np.outer(P.mean(axis=0), Z.mean(axis=0)).ravel()


def features_first(P, Z):
    return (Z.T @ P / len(P)).ravel()


def summed(P, Z):
    return outer_mean(P, Z) * len(P)


def side_by_side(P, Z):
    return np.concatenate([P.mean(axis=0), Z.mean(axis=0)])


def with_projections(rng):
    """Return probabilities, features, and two random matrices of equally many rows."""
    P, Z = domain(rng)
    d = int(rng.integers(5, 9))
    return (
        P,
        Z,
        rng.standard_normal((d, P.shape[1])),
        rng.standard_normal((d, 3)),
    )


def projected(P, Z, A, B):
    """Sample by sample, row by row."""
    d = len(A)
    rows = [
        [
            sum(a * x for a, x in zip(A[i], p))
            * sum(b * y for b, y in zip(B[i], z))
            / math.sqrt(d)
            for i in range(d)
        ]
        for p, z in zip(P, Z)
    ]
    return np.array(rows)


def not_scaled(P, Z, A, B):
    return projected(P, Z, A, B) * math.sqrt(len(A))


def scaled_twice(P, Z, A, B):
    return projected(P, Z, A, B) / math.sqrt(len(A))


def added(P, Z, A, B):
    return (P @ A.T + Z @ B.T) / math.sqrt(len(A))


EXERCISES = {
    2: Exercise(
        outer_mean,
        {
            "product_of_means": product_of_means,
            "features_first": features_first,
            "summed": summed,
            "side_by_side": side_by_side,
        },
        domain,
    ),
    3: Exercise(
        projected,
        {
            "not_scaled": not_scaled,
            "scaled_twice": scaled_twice,
            "added": added,
        },
        with_projections,
    ),
}
