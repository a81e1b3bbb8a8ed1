"""Checkers of chapters/since/linear_ot.ipynb."""

import numpy as np
from scipy.linalg import sqrtm

from tlbook.exercises import Exercise


def two_clouds(rng):
    """Return two samples of three features with other axes."""
    Xs, Xt = (
        rng.standard_normal((n, 3)) @ rng.standard_normal((3, 3))
        + rng.standard_normal(3)
        for n in (12, 15)
    )
    return Xs, Xt


def squared(Xs, Xt, together):
    Cs, Ct = np.cov(Xs.T), np.cov(Xt.T)
    gap = Xs.mean(axis=0) - Xt.mean(axis=0)
    return gap @ gap, np.trace(Cs + Ct), 2 * np.real(together(Cs, Ct))


def product(Cs, Ct):
    """Cs^(1/2) Ct Cs^(1/2) and Cs Ct have the same eigenvalues."""
    return np.trace(sqrtm(Cs @ Ct))


def gaussian_distance(Xs, Xt):
    gap, spread, both = squared(Xs, Xt, product)
    return float(np.sqrt(gap + spread - both))


def not_rooted(Xs, Xt):
    return gaussian_distance(Xs, Xt) ** 2


def means_forgotten(Xs, Xt):
    _, spread, both = squared(Xs, Xt, product)
    return float(np.sqrt(spread - both))


def factor_forgotten(Xs, Xt):
    gap, spread, both = squared(Xs, Xt, product)
    return float(np.sqrt(gap + spread - both / 2))


def as_if_commuting(Xs, Xt):
    gap, spread, both = squared(
        Xs, Xt, lambda Cs, Ct: np.trace(sqrtm(Cs) @ sqrtm(Ct))
    )
    return float(np.sqrt(gap + spread - both))


def divided_by_n(Xs, Xt):
    means = Xs.mean(axis=0), Xt.mean(axis=0)
    smaller = (
        m + (X - m) * np.sqrt((len(X) - 1) / len(X))
        for X, m in zip((Xs, Xt), means)
    )
    return gaussian_distance(*smaller)


def a_way(rng):
    """Return samples, both means, a symmetric map, and a part of the way."""
    B = rng.standard_normal((2, 2))
    X, ms, mt = rng.standard_normal((6, 2)), *rng.standard_normal((2, 2))
    return X, ms, mt, B @ B.T + np.eye(2), float(rng.uniform(0.1, 0.4))


def on_the_way(X, ms, mt, A, t):
    H = (1 - t) * np.eye(len(A)) + t * A
    return (1 - t) * ms + t * mt + (X - ms) @ H


def other_end(X, ms, mt, A, t):
    return on_the_way(X, ms, mt, A, 1 - t)


def arrived(X, ms, mt, A, t):
    return on_the_way(X, ms, mt, A, 1)


def whole_mean(X, ms, mt, A, t):
    return on_the_way(X, ms, mt, A, t) + (1 - t) * (mt - ms)


def not_centered(X, ms, mt, A, t):
    return (1 - t) * X + t * (mt + X @ A)


EXERCISES = {
    2: Exercise(
        gaussian_distance,
        {
            "not_rooted": not_rooted,
            "means_forgotten": means_forgotten,
            "factor_forgotten": factor_forgotten,
            "as_if_commuting": as_if_commuting,
            "divided_by_n": divided_by_n,
        },
        two_clouds,
    ),
    3: Exercise(
        on_the_way,
        {
            "other_end": other_end,
            "arrived": arrived,
            "whole_mean": whole_mean,
            "not_centered": not_centered,
        },
        a_way,
    ),
}
