"""Checkers of chapters/feature/subspace_alignment.ipynb."""

import numpy as np
from scipy.spatial.distance import cdist

from tlbook.exercises import Exercise


def two_domains(rng):
    """Return Xs, Xt, k: axes of clearly different spread, turned at random."""
    d, k = 5, 2
    spread = np.array([5.0, 3.0, 0.6, 0.4, 0.2])
    turns = [np.linalg.qr(rng.normal(size=(d, d)))[0] for _ in range(2)]
    Xs, Xt = (
        rng.normal(size=(n, d)) * spread @ turn + rng.normal(0, 3, d)
        for n, turn in zip(rng.integers(12, 20, 2), turns)
    )
    return Xs, Xt, k


def projector(X, k):
    """Return P P' of the k first principal directions, from the covariance."""
    vectors = np.linalg.eigh(np.cov(X.T))[1][:, -k:]
    return vectors @ vectors.T


def distances(Xs, Xt, k):
    s, t = projector(Xs, k), projector(Xt, k)
    return cdist((Xs - Xs.mean(axis=0)) @ s @ t, (Xt - Xt.mean(axis=0)) @ t)


def common_mean(Xs, Xt, k):
    s, t = projector(Xs, k), projector(Xt, k)
    mean = np.concatenate([Xs, Xt]).mean(axis=0)
    return cdist((Xs - mean) @ s @ t, (Xt - mean) @ t)


def targets_axes_for_both(Xs, Xt, k):
    t = projector(Xt, k)
    return cdist((Xs - Xs.mean(axis=0)) @ t, (Xt - Xt.mean(axis=0)) @ t)


def into_the_source(Xs, Xt, k):
    s, t = projector(Xs, k), projector(Xt, k)
    return cdist((Xs - Xs.mean(axis=0)) @ s, (Xt - Xt.mean(axis=0)) @ t @ s)


def squared(Xs, Xt, k):
    return distances(Xs, Xt, k) ** 2


def two_bases(rng):
    """Return Ps, Pt with orthonormal columns."""
    d, k = int(rng.integers(5, 8)), int(rng.integers(2, 4))
    return tuple(np.linalg.qr(rng.normal(size=(d, k)))[0] for _ in range(2))


def by_column(Ps, Pt, length):
    columns = []
    for p in Pt.T:
        inside = sum((a @ p) * a for a in Ps.T)  # of the source's subspace
        columns.append(inside / length(inside))
    return np.stack(columns, axis=1)


def stretched(Ps, Pt):
    return by_column(Ps, Pt, lambda a: np.sqrt(np.sum(a**2)))


def as_they_are(Ps, Pt):
    return by_column(Ps, Pt, lambda a: 1.0)


def squared_length(Ps, Pt):
    return by_column(Ps, Pt, lambda a: np.sum(a**2))


def whole_matrix(Ps, Pt):
    aligned = as_they_are(Ps, Pt)
    return aligned / np.sqrt(np.sum(aligned**2))


def rows(Ps, Pt):
    aligned = as_they_are(Ps, Pt)
    return np.stack([row / np.sqrt(row @ row) for row in aligned])


EXERCISES = {
    3: Exercise(
        distances,
        {
            "common_mean": common_mean,
            "targets_axes_for_both": targets_axes_for_both,
            "into_the_source": into_the_source,
            "squared": squared,
        },
        two_domains,
    ),
    4: Exercise(
        stretched,
        {
            "as_they_are": as_they_are,
            "squared_length": squared_length,
            "whole_matrix": whole_matrix,
            "rows": rows,
        },
        two_bases,
    ),
}
