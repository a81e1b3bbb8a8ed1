"""Networks with batch normalization: where it stands, and what it computes."""

import torch
from torch import nn

from tlbook.deep import Network
from tlbook.since._normalized import normalized_network


def test_vectors_are_normalized_after_each_hidden_layer():
    net = normalized_network((6,), 3, 5)
    assert isinstance(net, Network)
    kinds = [nn.Linear, nn.BatchNorm1d, nn.ReLU]
    assert (
        [type(m) for m in net.features]
        == [type(m) for m in net.bottleneck]
        == kinds
    )
    torch.manual_seed(0)
    X = torch.randn(40, 6)
    Z = net.train().features[:2](X)
    torch.testing.assert_close(Z.mean(0), torch.zeros(5), atol=1e-5, rtol=0)
    torch.testing.assert_close(
        Z.var(0, unbiased=False), torch.ones(5), atol=1e-3, rtol=0
    )
    assert net(X).logits.shape == (40, 3)


def test_images_are_normalized_after_each_convolution():
    net = normalized_network((1, 28, 28), 3, 5)
    norms = [m for m in net.modules() if isinstance(m, nn.BatchNorm2d)]
    assert [m.num_features for m in norms] == [20, 50]
    assert net(torch.randn(4, 1, 28, 28)).bottleneck.shape == (4, 5)
