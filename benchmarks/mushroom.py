"""Mushrooms with two shapes of stalk, the split of the TrAdaBoost paper.

Source: 4,608 mushrooms with tapering stalks, all labeled.  Target: 3,516 with enlarging stalks, a
few of them labeled, drawn anew for every seed; all others are the test set.  A task is named by the
number of labeled target mushrooms in percent of the source.  How strong the SVM is decides the
outcome, so every comparison is there for three values of C.

    python -m benchmarks.mushroom    # means over the draws and paired tests from the stored rows
"""

from functools import cache

import numpy as np
from scipy.stats import ttest_1samp
from sklearn.base import clone
from sklearn.model_selection import train_test_split
from sklearn.svm import LinearSVC

from benchmarks import RESULTS
from benchmarks.grid import Recipe, read_rows
from tlbook.datasets import fetch_mushroom
from tlbook.instance.tradaboost import TrAdaBoost

TASKS = tuple(f"{percent} %" for percent in (1, 2, 5, 10, 20))
SEEDS = tuple(range(10))
# C of the linear SVM, the same for all methods of a comparison
STRENGTHS = (1.0, 0.01, 0.001)
ROUNDS = 100
BASE = "one-hot traits, 4,608 source, stratified draw of the labeled target; linear SVM"


def source_alone(svm, Xs, ys, Xt, yt, X_test):
    """Learn from the source without any target label."""
    return svm.fit(Xs, ys).predict(X_test)


def target_alone(svm, Xs, ys, Xt, yt, X_test):
    """Learn from the labeled target samples."""
    return svm.fit(Xt, yt).predict(X_test)


def pooled(svm, Xs, ys, Xt, yt, X_test):
    """Learn from the source and the labeled target samples, all alike."""
    return svm.fit(np.concatenate([Xs, Xt]), np.concatenate([ys, yt])).predict(
        X_test
    )


def boosted(svm, Xs, ys, Xt, yt, X_test):
    """Learn by TrAdaBoost from the same samples."""
    return TrAdaBoost(svm, n_rounds=ROUNDS).fit(Xs, ys, Xt, yt).predict(X_test)


WAYS = {
    "source alone": source_alone,
    "target alone": target_alone,
    "pooled": pooled,
    "TrAdaBoost": boosted,
}


def row(way, C):
    """Return the recipe of one way to use the samples, with the linear SVM of strength C."""
    words = f"{way}, {ROUNDS} rounds" if way == "TrAdaBoost" else way
    svm = LinearSVC(C=C, random_state=0)
    return Recipe(
        f"{BASE} C={C:g}; {words}",
        lambda *samples: WAYS[way](clone(svm), *samples),
    )


METHODS = {f"{way}, C={C:g}": row(way, C) for C in STRENGTHS for way in WAYS}


@cache
def domains():
    """Return Xs, ys, Xt, yt."""
    return tuple(fetch_mushroom())


def draw(task, seed):
    """Return the labeled and the other target rows, two arrays of indices."""
    Xs, _, Xt, yt = domains()
    size = round(float(task.removesuffix(" %")) / 100 * len(Xs))
    return train_test_split(
        np.arange(len(Xt)), train_size=size, stratify=yt, random_state=seed
    )


def prepare(task, method, seed):
    """Return the work of one cell and the labels of the test set."""
    Xs, ys, Xt, yt = domains()
    labeled, rest = draw(task, seed)
    predict = METHODS[method].predict
    return lambda: predict(Xs, ys, Xt[labeled], yt[labeled], Xt[rest]), yt[rest]


def summary(rows):
    """Return mean errors, and TrAdaBoost's gain over two ways to do without it.

    Parameters
    ----------
    rows : list of dict, as `read_rows` gives them

    Returns
    -------
    errors : dict of (task, method) to float, percent
    gains : dict of (task, C, way) to (mean gain in points, p value of the paired t-test over the
        draws), for the ways "target alone" and "pooled"; p is NaN where no draw differs
    """
    error = {
        (r["task"], r["method"], int(r["seed"])): 100 - float(r["accuracy"])
        for r in rows
    }
    draws = {
        (task, method): np.array([error[task, method, seed] for seed in SEEDS])
        for task in TASKS
        for method in METHODS
    }
    gains = {}
    for task in TASKS:
        for C in STRENGTHS:
            ours = draws[task, f"TrAdaBoost, C={C:g}"]
            for way in ("target alone", "pooled"):
                gain = draws[task, f"{way}, C={C:g}"] - ours
                p = ttest_1samp(gain, 0).pvalue if gain.any() else np.nan
                gains[task, C, way] = float(gain.mean()), float(p)
    return {key: float(values.mean()) for key, values in draws.items()}, gains


if __name__ == "__main__":
    stored = read_rows(RESULTS / "mushroom.csv")
    errors, gains = summary(stored)
    print("mean error in % over ten draws; gain of TrAdaBoost in points")
    for C in STRENGTHS:
        for task in TASKS:
            cells = "  ".join(
                f"{way} {errors[task, f'{way}, C={C:g}']:5.2f}" for way in WAYS
            )
            tests = "  ".join(
                f"over {way} {gains[task, C, way][0]:+5.2f} (p = {gains[task, C, way][1]:.2g})"
                for way in ("target alone", "pooled")
            )
            print(f"C={C:<5g} {task:>4}: {cells}   {tests}")
