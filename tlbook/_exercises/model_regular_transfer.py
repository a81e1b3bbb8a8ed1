"""Checkers of chapters/model/regular_transfer.ipynb."""

import numpy as np

from tlbook.exercises import Exercise


def a_target(rng):
    X, w_s = rng.standard_normal((6, 4)), rng.standard_normal(4)
    return X, rng.standard_normal(6), w_s, rng.uniform(0.5, 3.0, 4)


def pulled(X, y, w_s, lam):
    """By the augmented rows: each pull is a sample of its own."""
    rows = np.vstack([X, np.diag(np.sqrt(lam))])
    wanted = np.concatenate([y, np.sqrt(lam) * w_s])
    return np.linalg.lstsq(rows, wanted, rcond=None)[0]


def to_zero(X, y, w_s, lam):
    return pulled(X, y, np.zeros_like(w_s), lam)


def change_alone(X, y, w_s, lam):
    return pulled(X, y, w_s, lam) - w_s


def residuals_forgotten(X, y, w_s, lam):
    return w_s + to_zero(X, y, w_s, lam)


def one_pull(X, y, w_s, lam):
    return pulled(X, y, w_s, np.full(len(w_s), lam.mean()))


def a_sample(rng):
    w, x, w_s = rng.standard_normal((3, 4))
    return w, x, int(rng.integers(2)), w_s, float(rng.uniform(0.5, 2.0))


def gradient(w, x, y, w_s, lam):
    score = sum(a * b for a, b in zip(w, x))
    p = 0.5 * (1 + np.tanh(score / 2))
    return np.array([(p - y) * b + lam * (a - c) for a, b, c in zip(w, x, w_s)])


def other_sign(w, x, y, w_s, lam):
    return -gradient(w, x, y, w_s, lam)


def pull_to_zero(w, x, y, w_s, lam):
    return gradient(w, x, y, np.zeros_like(w), lam)


def without_pull(w, x, y, w_s, lam):
    return gradient(w, x, y, w_s, 0.0)


def score_for_probability(w, x, y, w_s, lam):
    return (w @ x - y) * x + lam * (w - w_s)


EXERCISES = {
    2: Exercise(
        pulled,
        {
            "to_zero": to_zero,
            "change_alone": change_alone,
            "residuals_forgotten": residuals_forgotten,
            "one_pull": one_pull,
        },
        a_target,
    ),
    3: Exercise(
        gradient,
        {
            "other_sign": other_sign,
            "pull_to_zero": pull_to_zero,
            "without_pull": without_pull,
            "score_for_probability": score_for_probability,
        },
        a_sample,
    ),
}
