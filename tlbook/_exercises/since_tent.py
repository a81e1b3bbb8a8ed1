"""Checkers of chapters/since/tent.ipynb."""

import math

import numpy as np

from tlbook.exercises import Exercise

STEP = 1e-5  # of the differences


def some_logits(rng):
    return (rng.normal(0, 1.5, int(rng.integers(3, 6))),)


def probabilities(logits):
    weights = [math.exp(one) for one in logits]
    return np.array(weights) / sum(weights)


def entropy(logits):
    return -sum(p * math.log(p) for p in probabilities(logits))


def slope(logits):
    """Take differences."""
    found = []
    for k in range(len(logits)):
        ends = [logits.copy(), logits.copy()]
        ends[0][k] -= STEP
        ends[1][k] += STEP
        found.append((entropy(ends[1]) - entropy(ends[0])) / (2 * STEP))
    return np.array(found)


def downhill(logits):
    return -slope(logits)


def of_probabilities(logits):
    return -np.log(probabilities(logits)) - 1


def without_entropy(logits):
    p = probabilities(logits)
    return -p * np.log(p)


def of_cross_entropy(logits):
    p = probabilities(logits)
    return p - np.eye(len(p))[p.argmax()]


def a_batch(rng):
    """Return a batch, scales and shifts of its channels, and eps."""
    n, channels = (int(size) for size in rng.integers(3, 6, 2))
    return (
        rng.normal(1, 2, (n, channels)),
        rng.uniform(0.5, 2, channels),
        rng.normal(0, 1, channels),
        0.3,
    )


def normalized(A, scale, shift, eps):
    out = np.empty_like(A)
    for c in range(A.shape[1]):
        mean = sum(A[:, c]) / len(A)
        variance = sum((a - mean) ** 2 for a in A[:, c]) / len(A)
        for i, a in enumerate(A[:, c]):
            out[i, c] = (
                scale[c] * (a - mean) / math.sqrt(variance + eps) + shift[c]
            )
    return out


def sample_variance(A, scale, shift, eps):
    spread = np.sqrt(A.var(axis=0, ddof=1) + eps)
    return scale * (A - A.mean(axis=0)) / spread + shift


def no_root(A, scale, shift, eps):
    return scale * (A - A.mean(axis=0)) / (A.var(axis=0) + eps) + shift


def eps_outside(A, scale, shift, eps):
    return scale * (A - A.mean(axis=0)) / (A.std(axis=0) + eps) + shift


def whole_batch(A, scale, shift, eps):
    return scale * (A - A.mean()) / np.sqrt(A.var() + eps) + shift


def shift_first(A, scale, shift, eps):
    plain = (A - A.mean(axis=0)) / np.sqrt(A.var(axis=0) + eps)
    return scale * (plain + shift)


def a_stream(rng):
    """Return the stored mean, those of a few batches, and the share."""
    return (
        float(rng.normal()),
        rng.normal(1, 1, int(rng.integers(3, 6))),
        float(rng.uniform(0.1, 0.4)),
    )


def moving(stored, means, share):
    """Add up what each mean still counts at the end."""
    n = len(means)
    counts = [share * (1 - share) ** (n - 1 - i) for i in range(n)]
    return (1 - share) ** n * stored + sum(c * m for c, m in zip(counts, means))


def exchanged(stored, means, share):
    return moving(stored, means, 1 - share)


def plain_mean(stored, means, share):
    return (1 - share) * stored + share * np.mean(means)


def last_alone(stored, means, share):
    return (1 - share) * stored + share * means[-1]


def backwards(stored, means, share):
    return moving(stored, means[::-1], share)


EXERCISES = {
    2: Exercise(
        slope,
        {
            "downhill": downhill,
            "of_probabilities": of_probabilities,
            "without_entropy": without_entropy,
            "of_cross_entropy": of_cross_entropy,
        },
        some_logits,
    ),
    3: Exercise(
        normalized,
        {
            "sample_variance": sample_variance,
            "no_root": no_root,
            "eps_outside": eps_outside,
            "whole_batch": whole_batch,
            "shift_first": shift_first,
        },
        a_batch,
    ),
    4: Exercise(
        moving,
        {
            "exchanged": exchanged,
            "plain_mean": plain_mean,
            "last_alone": last_alone,
            "backwards": backwards,
        },
        a_stream,
    ),
}
