"""EM for label shift: shares correct the probabilities, probabilities the shares."""

import numpy as np
from sklearn.linear_model import LogisticRegression

from tlbook.film import Film
from tlbook.instance.label_shift import corrected

ROUNDS, RARE = 18, 0.1  # and the share of class 1 in the target
X, Y = (-4.2, 4.2), (-3.3, 3.3)


def two_classes(n, share, seed):
    """Return n samples, a given share of them of class 1, and their classes."""
    rng = np.random.default_rng(seed)
    y = (np.arange(n) < round(share * n)).astype(int)
    return rng.normal(0, 1, (n, 2)) + np.outer(2 * y - 1, [1.0, 0.3]), y


def border(model, weights):
    """Return two points of the line where both classes are equally probable."""
    (a, b), c = model.coef_[0], model.intercept_[0]
    c = c + np.log(weights[1] / weights[0])
    y = np.array(Y)
    return np.column_stack([-(b * y + c) / a, y])


def film():
    """Return the film: the border in the target, and the share, round by round."""
    Xs, ys = two_classes(2000, 0.5, 0)
    Xt, yt = two_classes(4000, RARE, 1)
    model = LogisticRegression().fit(Xs, ys)
    P, prior = model.predict_proba(Xt), np.array([0.5, 0.5])
    shares, borders, errors = [prior], [], []
    for _ in range(ROUNDS):
        weights = shares[-1] / prior
        after = corrected(P, weights)
        borders.append(border(model, weights))
        errors.append(100 * np.mean(after.argmax(axis=1) != yt))
        shares.append(after.mean(axis=0))
    found = np.array(shares[:-1])[:, 1]
    whole = Film(
        "EM: how many are there?",
        [
            f"round {t}: {100 * share:.0f} % of class 1, {error:.1f} % errors"
            for t, (share, error) in enumerate(zip(found, errors))
        ],
        "Left, target triangles of two classes that overlap, the outlined ones "
        "few, and a border between them that moves from the middle towards the "
        "rare class. Right, the estimated share of the rare class falls from one "
        "half and comes to rest near the true one, a gray line.",
    )
    plane = whole.panel("the target, and its border", X, Y, height=330)
    seen = np.arange(0, len(Xt), 12)
    plane.points(Xt[seen], "target", size=3, hollow=yt[seen] == 1)
    plane.line(borders[0], "old")
    plane.line(borders)
    plane.text((X[0] + 0.2, -3.1), "▲ class 0   △ class 1", "target", "start")
    curve = whole.panel(
        "share of class 1",
        (-0.5, ROUNDS - 0.5),
        (0, 0.56),
        height=330,
        xlabel="round",
        xticks={t: str(t) for t in range(0, ROUNDS, 5)},
        yticks={share: f"{share:.1f}" for share in (0.1, 0.3, 0.5)},
    )
    path = np.column_stack([np.arange(ROUNDS), found])
    curve.line([(-0.5, RARE), (ROUNDS, RARE)], "axis")
    curve.line(path, "old")
    curve.points(path[:, None], "target", size=6)
    return whole
