"""Checkers of chapters/deep/adda.ipynb."""

import math

import numpy as np

from tlbook.exercises import Exercise


def scores(rng):
    """Return what the domain classifier says of a few target samples, as scores."""
    return (rng.uniform(-4, 4, int(rng.integers(4, 8))),)


def encoder_slopes(a):
    """Differentiate the three losses numerically."""

    def log_sigmoid(x):
        return -math.log1p(math.exp(-x))

    losses = (
        lambda x: log_sigmoid(-x),
        lambda x: -log_sigmoid(x) / 2 - log_sigmoid(-x) / 2,
        lambda x: -log_sigmoid(x),
    )
    step = 1e-5
    return np.array(
        [[(f(x + step) - f(x - step)) / (2 * step) for x in a] for f in losses]
    )


def belief(a):
    return 1 / (1 + np.exp(-a))


def upright(a):
    q = belief(a)
    return np.array([q, q - 0.5, q - 1])


def target_for_source(a):
    return encoder_slopes(-a)


def in_the_belief(a):
    q = belief(a)
    return np.array([-1 / (1 - q), 0.5 / (1 - q) - 0.5 / q, -1 / q])


def not_halved(a):
    q = belief(a)
    return np.array([-q, 2 * q - 1, q - 1])


def almost(answer, truth):
    """Compare as far as differences of functions can."""
    return bool(np.allclose(answer, truth, rtol=1e-4, atol=1e-6))


def two_encoders(rng):
    """Return the features of the same samples in two encoders."""
    Z0 = rng.normal(1, 1, (6, 3))
    return Z0, Z0 + rng.normal(0.3, 0.8, (6, 3))


def moved(Z0, Z1):
    ways = [math.dist(a, b) for a, b in zip(Z0, Z1)]
    return sum(ways) / sum(math.dist(a, np.zeros(len(a))) for a in Z0)


def of_the_mean(Z0, Z1):
    gap = np.linalg.norm(Z1.mean(axis=0) - Z0.mean(axis=0))
    return float(gap / np.linalg.norm(Z0, axis=1).mean())


def of_the_lengths(Z0, Z1):
    one, two = (np.linalg.norm(Z, axis=1).mean() for Z in (Z0, Z1))
    return float(np.abs(two - one) / one)


def absolute(Z0, Z1):
    return float(np.linalg.norm(Z1 - Z0, axis=1).mean())


def by_the_new(Z0, Z1):
    return moved(Z1, Z0)


EXERCISES = {
    2: Exercise(
        encoder_slopes,
        {
            "upright": upright,
            "target_for_source": target_for_source,
            "in_the_belief": in_the_belief,
            "not_halved": not_halved,
        },
        scores,
        almost,
    ),
    3: Exercise(
        moved,
        {
            "of_the_mean": of_the_mean,
            "of_the_lengths": of_the_lengths,
            "absolute": absolute,
            "by_the_new": by_the_new,
        },
        two_encoders,
    ),
}
