"""Optimal transport: the plan and the carried source as the entropy loses its weight."""

import numpy as np
from scipy.special import entr

from tlbook.datasets import make_shift
from tlbook.film import Film
from tlbook.since.optimal_transport import (
    barycentric_map,
    sinkhorn_plan,
    transport_cost,
)

WEIGHTS = np.geomspace(10.0, 0.008, 20)
N = 40
X, Y = (-4.2, 4.6), (-2.6, 4.2)


def film():
    """Return the film: source samples on their way, and the plan as a table."""
    pair = make_shift("conditional", n_samples=N, random_state=1)
    # by class and from left to right, so that the table shows who goes where
    s, t = (
        np.lexsort((A[:, 0], y))
        for A, y in ((pair.Xs, pair.ys), (pair.Xt, pair.yt))
    )
    Xs, ys, Xt, yt = pair.Xs[s], pair.ys[s], pair.Xt[t], pair.yt[t]
    C = transport_cost(Xs, Xt)
    plans = np.array([sinkhorn_plan(C, reg, tol=1e-3) for reg in WEIGHTS])
    places = np.array([barycentric_map(P, Xt) for P in plans])
    spread = entr(plans).sum(axis=(1, 2))
    costs = (plans * C).sum(axis=(1, 2))
    whole = Film(
        "Optimal transport: the plan sharpens",
        [
            f"lambda = {reg:.3f}: cost {cost:.2f}, each sample goes to {to:.0f} places"
            for reg, cost, to in zip(WEIGHTS, costs, np.exp(spread) / N)
        ],
        "Left, the source circles all sit at the mean of the target triangles; "
        "as the weight of the entropy falls, they fan out until each lies at "
        "its own triangle, filled at filled and outlined at outlined. Right, "
        "the plan as a table: an even tint that breaks into two blocks and then "
        "into single cells.",
    )
    plane = whole.panel("the source on its way", X, Y, height=340)
    for i in range(0, N, 2):
        plane.line(
            np.stack(
                [np.broadcast_to(Xs[i], (len(WEIGHTS), 2)), places[:, i]], axis=1
            ),
            "axis",
        )
    plane.points(Xt, "target", size=4.5, hollow=yt == 0)
    plane.points(places, "source", size=2.4, hollow=ys == 0)
    plane.key("source, carried")
    table = whole.panel(
        "the plan", (0, N), (0, N), height=340, xlabel="target", ylabel="source"
    )
    table.field(np.sqrt(plans / plans.max(axis=(1, 2), keepdims=True)))
    return whole
