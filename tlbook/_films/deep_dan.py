"""DAN: the features of two persons, and their MMD, over a training.

Two exercises of a pair on which adaptation helps much; the chapter has the mean
over ten pairs.
"""

import numpy as np

from tlbook.datasets import load_activity
from tlbook.film import Film

PAIR, EXERCISES, EPOCHS = (2, 3), (5, 6), 30
SIDE = 2.2  # of the plane of the features, in units of their spread
RUNS = {"without": 0.0, "with DAN": 3.0}  # name: lambda


def persons():
    """Return the windows of two exercises, in units of the source person."""
    Xs, ys, Xt, yt = load_activity(*PAIR)
    mean, deviation = Xs.mean(axis=0), Xs.std(axis=0)
    a, b = np.isin(ys, EXERCISES), np.isin(yt, EXERCISES)
    return (Xs[a] - mean) / deviation, ys[a], (Xt[b] - mean) / deviation, yt[b]


def training(weight):
    """Return what each frame shows: features of both domains, MMD^2, the target's score.

    The features are in units of their spread, so that shrinking brings no domain
    nearer.
    """
    import torch
    from torch import nn

    from tlbook.deep import DAN
    from tlbook.deep._networks import Network
    from tlbook.discrepancy import mmd2

    Xs, ys, Xt, yt = persons()
    frames = []

    def look(model, record):
        Zs, Zt = model.transform(Xs, domain="source"), model.transform(Xt)
        both = np.concatenate([Zs, Zt])
        middle, spread = both.mean(axis=0), np.sqrt(both.var(axis=0).sum())
        Zs, Zt = (Zs - middle) / spread, (Zt - middle) / spread
        score = 100 * model.score(Xt, yt)
        frames.append((Zs, Zt, float(mmd2(Zs, Zt, 1.0)), score))

    with torch.random.fork_rng([]):
        torch.manual_seed(0)
        network = Network(
            nn.Sequential(nn.Linear(Xs.shape[1], 32), nn.ReLU()),
            nn.Linear(32, 2),
            nn.Linear(2, len(EXERCISES)),
        )
    DAN(
        network=network,
        weight=weight,
        lr=2e-3,
        batch_size=32,
        max_epochs=EPOCHS,
        random_state=0,
        device="cpu",
        callback=look,
    ).fit(Xs, ys, Xt)
    return [np.array(part) for part in zip(*frames)]


def grown(values):
    """Return a curve over the epochs, frame by frame: what is to come lies on its end."""
    epochs = np.arange(1, EPOCHS + 1)
    shown = np.minimum(
        epochs, epochs[:, None]
    )  # (frame, point): the last epoch shown
    return np.stack([shown, values[shown - 1]], axis=2)


def film():
    """Return the film: the features without and with DAN, and how far the domains are apart."""
    runs = {name: training(weight) for name, weight in RUNS.items()}
    distances = zip(runs["without"][2], runs["with DAN"][2])
    frames = [
        f"epoch {i} of {EPOCHS}: MMD² {a:.2f} without, {b:.2f} with DAN"
        for i, (a, b) in enumerate(distances, start=1)
    ]
    whole = Film(
        "Features of two persons, epoch by epoch",
        frames,
        "Two planes of two features, and a curve. Trained on the source alone, "
        "the circles of the source part into two classes and the triangles of the "
        "target stay away from them; with DAN the triangles come to lie on the "
        "circles of their class. The curve of the squared MMD rises without "
        "adaptation and falls to nearly zero with it.",
    )
    _, ys, _, yt = persons()
    for name, (Zs, Zt, _, scores) in runs.items():
        plane = whole.panel(name, (-SIDE, SIDE), (-SIDE, SIDE), 230, 250)
        plane.points(Zs, "source", size=3, hollow=ys == EXERCISES[1])
        plane.points(Zt, "target", size=3, hollow=yt == EXERCISES[1])
        plane.text((0, -0.92 * SIDE), [f"target {s:.0f} % right" for s in scores])
        plane.key(f"person {PAIR[0]}", f"person {PAIR[1]}")
    top = 1.15 * max(part[2].max() for part in runs.values())
    curve = whole.panel(
        "distance",
        (1, EPOCHS),
        (0, top),
        230,
        250,
        xlabel="epoch",
        ylabel="MMD²",
        xticks={1: "1", EPOCHS: str(EPOCHS)},
        yticks={0: "0"},
    )
    curve.text((2, 0.92 * top), "dashed: without DAN", anchor="start")
    curve.line(grown(runs["without"][2]), "old")
    curve.line(grown(runs["with DAN"][2]), "border")
    return whole
