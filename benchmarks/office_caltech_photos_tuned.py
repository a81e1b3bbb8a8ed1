"""Photographs of Office-Caltech10: the last block and the head of the network learn too.

See `office_caltech_photos` for the data and the network, which is not that of the papers.  The six
tasks are those of the table of Long et al. 2015 (DAN).
"""

from functools import cache

import numpy as np
from sklearn.base import clone
from torch import nn

from benchmarks.grid import Recipe
from benchmarks.office_caltech_photos import activations
from benchmarks.office_caltech_photos_deep import (
    BATCH,
    WIDTH,
    epochs_of,
    new_layers,
)
from tlbook.deep import DAN, DeepClassifier, Network, efficientnet_lite0

TASKS = ("A-C", "W-C", "D-C", "C-A", "C-W", "C-D")
SEEDS = (0, 1, 2)
TRACE = False
STEPS, RATE = 40, 3e-4
BASE = "EfficientNet-Lite0 of ImageNet, last block and head tuned, statistics of batches kept"


def row(model, *steps):
    """Return a recipe: the method with the common training, any further setting in words."""

    def predict(Xs, ys, Xt, seed):
        top = efficientnet_lite0().top
        new = new_layers(1280, seed)
        network = Network(top, new.bottleneck, new.classifier)
        norms = [
            name
            for name, part in network.named_modules()
            if type(part) is nn.BatchNorm2d
        ]
        fresh = clone(model).set_params(
            network=network,
            freeze=norms,
            lr=RATE,
            batch_size=BATCH,
            max_epochs=epochs_of(STEPS, BATCH, Xs, Xt),
            random_state=seed,
            device="cpu",
        )
        return fresh.fit(Xs, ys, Xt).predict(Xt)

    training = (
        f"new bottleneck {WIDTH}; Adam, lr {RATE}, {STEPS} steps of {BATCH}"
    )
    return Recipe("; ".join([BASE, training, *steps]), predict)


METHODS = {
    "source only": row(DeepClassifier()),
    "DAN": row(DAN(), "lambda=1, bottleneck and logits"),
}


@cache
def domains(task):
    """Return Xs, ys, Xt, yt of a task, maps (n, 192, 7, 7) before the last block."""
    source, target = (activations(letter) for letter in task.split("-"))
    maps = [side["maps"].astype(np.float32) for side in (source, target)]
    return maps[0], source["y"], maps[1], target["y"]


def prepare(task, method, seed):
    """Return the work to measure and the labels that its predictions are compared with."""
    Xs, ys, Xt, yt = domains(task)
    return lambda: METHODS[method].predict(Xs, ys, Xt, seed), yt
