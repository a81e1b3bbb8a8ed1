"""The mean of a network's weights along its path, and statistics of the network of that mean.

The numbers of equations are those of `averaging`.
"""

import copy

import torch
from torch import nn
from torch.optim.swa_utils import update_bn

from tlbook.deep._adopt import copied
from tlbook.deep._data import Domain
from tlbook.deep._samples import check_samples
from tlbook.since._fitted_weights import network_of


def renew_statistics(model, X):
    """Return a copy of a network whose batch normalization has the statistics of some samples.

    Parameters
    ----------
    model : fitted deep method
    X : array-like of shape (n, ...)
        Samples as in the training, without labels.

    Returns
    -------
    like model
    """
    model = copy.deepcopy(model)
    X, _ = check_samples(
        X,
        "X",
        like=model.shape_,
        any_shape=model.network is not None,
        series=len(model.shape_) == 2,
    )
    update_bn(
        Domain(X, model.device_).chunks(model.batch_size), network_of(model)
    )
    return model


class PathMean(nn.Module):
    """The mean of the weights along a training path, equation (6).

    Parameters
    ----------
    network : nn.Module
        It is copied.
    """

    def __init__(self, network):
        super().__init__()
        self.network = copied(network)
        self.register_buffer("n", torch.zeros(()))

    @torch.no_grad()
    def add(self, network):
        """Let the weights of a network into the mean."""
        self.n += 1
        pairs = zip(
            [*self.network.parameters(), *self.network.buffers()],
            [*network.parameters(), *network.buffers()],
        )
        for mean, now in pairs:
            if mean.is_floating_point():
                mean += (now - mean) / self.n
            else:
                mean.copy_(now)
