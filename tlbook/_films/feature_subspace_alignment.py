"""Subspace alignment: the source's axes turn in their plane toward the target's."""

import numpy as np
from sklearn.decomposition import PCA

from tlbook.feature.subspace_alignment import alignment
from tlbook.film import Film

TURNS, CUTS = 30, 10  # frames of the turn, and of the shortening
SIDE = 4.2  # of both panels


def two_domains():
    """Return source, target (n, 3) and their classes: one plane each, tilted."""
    rng = np.random.default_rng(4)
    y = np.arange(60) % 2
    classes = np.where(y, 1.2, -1.2)[:, None] * [0.9, 0.44]
    wide, long = np.array([[0.44, -0.9], [0.44, -0.9]]) * [[0.6], [3.2]]
    flat = rng.normal(0, 0.35, (2, 60, 2)) + classes
    flat += rng.uniform(-1, 1, (2, 60, 1)) * [[wide], [long]]
    tilt = np.deg2rad(38)
    lean = np.array([[1, 0, 0], [0, np.cos(tilt), np.sin(tilt)]])
    Xs, Xt = flat[0] @ np.eye(2, 3), flat[1] @ lean
    Xs, Xt = (X + rng.normal(0, 0.05, X.shape) for X in (Xs, Xt))
    return Xs - Xs.mean(axis=0), Xt - Xt.mean(axis=0), y


def steps(Ps, Pt):
    """Return the matrices (frames, 2, 2) from I over a turn to M, and the angles."""
    M = alignment(Ps, Pt)
    left, _, right = np.linalg.svd(M)
    turn = left @ right  # M without its shortening
    angle = np.arctan2(turn[1, 0], turn[0, 0])
    angles = angle * np.r_[np.linspace(0, 1, TURNS), np.ones(CUTS)]
    cosines, sines = np.cos(angles), np.sin(angles)
    turned = np.moveaxis(np.array([[cosines, -sines], [sines, cosines]]), 2, 0)
    share = np.r_[np.zeros(TURNS), np.linspace(0, 1, CUTS + 1)[1:]]
    shorter = np.eye(2) + share[:, None, None] * (turn.T @ M - np.eye(2))
    return turned @ shorter, angles


def film():
    """Return the film: both planes with their axes, and the samples read along them."""
    Xs, Xt, y = two_domains()
    Ps, Pt = (PCA(2).fit(X).components_.T for X in (Xs, Xt))
    if np.linalg.det(alignment(Ps, Pt)) < 0:  # a turn, not a mirror image
        Ps = Ps * [1, -1]
    Ms, angles = steps(Ps, Pt)
    axes = Ps @ Ms  # (frames, 3, 2)
    gaps = ((axes - Pt) ** 2).sum(axis=(1, 2))
    whole = Film(
        "Subspace alignment: the source's axes turn toward the target's",
        [
            f"turned by {abs(round(np.rad2deg(angle)))}°"
            f"{', shortened' if i >= TURNS else ''}: "
            f"squared distance of the axes {gap:.2f}"
            for i, (angle, gap) in enumerate(zip(angles, gaps))
        ],
        "Left, a level plane of blue circles and a tilted one of orange "
        "triangles, each with two arrows for axes; the blue arrows turn in "
        "their plane until they lie below the orange ones. Right, the samples "
        "along the arrows: two clusters of circles turn onto those of the "
        "triangles, filled to filled and outlined to outlined.",
    )
    view = np.array([[0.94, -0.34, 0.0], [0.2, 0.55, 0.81]])  # of space
    space = whole.panel("in space", (-SIDE, SIDE), (-SIDE, SIDE), height=330)
    for X, P, domain in ((Xs, Ps, "source"), (Xt, Pt, "target")):
        corners = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1], [-1, -1]])
        edge = (corners * [3.3, 2.3]) @ P.T
        space.line(edge @ view.T, domain)
        space.points(X @ view.T, domain, size=2, hollow=y == 1)
    space.key()
    read = whole.panel("along the axes", (-SIDE, SIDE), (-SIDE, SIDE), height=330)
    read.points(Xs @ axes, "source", hollow=y == 1)
    read.points(Xt @ Pt, "target", hollow=y == 1)
    for i, length in enumerate((3.0, 2.2)):
        for at, domain in ((axes[:, :, i], "source"), (Pt[:, i], "target")):
            space.arrow((0, 0), length * at @ view.T, domain)
    return whole
