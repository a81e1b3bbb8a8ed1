"""Checkers of chapters/model/multisource.ipynb."""

import math

import numpy as np

from tlbook.exercises import Exercise


def a_round(rng):
    """Return where the learners of some sources err on the target, and its weights."""
    n, sources = int(rng.integers(8, 13)), 4
    w = rng.permutation(np.geomspace(1, 20, n))
    w /= w.sum()
    wrong = np.zeros((sources, n), dtype=bool)
    heavy = np.argsort(w)
    wrong[0, heavy[-2:]] = True  # two heavy ones
    wrong[1, heavy[:3]] = True  # three light ones: the best
    wrong[2, heavy[-1]] = True  # one, the heaviest: least often wrong
    wrong[3, heavy[1:-1:2]] = True
    return wrong, w


def grown(wrong, w, k=None, power=1.0, normalized=True):
    """Return the weights after the round of learner k, the best by default."""
    errors = [
        math.fsum(a for a, bad in zip(w, row) if bad) / math.fsum(w)
        for row in wrong
    ]
    k = errors.index(min(errors)) if k is None else k
    factor = ((1 - errors[k]) / errors[k]) ** power
    raised = np.array([a * factor if bad else a for a, bad in zip(w, wrong[k])])
    return raised / math.fsum(raised) if normalized else raised


def target_weights(wrong, w):
    return grown(wrong, w)


def least_often(wrong, w):
    return grown(wrong, w, k=int(np.argmin(wrong.sum(axis=1))))


def first_source(wrong, w):
    return grown(wrong, w, k=0)


def square_root(wrong, w):
    return grown(wrong, w, power=0.5)


def not_normalized(wrong, w):
    return grown(wrong, w, normalized=False)


def turned(wrong, w):
    return grown(wrong, w, power=-1.0)


def a_pool(rng):
    """Return answers of a pool, labels of three classes, weights and a number of rounds."""
    n = int(rng.integers(20, 30))
    y = rng.integers(0, 3, n)
    quality = np.linspace(0.5, 0.75, 8)[:, None]
    answers = np.where(
        rng.uniform(size=(8, n)) < quality,
        y,
        (y + rng.integers(1, 3, (8, n))) % 3,
    )
    return answers, y, rng.dirichlet(np.full(n, 20.0)), 4


def run(
    answers, y, w, n_rounds, classes=3, again=False, still=False, worst=False
):
    w, order = list(w), []
    for _ in range(n_rounds):
        best, least = None, math.inf
        for k, row in enumerate(answers):
            error = math.fsum(a for a, b, c in zip(w, row, y) if b != c)
            error /= math.fsum(w)
            if (again or k not in order) and (-error if worst else error) < least:
                best, least = k, (-error if worst else error)
        order.append(best)
        least = abs(least)
        factor = (1 - least) / least * (classes - 1)
        if not still:
            w = [
                a * factor if b != c else a
                for a, b, c in zip(w, answers[best], y)
            ]
    return np.array(order)


def picked(answers, y, w, n_rounds):
    return run(answers, y, w, n_rounds)


def twice(answers, y, w, n_rounds):
    return run(answers, y, w, n_rounds, again=True)


def weights_stand_still(answers, y, w, n_rounds):
    return run(answers, y, w, n_rounds, still=True)


def worst_first(answers, y, w, n_rounds):
    return run(answers, y, w, n_rounds, worst=True)


def as_with_two_classes(answers, y, w, n_rounds):
    return run(answers, y, w, n_rounds, classes=2)


EXERCISES = {
    3: Exercise(
        target_weights,
        {
            "least_often": least_often,
            "first_source": first_source,
            "square_root": square_root,
            "not_normalized": not_normalized,
            "turned": turned,
        },
        a_round,
    ),
    4: Exercise(
        picked,
        {
            "twice": twice,
            "weights_stand_still": weights_stand_still,
            "worst_first": worst_first,
            "as_with_two_classes": as_with_two_classes,
        },
        a_pool,
    ),
}
