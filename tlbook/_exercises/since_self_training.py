"""Checkers of chapters/since/self_training.ipynb."""

import math

import numpy as np

from tlbook.exercises import Exercise


def some_calls(rng):
    """Return P, share."""
    P = rng.dirichlet(np.ones(3), size=int(rng.integers(9, 16)))
    return P, float(rng.choice([0.2, 0.3, 0.7]))


def surest(P, share):
    """Sort the samples of each call by hand."""
    kept = [False] * len(P)
    calls = [max(range(P.shape[1]), key=lambda c: row[c]) for row in P]
    for c in set(calls):
        rows = [i for i, call in enumerate(calls) if call == c]
        rows.sort(key=lambda i: -P[i, c])
        for i in rows[: math.ceil(share * len(rows))]:
            kept[i] = True
    return np.array(kept)


def of_all(P, share):
    s = P.max(axis=1)
    return s >= np.sort(s)[-math.ceil(share * len(s))]


def left_out(P, share):
    return ~surest(P, share)


def above(P, share):
    return P.max(axis=1) >= share


def a_move(rng):
    """Return margin, step."""
    return float(rng.uniform(0.5, 3)), float(rng.uniform(0.1, 6))


def survives(margin, step):
    """Move the point of the upper class that is nearest the border, and look."""
    nearest = 0.0 + margin  # the border is at zero, the classes move down
    return nearest - step > 0


def twice_as_far(margin, step):
    return step < 2 * margin


def turned(margin, step):
    return not survives(margin, step)


def always(margin, step):
    return True


EXERCISES = {
    2: Exercise(
        surest,
        {"of_all": of_all, "left_out": left_out, "above": above},
        some_calls,
    ),
    3: Exercise(
        survives,
        {"twice_as_far": twice_as_far, "turned": turned, "always": always},
        a_move,
    ),
}
