"""The small networks of the book with batch normalization.

Ioffe S., Szegedy C. Batch normalization: accelerating deep network training by
reducing internal covariate shift. ICML 2015, 448-456.
https://proceedings.mlr.press/v37/ioffe15.html
"""

from torch import nn

from tlbook.deep._networks import lenet, perceptron


def normalized_network(shape, n_classes, width=128):
    """Return LeNet for images, a perceptron for vectors, with batch normalization.

    Parameters
    ----------
    shape : tuple of int
        Of one sample.
    n_classes, width : int

    Returns
    -------
    Network
    """
    if len(shape) == 3:
        return lenet(shape, n_classes, width, batch_norm=True)
    network = perceptron(shape[0], n_classes, width)
    for name in ("features", "bottleneck"):
        linear, relu = getattr(network, name)
        setattr(network, name, nn.Sequential(linear, nn.BatchNorm1d(width), relu))
    return network
