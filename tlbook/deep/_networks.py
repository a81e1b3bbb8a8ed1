"""Small networks in three parts, so that a method can look at the activations between them.

    x -> features -> bottleneck -> classifier -> logits

LeCun Y., Bottou L., Bengio Y., Haffner P. Gradient-based learning applied to
document recognition. Proceedings of the IEEE 86(11), 1998, 2278-2324.
https://doi.org/10.1109/5.726791 (the convolutions 20-5 and 50-5 are those of the
ADDA paper's LeNet)
"""

from typing import NamedTuple

import torch
from torch import Tensor, nn


class Activations(NamedTuple):
    features: Tensor
    bottleneck: Tensor
    logits: Tensor


class Outputs(Activations):
    """What a network computes of a batch: one activation per part.

    features (n, p), bottleneck (n, width), logits (n, n_classes), probabilities =
    softmax(logits). Activations of less than single precision become single, in
    which the losses are computed.
    """

    __slots__ = ()

    def __new__(cls, features, bottleneck, logits):
        return super().__new__(
            cls,
            *(
                Z.float() if Z.itemsize < 4 else Z
                for Z in (features, bottleneck, logits)
            ),
        )

    @property
    def probabilities(self):
        return self.logits.softmax(dim=1)

    def split(self, n):
        """Return the outputs of the first `n` samples and those of the others."""
        return Outputs(*(Z[:n] for Z in self)), Outputs(*(Z[n:] for Z in self))


class Network(nn.Module):
    """Three parts in a row; `forward` returns the activation after each.

    Parameters
    ----------
    features, bottleneck, classifier : nn.Module
        Each maps (n, ...) to (n, width of this part).
    """

    def __init__(self, features, bottleneck, classifier):
        super().__init__()
        self.features = features
        self.bottleneck = bottleneck
        self.classifier = classifier

    def forward(self, X):
        """Return the activations of a batch (n, ...) after each part, as `Outputs`."""
        features = self.features(X)
        bottleneck = self.bottleneck(features)
        return Outputs(features, bottleneck, self.classifier(bottleneck))


class Bfloat16:
    """Hooks by which a module of any class computes in bfloat16 where that is safe."""

    def __init__(self):
        self.entered = []

    def enter(self, module, inputs):
        kind = inputs[0].device.type
        within = torch.autocast(
            kind, torch.bfloat16, enabled=module.computes_mixed
        )
        self.entered.append(within)
        within.__enter__()

    def leave(self, module, inputs, outputs):
        self.entered.pop().__exit__(None, None, None)


def compute_mixed(network, mixed):
    """Let a network of any class compute in bfloat16 where that is safe, or no longer.

    A copy of the network does as the network.

    Parameters
    ----------
    network : nn.Module
    mixed : bool
    """
    known = hasattr(network, "computes_mixed")
    if mixed and not known:
        hooks = Bfloat16()
        network.register_forward_pre_hook(hooks.enter)
        network.register_forward_hook(hooks.leave, always_call=True)
    if mixed or known:
        network.computes_mixed = mixed


def lenet(shape, n_classes, width=128, batch_norm=False):
    """Return LeNet for images: two convolutions, one hidden layer, one linear classifier.

    Parameters
    ----------
    shape : (channels, height, width)
        Images of less than 28 pixels are padded, so that 8 x 8 work too.
    n_classes : int
    width : int
        Of the bottleneck.
    batch_norm : bool
        Normalize by batch after each convolution.

    Returns
    -------
    Network

    Raises
    ------
    ValueError
        If nothing is left of the images after two convolutions.
    """
    padding = 0 if min(shape[1:]) >= 28 else 2
    layers = []
    for channels, maps in ((shape[0], 20), (20, 50)):
        layers.append(nn.Conv2d(channels, maps, 5, padding=padding))
        layers += [nn.BatchNorm2d(maps)] if batch_norm else []
        layers += [nn.MaxPool2d(2), nn.ReLU()]
    sides = list(shape[1:])
    for _ in range(2):
        sides = [(side - 4 + 2 * padding) // 2 for side in sides]
    if min(sides) < 1:
        raise ValueError(
            f"images of {shape[1]} x {shape[2]} pixels are too small for two "
            "convolutions: at least 4 x 4 are needed, or a network of their own"
        )
    return _three_parts(
        nn.Sequential(*layers, nn.Flatten()),
        50 * sides[0] * sides[1],
        width,
        n_classes,
    )


def perceptron(n_features, n_classes, width=128):
    """Return a network for feature vectors: one hidden layer, one bottleneck, one classifier.

    Parameters
    ----------
    n_features, n_classes : int
    width : int
        Of the hidden layer and of the bottleneck.

    Returns
    -------
    Network
    """
    hidden = nn.Sequential(nn.Linear(n_features, width), nn.ReLU())
    return _three_parts(hidden, width, width, n_classes)


def _three_parts(features, p, width, n_classes):
    bottleneck = nn.Sequential(nn.Linear(p, width), nn.ReLU())
    return Network(features, bottleneck, nn.Linear(width, n_classes))


def make_network(shape, n_classes, width=128):
    """Return `lenet` for samples of shape (channels, height, width), `perceptron` for (d,)."""
    if len(shape) == 1:
        return perceptron(shape[0], n_classes, width)
    return lenet(shape, n_classes, width)


class ReverseGradient(torch.autograd.Function):
    """Identity forward, minus the scaled gradient backward."""

    @staticmethod
    def forward(ctx, X, scale):
        ctx.scale = scale
        return X.view_as(X)

    @staticmethod
    def backward(ctx, gradient):
        return -ctx.scale * gradient, None


def reverse_gradient(X, scale=1.0):
    """Return X; what comes before it climbs where what comes after it descends.

    Ganin Y., Lempitsky V. Unsupervised domain adaptation by backpropagation. ICML
    2015.

    Parameters
    ----------
    X : Tensor
    scale : float
        Of the reversed gradient.
    """
    return ReverseGradient.apply(X, scale)
