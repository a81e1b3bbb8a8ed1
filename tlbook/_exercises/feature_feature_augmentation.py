"""Checkers of chapters/feature/feature_augmentation.ipynb."""

import numpy as np

from tlbook.exercises import Exercise


def two_rules(rng):
    return rng.standard_normal(4), rng.standard_normal(4)


def shared(w_s, w_t):
    """The shortest (v, u_s, u_t) with v + u_s = w_s and v + u_t = w_t."""
    rules = np.array([[1.0, 1.0, 0.0], [1.0, 0.0, 1.0]])
    return np.linalg.lstsq(rules, np.array([w_s, w_t]), rcond=None)[0][0]


def the_mean(w_s, w_t):
    return (w_s + w_t) / 2


def the_sum(w_s, w_t):
    return w_s + w_t


def of_the_source(w_s, w_t):
    return w_s - shared(w_s, w_t)


def from_the_difference(w_s, w_t):
    return (w_s - w_t) / 3


def a_kernel(rng):
    A = rng.standard_normal((6, 3))
    return A @ A.T, rng.permutation([0, 0, 0, 1, 1, 2])


def kernel(K, domain):
    Z = K.copy()
    for i, one in enumerate(domain):
        for j, other in enumerate(domain):
            Z[i, j] *= 2 if one == other else 1
    return Z


def zero_between(K, domain):
    return K * (domain[:, None] == domain)


def exchanged(K, domain):
    return K * (1 + (domain[:, None] != domain))


def added(K, domain):
    return K + (domain[:, None] == domain)


EXERCISES = {
    2: Exercise(
        shared,
        {
            "the_mean": the_mean,
            "the_sum": the_sum,
            "of_the_source": of_the_source,
            "from_the_difference": from_the_difference,
        },
        two_rules,
    ),
    3: Exercise(
        kernel,
        {"zero_between": zero_between, "exchanged": exchanged, "added": added},
        a_kernel,
    ),
}
