"""Office-Caltech10 with SURF features: whole source for training, whole target for testing."""

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
    squared_scores,
    svm_with_chosen_c,
    tca,
    unadapted,
    unit_rows,
)
from tlbook.datasets import fetch_office_caltech
from tlbook.feature.bda import BDA
from tlbook.feature.coral import CORAL
from tlbook.feature.gfk import GFK
from tlbook.feature.jda import JDA
from tlbook.feature.subspace_alignment import SubspaceAlignment
from tlbook.feature.tjm import TJM
from tlbook.feature.tkl import TKL

TASKS = tuple(f"{s}-{t}" for s in "CAWD" for t in "CAWD" if s != t)
SEEDS = (0,)
BASE = "rows sum to 1, z-score per domain, full source"


def row(predict, *steps):
    """Return a recipe whose protocol starts with the common preparation."""
    return Recipe("; ".join([BASE, *steps]), predict)


def with_unit_rows(predict, *steps):
    """Return a recipe that scales samples to unit length, before the method and after it."""
    return row(
        unit_rows(predict), *steps, "samples of unit length before and after"
    )


METHODS = {
    "1-NN": row(unadapted(NEAREST), "1-NN"),
    "1-NN, unit length": row(
        unit_rows(unadapted(NEAREST)), "samples of unit length", "1-NN"
    ),
    "PCA, k=100": row(joint_pca(100), "joint PCA, scores US", "k=100", "1-NN"),
    "SVD, squared scores, k=100": row(
        squared_scores(100),
        "joint SVD, scores US^2, no adaptation",
        "k=100",
        "1-NN",
    ),
    "SVD, squared scores, k=100, unit length": with_unit_rows(
        squared_scores(100, NEAREST_ANGLE),
        "joint SVD, scores US^2, no adaptation",
        "k=100",
        "1-NN",
    ),
    "TCA, k=100": row(
        tca(100), "TCA, linear kernel", "lambda=1", "k=100", "1-NN"
    ),
    "TCA, k=100, unit length": with_unit_rows(
        tca(100, learner=NEAREST_ANGLE),
        "TCA, linear kernel",
        "lambda=1",
        "k=100",
        "1-NN",
    ),
    "JDA, k=100": row(
        adapted(JDA(NEAREST, n_components=100)),
        "JDA, linear kernel",
        "lambda=1, T=10",
        "k=100",
        "1-NN",
    ),
    "JDA, k=100, unit length": with_unit_rows(
        adapted(JDA(n_components=100)),
        "JDA, linear kernel",
        "lambda=1, T=10",
        "k=100",
        "1-NN",
    ),
    "SVM, rbf, C=10": row(
        unadapted(SVC(C=10)), "SVM, Gaussian kernel, gamma=1/800", "C=10"
    ),
    "SVM, linear": row(
        lambda Xs, ys, Xt, seed: (
            svm_with_chosen_c("linear", seed).fit(Xs, ys).predict(Xt)
        ),
        "linear SVM",
        "C by 5 folds of the source",
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
    "BDA, mu=0.5, k=100, unit length": with_unit_rows(
        adapted(BDA(n_components=100)),
        "BDA, mu=0.5",
        "lambda=1, T=10",
        "k=100",
        "1-NN",
    ),
}
for k in (20, 30, 100):
    METHODS[f"TCA, primal, k={k}, unit length"] = with_unit_rows(
        tca(k, kernel="primal", learner=NEAREST_ANGLE),
        "TCA, primal",
        "lambda=1",
        f"k={k}",
        "1-NN",
    )
    METHODS[f"JDA, primal, k={k}, unit length"] = with_unit_rows(
        adapted(JDA(n_components=k, kernel="primal")),
        "JDA, primal",
        "lambda=1, T=10",
        f"k={k}",
        "1-NN",
    )
for k in (20, 100):
    for name, n_iter in (("TCA", 1), ("JDA", 10)):
        METHODS[f"{name}, primal, k={k}, unit length, constraint"] = (
            with_unit_rows(
                jda_under_constraint(k, kernel="primal", n_iter=n_iter),
                f"{name}, primal, components of unit variance (W'BW=I)",
                f"lambda=1, T={n_iter}",
                f"k={k}",
                "1-NN",
            )
        )
for k in (20, 30):
    METHODS[f"TJM, k={k}, unit length before"] = row(
        unit_rows(adapted(TJM(NEAREST, n_components=k))),
        "samples of unit length before",
        "TJM, linear kernel",
        "lambda=1, T=10",
        f"k={k}",
        "1-NN",
    )
METHODS["W-BDA, mu=0.5, k=100, unit length"] = with_unit_rows(
    adapted(BDA(n_components=100, weighted=True)),
    "W-BDA, mu=0.5",
    "lambda=1, T=10",
    "k=100",
    "1-NN",
)
for k in (10, 20, 30):
    METHODS[f"GFK, k={k}"] = row(
        adapted(GFK(NEAREST, n_components=k)), "GFK", f"k={k}", "1-NN"
    )
METHODS["GFK, k by disagreement"] = row(
    adapted(GFK(NEAREST)), "GFK", "k by subspace disagreement", "1-NN"
)
for k in (20, 30):
    METHODS[f"SA, k={k}"] = row(
        adapted(SubspaceAlignment(NEAREST, n_components=k)),
        "SA",
        f"k={k}",
        "1-NN",
    )
METHODS["SVM, rbf, mean distance, C=10, unit length"] = row(
    unit_rows(mean_distance_svm),
    "samples of unit length",
    "SVM, Gaussian kernel, gamma=1/mean squared distance",
    "C=10",
)
METHODS["TKL, SVM, unit length"] = row(
    unit_rows(adapted(TKL())),
    "samples of unit length",
    "TKL, Gaussian kernel, gamma=1/mean squared distance, zeta=1.1",
    "SVM, C=10",
)


DOMAINS = {"C": "caltech", "A": "amazon", "W": "webcam", "D": "dslr"}


@cache
def domains(task):
    """Return Xs, ys, Xt, yt of a task such as "C-A"."""
    return tuple(
        fetch_office_caltech(*(DOMAINS[letter] for letter in task.split("-")))
    )


def prepare(task, method, seed):
    """Return the work to measure and the labels that its predictions are compared with."""
    Xs, ys, Xt, yt = domains(task)
    return lambda: METHODS[method].predict(Xs, ys, Xt, seed), yt
