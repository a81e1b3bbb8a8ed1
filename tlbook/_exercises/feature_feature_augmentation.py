"""Checkers of chapters/feature/feature_augmentation.ipynb."""

import numpy as np

from tlbook.exercises import Exercise


def a_domain(rng):
    n_domains = int(rng.integers(3, 5))
    return rng.standard_normal((4, 2)), int(rng.integers(n_domains)), n_domains


def copies(X, place, n_domains):
    n, d = X.shape
    Z = np.zeros((n, d * (n_domains + 1)))
    Z[:, :d] = X
    Z[:, d * (place + 1) : d * (place + 2)] = X
    return Z


def without_shared(X, place, n_domains):
    return np.hstack([0 * X, copies(X, place, n_domains)[:, X.shape[1] :]])


def next_place(X, place, n_domains):
    return copies(X, (place + 1) % n_domains, n_domains)


def everywhere(X, place, n_domains):
    return np.hstack([X] * (n_domains + 1))


def shared_last(X, place, n_domains):
    d = X.shape[1]
    return np.roll(copies(X, place, n_domains), -d, axis=1)


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
        copies,
        {
            "without_shared": without_shared,
            "next_place": next_place,
            "everywhere": everywhere,
            "shared_last": shared_last,
        },
        a_domain,
    ),
    3: Exercise(
        kernel,
        {"zero_between": zero_between, "exchanged": exchanged, "added": added},
        a_kernel,
    ),
}
