"""Checkers of chapters/deep/ddc.ipynb."""

import math

import numpy as np

from tlbook.exercises import Exercise


def activations(rng):
    """Return two batches of unequal size, of a few activations."""
    p = int(rng.integers(2, 5))
    return rng.normal(1, 1, (6, p)), rng.normal(
        0, 2, (int(rng.integers(3, 6)), p)
    )


def penalty(Zs, Zt):
    """By (1) multiplied out: the mean products of all pairs."""

    def products(A, B):
        return sum(float(a @ b) for a in A for b in B) / (len(A) * len(B))

    return products(Zs, Zs) + products(Zt, Zt) - 2 * products(Zs, Zt)


def root(Zs, Zt):
    return math.sqrt(penalty(Zs, Zt))


def mean_of_squares(Zs, Zt):
    return penalty(Zs, Zt) / Zs.shape[1]


def of_all_pairs(Zs, Zt):
    return float(np.mean([np.sum((a - b) ** 2) for a in Zs for b in Zt]))


def one_mean(Zs, Zt):
    return float((Zs.mean() - Zt.mean()) ** 2)


def sums(Zs, Zt):
    return float(np.sum((Zs.sum(axis=0) - Zt.sum(axis=0)) ** 2))


def two_states(rng):
    """Return the weights of three layers before and after; one stays, or shrinks."""
    before = [
        rng.normal(size=(4, 3)),
        rng.normal(size=4),
        rng.normal(size=(2, 4)),
    ]
    after = [
        before[0].copy(),
        0.5 * before[1],
        before[2] + rng.normal(size=(2, 4)),
    ]
    return before, after


def moved(before, after):
    found = []
    for a, b in zip(before, after):
        a, b = np.ravel(a).tolist(), np.ravel(b).tolist()
        change = math.sqrt(sum((y - x) ** 2 for x, y in zip(a, b)))
        found.append(change / math.sqrt(sum(x**2 for x in a)))
    return np.array(found)


def not_relative(before, after):
    return np.array([np.linalg.norm(b - a) for a, b in zip(before, after)])


def lengths_compared(before, after):
    pairs = [
        (np.linalg.norm(a), np.linalg.norm(b)) for a, b in zip(before, after)
    ]
    return np.array([(b - a) / a for a, b in pairs])


def by_the_end(before, after):
    return moved(after, before)


def squared(before, after):
    return moved(before, after) ** 2


def windows(rng):
    """Return the recording of each window, and labels: -1 where there is none."""
    recording = np.repeat(rng.permutation(6), 4)
    labels = np.full(24, -1)
    labels[rng.choice(24, 3, replace=False)] = rng.integers(0, 3, 3)
    return recording, labels


def unseen(recording, labels):
    touched = {r for r, y in zip(recording, labels) if y >= 0}
    return np.array([r not in touched for r in recording])


def only_the_windows(recording, labels):
    return labels < 0


def touched(recording, labels):
    return ~unseen(recording, labels)


def touched_without_label(recording, labels):
    return ~unseen(recording, labels) & (labels < 0)


EXERCISES = {
    2: Exercise(
        penalty,
        {
            "root": root,
            "mean_of_squares": mean_of_squares,
            "of_all_pairs": of_all_pairs,
            "one_mean": one_mean,
            "sums": sums,
        },
        activations,
    ),
    3: Exercise(
        moved,
        {
            "not_relative": not_relative,
            "lengths_compared": lengths_compared,
            "by_the_end": by_the_end,
            "squared": squared,
        },
        two_states,
    ),
    4: Exercise(
        unseen,
        {
            "only_the_windows": only_the_windows,
            "touched": touched,
            "touched_without_label": touched_without_label,
        },
        windows,
    ),
}
