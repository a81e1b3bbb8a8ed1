"""Checkers of chapters/feature/jda.ipynb."""

import numpy as np

from tlbook.exercises import Exercise


def labels_and_guesses(rng):
    """Return ys, guesses: every class occurs in both domains, with other frequencies."""
    C = int(rng.integers(2, 4))
    return tuple(
        rng.permutation(np.repeat(np.arange(C), rng.integers(1, 4, C).tolist()))
        for _ in range(2)
    )


def entries(ys, guesses, c):
    """Return e_c, entry by entry; e_0 if there is no c."""
    found = []
    for labels, sign in ((ys, 1), (guesses, -1)):
        there = [c is None or label == c for label in labels]
        found += [sign * one / sum(there) for one in there]
    return np.array(found)


def sum_of_products(ys, guesses, factor=None, marginal=True):
    C = len(set(ys.tolist()))
    e0 = entries(ys, guesses, None if marginal else C - 1)
    M = (C if factor is None else factor) * np.outer(e0, e0)
    for c in range(C):
        ec = entries(ys, guesses, c)
        M = M + np.outer(ec, ec)
    return M


def mmd_matrix(ys, guesses):
    M = sum_of_products(ys, guesses)
    return M / np.sqrt(np.sum(M**2))


def not_divided(ys, guesses):
    return sum_of_products(ys, guesses)


def as_in_the_paper(ys, guesses):
    M = sum_of_products(ys, guesses, factor=1)
    return M / np.sqrt(np.sum(M**2))


def last_class_for_the_domains(ys, guesses):
    M = sum_of_products(ys, guesses, marginal=False)
    return M / np.sqrt(np.sum(M**2))


def classes_alone(ys, guesses):
    M = sum_of_products(ys, guesses, factor=0)
    return M / np.sqrt(np.sum(M**2))


def labeled_domains(rng):
    """Return Xs, ys, Xt, yt: every class in both domains, features of other scales."""
    d, C = int(rng.integers(2, 4)), int(rng.integers(2, 4))
    found = []
    for _ in range(2):
        y = rng.permutation(
            np.repeat(np.arange(C), rng.integers(2, 5, C).tolist())
        )
        X = rng.normal(y[:, None] + rng.normal(0, 2, d), rng.uniform(1, 3, d))
        found += [X, y]
    return tuple(found)


def gaps(S, a, T, b):
    return np.array(
        [
            np.linalg.norm(
                np.mean(S[a == c], axis=0) - np.mean(T[b == c], axis=0)
            )
            for c in sorted(set(a.tolist()))
        ]
    )


def standard(X, like):
    m = sum(like) / len(like)
    return (X - m) / np.sqrt(sum((like - m) ** 2) / len(like))


def class_gaps(Xs, ys, Xt, yt):
    return gaps(standard(Xs, Xs), ys, standard(Xt, Xt), yt)


def as_they_are(Xs, ys, Xt, yt):
    return gaps(Xs, ys, Xt, yt)


def by_both(Xs, ys, Xt, yt):
    X = np.concatenate([Xs, Xt])
    return gaps(standard(Xs, X), ys, standard(Xt, X), yt)


def only_centered(Xs, ys, Xt, yt):
    return gaps(Xs - Xs.mean(axis=0), ys, Xt - Xt.mean(axis=0), yt)


def squared(Xs, ys, Xt, yt):
    return class_gaps(Xs, ys, Xt, yt) ** 2


EXERCISES = {
    3: Exercise(
        mmd_matrix,
        {
            "not_divided": not_divided,
            "as_in_the_paper": as_in_the_paper,
            "last_class_for_the_domains": last_class_for_the_domains,
            "classes_alone": classes_alone,
        },
        labels_and_guesses,
    ),
    4: Exercise(
        class_gaps,
        {
            "as_they_are": as_they_are,
            "by_both": by_both,
            "only_centered": only_centered,
            "squared": squared,
        },
        labeled_domains,
    ),
}
