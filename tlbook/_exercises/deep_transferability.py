"""Checkers of chapters/deep/transferability.ipynb."""

import math

import numpy as np

from tlbook.exercises import Exercise


def curve(rng):
    """Return accuracies for n = 1, 2, ... copied layers, and that of the base."""
    return rng.uniform(50, 64, int(rng.integers(5, 8))), float(
        rng.uniform(60, 64)
    )


def deepest(accuracies, base):
    place, loss = 0, -math.inf
    for n, value in enumerate(accuracies, start=1):
        if base - value > loss:
            place, loss = n, base - value
    return np.array([place, loss])


def from_zero(accuracies, base):
    return deepest(accuracies, base) - [1, 0]


def best_for_worst(accuracies, base):
    place = int(np.argmax(accuracies))
    return np.array([place + 1, base - accuracies[place]])


def minus(accuracies, base):
    return deepest(accuracies, base) * [1, -1]


def from_layer_to_layer(accuracies, base):
    falls = -np.diff(np.append(base, accuracies))
    return np.array([np.argmax(falls) + 1, falls.max()])


def accuracy_itself(accuracies, base):
    return np.array([np.argmin(accuracies) + 1, accuracies.min()])


def differences(rng):
    """Return paired differences with a small positive mean, and a multiple."""
    d = rng.normal(0, 2, int(rng.integers(6, 10)))
    return d - d.mean() + rng.uniform(0.2, 0.5), float(rng.uniform(2, 4))


def seeds_needed(d, times):
    """Count up until the mean reaches so many standard errors."""
    mean = sum(d) / len(d)
    variance = sum((x - mean) ** 2 for x in d) / (len(d) - 1)
    n = 1
    while mean < times * math.sqrt(variance / n):
        n += 1
    return n


def no_square(d, times):
    return math.ceil(times * d.std(ddof=1) / d.mean())


def population(d, times):
    return math.ceil((times * d.std() / d.mean()) ** 2)


def of_the_error(d, times):
    return math.ceil((times * d.std(ddof=1) / len(d) ** 0.5 / d.mean()) ** 2)


def one_error(d, times):
    return math.ceil((d.std(ddof=1) / d.mean()) ** 2)


def rounded_down(d, times):
    return seeds_needed(d, times) - 1


EXERCISES = {
    2: Exercise(
        deepest,
        {
            "from_zero": from_zero,
            "best_for_worst": best_for_worst,
            "minus": minus,
            "from_layer_to_layer": from_layer_to_layer,
            "accuracy_itself": accuracy_itself,
        },
        curve,
    ),
    3: Exercise(
        seeds_needed,
        {
            "no_square": no_square,
            "population": population,
            "of_the_error": of_the_error,
            "one_error": one_error,
            "rounded_down": rounded_down,
        },
        differences,
    ),
}
