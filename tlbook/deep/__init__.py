"""Deep methods: a loss on two batches each, one training loop for all."""

from tlbook.deep._networks import Network, lenet, perceptron
from tlbook.deep._training import DeepClassifier
from tlbook.deep.adda import ADDA
from tlbook.deep.dann import DANN
from tlbook.deep.soft_labels import SoftLabels
from tlbook.deep.transferability import transferability

__all__ = [
    "ADDA",
    "DANN",
    "DeepClassifier",
    "Network",
    "SoftLabels",
    "lenet",
    "perceptron",
    "transferability",
]
