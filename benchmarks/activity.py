"""Ten persons with a smartwatch, all 90 ordered pairs: source person to target person.

A person did each exercise twice, once with each arm.  Windows of one recording overlap and resemble
each other, so rows that see target labels are tested on recordings that gave none.
"""

import numpy as np
from sklearn.base import clone
from sklearn.multiclass import OneVsRestClassifier
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeClassifier

from benchmarks.grid import Recipe
from tlbook.datasets import load_activity
from tlbook.datasets.activity import feature_names
from tlbook.model import RKELM, AdaptiveSVM, TransEMDT, TransRKELM

PERSONS = range(1, 11)
TASKS = tuple(f"{s}-{t}" for s in PERSONS for t in PERSONS if s != t)
SEEDS = (0,)

TREE = DecisionTreeClassifier(
    criterion="entropy", min_samples_leaf=5, random_state=0
)
SVM = OneVsRestClassifier(SVC(C=1.0))
NAMES = feature_names()
MIRRORED = ("mean ax", "mean wy", "mean wz", "corr ax ay", "corr ax az")


def z_scores(X):
    """Return the features of one person with mean 0 and standard deviation 1."""
    return (X - X.mean(axis=0)) / X.std(axis=0)


def either_arm(X):
    """Drop the signs that a mirror changes.

    The recordings of an exercise differ in the arm.  If the arms mirror each other in x, then the
    mean of ax, the means of wy and wz and the correlations of ax with ay and az change their signs.
    """
    X = X.copy()
    mirrored = [NAMES.index(name) for name in MIRRORED]
    X[:, mirrored] = np.abs(X[:, mirrored])
    return X


def few_labels(y, recording, per_class, seed):
    """Choose labeled windows of a person, those of a class from one of its two recordings.

    Parameters
    ----------
    y, recording : ndarray of shape (n,)
    per_class, seed : int

    Returns
    -------
    known : ndarray of int, positions of the labeled windows
    test : ndarray of int, positions of all windows of the other recordings
    """
    rng = np.random.default_rng(seed)
    labeled = np.array(
        [rng.choice(np.unique(recording[y == c])) for c in np.unique(y)]
    )
    known = [
        rng.choice(np.flatnonzero(recording == r), per_class, replace=False)
        for r in labeled
    ]
    return np.concatenate(known), np.flatnonzero(~np.isin(recording, labeled))


def first_recordings(y, recording):
    """Return the mask of the windows that belong to the first recording of their class."""
    return np.isin(recording, [recording[y == c].min() for c in np.unique(y)])


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
    "k-means named by the tree": (
        "k-means on z-scores, started by the tree",
        named_clusters,
    ),
    "TransEMDT": ("TransEMDT, 50 % confident", adapted(TransEMDT(TREE))),
    "tree, z-scores": (
        "z-scores per person; decision tree",
        scaled(unadapted(TREE)),
    ),
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
    "A-SVM": (
        ", correction with C=1 and Gaussian kernel of width 1 / sum of variances",
        adaptive,
    ),
}
# in the row, in words
ARMS = {"": "", "either arm, ": "without the signs that a mirror changes; "}
OWN = {
    f"{arm}tree on target labels": f"27 features; {words}"
    for arm, words in ARMS.items()
}


def method_table():
    rows = {
        name: Recipe(f"27 features; {words}", f)
        for name, (words, f) in BLIND.items()
    }
    for name, words in OWN.items():
        words += "decision tree on one recording of each target class, tested on the other, in turn"
        rows[name] = Recipe(words, None)
    for arm, features in ARMS.items():
        for per_class in (1, 3):
            for name, (words, f) in LABELED.items():
                rows[f"{arm}{name}, {per_class} a class"] = Recipe(
                    f"{features}z-scores per person; {per_class} target labels a class, from one "
                    f"of its two recordings; one-versus-rest SVM, C=1{words}; tested on the others",
                    f,
                )
    return rows


METHODS = method_table()


def features_of(method):
    """Return the function that takes 27 features to those of a row."""
    return either_arm if method.startswith("either arm") else np.asarray


def on_target_labels(Xt, yt, first):
    """Predict the first recordings by a tree of the second ones, and the other way round."""
    predicted = np.empty_like(yt)
    for test in (first, ~first):
        predicted[test] = clone(TREE).fit(Xt[~test], yt[~test]).predict(Xt[test])
    return predicted


def prepare(task, method, seed):
    """Return the work to measure and the labels that its predictions are compared with."""
    pair = load_activity(*map(int, task.split("-")))
    Xs, ys, Xt, yt = pair
    predict, features = METHODS[method].predict, features_of(method)
    if method in BLIND:
        return lambda: predict(Xs, ys, Xt), yt
    if method in OWN:
        first = first_recordings(yt, pair.target_ids)
        return lambda: on_target_labels(features(Xt), yt, first), yt
    known, test = few_labels(yt, pair.target_ids, int(method.split()[-3]), seed)

    def work():
        Zs, Zt = z_scores(features(Xs)), z_scores(features(Xt))
        return predict(Zs, ys, Zt[known], yt[known]).predict(Zt[test])

    return work, yt[test]
