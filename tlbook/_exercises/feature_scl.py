"""Checkers of chapters/feature/scl.ipynb."""

import numpy as np

from tlbook.exercises import Exercise


def margins(rng):
    """Return margins on all three pieces."""
    return (
        rng.permutation(np.r_[rng.uniform(-4, -1.5, 3), rng.uniform(-1, 4, 6)]),
    )


def loss(u):
    return np.array(
        [-4 * v if v < -1 else (1 - v) ** 2 if v < 1 else 0 for v in u]
    )


def squared_hinge(u):
    return np.array([(1 - v) ** 2 if v < 1 else 0 for v in u])


def square(u):
    return np.array([(1 - v) ** 2 for v in u])


def hinge(u):
    return np.array([max(1 - v, 0) for v in u])


def flat_tail(u):
    return np.array([4 if v < -1 else (1 - v) ** 2 if v < 1 else 0 for v in u])


ANGLES = np.deg2rad([10, 40, 50, 62])


def two_spaces(rng):
    """Return theta, other: orthonormal columns, with known angles, and turned."""
    angles = rng.permutation(np.r_[ANGLES, rng.choice(ANGLES, 2)])
    k = len(angles)
    Q = np.linalg.qr(rng.normal(size=(2 * k + 1, 2 * k)))[0]
    other = Q[:, :k] * np.cos(angles) + Q[:, k:] * np.sin(angles)
    turn = np.linalg.qr(rng.normal(size=(k, k)))[0]
    return Q[:, :k], other @ turn


def cosines(theta, other):
    squares = np.linalg.eigvalsh(theta.T @ other @ other.T @ theta)
    return np.sqrt(np.clip(squares, 0, None))


def shared(theta, other):
    return sum(np.rad2deg(np.arccos(np.minimum(cosines(theta, other), 1))) < 45)


def up_to_60_degrees(theta, other):
    return sum(cosines(theta, other) > 0.5)


def squared_cosines(theta, other):
    return sum(cosines(theta, other) ** 2 > np.sqrt(0.5))


def column_by_column(theta, other):
    return sum(abs(np.sum(theta * other, axis=0)) > np.sqrt(0.5))


def presences(rng):
    """Return Bs, Bt, p, m: in no two words is the rarer of the two counts the same."""
    rarer = rng.permutation(8) + 1
    more = rarer + rng.integers(1, 9, 8)
    swap = rng.uniform(size=8) < 0.5
    swap[:2] = [True, False]
    counts = np.where(swap, more, rarer), np.where(swap, rarer, more)
    return *(with_counts(row, rng) for row in counts), 3, 3


def with_counts(counts, rng):
    B = np.zeros((20, len(counts)))
    for j, count in enumerate(counts):
        B[rng.permutation(20)[:count], j] = 1
    return B


def ranked(score, m, p):
    places = [j for j in range(len(score)) if score[j] > m]
    return np.array(sorted(places, key=lambda j: (-score[j], j))[:p])


def frequent(Bs, Bt, p, m):
    rows = zip(Bs.T.tolist(), Bt.T.tolist())
    return ranked([min(sum(s), sum(t)) for s, t in rows], m, p)


def in_the_source_alone(Bs, Bt, p, m):
    return ranked(Bs.sum(axis=0), m, p)


def in_either(Bs, Bt, p, m):
    return ranked(Bs.sum(axis=0) + Bt.sum(axis=0), m, p)


def the_rarest(Bs, Bt, p, m):
    rarer = np.minimum(Bs.sum(axis=0), Bt.sum(axis=0))
    return np.array([j for j in np.argsort(rarer) if rarer[j] > m][:p])


EXERCISES = {
    2: Exercise(
        loss,
        {
            "squared_hinge": squared_hinge,
            "square": square,
            "hinge": hinge,
            "flat_tail": flat_tail,
        },
        margins,
    ),
    3: Exercise(
        shared,
        {
            "up_to_60_degrees": up_to_60_degrees,
            "squared_cosines": squared_cosines,
            "column_by_column": column_by_column,
        },
        two_spaces,
    ),
    4: Exercise(
        frequent,
        {
            "in_the_source_alone": in_the_source_alone,
            "in_either": in_either,
            "the_rarest": the_rarest,
        },
        presences,
    ),
}
