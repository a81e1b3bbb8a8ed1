"""Photographs of Office-Caltech10 with few labels: layers taken over from ImageNet, or none.

Oquab M., Bottou L., Laptev I., Sivic J. Learning and transferring mid-level image representations
using convolutional neural networks. CVPR 2014, 1717-1724. https://doi.org/10.1109/CVPR.2014.222

A task such as "W-3" is a domain and the number of labels of each class, drawn by the seed; all
other photographs of the domain are the test set.  There is no other domain: the source is ImageNet.
See `office_caltech_photos` for the network, which is not that of the paper.
"""

import math
from functools import cache

import numpy as np
from PIL import Image
from torch import nn

from benchmarks.grid import Recipe
from benchmarks.office_caltech_photos import (
    DOMAINS,
    FROZEN,
    LOGISTIC,
    activations,
)
from benchmarks.recipes import unadapted, unit_rows
from tlbook.datasets import fetch_office_caltech, fetch_office_caltech_images
from tlbook.deep import DeepClassifier, Network, efficientnet_lite0
from tlbook.model import TRCNN

LABELS = (1, 3, 5)
TASKS = tuple(f"{letter}-{n}" for letter in DOMAINS for n in LABELS)
SEEDS = (0, 1, 2, 3, 4)
TRACE = False
STEPS, LARGEST_BATCH, HIDDEN, RATE, FEATURE_RATE, SIDE = (
    100,
    32,
    256,
    1e-3,
    0.1,
    64,
)


def trcnn(feature_lr):
    """Return TRCNN on the last block of the network of ImageNet; its batch statistics stay."""
    whole = efficientnet_lite0()
    network = Network(whole.top, nn.Identity(), whole.classifier)
    norms = [
        name
        for name, part in whole.top.named_modules()
        if type(part) is nn.BatchNorm2d
    ]
    # where `transplant` puts them
    freeze = [f"features.0.{name}" for name in norms]
    return TRCNN(network, hidden=HIDDEN, feature_lr=feature_lr, freeze=freeze)


def trained(make, *steps):
    """Return the recipe of a network; `make()` returns it without the common training."""

    def predict(X, y, X_test, seed):
        n_batches = math.ceil(len(X) / LARGEST_BATCH)
        model = make().set_params(
            lr=RATE,
            batch_size=math.ceil(len(X) / n_batches),
            max_epochs=STEPS // n_batches,
            random_state=seed,
            device="cpu",
        )
        return model.fit(X, y).predict(X_test)

    training = f"Adam, lr {RATE}, {STEPS} steps of at most {LARGEST_BATCH}"
    return Recipe("; ".join([*steps, training]), predict)


TAKEN_OVER = f"EfficientNet-Lite0 of ImageNet, new layer {HIDDEN}"
METHODS = {
    "SURF, logistic": Recipe(
        "800 SURF counts, z-scored; logistic regression", unadapted(LOGISTIC)
    ),
    "from scratch": trained(
        DeepClassifier, f"{SIDE} x {SIDE} pixels, RGB; LeNet 20-50-128"
    ),
    "frozen, logistic": Recipe(
        f"{FROZEN}; samples of unit length; logistic regression",
        unit_rows(unadapted(LOGISTIC)),
    ),
    "TRCNN, frozen": trained(
        lambda: trcnn(0), TAKEN_OVER, "all that is taken over frozen"
    ),
    "TRCNN, fine-tuned": trained(
        lambda: trcnn(FEATURE_RATE),
        TAKEN_OVER,
        f"last block and head at {FEATURE_RATE} of the rate, statistics of batches kept",
    ),
}


@cache
def domain(letter, method):
    """Return what a method sees of all photographs of a domain, and their labels."""
    if method.startswith("SURF"):
        X, y, *_ = fetch_office_caltech(
            DOMAINS[letter], "dslr" if letter != "D" else "webcam"
        )
        return X, y
    if method == "from scratch":
        paths, y, _ = fetch_office_caltech_images(DOMAINS[letter])
        return np.stack([pixels(path) for path in paths]), y
    kept = activations(letter)
    view = "features" if method.startswith("frozen") else "maps"
    return kept[view].astype(np.float32), kept["y"]


def pixels(path):
    """Return a photograph, squeezed to a square, of shape (3, SIDE, SIDE), in [-1, 1]."""
    with Image.open(path) as image:
        small = image.convert("RGB").resize((SIDE, SIDE), Image.Resampling.BOX)
    return np.asarray(small, dtype=np.float32).transpose(2, 0, 1) / 127.5 - 1


def draw(y, n, seed):
    """Return a mask that holds `n` samples of each class."""
    rng = np.random.default_rng(seed)
    drawn = np.zeros(len(y), dtype=bool)
    for c in np.unique(y):
        drawn[rng.choice(np.flatnonzero(y == c), n, replace=False)] = True
    return drawn


def prepare(task, method, seed):
    """Return the work to measure and the labels that its predictions are compared with."""
    letter, n = task.split("-")
    X, y = domain(letter, method)
    few = draw(y, int(n), seed)
    return lambda: METHODS[method].predict(X[few], y[few], X[~few], seed), y[~few]
