"""Checkers of chapters/model/trcnn.ipynb."""

import math

import numpy as np

from tlbook.exercises import Exercise


def numbers(rng):
    """Return parameters, their gradients, which are old, and the two rates."""
    is_old = np.array([True, False, True, False, *(rng.random(4) < 0.5)])
    rates = rng.uniform(0.2, 0.8), rng.uniform(0.05, 0.5)
    return rng.normal(0, 1, 8), rng.normal(0, 2, 8), is_old, *rates


def step(theta, gradients, is_old, rho, eta):
    """One number at a time, as the chapter does by hand."""
    after = []
    for value, slope, old in zip(theta, gradients, is_old):
        rate = rho * eta if old else eta
        after.append(value - rate * slope)
    return np.array(after)


def new_ones_slowed(theta, gradients, is_old, rho, eta):
    return step(theta, gradients, ~is_old, rho, eta)


def all_slowed(theta, gradients, is_old, rho, eta):
    return theta - rho * eta * gradients


def all_at_one_rate(theta, gradients, is_old, rho, eta):
    return theta - eta * gradients


def always_frozen(theta, gradients, is_old, rho, eta):
    return step(theta, gradients, is_old, 0, eta)


def uphill(theta, gradients, is_old, rho, eta):
    return step(theta, -gradients, is_old, rho, eta)


def rho_alone(theta, gradients, is_old, rho, eta):
    return theta - np.where(is_old, rho, eta) * gradients


def new_layers(rng):
    """Return features, and weights as PyTorch holds them: a row an output."""
    n, p, h, k = 6, 5, 4, 3
    A, C = rng.normal(0, 1, (h, p)), rng.normal(0, 1, (k, h))
    return (
        rng.normal(0, 1, (n, p)),
        A,
        rng.normal(0, 1, h),
        C,
        rng.normal(0, 1, k),
    )


def scores(F, A, a, C, c):
    """One sum a neuron."""
    out = np.empty((len(F), len(c)))
    for i, f in enumerate(F):
        hidden = [
            max(math.fsum(w * x for w, x in zip(row, f)) + b, 0.0)
            for row, b in zip(A, a)
        ]
        out[i] = [
            math.fsum(w * x for w, x in zip(row, hidden)) + b
            for row, b in zip(C, c)
        ]
    return out


def no_bend(F, A, a, C, c):
    return (F @ A.T + a) @ C.T + c


def bent_twice(F, A, a, C, c):
    return np.maximum(scores(F, A, a, C, c), 0)


def bent_at_the_end(F, A, a, C, c):
    return np.maximum(no_bend(F, A, a, C, c), 0)


def without_constants(F, A, a, C, c):
    return scores(F, A, 0 * a, C, 0 * c)


def probabilities(F, A, a, C, c):
    weights = np.exp(scores(F, A, a, C, c))
    return weights / weights.sum(axis=1, keepdims=True)


def curve(rng):
    """Return numbers of labels, growing accuracies, and one of a value in between."""
    labels = np.array([1, 3, 10, 30])
    accuracies = 40 + np.cumsum(rng.uniform(4, 14, 4))
    wanted = rng.uniform(accuracies[1] + 1, accuracies[2] - 1)
    return labels, accuracies, float(wanted)


def labels_needed(labels, accuracies, wanted):
    """Go along the curve to the piece that holds the wanted accuracy."""
    for i in range(len(labels) - 1):
        low, high = accuracies[i], accuracies[i + 1]
        if low <= wanted <= high:
            share = (wanted - low) / (high - low)
            return labels[i] * (labels[i + 1] / labels[i]) ** share
    return math.nan


def straight(labels, accuracies, wanted):
    return np.interp(wanted, accuracies, labels)


def first_enough(labels, accuracies, wanted):
    return labels[accuracies >= wanted].min()


def last_too_few(labels, accuracies, wanted):
    return labels[accuracies <= wanted].max()


def still_a_logarithm(labels, accuracies, wanted):
    return math.log(labels_needed(labels, accuracies, wanted))


def two_bases(labels, accuracies, wanted):
    return math.exp(math.log10(labels_needed(labels, accuracies, wanted)))


EXERCISES = {
    2: Exercise(
        step,
        {
            "new_ones_slowed": new_ones_slowed,
            "all_slowed": all_slowed,
            "all_at_one_rate": all_at_one_rate,
            "always_frozen": always_frozen,
            "uphill": uphill,
            "rho_alone": rho_alone,
        },
        numbers,
    ),
    3: Exercise(
        scores,
        {
            "no_bend": no_bend,
            "bent_twice": bent_twice,
            "bent_at_the_end": bent_at_the_end,
            "without_constants": without_constants,
            "probabilities": probabilities,
        },
        new_layers,
    ),
    4: Exercise(
        labels_needed,
        {
            "straight": straight,
            "first_enough": first_enough,
            "last_too_few": last_too_few,
            "still_a_logarithm": still_a_logarithm,
            "two_bases": two_bases,
        },
        curve,
    ),
}
