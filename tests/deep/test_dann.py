"""DANN: the loss by hand, the gradients against a network that is taken apart."""

import math

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from tlbook.deep import DANN
from tlbook.deep._networks import reverse_gradient
from tlbook.deep._training import ramp
from tlbook.deep.dann import domain_classifier, domain_loss


def test_loss_by_loops():
    source, target = (
        torch.tensor([[2.0], [-1.0]]),
        torch.tensor([[0.5], [3.0], [-2.0]]),
    )

    def sigmoid(a):
        return 1 / (1 + math.exp(-a))

    s = sum(-math.log(sigmoid(float(a))) for a in source) / 2
    t = sum(-math.log(1 - sigmoid(float(a))) for a in target) / 3
    assert float(domain_loss(source, target)) == pytest.approx(
        (s + t) / 2, rel=1e-6
    )


def test_loss_of_a_classifier_that_cannot_tell():
    zero = torch.zeros(5, 1)
    assert float(domain_loss(zero, zero)) == pytest.approx(math.log(2))


def test_domain_classifier_has_one_hidden_layer():
    model = domain_classifier(7, 3)
    assert [tuple(p.shape) for p in model.parameters()] == [
        (3, 7),
        (3,),
        (1, 3),
        (1,),
    ]


@pytest.fixture
def fitted():
    rng = np.random.default_rng(0)
    Xs, Xt = rng.standard_normal((24, 4)), rng.standard_normal((24, 4)) + 1
    model = DANN(
        weight=0.7, hidden=3, width=5, batch_size=8, max_epochs=1, random_state=0
    )
    return (
        model.fit(Xs, np.arange(24) % 3, Xt),
        torch.tensor(Xs).float(),
        torch.tensor(Xt).float(),
    )


@pytest.mark.parametrize("progress", [0.0, 0.3, 1.0])
def test_gradients_of_a_step(fitted, progress):
    """d(L_C - lambda L_D) for the network, d L_D for the domain classifier, without a reversal."""
    model, Xs, Xt = fitted
    net, domain = model.network_, model.extras_["domain"]
    ys = torch.arange(24) % 3
    source, target = net(torch.cat([Xs, Xt])).split(24)
    loss = F.cross_entropy(source.logits, ys) + model._weight(
        progress
    ) * model._penalty(source, target, progress)
    encoder = list(net.parameters())
    ours = torch.autograd.grad(loss, [*encoder, *domain.parameters()])

    source, target = net(torch.cat([Xs, Xt])).split(24)
    L_D = domain_loss(domain(source.bottleneck), domain(target.bottleneck))
    scale = 0.7 * (2 / (1 + math.exp(-10 * progress)) - 1)
    wanted = torch.autograd.grad(
        F.cross_entropy(source.logits, ys) - scale * L_D,
        encoder,
        retain_graph=True,
    )
    wanted += torch.autograd.grad(L_D, list(domain.parameters()))
    for a, b in zip(ours, wanted):
        torch.testing.assert_close(a, b, atol=1e-6, rtol=1e-4)
    assert model._weight(progress) == 1.0


def test_reversal_scales_and_turns():
    X = torch.tensor([1.0, -2.0], requires_grad=True)
    Y = reverse_gradient(X, 0.25)
    assert torch.equal(X, Y)
    (gradient,) = torch.autograd.grad((Y**2).sum(), X)
    torch.testing.assert_close(gradient, -0.25 * 2 * X)


def test_ramp():
    assert ramp(0.0) == 0
    assert ramp(0.1) == pytest.approx(math.tanh(0.5))
    assert ramp(1.0) == pytest.approx(0.9999, abs=1e-4)


def test_no_weight_is_no_adaptation(fitted):
    """The domain classifier learns, the network does not notice: whole domains as batches."""
    from tlbook.deep import DeepClassifier, perceptron

    class Plain(DeepClassifier):
        def _optimizer(self, parameters, lr=None, **options):
            return torch.optim.Adam(
                list(parameters), lr=self.lr, betas=(0.5, 0.999)
            )

    _, Xs, Xt = fitted
    y = np.arange(24) % 3
    common = {
        "network": perceptron(4, 3, 5),
        "batch_size": 24,
        "max_epochs": 20,
        "random_state": 0,
    }
    plain = Plain(**common).fit(Xs, y, Xt)
    off = DANN(weight=0.0, **common).fit(Xs, y, Xt)
    terms = [record["penalty"] for record in off.history_]
    assert terms[-1] < terms[0]
    theirs = plain.network_.state_dict()
    for name, value in off.network_.state_dict().items():
        torch.testing.assert_close(value, theirs[name], atol=1e-4, rtol=1e-3)
