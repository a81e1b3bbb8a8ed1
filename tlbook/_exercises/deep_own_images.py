"""Checkers of chapters/deep/own_images.ipynb."""

from math import comb

import numpy as np

from tlbook.exercises import Exercise


def three_lists(rng):
    """Return guesses before and after, and the truth; more is lost than won."""
    truth = rng.integers(0, 3, 30)
    before = np.where(rng.random(30) < 0.8, truth, rng.integers(0, 3, 30))
    after = np.where(rng.random(30) < 0.5, truth, rng.integers(0, 3, 30))
    return before, after, truth


def counts(before, after, truth):
    """Return how many were lost and won."""
    triples = list(zip(before.tolist(), after.tolist(), truth.tolist()))
    lost = sum(a == t and b != t for a, b, t in triples)
    won = sum(a != t and b == t for a, b, t in triples)
    return lost, won


def at_least(k, n):
    """Return the probability of k heads or more in n tosses."""
    return sum(comb(n, j) for j in range(k, n + 1)) / 2**n


def chance_of(before, after, truth):
    lost, won = counts(before, after, truth)
    return at_least(lost, lost + won)


def one_more(before, after, truth):
    lost, won = counts(before, after, truth)
    return at_least(lost + 1, lost + won)


def won_in_place_of_lost(before, after, truth):
    lost, won = counts(before, after, truth)
    return at_least(won, lost + won)


def of_all_pictures(before, after, truth):
    return at_least(counts(before, after, truth)[0], len(truth))


def all_that_changed(before, after, truth):
    """Count a wrong guess that became another wrong one as lost."""
    lost, won = counts(before, after, truth)
    moved = int(np.sum(before != after)) - won
    return at_least(moved, moved + won)


def classes_and_guesses(rng):
    """Return classes of unequal size, and guesses."""
    truth = rng.permutation(np.repeat(["arrow", "heart", "star"], [6, 9, 14]))
    lots = rng.choice(["arrow", "heart", "star"], len(truth))
    return truth, np.where(rng.random(len(truth)) < 0.5, truth, lots)


def shares(rows, truth, guesses):
    """Return, for each value of rows, how often both agree there."""
    found = {}
    for row, t, g in zip(rows, truth, guesses):
        found.setdefault(row, []).append(t == g)
    return {row: sum(each) / len(each) for row, each in found.items()}


def worst_class(truth, guesses):
    return min(shares(truth, truth, guesses).values())


def best_class(truth, guesses):
    return max(shares(truth, truth, guesses).values())


def worst_guess(truth, guesses):
    return min(shares(guesses, truth, guesses).values())


def all_alike(truth, guesses):
    return float(np.mean(truth == guesses))


def mean_of_classes(truth, guesses):
    each = shares(truth, truth, guesses)
    return sum(each.values()) / len(each)


EXERCISES = {
    2: Exercise(
        chance_of,
        {
            "one_more": one_more,
            "won": won_in_place_of_lost,
            "all_pictures": of_all_pictures,
            "changed": all_that_changed,
        },
        three_lists,
    ),
    3: Exercise(
        worst_class,
        {
            "best": best_class,
            "of_the_guesses": worst_guess,
            "all_alike": all_alike,
            "mean": mean_of_classes,
        },
        classes_and_guesses,
    ),
}
