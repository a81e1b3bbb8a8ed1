"""MNIST and USPS with deep networks: 2000 and 1800 digits, the protocol of ADDA's table.

Tzeng E., Hoffman J., Saenko K., Darrell T. Adversarial discriminative domain adaptation. CVPR 2017.
The samples are those of Long et al. 2013, 16 x 16 pixels, in [0, 1].
"""

from functools import cache

from sklearn.base import clone

from benchmarks.grid import Recipe
from tlbook.datasets import fetch_mnist_usps
from tlbook.deep import DAN, DDC, JAN, DeepClassifier, DeepCORAL

TASKS = ("MNIST-USPS", "USPS-MNIST")
SEEDS = (0, 1, 2, 3, 4)
EPOCHS = 25
BASE = (
    "2000 MNIST, 1800 USPS, 16 x 16; LeNet 20-50-128, batch 64 + 64, Adam, lr 0.001, "
    f"{EPOCHS} epochs; the last epoch's network"
)


def row(model, words):
    """Return a recipe: train on both domains with one seed, predict the target."""

    def predict(Xs, ys, Xt, seed):
        fresh = clone(model).set_params(max_epochs=EPOCHS, random_state=seed, device="cpu")
        target = [] if type(model) is DeepClassifier else [Xt]
        return fresh.fit(Xs, ys, *target).predict(Xt)

    return Recipe(f"{BASE}; {words}", predict)


METHODS = {
    "source only": row(DeepClassifier(), "no adaptation"),
    "DDC": row(DDC(), "weight 0.25"),
    "Deep CORAL": row(DeepCORAL(weight=10.0), "weight 10, logits"),
    "DAN": row(DAN(), "weight 1, growing; learned kernel weights, biased estimate"),
    "JAN": row(JAN(), "weight 1, growing; biased estimate"),
}


@cache
def domains(task):
    """Return Xs, ys, Xt, yt of a task, images of shape (n, 1, 16, 16)."""
    Xs, ys, Xt, yt = fetch_mnist_usps(*task.lower().split("-"), raw=True)
    return Xs.reshape(-1, 1, 16, 16), ys, Xt.reshape(-1, 1, 16, 16), yt


def prepare(task, method, seed):
    """Return the work to measure and the labels that its predictions are compared with."""
    Xs, ys, Xt, yt = domains(task)
    return lambda: METHODS[method].predict(Xs, ys, Xt, seed), yt
