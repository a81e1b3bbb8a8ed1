"""Deep methods: a loss on two batches each, one training loop for all."""

from tlbook import _extras

_extras.load("torch")  # the modules below import both
_extras.load("safetensors")

from tlbook.deep._adopt import as_network
from tlbook.deep._efficientnet import efficientnet_lite0, preprocess
from tlbook.deep._networks import Network, lenet, perceptron
from tlbook.deep._training import DeepClassifier
from tlbook.deep.adda import ADDA
from tlbook.deep.dan import DAN
from tlbook.deep.dann import DANN
from tlbook.deep.ddc import DDC
from tlbook.deep.deep_coral import DeepCORAL
from tlbook.deep.jan import JAN
from tlbook.deep.own_images import ImageFolder
from tlbook.deep.raw_signals import signal_network
from tlbook.deep.soft_labels import SoftLabels
from tlbook.deep.transferability import transferability

__all__ = [
    "ADDA",
    "DAN",
    "DANN",
    "DDC",
    "JAN",
    "DeepCORAL",
    "DeepClassifier",
    "ImageFolder",
    "Network",
    "SoftLabels",
    "as_network",
    "efficientnet_lite0",
    "lenet",
    "perceptron",
    "preprocess",
    "signal_network",
    "transferability",
]
