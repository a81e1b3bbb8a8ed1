"""Checkers of chapters/since/group_dro.ipynb."""

import numpy as np

from tlbook.exercises import Exercise


def some_risks(rng):
    return rng.uniform(0.2, 2.0, int(rng.integers(3, 6))), float(
        rng.choice([0.3, 0.5, 1.0])
    )


def extrapolated(risks, a):
    m, values = len(risks), []
    for g in range(m):  # the corners of the set of weights
        q = [-a] * m
        q[g] = 1 + (m - 1) * a
        values.append(sum(w * r for w, r in zip(q, risks)))
    return max(values)


def worst_group(risks, a):
    return max(risks)


def not_of_sum_one(risks, a):
    return (1 + a) * max(risks) - a * sum(risks)


def one_too_few(risks, a):
    return (1 + (len(risks) - 1) * a) * max(risks) - a * sum(risks)


def best_group(risks, a):
    return (1 + len(risks) * a) * min(risks) - a * sum(risks)


def accuracies(rng):
    """Return the accuracies of six configurations on five domains, the diagonal higher."""
    return (rng.random((6, 5, 5)) + 0.8 * np.eye(5) * rng.random((6, 1, 1)),)


def by(A, judge):
    return np.array(
        [
            max(range(len(A)), key=lambda k: judge(A[k], t))
            for t in range(A.shape[1])
        ]
    )


def others(t, n):
    return [i for i in range(n) if i != t]


def chosen(A):
    return by(A, lambda a, t: sum(a[t, i] for i in others(t, len(a))))


def peeked(A):
    return by(A, lambda a, t: sum(a[t]))


def oracle(A):
    return by(A, lambda a, t: a[t, t])


def on_the_target(A):
    return by(A, lambda a, t: sum(a[i, t] for i in others(t, len(a))))


def worst_source(A):
    return by(A, lambda a, t: min(a[t, i] for i in others(t, len(a))))


def start_of_weights(rng):
    m = int(rng.integers(2, 5))
    return (
        rng.dirichlet(np.full(m, 3.0)),
        rng.uniform(0.1, 1.5, m),
        float(rng.uniform(0.1, 0.6)),
        int(rng.integers(2, 6)),
    )


def weights_after(q, R, eta, n):
    for _ in range(n):
        q = [w * np.exp(eta * r) for w, r in zip(q, R)]
        q = [w / sum(q) for w in q]
    return np.array(q)


def one_step(q, R, eta, n):
    return weights_after(q, R, eta, 1)


def not_normalized(q, R, eta, n):
    return q * np.exp(n * eta * R)


def to_the_best(q, R, eta, n):
    return weights_after(q, -R, eta, n)


def start_forgotten(q, R, eta, n):
    return weights_after(np.ones(len(q)) / len(q), R, eta, n)


EXERCISES = {
    2: Exercise(
        extrapolated,
        {
            "worst_group": worst_group,
            "not_of_sum_one": not_of_sum_one,
            "one_too_few": one_too_few,
            "best_group": best_group,
        },
        some_risks,
    ),
    3: Exercise(
        chosen,
        {
            "peeked": peeked,
            "oracle": oracle,
            "on_the_target": on_the_target,
            "worst_source": worst_source,
        },
        accuracies,
    ),
    4: Exercise(
        weights_after,
        {
            "one_step": one_step,
            "not_normalized": not_normalized,
            "to_the_best": to_the_best,
            "start_forgotten": start_forgotten,
        },
        start_of_weights,
    ),
}
