"""SKADA-Bench, simulated part: four shifts, its learner, its splits, no target label.

The protocol is the benchmark's: five draws of the domains, five stratified splits of each, a fifth
of each domain held out, an SVC with an RBF kernel, accuracy on the target's held-out part.  Where
the benchmark chooses the parameters of a method, by one of its scorers, ours are the defaults; only
the projections get one component, because there are two features.  Two more rows have parameters of
its grid, config/datasets/Simulated.yml.

`diagnose` has no parameter, but its rules were written with these four shifts in mind.  So each
shift is drawn again with seeds that nobody had looked at when the rules were committed: `fresh`.

Lalou Y. et al. SKADA-Bench: benchmarking unsupervised domain adaptation methods with realistic
validation on diverse modalities. 2024. https://arxiv.org/abs/2407.11676
"""

from functools import cache

import numpy as np
from sklearn.base import clone
from sklearn.calibration import CalibratedClassifierCV
from sklearn.model_selection import StratifiedShuffleSplit
from sklearn.svm import SVC

from benchmarks.grid import Recipe
from benchmarks.simulated import SKADA, skada
from tlbook.feature import CORAL, TCA, SubspaceAlignment
from tlbook.instance import KLIEP, KMM, LabelShift, LogisticRatio
from tlbook.practice import diagnose
from tlbook.since import JDOT, OTDA, LinearOT

FIRST = {"skada": 0, "fresh": 1000}  # seed of the first of the five draws
TASKS = tuple(f"{world}-{shift}" for world in FIRST for shift in SKADA)
SPLITS = 5
SEEDS = tuple(range(5 * SPLITS))
ADAPTED = {  # name in the benchmark: method
    "CORAL": CORAL(SVC()),
    "SA": SubspaceAlignment(SVC(), n_components=1),
    "SA, k=2": SubspaceAlignment(SVC(), n_components=2),
    "TCA": TCA(SVC(), n_components=1),
    "TCA, rbf, k=10": TCA(SVC(), n_components=10, mu=10, kernel="rbf"),
    "KMM": KMM(SVC()),
    "KLIEP": KLIEP(SVC()),
    "Disc. RW": LogisticRatio(SVC()),
    "EntOT": OTDA(SVC(), reg_class=0),
    "ClassRegOT": OTDA(SVC()),
    "LinOT": LinearOT(SVC()),
    "JDOT": JDOT(SVC()),
    "MMDTarS": LabelShift(CalibratedClassifierCV(SVC(), ensemble=False)),
}
CHANGED = {  # what a row is, if not its class with the learner and the defaults
    "SA": "SubspaceAlignment, n_components=1",
    "SA, k=2": "SubspaceAlignment, n_components=2",
    "TCA": "TCA, n_components=1",
    "TCA, rbf, k=10": "TCA, n_components=10, mu=10, kernel='rbf'",
    "Disc. RW": "LogisticRatio",
    "EntOT": "OTDA, reg_class=0",
    "ClassRegOT": "OTDA",
    "LinOT": "LinearOT",
    "MMDTarS": "LabelShift, the SVC calibrated: another method for the same shift",
}


@cache
def parts(task, seed):
    """Return the source's rows to fit on, the target's to fit on and to test on.

    Parameters
    ----------
    task : str
    seed : int
        Number of the split: `SPLITS` of each draw.

    Returns
    -------
    (Xs, ys), (Xt, yt), (X_test, y_test)
    """
    world, shift = task.split("-")
    draw, split = divmod(seed, SPLITS)
    Xs, ys, Xt, yt = skada(shift, FIRST[world] + draw)
    cut = StratifiedShuffleSplit(SPLITS, test_size=0.2, random_state=0)
    fit = list(cut.split(Xs, ys))[split][0]
    seen, test = list(cut.split(Xt, yt))[split]
    return (Xs[fit], ys[fit]), (Xt[seen], yt[seen]), (Xt[test], yt[test])


def alone(source, target, X_test):
    """Learn on the source."""
    return SVC().fit(*source).predict(X_test), ""


def with_labels(source, target, X_test):
    """Learn on the labeled target."""
    return SVC().fit(*target).predict(X_test), ""


def diagnosed(source, target, X_test):
    """Name the shift from the samples, take the method that answers it."""
    report = diagnose(*source, target[0])
    model = report.best_estimator(SVC()).fit(*source, target[0])
    return model.predict(X_test), report.shift


def adapted(method):
    """Fit a method on both domains."""
    return lambda source, target, X_test: (
        clone(method).fit(*source, target[0]).predict(X_test),
        "",
    )


METHODS = {
    "source only": Recipe("SVC on the source", alone),
    "target": Recipe("SVC on labeled target samples", with_labels),
    "diagnose": Recipe("best_estimator(SVC()) of the report", diagnosed),
} | {
    name: Recipe(
        f"{CHANGED.get(name, name)}, SVC; other parameters are the defaults",
        adapted(method),
    )
    for name, method in ADAPTED.items()
}


def prepare(task, method, seed):
    """Return the work to measure and the labels that its predictions are compared with."""
    source, target, (X_test, y_test) = parts(task, seed)
    return lambda: METHODS[method].predict(source, target, X_test), y_test


def score(found, y_test):
    """Return the accuracy in percent, and the shift that was named, if any was."""
    predicted, named = found
    return {
        "accuracy": f"{100 * np.mean(predicted == y_test):.4f}",
        "named": named,
    }
