"""Checkers of chapters/introduction/domains_and_tasks.ipynb."""

import cmath
import math

import numpy as np

from tlbook.exercises import Exercise


def a_diagnosis(rng):
    """Return P_s(y=1|x), P_s(y=1), P_t(y=1)."""
    return tuple(float(p) for p in rng.uniform(0.1, 0.9, 3))


def corrected(p, prior_source, prior_target):
    """Count in a world of a million, in which x is what it was for either class."""
    sick = 1e6 * prior_target * p / prior_source
    well = 1e6 * (1 - prior_target) * (1 - p) / (1 - prior_source)
    return sick / (sick + well)


def odds(p, prior_source, prior_target):
    q = corrected(p, prior_source, prior_target)
    return q / (1 - q)


def not_normalized(p, prior_source, prior_target):
    return p * prior_target / prior_source


def other_way_round(p, prior_source, prior_target):
    return corrected(p, prior_target, prior_source)


def priors_for_odds(p, prior_source, prior_target):
    o = p / (1 - p) * prior_target / prior_source
    return o / (1 + o)


def a_cloud(rng):
    """Return X, degrees."""
    return rng.normal(size=(int(rng.integers(3, 7)), 2)), float(
        rng.uniform(20, 70)
    )


def turned(X, degrees):
    """Turn by complex numbers, counterclockwise."""
    factor = cmath.exp(1j * math.radians(degrees))
    return np.array([[(z := complex(*x) * factor).real, z.imag] for x in X])


def clockwise(X, degrees):
    return turned(X, -degrees)


def degrees_as_radians(X, degrees):
    return turned(X, math.degrees(degrees))


def about_the_mean(X, degrees):
    m = X.mean(axis=0)
    return turned(X - m, degrees) + m


def calls(rng):
    """Return labels and calls of the source, and the calls of the target."""
    y = np.repeat([0, 1], [60, 40])
    wrong = rng.random(100) < np.where(y == 1, 0.25, 0.1)
    target = rng.random(80) < rng.uniform(0.3, 0.7)
    return y, np.where(wrong, 1 - y, y), target.astype(int)


def target_prior(y, called, called_target):
    """Return where the share of calls lies between the false and the true positive rate."""
    true = np.mean(called[y == 1])
    false = np.mean(called[y == 0])
    return (np.mean(called_target) - false) / (true - false)


def share_of_calls(y, called, called_target):
    return np.mean(called_target)


def ratio_of_priors(y, called, called_target):
    return target_prior(y, called, called_target) / np.mean(y)


def given_the_call(y, called, called_target):
    q = np.mean(called_target)
    return q * np.mean(y[called == 1]) + (1 - q) * np.mean(y[called == 0])


def of_the_other_class(y, called, called_target):
    return 1 - target_prior(y, called, called_target)


EXERCISES = {
    2: Exercise(
        corrected,
        {
            "odds": odds,
            "not_normalized": not_normalized,
            "other_way_round": other_way_round,
            "priors_for_odds": priors_for_odds,
        },
        a_diagnosis,
    ),
    3: Exercise(
        turned,
        {
            "clockwise": clockwise,
            "degrees_as_radians": degrees_as_radians,
            "about_the_mean": about_the_mean,
        },
        a_cloud,
    ),
    5: Exercise(
        target_prior,
        {
            "share_of_calls": share_of_calls,
            "ratio_of_priors": ratio_of_priors,
            "given_the_call": given_the_call,
            "of_the_other_class": of_the_other_class,
        },
        calls,
    ),
}
