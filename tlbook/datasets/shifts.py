"""Named shifts in the plane, for pictures and tests."""

import numpy as np

from tlbook.datasets.pair import DomainPair

KINDS = ("covariate", "target", "conditional", "rotation")


def make_shift(kind, n_samples=200, random_state=0):
    """Draw two classes in the plane, the target shifted in one named way.

    - covariate: P(X) moves along the first axis from N(0, 1.2^2) to N(1.5, 0.8^2); the rule P(Y|X)
      stays, y = 1 with probability 1 / (1 + exp(-4 (x2 - sin(1.5 x1))))
    - target: label shift, P(X|Y) stays, P(Y=1) falls from 0.5 to 0.15
    - conditional: concept shift, P(Y) stays, the classes move against the features, each class mean
      by (0, 1.2)
    - rotation: the source turned by 50 degrees around the origin

    Parameters
    ----------
    kind : {"covariate", "target", "conditional", "rotation"}
    n_samples : int
        Samples in each domain.
    random_state : int

    Returns
    -------
    DomainPair
        Xs, Xt of shape (n_samples, 2).
    """
    if kind not in KINDS:
        raise ValueError(f"kind={kind!r} is unknown; the shifts are {list(KINDS)}")
    rng = np.random.default_rng(random_state)
    if kind == "covariate":
        (Xs, ys), (Xt, yt) = _wave(rng, n_samples, 0.0, 1.2), _wave(rng, n_samples, 1.5, 0.8)
    else:
        Xs, ys = _blobs(rng, n_samples, share=0.5)
        Xt, yt = _blobs(rng, n_samples, share=0.15 if kind == "target" else 0.5)
        if kind == "conditional":
            Xt = Xt + [0.0, 1.2]
        if kind == "rotation":
            angle = np.deg2rad(50)
            turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
            Xt = Xt @ turn
    return DomainPair(
        Xs,
        ys,
        Xt,
        yt,
        "source",
        kind,
        ("0", "1"),
        "generated, no license needed",
        source_ids=np.arange(n_samples),
        target_ids=n_samples + np.arange(n_samples),
    )


def covariate_ratio(X):
    """Return the true density ratio P_t(x) / P_s(x) of `make_shift("covariate")`.

    Parameters
    ----------
    X : array-like of shape (n, 2)

    Returns
    -------
    ndarray of shape (n,)
    """
    x = np.asarray(X)[:, 0]
    log_target = -0.5 * ((x - 1.5) / 0.8) ** 2 - np.log(0.8)
    log_source = -0.5 * (x / 1.2) ** 2 - np.log(1.2)
    return np.exp(log_target - log_source)


def _wave(rng, n, mean, scale):
    X = np.column_stack([rng.normal(mean, scale, n), rng.normal(0.0, 1.0, n)])
    chance = 1 / (1 + np.exp(-4 * (X[:, 1] - np.sin(1.5 * X[:, 0]))))
    return X, (rng.random(n) < chance).astype(int)


def _blobs(rng, n, share):
    """Two elongated Gaussian classes; `share` of the samples has class 1."""
    y = (np.arange(n) < round(share * n)).astype(int)
    rng.shuffle(y)
    means = np.array([[-1.2, -0.8], [1.2, 0.8]])
    return means[y] + rng.standard_normal((n, 2)) * [0.9, 0.5], y
