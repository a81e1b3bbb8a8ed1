"""Checkers of chapters/deep/jan.ipynb."""

import math

import numpy as np

from tlbook.exercises import Exercise


def layers(rng):
    """Return two layers of some samples, and a gamma for each."""
    n = int(rng.integers(3, 6))
    A = [rng.normal(size=(n, 2)), rng.dirichlet([1, 1, 1], n)]
    return A, rng.uniform(0.2, 3, 2)


def side_by_side(A, gammas):
    """Row by row, activation by activation."""
    return np.array(
        [
            [
                math.sqrt(g) * value
                for layer, g in zip(A, gammas)
                for value in layer[i]
            ]
            for i in range(len(A[0]))
        ]
    )


def no_root(A, gammas):
    return np.hstack([g * layer for layer, g in zip(A, gammas)])


def not_scaled(A, gammas):
    return np.hstack(A)


def divided(A, gammas):
    return np.hstack([layer / g**0.5 for layer, g in zip(A, gammas)])


def two_domains(rng):
    """Return two layers of two domains, and a gamma for each layer."""
    A, gammas = layers(rng)
    B, _ = layers(rng)
    return A, B, gammas


def single(A, B, gammas):
    return [
        np.array(
            [
                [
                    math.exp(-g * sum((x - y) ** 2 for x, y in zip(a, b)))
                    for b in Y
                ]
                for a in X
            ]
        )
        for X, Y, g in zip(A, B, gammas)
    ]


def joint_kernel(A, B, gammas):
    first, second = single(A, B, gammas)
    return np.exp(np.log(first) + np.log(second))


def kernels_added(A, B, gammas):
    return sum(single(A, B, gammas))


def kernels_averaged(A, B, gammas):
    return sum(single(A, B, gammas)) / 2


def first_layer(A, B, gammas):
    return single(A, B, gammas)[0]


def one_gamma(A, B, gammas):
    return joint_kernel(A, B, [gammas[0], gammas[0]])


EXERCISES = {
    3: Exercise(
        side_by_side,
        {"no_root": no_root, "not_scaled": not_scaled, "divided": divided},
        layers,
    ),
    4: Exercise(
        joint_kernel,
        {
            "kernels_added": kernels_added,
            "kernels_averaged": kernels_averaged,
            "first_layer": first_layer,
            "one_gamma": one_gamma,
        },
        two_domains,
    ),
}
