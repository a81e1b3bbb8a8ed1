"""Checkers of chapters/resources/comparison.ipynb."""

import math

import numpy as np
from scipy.special import stdtrit

from tlbook.exercises import Exercise


def gains_and_targets(rng):
    """Return the gains of tasks and the number of the target of each, in no order."""
    targets = rng.permutation(np.repeat(np.arange(5), [1, 2, 2, 3, 4]))
    return rng.normal(1.0, 1.0, 12) + 2.0 * rng.normal(size=5)[targets], targets


def by_target(gains, targets):
    """Return the mean gain of each target."""
    groups = {}
    for gain, target in zip(gains, targets):
        groups.setdefault(target, []).append(gain)
    return [sum(group) / len(group) for group in groups.values()]


def width(values, quantile, less=1, root=True):
    n = len(values)
    mean = sum(values) / n
    spread = math.sqrt(sum((x - mean) ** 2 for x in values) / (n - less))
    return quantile * spread / (math.sqrt(n) if root else 1)


def half_width(gains, targets):
    means = by_target(gains, targets)
    return width(means, stdtrit(len(means) - 1, 0.975))


def tasks_as_targets(gains, targets):
    return width(list(gains), stdtrit(len(gains) - 1, 0.975))


def normal(gains, targets):
    return width(by_target(gains, targets), 1.959963985)


def one_side(gains, targets):
    means = by_target(gains, targets)
    return width(means, stdtrit(len(means) - 1, 0.95))


def by_n(gains, targets):
    means = by_target(gains, targets)
    return width(means, stdtrit(len(means) - 1, 0.975), less=0)


def of_one_target(gains, targets):
    means = by_target(gains, targets)
    return width(means, stdtrit(len(means) - 1, 0.975), root=False)


def accuracies(rng):
    """Return accuracies, tasks x methods, with ties in some tasks."""
    table = rng.permuted(np.tile([50.0, 60.0, 70.0, 80.0, 90.0], (6, 1)), axis=1)
    table[0, 1:3] = table[1, [0, 4]] = table[2, :3] = 75.0
    return (table,)


def ranks_of(row, above=0.5):
    """Rank by counting who is better; equals add `above` each."""
    return [
        1
        + sum(
            float(other > own) + above * (other == own)
            for j, other in enumerate(row)
            if j != i
        )
        for i, own in enumerate(row)
    ]


def mean_of(rows):
    return np.array([sum(column) / len(rows) for column in zip(*rows)])


def mean_ranks(table):
    return mean_of([ranks_of(row) for row in table])


def last_is_one(table):
    return mean_ranks(-table)


def best_of_equals(table):
    return mean_of([ranks_of(row, above=0.0) for row in table])


def worst_of_equals(table):
    return mean_of([ranks_of(row, above=1.0) for row in table])


def ranks_of_means(table):
    return np.array(ranks_of(table.mean(axis=0)))


def three_rows(rng):
    """Return accuracies of source alone, few alone and a method, tasks x seeds."""
    source = rng.uniform(40, 90, (6, 1)) + rng.normal(0, 3, (6, 3))
    few = rng.uniform(40, 90, (6, 1)) + rng.normal(0, 8, (6, 3))
    return source, few, rng.uniform(50, 95, (6, 3))


def over_the_better(source, few, method):
    gains = [
        sum(m) / len(m) - max(sum(s) / len(s), sum(f) / len(f))
        for s, f, m in zip(source, few, method)
    ]
    return sum(gains) / len(gains)


def over_the_worse(source, few, method):
    return -over_the_better(-source, -few, -method)


def over_the_mean(source, few, method):
    return np.mean(method) - (np.mean(source) + np.mean(few)) / 2


def one_for_all_tasks(source, few, method):
    return np.mean(method) - max(np.mean(source), np.mean(few))


def better_of_each_draw(source, few, method):
    better = [max(s, f) for s, f in zip(source.ravel(), few.ravel())]
    return np.mean(method) - sum(better) / len(better)


def over_the_source(source, few, method):
    return np.mean(method) - np.mean(source)


EXERCISES = {
    2: Exercise(
        half_width,
        {
            "tasks_as_targets": tasks_as_targets,
            "normal": normal,
            "one_side": one_side,
            "by_n": by_n,
            "of_one_target": of_one_target,
        },
        gains_and_targets,
    ),
    3: Exercise(
        mean_ranks,
        {
            "last_is_one": last_is_one,
            "best_of_equals": best_of_equals,
            "worst_of_equals": worst_of_equals,
            "ranks_of_means": ranks_of_means,
        },
        accuracies,
    ),
    4: Exercise(
        over_the_better,
        {
            "over_the_worse": over_the_worse,
            "over_the_mean": over_the_mean,
            "one_for_all_tasks": one_for_all_tasks,
            "better_of_each_draw": better_of_each_draw,
            "over_the_source": over_the_source,
        },
        three_rows,
    ),
}
