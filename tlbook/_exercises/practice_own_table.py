"""Checkers of chapters/practice/own_table.ipynb."""

import numpy as np

from tlbook.exercises import Exercise


def rows_of_hospitals(rng):
    """Return the hospital of each row, three of them, each twice at least."""
    names = np.array(["a", "b", "c"])
    return (
        rng.permutation(np.concatenate([names, names, rng.choice(names, 6)])),
    )


def rows_to_learn_from(hospital):
    held = sorted(set(hospital.tolist()))
    return [[one != name for one in hospital.tolist()] for name in held]


def held_rows(hospital):
    return [[not one for one in rows] for rows in rows_to_learn_from(hospital)]


def in_another_order(hospital):
    return rows_to_learn_from(hospital)[::-1]


def one_too_few(hospital):
    return rows_to_learn_from(hospital)[1:]


def with_gaps(rng):
    """Return tables to learn from and to fill, of other means, none without a known value."""
    train, test = rng.exponential(1.0, (9, 3)), rng.exponential(4.0, (6, 3))
    train[rng.integers(0, 9, 3), range(3)] = np.nan
    test[rng.integers(0, 6, 3), range(3)] = np.nan
    return train, test


def filled(train, test, learned=None):
    learned = train if learned is None else learned
    result = []
    for row in test.tolist():
        line = []
        for j, value in enumerate(row):
            known = sorted(v for v in learned[:, j].tolist() if v == v)
            middle = known[(len(known) - 1) // 2] + known[len(known) // 2]
            line.append(value if value == value else middle / 2)
        result.append(line)
    return result


def by_its_own(train, test):
    return filled(train, test, test)


def pooled(train, test):
    return filled(train, test, np.concatenate([train, test]))


def by_the_mean(train, test):
    return np.where(np.isnan(test), np.nanmean(train, axis=0), test)


def with_zeros(train, test):
    return np.where(np.isnan(test), 0, test)


def called(rng):
    """Return true and guessed classes, of unequal frequency."""
    y = rng.permutation(np.repeat([0, 1, 2], [12, 5, 3]))
    return y, np.where(rng.random(20) < 0.6, y, rng.integers(0, 3, 20))


def found_of_each(y, guesses):
    found, there = {}, {}
    for truth, guess in zip(y.tolist(), guesses.tolist()):
        there[truth] = there.get(truth, 0) + 1
        found[truth] = found.get(truth, 0) + (truth == guess)
    return sum(found[c] / there[c] for c in there) / len(there)


def accuracy(y, guesses):
    return sum(a == b for a, b in zip(y, guesses)) / len(y)


def of_the_calls(y, guesses):
    right = [np.sum((y == c) & (guesses == c)) for c in range(3)]
    return sum(k / max(1, np.sum(guesses == c)) for c, k in enumerate(right)) / 3


def added(y, guesses):
    return 3 * found_of_each(y, guesses)


EXERCISES = {
    2: Exercise(
        rows_to_learn_from,
        {
            "held_rows": held_rows,
            "in_another_order": in_another_order,
            "one_too_few": one_too_few,
        },
        rows_of_hospitals,
    ),
    3: Exercise(
        filled,
        {
            "by_its_own": by_its_own,
            "pooled": pooled,
            "by_the_mean": by_the_mean,
            "with_zeros": with_zeros,
        },
        with_gaps,
    ),
    4: Exercise(
        found_of_each,
        {"accuracy": accuracy, "of_the_calls": of_the_calls, "added": added},
        called,
    ),
}
