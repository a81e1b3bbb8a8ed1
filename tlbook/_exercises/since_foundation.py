"""Checkers of chapters/since/foundation.ipynb."""

import numpy as np
from scipy.stats import t as student

from tlbook.exercises import Exercise


def an_order(rng):
    """Return an order of patches, and sizes."""
    patch, along = int(rng.integers(2, 4)), int(rng.integers(3, 5))
    n_hidden = int(rng.integers(2, along * along - 2))
    return rng.permutation(along * along), along * patch, patch, n_hidden


def mask(order, side, patch, n_hidden):
    """Pixel by pixel: in which patch does it lie?"""
    hidden = set(np.asarray(order)[:n_hidden].tolist())
    along = side // patch
    return np.array(
        [
            0.0 if (row // patch) * along + column // patch in hidden else 1.0
            for row in range(side)
            for column in range(side)
        ]
    )


def inverted(order, side, patch, n_hidden):
    return 1 - mask(order, side, patch, n_hidden)


def scattered(order, side, patch, n_hidden):
    along = side // patch
    grid = mask(order, along, 1, n_hidden).reshape(along, along)
    return np.tile(grid, (patch, patch)).ravel()


def turned(order, side, patch, n_hidden):
    return mask(order, side, patch, n_hidden).reshape(side, side).T.ravel()


def the_last(order, side, patch, n_hidden):
    return mask(np.asarray(order)[::-1], side, patch, n_hidden)


def few_samples(rng):
    """Return frozen features, labels of three classes, and a penalty."""
    y = np.r_[np.arange(3), rng.integers(3, size=9)]
    return rng.normal(size=(12, 4)) + y[:, None], y, float(rng.uniform(0.5, 3))


def ridge_probe(Z, y, penalty):
    """As least squares on samples to which sqrt(penalty) I, labeled 0, is added."""
    n, p = Z.shape
    Y = np.array([[float(label == k) for k in range(max(y) + 1)] for label in y])
    longer = np.vstack([Z, np.sqrt(penalty) * np.eye(p)])
    return np.linalg.lstsq(longer, np.vstack([Y, np.zeros((p, Y.shape[1]))]))[0]


def without_penalty(Z, y, penalty):
    return ridge_probe(Z, y, 0)


def mean_error(Z, y, penalty):
    return ridge_probe(Z, y, penalty * len(Z))


def plus_and_minus(Z, y, penalty):
    Y = 2.0 * (y[:, None] == np.arange(y.max() + 1)) - 1
    return np.linalg.solve(Z.T @ Z + penalty * np.eye(Z.shape[1]), Z.T @ Y)


def squared_penalty(Z, y, penalty):
    return ridge_probe(Z, y, penalty**2)


def two_rows(rng):
    """Return accuracies of two methods on the same draws, which differ much."""
    hard = rng.normal(70, 8, int(rng.integers(4, 8)))
    return hard + rng.normal(3, 1.5, len(hard)), hard


def gain(first, second):
    differences = [a - b for a, b in zip(first.tolist(), second.tolist())]
    n = len(differences)
    mean = sum(differences) / n
    variance = sum((d - mean) ** 2 for d in differences) / (n - 1)
    return mean, student.ppf(0.975, n - 1) * (variance / n) ** 0.5


def unpaired(first, second):
    n = len(first)
    variance = (first.var(ddof=1) + second.var(ddof=1)) / n
    return first.mean() - second.mean(), student.ppf(0.975, n - 1) * variance**0.5


def normal(first, second):
    mean, half = gain(first, second)
    return mean, 1.959964 * half / student.ppf(0.975, len(first) - 1)


def of_one_draw(first, second):
    mean, half = gain(first, second)
    return mean, half * len(first) ** 0.5


def one_sided(first, second):
    mean, half = gain(first, second)
    n = len(first)
    return mean, half * student.ppf(0.95, n - 1) / student.ppf(0.975, n - 1)


def other_sign(first, second):
    return gain(second, first)


EXERCISES = {
    2: Exercise(
        mask,
        {
            "inverted": inverted,
            "scattered": scattered,
            "turned": turned,
            "the_last": the_last,
        },
        an_order,
    ),
    3: Exercise(
        ridge_probe,
        {
            "without_penalty": without_penalty,
            "mean_error": mean_error,
            "plus_and_minus": plus_and_minus,
            "squared_penalty": squared_penalty,
        },
        few_samples,
    ),
    4: Exercise(
        gain,
        {
            "unpaired": unpaired,
            "normal": normal,
            "of_one_draw": of_one_draw,
            "one_sided": one_sided,
            "other_sign": other_sign,
        },
        two_rows,
    ),
}
