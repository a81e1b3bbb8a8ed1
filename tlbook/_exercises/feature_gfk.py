"""Checkers of chapters/feature/gfk.ipynb."""

import numpy as np

from tlbook.exercises import Exercise


def two_bases(rng):
    """Return Ps, Pt with orthonormal columns, k at most half of d."""
    k = int(rng.integers(2, 4))
    d = int(rng.integers(2 * k, 2 * k + 3))
    return tuple(np.linalg.qr(rng.normal(size=(d, k)))[0] for _ in range(2))


def bases_and_stops(rng):
    """Return Ps, Pt, stops."""
    return *two_bases(rng), int(rng.integers(3, 7))


def projector_at(Ps, Pt, t):
    """Return Phi(t) Phi(t)', by turning each direction in the plane of its partner."""
    squares, U = np.linalg.eigh(Ps.T @ Pt @ Pt.T @ Ps)
    whole = 0
    for square, u in zip(squares, U.T):
        start = Ps @ u
        partner = Pt @ Pt.T @ start / np.sqrt(square)
        aside = partner - start * (start @ partner)
        angle = np.arctan2(np.linalg.norm(aside), start @ partner)
        aside = aside / np.linalg.norm(aside)
        at = np.cos(t * angle) * start + np.sin(t * angle) * aside
        whole = whole + np.outer(at, at)
    return whole


def kernel(Ps, Pt):
    nodes, weights = np.polynomial.legendre.leggauss(20)
    return sum(
        w / 2 * projector_at(Ps, Pt, (1 + x) / 2) for x, w in zip(nodes, weights)
    )


def as_printed_in_the_paper(Ps, Pt):
    return 2 * kernel(Ps, Pt)


def only_the_ends(Ps, Pt):
    return (Ps @ Ps.T + Pt @ Pt.T) / 2


def only_halfway(Ps, Pt):
    return projector_at(Ps, Pt, 0.5)


def at(Ps, Pt, times):
    return sum(projector_at(Ps, Pt, t) for t in times) / len(times)


def joined(Ps, Pt, stops):
    return at(Ps, Pt, [i / (stops - 1) for i in range(stops)])


def summed(Ps, Pt, stops):
    return stops * joined(Ps, Pt, stops)


def without_the_target(Ps, Pt, stops):
    return at(Ps, Pt, [i / stops for i in range(stops)])


def ends_left_out(Ps, Pt, stops):
    return at(Ps, Pt, [(i + 1) / (stops + 1) for i in range(stops)])


EXERCISES = {
    3: Exercise(
        kernel,
        {
            "as_printed_in_the_paper": as_printed_in_the_paper,
            "only_the_ends": only_the_ends,
            "only_halfway": only_halfway,
        },
        two_bases,
    ),
    4: Exercise(
        joined,
        {
            "summed": summed,
            "without_the_target": without_the_target,
            "ends_left_out": ends_left_out,
        },
        bases_and_stops,
    ),
}
