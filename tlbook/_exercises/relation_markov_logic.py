"""Checkers of chapters/relation/markov_logic.ipynb."""

import math

import numpy as np

from tlbook.exercises import Exercise


def an_atom(rng):
    """Return weights, and counts of true groundings without and with the atom."""
    before = rng.integers(0, 5, 3)
    return rng.normal(0, 1, 3), before, before + rng.choice([-2, -1, 1, 2], 3)


def chance(w, before, after):
    without, with_it = (
        math.exp(sum(a * n for a, n in zip(w, counts)))
        for counts in (before, after)
    )
    return with_it / (without + with_it)


def other_way_round(w, before, after):
    return chance(w, after, before)


def only_with_it(w, before, after):
    return chance(w, np.zeros(len(w)), after)


def odds(w, before, after):
    p = chance(w, before, after)
    return p / (1 - p)


def not_weighted(w, before, after):
    return chance(np.ones(len(w)), before, after)


EXERCISES = {
    5: Exercise(
        chance,
        {
            "other_way_round": other_way_round,
            "only_with_it": only_with_it,
            "odds": odds,
            "not_weighted": not_weighted,
        },
        an_atom,
    ),
}
