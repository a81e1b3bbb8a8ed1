"""The networks of `embedded_deep` on the photographs of `embedded_photos`.

A photograph is 64 features of a frozen network, for which the trained one is a perceptron.  A
domain has as few samples as a person has windows: 100 epochs.
"""

from benchmarks.embedded_deep import NETWORKS, trained
from benchmarks.embedded_photos import TASKS as TASKS
from benchmarks.embedded_photos import domains
from benchmarks.grid import Recipe

SEEDS = (0, 1, 2, 3, 4)
TRACE = False
EPOCHS = 100


def inputs(X):
    """Return samples as the network takes them, and the epochs of a training."""
    return X, EPOCHS


METHODS = {
    name: Recipe(
        "default parameters, 100 epochs; without transfer: network",
        trained(model, inputs),
    )
    for name, model in NETWORKS.items()
}


def prepare(task, method, seed):
    """Return the work to measure and the labels that its predictions are compared with."""
    Xs, ys, Xt, yt = domains(task)
    return lambda: METHODS[method].predict(Xs, ys, Xt, seed), yt
