"""Gradual self-training: two half-moons turn, and a classifier follows step by step."""

import numpy as np
from sklearn.datasets import make_moons
from sklearn.neighbors import KNeighborsClassifier

from tlbook.film import Film
from tlbook.since.self_training import gradual_self_training

STEPS, END = 18, 90  # degrees
CELLS, SIDE = 24, 1.9  # of the plane


def moons(degrees, seed):
    """Return two half-moons, one a class, about zero and turned; X (300, 2) and y (300,)."""
    X, y = make_moons(300, noise=0.08, random_state=seed)
    a = np.deg2rad(degrees)
    turn = np.array([[np.cos(a), -np.sin(a)], [np.sin(a), np.cos(a)]])
    return (X - [0.5, 0.25]) @ turn.T, y


def film():
    """Return the film: what the follower calls the plane, and both accuracies."""
    angles = np.linspace(0, END, STEPS + 1)
    alone = KNeighborsClassifier(15).fit(*moons(0, 0))
    steps = [moons(angle, i)[0] for i, angle in enumerate(angles)][1:]
    models = [alone, *gradual_self_training(alone, steps)]
    # the triangles are others than those that it learned from
    seen = [moons(angle, 999) for angle in angles]
    stays, follows = (
        np.array([100 * h.score(X, y) for h, (X, y) in zip(used, seen)])
        for used in ([alone] * len(models), models)
    )
    places = np.linspace(-SIDE, SIDE, 2 * CELLS + 1)[1::2]
    grid = np.stack(np.meshgrid(places, places), axis=-1).reshape(-1, 2)
    calls = [
        (2 * h.predict_proba(grid)[:, 1] - 1).reshape(CELLS, CELLS)
        for h in models
    ]
    whole = Film(
        "A target that moves",
        [
            f"{angle:.0f} degrees: {left:.0f} % for the source alone, "
            f"{right:.0f} % step by step"
            for angle, left, right in zip(angles, stays, follows)
        ],
        "Left, two half-moons of triangles, filled and outlined, turn by 90 "
        "degrees, and a tint that says which class is called turns with them. "
        "Right, two curves over the angle: the classifier of the source falls, "
        "the one that learns from its own calls step by step stays near 100 %.",
    )
    plane = whole.panel(
        "what is called", (-SIDE, SIDE), (-SIDE, SIDE), height=340
    )
    plane.field(np.array(calls))
    plane.points(
        np.array([X[::2] for X, _ in seen]),
        "target",
        size=2.4,
        hollow=seen[0][1][::2] == 1,
    )
    plane.text(
        (-0.95 * SIDE, -0.94 * SIDE), "▲ class 0   △ class 1", "target", "start"
    )
    curve = whole.panel(
        "accuracy in %",
        (-3, END + 3),
        (0, 119),
        height=340,
        xlabel="degrees",
        xticks={t: str(t) for t in range(0, END + 1, 30)},
        yticks={t: str(t) for t in (0, 50, 100)},
    )
    for found, domain in ((stays, "source"), (follows, "target")):
        path = np.column_stack([angles, found])
        curve.line(path, "old")
        curve.points(path[:, None], domain, size=6)
    curve.key("source alone", "step by step")
    return whole
