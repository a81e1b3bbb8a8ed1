"""Checkers of chapters/relation/markov_logic.ipynb."""

import itertools
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


def a_village(rng):
    """Return tables of 0 and 1: who meets whom, and who is infected."""
    n = int(rng.integers(5, 8))
    infected = rng.permutation(np.arange(n) % 2)
    return (rng.uniform(size=(n, n)) < 0.6).astype(int), infected


def broken_pairs(meets, infected):
    n = len(infected)
    return [
        (x, y)
        for x, y in itertools.product(range(n), repeat=2)
        if meets[x][y] and infected[x] and not infected[y]
    ]


def true_groundings(meets, infected):
    return len(infected) ** 2 - len(broken_pairs(meets, infected))


def false_ones(meets, infected):
    return len(broken_pairs(meets, infected))


def of_those_who_meet(meets, infected):
    return int(np.sum(meets)) - len(broken_pairs(meets, infected))


def against_the_arrow(meets, infected):
    return true_groundings(np.transpose(meets), infected)


def where_all_hold(meets, infected):
    n = len(infected)
    pairs = itertools.product(range(n), repeat=2)
    return sum(meets[x][y] and infected[x] and infected[y] for x, y in pairs)


def a_few_people(rng):
    """Return who meets whom among a few, and a weight."""
    n = int(rng.integers(3, 5))
    meets = (rng.uniform(size=(n, n)) < 0.5).astype(int)
    meets[0, 1], meets[1, 0] = 1, 0
    return meets, float(rng.uniform(0.5, 2))


def shares(meets, weight):
    """Return the worlds and their probabilities."""
    worlds = list(itertools.product((0, 1), repeat=len(meets)))
    mass = [math.exp(weight * true_groundings(meets, x)) for x in worlds]
    return np.array(worlds), np.array(mass) / math.fsum(mass)


def marginals(meets, weight):
    worlds, probability = shares(meets, weight)
    return probability @ worlds


def paid_for_breaking(meets, weight):
    return marginals(meets, -weight)


def all_alike(meets, weight):
    return marginals(meets, 0.0)


def not_normalized(meets, weight):
    worlds, _ = shares(meets, weight)
    mass = [math.exp(weight * true_groundings(meets, x)) for x in worlds]
    return np.array(mass) @ worlds


EXERCISES = {
    3: Exercise(
        true_groundings,
        {
            "false_ones": false_ones,
            "of_those_who_meet": of_those_who_meet,
            "against_the_arrow": against_the_arrow,
            "where_all_hold": where_all_hold,
        },
        a_village,
    ),
    4: Exercise(
        marginals,
        {
            "paid_for_breaking": paid_for_breaking,
            "all_alike": all_alike,
            "not_normalized": not_normalized,
        },
        a_few_people,
    ),
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
