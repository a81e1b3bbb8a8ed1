"""Checkers of chapters/model/transrkelm.ipynb."""

import numpy as np

from tlbook.exercises import Exercise


def outputs(rng):
    """Return F, margin."""
    return rng.normal(size=(int(rng.integers(12, 20)), 4)), float(
        rng.uniform(0.5, 0.9)
    )


def leads(F):
    rows = [sorted(row.tolist(), reverse=True) for row in F]
    return np.array([row[0] - row[1] for row in rows])


def confident(F, margin):
    return leads(F) > margin


def best_alone(F, margin):
    return F.max(axis=1) > margin


def over_the_mean(F, margin):
    return F.max(axis=1) - F.mean(axis=1) > margin


def over_the_worst(F, margin):
    return F.max(axis=1) - F.min(axis=1) > margin


def the_others(F, margin):
    return leads(F) <= margin


def rows_and_support(rng):
    """Return X, S, gamma."""
    d = int(rng.integers(2, 5))
    X, S = (rng.normal(size=(int(n), d)) for n in rng.integers([5, 3], [9, 5]))
    return X, S, float(rng.uniform(0.1, 0.6))


def kernel_of(X, S, gamma, power=2):
    return np.array(
        [
            [np.exp(-gamma * np.sqrt(np.sum((x - s) ** 2)) ** power) for s in S]
            for x in X
        ]
    )


def kernel_rows(X, S, gamma):
    return kernel_of(X, S, gamma)


def not_squared(X, S, gamma):
    return kernel_of(X, S, gamma, power=1)


def gamma_divides(X, S, gamma):
    return kernel_of(X, S, 1 / gamma)


def products(X, S, gamma):
    return X @ S.T


def all_rows(X, S, gamma):
    return kernel_of(X, X, gamma)


EXERCISES = {
    3: Exercise(
        confident,
        {
            "best_alone": best_alone,
            "over_the_mean": over_the_mean,
            "over_the_worst": over_the_worst,
            "the_others": the_others,
        },
        outputs,
    ),
    4: Exercise(
        kernel_rows,
        {
            "not_squared": not_squared,
            "gamma_divides": gamma_divides,
            "products": products,
            "all_rows": all_rows,
        },
        rows_and_support,
    ),
}
