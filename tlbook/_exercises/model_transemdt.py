"""Checkers of chapters/model/transemdt.ipynb."""

import math

import numpy as np

from tlbook.exercises import Exercise


def agreed_samples(rng):
    """Return distances to the mean, whether tree and k-means agree, and a share."""
    n = int(rng.integers(9, 15))
    agreed = rng.random(n) < 0.6
    agreed[:5] = True
    agreed[5] = False
    return (
        rng.permutation(n) + rng.random(n) / 2,
        agreed,
        float(rng.uniform(0.3, 0.6)),
    )


def nearest(distances, agreed, number):
    """Return the mask of the `number` nearest among those agreed."""
    own = sorted((r, i) for i, (r, a) in enumerate(zip(distances, agreed)) if a)
    chosen = {i for _, i in own[:number]}
    return np.array([i in chosen for i in range(len(distances))])


def confident(distances, agreed, share):
    return nearest(distances, agreed, math.ceil(share * sum(agreed)))


def share_of_all(distances, agreed, share):
    return nearest(distances, agreed, math.ceil(share * len(agreed)))


def farthest(distances, agreed, share):
    return nearest(-distances, agreed, math.ceil(share * sum(agreed)))


def whoever_agrees(distances, agreed, share):
    return agreed


def not_asked(distances, agreed, share):
    return nearest(
        distances, np.full(len(agreed), True), math.ceil(share * sum(agreed))
    )


def rounded_down(distances, agreed, share):
    return nearest(distances, agreed, math.floor(share * sum(agreed)))


def two_domains(rng):
    """Return Xs, Xt."""
    return rng.normal(1, 2, (int(rng.integers(5, 9)), 3)), rng.normal(
        -2, 0.5, (6, 3)
    )


def column_by_column(X, of):
    columns = [
        [(x - np.mean(known)) / np.std(known) for x in column]
        for column, known in zip(X.T, of.T)
    ]
    return np.array(columns).T


def scaled(Xs, Xt):
    return np.concatenate([column_by_column(Xs, Xs), column_by_column(Xt, Xt)])


def scaled_together(Xs, Xt):
    X = np.concatenate([Xs, Xt])
    return column_by_column(X, X)


def scaled_by_the_source(Xs, Xt):
    return column_by_column(np.concatenate([Xs, Xt]), Xs)


def only_centered(Xs, Xt):
    return np.concatenate([Xs - Xs.mean(axis=0), Xt - Xt.mean(axis=0)])


def divided_by_the_variance(Xs, Xt):
    return np.concatenate(
        [column_by_column(X, X) / X.std(axis=0) for X in (Xs, Xt)]
    )


def row_by_row(Xs, Xt):
    X = np.concatenate([Xs, Xt])
    return column_by_column(X.T, X.T).T


def a_node(rng):
    """Return values with ties, which side is wanted, and thresholds among them."""
    x = rng.integers(0, 6, int(rng.integers(6, 12))).astype(float)
    left = rng.random(len(x)) < 0.5
    left[:2] = True, False
    return x, left, np.array([0.0, 1.5, 2.0, 4.0, 5.0])


def errors(x, left, thresholds):
    return np.array(
        [
            sum(wanted != (value <= t) for value, wanted in zip(x, left))
            for t in thresholds
        ]
    )


def strictly_below(x, left, thresholds):
    return np.array([np.sum(left != (x < t)) for t in thresholds])


def the_right_ones(x, left, thresholds):
    return len(x) - errors(x, left, thresholds)


def share_of_errors(x, left, thresholds):
    return errors(x, left, thresholds) / len(x)


def of_the_left_alone(x, left, thresholds):
    return np.array([np.sum(left & (x > t)) for t in thresholds])


EXERCISES = {
    3: Exercise(
        confident,
        {
            "share_of_all": share_of_all,
            "farthest": farthest,
            "whoever_agrees": whoever_agrees,
            "not_asked": not_asked,
            "rounded_down": rounded_down,
        },
        agreed_samples,
    ),
    4: Exercise(
        scaled,
        {
            "together": scaled_together,
            "by_the_source": scaled_by_the_source,
            "only_centered": only_centered,
            "variance": divided_by_the_variance,
            "row_by_row": row_by_row,
        },
        two_domains,
    ),
    5: Exercise(
        errors,
        {
            "strictly_below": strictly_below,
            "the_right_ones": the_right_ones,
            "share": share_of_errors,
            "of_the_left_alone": of_the_left_alone,
        },
        a_node,
    ),
}
