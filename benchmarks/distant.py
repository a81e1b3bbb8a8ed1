"""Distant domain transfer on photographs of Caltech: six pairs of binary problems.

The paper (Tan et al. 2017) takes Caltech-256 and AwA, whole; neither is at hand.  This is another
data set in the form of the paper's experiment: the 1,123 photographs of Office-Caltech10's Caltech
domain, 800 SURF counts each.  Source and target are different things, each against negatives that
they do not share; all other photographs of Caltech and all of Amazon are intermediates without
labels; six labeled target samples, the rest is the test set.  Its numbers are not comparable with
the paper's.
"""

from functools import cache
from itertools import permutations

import numpy as np
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression
from sklearn.neural_network import MLPClassifier, MLPRegressor

from benchmarks.grid import Recipe
from tlbook.datasets import fetch_office_caltech
from tlbook.frontiers.sla import SLA

THINGS = {"bike": 2, "headphones": 4, "mug": 9}
NEGATIVES = (1, 3, 5)  # backpack, calculator, keyboard
TASKS = tuple("-".join(pair) for pair in permutations(THINGS, 2))
SEEDS = (0, 1, 2)
LABELED = 3  # of each class of the target
LOGISTIC = LogisticRegression(C=0.01, max_iter=1000)
BASE = "SURF of Caltech10, z-score, thing against other negatives, 6 labeled target samples"


def source_only(Xs, ys, Xl, yl, Xi, seed):
    """No transfer: the source's classifier as it is."""
    return clone(LOGISTIC).fit(Xs, ys).predict


def target_only(Xs, ys, Xl, yl, Xi, seed):
    """No transfer: the six labels alone."""
    return clone(LOGISTIC).fit(Xl, yl).predict


def fine_tuned(Xs, ys, Xl, yl, Xi, seed):
    """Direct transfer: a network of the source, trained on with the six labels."""
    model = MLPClassifier(64, learning_rate_init=3e-3, random_state=seed)
    for X, y in [(Xs, ys)] * 40 + [(Xl, yl)] * 40:
        model.partial_fit(X, y, classes=[0, 1])
    return model.predict


def self_taught(Xs, ys, Xl, yl, Xi, seed):
    """An autoencoder of all intermediates, then a classifier of both domains on its code."""
    model = MLPRegressor(
        hidden_layer_sizes=64, learning_rate_init=3e-3, random_state=seed
    )
    for _ in range(40):
        model.partial_fit(Xi, Xi)

    def code(X):
        return np.maximum(X @ model.coefs_[0] + model.intercepts_[0], 0)

    X, y = np.concatenate([Xs, Xl]), np.concatenate([ys, yl])
    weights = (
        np.repeat([1 / len(ys), 1 / len(yl)], [len(ys), len(yl)]) * len(y) / 2
    )
    learner = clone(LOGISTIC).fit(code(X), y, sample_weight=weights)
    return lambda X: learner.predict(code(X))


def direct(Xs, ys, Xl, yl, Xi, seed):
    """The network of SLA on source and target, without intermediates and selection."""
    return (
        SLA(keep=1.0, max_epochs=40, random_state=seed)
        .fit(Xs, ys, Xl, yl)
        .predict
    )


def selective(Xs, ys, Xl, yl, Xi, seed):
    """SLA."""
    return SLA(max_epochs=40, random_state=seed).fit(Xs, ys, Xl, yl, Xi).predict


def row(predict, *steps):
    """Return a recipe whose protocol starts with the common preparation."""
    return Recipe("; ".join([BASE, *steps]), predict)


METHODS = {
    "source only": row(source_only, "logistic regression C=0.01"),
    "target only": row(target_only, "logistic regression C=0.01 on the six"),
    "fine-tuning": row(
        fine_tuned, "64 hidden units, 40 epochs source, 40 steps target"
    ),
    "self-taught": row(
        self_taught,
        "autoencoder of 64 units on all intermediates, 40 epochs",
        "logistic C=0.01",
    ),
    "direct": row(direct, "network of SLA, 6 x 40 steps, no intermediates"),
    "SLA": row(
        selective, "64 units, 6 rounds x 40 steps, shares 0.3 to 0.9, keep 0.6"
    ),
}


@cache
def photographs():
    """Return features and labels of Caltech, and features of Amazon."""
    pair = fetch_office_caltech("caltech", "amazon")
    return pair.Xs, pair.ys, pair.Xt


def problem(task, seed, data):
    """Return source, labeled target and intermediates, and the test set of a task.

    `data` is what `photographs` returns.
    """
    X, y, amazon = data
    rng = np.random.default_rng(seed)
    negative = rng.permutation(np.flatnonzero(np.isin(y, NEGATIVES)))
    halves = negative[: len(negative) // 2], negative[len(negative) // 2 :]
    rows, labels = [], []
    for thing, others in zip(task.split("-"), halves):
        positive = rng.permutation(np.flatnonzero(y == THINGS[thing]))
        n = min(len(positive), len(others))
        rows.append(np.concatenate([positive[:n], others[:n]]))
        labels.append(np.repeat([1, 0], n))
    (s, t), (ys, yt) = rows, labels
    few = np.concatenate([np.flatnonzero(yt == c)[:LABELED] for c in (1, 0)])
    rest = np.setdiff1d(np.arange(len(yt)), few)
    others = np.setdiff1d(np.arange(len(y)), np.concatenate([s, t]))
    Xi = np.concatenate([X[others], amazon])
    return (X[s], ys, X[t[few]], yt[few], Xi), X[t[rest]], yt[rest]


def prepare(task, method, seed):
    """Return the work of one cell and the labels of the test set."""
    training, X_test, y_test = problem(task, seed, photographs())
    return lambda: METHODS[method].predict(*training, seed)(X_test), y_test
