"""MCC: the loss by loops over samples and classes, its weights, its temperature, its gradient."""

import math

import numpy as np
import pytest
import torch
from small_domains import half_way
from torch.nn import functional as F

from tlbook.deep import DeepClassifier
from tlbook.since import MCC
from tlbook.since.mcc import class_confusion, confusion_loss

LOGITS = [
    [2.0, -1.0, 0.5],
    [0.0, 0.0, 0.0],
    [-1.0, 3.0, 1.0],
    [0.2, -0.4, 1.1],
    [4.0, 3.5, -2.0],
]


def belief(row, T):
    powers = [math.exp(a / T) for a in row]
    return [a / sum(powers) for a in powers]


def entropy(p):
    return -sum(a * math.log(a) for a in p)


def table(logits, T, weights=None):
    """Confusion by loops: for each pair of classes, each sample."""
    n_classes = len(logits[0])
    P = [belief(row, T) for row in logits]
    if weights is None:
        certain = [1 + math.exp(-entropy(p)) for p in P]
        weights = [len(P) * w / sum(certain) for w in certain]
    R = []
    for k in range(n_classes):
        row = [
            sum(w * p[k] * p[m] for w, p in zip(weights, P))
            for m in range(n_classes)
        ]
        R.append([c / sum(row) for c in row])
    return R


def loss_by_loops(logits, T, weights=None):
    R = table(logits, T, weights)
    total = 0.0
    for k, row in enumerate(R):
        for m, share in enumerate(row):
            if k != m:
                total += share
    return total / len(R)


@pytest.mark.parametrize("T", [0.7, 1.0, 2.5])
def test_by_loops(T):
    f = torch.tensor(LOGITS, dtype=torch.float64)
    np.testing.assert_allclose(class_confusion(f, T), table(LOGITS, T))
    assert float(confusion_loss(f, T)) == pytest.approx(loss_by_loops(LOGITS, T))


def test_gradient_by_differences_with_the_weights_held():
    """Finite differences of the loops, in which the weights stay those of the first point."""
    f = torch.tensor(LOGITS, dtype=torch.float64, requires_grad=True)
    (gradient,) = torch.autograd.grad(confusion_loss(f, 2.5), f)
    certain = [1 + math.exp(-entropy(belief(row, 2.5))) for row in LOGITS]
    weights = [len(LOGITS) * w / sum(certain) for w in certain]
    h = 1e-5
    for i in range(len(LOGITS)):
        for k in range(3):
            up, down = ([list(row) for row in LOGITS] for _ in range(2))
            up[i][k] += h
            down[i][k] -= h
            slope = (
                loss_by_loops(up, 2.5, weights)
                - loss_by_loops(down, 2.5, weights)
            ) / (2 * h)
            assert float(gradient[i, k]) == pytest.approx(slope, abs=1e-8)


def test_bounds():
    """0 where all are certain and each class occurs; 1 - 1/K where all are undecided."""
    certain = 200 * torch.eye(4).repeat(3, 1)
    assert float(confusion_loss(certain, 1.0)) == pytest.approx(0, abs=1e-6)
    undecided = torch.zeros(6, 4)
    assert float(confusion_loss(undecided, 2.5)) == pytest.approx(3 / 4)


def test_a_class_without_any_belief_is_lost_entirely():
    """As beliefs vanish their share that stays does: 0/0 in float32 is that limit, not NaN."""
    f = torch.tensor([[1e4, 0.0, -1e4]] * 3, requires_grad=True)
    loss = confusion_loss(f, 1.0)
    assert float(loss.detach()) == pytest.approx(2 / 3)
    (slope,) = torch.autograd.grad(loss, f)
    assert torch.isfinite(slope).all()
    for small in (1e-3, 1e-9, 1e-30):
        p = torch.tensor([[1.0, small]], dtype=torch.float64).log()
        assert float(confusion_loss(p, 1.0)) == pytest.approx(1 / 2, abs=small)


def test_two_classes_that_are_confused_show_where():
    """Half of the samples lie between 0 and 1; 2 is never confused."""
    far = -200.0
    f = torch.tensor([[0, 0, far]] * 2 + [[far, far, 0]] * 2)
    R = class_confusion(f, 1.0)
    wanted = torch.tensor([[0.5, 0.5, 0], [0.5, 0.5, 0], [0, 0, 1]])
    torch.testing.assert_close(R, wanted)


