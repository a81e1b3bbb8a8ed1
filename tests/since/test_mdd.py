"""MDD: the loss by loops on four points, who climbs and who descends."""

import math

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from tlbook.since import MDD
from tlbook.since.mdd import disagreement, margin_disparity


def softmax(row):
    powers = [math.exp(a) for a in row]
    return [a / sum(powers) for a in powers]


POINTS = [[2.0, -1.0, 0.5], [0.0, 0.0, 0.0], [-1.0, 3.0, 1.0], [0.2, -0.4, 1.1]]
LABELS = [0, 2, 0, 1]


def test_disagreement_by_loops():
    ours = disagreement(torch.tensor(POINTS), torch.tensor(LABELS))
    wanted = [math.log(1 - softmax(row)[k]) for row, k in zip(POINTS, LABELS)]
    np.testing.assert_allclose(ours, wanted, rtol=1e-5)


def test_disagreement_keeps_its_digits():
    """Where the label is nearly sure, 1 - p is 0 in float32, and log(1 - p) about -40."""
    logits = torch.tensor([[40.0, 0.0]], requires_grad=True)
    value = disagreement(logits, torch.tensor([0]))
    assert float(value.detach()) == pytest.approx(-40.0, rel=1e-5)
    (gradient,) = torch.autograd.grad(value.sum(), logits)
    torch.testing.assert_close(gradient, torch.tensor([[-1.0, 1.0]]))


@pytest.mark.parametrize("gamma", [1.0, 4.0])
def test_discrepancy_of_four_points_by_loops(gamma):
    source, target = POINTS[:2], POINTS[2:]
    t = (
        sum(math.log(1 - softmax(row)[k]) for row, k in zip(target, LABELS[2:]))
        / 2
    )
    s = sum(-math.log(softmax(row)[k]) for row, k in zip(source, LABELS[:2])) / 2
    ours = margin_disparity(
        torch.tensor(source), torch.tensor(LABELS[:2]),
        torch.tensor(target), torch.tensor(LABELS[2:]), gamma,
    )  # fmt: skip
    assert float(ours) == pytest.approx(t - gamma * s, rel=1e-5)


def test_discrepancy_is_largest_for_a_twin_that_tells_the_domains():
    """Agree on the source, disagree on the target: D near 0, its upper bound."""
    yes, no = torch.tensor([[9.0, -9.0]]), torch.tensor([[-9.0, 9.0]])
    h = torch.tensor([0])
    values = {
        (a, b): float(margin_disparity(s, h, t, h, 4.0))
        for a, s in (("yes", yes), ("no", no))
        for b, t in (("yes", yes), ("no", no))
    }
    assert max(values, key=values.get) == ("yes", "no")
    assert -1e-4 < values["yes", "no"] <= 0


@pytest.fixture
def fitted():
    rng = np.random.default_rng(0)
    Xs, Xt = rng.standard_normal((24, 4)), rng.standard_normal((24, 4)) + 1
    small = {"width": 5, "batch_size": 8, "max_epochs": 2, "random_state": 0}
    model = MDD(weight=0.7, gamma=3.0, **small).fit(Xs, np.arange(24) % 3, Xt)
    return model, torch.tensor(Xs).float(), torch.tensor(Xt).float()


@pytest.mark.parametrize("progress", [0.0, 0.3, 1.0])
def test_gradients_of_a_step(fitted, progress):
    """The network descends L_C + lambda D, the auxiliary classifier climbs D at full rate."""
    model, Xs, Xt = fitted
    net, twin = model.network_, model.extras_["auxiliary"]
    ys = torch.arange(24) % 3
    source, target = net(torch.cat([Xs, Xt])).split(24)
    penalty = model._penalty(source, target, progress)
    loss = F.cross_entropy(source.logits, ys) + model._weight(progress) * penalty
    ours = torch.autograd.grad(loss, [*net.parameters(), *twin.parameters()])

    source, target = net(torch.cat([Xs, Xt])).split(24)
    rows = torch.arange(24)
    p_s, p_t = (
        torch.softmax(twin(out.bottleneck), dim=1) for out in (source, target)
    )
    h_s, h_t = (out.logits.argmax(1) for out in (source, target))
    D = (
        torch.log(1 - p_t[rows, h_t]).mean()
        + 3.0 * torch.log(p_s[rows, h_s]).mean()
    )
    assert float(penalty.detach()) == pytest.approx(-float(D.detach()), rel=1e-4)
    scale = 0.7 * (2 / (1 + math.exp(-10 * progress)) - 1)
    wanted = torch.autograd.grad(
        F.cross_entropy(source.logits, ys) + scale * D,
        list(net.parameters()),
        retain_graph=True,
    )
    wanted += tuple(-g for g in torch.autograd.grad(D, list(twin.parameters())))
    for a, b in zip(ours, wanted):
        torch.testing.assert_close(a, b, atol=1e-5, rtol=1e-3)
    assert model._weight(progress) == 1.0


def test_small_steps_go_the_right_way(fitted):
    """A step of f' makes D larger, a step of the encoder makes it smaller."""
    model, Xs, Xt = fitted
    net, twin = model.network_, model.extras_["auxiliary"]

    def D():
        source, target = net(torch.cat([Xs, Xt])).split(24)
        return -model._penalty(source, target, 1.0)

    for parameters, sign in (
        (list(twin.parameters()), 1),
        (list(net.features.parameters()), -1),
    ):
        before = D()
        gradients = torch.autograd.grad(-before, parameters)
        with torch.no_grad():
            for p, g in zip(parameters, gradients):
                p -= 1e-3 * g
        assert sign * (float(D().detach()) - float(before.detach())) > 0


def test_no_gradient_reaches_the_classifier(fitted):
    model, Xs, Xt = fitted
    net = model.network_
    source, target = net(torch.cat([Xs, Xt])).split(24)
    gradients = torch.autograd.grad(
        model._penalty(source, target, 1.0),
        list(net.classifier.parameters()),
        allow_unused=True,
    )
    assert gradients == (None, None)


def test_twin_starts_as_the_classifier_and_goes_its_own_way(fitted):
    model, Xs, _ = fitted
    twin, classifier = model.extras_["auxiliary"], model.network_.classifier
    assert twin.weight.shape == classifier.weight.shape
    assert not torch.equal(twin.weight, classifier.weight)
    frozen = MDD(
        freeze=("classifier",),
        width=5,
        batch_size=8,
        max_epochs=1,
        random_state=0,
    )
    frozen.fit(Xs.numpy(), np.arange(24) % 3, Xs.numpy() + 1)
    assert not torch.equal(
        frozen.extras_["auxiliary"].weight, frozen.network_.classifier.weight
    )
