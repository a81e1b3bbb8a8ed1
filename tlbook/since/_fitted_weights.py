"""Weights of fitted models, deep or linear: read, put in, combined, and checked to be alike."""

import copy

import numpy as np
import torch
from sklearn.utils.validation import check_is_fitted
from torch import nn

from tlbook.deep._training import DeepClassifier

LINEAR = ("coef_", "intercept_")  # weights of a linear model of scikit-learn


def network_of(model):
    """Return the module that a deep model predicts with; None if the model is not deep."""
    if isinstance(model, DeepClassifier):
        check_is_fitted(model, "network_")
        return model._network_for("target")
    return model if isinstance(model, nn.Module) else None


def weights_of(model):
    """Return a copy of the weights of a fitted model, by name.

    Parameters
    ----------
    model : nn.Module, a fitted deep method, or a fitted linear model
        Of a linear model `coef_` and `intercept_`.

    Returns
    -------
    dict of str to Tensor

    Raises
    ------
    ValueError
        If the model has no such weights.
    """
    network = network_of(model)
    if network is not None:
        return {
            name: value.detach().clone()
            for name, value in network.state_dict().items()
        }
    check_is_fitted(model)
    if not hasattr(model, "coef_"):
        raise ValueError(
            f"{type(model).__name__} has no weights to average: linear models "
            "and networks have"
        )
    return {name: torch.tensor(getattr(model, name)) for name in LINEAR}


def with_weights(model, weights):
    """Return a copy of a fitted model with other weights.

    Parameters
    ----------
    model : as in `weights_of`
    weights : dict of str to Tensor
        As `weights_of` returns it.

    Returns
    -------
    like model
    """
    model = copy.deepcopy(model)
    network = network_of(model)
    if network is not None:
        network.load_state_dict(weights)
    else:
        for name, value in weights.items():
            setattr(model, name, value.numpy())
    return model


def combined(parts, shares):
    """Return the sum of weights times shares; whole numbers stay those of the first.

    Parameters
    ----------
    parts : list of dict of str to Tensor
    shares : sequence of float

    Returns
    -------
    dict of str to Tensor
    """
    return {
        name: sum(a * part[name] for a, part in zip(shares, parts))
        if value.is_floating_point()
        else value
        for name, value in parts[0].items()
    }


def check_alike(models):
    """Refuse models whose weights do not stand for the same.

    Raises
    ------
    ValueError
        Names the first model that differs from the first of all, and in what.
    """
    if not models:
        raise ValueError("models is empty: there is nothing to average")
    facts = [
        {
            "kind": type(model).__name__,
            "classes": np.asarray(getattr(model, "classes_", [])).tolist(),
            "shapes": {k: tuple(v.shape) for k, v in weights_of(model).items()},
        }
        for model in models
    ]
    for k, fact in enumerate(facts):
        for name, value in fact.items():
            if value != facts[0][name]:
                raise ValueError(
                    f"models[{k}] has other {name} than models[0]: {value} and "
                    f"{facts[0][name]}"
                )
