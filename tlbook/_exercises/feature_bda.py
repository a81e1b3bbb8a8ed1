"""Checkers of chapters/feature/bda.ipynb."""

import numpy as np

from tlbook.exercises import Exercise


def labels(rng, C, least=1):
    return rng.permutation(
        np.repeat(np.arange(C), rng.integers(least, 5, C).tolist())
    )


def a_feature(rng):
    """Return x, ys, guesses, mu: every class occurs in both domains."""
    C = int(rng.integers(2, 4))
    ys, guesses = labels(rng, C), labels(rng, C)
    x = rng.normal(size=len(ys) + len(guesses)) + rng.normal(0, 2)
    return x, ys, guesses, float(rng.uniform(0.1, 0.4))


def mean_of(values, y, c):
    chosen = [v for v, label in zip(values, y) if c is None or label == c]
    return sum(chosen) / len(chosen)


def gaps(x, ys, guesses):
    """Return the gap of the domain means, and those of the class means."""
    source, target = x[: len(ys)], x[len(ys) :]
    return [
        mean_of(source, ys, c) - mean_of(target, guesses, c)
        for c in (None, *sorted(set(ys.tolist())))
    ]


def price(x, ys, guesses, mu):
    domains, *classes = gaps(x, ys, guesses)
    return (1 - mu) * domains**2 + mu * sum(gap**2 for gap in classes)


def other_way_round(x, ys, guesses, mu):
    return price(x, ys, guesses, 1 - mu)


def as_the_program_of_jda(x, ys, guesses, mu):
    domains, *classes = gaps(x, ys, guesses)
    return (1 - mu) * len(classes) * domains**2 + mu * sum(g**2 for g in classes)


def square_of_the_sum(x, ys, guesses, mu):
    domains, *classes = gaps(x, ys, guesses)
    return (1 - mu) * domains**2 + mu * sum(classes) ** 2


def mean_of_the_classes(x, ys, guesses, mu):
    domains, *classes = gaps(x, ys, guesses)
    return (1 - mu) * domains**2 + mu * sum(g**2 for g in classes) / len(classes)


def rounds(rng):
    """Return guesses (rounds, nt): with a pause, and with or without a rest at the end."""
    pool = rng.integers(0, 3, (3, 6))
    pool[:, 0] = [0, 1, 2]  # no two are the same
    first = [0, 1, 1, 2, *rng.integers(0, 3, rng.integers(1, 4))]
    rests = rng.uniform() < 0.6
    last = (first[-1] + 1) % 3
    return (pool[[*first, *([last] * 3 if rests else [last])]],)


def settled(guesses):
    for start in range(len(guesses) - 1):
        if all((row == guesses[-1]).all() for row in guesses[start:]):
            return start + 1
    return 0


def counted_from_zero(guesses):
    return max(settled(guesses) - 1, 0)


def first_pause(guesses):
    for i in range(len(guesses) - 1):
        if (guesses[i] == guesses[i + 1]).all():
            return i + 1
    return 0


def last_round(guesses):
    return settled(guesses) or len(guesses)


def two_labelings(rng):
    """Return ys, guesses, c: class c occurs in both, with other frequencies."""
    C = int(rng.integers(2, 4))
    ys = np.repeat(np.arange(C), [1, 2, 4][:C])
    guesses = np.repeat(np.arange(C), [5, 1, 3][:C])
    return rng.permutation(ys), rng.permutation(guesses), int(rng.integers(C))


def weighted(ys, guesses, c, power=0.5):
    entries = []
    for y, sign in ((ys, 1), (guesses, -1)):
        n = sum(label == c for label in y)
        entries += [
            sign * (n / len(y)) ** power / n * (label == c) for label in y
        ]
    return np.array(entries)


def not_weighted(ys, guesses, c):
    return weighted(ys, guesses, c, power=0)


def no_root(ys, guesses, c):
    return weighted(ys, guesses, c, power=1)


def divided(ys, guesses, c):
    return weighted(ys, guesses, c, power=-0.5)


EXERCISES = {
    3: Exercise(
        price,
        {
            "other_way_round": other_way_round,
            "as_the_program_of_jda": as_the_program_of_jda,
            "square_of_the_sum": square_of_the_sum,
            "mean_of_the_classes": mean_of_the_classes,
        },
        a_feature,
    ),
    4: Exercise(
        settled,
        {
            "counted_from_zero": counted_from_zero,
            "first_pause": first_pause,
            "last_round": last_round,
        },
        rounds,
    ),
    5: Exercise(
        weighted,
        {"not_weighted": not_weighted, "no_root": no_root, "divided": divided},
        two_labelings,
    ),
}
