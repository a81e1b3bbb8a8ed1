"""Deep methods: a loss on two batches each, one training loop for all."""

from tlbook.deep._networks import Network, lenet, perceptron
from tlbook.deep._training import DeepClassifier
from tlbook.deep.dan import DAN
from tlbook.deep.ddc import DDC
from tlbook.deep.deep_coral import DeepCORAL
from tlbook.deep.jan import JAN

__all__ = ["DAN", "DDC", "JAN", "DeepCORAL", "DeepClassifier", "Network", "lenet", "perceptron"]
