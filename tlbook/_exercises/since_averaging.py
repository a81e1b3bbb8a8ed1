"""Checkers of chapters/since/averaging.ipynb."""

import itertools

import numpy as np

from tlbook.exercises import Exercise


def units(rng):
    """Return two lists of five units, the second near a permutation of the first."""
    A = rng.standard_normal((5, 3))
    return A, A[rng.permutation(5)] + 0.7 * rng.standard_normal((5, 3))


def distance(A, B, order):
    return sum(np.sum((a - B[j]) ** 2) for a, j in zip(A, order))


def matched(A, B):
    orders = itertools.permutations(range(len(A)))
    return np.array(min(orders, key=lambda order: distance(A, B, order)))


def other_way(A, B):
    return matched(B, A)


def not_matched(A, B):
    return np.arange(len(A))


def farthest(A, B):
    orders = itertools.permutations(range(len(A)))
    return np.array(max(orders, key=lambda order: distance(A, B, order)))


def each_for_itself(A, B):
    return np.array([np.argmin([np.sum((a - b) ** 2) for b in B]) for a in A])


def linear_models(rng):
    """Return six linear classifiers of different quality and samples of three classes."""
    means = 1.5 * rng.standard_normal((3, 4))
    y = np.repeat([0, 1, 2], 14)
    X = means[y] + rng.standard_normal((42, 4))
    noise = np.array([0.5, 1.0, 2.0, 3.0, 1.0, 2.0])
    W = means.T + noise[:, None, None] * rng.standard_normal((6, 4, 3))
    return W, X, y


def count(W, X, y, members):
    scores = sum(X @ W[k] for k in members)
    return sum(int(np.argmax(row) == c) for row, c in zip(scores, y))


def in_order(W, X, y):
    return sorted(range(len(W)), key=lambda k: (-count(W, X, y, [k]), k))


def let_in(W, X, y, order, enough):
    members = [order[0]]
    for k in order[1:]:
        if enough(count(W, X, y, [*members, k]), count(W, X, y, members)):
            members.append(k)
    return np.array(members)


def greedy_members(W, X, y):
    return let_in(W, X, y, in_order(W, X, y), lambda new, old: new >= old)


def must_rise(W, X, y):
    return let_in(W, X, y, in_order(W, X, y), lambda new, old: new > old)


def as_they_come(W, X, y):
    return let_in(W, X, y, list(range(len(W))), lambda new, old: new >= old)


def worst_first(W, X, y):
    return let_in(W, X, y, in_order(W, X, y)[::-1], lambda new, old: new >= old)


def above_the_first(W, X, y):
    order = in_order(W, X, y)
    best = count(W, X, y, order[:1])
    return let_in(W, X, y, order, lambda new, old: new >= best)


def everyone(W, X, y):
    return np.array(in_order(W, X, y))


def path_of(rng):
    steps = int(rng.integers(6, 12))
    begin = float(rng.choice([0.0, 2 / steps, 0.5, 0.8]))
    return rng.standard_normal((steps, 3)), begin


def path_mean(path, begin):
    late = [w for i, w in enumerate(path, 1) if i > begin * len(path)]
    return sum(late) / len(late) if late else path[-1]


def one_too_early(path, begin):
    late = [w for i, w in enumerate(path, 1) if i >= begin * len(path)]
    return sum(late) / len(late)


def one_too_late(path, begin):
    late = [w for i, w in enumerate(path) if i > begin * len(path)]
    return sum(late) / len(late)


def whole_path(path, begin):
    return path.mean(axis=0)


def last(path, begin):
    return path[-1]


def early_part(path, begin):
    early = [w for i, w in enumerate(path, 1) if i <= begin * len(path)]
    return sum(early) / len(early) if early else path[0]


def losses_on_a_line(rng):
    return (np.cumsum(rng.uniform(-0.6, 0.7, 9)) + 6.0,)


def rise(losses):
    above = [loss - end for loss in losses for end in (losses[0], losses[-1])]
    pairs = np.array(above).reshape(-1, 2)
    return float(max(pairs.min(axis=1)))


def above_the_chord(losses):
    n = len(losses) - 1
    chord = [losses[0] + (losses[-1] - losses[0]) * i / n for i in range(n + 1)]
    return float(max(loss - c for loss, c in zip(losses, chord)))


def above_the_better(losses):
    return float(max(losses) - min(losses[0], losses[-1]))


def in_the_middle(losses):
    return float(losses[len(losses) // 2] - max(losses[0], losses[-1]))


def highest(losses):
    return float(max(losses))


EXERCISES = {
    2: Exercise(
        matched,
        {
            "other_way": other_way,
            "not_matched": not_matched,
            "farthest": farthest,
            "each_for_itself": each_for_itself,
        },
        units,
    ),
    3: Exercise(
        greedy_members,
        {
            "must_rise": must_rise,
            "as_they_come": as_they_come,
            "worst_first": worst_first,
            "above_the_first": above_the_first,
            "everyone": everyone,
        },
        linear_models,
    ),
    4: Exercise(
        path_mean,
        {
            "one_too_early": one_too_early,
            "one_too_late": one_too_late,
            "whole_path": whole_path,
            "last": last,
            "early_part": early_part,
        },
        path_of,
    ),
    5: Exercise(
        rise,
        {
            "above_the_chord": above_the_chord,
            "above_the_better": above_the_better,
            "in_the_middle": in_the_middle,
            "highest": highest,
        },
        losses_on_a_line,
    ),
}
