"""Generated shifts: classes in the plane, and numbers of Friedman's function."""

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


def make_friedman(n_source=200, n_target=20, difference=1.0, random_state=0):
    """Draw numbers: five sources whose function is near that of the target, Friedman's first.

        y = a1 10 sin(pi (b1 x1 + c1) (b2 x2 + c2)) + a2 20 (b3 x3 + c3 - 1/2)^2
            + a3 10 (b4 x4 + c4) + a4 5 (b5 x5 + c5) + N(0, 1)

    The target has a = b = 1 and c = 0.  Each source draws a and b from N(1, (0.1 difference)^2), c
    from N(0, (0.05 difference)^2); ten features are uniform in [0, 1], five of them without effect.

    Friedman J. H. Multivariate adaptive regression splines. Annals of Statistics 19(1), 1991.  The
    shift is that of Pardoe and Stone, ICML 2010.

    Parameters
    ----------
    n_source : int
        Samples of each of the five sources.
    n_target : int
    difference : float >= 0
        0 draws sources from the target itself.
    random_state : int

    Returns
    -------
    DomainPair
        With numbers as labels, and a test set of 1,000 samples of the target.
    """
    if difference < 0:
        raise ValueError(f"difference must not be negative, not {difference}")
    rng = np.random.default_rng(random_state)
    sources = []
    for _ in range(5):
        a, b = rng.normal(1, 0.1 * difference, 4), rng.normal(1, 0.1 * difference, 5)
        sources.append(_friedman(rng, n_source, a, b, rng.normal(0, 0.05 * difference, 5)))
    Xs, ys = (np.concatenate(parts) for parts in zip(*sources))
    target = np.ones(4), np.ones(5), np.zeros(5)
    (Xt, yt), (X_test, y_test) = (_friedman(rng, n, *target) for n in (n_target, 1000))
    ids = np.split(np.arange(len(Xs) + n_target + 1000), [len(Xs), len(Xs) + n_target])
    return DomainPair(
        Xs,
        ys,
        Xt,
        yt,
        "five sources",
        "target",
        (),
        "generated, no license needed",
        source_ids=ids[0],
        target_ids=ids[1],
        X_test=X_test,
        y_test=y_test,
        test_ids=ids[2],
    )


def _friedman(rng, n, a, b, c):
    X = rng.uniform(size=(n, 10))
    x1, x2, x3, x4, x5 = (b * X[:, :5] + c).T
    y = a[0] * 10 * np.sin(np.pi * x1 * x2) + a[1] * 20 * (x3 - 0.5) ** 2
    return X, y + a[2] * 10 * x4 + a[3] * 5 * x5 + rng.normal(size=n)
