"""Photographs of Office-Caltech10: new layers trained on the features of a frozen network.

See `office_caltech_photos` for the data and the network, which is not that of the papers.
"""

import math

import torch
from sklearn.base import clone
from torch import nn

from benchmarks.grid import Recipe
from benchmarks.office_caltech_photos import FROZEN, TASKS, domains
from tlbook.deep import (
    ADDA,
    DAN,
    DANN,
    DDC,
    JAN,
    DeepClassifier,
    DeepCORAL,
    Network,
)
from tlbook.discrepancy import mmd2

__all__ = ["METHODS", "SEEDS", "TASKS", "TRACE", "prepare"]

SEEDS = (0, 1, 2)
TRACE = False
WIDTH, N_CLASSES, BATCH, STEPS = 256, 10, 32, 200


def new_layers(n_features, seed):
    """Return a bottleneck and a classifier, random, for feature vectors."""
    with torch.random.fork_rng([]):
        torch.manual_seed(seed)
        bottleneck = nn.Sequential(nn.Linear(n_features, WIDTH), nn.ReLU())
        return Network(nn.Identity(), bottleneck, nn.Linear(WIDTH, N_CLASSES))


def epochs_of(steps, batch, Xs, Xt):
    """Return the number of epochs that make at least so many steps."""
    return math.ceil(steps / (len(Xs) // min(batch, len(Xs), len(Xt))))


class UnbiasedDDC(DDC):
    """DDC whose penalty does not count the spread within a batch as a distance."""

    def _penalty(self, source, target, progress):
        return mmd2(source.bottleneck, target.bottleneck, estimate="unbiased")


def row(model, *steps, batch=BATCH):
    """Return a recipe: the method with the common training, any further setting in words."""

    def predict(Xs, ys, Xt, seed):
        n_epochs = epochs_of(STEPS, batch, Xs, Xt)
        fresh = clone(model).set_params(
            network=new_layers(Xs.shape[1], seed),
            batch_size=batch,
            max_epochs=n_epochs,
            random_state=seed,
            device="cpu",
        )
        if isinstance(model, ADDA):
            fresh.set_params(source_epochs=n_epochs)
        return fresh.fit(Xs, ys, Xt).predict(Xt)

    training = (
        f"new bottleneck {WIDTH}; Adam, lr {model.lr}, {STEPS} steps of {batch}"
    )
    return Recipe("; ".join([FROZEN, training, *steps]), predict)


METHODS = {
    "source only": row(DeepClassifier()),
    "DAN": row(DAN(), "lambda=1, bottleneck and logits"),
    "DDC": row(DDC(), "lambda=0.25"),
    "DDC, batches of 128": row(DDC(), "lambda=0.25", batch=128),
    "DDC, unbiased": row(
        UnbiasedDDC(), "lambda=0.25", "unbiased estimate of the distance"
    ),
    "DeepCORAL": row(DeepCORAL(), "lambda=1, logits"),
    "DANN": row(DANN(), "lambda=1"),
    "JAN": row(JAN(), "lambda=1, bottleneck and probabilities"),
    "ADDA": row(ADDA(), f"then {STEPS} adversarial steps, lr 0.0002"),
}


def prepare(task, method, seed):
    """Return the work to measure and the labels that its predictions are compared with."""
    Xs, ys, Xt, yt = domains(task)
    return lambda: METHODS[method].predict(Xs, ys, Xt, seed), yt
