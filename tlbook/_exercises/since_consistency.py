"""Checkers of chapters/since/consistency.ipynb."""

import math

import numpy as np

from tlbook.exercises import Exercise


def a_training(rng):
    """Return the first weight of the teacher, weights of students, alpha."""
    students = rng.standard_normal(int(rng.integers(3, 7)))
    return float(rng.standard_normal()), students, float(rng.uniform(0.3, 0.9))


def teacher(first, students, alpha):
    """Take one step after the other."""
    for student in students:
        first = alpha * first + (1 - alpha) * student
    return first


def exchanged(first, students, alpha):
    return teacher(first, students, 1 - alpha)


def first_forgotten(first, students, alpha):
    return teacher(0.0, students, alpha)


def plain_mean(first, students, alpha):
    return float(np.mean(students))


def backwards(first, students, alpha):
    return teacher(first, students[::-1], alpha)


def two_looks(rng):
    """Return what is said of weak and of strong looks, and a threshold."""
    n = int(rng.integers(6, 10))
    weak = rng.dirichlet(np.full(3, 0.5), n)
    strong = (rng.dirichlet(np.ones(3), n) + 0.02) / 1.06
    certainty = np.sort(weak.max(axis=1))
    return weak, strong, float(certainty[n // 2 - 1 : n // 2 + 1].mean())


def weighed(weak, strong, threshold, taught=True, over_all=True):
    """Sum the losses of certain samples by a loop."""
    losses = []
    for q, p in zip(weak, strong):
        if max(q) >= threshold:
            judge = q if taught else p
            losses.append(-math.log(p[list(judge).index(max(judge))]))
    return sum(losses) / (len(weak) if over_all else len(losses))


def fixed(weak, strong, threshold):
    return weighed(weak, strong, threshold)


def own_call(weak, strong, threshold):
    return weighed(weak, strong, threshold, taught=False)


def mean_of_the_certain(weak, strong, threshold):
    return weighed(weak, strong, threshold, over_all=False)


def no_threshold(weak, strong, threshold):
    return weighed(weak, strong, 0.0)


def soft(weak, strong, threshold):
    kept = weak.max(axis=1) >= threshold
    return float(np.sum(kept[:, None] * -weak * np.log(strong)) / len(weak))


def a_row(rng):
    """Return places on a line, which of them have a label, and a reach."""
    places = rng.uniform(0, 10, int(rng.integers(10, 16)))
    labeled = np.zeros(len(places), dtype=bool)
    labeled[rng.choice(len(places), 2, replace=False)] = True
    return places, labeled, float(rng.uniform(0.25, 0.7))


def named(places, labeled, reach):
    """Let the names spread until nothing changes."""
    known = labeled.copy()
    while True:
        gap = np.abs(places[:, None] - places[known]).min(axis=1)
        if np.array_equal(gap <= 2 * reach, known):
            return known
        known = gap <= 2 * reach


def one_look(places, labeled, reach):
    gap = np.abs(places[:, None] - places[labeled]).min(axis=1)
    return gap <= 2 * reach


def half_way(places, labeled, reach):
    return named(places, labeled, reach / 2)


def others(places, labeled, reach):
    return ~named(places, labeled, reach)


EXERCISES = {
    2: Exercise(
        teacher,
        {
            "exchanged": exchanged,
            "first_forgotten": first_forgotten,
            "plain_mean": plain_mean,
            "backwards": backwards,
        },
        a_training,
    ),
    3: Exercise(
        fixed,
        {
            "own_call": own_call,
            "mean_of_the_certain": mean_of_the_certain,
            "no_threshold": no_threshold,
            "soft": soft,
        },
        two_looks,
    ),
    4: Exercise(
        named,
        {"one_look": one_look, "half_way": half_way, "others": others},
        a_row,
    ),
}
