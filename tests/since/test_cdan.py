"""CDAN: outer product and loss by loops, weights by hand, gradients without a reversal."""

import math

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from tlbook.deep import DeepClassifier
from tlbook.since import CDAN
from tlbook.since.cdan import (
    certainty_weights,
    outer_product,
    weighted_domain_loss,
)


def test_outer_product_by_loops():
    rng = np.random.default_rng(0)
    P, Z = rng.random((4, 3)), rng.standard_normal((4, 5))
    T = outer_product(torch.tensor(P), torch.tensor(Z))
    assert T.shape == (4, 15)
    for i in range(4):
        for k in range(3):
            for j in range(5):
                assert float(T[i, 5 * k + j]) == pytest.approx(P[i, k] * Z[i, j])


def test_outer_product_of_a_certain_prediction_is_one_copy():
    T = outer_product(
        torch.tensor([[0.0, 1.0, 0.0]]), torch.tensor([[2.0, -3.0]])
    )
    assert T.tolist() == [[0.0, 0.0, 2.0, -3.0, 0.0, 0.0]]


def test_weights_by_hand():
    """Certain: 1 + 1.  Two equal classes of two: 1 + exp(-log 2) = 1.5.  Mean 1.75."""
    w = certainty_weights(torch.tensor([[1.0, 0.0], [0.5, 0.5]]))
    torch.testing.assert_close(w, torch.tensor([2.0, 1.5]) / 1.75)


def test_weights_by_loops():
    P = torch.tensor([[0.7, 0.2, 0.1], [0.3, 0.3, 0.4], [0.05, 0.9, 0.05]])
    raw = [1 + math.exp(sum(p * math.log(p) for p in row)) for row in P.tolist()]
    mean = sum(raw) / 3
    np.testing.assert_allclose(
        certainty_weights(P), [w / mean for w in raw], rtol=1e-5
    )


def test_loss_by_loops():
    source, target = (
        torch.tensor([[2.0], [-1.0]]),
        torch.tensor([[0.5], [3.0], [-2.0]]),
    )
    ws, wt = torch.tensor([1.5, 0.5]), torch.tensor([0.2, 1.8, 1.0])

    def sigmoid(a):
        return 1 / (1 + math.exp(-a))

    s = (
        sum(
            -w * math.log(sigmoid(a))
            for w, (a,) in zip(ws.tolist(), source.tolist())
        )
        / 2
    )
    t = (
        sum(
            -w * math.log(1 - sigmoid(a))
            for w, (a,) in zip(wt.tolist(), target.tolist())
        )
        / 3
    )
    ours = weighted_domain_loss(source, target, ws, wt)
    assert float(ours) == pytest.approx((s + t) / 2, rel=1e-6)


def test_loss_of_a_classifier_that_cannot_tell():
    zero, w = (
        torch.zeros(4, 1),
        certainty_weights(torch.softmax(torch.randn(4, 3), dim=1)),
    )
    assert float(weighted_domain_loss(zero, zero, w, w)) == pytest.approx(
        math.log(2)
    )


@pytest.fixture(params=[True, False], ids=["CDAN+E", "CDAN"])
def fitted(request):
    rng = np.random.default_rng(0)
    Xs, Xt = rng.standard_normal((24, 4)), rng.standard_normal((24, 4)) + 1
    small = {
        "hidden": 3,
        "width": 5,
        "batch_size": 8,
        "max_epochs": 1,
        "random_state": 0,
    }
    model = CDAN(weight=0.7, entropy=request.param, **small)
    return (
        model.fit(Xs, np.arange(24) % 3, Xt),
        torch.tensor(Xs).float(),
        torch.tensor(Xt).float(),
    )


@pytest.mark.parametrize("progress", [0.0, 0.3, 1.0])
def test_gradients_of_a_step(fitted, progress):
    """d(L_C - lambda L_D) for the network with p and w constant, d L_D for D."""
    model, Xs, Xt = fitted
    net, D = model.network_, model.extras_["domain"]
    ys = torch.arange(24) % 3
    source, target = net(torch.cat([Xs, Xt])).split(24)
    penalty = model._penalty(source, target, progress)
    loss = F.cross_entropy(source.logits, ys) + model._weight(progress) * penalty
    encoder = list(net.parameters())
    ours = torch.autograd.grad(loss, [*encoder, *D.parameters()])

    source, target = net(torch.cat([Xs, Xt])).split(24)
    L_D = 0.0
    for outputs, sign in ((source, 1), (target, -1)):
        P = torch.softmax(outputs.logits, dim=1).detach()
        w = (
            1 + torch.exp((P * P.log()).sum(1))
            if model.entropy
            else torch.ones(24)
        )
        T = torch.stack([torch.kron(p, z) for p, z in zip(P, outputs.bottleneck)])
        L_D = L_D - (w / w.mean() * F.logsigmoid(sign * D(T)[:, 0])).mean() / 2
    assert float(penalty.detach()) == pytest.approx(float(L_D.detach()), rel=1e-5)
    scale = 0.7 * (2 / (1 + math.exp(-10 * progress)) - 1)
    wanted = torch.autograd.grad(
        F.cross_entropy(source.logits, ys) - scale * L_D,
        encoder,
        retain_graph=True,
    )
    wanted += torch.autograd.grad(L_D, list(D.parameters()))
    for a, b in zip(ours, wanted):
        torch.testing.assert_close(a, b, atol=1e-6, rtol=1e-4)
    assert model._weight(progress) == 1.0


def test_optimizer_has_a_short_memory_and_all_parameters(fitted):
    model = fitted[0]
    optimizer = model._begin_phase("train", None)["all"]
    assert optimizer.defaults["betas"] == (0.5, 0.999)
    count = sum(len(group["params"]) for group in optimizer.param_groups)
    assert count == len(
        [*model.network_.parameters(), *model.extras_.parameters()]
    )


def test_domain_classifier_sees_one_copy_per_class(fitted):
    model, _, _ = fitted
    assert [tuple(p.shape) for p in model.extras_["domain"].parameters()] == [
        (3, 15), (3,), (1, 3), (1,)
    ]  # fmt: skip


def test_no_weight_is_no_adaptation():
    """With lambda = 0 the reversed gradient is zero: the network's is that of the source alone."""
    rng = np.random.default_rng(0)
    Xs, Xt, y = (
        rng.standard_normal((24, 4)),
        rng.standard_normal((24, 4)) + 1,
        np.arange(24) % 3,
    )
    small = {"width": 5, "batch_size": 8, "max_epochs": 3, "random_state": 0}
    off = CDAN(weight=0.0, **small).fit(Xs, y, Xt)
    net = off.network_
    source, target = net(torch.tensor(np.r_[Xs, Xt]).float()).split(24)
    gradients = torch.autograd.grad(
        off._penalty(source, target, 0.5), list(net.features.parameters())
    )
    assert all(float(g.abs().max()) == 0 for g in gradients)
    assert off.history_[-1]["penalty"] < off.history_[0]["penalty"]
    assert isinstance(off, DeepClassifier)
