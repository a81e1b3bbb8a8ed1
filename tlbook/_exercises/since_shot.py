"""Checkers of chapters/since/shot.ipynb."""

import math

import numpy as np

from tlbook.exercises import Exercise


def beliefs(rng, K):
    return 0.02 / K + 0.98 * rng.dirichlet(
        np.full(K, 0.7), int(rng.integers(9, 14))
    )


def one_domain(rng):
    """Return features and probabilities; the features differ much in length."""
    P = beliefs(rng, 3)
    Z = P @ rng.normal(size=(3, 2)) + 0.8 * rng.normal(size=(len(P), 2))
    return Z * rng.uniform(0.3, 4, (len(P), 1)), P


def labels(Z, P):
    """By loops over samples and classes, one round of (4)."""
    found = []
    centroids = [
        [sum(P[i, k] * Z[i, j] for i in range(len(Z))) for j in range(Z.shape[1])]
        for k in range(P.shape[1])
    ]
    for z in Z:
        cosines = [
            sum(a * b for a, b in zip(z, c)) / math.hypot(*z) / math.hypot(*c)
            for c in centroids
        ]
        found.append(cosines.index(max(cosines)))
    return np.array(found)


def centroids_of(Z, A):
    return A.T @ Z / A.sum(axis=0)[:, None]


def nearest(Z, P):
    c = centroids_of(Z, P)
    return ((Z[:, None] - c) ** 2).sum(axis=2).argmin(axis=1)


def inner_product(Z, P):
    return (Z @ centroids_of(Z, P).T).argmax(axis=1)


def predictions(Z, P):
    return P.argmax(axis=1)


def with_shares(rng):
    """Return probabilities and the shares that are wished for."""
    K = int(rng.integers(3, 5))
    return beliefs(rng, K), rng.dirichlet(np.full(K, 3.0))


def wished(P, q):
    mean = [sum(column) / len(P) for column in P.T.tolist()]
    certain = [-sum(p * math.log(p) for p in row) for row in P.tolist()]
    apart = sum(m * math.log(m / w) for m, w in zip(mean, q.tolist()))
    return sum(certain) / len(certain) + apart


def uniform(P, q):
    return wished(P, np.full(len(q), 1 / len(q)))


def other_way_round(P, q):
    mean = P.mean(axis=0)
    certain = -(P * np.log(P)).sum(axis=1).mean()
    return float(certain + (q * np.log(q / mean)).sum())


def certain_alone(P, q):
    return float(-(P * np.log(P)).sum(axis=1).mean())


def shares_alone(P, q):
    return wished(P, q) - certain_alone(P, q)


def sign_turned(P, q):
    return certain_alone(P, q) - shares_alone(P, q)


EXERCISES = {
    2: Exercise(
        labels,
        {
            "nearest": nearest,
            "inner_product": inner_product,
            "predictions": predictions,
        },
        one_domain,
    ),
    3: Exercise(
        wished,
        {
            "uniform": uniform,
            "other_way_round": other_way_round,
            "certain_alone": certain_alone,
            "shares_alone": shares_alone,
            "sign_turned": sign_turned,
        },
        with_shares,
    ),
}
