"""Ten persons with a smartwatch, all 90 ordered pairs: source person to target person.

Rows that see target labels are tested on windows that overlap none of the labeled ones.
"""

import numpy as np
from sklearn.base import clone
from sklearn.multiclass import OneVsRestClassifier
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeClassifier

from benchmarks.grid import Recipe
from tlbook.datasets import load_activity
from tlbook.model import RKELM, AdaptiveSVM, TransEMDT, TransRKELM

PERSONS = range(1, 11)
TASKS = tuple(f"{s}-{t}" for s in PERSONS for t in PERSONS if s != t)
SEEDS = (0,)

TREE = DecisionTreeClassifier(criterion="entropy", min_samples_leaf=5, random_state=0)
SVM = OneVsRestClassifier(SVC(C=1.0))


def z_scores(X):
    """Return the features of one person with mean 0 and standard deviation 1."""
    return (X - X.mean(axis=0)) / X.std(axis=0)


def few_labels(y, per_class, seed):
    """Choose labeled windows of a person at random.

    Windows follow each other in time and overlap by half.

    Returns
    -------
    known : ndarray of int, positions of the labeled windows
    test : ndarray of int, positions of the windows that overlap none of them
    """
    rng = np.random.default_rng(seed)
    known = np.concatenate(
        [rng.choice(np.flatnonzero(y == c), per_class, replace=False) for c in np.unique(y)]
    )
    touched = np.concatenate([known - 1, known, known + 1])
    return known, np.setdiff1d(np.arange(len(y)), touched)


def time_blocks(y, n_blocks):
    """Return the block in time, 0, 1, ..., of each window within its class."""
    block = np.empty(len(y), dtype=int)
    for c in np.unique(y):
        windows = np.flatnonzero(y == c)
        block[windows] = np.arange(len(windows)) * n_blocks // len(windows)
    return block


def scaled(predict):
    """Give z-scores of each person to a row that sees no target label."""
    return lambda Xs, ys, Xt: predict(z_scores(Xs), ys, z_scores(Xt))


def unadapted(model):
    return lambda Xs, ys, Xt: clone(model).fit(Xs, ys).predict(Xt)


def adapted(model):
    return lambda Xs, ys, Xt: clone(model).fit(Xs, ys, Xt).predict(Xt)


def named_clusters(Xs, ys, Xt):
    """K-means of the target in z-scores, started from the means of what the tree calls a class."""
    return TransEMDT(TREE, max_rounds=1).fit(Xs, ys, Xt).clusters_


def adaptive(Xs, ys, Xk, yk):
    return AdaptiveSVM(clone(SVM).fit(Xs, ys), C=1.0).fit(Xk, yk)


def pooled(Xs, ys, Xk, yk):
    return clone(SVM).fit(np.concatenate([Xs, Xk]), np.concatenate([ys, yk]))


BLIND = {  # rows without target labels: (Xs, ys, Xt) -> predictions
    "tree": ("decision tree", unadapted(TREE)),
    "k-means named by the tree": ("k-means on z-scores, started by the tree", named_clusters),
    "TransEMDT": ("TransEMDT, 50 % confident", adapted(TransEMDT(TREE))),
    "tree, z-scores": ("z-scores per person; decision tree", scaled(unadapted(TREE))),
    "k-means named by the tree, z-scores": (
        "z-scores per person; k-means, started by the tree",
        scaled(named_clusters),
    ),
    "TransEMDT, z-scores": (
        "z-scores per person; TransEMDT, 50 % confident",
        scaled(adapted(TransEMDT(TREE))),
    ),
    "RKELM": (
        "z-scores per person; RKELM, C=100, median width, 100 support rows",
        scaled(unadapted(RKELM())),
    ),
    "TransRKELM": (
        "z-scores per person; TransRKELM, C=100, median width, 100 support rows, margin 0.5",
        scaled(adapted(TransRKELM())),
    ),
}
LABELED = {  # rows with a few target labels: (Xs, ys, Xk, yk) -> fitted model
    "SVM on the source": ("", lambda Xs, ys, Xk, yk: clone(SVM).fit(Xs, ys)),
    "SVM on the few": ("", lambda Xs, ys, Xk, yk: clone(SVM).fit(Xk, yk)),
    "SVM on both": ("", pooled),
    "A-SVM": (", correction with C=1 and Gaussian kernel of width 1 / sum of variances", adaptive),
}
CEILINGS = {"tree on target labels, 4 blocks": 4, "tree on target labels, 2 blocks": 2}


def method_table():
    rows = {name: Recipe(f"27 features; {words}", f) for name, (words, f) in BLIND.items()}
    for name, n_blocks in CEILINGS.items():
        words = f"{n_blocks} blocks in time of each target class: one is tested, the others train"
        rows[name] = Recipe(f"27 features; decision tree on target labels, {words}", None)
    for per_class in (1, 3):
        for name, (words, f) in LABELED.items():
            rows[f"{name}, {per_class} a class"] = Recipe(
                f"z-scores per person; {per_class} target labels a class; one-versus-rest SVM, C=1"
                f"{words}; tested on windows that overlap no labeled one",
                f,
            )
    return rows


METHODS = method_table()


def domains(task):
    """Return Xs, ys, Xt, yt of a task."""
    return tuple(load_activity(*map(int, task.split("-"))))


def on_target_labels(Xt, yt, n_blocks):
    """Predict each block in time by a tree trained on the others, without overlapping windows."""
    block, predicted = time_blocks(yt, n_blocks), np.empty_like(yt)
    for k in range(n_blocks):
        test = block == k
        touched = np.convolve(test, [1, 1, 1], mode="same") > 0
        learned = clone(TREE).fit(Xt[~touched], yt[~touched])
        predicted[test] = learned.predict(Xt[test])
    return predicted


def prepare(task, method, seed):
    """Return the work to measure and the labels that its predictions are compared with."""
    yt = domains(task)[-1]
    predict = METHODS[method].predict
    known, test = [], np.arange(len(yt))
    if method not in BLIND and method not in CEILINGS:
        known, test = few_labels(yt, int(method.split()[-3]), seed)

    def work():
        Xs, ys, Xt, _ = domains(task)
        if method in CEILINGS:
            return on_target_labels(Xt, yt, CEILINGS[method])
        if method in BLIND:
            return predict(Xs, ys, Xt)
        Zs, Zt = z_scores(Xs), z_scores(Xt)
        return predict(Zs, ys, Zt[known], yt[known]).predict(Zt[test])

    return work, yt[test]
