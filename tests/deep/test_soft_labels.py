"""Soft labels and confusion: losses by loops, gradients, and which network a step moves."""

import copy
import math

import numpy as np
import pytest
import torch
from small_domains import domains
from torch import nn
from torch.nn import functional as F

from tlbook.deep import Network, SoftLabels
from tlbook.deep._data import Batch
from tlbook.deep.dann import domain_loss
from tlbook.deep.soft_labels import confusion_loss, soft_label_loss, soft_labels


def softmax(scores):
    e = [math.exp(a) for a in scores]
    return [a / sum(e) for a in e]


def test_confusion_by_loops():
    logits = torch.tensor([[2.0], [-1.0]])
    total = 0.0
    for a in (2.0, -1.0):
        q = 1 / (1 + math.exp(-a))
        total += -(math.log(q) + math.log(1 - q)) / 2
    assert float(confusion_loss(logits)) == pytest.approx(total / 2, rel=1e-6)


def test_confusion_is_content_with_the_uniform_answer():
    """Its gradient vanishes there; the reversed domain loss still pushes."""
    logits = torch.zeros(4, 1, requires_grad=True)
    loss = confusion_loss(logits)
    assert loss.item() == pytest.approx(math.log(2))
    assert torch.equal(torch.autograd.grad(loss, logits)[0], torch.zeros(4, 1))
    reversed_loss = -domain_loss(logits[:2], logits[2:])
    assert (torch.autograd.grad(reversed_loss, logits)[0].abs() > 0.1).all()
    assert float(confusion_loss(torch.tensor([[1.0]]))) > math.log(2)


def test_soft_labels_by_loops():
    logits = torch.tensor(
        [[1.0, 0.0, 2.0], [0.0, 3.0, 1.0], [2.0, 2.0, 0.0], [4.0, 0.0, 0.0]]
    )
    table = soft_labels(logits, torch.tensor([0, 1, 2, 0]), 3, temperature=2.0)
    rows = [softmax([float(a) / 2 for a in row]) for row in logits]
    wanted = [[(a + b) / 2 for a, b in zip(rows[0], rows[3])], rows[1], rows[2]]
    np.testing.assert_allclose(table, wanted, rtol=1e-6)
    np.testing.assert_allclose(table.sum(dim=1), 1, rtol=1e-6)
    hot = soft_labels(logits, torch.tensor([0, 1, 2, 0]), 3, temperature=100.0)
    assert (hot - 1 / 3).abs().max() < 0.02  # hotter is softer


def test_soft_label_loss_by_loops():
    logits = torch.tensor([[1.0, 0.0], [0.5, 2.0], [-1.0, 0.0]])
    targets = torch.tensor([[0.7, 0.3], [0.2, 0.8], [0.5, 0.5]])
    total = 0.0
    for row, target in zip(logits.tolist(), targets.tolist()):
        p = softmax([a / 3 for a in row])
        total -= sum(l * math.log(q) for l, q in zip(target, p))
    assert float(soft_label_loss(logits, targets, 3.0)) == pytest.approx(
        total / 3, rel=1e-6
    )


SMALL = {
    "width": 5,
    "hidden": 6,
    "batch_size": 8,
    "max_epochs": 2,
    "source_epochs": 2,
}


def fit(**params):
    Xs, ys, Xt = domains()
    few = np.where(np.arange(24) < 6, np.arange(24) % 3, -1)
    return SoftLabels(**{**SMALL, "random_state": 0, **params}).fit(
        Xs, ys, Xt, few
    )


def test_terms_of_a_step():
    """All terms of (1) and (2), recomputed from the networks before the step."""
    model = fit(confusion=0.4, soft=0.3, temperature=1.5)
    Xs, ys, Xt = domains()
    data = model._check_data(Xs, ys, Xt, None)
    optimizers = model._begin_phase("adapt", data)
    s, t, y = torch.tensor(Xs).float(), torch.tensor(Xt).float(), torch.tensor(ys)
    batch = Batch(s, y, t, torch.arange(24), t[:6], y[:6], 0.5)
    net, domain = model.network_.train(), model.extras_["domain"]
    with torch.no_grad():
        logits, few = net(s).logits, net(t[:6]).logits
        table = model.extras_["soft"].table
        wanted = {
            "source": F.cross_entropy(logits, y),
            "labeled": F.cross_entropy(few, y[:6]),
            "soft": 0.3 * soft_label_loss(few, table[y[:6]], 1.5),
            "domain": domain_loss(
                domain(net(s).bottleneck), domain(net(t).bottleneck)
            ),
        }
    terms = model._step(batch, optimizers)
    assert set(terms) == {*wanted, "confusion"}
    for name, value in wanted.items():
        assert float(terms[name]) == pytest.approx(float(value), rel=1e-4), name
    np.testing.assert_allclose(
        table, soft_labels(logits, y, 3, 1.5), rtol=1e-4, atol=1e-6
    )