def test_a_rare_class_counts_as_much_as_a_frequent_one():
    """One confused sample of a class of one costs more than one of a class of ninety."""
    sure = 200 * torch.eye(3)
    many = sure[[0] * 90 + [1] * 9 + [2]].clone()
    frequent, rare = many.clone(), many.clone()
    frequent[0] = 100 * torch.tensor([1.0, 1.0, 0.0])
    rare[-1] = 100 * torch.tensor([0.0, 1.0, 1.0])
    assert float(confusion_loss(rare, 1.0)) > 2 * float(
        confusion_loss(frequent, 1.0)
    )


def test_certain_samples_count_nearly_twice():
    """Two samples of one class, one certain, one undecided between two: 2 to 1 + 1/2."""
    f = torch.tensor([[200.0, 0.0], [0.0, 0.0]])
    a, b = 2.0, 1.5
    diagonal = (a + b / 4) / (a + b / 2), (b / 4) / (b / 2)
    wanted = 1 - sum(diagonal) / 2
    assert float(confusion_loss(f, 1.0)) == pytest.approx(wanted, rel=1e-5)


def test_temperature_is_that_of_divided_logits():
    f = torch.tensor(LOGITS)
    torch.testing.assert_close(
        confusion_loss(f, 2.5), confusion_loss(f / 2.5, 1.0)
    )
    # blurred predictions are confused more
    assert confusion_loss(f, 2.5) > confusion_loss(f, 1.0)


@pytest.fixture
def fitted():
    rng = np.random.default_rng(0)
    Xs, Xt = rng.standard_normal((24, 4)), rng.standard_normal((24, 4)) + 1
    small = {"width": 5, "batch_size": 8, "max_epochs": 2, "random_state": 0}
    model = MCC(weight=0.7, temperature=1.5, **small)
    model.fit(Xs, np.arange(24) % 3, Xt)
    return model, torch.tensor(Xs).float(), torch.tensor(Xt).float()


@pytest.mark.parametrize("progress", [0.0, 1.0])
def test_gradients_of_a_step(fitted, progress):
    """Every part of the network descends L_C + weight L, at full weight from the first step."""
    model, Xs, Xt = fitted
    net, ys = model.network_, torch.arange(24) % 3
    source, target = net(torch.cat([Xs, Xt])).split(24)
    penalty = model._penalty(source, target, progress)
    loss = F.cross_entropy(source.logits, ys) + model._weight(progress) * penalty
    ours = torch.autograd.grad(loss, list(net.parameters()))

    P = torch.softmax(net(Xt).logits / 1.5, dim=1)
    held = P.detach()
    certain = 1 + torch.exp((held * held.log()).sum(1))
    weights = 24 * certain / certain.sum()
    wrong = 0
    for k in range(3):
        whole = (weights * P[:, k]).sum()  # a row of C: the sum over all classes
        wrong = wrong + (weights * P[:, k] * (1 - P[:, k])).sum() / whole / 3
    assert float(penalty.detach()) == pytest.approx(float(wrong.detach()), 1e-5)
    wanted = torch.autograd.grad(
        F.cross_entropy(net(Xs).logits, ys) + 0.7 * wrong, list(net.parameters())
    )
    for a, b in zip(ours, wanted):
        torch.testing.assert_close(a, b, atol=1e-6, rtol=1e-4)


def test_the_source_has_no_part_in_the_penalty(fitted):
    model, Xs, Xt = fitted
    source, target = model.network_(torch.cat([Xs, Xt])).split(24)
    assert model._penalty(source, target, 0.5) == model._penalty(
        None, target, 0.5
    )


def test_without_weight_it_is_the_network_without_adaptation():
    rng = np.random.default_rng(0)
    Xs, Xt = rng.standard_normal((24, 4)), rng.standard_normal((24, 4)) + 1
    data = Xs, np.arange(24) % 3, Xt
    small = {"batch_size": 8, "max_epochs": 10, "lr": 1e-2, "random_state": 0}
    plain = DeepClassifier(**small).fit(*data).predict_proba(Xt)
    without, ours = (
        MCC(weight=w, **small).fit(*data).predict_proba(Xt) for w in (0.0, 1.0)
    )
    np.testing.assert_allclose(plain, without, atol=1e-5)
    assert abs(ours - plain).max() > 0.05


def test_it_takes_samples_out_of_the_gap():
    """Two clouds that moved half way to the border: trained away from it, all are right."""
    Xs, y, Xt = half_way()
    options = {"width": 16, "max_epochs": 60, "random_state": 0, "lr": 1e-2}
    plain = DeepClassifier(**options).fit(Xs, y).score(Xt, y)
    ours = MCC(**options).fit(Xs, y, Xt).score(Xt, y)
    assert ours > plain + 0.02
    assert ours > 0.97
