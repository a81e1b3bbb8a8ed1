"""SHOT: pseudo-labels and losses by loops; what phase 2 sees and moves, to the bit."""

import math

import numpy as np
import pytest
import torch
from small_domains import domains, snapshot
from torch import nn
from torch.nn import functional as F

from tlbook.deep import Network
from tlbook.since import SHOT
from tlbook.since.shot import information_loss, nearest_centroid, pseudo_labels


def cosine(a, b):
    return sum(x * y for x, y in zip(a, b)) / math.sqrt(
        sum(x * x for x in a) * sum(y * y for y in b)
    )


def round_by_loops(Z, A):
    """Weighted means, then the class of the nearest one by the cosine."""
    means = []
    for k in range(len(A[0])):
        mass = sum(a[k] for a in A)
        means.append(
            [
                sum(a[k] * z[j] for a, z in zip(A, Z)) / mass
                for j in range(len(Z[0]))
            ]
        )
    return [max(range(len(means)), key=lambda k: cosine(z, means[k])) for z in Z]


def test_pseudo_labels_by_loops():
    rng = np.random.default_rng(3)
    y = np.arange(30) % 3
    Z = 1.2 * np.eye(3, 4)[y] + rng.standard_normal((30, 4))
    P = rng.dirichlet([1, 1, 1], 30) * 0.5 + 0.5 * np.eye(3)[y]
    P /= P.sum(1, keepdims=True)
    first = round_by_loops(Z.tolist(), P.tolist())
    second = round_by_loops(
        Z.tolist(), [[float(k == l) for k in range(3)] for l in first]
    )
    assert first != second, "the second round must matter here"
    Z, P = torch.tensor(Z), torch.tensor(P)
    assert nearest_centroid(Z, P).tolist() == first
    assert pseudo_labels(Z, P).tolist() == second


def test_cosine_not_distance():
    """The long arrow points along the first axis, though its tip lies nearer to the second mean."""
    Z = torch.tensor([[10.0, 1.0], [1.0, 0.0], [0.0, 8.0]])
    A = torch.tensor([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0]])
    assert nearest_centroid(Z, A).tolist() == [0, 0, 1]


def test_class_without_samples_takes_no_part():
    Z = torch.tensor([[1.0, 0.0], [0.0, 1.0], [-1.0, -1.0]])
    A = torch.tensor([[1.0, 0.0, 0.0], [0.0, 0.0, 1.0], [0.0, 0.0, 1.0]])
    labels = nearest_centroid(Z, A)
    assert 1 not in labels.tolist()
    assert torch.isfinite(labels.float()).all()


def test_pseudo_labels_repair_a_tilted_classifier():
    """Two clouds; the classifier calls part of the second one the first."""
    rng = np.random.default_rng(0)
    y = np.arange(60) % 2
    Z = torch.tensor(np.eye(2)[y] * 3 + 0.4 * rng.standard_normal((60, 2)))
    P = torch.softmax(2 * Z + torch.tensor([6.0, 0.0]), dim=1)
    assert (P.argmax(1).numpy() == y).mean() < 0.9
    assert (pseudo_labels(Z, P).numpy() == y).all()


def test_information_loss_by_loops():
    P = [[0.7, 0.2, 0.1], [0.3, 0.3, 0.4], [0.05, 0.9, 0.05]]

    def entropy(p):
        return -sum(a * math.log(a) for a in p)

    mean = [sum(row[k] for row in P) / 3 for k in range(3)]
    wanted = sum(map(entropy, P)) / 3 - entropy(mean)
    assert float(information_loss(torch.tensor(P))) == pytest.approx(
        wanted, rel=1e-5
    )


def test_information_loss_at_its_ends():
    assert float(information_loss(torch.eye(4))) == pytest.approx(-math.log(4))
    assert float(information_loss(torch.full((5, 4), 0.25))) == pytest.approx(
        0, abs=1e-6
    )
    one_class = torch.eye(4)[[2, 2, 2]]
    assert float(information_loss(one_class)) == pytest.approx(0, abs=1e-6)


def made(**params):
    small = {
        "width": 5,
        "batch_size": 8,
        "max_epochs": 2,
        "source_epochs": 2,
        "random_state": 0,
    }
    return SHOT(**{**small, **params})


