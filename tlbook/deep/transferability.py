"""How transferable are features in deep neural networks?

Yosinski J., Clune J., Bengio Y., Lipson H. NIPS 2014, 3320-3328.
https://arxiv.org/abs/1411.1792

Two tasks A and B, a network trained on each.  Copy the first n layers of one of
them into a new network, start the other layers anew, and train on B:

    arm     first n layers from     they are
    BnB     B                       frozen           fragile co-adaptation: what B loses here
    BnB+    B                       fine-tuned
    AnB     A                       frozen           specificity: what AnB loses beyond BnB
    AnB+    A                       fine-tuned

All arms train for the same number of steps.  Frozen layers keep the statistics of
their batch normalization too.

Cost of a step: O(b N) time, O(b N) memory for a batch of b, N the multiplications
and activations of the network for one sample; two networks to begin with, then
four for each number of layers.
"""

import copy

import torch
from sklearn.base import clone

from tlbook.deep._training import reproducible

ARMS = {
    "BnB": ("B", True),
    "BnB+": ("B", False),
    "AnB": ("A", True),
    "AnB+": ("A", False),
}


def layers_of(network):
    """Return the names of the layers with weights, from the input on.

    Parameters
    ----------
    network : nn.Module

    Returns
    -------
    list of str
        Convolutions and linear layers; normalization belongs to the layer before
        it.
    """
    kinds = (torch.nn.Conv1d, torch.nn.Conv2d, torch.nn.Linear)
    return [
        name
        for name, module in network.named_modules()
        if isinstance(module, kinds)
    ]


def first_layers(network, n):
    """Return the names of all modules with weights or statistics in the first n layers.

    Parameters
    ----------
    network : nn.Module
    n : int

    Returns
    -------
    tuple of str
    """
    layers = layers_of(network)
    if not 0 <= n < len(layers):
        raise ValueError(
            f"n={n}, but the network has {len(layers)} layers; the last one is "
            "new"
        )
    names = [
        name for name, module in network.named_modules() if owns_state(module)
    ]
    return tuple(names[: names.index(layers[n])])


def owns_state(module):
    """Tell whether a module has parameters or buffers of its own."""
    own = [*module.parameters(recurse=False), *module.buffers(recurse=False)]
    return bool(own)


def graft(base, fresh, n):
    """Return a copy of `fresh` whose first n layers are those of `base`.

    Parameters
    ----------
    base, fresh : nn.Module
        Of the same architecture.
    n : int

    Returns
    -------
    nn.Module
    """
    made = copy.deepcopy(fresh)
    for name in first_layers(base, n):
        made.get_submodule(name).load_state_dict(
            base.get_submodule(name).state_dict()
        )
    return made


def transferability(
    model, make_network, A, B, test, depths=None, arms=tuple(ARMS), seed=0
):
    """Return the accuracy on B of all arms at all depths, for one seed.

    Parameters
    ----------
    model : DeepClassifier
        How to train; its `network`, `freeze` and `random_state` are set here.
    make_network : callable () -> nn.Module
        Makes an untrained network with as many outputs as A and B have classes.
    A, B : tuple (X, y)
        Training data of the two tasks, with equally many classes.
    test : tuple (X, y)
        Test data of B.
    depths : sequence of int, default=None
        Numbers n of copied layers; None is all but the last layer.
    arms : sequence of {"BnB", "BnB+", "AnB", "AnB+"}
    seed : int

    Returns
    -------
    list of dict
        Records with "arm" ("base" has n = 0), "n", "seed" and "accuracy" in
        percent.

    Raises
    ------
    ValueError
        For an unknown arm or a depth that the network does not have.
    """
    if unknown := set(arms) - set(ARMS):
        raise ValueError(
            f"unknown arms {sorted(unknown)}; there are {list(ARMS)}"
        )

    def fresh(offset):
        with reproducible(10_000 * offset + seed, torch.device("cpu")):
            return make_network()

    def train(network, data, frozen=()):
        params = {"network": network, "freeze": frozen, "random_state": seed}
        return clone(model, safe=False).set_params(**params).fit(*data)

    base = {"A": train(fresh(0), A), "B": train(fresh(1), B)}
    depths = (
        range(1, len(layers_of(base["B"].network_))) if depths is None else depths
    )
    records = [
        {
            "arm": "base",
            "n": 0,
            "seed": seed,
            "accuracy": 100 * base["B"].score(*test),
        }
    ]
    for arm in arms:
        origin, frozen = ARMS[arm]
        for n in depths:
            network = graft(base[origin].network_, fresh(2), n)
            fitted = train(network, B, first_layers(network, n) if frozen else ())
            accuracy = 100 * fitted.score(*test)
            records.append(
                {"arm": arm, "n": n, "seed": seed, "accuracy": accuracy}
            )
    return records
