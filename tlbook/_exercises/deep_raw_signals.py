"""Checkers of chapters/deep/raw_signals.ipynb."""

import numpy as np

from tlbook.exercises import Exercise


def signal_and_filter(rng):
    """Return a signal, a filter of odd length, and a stride."""
    return rng.normal(size=11), rng.normal(size=5), int(rng.integers(2, 4))


def answers(x, w, stride, at=lambda t, u: t + u):
    """Return z of (1) by sums; `at` says which moment of x a weight meets."""
    half, found = len(w) // 2, []
    for t in range(0, len(x), stride):
        places = [(at(t, u), w[u + half]) for u in range(-half, half + 1)]
        found.append(sum(x[i] * v for i, v in places if 0 <= i < len(x)))
    return np.array(found)


def convolved(x, w, stride):
    return answers(x, w, stride)


def turned_filter(x, w, stride):
    return answers(x, w, stride, at=lambda t, u: t - u)


def every_moment(x, w, stride):
    return answers(x, w, 1)


def begins_at_zero(x, w, stride):
    """The first weight, not the middle one, meets moment s t."""
    half = len(w) // 2
    return answers(x, w, stride, at=lambda t, u: t + u + half)


def inner_answers(x, w, stride):
    """Without zeros outside."""
    half = len(w) // 2
    return answers(x, w, 1)[half : len(x) - half : stride]


def two_persons(rng):
    """Return answers of a person, mean and variance of another."""
    return rng.normal(1, 2, (12, 3)), rng.normal(size=3), rng.uniform(1, 9, 3)


def differences(Z, m, v, spread=lambda var: var**0.5, both=True):
    """Return the differences of all entries, by sums."""
    found = []
    for j, column in enumerate(Z.T):
        mean = sum(column) / len(column)
        var = sum((z - mean) ** 2 for z in column) / len(column)
        for z in column:
            own = (z - mean) / spread(var) if both else z
            found.append((z - m[j]) / spread(v[j]) - own)
    return np.array(found)


def renormalized(Z, m, v):
    return abs(differences(Z, m, v)).mean()


def by_the_variance(Z, m, v):
    return abs(differences(Z, m, v, spread=lambda var: var)).mean()


def signed(Z, m, v):
    return differences(Z, m, v).mean()


def squared(Z, m, v):
    return (differences(Z, m, v) ** 2).mean()


def not_normalized(Z, m, v):
    return abs(differences(Z, m, v, both=False)).mean()


EXERCISES = {
    2: Exercise(
        convolved,
        {
            "turned_filter": turned_filter,
            "every_moment": every_moment,
            "begins_at_zero": begins_at_zero,
            "inner": inner_answers,
        },
        signal_and_filter,
    ),
    3: Exercise(
        renormalized,
        {
            "variance": by_the_variance,
            "signed": signed,
            "squared": squared,
            "not_normalized": not_normalized,
        },
        two_persons,
    ),
}
