"""The front page: a shift that grows, a border that stays, and the cure."""

import numpy as np
from sklearn.linear_model import LogisticRegression

from tlbook.datasets import make_shift
from tlbook.film import Film
from tlbook.since import OTDA

GROWING, CARRIED = 21, 15  # frames
DEGREES = 50  # by which make_shift has turned the target
MOVE, TURN = np.array([0.4, 2.2]), 15  # where the new target comes to lie
X, Y = (-4.0, 4.6), (-2.6, 5.5)


def moved(X, part):
    """Return samples of `make_shift("rotation")`, turned back and then shifted by a part."""
    angle = np.deg2rad(part * TURN - DEGREES)
    turn = [[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]]
    return X @ turn + part * MOVE


def border(model):
    """Return two points of the line where a linear classifier is undecided."""
    (a, b), c = model.coef_[0], model.intercept_[0]
    ends = np.array(X)
    return np.column_stack([ends, -(a * ends + c) / b])


def story():
    """Return the pair, part of the shift, source, model and error in percent of each frame.

    tools/shift.py tells the same story for README.md.
    """
    Xs, ys, Xt, yt = pair = make_shift("rotation", n_samples=120, random_state=0)
    new = make_shift("rotation", n_samples=5000, random_state=1)
    learner = LogisticRegression().fit(Xs, ys)
    parts = np.concatenate([np.linspace(0, 1, GROWING), np.ones(CARRIED)])
    adapted = OTDA(LogisticRegression()).fit(Xs, ys, moved(Xt, 1))
    Zs = adapted.transform(Xs, domain="source")
    way = np.linspace(0, 1, CARRIED + 1)[1:, None, None]
    sources = np.concatenate(
        [np.repeat(Xs[None], GROWING, axis=0), (1 - way) * Xs + way * Zs]
    )
    models = [learner] * GROWING + [
        LogisticRegression().fit(S, ys) for S in sources[GROWING:]
    ]
    errors = np.array(
        [
            100 * (1 - m.score(moved(new.Xt, t), new.yt))
            for m, t in zip(models, parts)
        ]
    )
    return pair, parts, sources, models, errors


def film():
    """Return the film: the two domains with the border, and the errors on the target."""
    (Xs, ys, Xt, yt), parts, sources, models, errors = story()
    said = ["the target shifts"] * GROWING + [
        "the source is carried over"
    ] * CARRIED
    whole = Film(
        "A shift that grows, and its cure",
        [
            f"{words}: {error:.0f} % errors on it"
            for words, error in zip(said, errors)
        ],
        "Left, source circles and target triangles of two classes, and the "
        "border that was learned on the source. The triangles move away, and "
        "more and more of them fall on the wrong side; then the circles are "
        "carried over to them, and the border follows. Right, the errors on "
        "the target rise and fall.",
        still=GROWING - 1,
    )
    plane = whole.panel("source, target and the border", X, Y, height=330)
    plane.line(border(models[0]), "old")
    plane.points(sources, "source", size=3, hollow=ys == 1)
    plane.points(
        [moved(Xt, part) for part in parts], "target", size=3, hollow=yt == 1
    )
    plane.line([border(m) for m in models])
    plane.key()
    last = len(parts) - 1
    curve = whole.panel(
        "errors on the target (%)",
        (-1.5, last + 1.5),
        (0, 45),
        height=330,
        xticks={2: "as learned", GROWING - 1: "shifted", last - 3: "adapted"},
        yticks={tick: str(tick) for tick in (0, 10, 20, 30, 40)},
    )
    path = np.column_stack([np.arange(last + 1), errors])
    curve.line(path, "old")
    curve.points(path[:, None], "target", size=6)
    return whole
