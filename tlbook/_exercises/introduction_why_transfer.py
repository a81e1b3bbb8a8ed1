"""Checkers of chapters/introduction/why_transfer.ipynb."""

import math
import statistics

import numpy as np

from tlbook.datasets import load_digits_shift
from tlbook.exercises import Exercise


def nearest_neighbor(X, y, Z, z):
    """Return the percentage of right answers of the nearest neighbor, by all distances."""
    D = (Z**2).sum(axis=1)[:, None] - 2 * Z @ X.T + (X**2).sum(axis=1)
    return 100 * np.mean(y[np.argmin(D, axis=1)] == z)


def accuracies(share_images=False):
    """Return the accuracy of printed, photo and clean training digits, in percent."""
    printed = load_digits_shift("printed", "handwritten")
    photo = load_digits_shift("photo", "handwritten")
    clean = printed.Xt[photo.source_ids], printed.yt[photo.source_ids]
    test = (printed.Xt, printed.yt) if share_images else (photo.Xt, photo.yt)
    sources = (printed.Xs, printed.ys), (photo.Xs, photo.ys), clean
    return np.array([nearest_neighbor(*source, *test) for source in sources])


def of_one(truth):
    return lambda: truth() / 100


def all_images():
    return accuracies(share_images=True)


def in_percent(answer, truth):
    """Tell whether percentages agree to a tenth."""
    return bool(np.allclose(answer, truth, atol=0.11))


def before_and_after(rng):
    """Return two accuracies for each of some persons."""
    before = rng.uniform(40, 90, int(rng.integers(5, 12)))
    return before, before + rng.normal(2, 3, len(before))


def gain(before, after):
    changes = [b - a for a, b in zip(before, after)]
    error = statistics.stdev(changes) / math.sqrt(len(changes))
    return np.array([statistics.fmean(changes), error])


def not_paired(before, after):
    variance = statistics.variance(before) + statistics.variance(after)
    return np.array(
        [np.mean(after) - np.mean(before), math.sqrt(variance / len(before))]
    )


def spread_alone(before, after):
    mean, error = gain(before, after)
    return np.array([mean, error * math.sqrt(len(before))])


def of_a_population(before, after):
    mean, error = gain(before, after)
    n = len(before)
    return np.array([mean, error * math.sqrt((n - 1) / n)])


def other_way_round(before, after):
    mean, error = gain(before, after)
    return np.array([-mean, error])


def error_first(before, after):
    return gain(before, after)[::-1]


EXERCISES = {
    2: Exercise(
        accuracies,
        {"same_images": all_images, "not_in_percent": of_one(accuracies)},
        equal=in_percent,
    ),
    3: Exercise(
        gain,
        {
            "not_paired": not_paired,
            "spread_alone": spread_alone,
            "population": of_a_population,
            "other_way_round": other_way_round,
            "error_first": error_first,
        },
        before_and_after,
    ),
}
