"""Deep methods: a loss on two batches each, one training loop for all."""

from tlbook.deep._networks import Network, lenet, perceptron
from tlbook.deep._training import DeepClassifier

__all__ = ["DeepClassifier", "Network", "lenet", "perceptron"]
