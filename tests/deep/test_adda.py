"""ADDA: the loss by hand; what moves in which step, to the bit."""

import math

import numpy as np
import pytest
import torch
from small_domains import domains, snapshot
from torch.nn import functional as F

from tlbook.deep import ADDA, DeepClassifier
from tlbook.deep._data import Batch
from tlbook.deep.adda import BETAS, inverted_label_loss
from tlbook.deep.dann import domain_loss


def made(**params):
    small = {
        "width": 5,
        "hidden": 6,
        "batch_size": 8,
        "max_epochs": 2,
        "source_epochs": 2,
    }
    return ADDA(**{**small, "random_state": 0, **params})


def equal(a, b):
    return all(torch.equal(a[k], b[k]) for k in a)


def test_inverted_labels_by_loops():
    logits = torch.tensor([[2.0], [-1.0], [0.0]])
    wanted = sum(-math.log(1 / (1 + math.exp(-float(a)))) for a in logits) / 3
    assert float(inverted_label_loss(logits)) == pytest.approx(wanted, rel=1e-6)


def test_inverted_labels_push_where_minimax_does_not():
    """Where D is sure of the target, minus its own loss has hardly any gradient."""
    sure = torch.tensor([[-8.0]], requires_grad=True)
    (inverted,) = torch.autograd.grad(inverted_label_loss(sure), sure)
    (minimax,) = torch.autograd.grad(-F.softplus(sure).mean(), sure)
    assert abs(float(inverted)) > 0.99
    assert abs(float(minimax)) < 0.001
    assert float(inverted) < 0  # down the loss is up in D


@pytest.fixture
def step():
    """A model at the start of its second phase, a batch, and its optimizers."""
    Xs, ys, Xt = domains()
    model = made().fit(Xs, ys, Xt)
    data = model._check_data(Xs, ys, Xt, None)
    optimizers = model._begin_phase("adversarial", data)
    s, t = torch.tensor(Xs).float(), torch.tensor(Xt).float()
    return (
        model,
        Batch(s, torch.tensor(ys), t, torch.arange(24), None, None, 0.5),
        optimizers,
    )


def test_what_a_step_moves(step):
    model, batch, optimizers = step
    before = {
        name: snapshot(model.extras_[name]) for name in ("source", "domain")
    }
    parts = {
        name: snapshot(getattr(model.network_, name))
        for name in ("features", "bottleneck")
    }
    classifier = snapshot(model.network_.classifier)
    for fixed in (model.extras_["source"], model.network_.classifier):
        assert not any(
            parameter.requires_grad for parameter in fixed.parameters()
        )
    model._step(batch, optimizers)
    assert equal(before["source"], model.extras_["source"].state_dict())
    assert equal(classifier, model.network_.classifier.state_dict())
    assert not equal(before["domain"], model.extras_["domain"].state_dict())
    for name, part in parts.items():
        assert not equal(part, getattr(model.network_, name).state_dict()), name


def test_a_step_against_two_written_out(step):
    """First (2) for the domain classifier, then (3) for the encoder, by plain Adam."""
    import copy

    model, batch, optimizers = step
    net, source = (
        copy.deepcopy(model.network_),
        copy.deepcopy(model.extras_["source"]).eval(),
    )
    domain = copy.deepcopy(model.extras_["domain"])
    encoder = [*net.features.parameters(), *net.bottleneck.parameters()]
    adam = {"lr": model.adversarial_lr, "betas": (0.5, 0.999)}
    first = torch.optim.Adam(domain.parameters(), **adam)
    second = torch.optim.Adam(encoder, **adam)

    z_s, z_t = source(batch.Xs).bottleneck.detach(), net(batch.Xt).bottleneck
    p_s, p_t = torch.sigmoid(domain(z_s)), torch.sigmoid(domain(z_t.detach()))
    L_D = -(torch.log(p_s).mean() + torch.log(1 - p_t).mean()) / 2
    first.zero_grad()
    L_D.backward()
    first.step()
    L_M = -torch.log(torch.sigmoid(domain(net(batch.Xt).bottleneck))).mean()
    second.zero_grad()
    L_M.backward()
    second.step()

    terms = model._step(batch, optimizers)
    assert float(terms["domain"].detach()) == pytest.approx(
        float(L_D.detach()), rel=1e-5
    )
    assert float(terms["target"].detach()) == pytest.approx(
        float(L_M.detach()), rel=1e-5
    )
    for a, b in zip(model.network_.parameters(), net.parameters()):
        torch.testing.assert_close(a, b, atol=1e-6, rtol=1e-4)
    for a, b in zip(model.extras_["domain"].parameters(), domain.parameters()):
        torch.testing.assert_close(a, b, atol=1e-6, rtol=1e-4)
    assert BETAS == (0.5, 0.999)


def test_first_phase_is_the_source_alone():
    Xs, ys, Xt = domains()
    seen = {}

    def keep(model, record):
        if record["phase"] == "source":
            seen["weights"] = snapshot(model.network_)

    model = made(callback=keep).fit(Xs, ys, Xt)
    assert equal(seen["weights"], model.extras_["source"].state_dict())
    other = made(callback=keep, max_epochs=1).fit(Xs, ys, np.flip(Xt))
    assert equal(seen["weights"], model.extras_["source"].state_dict()), (
        "the target played a part"
    )
    assert [r["phase"] for r in other.history_] == [
        "source",
        "source",
        "adversarial",
    ]


def test_each_domain_has_its_encoder():
    Xs, ys, Xt = domains()
    model = made().fit(Xs, ys, Xt)
    x = torch.tensor(Xs).float()
    for domain, network in (
        ("source", model.extras_["source"]),
        ("target", model.network_),
    ):
        with torch.no_grad():
            wanted = network.eval()(x).bottleneck.numpy()
        np.testing.assert_allclose(model.transform(Xs, domain), wanted, rtol=1e-5)
    assert not np.allclose(
        model.transform(Xs, "source"), model.transform(Xs, "target")
    )


def test_without_target_it_is_source_training():
    Xs, ys, _ = domains()
    with pytest.warns(UserWarning, match="nothing is adapted"):
        model = made().fit(Xs, ys)
    assert {record["phase"] for record in model.history_} == {
        "source",
        "adversarial",
    }
    assert all("source" in record for record in model.history_)
    assert isinstance(model, DeepClassifier)


def test_losses_go_to_a_draw():
    """D's loss is log 2 where it cannot tell the encoders apart."""
    assert float(
        domain_loss(torch.zeros(3, 1), torch.zeros(3, 1))
    ) == pytest.approx(math.log(2))
