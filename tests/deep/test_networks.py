"""The parts of the networks, their sizes, the reversed gradient."""

import pytest
import torch
from torch import nn

from tlbook.deep import Network, lenet, perceptron
from tlbook.deep._networks import Outputs, make_network, reverse_gradient


@pytest.mark.parametrize(
    ("shape", "p"),
    [
        ((1, 28, 28), 800),
        ((1, 32, 32), 1250),
        ((3, 32, 28), 1000),
        ((1, 16, 16), 800),
        ((1, 8, 8), 200),
    ],
)
def test_lenet_fits_its_images(shape, p):
    net = lenet(shape, n_classes=10, width=7)
    out = net(torch.rand(4, *shape))
    assert [tuple(Z.shape) for Z in out] == [(4, p), (4, 7), (4, 10)]
    assert (out.bottleneck >= 0).all()


def test_lenet_by_hand():
    """The parts in a row, and the number of weights of the LeNet of the ADDA paper."""
    net = lenet((1, 28, 28), 10, width=500)
    assert sum(p.numel() for p in net.parameters()) == 520 + 25050 + 400500 + 5010
    X = torch.rand(2, 1, 28, 28)
    conv1, conv2 = (
        layer for layer in net.features if isinstance(layer, nn.Conv2d)
    )
    Z = torch.relu(torch.max_pool2d(conv1(X), 2))
    Z = torch.relu(torch.max_pool2d(conv2(Z), 2)).reshape(2, -1)
    torch.testing.assert_close(net(X).features, Z)
    Z = torch.relu(net.bottleneck[0](Z))
    torch.testing.assert_close(net(X).logits, net.classifier(Z))


def test_batch_norm_is_there_if_wanted():
    kinds = [
        type(layer) for layer in lenet((1, 28, 28), 3, batch_norm=True).modules()
    ]
    assert kinds.count(nn.BatchNorm2d) == 2
    assert nn.BatchNorm2d not in map(type, lenet((1, 28, 28), 3).modules())


def test_network_for_the_shape():
    assert make_network((5,), 3, 4)(torch.rand(2, 5)).bottleneck.shape == (2, 4)
    assert make_network((1, 28, 28), 3, 4)(
        torch.rand(2, 1, 28, 28)
    ).logits.shape == (2, 3)
    assert perceptron(5, 3, 4).classifier.weight.shape == (3, 4)


def test_outputs_split_and_probabilities():
    net = Network(nn.Identity(), nn.Identity(), nn.Linear(3, 2))
    out = net(torch.rand(5, 3))
    source, target = out.split(2)
    for whole, a, b in zip(out, source, target):
        torch.testing.assert_close(torch.cat([a, b]), whole)
        assert len(a) == 2
    logits = torch.tensor([[0.0, torch.log(torch.tensor(3.0))]])
    torch.testing.assert_close(
        Outputs(logits, logits, logits).probabilities,
        torch.tensor([[0.25, 0.75]]),
    )


def test_reversed_gradient():
    X = torch.tensor([1.0, 2.0], requires_grad=True)
    Y = reverse_gradient(X, 0.5)
    torch.testing.assert_close(Y, X)
    (Y**2).sum().backward()
    torch.testing.assert_close(X.grad, torch.tensor([-1.0, -2.0]))
