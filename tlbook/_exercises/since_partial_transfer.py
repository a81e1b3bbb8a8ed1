"""Checkers of chapters/since/partial_transfer.ipynb."""

import numpy as np
from sklearn.naive_bayes import GaussianNB

from tlbook.exercises import Exercise


def three_classes(rng, n):
    y = rng.permutation(np.repeat([0, 1, 2], [n, n // 2, n // 4]))
    return 2 * np.eye(3)[y] + rng.normal(size=(len(y), 3)), y


def a_source(rng):
    """Return samples, labels and the shares of the target, one of them zero."""
    t = np.append(rng.dirichlet([3, 2]), 0.0)
    return *three_classes(rng, 12), rng.permutation(t)


def sums(Xs, ys):
    return [sum(x for x, y in zip(Xs, ys) if y == c) for c in range(3)]


def error_of_the_move(Xs, ys, t):
    counts = [sum(y == c for y in ys) for c in range(3)]
    target = sum(t[c] * sums(Xs, ys)[c] / counts[c] for c in range(3))
    return target - sum(Xs) / len(Xs)


def turned(Xs, ys, t):
    return -error_of_the_move(Xs, ys, t)


def equal_shares(Xs, ys, t):
    means = np.array([Xs[ys == c].mean(axis=0) for c in range(3)])
    return (t - 1 / 3) @ means


def target_mean(Xs, ys, t):
    return error_of_the_move(Xs, ys, t) + Xs.mean(axis=0)


def length(Xs, ys, t):
    return np.linalg.norm(error_of_the_move(Xs, ys, t))


def a_step(rng):
    """Return a learner, a source, target samples and the last shares."""
    Xs, ys = three_classes(rng, 24)
    Xt = three_classes(rng, 12)[0][:, ::-1].copy()
    return GaussianNB(), Xs, ys, Xt, rng.dirichlet([2, 2, 2])


def next_shares(learner, Xs, ys, Xt, q):
    w = np.array([q[c] / np.mean(ys == c) for c in ys])
    P = learner.fit(Xs, ys, sample_weight=w).predict_proba(Xt)
    return P.sum(axis=0) / len(Xt)


def sizes_forgotten(learner, Xs, ys, Xt, q):
    return learner.fit(Xs, ys, sample_weight=q[ys]).predict_proba(Xt).mean(axis=0)


def upside_down(learner, Xs, ys, Xt, q):
    p = np.bincount(ys) / len(ys)
    return next_shares(learner, Xs, ys, Xt, p * p / q / np.sum(p * p / q))


def not_weighted(learner, Xs, ys, Xt, q):
    return learner.fit(Xs, ys).predict_proba(Xt).mean(axis=0)


def of_the_source(learner, Xs, ys, Xt, q):
    return next_shares(learner, Xs, ys, Xs, q)


def weights_and_not_shares(learner, Xs, ys, Xt, q):
    return next_shares(learner, Xs, ys, Xt, q) / (np.bincount(ys) / len(ys))


def calls(learner, Xs, ys, Xt, q):
    next_shares(learner, Xs, ys, Xt, q)
    return np.bincount(learner.predict(Xt), minlength=3) / len(Xt)


EXERCISES = {
    2: Exercise(
        error_of_the_move,
        {
            "turned": turned,
            "equal_shares": equal_shares,
            "target_mean": target_mean,
            "length": length,
        },
        a_source,
    ),
    3: Exercise(
        next_shares,
        {
            "sizes_forgotten": sizes_forgotten,
            "upside_down": upside_down,
            "not_weighted": not_weighted,
            "of_the_source": of_the_source,
            "weights": weights_and_not_shares,
            "calls": calls,
        },
        a_step,
    ),
}
