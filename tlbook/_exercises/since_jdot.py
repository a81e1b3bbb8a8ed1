"""Checkers of chapters/since/jdot.ipynb."""

import numpy as np

from tlbook.exercises import Exercise


def a_plan(rng):
    """Return a plan of 5 source and 4 target samples, classes 0, 1, 2, and their number."""
    P = rng.random((5, 4))
    P /= P.sum(axis=0) * 4
    return P, rng.permutation([0, 1, 2, 1, 0]), 3


def arriving_shares(P, y, n_classes):
    shares = np.zeros((P.shape[1], n_classes))
    for i, c in enumerate(y):
        for j in range(P.shape[1]):
            shares[j, c] += P[i, j] / sum(P[:, j])
    return shares


def not_normalized(P, y, n_classes):
    return arriving_shares(P, y, n_classes) / P.shape[1]


def most_only(P, y, n_classes):
    return np.eye(n_classes)[arriving_shares(P, y, n_classes).argmax(axis=1)]


def by_source(P, y, n_classes):
    return (P / P.sum(axis=1, keepdims=True)).T @ np.eye(n_classes)[y]


def largest_sample(P, y, n_classes):
    return np.eye(n_classes)[y[P.argmax(axis=0)]]


def pairs(rng):
    """Return Xs, ys, Xt, the learner's guesses, and alpha."""
    return (
        rng.standard_normal((4, 2)),
        rng.standard_normal(4),
        rng.standard_normal((3, 2)),
        rng.standard_normal(3),
        float(rng.uniform(0.2, 0.6)),
    )


def parts(Xs, ys, Xt, guesses):
    D = np.array([[sum((a - b) ** 2) for b in Xt] for a in Xs])
    return D, np.array([[(y - g) ** 2 for g in guesses] for y in ys])


def joint_cost(Xs, ys, Xt, guesses, alpha):
    D, L = parts(Xs, ys, Xt, guesses)
    return alpha * D + L


def places_only(Xs, ys, Xt, guesses, alpha):
    return alpha * parts(Xs, ys, Xt, guesses)[0]


def labels_only(Xs, ys, Xt, guesses, alpha):
    return parts(Xs, ys, Xt, guesses)[1]


def alpha_on_labels(Xs, ys, Xt, guesses, alpha):
    D, L = parts(Xs, ys, Xt, guesses)
    return D + alpha * L


def not_squared(Xs, ys, Xt, guesses, alpha):
    D, L = parts(Xs, ys, Xt, guesses)
    return alpha * np.sqrt(D) + L


def absolute_loss(Xs, ys, Xt, guesses, alpha):
    D, L = parts(Xs, ys, Xt, guesses)
    return alpha * D + np.sqrt(L)


EXERCISES = {
    2: Exercise(
        arriving_shares,
        {
            "not_normalized": not_normalized,
            "most_only": most_only,
            "by_source": by_source,
            "largest_sample": largest_sample,
        },
        a_plan,
    ),
    3: Exercise(
        joint_cost,
        {
            "places_only": places_only,
            "labels_only": labels_only,
            "alpha_on_labels": alpha_on_labels,
            "not_squared": not_squared,
            "absolute_loss": absolute_loss,
        },
        pairs,
    ),
}
