"""Simulated shifts: what each criterion without target labels chooses, beside the oracle.

Four tasks with the distributions of SKADA-Bench's simulated data sets, and four of `make_shift`.
The protocol is the benchmark's in short: a fifth of each domain is the test part, and accuracies
are of the target's.  Its learner is an SVC with an RBF kernel; here a logistic regression on a
hundred kernel features, because some criteria ask for probabilities.

Lalou Y. et al. SKADA-Bench: benchmarking unsupervised domain adaptation methods with realistic
validation on diverse modalities. 2024. https://arxiv.org/abs/2407.11676
"""

from functools import cache

import numpy as np
from sklearn.base import clone
from sklearn.kernel_approximation import Nystroem
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from benchmarks.grid import Recipe
from benchmarks.selection import SourceOnly, choices, measured, score
from tlbook.datasets import make_shift
from tlbook.feature import CORAL, GFK, JDA, TCA, SubspaceAlignment
from tlbook.instance import KLIEP, KMM, LogisticRatio
from tlbook.since import OTDA

SKADA = {  # shift: (samples of a cluster, noise)
    "covariate": (100, 0.6),
    "target": (100, 0.8),
    "concept": (100, 0.8),
    "subspace": (300, 0.4),
}
OURS = ("covariate", "target", "conditional", "subspace")
TASKS = (
    *(f"skada-{shift}" for shift in SKADA),
    *(f"make_shift-{kind}" for kind in OURS),
)
SEEDS = tuple(range(10))
# the candidates are fitted once for all criteria: a trace would see the first alone
TRACE = False
LEARNER = make_pipeline(
    StandardScaler(),
    Nystroem(gamma=0.5, random_state=0),
    LogisticRegression(C=10, max_iter=1000),
)
CANDIDATES = {
    "source only": SourceOnly(LEARNER),
    **{f"KMM, {gamma}": KMM(LEARNER, gamma=gamma) for gamma in (0.1, 1.0)},
    "KLIEP": KLIEP(LEARNER),
    "logistic ratio": LogisticRatio(LEARNER),
    **{f"CORAL, {reg}": CORAL(LEARNER, reg=reg) for reg in (0.1, 1.0)},
    **{f"SA, {k}": SubspaceAlignment(LEARNER, n_components=k) for k in (1, 2)},
    "GFK, 1": GFK(LEARNER, n_components=1),
    **{f"TCA, {k}": TCA(LEARNER, n_components=k) for k in (1, 2)},
    **{
        f"TCA rbf, {k}": TCA(LEARNER, kernel="rbf", n_components=k)
        for k in (1, 2, 10)
    },
    **{f"JDA, {k}": JDA(LEARNER, n_components=k) for k in (1, 2)},
    **{f"OT, {reg}": OTDA(LEARNER, reg=reg, reg_class=0) for reg in (0.1, 1.0)},
    "OT with classes": OTDA(LEARNER),
}


def disk_and_clusters(rng, n):
    """Draw 4 n samples in an ellipse, class 0, and n in each of four clusters on its rim, class 1.

    Returns
    -------
    X : ndarray of shape (8 n, 2)
    y : ndarray of shape (8 n,)
    """
    angle, radius = 2 * np.pi * rng.random(4 * n), np.sqrt(rng.random(4 * n))
    disk = radius[:, None] * np.column_stack([np.cos(angle), np.sin(angle)])
    parts = [disk @ [[2, -0.5], [-0.5, 2]] + [2, 2]]
    for mean, spread in (
        ((-1.5, 3), [[0.15, 0], [0, 0.3]]),
        ((-0.5, 1), [[0.2, -0.1], [-0.1, 0.2]]),
        ((1, -0.4), [[0.17, -0.05], [-0.05, 0.17]]),
        ((3, -1), [[0.3, 0], [0, 0.15]]),
    ):
        parts.append(rng.standard_normal((n, 2)) @ spread + mean)
    return np.concatenate(parts), np.repeat([0, 1], 4 * n)


def three_clusters(rng, n):
    """Draw 2 n samples of class 0 around x1 + x2 = 0, n of class 1 on each side.

    Returns
    -------
    X : ndarray of shape (4 n, 2)
    y : ndarray of shape (4 n,)
    """
    parts = [
        scale * rng.standard_normal((size, 2)) + mean
        for size, mean, scale in (
            (2 * n, (-1, 1), 0.5),
            (n, (1.5, 0.5), 0.1),
            (n, (-0.5, -1.5), 0.2),
        )
    ]
    return np.concatenate(parts), np.repeat([0, 1], 2 * n)


def skada(shift, seed):
    """Draw a pair of domains with the distributions of SKADA-Bench's simulated data.

    Covariate: the target's density is the source's times exp(-2 |x - (-0.4, 3)|^2).  Target: nine
    tenths have class 0.  Concept: x becomes 0.7 x + 1.  Subspace: x becomes -x, which leaves
    x1 + x2 given the class almost as it is.  Noise is added at the end.

    Parameters
    ----------
    shift : {"covariate", "target", "concept", "subspace"}
    seed : int

    Returns
    -------
    Xs, ys, Xt, yt
    """
    rng = np.random.default_rng(seed)
    n, noise = SKADA[shift]
    draw = three_clusters if shift == "subspace" else disk_and_clusters
    Xs, ys = draw(rng, n)
    Xt, yt = draw(rng, {"covariate": 100, "target": 3}.get(shift, 1) * n)
    if shift == "covariate":
        weights = np.exp(-2 * ((Xt - [-0.4, 3]) ** 2).sum(axis=1))
        kept = rng.choice(
            len(Xt), 8 * n, replace=False, p=weights / weights.sum()
        )
        Xt, yt = Xt[kept], yt[kept]
    elif shift == "target":
        rare = 8 * n - int(0.9 * 8 * n)
        counts = {0: 8 * n - rare, 1: rare}
        kept = np.concatenate(
            [
                rng.choice(np.flatnonzero(yt == c), m, replace=False)
                for c, m in counts.items()
            ]
        )
        Xt, yt = Xt[kept], yt[kept]
    elif shift == "concept":
        Xt = 0.7 * Xt + 1
    else:
        Xt = -Xt
    Xs, Xt = (X + noise * rng.standard_normal(X.shape) for X in (Xs, Xt))
    return Xs, ys, Xt, yt


@cache
def parts(task, seed):
    """Return Xs, ys, the target's rows to fit on, to test on, and the labels of both."""
    world, kind = task.split("-")
    Xs, ys, Xt, yt = (
        skada(kind, seed) if world == "skada" else make_shift(kind, 800, seed)
    )
    seen, test = train_test_split(
        np.arange(len(yt)), test_size=0.2, random_state=seed, stratify=yt
    )
    return (Xs, ys), Xt[seen], Xt[test], yt[seen], yt[test]


@cache
def table(task, seed):
    """Return what was measured of the candidates on a task."""
    return measured(CANDIDATES, *parts(task, seed)[:3], seed)


def with_labels(task, seed, yt):
    """Learn on the target itself."""
    _, Xt, X_test, y_seen, _ = parts(task, seed)
    return clone(LEARNER).fit(Xt, y_seen).predict(X_test) == yt


METHODS = choices(table) | {
    "target": Recipe("learned on labeled target samples", with_labels)
}


def prepare(task, method, seed):
    """Return the work to measure and nothing to compare with: `score` has all it needs."""
    yt = parts(task, seed)[-1]
    return lambda: METHODS[method].predict(task, seed, yt), yt


__all__ = ["METHODS", "SEEDS", "TASKS", "TRACE", "prepare", "score"]
