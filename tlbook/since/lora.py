"""LoRA, low-rank adaptation: fine-tune a large layer through a small one beside it.

Hu E. J., Shen Y., Wallis P., Allen-Zhu Z., Li Y., Wang S., Wang L., Chen W. LoRA: low-rank
adaptation of large language models. ICLR 2022. https://openreview.net/forum?id=nZeVKeeFYf9

    h = W0 x + b + (alpha / r) B A x                                                    (1)
    W = W0 + (alpha / r) B A                                                            (2)

    W0  (p, d)  the trained layer, frozen, with its bias b (p,)
    A   (r, d)  random at the start
    B   (p, r)  zero at the start, so that the network starts as it was

Training sees A and B alone, r (p + d) numbers in place of p d.  Afterwards (2) puts them into the
layer: the adapted network costs no more than the old one.

Cost of a step: O(b N + b r (p + d)) time, O(b N + b r) memory for a batch of b, N those of the
frozen network for one sample; nothing once merged.
"""

import copy
import warnings

import torch
from torch import nn

from tlbook.base import COUNT, POSITIVE
from tlbook.deep import DeepClassifier


class LowRank(nn.Linear):
    """A frozen linear layer with a trainable product of two small matrices beside it, equation (1).

    Parameters
    ----------
    linear : nn.Linear
        Its weights are copied.
    rank : int
        r, at most the smaller side of the layer.
    alpha : float > 0
        Scale of the update is alpha / rank: another rank then needs no other learning rate.
    """

    def __init__(self, linear, rank, alpha):
        p, d = linear.weight.shape
        if rank > min(p, d):
            raise ValueError(f"rank={rank} is more than a layer {d} -> {p} has: {min(p, d)}")
        like = {"device": linear.weight.device, "dtype": linear.weight.dtype}
        super().__init__(d, p, bias=linear.bias is not None, **like)
        self.load_state_dict(linear.state_dict())
        self.requires_grad_(False)
        self.A = nn.Parameter(torch.randn(rank, d, **like) / d**0.5)
        self.B = nn.Parameter(torch.zeros(p, rank, **like))
        self.scale = alpha / rank

    def forward(self, X):
        """Return the layer's answer with the correction, equation (1)."""
        return super().forward(X) + self.scale * (X @ self.A.T @ self.B.T)

    def merged(self):
        """Return one linear layer with the weights of equation (2)."""
        p, d = self.weight.shape
        linear = nn.Linear(d, p, self.bias is not None, self.weight.device, self.weight.dtype)
        with torch.no_grad():
            linear.weight.copy_(self.weight + self.scale * (self.B @ self.A))
            if self.bias is not None:
                linear.bias.copy_(self.bias)
        return linear


def add_adapters(network, rank, alpha):
    """Return a frozen copy of a network with an adapter at each linear layer.

    Parameters
    ----------
    network : nn.Module
    rank : int
        Lowered to the smaller side of a layer where it is larger.
    alpha : float

    Returns
    -------
    nn.Module

    Raises
    ------
    ValueError
        If the network has no linear layer, or adapters already.
    """

    def adapt(linear):
        r = min(rank, linear.in_features, linear.out_features)
        return LowRank(linear, r, alpha * r / rank)

    kinds = {type(module) for module in network.modules()}
    if LowRank in kinds:
        raise ValueError("network has adapters already: merge them first")
    if nn.Linear not in kinds:
        raise ValueError("network has no linear layer to adapt")
    network = copy.deepcopy(network).requires_grad_(False)
    return _replace(network, nn.Linear, adapt)


def merge_adapters(network):
    """Return a copy of a network with each adapter put into its layer.

    Parameters
    ----------
    network : nn.Module
        As `add_adapters` returns it, trained.

    Returns
    -------
    nn.Module, of the architecture that `add_adapters` was given
    """
    network = copy.deepcopy(network).requires_grad_(True)
    return _replace(network, LowRank, LowRank.merged)


def _replace(module, kind, make):
    """Put make(part) in the place of each part of this kind; return the module."""
    if isinstance(module, kind):
        return make(module)
    for name, part in module.named_children():
        setattr(module, name, _replace(part, kind, make))
    return module


def count_parameters(network):
    """Return how many numbers of a network are trained, and how many there are.

    Returns
    -------
    trained, all : int
    """
    sizes = [(p.requires_grad, p.numel()) for p in network.parameters()]
    return sum(n for learns, n in sizes if learns), sum(n for _, n in sizes)


class LoRA(DeepClassifier):
    """Low-rank adaptation of a trained network to a labeled domain.

    Parameters
    ----------
    rank : int
        r of the adapters.
    alpha : float > 0
        The update is scaled by alpha / rank.
    **training
        See `DeepClassifier`; `network` is the trained network, and it is needed.

    Attributes
    ----------
    network_ : nn.Module
        With adapters; `merge_adapters` makes a plain network of it.

    References
    ----------
    Hu et al., ICLR 2022.
    """

    _adapts = False
    _parameter_constraints = {"rank": COUNT, "alpha": POSITIVE}

    def __init__(self, rank=4, alpha=8.0, **training):
        super().__init__(**training)
        self.rank = rank
        self.alpha = alpha

    def _make_network(self):
        if self.network is None:
            warnings.warn(
                "LoRA got no network: what it freezes is random, not trained",
                UserWarning,
                stacklevel=4,
            )
        return add_adapters(super()._make_network(), self.rank, self.alpha)
