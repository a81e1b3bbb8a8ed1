"""Checkers of chapters/since/mcd.ipynb."""

import numpy as np

from tlbook.exercises import Exercise


def two(rng):
    """Return probabilities of two classifiers for a few samples."""
    K, n = int(rng.integers(3, 5)), int(rng.integers(4, 7))
    return tuple(rng.dirichlet(np.ones(K), n) for _ in range(2))


def apart(P, Q):
    total = 0.0
    for p, q in zip(P, Q):
        for a, b in zip(p, q):
            total += abs(a - b)
    return total / (len(P) * len(P[0]))


def squares(P, Q):
    return np.mean((P - Q) ** 2)


def no_absolute(P, Q):
    return np.mean(P - Q)


def not_over_classes(P, Q):
    return apart(P, Q) * P.shape[1]


def added(P, Q):
    return apart(P, Q) * P.size


def calls(P, Q):
    return np.mean(P.argmax(axis=1) != Q.argmax(axis=1))


def losses(rng):
    """Return the losses of both classifiers on the source, and their discrepancy."""
    return tuple(rng.uniform(0.1, 0.9, 3))


def three_steps(first, second, D):
    return np.array([first, first, D]) + np.array([second, second - D, 0.0])


def sign(first, second, D):
    return np.array([first + second, first + second + D, D])


def without_source(first, second, D):
    return np.array([first + second, -D, D])


def encoder_too(first, second, D):
    return np.array([first + second, first + second - D, first + second + D])


def mean_of_both(first, second, D):
    return np.array([(first + second) / 2, (first + second) / 2 - D, D])


EXERCISES = {
    2: Exercise(
        apart,
        {
            "squares": squares,
            "no_absolute": no_absolute,
            "not_over_classes": not_over_classes,
            "added": added,
            "calls": calls,
        },
        two,
    ),
    3: Exercise(
        three_steps,
        {
            "sign": sign,
            "without_source": without_source,
            "encoder_too": encoder_too,
            "mean_of_both": mean_of_both,
        },
        losses,
    ),
}
