"""Generated shifts: classes or numbers in the plane, and numbers of Friedman's function."""

import numpy as np

from tlbook.datasets.pair import DomainPair
from tlbook.validation import check_count, check_matrix, check_width

KINDS = ("covariate", "target", "conditional", "rotation", "subspace")
LABELS = ("classes", "numbers")


def make_shift(kind, n_samples=200, random_state=0, labels="classes"):
    """Draw samples in the plane, the target shifted in one named way.

    - covariate: P(X) moves along the first axis from N(0, 1.2^2) to N(1.5, 0.8^2);
      the rule P(Y|X) stays, y = 1 with probability
      1 / (1 + exp(-4 (x2 - sin(1.5 x1))))
    - target: label shift, P(X|Y) stays, P(Y=1) falls from 0.5 to 0.15
    - conditional: concept shift, P(Y) stays, the classes move against the features,
      each class mean by (0, 1.2)
    - rotation: the source turned by 50 degrees around the origin
    - subspace: the target is the source mirrored, x1 and x2 exchanged.  P(Y) stays,
      and along z = (x1 + x2) / sqrt(2) the joint P(Z, Y) too, so that a rule of z
      alone holds in both; across it s = (x1 - x2) / sqrt(2), the better guide to y in
      the source, points the other way

    Numbers in place of classes: y = x2 - sin(1.5 x1) + N(0, 0.25^2) under the
    covariate shift; in the others y ~ N(0, 1) stands where the classes have -1
    and 1, and the label shift is one to N(-0.7, 0.51), the mean and the variance
    of those classes.

    Parameters
    ----------
    kind : {"covariate", "target", "conditional", "rotation", "subspace"}
    n_samples : int
        Samples in each domain.
    random_state : int
    labels : {"classes", "numbers"}

    Returns
    -------
    DomainPair
        Xs, Xt of shape (n_samples, 2).
    """
    check_count(n_samples, "n_samples")
    if kind not in KINDS:
        raise ValueError(
            f"kind={kind!r} is unknown; the shifts are {list(KINDS)}"
        )
    if labels not in LABELS:
        raise ValueError(
            f"labels={labels!r} is unknown; there are {list(LABELS)}"
        )
    rng = np.random.default_rng(random_state)
    numbers = labels == "numbers"
    if kind == "covariate":
        Xs, ys = _wave(rng, n_samples, 0.0, 1.2, numbers)
        Xt, yt = _wave(rng, n_samples, 1.5, 0.8, numbers)
    else:
        place = _two_guides if kind == "subspace" else _cloud
        Xs, ys = _labeled(rng, n_samples, 0.5, numbers, place)
        Xt, yt = _labeled(
            rng, n_samples, 0.15 if kind == "target" else 0.5, numbers, place
        )
        if kind == "conditional":
            Xt = Xt + [0.0, 1.2]
        if kind == "rotation":
            angle = np.deg2rad(50)
            turn = np.array(
                [[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]]
            )
            Xt = Xt @ turn
        if kind == "subspace":
            Xt = Xt[:, ::-1].copy()
    return DomainPair(
        Xs,
        ys,
        Xt,
        yt,
        "source",
        kind,
        () if numbers else ("0", "1"),
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
    X = check_matrix(X, "X")
    check_width(X, "X", 2, 'make_shift("covariate")')
    x = X[:, 0].astype(float)
    log_target = -0.5 * ((x - 1.5) / 0.8) ** 2 - np.log(0.8)
    log_source = -0.5 * (x / 1.2) ** 2 - np.log(1.2)
    return np.exp(log_target - log_source)


def _wave(rng, n, mean, scale, numbers):
    X = np.column_stack([rng.normal(mean, scale, n), rng.normal(0.0, 1.0, n)])
    height = X[:, 1] - np.sin(1.5 * X[:, 0])
    if numbers:
        return X, height + rng.normal(0.0, 0.25, n)
    return X, (rng.random(n) < 1 / (1 + np.exp(-4 * height))).astype(int)


def _labeled(rng, n, share, numbers, place):
    """Draw labels, `share` of them of class 1, and samples whose place depends on -1 or 1."""
    if numbers:
        y = rng.normal(2 * share - 1, np.sqrt(1 - (2 * share - 1) ** 2), n)
        return place(rng, y), y
    y = (np.arange(n) < round(share * n)).astype(int)
    rng.shuffle(y)
    return place(rng, 2 * y - 1), y


def _cloud(rng, v):
    """Elongated Gaussians around v (1.2, 0.8)."""
    return v[:, None] * [1.2, 0.8] + rng.standard_normal((len(v), 2)) * [0.9, 0.5]


def _two_guides(rng, v):
    """v with a noise of 0.5 along the diagonal, of 0.3 across it."""
    z, s = (v + scale * rng.standard_normal(len(v)) for scale in (0.5, 0.3))
    return np.column_stack([z + s, z - s]) / np.sqrt(2)


def make_friedman(n_source=200, n_target=20, difference=1.0, random_state=0):
    """Draw numbers: five sources whose function is near that of the target, Friedman's first.

        y = a1 10 sin(pi (b1 x1 + c1) (b2 x2 + c2)) + a2 20 (b3 x3 + c3 - 1/2)^2
            + a3 10 (b4 x4 + c4) + a4 5 (b5 x5 + c5) + N(0, 1)

    The target has a = b = 1 and c = 0.  Each source draws a and b from N(1, (0.1
    difference)^2), c from N(0, (0.05 difference)^2); ten features are uniform in
    [0, 1], five of them without effect.

    Friedman J. H. Multivariate adaptive regression splines. Annals of Statistics
    19(1), 1991.  The shift is that of Pardoe and Stone, ICML 2010.

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
    check_count(n_source, "n_source")
    check_count(n_target, "n_target")
    if not 0 <= difference < np.inf:
        raise ValueError(
            f"difference must be a number from 0 on, not {difference}"
        )
    rng = np.random.default_rng(random_state)
    sources = []
    for _ in range(5):
        a, b = (
            rng.normal(1, 0.1 * difference, 4),
            rng.normal(1, 0.1 * difference, 5),
        )
        sources.append(
            _friedman(rng, n_source, a, b, rng.normal(0, 0.05 * difference, 5))
        )
    Xs, ys = (np.concatenate(parts) for parts in zip(*sources))
    target = np.ones(4), np.ones(5), np.zeros(5)
    (Xt, yt), (X_test, y_test) = (
        _friedman(rng, n, *target) for n in (n_target, 1000)
    )
    ids = np.split(
        np.arange(len(Xs) + n_target + 1000), [len(Xs), len(Xs) + n_target]
    )
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
