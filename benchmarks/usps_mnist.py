"""USPS and MNIST, the sample of Long et al. 2013: 1800 and 2000 digits of 16 x 16 pixels."""

from functools import cache

from sklearn.svm import SVC

from benchmarks.grid import Recipe
from benchmarks.recipes import (
    NEAREST,
    NEAREST_ANGLE,
    adapted,
    coral_one_sided,
    coral_svm,
    jda_under_constraint,
    joint_pca,
    mean_distance_svm,
    tca,
    unadapted,
)
from tlbook.datasets import fetch_mnist_usps
from tlbook.feature.bda import BDA
from tlbook.feature.coral import CORAL
from tlbook.feature.gfk import GFK
from tlbook.feature.jda import JDA
from tlbook.feature.subspace_alignment import SubspaceAlignment
from tlbook.feature.tjm import TJM
from tlbook.feature.tkl import TKL

TASKS = ("USPS-MNIST", "MNIST-USPS")
SEEDS = (0,)
BASE = "samples of unit length, full source"


def row(predict, *steps):
    """Return a recipe whose protocol starts with the common preparation."""
    return Recipe("; ".join([BASE, *steps]), predict)


METHODS = {
    "1-NN": row(unadapted(NEAREST), "1-NN"),
    "PCA, k=100": row(joint_pca(100), "joint PCA, scores US", "k=100", "1-NN"),
    "TCA, primal, k=100": row(
        tca(100, lam=0.1, kernel="primal"),
        "TCA, primal",
        "lambda=0.1",
        "k=100",
        "1-NN",
    ),
    "TCA, primal, k=100, unit length": row(
        tca(100, lam=0.1, kernel="primal", learner=NEAREST_ANGLE),
        "TCA, primal",
        "lambda=0.1",
        "k=100",
        "components of unit length",
        "1-NN",
    ),
    "JDA, primal, k=100, unit length": row(
        adapted(JDA(n_components=100, lam=0.1, kernel="primal")),
        "JDA, primal",
        "lambda=0.1, T=10",
        "k=100",
        "components of unit length",
        "1-NN",
    ),
    "JDA, primal, k=100, unit length, constraint": row(
        jda_under_constraint(100, lam=0.1, kernel="primal"),
        "JDA, primal, components of unit variance (W'BW=I)",
        "lambda=0.1, T=10",
        "k=100",
        "components of unit length",
        "1-NN",
    ),
    "BDA, primal, mu=0.5, k=100, unit length": row(
        adapted(BDA(n_components=100, lam=0.1, kernel="primal")),
        "BDA, primal, mu=0.5",
        "lambda=0.1, T=10",
        "k=100",
        "components of unit length",
        "1-NN",
    ),
    "SVM, rbf, C=10": row(
        unadapted(SVC(C=10)), "SVM, Gaussian kernel, gamma=1/(256 var)", "C=10"
    ),
    "CORAL, 1-NN": row(adapted(CORAL(NEAREST)), "CORAL, +I", "1-NN"),
    "CORAL, linear SVM": row(
        coral_svm, "CORAL, +I", "linear SVM", "C by 5 folds of the source"
    ),
    "CORAL, one-sided SVM": row(
        coral_one_sided,
        "SVM on x'Az with CORAL's A, +I, not symmetric",
        "C by 5 folds of the source",
    ),
}
for k in (20, 100):
    METHODS[f"TJM, k={k}"] = row(
        adapted(TJM(NEAREST, n_components=k)),
        "TJM, linear kernel",
        "lambda=1, T=10",
        f"k={k}",
        "1-NN",
    )
METHODS["W-BDA, primal, mu=0.5, k=100, unit length"] = row(
    adapted(BDA(n_components=100, lam=0.1, kernel="primal", weighted=True)),
    "W-BDA, primal, mu=0.5",
    "lambda=0.1, T=10",
    "k=100",
    "components of unit length",
    "1-NN",
)
for k in (20, 100):
    METHODS[f"GFK, k={k}"] = row(
        adapted(GFK(NEAREST, n_components=k)), "GFK", f"k={k}", "1-NN"
    )
    METHODS[f"SA, k={k}"] = row(
        adapted(SubspaceAlignment(NEAREST, n_components=k)),
        "SA",
        f"k={k}",
        "1-NN",
    )
METHODS["SVM, rbf, mean distance, C=10"] = row(
    mean_distance_svm,
    "SVM, Gaussian kernel, gamma=1/mean squared distance",
    "C=10",
)
for zeta in (1.1, 2.0):
    METHODS[f"TKL, SVM, zeta={zeta}"] = row(
        adapted(TKL(zeta=zeta)),
        f"TKL, Gaussian kernel, gamma=1/mean squared distance, zeta={zeta}",
        "SVM, C=10",
    )


@cache
def domains(task):
    """Return Xs, ys, Xt, yt of a task."""
    return tuple(fetch_mnist_usps(*task.lower().split("-")))


def prepare(task, method, seed):
    """Return the work to measure and the labels that its predictions are compared with."""
    Xs, ys, Xt, yt = domains(task)
    return lambda: METHODS[method].predict(Xs, ys, Xt, seed), yt
