"""Checkers of chapters/since/distillation.ipynb."""

import math

import numpy as np

from tlbook.exercises import Exercise


def an_answer(rng):
    """Return probabilities and a temperature."""
    P = rng.dirichlet(np.ones(3), int(rng.integers(4, 7))) + 0.01
    return P / P.sum(axis=1, keepdims=True), float(rng.choice([2.0, 3.0, 5.0]))


def softened(P, T):
    """Take powers and divide by their sum, by loops."""
    rows = []
    for p in P:
        powers = [a ** (1 / T) for a in p]
        rows.append([a / sum(powers) for a in powers])
    return np.array(rows)


def sharpened(P, T):
    return softened(P, 1 / T)


def not_normalized(P, T):
    return P ** (1 / T)


def divided(P, T):
    return P / T


def logits(rng):
    """Return logits of a student, soft targets and a temperature."""
    Q = rng.dirichlet(np.ones(3), int(rng.integers(3, 6)))
    return 2 * rng.standard_normal(Q.shape), Q, float(rng.choice([2.0, 4.0]))


def gradient(Z, Q, T):
    """Differences of the loss."""

    def loss(Z):
        total = 0.0
        for z, q in zip(Z, Q):
            log_sum = math.log(sum(math.exp(a / T) for a in z))
            total -= sum(b * (a / T - log_sum) for a, b in zip(z, q))
        return T**2 * total / len(Z)

    found = np.zeros_like(Z)
    for i, c in np.ndindex(Z.shape):
        step = np.zeros_like(Z)
        step[i, c] = 1e-5
        found[i, c] = (loss(Z + step) - loss(Z - step)) / 2e-5
    return found.round(7)


def turned(Z, Q, T):
    return -gradient(Z, Q, T)


def not_scaled(Z, Q, T):
    return gradient(Z, Q, T) / T**2


def at_one(Z, Q, T):
    return T * gradient(Z, Q, 1.0)


def scores(rng):
    """Return scores, a column and the share that it should have."""
    Z = rng.standard_normal((int(rng.integers(20, 30)), 4))
    Z[:, 1] -= 2
    return Z, 1, float(rng.choice([0.25, 0.4]))


def offset(Z, c, share):
    """Sort how much each sample lacks."""
    lacks = sorted(max(z[k] for k in range(len(z)) if k != c) - z[c] for z in Z)
    k = math.ceil(share * len(Z))
    return (lacks[k - 1] + lacks[k]) / 2


def of_the_others(Z, c, share):
    return offset(Z, c, 1 - share)


def taken_away(Z, c, share):
    return -offset(Z, c, share)


def from_the_mean(Z, c, share):
    gap = np.sort(np.delete(Z, c, axis=1).mean(axis=1) - Z[:, c])
    k = math.ceil(share * len(Z))
    return (gap[k - 1] + gap[k]) / 2


EXERCISES = {
    2: Exercise(
        softened,
        {
            "sharpened": sharpened,
            "not_normalized": not_normalized,
            "divided": divided,
        },
        an_answer,
    ),
    3: Exercise(
        gradient,
        {"turned": turned, "not_scaled": not_scaled, "at_one": at_one},
        logits,
    ),
    4: Exercise(
        offset,
        {
            "of_the_others": of_the_others,
            "taken_away": taken_away,
            "from_the_mean": from_the_mean,
        },
        scores,
    ),
}
