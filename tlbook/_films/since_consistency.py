"""FixMatch on two spiral arms: long looks spread the certain calls, short ones lock errors in."""

import numpy as np

from tlbook.film import Film

EPOCHS, EVERY = 30, 2
CELLS, SIDE = 24, 1.75  # of the plane
GROWTH, THRESHOLD = 0.35, 0.9
REACHES = (1.2, 0.02)  # radians
SEED = 0


def arms(seed, n=300):
    """Return labeled samples at the root of two arms and samples all along them.

    Parameters
    ----------
    seed : int
    n : int

    Returns
    -------
    Xs, Xt : ndarray of shape (n, 2)
    y : ndarray of shape (n,), the classes of either
    """
    rng, y = np.random.default_rng(seed), np.arange(n) % 2
    found = []
    for end in (0.8, 2.6):
        way = rng.uniform(0, end, n)
        angle, radius = way + np.pi * y, 0.5 + GROWTH * way
        X = np.column_stack([radius * np.cos(angle), radius * np.sin(angle)])
        found.append(X + 0.04 * rng.standard_normal((n, 2)))
    return *found, y


def along(reach):
    """Return a look that moves samples along their arm by at most `reach` radians."""
    import torch

    def look(X):
        step = reach * (2 * torch.rand(len(X)) - 1)
        angle = torch.atan2(X[:, 1], X[:, 0]) + step
        radius = X.norm(dim=1) + GROWTH * step
        return torch.stack([radius * angle.cos(), radius * angle.sin()], dim=1)

    return look


def watched(Xs, Xt, y, reach):
    """Train with looks of one reach; return what each epoch of the film shows.

    Returns
    -------
    calls : list of ndarray of shape (CELLS, CELLS)
    sizes : list of ndarray of shape (n,)
    words : list of str
    """
    from tlbook.since import FixMatch

    places = np.linspace(-SIDE, SIDE, 2 * CELLS + 1)[1::2]
    grid = np.stack(np.meshgrid(places, places), axis=-1).reshape(-1, 2)
    calls, sizes, words = [], [], []

    def look(model, record):
        if record["epoch"] % EVERY:
            return
        tint = 2 * model.predict_proba(grid)[:, 1] - 1
        said = model.predict_proba(Xt)
        sure = said.max(axis=1) >= THRESHOLD
        right = 100 * np.mean(said.argmax(axis=1) == y)
        calls.append(tint.reshape(CELLS, CELLS))
        sizes.append(np.where(sure, 3.4, 1.4))
        words.append(f"right {right:.0f} %, certain {100 * sure.mean():.0f} %")

    FixMatch(
        weak=along(reach / 12),
        strong=along(reach),
        threshold=THRESHOLD,
        width=64,
        lr=0.01,
        max_epochs=EPOCHS,
        random_state=SEED,
        device="cpu",
        callback=look,
    ).fit(Xs, y, Xt)
    return calls, sizes, words


def film():
    """Return the film: what is called, and which samples are certain, with two kinds of looks."""
    Xs, Xt, y = arms(SEED)
    whole = Film(
        "Certain calls spread, or lock in",
        [f"epoch {e} of {EPOCHS}" for e in range(EVERY, EPOCHS + 1, EVERY)],
        "Two planes with the same two spiral arms, circles at their roots and "
        "triangles all along them; large triangles are called with certainty. "
        "Left, looks are long: the border leaves the arms and all triangles are "
        "called rightly. Right, looks are short: nearly all triangles become "
        "large, and the border still cuts the arms.",
    )
    for title, reach in zip(("long looks", "short looks"), REACHES):
        calls, sizes, words = watched(Xs, Xt, y, reach)
        plane = whole.panel(title, (-SIDE, SIDE), (-SIDE, SIDE), height=360)
        plane.field(np.array(calls))
        plane.points(Xs[:75], "source", size=2.4, hollow=y[:75] == 1)
        plane.points(
            Xt[:150],
            "target",
            size=np.array(sizes)[:, :150],
            hollow=y[:150] == 1,
        )
        plane.text((0, -0.94 * SIDE), words)
        plane.key("source", "target, large if certain")
    return whole
