"""The source is gone: a network that was trained on it, and the unlabeled target alone.

The tasks and the training are those of `embedded_deep`; beside each method stands the network that
it adapts, as it was.  SHOT's own was trained with smoothed labels, as its paper asks, and 20 epochs
longer, which its `fit` spends on the source where there is no target; the other one without.  That
of AdaBN and TENT has batch normalization.  The stream is the target in batches of 64, shuffled by
the seed: TENT predicts a batch, then learns from it.
"""

from functools import cache

import numpy as np
import torch

from benchmarks.embedded import TASKS as TASKS
from benchmarks.embedded import domains
from benchmarks.embedded_deep import inputs
from benchmarks.grid import Recipe
from tlbook.deep import DeepClassifier
from tlbook.since import SHOT, TENT, AdaBN
from tlbook.since._normalized import normalized_network
from tlbook.since.tent import adapt_online

SEEDS = (0, 1, 2, 3, 4)
# the networks are trained once for all rows: the time of the first holds that of the training
TRACE = False
BATCH = 64


class Normalized(DeepClassifier):
    """The network of AdaBN and TENT, trained on the source alone."""

    def _make_network(self):
        return normalized_network(self.shape_, len(self.classes_), self.width)


@cache
def trained(kind, task, seed):
    """Return the model that was trained on the source of a task, and its epochs."""
    Xs, ys, *_ = domains(task)
    Xs, epochs = inputs(Xs)
    model = kind(random_state=seed, device="cpu")
    length = "source_epochs" if kind is SHOT else "max_epochs"
    return model.set_params(**{length: epochs}).fit(Xs, ys), epochs


def as_it_was(kind):
    """Predict by the network of the source."""
    return lambda task, seed, Xt: trained(kind, task, seed)[0].predict(Xt)


def adapted(method, kind, whole=False):
    """Adapt the network of the source to the target; `whole`: as long as it was trained."""

    def predict(task, seed, Xt):
        source, epochs = trained(kind, task, seed)
        model = method(network=source.network_, random_state=seed, device="cpu")
        if whole:
            model.set_params(max_epochs=epochs)
        return model.adapt(Xt, classes=source.classes_).predict(Xt)

    return predict


def streamed(task, seed, Xt):
    """Predict the target as it arrives, and adapt meanwhile."""
    source, _ = trained(Normalized, task, seed)
    order = np.random.default_rng(seed).permutation(len(Xt))
    stream = torch.as_tensor(Xt[order], dtype=torch.float32).split(BATCH)
    found = torch.cat(list(adapt_online(source.network_, stream))).argmax(1)
    predicted = np.empty(len(Xt), source.classes_.dtype)
    predicted[order] = source.classes_[found.numpy()]
    return predicted


NORMAL = "network with batch normalization"
METHODS = {
    "source only, network": Recipe("network", as_it_was(DeepClassifier)),
    "SHOT, network": Recipe(
        "20 epochs (persons 100) on the target; without transfer: network",
        adapted(SHOT, DeepClassifier, whole=True),
    ),
    "source only, smoothed": Recipe(
        "network trained with smoothed labels", as_it_was(SHOT)
    ),
    "SHOT": Recipe(
        "20 epochs (persons 100) on the target; without transfer: network "
        "trained with smoothed labels",
        adapted(SHOT, SHOT, whole=True),
    ),
    "source only, normalized": Recipe(NORMAL, as_it_was(Normalized)),
    "AdaBN": Recipe(
        f"statistics of the target; without transfer: {NORMAL}",
        adapted(AdaBN, Normalized),
    ),
    "TENT": Recipe(
        f"one pass over the target; without transfer: {NORMAL}",
        adapted(TENT, Normalized),
    ),
    "TENT, stream": Recipe(
        f"batches of {BATCH} as they arrive; without transfer: {NORMAL}", streamed
    ),
}


def prepare(task, method, seed):
    """Return the work to measure and the labels that its predictions are compared with."""
    _, _, Xt, yt = domains(task)
    X = inputs(Xt)[0]
    return lambda: METHODS[method].predict(task, seed, X), yt
