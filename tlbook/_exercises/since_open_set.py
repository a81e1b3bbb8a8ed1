"""Checkers of chapters/since/open_set.ipynb."""

import numpy as np

from tlbook.exercises import Exercise


def calls(rng):
    """Return labels, calls and the known classes, of unequal sizes."""
    y = rng.permutation(np.repeat([2, 5, 7, 8], [20, 6, 10, 9]))
    called = np.where(rng.random(45) < 0.7, y, rng.choice([2, 5, -1], 45))
    return y, np.where(np.isin(called, [7, 8]), -1, called), np.array([2, 5])


def parts(y, called, known):
    shares = []
    for c in known:
        mine = [b for a, b in zip(y, called) if a == c]
        shares.append(mine.count(c) / len(mine))
    others = [b for a, b in zip(y, called) if a not in known]
    return sum(shares) / len(shares), others.count(-1) / len(others)


def harmonic(y, called, known):
    K, R = parts(y, called, known)
    return 2 / (1 / K + 1 / R)


def arithmetic(y, called, known):
    return sum(parts(y, called, known)) / 2


def without_two(y, called, known):
    return harmonic(y, called, known) / 2


def by_samples(y, called, known):
    seen = np.isin(y, known)
    K, R = np.mean(called[seen] == y[seen]), parts(y, called, known)[1]
    return 2 * K * R / (K + R)


def of_the_calls(y, called, known):
    """Precision of the unknown in place of their recall."""
    K, R = parts(y, called, known)[0], np.mean(~np.isin(y[called == -1], known))
    return 2 * K * R / (K + R)


def as_classes(y, called, known):
    K, R = parts(y, called, known)
    return (len(known) * K + R) / (len(known) + 1)


def a_cut(rng):
    """Return scores and a threshold, in one case of six above all of them."""
    u = rng.gamma(2, 1, int(rng.integers(12, 20)))
    t = u.max() if rng.random() < 1 / 6 else np.sort(u)[int(rng.integers(2, 8))]
    return u, float(t)


def between(u, t):
    low, high = [a for a in u if a <= t], [a for a in u if a > t]
    if not low or not high:
        return 0.0
    gap = sum(high) / len(high) - sum(low) / len(low)
    return len(low) * len(high) * gap**2


def sizes_forgotten(u, t):
    n = np.sum(u <= t) * np.sum(u > t)
    return between(u, t) / n if n else 0.0


def not_squared(u, t):
    n = np.sum(u <= t) * np.sum(u > t)
    return np.sqrt(between(u, t) * n)


def other_side(u, t):
    return between(-u, -t)


def within(u, t):
    low, high = u[u <= t], u[u > t]
    if not len(low) or not len(high):
        return 0.0
    return len(low) * low.var() + len(high) * high.var()


def variance(u, t):
    return between(u, t) / len(u) ** 2


EXERCISES = {
    2: Exercise(
        harmonic,
        {
            "arithmetic": arithmetic,
            "without_two": without_two,
            "by_samples": by_samples,
            "of_the_calls": of_the_calls,
            "as_classes": as_classes,
        },
        calls,
    ),
    3: Exercise(
        between,
        {
            "sizes_forgotten": sizes_forgotten,
            "not_squared": not_squared,
            "other_side": other_side,
            "within": within,
            "variance": variance,
        },
        a_cut,
    ),
}
