"""Checkers of chapters/deep/dann.ipynb."""

import math

import numpy as np

from tlbook.exercises import Exercise


def two_scales(rng):
    """Return a, b."""
    return float(rng.uniform(0.2, 0.9)), float(rng.uniform(1.5, 4))


def gradient(a, b):
    return math.exp(math.log(a) + math.log(b))


def sum_of_scales(a, b):
    return a + b


def last_alone(a, b):
    return -a


def first_alone(a, b):
    return -b


def forward(a, b):
    return 1.0


def a_share(rng):
    """Return a share between 0 and 1."""
    return (float(rng.uniform(0.1, 0.9)),)


def progress(share):
    """Halve the interval until the ramp of equation (2) meets the share."""
    low, high = 0.0, 2.0
    for _ in range(60):
        p = (low + high) / 2
        if 2 / (1 + math.exp(-10 * p)) - 1 < share:
            low = p
        else:
            high = p
    return p


def ten_is_lost(share):
    return 10 * progress(share)


def plain_sigmoid(share):
    return math.log(share / (1 - share)) / 10


def forward_ramp(share):
    return 2 / (1 + math.exp(-10 * share)) - 1


def beliefs(rng):
    """Return what D says of source and target samples, in unequal numbers."""
    return rng.uniform(0.05, 0.95, int(rng.integers(2, 5))), rng.uniform(
        0.05, 0.95, 9
    )


def loss(source, target):
    own = [-math.log(p) for p in source]
    other = [-math.log(1 - p) for p in target]
    return (sum(own) / len(own) + sum(other) / len(other)) / 2


def all_samples_alike(source, target):
    return -(np.log(source).sum() + np.log(1 - target).sum()) / (
        len(source) + len(target)
    )


def not_halved(source, target):
    return 2 * loss(source, target)


def domains_exchanged(source, target):
    return loss(1 - source, 1 - target)


def same_for_both(source, target):
    return (-np.log(source).mean() - np.log(target).mean()) / 2


def in_bits(source, target):
    return loss(source, target) / math.log(2)


EXERCISES = {
    2: Exercise(
        gradient,
        {
            "sum": sum_of_scales,
            "outer_alone": last_alone,
            "inner_alone": first_alone,
            "forward": forward,
        },
        two_scales,
    ),
    3: Exercise(
        progress,
        {
            "ten_is_lost": ten_is_lost,
            "plain_sigmoid": plain_sigmoid,
            "forward": forward_ramp,
        },
        a_share,
    ),
    4: Exercise(
        loss,
        {
            "all_samples_alike": all_samples_alike,
            "not_halved": not_halved,
            "exchanged": domains_exchanged,
            "same_for_both": same_for_both,
            "in_bits": in_bits,
        },
        beliefs,
    ),
}
