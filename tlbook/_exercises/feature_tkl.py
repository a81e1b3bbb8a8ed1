"""Checkers of chapters/feature/tkl.ipynb."""

import numpy as np
from scipy.optimize import nnls

from tlbook.exercises import Exercise


def two_wishes(rng):
    """Return r, zeta: the first wish is large enough, too small, or below zero."""
    second = float(rng.uniform(0.5, 2))
    first = second * float(rng.choice([-0.5, 0.3, 0.8, 4]))
    return np.array([first, second]), float(rng.uniform(1.2, 2))


def two(r, zeta):
    steps = np.array([[1.0, zeta], [0.0, 1.0]])  # columns (1, 0) and (zeta, 1)
    return steps @ nnls(steps, r)[0]


def without_damping(r, zeta):
    return two(r, 1.0)


def as_wished(r, zeta):
    return r


def second_cut(r, zeta):
    return np.array([r[0], min(r[1], r[0] / zeta)])


def first_raised(r, zeta):
    return np.array([max(r[0], zeta * r[1]), r[1]])


def a_spectrum(rng):
    """Return Kx, Ky, v, V, lam."""
    X, Y, T = (rng.normal(size=(int(n), 2)) for n in rng.integers(4, 8, 3))
    values, vectors = np.linalg.eigh(gaussian(T, T))
    v, V = values[::-1][:3], vectors[:, ::-1][:, :3]
    lam = np.sort(rng.uniform(0.1, 2, 3))[::-1]
    return gaussian(X, T), gaussian(Y, T), v, V, lam


def gaussian(X, Y):
    return np.exp(-((X[:, None] - Y) ** 2).sum(axis=2))


def with_weights(Kx, Ky, V, weights):
    return sum(
        w * np.outer(Kx @ column, Ky @ column) for w, column in zip(weights, V.T)
    )


def transferred(Kx, Ky, v, V, lam):
    return with_weights(Kx, Ky, V, lam / v**2)


def divided_once(Kx, Ky, v, V, lam):
    return with_weights(Kx, Ky, V, lam / v)


def not_divided(Kx, Ky, v, V, lam):
    return with_weights(Kx, Ky, V, lam)


def old_spectrum(Kx, Ky, v, V, lam):
    return with_weights(Kx, Ky, V, 1 / v)


def squared_spectrum(Kx, Ky, v, V, lam):
    return with_weights(Kx, Ky, V, (lam / v) ** 2)


EXERCISES = {
    3: Exercise(
        two,
        {
            "without_damping": without_damping,
            "as_wished": as_wished,
            "second_cut": second_cut,
            "first_raised": first_raised,
        },
        two_wishes,
    ),
    4: Exercise(
        transferred,
        {
            "divided_once": divided_once,
            "not_divided": not_divided,
            "old_spectrum": old_spectrum,
            "squared_spectrum": squared_spectrum,
        },
        a_spectrum,
    ),
}
