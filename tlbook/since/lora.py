"""LoRA, low-rank adaptation: fine-tune a large layer through a small one beside it.

Hu E. J., Shen Y., Wallis P., Allen-Zhu Z., Li Y., Wang S., Wang L., Chen W. LoRA:
low-rank adaptation of large language models. ICLR 2022.
https://openreview.net/forum?id=nZeVKeeFYf9

    h = W0 x + b + (alpha / r) B A x                                                    (1)
    W = W0 + (alpha / r) B A                                                            (2)

    W0  (p, d)  the trained layer, frozen, with its bias b (p,)
    A   (r, d)  random at the start
    B   (p, r)  zero at the start, so that the network starts as it was

Training sees A and B alone, r (p + d) numbers in place of p d.  Afterwards (2)
puts them into the layer: the adapted network costs no more than the old one.

Adapted are linear layers and attention.  Its packed weights of query, key and
value hold three layers, and each has an adapter of its own.  Some modules,
attention among them, do not call a layer but read its `weight`: they are given
(2).

Cost of a step: O(b N + b r (p + d)) time, O(b N + b r) memory for a batch of b, N
those of the frozen network for one sample, and O(p d) more for a layer whose
weight is read; nothing once merged.
"""

import copy

import torch
from torch import nn
from torch.nn.parameter import is_lazy

from tlbook._warn import warn
from tlbook.base import COUNT, POSITIVE
from tlbook.deep import DeepClassifier


class LowRank(nn.Module):
    """A frozen linear layer with a trainable product of two small matrices beside it, equation (1).

    Parameters
    ----------
    linear : nn.Linear
        It is held, not copied.
    rank : int
        r, at most the smaller side of the layer.
    alpha : float > 0
        Scale of the update is alpha / rank: another rank then needs no other
        learning rate.
    """

    def __init__(self, linear, rank, alpha):
        super().__init__()
        p, d = linear.weight.shape
        if rank > min(p, d):
            raise ValueError(
                f"rank={rank} is more than a layer {d} -> {p} has: {min(p, d)}"
            )
        self.linear = linear.requires_grad_(False)
        like = {"device": linear.weight.device, "dtype": linear.weight.dtype}
        self.A = nn.Parameter(torch.randn(rank, d, **like) / d**0.5)
        self.B = nn.Parameter(torch.zeros(p, rank, **like))
        self.scale = alpha / rank

    def forward(self, X):
        """Return the layer's answer with the correction, equation (1)."""
        return self.linear(X) + self.scale * (X @ self.A.T @ self.B.T)

    @property
    def weight(self):
        """W of equation (2), for a module that reads it and does not call the layer."""
        return self.linear.weight + self.scale * (self.B @ self.A)

    @property
    def bias(self):
        return self.linear.bias

    def merged(self):
        """Return a copy of the layer with the weights of equation (2)."""
        linear = copy.deepcopy(self.linear)
        with torch.no_grad():
            linear.weight.copy_(self.weight)
        return linear.requires_grad_(True)


class LowRankAttention(nn.MultiheadAttention):
    """Attention with adapters at its query, key and value, whose weights are one parameter.

    Parameters
    ----------
    attention : nn.MultiheadAttention
        Of one width for query, key and value.  It becomes part of this.
    rank : int
        r, at most the width.
    alpha : float > 0
        As in `LowRank`.
    """

    def __init__(self, attention, rank, alpha):
        nn.Module.__init__(self)
        self.__dict__.update(attention.__dict__)
        W = self._parameters.pop("in_proj_weight").requires_grad_(False)
        d = W.shape[1]
        like = {"device": W.device, "dtype": W.dtype}
        self.packed = W
        self.A = nn.Parameter(torch.randn(3, rank, d, **like) / d**0.5)
        self.B = nn.Parameter(torch.zeros(3, d, rank, **like))
        self.scale = alpha / rank

    @property
    def in_proj_weight(self):
        """W of equation (2), three of them one below the other."""
        return self.packed + self.scale * (self.B @ self.A).flatten(0, 1)

    def merged(self):
        """Return plain attention with the weights of equation (2)."""
        attention = nn.MultiheadAttention.__new__(nn.MultiheadAttention)
        nn.Module.__init__(attention)
        attention.__dict__.update(copy.deepcopy(self.__dict__))
        for name in ("packed", "A", "B"):
            del attention._parameters[name]
        attention.in_proj_weight = nn.Parameter(self.in_proj_weight.detach())
        return attention


ADAPTED = (LowRank, LowRankAttention)


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
        If the network has no linear layer, one without a width yet, one whose
        weights are computed, attention over several widths, or adapters already.
    """

    def adapt(layer):
        packed = isinstance(layer, nn.MultiheadAttention)
        r = min(rank, *(layer.in_proj_weight if packed else layer.weight).shape)
        return (LowRankAttention if packed else LowRank)(
            layer, r, alpha * r / rank
        )

    layers = [
        m
        for m in network.modules()
        if isinstance(m, (nn.Linear, nn.MultiheadAttention))
    ]
    if any(isinstance(module, ADAPTED) for module in network.modules()):
        raise ValueError("network has adapters already: merge them first")
    if not layers:
        raise ValueError("network has no linear layer to adapt")
    if any(is_lazy(p) for layer in layers for p in layer.parameters()):
        raise ValueError(
            "network has a lazy layer: show it a batch first, then it has weights"
        )
    computed = [
        layer
        for layer in layers
        if isinstance(layer, nn.Linear) and "weight" not in layer._parameters
    ]
    if computed:
        raise ValueError(
            "network has a layer whose weights are computed, such as by "
            "weight_norm or parametrize: remove that first"
        )
    if any(
        layer.in_proj_weight is None
        for layer in layers
        if not isinstance(layer, nn.Linear)
    ):
        raise ValueError(
            "network has attention whose keys or values have a width of their "
            "own (kdim, vdim): its weights are not adapted"
        )
    network = copy.deepcopy(network).requires_grad_(False)
    return _replace(network, (nn.Linear, nn.MultiheadAttention), adapt, {})


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
    return _replace(network, ADAPTED, lambda layer: layer.merged(), {})


def _replace(module, kinds, make, made):
    """Put make(part) in the place of each part of these kinds, inner parts first.

    `made` remembers them: a layer that stands in two places has one adapter.
    """
    if module not in made:
        for name, part in module._modules.items():
            if part is not None and not isinstance(module, LowRank):
                module._modules[name] = _replace(part, kinds, make, made)
        made[module] = make(module) if isinstance(module, kinds) else module
    return made[module]


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
            warn("LoRA got no network: what it freezes is random, not trained")
        return super()._make_network()

    def _first_outputs(self, samples):
        outputs = super()._first_outputs(samples)
        self.network_ = add_adapters(self.network_, self.rank, self.alpha)
        return outputs
