"""Checkers of chapters/model/adaptive_svm.ipynb."""

import math

import numpy as np

from tlbook.exercises import Exercise


def a_problem(rng):
    """Return K, y, f_s and C, so that some duals stay at 0 and some reach C."""
    n = int(rng.integers(6, 10))
    X, y = rng.normal(size=(n, 2)), np.where(rng.uniform(size=n) < 0.5, -1.0, 1.0)
    y[:2] = 1.0, -1.0
    K = np.exp(-0.5 * ((X[:, None] - X) ** 2).sum(axis=2)) * 0.8
    return K, y, rng.normal(0, 1.5, n) + 0.5 * y, float(rng.uniform(0.4, 1.0))


def with_sweeps(rng):
    return *a_problem(rng), int(rng.integers(2, 4))


def run(K, y, f_s, C, sweeps, low=0.0, high=1.0, at_once=False, source=1.0):
    """Return the duals after sweeps, each margin summed anew."""
    n, alpha = len(y), [0.0] * len(y)
    for _ in range(sweeps):
        before = list(alpha)
        for i in range(n):
            known = before if at_once else alpha
            f = source * f_s[i] + sum(known[j] * y[j] * K[i][j] for j in range(n))
            alpha[i] = min(
                max(known[i] + (1 - y[i] * f) / K[i][i], low), high * C
            )
    return np.array(alpha)


def duals(K, y, f_s, C, sweeps):
    return run(K, y, f_s, C, sweeps)


def no_upper_end(K, y, f_s, C, sweeps):
    return run(K, y, f_s, C, sweeps, high=math.inf)


def no_lower_end(K, y, f_s, C, sweeps):
    return run(K, y, f_s, C, sweeps, low=-math.inf)


def all_at_once(K, y, f_s, C, sweeps):
    return run(K, y, f_s, C, sweeps, at_once=True)


def source_forgotten(K, y, f_s, C, sweeps):
    return run(K, y, f_s, C, sweeps, source=0.0)


def any_duals(rng):
    """Return duals within the box, and the problem."""
    K, y, f_s, C = a_problem(rng)
    return rng.uniform(0, C, len(y)), K, y, f_s, C


def quadratic(alpha, K, y):
    n = range(len(y))
    return sum(alpha[i] * alpha[j] * y[i] * y[j] * K[i][j] for i in n for j in n)


def slacks(alpha, K, y, f_s):
    n = range(len(y))
    f = [f_s[i] + sum(alpha[j] * y[j] * K[i][j] for j in n) for i in n]
    return math.fsum(max(0.0, 1 - y[i] * f[i]) for i in n)


def gap(alpha, K, y, f_s, C):
    linear = sum((1 - a * f) * d for a, f, d in zip(y, f_s, alpha))
    return quadratic(alpha, K, y) + C * slacks(alpha, K, y, f_s) - linear


def half_too_much(alpha, K, y, f_s, C):
    return gap(alpha, K, y, f_s, C) - quadratic(alpha, K, y) / 2


def without_C(alpha, K, y, f_s, C):
    return gap(alpha, K, y, f_s, 1.0)


def ordinary(alpha, K, y, f_s, C):
    return gap(alpha, K, y, np.zeros(len(y)), C)


def dual_alone(alpha, K, y, f_s, C):
    linear = sum((1 - a * f) * d for a, f, d in zip(y, f_s, alpha))
    return linear - quadratic(alpha, K, y) / 2


EXERCISES = {
    3: Exercise(
        duals,
        {
            "no_upper_end": no_upper_end,
            "no_lower_end": no_lower_end,
            "all_at_once": all_at_once,
            "source_forgotten": source_forgotten,
        },
        with_sweeps,
    ),
    4: Exercise(
        gap,
        {
            "half_too_much": half_too_much,
            "without_C": without_C,
            "ordinary": ordinary,
            "dual_alone": dual_alone,
        },
        any_duals,
    ),
}
