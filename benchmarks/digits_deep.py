"""MNIST and USPS, networks, in the protocol of the ADDA paper: 2000 and 1800 images, few epochs.

Tzeng E., Hoffman J., Saenko K., Darrell T. Adversarial discriminative domain adaptation.
CVPR 2017, 2962-2971. https://doi.org/10.1109/CVPR.2017.316

The sample is the one of Long et al. 2013, 16 x 16 pixels; the paper draws its own, 28 x 28 pixels.
The accuracy is that on the target images of the training, whose labels no method sees.
"""

from functools import cache

from sklearn.base import clone

from benchmarks.grid import Recipe
from tlbook.datasets import fetch_mnist_usps
from tlbook.deep import ADDA, DAN, DANN, DDC, JAN, DeepClassifier, DeepCORAL

TASKS = ("MNIST-USPS", "USPS-MNIST")
SEEDS = (0, 1, 2, 3, 4)
EPOCHS = 15
BASE = "16 x 16 pixels in [0, 1], LeNet 20-50-128; Adam, lr 0.001, batches of 64"


def row(model, *steps):
    """Return a recipe: the method with the common training, any further setting in words."""

    def predict(Xs, ys, Xt, seed):
        fresh = clone(model).set_params(random_state=seed, device="cpu")
        return fresh.fit(Xs, ys, Xt).predict(Xt)

    return Recipe("; ".join([BASE, *steps]), predict)


METHODS = {
    "source only": row(DeepClassifier(max_epochs=EPOCHS), f"{EPOCHS} epochs"),
    "ADDA": row(
        ADDA(source_epochs=EPOCHS, max_epochs=EPOCHS),
        f"{EPOCHS} epochs source, {EPOCHS} adversarial, lr 0.0002",
    ),
    "DANN": row(DANN(max_epochs=EPOCHS), f"{EPOCHS} epochs", "lambda=1"),
    "DDC": row(DDC(max_epochs=EPOCHS), f"{EPOCHS} epochs", "lambda=0.25"),
    "DeepCORAL": row(DeepCORAL(max_epochs=EPOCHS), f"{EPOCHS} epochs", "lambda=1, logits"),
    "DAN": row(DAN(max_epochs=EPOCHS), f"{EPOCHS} epochs", "lambda=1, bottleneck and logits"),
    "JAN": row(
        JAN(max_epochs=EPOCHS), f"{EPOCHS} epochs", "lambda=1, bottleneck and probabilities"
    ),
}


@cache
def domains(task):
    """Return Xs, ys, Xt, yt of a task, images (n, 1, 16, 16)."""
    Xs, ys, Xt, yt = fetch_mnist_usps(*task.lower().split("-"), raw=True)
    return Xs.reshape(-1, 1, 16, 16), ys, Xt.reshape(-1, 1, 16, 16), yt


def prepare(task, method, seed):
    """Return the work to measure and the labels that its predictions are compared with."""
    Xs, ys, Xt, yt = domains(task)
    return lambda: METHODS[method].predict(Xs, ys, Xt, seed), yt
