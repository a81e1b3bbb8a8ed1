"""The network of signals, against convolutions written as sums."""

import numpy as np
import torch
from torch import nn

from tlbook.deep import signal_network
from tlbook.deep.raw_signals import FILTERS


def by_sums(X, weight, bias, scale, shift):
    """One layer: sums over channel and time, normalized by running statistics, no negative."""
    n, channels, length = X.shape
    filters, _, k = weight.shape
    half = k // 2
    out = np.zeros((n, filters, (length + 1) // 2))
    for t in range(out.shape[2]):
        for u in range(-half, half + 1):
            at = 2 * t + u
            if 0 <= at < length:
                out[:, :, t] += X[:, :, at] @ weight[:, :, u + half].T
    out += bias[None, :, None]
    return np.maximum(out * scale[None, :, None] + shift[None, :, None], 0)


def moved_statistics(network):
    """Give each batch normalization its own statistics, as after a training."""
    torch.manual_seed(1)
    with torch.no_grad():
        for layer in network.modules():
            if isinstance(layer, nn.BatchNorm1d):
                layer.running_mean.uniform_(-1, 1)
                layer.running_var.uniform_(0.5, 2)
                layer.weight.uniform_(0.5, 2)
                layer.bias.uniform_(-1, 1)
    return network.eval()


def test_the_layers_are_sums_over_channels_and_time():
    torch.manual_seed(0)
    network = moved_statistics(signal_network(3, 4).double())
    X = np.random.default_rng(0).standard_normal((2, 3, 21))
    Z, layers = X, list(network.features)
    for number, _ in enumerate(FILTERS):
        convolution, norm, _ = layers[3 * number : 3 * number + 3]
        scale = norm.weight / torch.sqrt(norm.running_var + norm.eps)
        shift = norm.bias - scale * norm.running_mean
        arrays = [
            one.detach().numpy()
            for one in (convolution.weight, convolution.bias, scale, shift)
        ]
        Z = by_sums(Z, *arrays)
    assert Z.shape == (2, 32, 3)
    with torch.no_grad():
        features = network(torch.from_numpy(X)).features.numpy()
    np.testing.assert_allclose(features, Z.mean(axis=2), rtol=1e-10)


def test_shapes_for_windows_of_any_length():
    network = signal_network(6, 7, width=5).eval()
    for length in (8, 200, 333):
        out = network(torch.zeros(2, 6, length))
        assert out.features.shape == (2, 32)
        assert out.bottleneck.shape == (2, 5)
        assert (out.bottleneck >= 0).all()
        assert out.logits.shape == (2, 7)


def test_where_a_pattern_stands_does_not_matter():
    """A pattern moved by the product of the strides; silence around it."""
    torch.manual_seed(0)
    network = moved_statistics(signal_network(2, 3))
    pattern = torch.randn(2, 9)
    X = torch.zeros(3, 2, 160)
    for row, start in enumerate((48, 56, 96)):
        X[row, :, start : start + 9] = pattern
    with torch.no_grad():
        features = network(X).features
    torch.testing.assert_close(features[1], features[0])
    torch.testing.assert_close(features[2], features[0])
    assert features.std(dim=1).min() > 0.01
