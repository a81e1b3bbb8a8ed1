"""TCA: the direction turns from where the samples vary to where the means agree."""

import warnings

import numpy as np

from tlbook.feature import TCA
from tlbook.film import Film

MUS = 10.0 ** np.linspace(3, -2, 36)
SIDE, HIGH = 4.2, 3.7  # a plane of equal units


def two_domains():
    """Return source, target (n, 2) and their classes: the gap lies where most varies."""
    rng = np.random.default_rng(2)
    y = np.arange(70) % 2
    shape = np.array([[1.25, 0.35], [0.0, 0.45]])
    classes = np.where(y, 1.0, -1.0)[:, None] * [0.15, 1.05]
    Xs, Xt = (rng.standard_normal((70, 2)) @ shape + classes for _ in range(2))
    gap = np.array([1.9, 0.5])
    return Xs - gap / 2 - Xs.mean(axis=0), Xt + gap / 2 - Xt.mean(axis=0), y


def digits(mu):
    """Return how many decimals mu is shown with."""
    return 0 if mu >= 10 else 2


def film():
    """Return the film: the plane with the direction, and the samples mapped onto it."""
    Xs, Xt, y = two_domains()
    directions = []
    with warnings.catch_warnings():  # a large mu is asked for on purpose
        warnings.filterwarnings("ignore", message="the ridge")
        for mu in MUS:
            model = TCA(n_components=1, mu=mu, kernel="primal").fit(Xs, y, Xt)
            w = model.projection_[:, 0]
            directions.append(w if w @ [1, 1] > 0 else -w)
    directions = np.array(directions)  # (frames, 2)
    Zs, Zt = directions @ Xs.T, directions @ Xt.T  # (frames, n)
    gaps = np.abs(Zs.mean(axis=1) - Zt.mean(axis=1))
    whole = Film(
        "TCA: the direction turns as μ falls",
        [
            f"μ = {mu:.{digits(mu)}f}: gap of the means {gap:.2f}"
            for mu, gap in zip(MUS, gaps)
        ],
        "Left, two clouds of samples in the plane, side by side, and a line "
        "through them; right, the samples mapped onto the line. While mu is "
        "large the line points along the gap and the mapped domains lie apart. "
        "As mu falls it turns until they lie on each other.",
    )
    plane = whole.panel("the plane", x=(-SIDE, SIDE), y=(-HIGH, HIGH), height=330)
    plane.points(Xs, "source", hollow=y == 1)
    plane.points(Xt, "target", hollow=y == 1)
    plane.line(directions[:, None] * np.array([[-6.0], [6.0]]), "border")
    plane.key()
    strip = whole.panel(
        "mapped onto the line", x=(-SIDE, SIDE), y=(0, 1), height=330
    )
    height = np.random.default_rng(0).uniform(0.05, 0.4, len(y))
    for Z, foot, domain in ((Zs, 0.5, "source"), (Zt, 0.0, "target")):
        at = np.stack([Z, np.broadcast_to(foot + height, Z.shape)], axis=-1)
        strip.points(at, domain, hollow=y == 1)
        mean = np.repeat(Z.mean(axis=1), 2).reshape(-1, 2)
        at = np.stack(
            [mean, np.broadcast_to([foot + 0.02, foot + 0.43], mean.shape)],
            axis=-1,
        )
        strip.line(at, domain)
    return whole
