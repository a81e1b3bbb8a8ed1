"""The networks on the tasks of `embedded`, with their default parameters.

Digits are images of 8 x 8 pixels, for which the network is a LeNet; persons are 27 features, for
which it is a perceptron.  A person has few windows, so that an epoch has few steps: 100 epochs
instead of 20.  The method without transfer is the same network, trained alike on the source alone.
"""

from sklearn.base import clone

from benchmarks.embedded import TASKS as TASKS
from benchmarks.embedded import domains
from benchmarks.grid import Recipe
from tlbook.deep import ADDA, DAN, DANN, DDC, JAN, DeepClassifier, DeepCORAL
from tlbook.since import CDAN, MCC, MCD, MDD

SEEDS = (0, 1, 2, 3, 4)
TRACE = False
NETWORKS = {
    "source only, network": DeepClassifier(),
    "DDC": DDC(),
    "DAN": DAN(),
    "JAN": JAN(),
    "DeepCORAL": DeepCORAL(),
    "DANN": DANN(),
    "ADDA": ADDA(),
    "CDAN": CDAN(),
    "MDD": MDD(),
    "MCC": MCC(),
    "MCD": MCD(),
}


def inputs(X):
    """Return samples as the network takes them, and the epochs of a training."""
    return (X.reshape(-1, 1, 8, 8), 20) if X.shape[1] == 64 else (X, 100)


def trained(model, inputs=inputs):
    """Return the training on both domains, then the prediction of the target."""

    def predict(Xs, ys, Xt, seed):
        (Xs, epochs), (Xt, _) = inputs(Xs), inputs(Xt)
        fresh = clone(model).set_params(
            random_state=seed, device="cpu", max_epochs=epochs
        )
        if "source_epochs" in fresh.get_params():  # of ADDA
            fresh.set_params(source_epochs=epochs // 2)
        return fresh.fit(Xs, ys, Xt).predict(Xt)

    return predict


PROTOCOL = (
    "default parameters, 20 epochs (persons 100); without transfer: network"
)
METHODS = {
    name: Recipe(PROTOCOL, trained(model)) for name, model in NETWORKS.items()
}


def prepare(task, method, seed):
    """Return the work to measure and the labels that its predictions are compared with."""
    Xs, ys, Xt, yt = domains(task)
    return lambda: METHODS[method].predict(Xs, ys, Xt, seed), yt