def test_first_phase_is_the_source_alone():
    model = fit()
    Xs, ys, Xt = domains()
    net = model.network_
    s, y = torch.tensor(Xs).float(), torch.tensor(ys)
    old = [parameter.detach().clone() for parameter in net.parameters()]
    slopes = torch.autograd.grad(
        F.cross_entropy(net(s).logits, y), list(net.parameters())
    )
    batch = Batch(
        s, y, torch.tensor(Xt).float(), torch.arange(24), None, None, 0.5
    )
    terms = model._step(batch, {"all": torch.optim.SGD(net.parameters(), lr=0.1)})
    assert set(terms) == {"source"}
    for new, start, slope in zip(net.parameters(), old, slopes):
        torch.testing.assert_close(new, start - 0.1 * slope, atol=1e-6, rtol=1e-4)


def test_what_a_step_moves():
    """The domain classifier goes down (2) alone, the network down (1) alone, by plain gradients."""
    model = fit()
    model.set_params(confusion=0.5)
    Xs, ys, Xt = domains()
    net, domain = model.network_, model.extras_["domain"]
    optimizers = {
        "network": torch.optim.SGD(net.parameters(), lr=0.1),
        "domain": torch.optim.SGD(domain.parameters(), lr=0.1),
    }
    s, t, y = torch.tensor(Xs).float(), torch.tensor(Xt).float(), torch.tensor(ys)
    net_0, domain_0 = copy.deepcopy(net), copy.deepcopy(domain)
    model._step(Batch(s, y, t, torch.arange(24), None, None, 0.5), optimizers)

    p_s = torch.sigmoid(domain_0(net_0(s).bottleneck.detach()))
    p_t = torch.sigmoid(domain_0(net_0(t).bottleneck.detach()))
    L_D = -(torch.log(p_s).mean() + torch.log(1 - p_t).mean()) / 2
    for new, old, g in zip(
        domain.parameters(),
        domain_0.parameters(),
        torch.autograd.grad(L_D, list(domain_0.parameters())),
    ):
        torch.testing.assert_close(new, old - 0.1 * g, atol=1e-6, rtol=1e-4)

    q = torch.sigmoid(
        domain(torch.cat([net_0(s).bottleneck, net_0(t).bottleneck]))
    )
    L = (
        F.cross_entropy(net_0(s).logits, y)
        - 0.5 * ((torch.log(q) + torch.log(1 - q)) / 2).mean()
    )
    for new, old, g in zip(
        net.parameters(),
        net_0.parameters(),
        torch.autograd.grad(L, list(net_0.parameters())),
    ):
        torch.testing.assert_close(new, old - 0.1 * g, atol=1e-6, rtol=1e-4)


def test_soft_labels_are_those_of_the_network_in_use():
    """With batch normalization the network of the training answers otherwise."""
    Xs, ys, Xt = domains()
    features = nn.Sequential(nn.Linear(4, 5), nn.BatchNorm1d(5), nn.ReLU())
    net = Network(
        features, nn.Sequential(nn.Linear(5, 5), nn.ReLU()), nn.Linear(5, 3)
    )
    model = fit(network=net)
    model.network_.train()
    model._begin_phase("adapt", model._check_data(Xs, ys, Xt, None))
    with torch.no_grad():
        logits = model.network_.eval()(torch.tensor(Xs).float()).logits
    wanted = soft_labels(logits, torch.tensor(ys), 3, model.temperature)
    torch.testing.assert_close(model.extras_["soft"].table, wanted)


def test_classes_without_labels_have_soft_labels():
    model = fit()
    assert model.extras_["soft"].table.shape == (3, 3)
    np.testing.assert_allclose(
        model.extras_["soft"].table.sum(dim=1), 1, rtol=1e-5
    )
    assert [r["phase"] for r in model.history_] == ["source"] * 2 + ["adapt"] * 2
    assert {"source", "confusion", "labeled", "soft", "domain"} <= set(
        model.history_[-1]
    )