def deep_network():
    """A network whose classifier has statistics and dropout that could move without gradients."""
    torch.manual_seed(0)
    features = nn.Sequential(nn.Linear(4, 5), nn.BatchNorm1d(5), nn.ReLU())
    bottleneck = nn.Sequential(nn.Linear(5, 5), nn.ReLU())
    classifier = nn.Sequential(
        nn.BatchNorm1d(5), nn.Dropout(0.5), nn.Linear(5, 3)
    )
    return Network(features, bottleneck, classifier)


@pytest.mark.parametrize(
    "network", [None, deep_network()], ids=["default", "deep classifier"]
)
def test_classifier_stays_to_the_bit(network):
    Xs, ys, Xt = domains()
    seen = {}

    def keep(model, record):
        if record["phase"] == "source":
            seen["network"] = snapshot(model.network_)

    model = made(network=network, callback=keep).fit(Xs, ys, Xt)
    after = snapshot(model.network_)
    for name, value in seen["network"].items():
        if name.startswith("classifier"):
            assert torch.equal(value, after[name]), name
        elif name.endswith("weight"):
            assert not torch.equal(value, after[name]), name


def test_phase_two_sees_no_source_sample():
    """Source samples and labels that are not numbers any more change nothing."""
    Xs, ys, Xt = domains()
    results = []
    for lost in (False, True):
        model = made().fit(Xs, ys, Xt)
        data = model._check_data(Xs, ys, Xt, None)
        if lost:
            data.source.X = torch.full_like(data.source.X, torch.nan)
            data.source.y = torch.full_like(data.source.y, -9)
        optimizers = model._begin_phase("target", data)
        torch.manual_seed(5)
        model._begin_epoch("target", 0, data)
        for batch in data.batches(0, 1):
            model._step(batch, optimizers)
        results.append(snapshot(model.network_))
    for name, value in results[0].items():
        assert torch.equal(value, results[1][name]), name


def test_a_step_against_one_written_out():
    Xs, ys, Xt = domains()
    model = made(beta=0.4, adapt_lr=0.01).fit(Xs, ys, Xt)
    data = model._check_data(Xs, ys, Xt, None)
    optimizers = model._begin_phase("target", data)
    model._begin_epoch("target", 0, data)
    batch = next(data.batches(0, 1))
    x = torch.tensor(Xt).float()
    net = model.network_
    with torch.no_grad():
        out = net(x)
        labels = pseudo_labels(out.bottleneck, torch.softmax(out.logits, 1))[
            batch.rows
        ]
    logits = net(x[batch.rows]).logits
    p = torch.softmax(logits, 1)
    q = p.mean(0)
    information = -(p * p.log()).sum(1).mean() + (q * q.log()).sum()
    pseudo = -0.4 * p[torch.arange(8), labels].log().mean()
    encoder = [*net.features.parameters(), *net.bottleneck.parameters()]
    gradients = torch.autograd.grad(information + pseudo, encoder)
    before = [p.detach().clone() for p in encoder]
    terms = model._step(batch, optimizers)
    assert float(terms["information"].detach()) == pytest.approx(
        float(information.detach()), rel=1e-4
    )
    assert float(terms["pseudo"].detach()) == pytest.approx(
        float(pseudo.detach()), rel=1e-4
    )
    # the first step of Adam is lr times the sign
    for a, b, g in zip(encoder, before, gradients):
        clear = g.abs() > 1e-5
        torch.testing.assert_close(
            (a - b)[clear], -0.01 * g.sign()[clear], atol=1e-4, rtol=1e-2
        )


def test_phase_one_smooths_the_labels():
    Xs, ys, Xt = domains()
    model = made()
    model.fit(Xs, ys, Xt)
    data = model._check_data(Xs, ys, Xt, None)
    optimizers = model._begin_phase("source", data)
    batch = next(data.batches(0, 1))
    log_p = F.log_softmax(model.network_(batch.Xs).logits, dim=1)
    soft = 0.9 * F.one_hot(batch.ys, 3) + 0.1 / 3
    wanted = -(soft * log_p).sum(1).mean()
    terms = model._step(batch, optimizers)
    assert float(terms["source"].detach()) == pytest.approx(
        float(wanted.detach()), rel=1e-5
    )


def test_phases_and_terms():
    Xs, ys, Xt = domains()
    model = made(source_epochs=3).fit(Xs, ys, Xt)
    assert [r["phase"] for r in model.history_] == ["source"] * 3 + ["target"] * 2
    assert {"information", "pseudo"} <= set(model.history_[-1])
    with pytest.warns(UserWarning, match="nothing is adapted"):
        alone = made().fit(Xs, ys)
    assert all("source" in record for record in alone.history_)
