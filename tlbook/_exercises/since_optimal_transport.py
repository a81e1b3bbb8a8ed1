"""Checkers of chapters/since/optimal_transport.ipynb."""

import math

import numpy as np

from tlbook.exercises import Exercise


def a_plan(rng):
    """Return a plan of any row sums, and target samples."""
    ns, nt = rng.integers([4, 5], [7, 9]).tolist()
    return rng.gamma(0.5, 1, (ns, nt)) / (ns * nt), rng.normal(0, 2, (nt, 2))


def arrived(P, Xt):
    return np.array(
        [sum(p * x for p, x in zip(row, Xt)) / math.fsum(row) for row in P]
    )


def not_divided(P, Xt):
    return P @ Xt


def as_if_uniform(P, Xt):
    return len(P) * P @ Xt


def by_columns(P, Xt):
    return P / P.sum(axis=0) @ Xt


def to_the_largest(P, Xt):
    return Xt[np.argmax(P, axis=1)]


def a_cost(rng):
    """Return costs, the weight of the entropy and a number of sweeps."""
    ns, nt = rng.integers([4, 6], [6, 9]).tolist()
    C = rng.gamma(2, 0.5, (ns, nt))
    return C, float(rng.uniform(0.2, 0.6)), int(rng.integers(2, 5))


def scaled(C, reg, sweeps, masses=(None, None), rows_first=False, power=-1.0):
    """Return the plan by scaling a matrix in place, first its columns."""
    ns, nt = C.shape
    a, b = masses[0] or 1 / ns, masses[1] or 1 / nt
    P = np.array([[math.exp(power * c / reg) for c in row] for row in C])
    for _ in range(sweeps):
        for rows in (rows_first, not rows_first):
            if rows:
                P = np.array([a * row / math.fsum(row) for row in P])
            else:
                P = np.array([b * row / math.fsum(row) for row in P.T]).T
    return P


def sinkhorn(C, reg, sweeps):
    return scaled(C, reg, sweeps)


def rows_first(C, reg, sweeps):
    return scaled(C, reg, sweeps, rows_first=True)


def masses_of_one(C, reg, sweeps):
    return scaled(C, reg, sweeps, masses=(1.0, 1.0))


def far_is_cheap(C, reg, sweeps):
    return scaled(C, reg, sweeps, power=1.0)


def no_weight(C, reg, sweeps):
    return scaled(C, 1.0, sweeps)


def a_sweep_too_few(C, reg, sweeps):
    return scaled(C, reg, sweeps - 1)


def labeled(rng):
    """Return a plan of mass 1, and the classes of both sides."""
    P, _ = a_plan(rng)
    ys = rng.permutation(np.arange(len(P)) % 2)
    return P / P.sum(), ys, rng.permutation(np.arange(P.shape[1]) % 2)


def mass_astray(P, ys, yt):
    return math.fsum(
        p for row, a in zip(P, ys) for p, b in zip(row, yt) if a != b
    )


def mass_at_home(P, ys, yt):
    return 1 - mass_astray(P, ys, yt)


def pairs_astray(P, ys, yt):
    return float(np.mean(ys[:, None] != yt))


def largest_alone(P, ys, yt):
    return float(np.mean(yt[P.argmax(axis=1)] != ys))


EXERCISES = {
    2: Exercise(
        arrived,
        {
            "not_divided": not_divided,
            "as_if_uniform": as_if_uniform,
            "by_columns": by_columns,
            "to_the_largest": to_the_largest,
        },
        a_plan,
    ),
    3: Exercise(
        sinkhorn,
        {
            "rows_first": rows_first,
            "masses_of_one": masses_of_one,
            "far_is_cheap": far_is_cheap,
            "no_weight": no_weight,
            "a_sweep_too_few": a_sweep_too_few,
        },
        a_cost,
    ),
    4: Exercise(
        mass_astray,
        {
            "mass_at_home": mass_at_home,
            "pairs_astray": pairs_astray,
            "largest_alone": largest_alone,
        },
        labeled,
    ),
}
