"""A few target labels beside a labeled source: what a method makes of both.

Three labels of each class are drawn by the seed, the same for all methods; a method is held against
its own learner on the source alone, on the few alone and on both together.  No target sample whose
image, font, recording or photograph has lent a label is in the test.  The samples of both domains
together get the mean 0 and the scale 1, without labels: a feature of a person each, pixels and
activations, which have one unit, all by one number.  The tasks are those of `embedded` and of
`embedded_photos`.
"""

from functools import cache

import numpy as np
from sklearn.base import clone
from sklearn.ensemble import AdaBoostClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.multiclass import OneVsRestClassifier
from sklearn.svm import SVC

from benchmarks import embedded, embedded_photos
from benchmarks.activity import few_labels
from benchmarks.grid import Recipe
from benchmarks.office_caltech_photos_few import draw
from tlbook.datasets import (
    load_activity,
    load_digits_shift,
    load_photo_features,
)
from tlbook.feature import FeatureAugmentation
from tlbook.instance import TrAdaBoost
from tlbook.model import (
    AdaptiveSVM,
    RegularTransfer,
    TransferForest,
    TransferTree,
)
from tlbook.ties import ExactTree

TASKS = embedded.TASKS + embedded_photos.TASKS
SEEDS = (0, 1, 2)
TRACE = False
LABELS = 3  # of each class
TREE = ExactTree(max_depth=3, random_state=0)
LEARNERS = {
    "logistic": LogisticRegression(max_iter=2000),
    "SVM": OneVsRestClassifier(SVC()),
    "tree": TransferTree._default_estimator().set_params(random_state=0),
    "forest": TransferForest._default_estimator().set_params(random_state=0),
    "AdaBoost": AdaBoostClassifier(TREE, n_estimators=20, random_state=0),
}


def adaptive_svm(Xs, ys, Xk, yk):
    """Correct the SVM of the source."""
    source = clone(LEARNERS["SVM"]).fit(Xs, ys)
    return AdaptiveSVM(source).fit(Xk, yk)


def fitted(model):
    """Fit a method on the source and the few."""
    return lambda *data: clone(model).fit(*data)


LINEAR, FOREST = LEARNERS["logistic"], LEARNERS["forest"]
ADAPTED = {  # name: (fit, learner without transfer)
    "FeatureAugmentation": (fitted(FeatureAugmentation(LINEAR)), "logistic"),
    "RegularTransfer": (fitted(RegularTransfer(LINEAR)), "logistic"),
    "AdaptiveSVM": (adaptive_svm, "SVM"),
    "TransferTree": (fitted(TransferTree(LEARNERS["tree"])), "tree"),
    "TransferForest": (fitted(TransferForest(FOREST)), "forest"),
    "TrAdaBoost": (fitted(TrAdaBoost(TREE)), "AdaBoost"),
}


def held_against(learners):
    """Return the rows without transfer: each learner on the source, the few, and both."""

    def row(learner, name):
        on = {
            "source only": lambda Xs, ys, Xk, yk: (Xs, ys),
            "few only": lambda Xs, ys, Xk, yk: (Xk, yk),
            "both": lambda Xs, ys, Xk, yk: (
                np.concatenate([Xs, Xk]),
                np.concatenate([ys, yk]),
            ),
        }[name]
        return lambda *data: clone(learner).fit(*on(*data))

    return {
        f"{name}, {key}": Recipe(f"{key}, {name}", row(learner, name))
        for key, learner in learners.items()
        for name in ("source only", "few only", "both")
    }


METHODS = held_against(LEARNERS) | {
    name: Recipe(f"default parameters; without transfer: {learner}", fit)
    for name, (fit, learner) in ADAPTED.items()
}


def pair_of(task):
    """Return the pair of domains of a task."""
    source, target = task.split("-")
    if source.isdigit():
        return load_activity(int(source), int(target))
    if source in embedded.DIGITS:
        return load_digits_shift(source, target)
    return load_photo_features(source, target)


def known_and_test(y, ids, seed, person):
    """Choose the labeled target samples, and those to test on, of other documents.

    Parameters
    ----------
    y, ids : ndarray of shape (n,)
    seed : int
    person : bool
        Whether a document is a recording, of which a class has two.

    Returns
    -------
    known, test : ndarray of int
    """
    if person:
        return few_labels(y, ids, LABELS, seed)
    known = np.flatnonzero(draw(y, LABELS, seed))
    return known, np.flatnonzero(~np.isin(ids, ids[known]))


def at_one_scale(parts, one_unit):
    """Bring domains to the mean 0 and the scale 1 of all their samples.

    Parameters
    ----------
    parts : list of ndarray of shape (n, d)
    one_unit : bool
        Whether one number scales all features.

    Returns
    -------
    list of ndarray
    """
    X = np.concatenate(parts)
    mean = X.mean(axis=0)
    scale = (X - mean).std() if one_unit else X.std(axis=0)
    return [(part - mean) / scale for part in parts]


@cache
def domains(task):
    """Return Xs, ys, Xt, yt and the documents of the target."""
    pair = pair_of(task)
    Xs, Xt = at_one_scale([pair.Xs, pair.Xt], not task[0].isdigit())
    return Xs, pair.ys, Xt, pair.yt, pair.target_ids


def prepare(task, method, seed):
    """Return the work to measure and the labels that its predictions are compared with."""
    Xs, ys, Xt, yt, ids = domains(task)
    known, test = known_and_test(yt, ids, seed, task[0].isdigit())
    fit = METHODS[method].predict
    return (
        lambda: fit(Xs, ys, Xt[known], yt[known]).predict(Xt[test]),
        yt[test],
    )
