"""DANN: features of two persons, trained without and with a reversed gradient.

Three exercises of a pair on which the adversary helps much; the chapter has the
mean over six pairs.
"""

import numpy as np

from tlbook.datasets import load_activity
from tlbook.film import Film

EXERCISES, EPOCHS, EVERY = (1, 3, 5), 60, 2
CELLS, SIDE = 22, 2.3  # of the plane of the features, in units of their spread


def persons():
    """Return the windows of three exercises, in units of the source person."""
    Xs, ys, Xt, yt = load_activity(7, 4)
    mean, deviation = Xs.mean(axis=0), Xs.std(axis=0)
    a, b = np.isin(ys, EXERCISES), np.isin(yt, EXERCISES)
    return (Xs[a] - mean) / deviation, ys[a], (Xt[b] - mean) / deviation, yt[b]


def training(weight):
    """Return what each frame shows: features, D's belief, D's loss and the target's score."""
    import torch
    from torch import nn

    from tlbook.deep import DANN
    from tlbook.deep._networks import Network

    Xs, ys, Xt, yt = persons()
    places = np.linspace(-SIDE, SIDE, 2 * CELLS + 1)[1::2]
    grid = np.stack(np.meshgrid(places, places), axis=-1).reshape(-1, 2)
    frames = []

    def look(model, record):
        if record["epoch"] % EVERY:
            return
        Zs, Zt = model.transform(Xs, domain="source"), model.transform(Xt)
        both = np.concatenate([Zs, Zt])
        middle, spread = both.mean(axis=0), np.sqrt(both.var(axis=0).sum())
        at = torch.tensor(spread * grid + middle, dtype=torch.float32)
        with torch.no_grad():
            belief = 2 * torch.sigmoid(model.extras_["domain"](at)) - 1
        frames.append(
            (
                (Zs - middle) / spread,
                (Zt - middle) / spread,
                belief.numpy().reshape(CELLS, CELLS),
                f"loss of D {record['penalty']:.2f}, target "
                f"{100 * model.score(Xt, yt):.0f} %",
            )
        )

    with torch.random.fork_rng([]):
        torch.manual_seed(0)
        network = Network(
            nn.Sequential(nn.Linear(Xs.shape[1], 32), nn.ReLU()),
            nn.Linear(32, 2),
            nn.Linear(2, len(EXERCISES)),
        )
    DANN(
        network=network,
        weight=weight,
        hidden=32,
        lr=2e-3,
        batch_size=32,
        max_epochs=EPOCHS,
        random_state=0,
        device="cpu",
        callback=look,
    ).fit(Xs, ys, Xt)
    return list(zip(*frames))


def film():
    """Return the film: the plane of the features with D's belief, once without reversal."""
    runs = {"without reversal": training(0.0), "with reversal": training(1.0)}
    whole = Film(
        "Features and adversary over the epochs",
        [f"epoch {EVERY * (i + 1)} of {EPOCHS}" for i in range(EPOCHS // EVERY)],
        "Two planes of two features. Tint says where the domain classifier D "
        "expects the source, in blue, and the target, in orange. Without "
        "reversal circles and triangles keep apart and the tint grows strong; "
        "with reversal they come to lie on each other and the tint fades.",
    )
    for title, (Zs, Zt, belief, words) in runs.items():
        plane = whole.panel(title, (-SIDE, SIDE), (-SIDE, SIDE), height=360)
        plane.field(belief)
        plane.points(Zs, "source", size=3.2)
        plane.points(Zt, "target", size=3.2)
        plane.text((0, -0.93 * SIDE), words)
        plane.key("person 7, source", "person 4, target")
    return whole
