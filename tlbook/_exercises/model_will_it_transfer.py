"""Checkers of chapters/model/will_it_transfer.ipynb."""

import math

import numpy as np

from tlbook.exercises import Exercise


def calls_and_labels(rng):
    """Return calls and labels that depend on each other."""
    y = rng.integers(0, 3, 40)
    z = np.where(rng.random(40) < 0.6, y, rng.integers(0, 4, 40))
    return z, y


def entropy(values):
    """Return the entropy of a list, in nats, from its counts."""
    counts = [values.count(v) for v in set(values)]
    return math.log(len(values)) - sum(c * math.log(c) for c in counts) / len(
        values
    )


def conditional_entropy(z, y):
    return entropy(list(zip(z.tolist(), y.tolist()))) - entropy(z.tolist())


def of_the_pairs(z, y):
    return entropy(list(zip(z.tolist(), y.tolist())))


def of_the_labels(z, y):
    return entropy(y.tolist())


def of_the_calls_given_labels(z, y):
    return conditional_entropy(y, z)


def mutual_information(z, y):
    return entropy(y.tolist()) - conditional_entropy(z, y)


def in_bits(z, y):
    return conditional_entropy(z, y) / math.log(2)


def calls_alike(z, y):
    """Average over the calls without their frequency."""
    parts = [entropy(y[z == a].tolist()) for a in set(z.tolist())]
    return sum(parts) / len(parts)


def a_feature(rng):
    """Return a feature and two classes of unequal size."""
    y = np.repeat([0, 1], [9, 4])
    return rng.normal(size=13) + 1.5 * y, y


def share_between(f, y):
    """Return the squared correlation of the feature with the label."""
    return np.corrcoef(f, y)[0, 1] ** 2


def correlation(f, y):
    return abs(np.corrcoef(f, y)[0, 1])


def within(f, y):
    return 1 - share_between(f, y)


def between_by_within(f, y):
    h = share_between(f, y)
    return h / (1 - h)


def classes_alike(f, y):
    means = [f[y == c].mean() for c in (0, 1)]
    return np.var(means) / np.var(f)


EXERCISES = {
    2: Exercise(
        conditional_entropy,
        {
            "pairs": of_the_pairs,
            "labels": of_the_labels,
            "other_way_round": of_the_calls_given_labels,
            "mutual_information": mutual_information,
            "in_bits": in_bits,
            "calls_alike": calls_alike,
        },
        calls_and_labels,
    ),
    3: Exercise(
        share_between,
        {
            "root": correlation,
            "within": within,
            "ratio": between_by_within,
            "classes_alike": classes_alike,
        },
        a_feature,
    ),
}
