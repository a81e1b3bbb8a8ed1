"""MNIST and USPS, networks, in the protocol of the ADDA paper: 2000 and 1800 images, LeNet.

Tzeng E., Hoffman J., Saenko K., Darrell T. Adversarial discriminative domain adaptation.
CVPR 2017, 2962-2971. https://doi.org/10.1109/CVPR.2017.316

One protocol for all methods, with the weights of their papers; no setting was chosen by target
labels, save that "DANN, beta1 0.9" shows why the module has 0.5, and the rows of other lengths and
of centered pixels what these two settings change.  The sample is the one of Long et al. 2013:
16 x 16 pixels, here made 28 x 28; the paper draws its own.  The accuracy is that on the target
images of the training, whose labels no method sees.

All methods start a seed with the same network.
"""

from functools import cache

import torch
from sklearn.base import clone
from torch.nn import functional as F

from benchmarks.grid import Recipe
from tlbook.datasets import fetch_mnist_usps
from tlbook.deep import (
    ADDA,
    DAN,
    DANN,
    DDC,
    JAN,
    DeepClassifier,
    DeepCORAL,
    lenet,
)
from tlbook.deep._training import reproducible

TASKS = ("MNIST-USPS", "USPS-MNIST")
SEEDS = (0, 1, 2, 3, 4)
EPOCHS = 15
LONG, LONGEST = 60, 240
SHAPE, WIDTH = (1, 28, 28), 500
BASE = "28 x 28 pixels in [0, 1], from 16 x 16; LeNet 20-50-500; Adam, lr 0.001, batches of 64"
ONE = f"{EPOCHS} epochs"
TRACE = False


class LongMemory(DANN):
    """DANN with Adam's usual beta_1 = 0.9."""

    _optimizer = DeepClassifier._optimizer


def row(model, *steps, centered=False):
    """Return a recipe: the method with the common training, any further setting in words."""

    def predict(Xs, ys, Xt, seed):
        if centered:
            Xs, Xt = 2 * Xs - 1, 2 * Xt - 1
        with reproducible(seed, torch.device("cpu")):
            network = lenet(SHAPE, 10, WIDTH)
        network = network.to(memory_format=torch.channels_last)  # faster
        common = {"network": network, "random_state": seed, "device": "cpu"}
        fresh = clone(model).set_params(**common)
        fresh.fit(Xs, ys, None if type(model) is DeepClassifier else Xt)
        return fresh.predict(Xt)

    return Recipe(
        "; ".join([BASE, *steps, *["then pixels in [-1, 1]"] * centered]), predict
    )


def adda(epochs, centered=False):
    return row(
        ADDA(source_epochs=EPOCHS, max_epochs=epochs),
        f"{ONE} source, {epochs} adversarial, lr 0.0002",
        "beta1=0.5",
        centered=centered,
    )


METHODS = {
    "source only": row(DeepClassifier(max_epochs=EPOCHS), ONE),
    "ADDA": adda(EPOCHS),
    "DANN": row(DANN(max_epochs=EPOCHS), ONE, "lambda=1", "beta1=0.5"),
    "DDC": row(DDC(max_epochs=EPOCHS), ONE, "lambda=0.25"),
    "DeepCORAL": row(DeepCORAL(max_epochs=EPOCHS), ONE, "lambda=1, logits"),
    "DAN": row(DAN(max_epochs=EPOCHS), ONE, "lambda=1, bottleneck and logits"),
    "JAN": row(
        JAN(max_epochs=EPOCHS), ONE, "lambda=1, bottleneck and probabilities"
    ),
    "DANN, beta1 0.9": row(
        LongMemory(max_epochs=EPOCHS), ONE, "lambda=1", "beta1=0.9"
    ),
    f"ADDA, {LONG} epochs": adda(LONG),
    f"ADDA, {LONGEST} epochs": adda(LONGEST),
    "source only, centered": row(
        DeepClassifier(max_epochs=EPOCHS), ONE, centered=True
    ),
    f"ADDA, {LONG} epochs, centered": adda(LONG, centered=True),
}


def enlarged(X):
    """Return images (n, 256) of 16 x 16 pixels as (n, 1, 28, 28), bilinear."""
    small = torch.as_tensor(X, dtype=torch.float32).reshape(-1, 1, 16, 16)
    return F.interpolate(
        small, SHAPE[1:], mode="bilinear", align_corners=False
    ).numpy()


@cache
def domains(task):
    """Return Xs, ys, Xt, yt of a task, images (n, 1, 28, 28)."""
    Xs, ys, Xt, yt = fetch_mnist_usps(*task.lower().split("-"), raw=True)
    return enlarged(Xs), ys, enlarged(Xt), yt


def prepare(task, method, seed):
    """Return the work to measure and the labels that its predictions are compared with."""
    Xs, ys, Xt, yt = domains(task)
    return lambda: METHODS[method].predict(Xs, ys, Xt, seed), yt
