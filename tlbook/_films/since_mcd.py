"""MCD: two classifiers of the plane part over the target, and are brought together again."""

import numpy as np

from tlbook.film import Film

EPOCHS, EVERY = 40, 2
CELLS, SIDE = 24, 1.9  # of the plane
TURN = 30  # degrees


def moons(seed, turn=0.0, n_samples=300):
    """Return two half-moons, one a class, about zero and turned; X (n, 2) and y (n,).

    Parameters
    ----------
    seed : int
    turn : float
        Degrees, against the clock.
    n_samples : int
    """
    from sklearn.datasets import make_moons

    X, y = make_moons(n_samples, noise=0.08, random_state=seed)
    angle = np.deg2rad(turn)
    R = np.array(
        [[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]]
    )
    return (X - X.mean(axis=0)) @ R.T, y


def fresh(seed):
    """Return a small network of the plane, whose classifier has a hidden layer."""
    import torch
    from torch import nn

    from tlbook.deep._networks import Network

    with torch.random.fork_rng([]):
        torch.manual_seed(seed)
        return Network(
            nn.Sequential(nn.Linear(2, 32), nn.ReLU()),
            nn.Sequential(nn.Linear(32, 32), nn.ReLU()),
            nn.Sequential(nn.Linear(32, 32), nn.ReLU(), nn.Linear(32, 2)),
        )


def film():
    """Return the film: what either classifier calls every point of the plane."""
    import torch

    from tlbook.since import MCD

    Xs, ys = moons(0)
    Xt, yt = moons(1, TURN)
    places = np.linspace(-SIDE, SIDE, 2 * CELLS + 1)[1::2]
    grid = np.stack(np.meshgrid(places, places), axis=-1).reshape(-1, 2)
    frames = []

    def look(model, record):
        if record["epoch"] % EVERY:
            return
        with torch.no_grad():
            z = torch.tensor(model.transform(grid))
            calls = [
                2 * head(z).softmax(dim=1)[:, 1].numpy() - 1
                for head in (model.network_.classifier, model.extras_["second"])
            ]
        words = f"target {100 * model.score(Xt, yt):.0f} %"
        apart = f"disagreement {record['discrepancy']:.2f}"
        frames.append((*(c.reshape(CELLS, CELLS) for c in calls), apart, words))

    MCD(
        network=fresh(1),
        n_steps=3,
        lr=3e-3,
        max_epochs=EPOCHS,
        random_state=1,
        device="cpu",
        callback=look,
    ).fit(Xs, ys, Xt)
    first, second, apart, words = zip(*frames)
    whole = Film(
        "Two classifiers over the epochs",
        [f"epoch {EVERY * (i + 1)} of {EPOCHS}" for i in range(EPOCHS // EVERY)],
        "Two planes with the same two half-moons, circles of the source and "
        "turned triangles of the target. Tint says which class a classifier "
        "calls. Both are right on the circles; over the triangles their borders "
        "differ at first, and meet in the gap of the triangles in the end.",
    )
    for title, calls, at_the_foot in (
        ("first classifier", first, words),
        ("second classifier", second, apart),
    ):
        plane = whole.panel(title, (-SIDE, SIDE), (-SIDE, SIDE), height=360)
        plane.field(np.array(calls))
        plane.points(Xs[::2], "source", size=2.4, hollow=ys[::2] == 1)
        plane.points(Xt[::2], "target", size=2.4, hollow=yt[::2] == 1)
        plane.text((0, -0.94 * SIDE), at_the_foot)
        plane.key("source", "target, turned")
    return whole
