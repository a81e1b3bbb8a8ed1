"""Any classifier of images, signals or vectors as a network of three parts."""

import copy

import torch
from torch import nn
from torch.nn.parameter import UninitializedBuffer, is_lazy

from tlbook.deep._networks import Network


def as_network(module, head=None, n_classes=None):
    """Return a network whose head is the last linear layer of a module.

    features is all that comes before the head, bottleneck passes it on, classifier is the head.

    Parameters
    ----------
    module : nn.Module
        Maps (n, ...) to logits, such as a ResNet of torchvision or timm.  It is copied.
    head : str, default=None
        Name of the linear layer, such as "fc" or "classifier.1"; None is the last one.
    n_classes : int, default=None
        If the head has another number of outputs, a new one takes its place.  None keeps it.

    Returns
    -------
    Network

    Raises
    ------
    ValueError
        If there is no such linear layer.
    """
    if head is None:
        head = last_linear(module)
    layers = dict(module.named_modules())
    if not isinstance(layers.get(head), nn.Linear) or head == "":
        linear = [
            name for name, layer in layers.items() if isinstance(layer, nn.Linear)
        ]
        raise ValueError(
            f"head={head!r} is no linear layer of the module; it has {linear}"
        )
    trunk = copied(module)
    classifier = trunk.get_submodule(head)
    parent, _, name = head.rpartition(".")
    setattr(trunk.get_submodule(parent), name, nn.Identity())
    if n_classes is not None and n_classes != classifier.out_features:
        like = {
            "device": classifier.weight.device,
            "dtype": classifier.weight.dtype,
        }
        classifier = (
            nn.LazyLinear(n_classes, **like)
            if is_lazy(classifier.weight)
            else nn.Linear(classifier.in_features, n_classes, **like)
        )
    return Network(trunk, nn.Identity(), classifier)


def last_linear(module):
    """Return the name of the last linear layer.

    Raises
    ------
    ValueError
        If the module has none.
    """
    names = [
        name
        for name, layer in module.named_modules()
        if isinstance(layer, nn.Linear)
    ]
    if not names or names == [""]:
        raise ValueError(
            "network has no linear layer that could be its head; give it as "
            "Network(features, bottleneck, classifier)"
        )
    return names[-1]


def copied(network):
    """Return a copy of a network; of lazy layers too, whose buffers torch does not copy."""
    lazy = [buffer for buffer in network.buffers() if is_lazy(buffer)]
    blank = {
        id(b): UninitializedBuffer(device=b.device, dtype=b.dtype) for b in lazy
    }
    return copy.deepcopy(network, blank)


def as_tokens(network, inputs):
    """Hand whole numbers on as integers: a hook before a network that begins with an embedding.

    Raises
    ------
    ValueError
        For other numbers, and for those that single precision does not tell apart.
    """
    (X,) = inputs
    if not X.is_floating_point():
        return inputs
    tokens = X.long()
    if not torch.equal(tokens.to(X.dtype), X):
        raise ValueError("network takes tokens: whole numbers, not fractions")
    if tokens.numel() and tokens.abs().max() >= 2**24:
        raise ValueError("network takes tokens below 2**24, this one is larger")
    return (tokens,)


def has_three_parts(module):
    """Return whether a module has the parts that the methods look at."""
    return all(
        hasattr(module, part) for part in ("features", "bottleneck", "classifier")
    )


def adopted(module, samples, n_classes=None):
    """Return `as_network(module)`, after a look whether its last linear layer is its last step.

    Parameters
    ----------
    module : nn.Module
    samples : Tensor of shape (n, ...)
    n_classes : int, default=None

    Raises
    ------
    ValueError
        If the module does something to the outputs of that layer, or does not use it.
    TypeError
        If the module returns something else than a tensor.
    """
    module = copied(module).eval()
    head = last_linear(module)
    with torch.no_grad():
        theirs = module(samples)  # from here on no layer is lazy
        if not isinstance(theirs, torch.Tensor):
            raise TypeError(
                f"network returns {type(theirs).__name__}; it must return logits, "
                "or the activations of its three parts: Network(features, "
                "bottleneck, classifier) does"
            )
        try:
            ours = as_network(module).eval()(samples).logits
        except (RuntimeError, TypeError):
            ours = None  # what comes before that layer does not fit into it
    same = ours is not None and theirs.shape == ours.shape
    if not same or not torch.allclose(theirs.float(), ours, rtol=1e-2, atol=1e-3):
        raise ValueError(
            f"network goes on after its last linear layer {head!r}: say which "
            "layer is the head by as_network(module, head=...)"
        )
    return as_network(module, n_classes=n_classes)
