"""Checkers of chapters/practice/weighted_conformal.ipynb."""

import numpy as np

from tlbook.exercises import Exercise


def calibrated(rng):
    """Return scores, some of them equal, weights, one own weight, and alpha."""
    m = int(rng.integers(12, 20))
    scores = rng.integers(0, 25, m).astype(float)
    weights = rng.integers(1, 6, m).astype(float) + 0.25
    return scores, weights, float(rng.integers(9, 14)), 0.2 + 0.1 * rng.random()


def threshold(scores, weights, own, alpha):
    order = np.argsort(np.append(scores, np.inf), kind="stable")
    share = np.append(weights, own) / (weights.sum() + own)
    place = np.searchsorted(np.cumsum(share[order]), 1 - alpha)
    return float(np.append(scores, np.inf)[order][place])


def own_forgotten(scores, weights, own, alpha):
    return threshold(scores, weights, 0.0, alpha)


def own_at_zero(scores, weights, own, alpha):
    return threshold(np.append(scores, 0.0), np.append(weights, own), 0.0, alpha)


def not_weighted(scores, weights, own, alpha):
    return threshold(scores, np.ones(len(scores)), 1.0, alpha)


def alpha_for_the_rest(scores, weights, own, alpha):
    return threshold(scores, weights, own, 1 - alpha)


def not_sorted(scores, weights, own, alpha):
    reached = np.cumsum(weights) / (weights.sum() + own)
    return float(scores[np.searchsorted(reached, 1 - alpha) % len(scores)])


def candidate(rng):
    """Return a score that calibration scores repeat, its weight, scores and weights."""
    scores, weights, own, _ = calibrated(rng)
    return float(rng.choice(scores[scores > scores.min()])), own, scores, weights


def p_value(score, own, scores, weights):
    total = own
    for s, w in zip(scores, weights):
        total += 0 if s < score else w
    return total / (own + sum(weights))


def without_ties(score, own, scores, weights):
    return p_value(score + 0.5, own, scores, weights)


def without_itself(score, own, scores, weights):
    return weights[scores >= score].sum() / weights.sum()


def itself_in_the_sum_alone(score, own, scores, weights):
    return weights[scores >= score].sum() / (weights.sum() + own)


def smaller_scores(score, own, scores, weights):
    return p_value(-score, own, -scores, weights)


def counted(score, own, scores, weights):
    return p_value(score, 1.0, scores, np.ones(len(scores)))


def sets_of_classes(rng):
    """Return sets of three classes, and labels."""
    y = rng.permutation(np.repeat([0, 1, 2], [20, 12, 8]))
    P = np.array([[0.9, 0.3, 0.2], [0.2, 0.7, 0.5], [0.1, 0.4, 0.6]])
    return rng.random((40, 3)) < P[y], y


def by_class(sets, y):
    hits, sizes = np.zeros(3), np.zeros(3)
    for row, c in zip(sets, y):
        hits[c] += row[c]
        sizes[c] += 1
    return hits / sizes


def share_of_all(sets, y):
    return by_class(sets, y) * np.bincount(y) / len(y)


def of_the_sets(sets, y):
    """Return how often a class that is in the set is the truth."""
    return by_class(sets, y) * np.bincount(y) / sets.sum(axis=0)


def how_often_in_a_set(sets, y):
    return sets.mean(axis=0)


def average(sets, y):
    return np.full(3, sets[np.arange(len(y)), y].mean())


EXERCISES = {
    2: Exercise(
        threshold,
        {
            "own_forgotten": own_forgotten,
            "own_at_zero": own_at_zero,
            "not_weighted": not_weighted,
            "alpha": alpha_for_the_rest,
            "not_sorted": not_sorted,
        },
        calibrated,
    ),
    3: Exercise(
        p_value,
        {
            "without_ties": without_ties,
            "without_itself": without_itself,
            "itself_in_the_sum_alone": itself_in_the_sum_alone,
            "smaller_scores": smaller_scores,
            "counted": counted,
        },
        candidate,
    ),
    5: Exercise(
        by_class,
        {
            "share_of_all": share_of_all,
            "of_the_sets": of_the_sets,
            "how_often_in_a_set": how_often_in_a_set,
            "average": average,
        },
        sets_of_classes,
    ),
}
