"""Checkers of chapters/feature/coral.ipynb."""

import numpy as np
from scipy.linalg import sqrtm

from tlbook.exercises import Exercise


def root(C):
    return np.real(sqrtm(C))


def domains_and_turn(rng):
    """Return Xs, Xt, Q, reg."""
    d = int(rng.integers(2, 5))
    Xs, Xt = (
        rng.normal(rng.normal(0, 2, d), 1, (int(rng.integers(9, 16)), d))
        @ rng.normal(size=(d, d))
        for _ in range(2)
    )
    Q = np.linalg.qr(rng.normal(size=(d, d)))[0]
    return Xs, Xt, Q, float(rng.uniform(0.1, 1))


def covariance(X, reg, less=1):
    C = np.zeros((X.shape[1], X.shape[1]))
    for x in X - X.mean(axis=0):
        C += np.outer(x, x) / (len(X) - less)
    return C + reg * np.eye(len(C))


def turned(Xs, Xt, Q, reg):
    m, Cs, Ct = Xs.mean(axis=0), covariance(Xs, reg), covariance(Xt, reg)
    return m + (Xs - m) @ np.linalg.inv(root(Cs)) @ Q @ root(Ct)


def not_around_the_mean(Xs, Xt, Q, reg):
    Cs, Ct = covariance(Xs, reg), covariance(Xt, reg)
    return Xs @ np.linalg.inv(root(Cs)) @ Q @ root(Ct)


def turned_at_the_end(Xs, Xt, Q, reg):
    m, Cs, Ct = Xs.mean(axis=0), covariance(Xs, reg), covariance(Xt, reg)
    return m + (Xs - m) @ np.linalg.inv(root(Cs)) @ root(Ct) @ Q


def not_turned(Xs, Xt, Q, reg):
    return turned(Xs, Xt, np.eye(len(Q)), reg)


def no_ridge(Xs, Xt, Q, reg):
    return turned(Xs, Xt, Q, 0)


def two_clouds(rng):
    """Return Xs, Xt with other means."""
    d = int(rng.integers(2, 5))
    return tuple(
        rng.normal(rng.normal(0, 2, d), 1, (int(rng.integers(5, 12)), d))
        for _ in range(2)
    )


def moved(Xs, Xt):
    return np.stack([t - sum(Xt) / len(Xt) + sum(Xs) / len(Xs) for t in Xt])


def to_zero(Xs, Xt):
    return Xt - Xt.mean(axis=0)


def doubled(Xs, Xt):
    return 2 * Xt - moved(Xs, Xt)


def the_source_instead(Xs, Xt):
    return Xs - Xs.mean(axis=0) + Xt.mean(axis=0)


def two_covariances(rng):
    """Return Cs, Ct."""
    d = int(rng.integers(2, 5))
    half = rng.normal(size=(2, d, d))
    return tuple(B @ B.T + 0.5 * np.eye(d) for B in half)


def monge(Cs, Ct):
    return np.linalg.solve(Cs, root(Cs @ Ct))


def coral(Cs, Ct):
    return np.linalg.inv(root(Cs)) @ root(Ct)


def way_back(Cs, Ct):
    return monge(Ct, Cs)


def inner_root_missing(Cs, Ct):
    half = root(Cs)
    return np.linalg.inv(half) @ half @ Ct @ half @ np.linalg.inv(half)


def middle_alone(Cs, Ct):
    half = root(Cs)
    return root(half @ Ct @ half)


EXERCISES = {
    2: Exercise(
        turned,
        {
            "not_around_the_mean": not_around_the_mean,
            "turned_at_the_end": turned_at_the_end,
            "not_turned": not_turned,
            "no_ridge": no_ridge,
        },
        domains_and_turn,
    ),
    3: Exercise(
        moved,
        {
            "to_zero": to_zero,
            "doubled": doubled,
            "the_source_instead": the_source_instead,
        },
        two_clouds,
    ),
    4: Exercise(
        monge,
        {
            "coral": coral,
            "way_back": way_back,
            "inner_root_missing": inner_root_missing,
            "middle_alone": middle_alone,
        },
        two_covariances,
    ),
}
