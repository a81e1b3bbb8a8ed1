"""Checkers of chapters/instance/kmm.ipynb."""

import numpy as np

from tlbook.exercises import Exercise


def samples(rng):
    """Return Xs, Xt, gamma."""
    ns, nt = int(rng.integers(4, 8)), int(rng.integers(8, 12))
    Xs, Xt = rng.normal(size=(ns, 2)), rng.normal(0.5, 1, (nt, 2))
    return Xs, Xt, float(rng.uniform(0.2, 2))


def gauss(x, y, gamma):
    return np.exp(-gamma * np.sum((x - y) ** 2))


def kappa(Xs, Xt, gamma):
    return np.array(
        [len(Xs) * np.mean([gauss(x, z, gamma) for z in Xt]) for x in Xs]
    )


def over_the_target(Xs, Xt, gamma):
    return kappa(Xs, Xt, gamma) / len(Xs)


def plain_sum(Xs, Xt, gamma):
    return kappa(Xs, Xt, gamma) * len(Xt) / len(Xs)


def distance_not_squared(Xs, Xt, gamma):
    sums = [sum(np.exp(-gamma * np.linalg.norm(x - z)) for z in Xt) for x in Xs]
    return len(Xs) / len(Xt) * np.array(sums)


def among_the_source(Xs, Xt, gamma):
    return np.array([sum(gauss(x, z, gamma) for z in Xs) for x in Xs])


def weighted(rng):
    """Return Xs, weights, whose mean is not one."""
    n = int(rng.integers(5, 9))
    return rng.normal(1, 1, (n, 3)), rng.uniform(0, 2, n) + 0.1


def weighted_mean(Xs, weights):
    return sum(w * x for w, x in zip(weights, Xs)) / sum(weights)


def divided_by_the_number(Xs, weights):
    return weighted_mean(Xs, weights) * sum(weights) / len(Xs)


def not_weighted(Xs, weights):
    return Xs.mean(axis=0)


def weighted_twice(Xs, weights):
    return weighted_mean(Xs, weights**2)


def weighted_sum(Xs, weights):
    return weighted_mean(Xs, weights) * sum(weights)


def weights_and_samples(rng):
    """Return beta, Xs, Xt, gamma."""
    Xs, Xt, gamma = samples(rng)
    return rng.uniform(0.2, 2, len(Xs)), Xs, Xt, gamma


def squared_gap(beta, Xs, Xt, gamma):
    X = np.concatenate([Xs, Xt])
    signed = np.concatenate([beta / len(Xs), np.full(len(Xt), -1 / len(Xt))])
    pairs = [(i, j) for i in range(len(X)) for j in range(len(X))]
    return sum(signed[i] * signed[j] * gauss(X[i], X[j], gamma) for i, j in pairs)


def without_the_constant(beta, Xs, Xt, gamma):
    return squared_gap(beta, Xs, Xt, gamma) - np.mean(
        [[gauss(x, z, gamma) for z in Xt] for x in Xt]
    )


def normalized(beta, Xs, Xt, gamma):
    return squared_gap(beta / np.mean(beta), Xs, Xt, gamma)


def not_weighted_at_all(beta, Xs, Xt, gamma):
    return squared_gap(np.ones_like(beta), Xs, Xt, gamma)


def a_distance(beta, Xs, Xt, gamma):
    return np.sqrt(squared_gap(beta, Xs, Xt, gamma))


EXERCISES = {
    3: Exercise(
        kappa,
        {
            "over_the_target": over_the_target,
            "plain_sum": plain_sum,
            "distance_not_squared": distance_not_squared,
            "among_the_source": among_the_source,
        },
        samples,
    ),
    4: Exercise(
        weighted_mean,
        {
            "divided_by_the_number": divided_by_the_number,
            "not_weighted": not_weighted,
            "weighted_twice": weighted_twice,
            "weighted_sum": weighted_sum,
        },
        weighted,
    ),
    5: Exercise(
        squared_gap,
        {
            "without_the_constant": without_the_constant,
            "normalized": normalized,
            "not_weighted": not_weighted_at_all,
            "root": a_distance,
        },
        weights_and_samples,
    ),
}
