"""Checkers of chapters/introduction/taxonomy.ipynb."""

import math

import numpy as np

from tlbook.exercises import Exercise


def a_choice(rng):
    """Return v, T, w, Xs, ys, Xt, lam; the labels are -1 and 1."""
    ns, nt = rng.integers([6, 5], [12, 10]).tolist()
    Xs, Xt = rng.normal(0, 1, (ns, 3)), rng.normal(0.5, 1, (nt, 3))
    ys = np.where(np.arange(ns) % 2 == 0, 1.0, -1.0)
    T, w = rng.normal(size=(2, 3)), rng.normal(size=2)
    return rng.uniform(0, 2, ns), T, w, Xs, ys, Xt, float(rng.uniform(0.5, 2))


def losses(T, w, Xs, ys):
    return [math.log1p(math.exp(-y * (w @ (T @ x)))) for x, y in zip(Xs, ys)]


def gap(T, Xs, Xt):
    between = sum(T @ x for x in Xs) / len(Xs) - sum(T @ x for x in Xt) / len(Xt)
    return math.fsum(value * value for value in between)


def objective(v, T, w, Xs, ys, Xt, lam):
    fit = math.fsum(a * loss for a, loss in zip(v, losses(T, w, Xs, ys)))
    return fit + lam * gap(T, Xs, Xt)


def not_weighted(v, T, w, Xs, ys, Xt, lam):
    return objective(np.ones(len(v)), T, w, Xs, ys, Xt, lam)


def not_mapped(v, T, w, Xs, ys, Xt, lam):
    of_rows = gap(np.eye(Xs.shape[1]), Xs, Xt)
    return objective(v, T, w, Xs, ys, Xt, 0.0) + lam * of_rows


def not_squared(v, T, w, Xs, ys, Xt, lam):
    root = math.sqrt(gap(T, Xs, Xt))
    return objective(v, T, w, Xs, ys, Xt, 0.0) + lam * root


def lam_forgotten(v, T, w, Xs, ys, Xt, lam):
    return objective(v, T, w, Xs, ys, Xt, 1.0)


def wrong_sign(v, T, w, Xs, ys, Xt, lam):
    return objective(v, T, w, Xs, -ys, Xt, lam)


def two_curves(rng):
    """Return accuracies after 1, 2, ... labels: with a source's model and without one."""
    n = int(rng.integers(12, 20))
    taken = 70 + 0.2 * np.arange(n)
    none = taken - 10 + 20 * np.arange(n) / n
    turn = int(np.argmax(none >= taken))
    none[turn - 3], none[turn + 2] = taken[turn - 3] + 2, taken[turn + 2] - 1
    last = turn + 3
    none[last] = taken[last]  # as good is good enough
    return taken, none


def break_even(taken, none):
    behind = [k for k, (a, b) in enumerate(zip(taken, none), start=1) if b < a]
    return behind[-1] + 1


def first_time(taken, none):
    return next(k for k, (a, b) in enumerate(zip(taken, none), start=1) if b >= a)


def from_zero(taken, none):
    return break_even(taken, none) - 1


def strictly(taken, none):
    return break_even(taken, none - 1e-9)


EXERCISES = {
    3: Exercise(
        objective,
        {
            "not_weighted": not_weighted,
            "not_mapped": not_mapped,
            "not_squared": not_squared,
            "lam_forgotten": lam_forgotten,
            "wrong_sign": wrong_sign,
        },
        a_choice,
    ),
    5: Exercise(
        break_even,
        {"first_time": first_time, "from_zero": from_zero, "strictly": strictly},
        two_curves,
    ),
}
