"""The unsupervised shallow methods on the embedded domains, with their default parameters.

Every method is paired with its own learner without transfer, so that a gain is one of the method
and not of the learner.  The tasks: six pairs of digit domains, and each of ten persons from the
next one and the one after that.
"""

from functools import cache

from sklearn.base import clone
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier
from sklearn.svm import SVC

from benchmarks.grid import Recipe
from tlbook.datasets import load_activity, load_digits_shift
from tlbook.feature import (
    BDA,
    CORAL,
    GFK,
    JDA,
    TCA,
    TJM,
    TKL,
    SubspaceAlignment,
)
from tlbook.instance import KLIEP, KMM, ULSIF, LabelShift, LogisticRatio
from tlbook.model import RKELM, TransEMDT, TransRKELM
from tlbook.practice import diagnose
from tlbook.since import (
    JDOT,
    OTDA,
    LinearOT,
    PartialTransfer,
    SelfTraining,
)

DIGITS = ("handwritten", "printed", "photo")
TASKS = tuple(f"{s}-{t}" for s in DIGITS for t in DIGITS if s != t)
TASKS += tuple(
    f"{1 + (k + step) % 10}-{k + 1}" for step in (1, 2) for k in range(10)
)
SEEDS = (0,)

NEAREST, LINEAR = KNeighborsClassifier(1), LogisticRegression(max_iter=2000)
LEARNERS = {
    "1-NN": NEAREST,
    "logistic": LINEAR,
    "SVM": SVC(C=10),
    "tree": TransEMDT._default_estimator(),
    "RKELM": RKELM(),
}
ADAPTED = {  # name: (method, learner without transfer)
    "KMM": (KMM(clone(LINEAR)), "logistic"),
    "KLIEP": (KLIEP(clone(LINEAR)), "logistic"),
    "uLSIF": (ULSIF(clone(LINEAR)), "logistic"),
    "logistic ratio": (LogisticRatio(clone(LINEAR)), "logistic"),
    "LabelShift": (LabelShift(clone(LINEAR)), "logistic"),
    "TCA": (TCA(NEAREST), "1-NN"),
    "JDA": (JDA(), "1-NN"),
    "BDA": (BDA(), "1-NN"),
    "TJM": (TJM(), "1-NN"),
    "GFK": (GFK(NEAREST), "1-NN"),
    "SA": (SubspaceAlignment(NEAREST), "1-NN"),
    "CORAL, 1-NN": (CORAL(NEAREST), "1-NN"),
    "CORAL": (CORAL(clone(LINEAR)), "logistic"),
    "OTDA": (OTDA(NEAREST), "1-NN"),
    "LinearOT": (LinearOT(NEAREST), "1-NN"),
    "LinearOT, logistic": (LinearOT(clone(LINEAR)), "logistic"),
    "JDOT": (JDOT(clone(LINEAR)), "logistic"),
    "PartialTransfer": (PartialTransfer(clone(LINEAR)), "logistic"),
    "SelfTraining": (SelfTraining(clone(LINEAR)), "logistic"),
    "TKL": (TKL(), "SVM"),
    "TransEMDT": (TransEMDT(), "tree"),
    "TransRKELM": (TransRKELM(), "RKELM"),
}


def alone(learner):
    """Learn on the source, predict the target."""
    return lambda Xs, ys, Xt: clone(learner).fit(Xs, ys).predict(Xt)


def adapted(method):
    """Fit on both domains, predict the target."""
    return lambda Xs, ys, Xt: clone(method).fit(Xs, ys, Xt).predict(Xt)


def diagnosed(learner):
    """Take the method that answers the shift that is found, predict the target."""

    def predict(Xs, ys, Xt):
        model = diagnose(Xs, ys, Xt).best_estimator(learner)
        return model.fit(Xs, ys, Xt).predict(Xt)

    return predict


METHODS = {
    f"source only, {name}": Recipe(f"{name} on the source", alone(learner))
    for name, learner in LEARNERS.items()
}
METHODS |= {
    name: Recipe(
        f"best_estimator of the report; without transfer: {learner}",
        diagnosed(LEARNERS[learner]),
    )
    for name, learner in (("diagnose", "logistic"), ("diagnose, 1-NN", "1-NN"))
}
METHODS |= {
    name: Recipe(
        f"default parameters; without transfer: {learner}", adapted(method)
    )
    for name, (method, learner) in ADAPTED.items()
}


@cache
def domains(task):
    """Return Xs, ys, Xt, yt of a task."""
    source, target = task.split("-")
    if source.isdigit():
        return tuple(load_activity(int(source), int(target)))
    return tuple(load_digits_shift(source, target))


def prepare(task, method, seed):
    """Return the work to measure and the labels that its predictions are compared with."""
    Xs, ys, Xt, yt = domains(task)
    return lambda: METHODS[method].predict(Xs, ys, Xt), yt
