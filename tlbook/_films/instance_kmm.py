"""KMM: the weights of the source samples as the largest allowed weight grows."""

import numpy as np
from sklearn.linear_model import LogisticRegression

from tlbook.base import effective_sample_size
from tlbook.datasets import make_shift
from tlbook.film import Film
from tlbook.instance import KMM

BOUNDS = np.geomspace(1.0, 12.0, 16)
X, Y = (-3.6, 4.2), (-3.4, 3.9)


def border(model):
    """Return two points of the line where a linear classifier is undecided."""
    (a, b), c = model.coef_[0], model.intercept_[0]
    x = np.array(X)
    return np.column_stack([x, -(a * x + c) / b])


def film():
    """Return the film: the weighted source with its border, and the error on the target."""
    Xs, ys, Xt, yt = make_shift("covariate", n_samples=250, random_state=0)
    test = make_shift("covariate", n_samples=5000, random_state=1)
    weights, borders, errors = [], [], []
    for B in BOUNDS:
        model = KMM(LogisticRegression(), gamma=0.1, B=B, eps=0.02).fit(
            Xs, ys, Xt
        )
        weights.append(model.weights_)
        borders.append(border(model.estimator_))
        errors.append(100 * (1 - model.score(test.Xt, test.yt)))
    sizes = [effective_sample_size(one) for one in weights]
    whole = Film(
        "KMM: weights grow where the target is",
        [
            f"B = {B:.1f}: worth {size:.0f} of {len(Xs)} samples, {error:.0f} % errors"
            for B, size, error in zip(BOUNDS, sizes, errors)
        ],
        "Left, the source circles in the plane, all of one size at first; as "
        "the largest weight grows, those among the target triangles swell and "
        "the others shrink to dots, and the border of the learner turns. "
        "Right, the error on the target falls while the largest weight grows.",
    )
    plane = whole.panel("source by weight, and its border", X, Y, height=330)
    plane.points(Xs, "source", size=0.6 + 3.0 * np.sqrt(weights), hollow=ys == 1)
    plane.points(Xt, "target", size=2.2, hollow=yt == 1)
    plane.line(borders)
    plane.key("source, by weight")
    top = 5 * np.ceil(max(errors) / 5 + 0.2)
    curve = whole.panel(
        "errors on new target samples (%)",
        (0, 12.6),
        (0, top),
        height=330,
        xlabel="largest weight B",
        xticks={B: str(B) for B in (1, 4, 8, 12)},
        yticks={tick: f"{tick:.0f}" for tick in np.arange(0, top + 1, 10)},
    )
    path = np.column_stack([BOUNDS, errors])
    curve.line(path, "old")
    curve.points(path[:, None], "target", size=6)
    return whole
