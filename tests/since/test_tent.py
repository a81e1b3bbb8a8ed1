"""TENT: what moves and what does not, the entropy by loops and its gradient by differences."""

import copy
import math

import numpy as np
import pytest
import torch
from small_domains import domains, snapshot
from torch import nn

from tlbook.deep import Network, perceptron
from tlbook.since import TENT
from tlbook.since._normalized import normalized_network
from tlbook.since.tent import (
    adapt_online,
    mean_entropy,
    scales_and_shifts,
)


def test_entropy_by_loops():
    P = [[0.7, 0.2, 0.1], [0.3, 0.3, 0.4]]
    wanted = sum(-p * math.log(p) for row in P for p in row) / 2
    # softmax forgets the constant
    logits = torch.tensor(P).log() + torch.tensor([[3.0], [-2.0]])
    assert float(mean_entropy(logits)) == pytest.approx(wanted, rel=1e-5)


def test_entropy_at_its_ends():
    assert float(mean_entropy(torch.zeros(3, 4))) == pytest.approx(math.log(4))
    assert float(mean_entropy(torch.tensor([[500.0, 0.0, -500.0]]))) == 0


def test_entropy_gradient_by_differences():
    torch.manual_seed(0)
    logits = torch.randn(3, 4, dtype=torch.float64, requires_grad=True)
    (gradient,) = torch.autograd.grad(mean_entropy(logits), logits)
    with torch.no_grad():
        for i in range(3):
            for k in range(4):
                step = torch.zeros(3, 4, dtype=torch.float64)
                step[i, k] = 1e-5
                difference = mean_entropy(logits + step) - mean_entropy(
                    logits - step
                )
                assert float(gradient[i, k]) == pytest.approx(
                    float(difference) / 2e-5, abs=1e-8
                )


def test_only_affine_batch_norm_counts():
    net = nn.Sequential(
        nn.BatchNorm1d(3, affine=False), nn.LayerNorm(3), nn.BatchNorm1d(2)
    )
    assert scales_and_shifts(net) == [net[2].weight, net[2].bias]


def made(**params):
    small = {
        "width": 5,
        "batch_size": 8,
        "max_epochs": 2,
        "source_epochs": 2,
        "random_state": 0,
    }
    return TENT(**{**small, **params})


AFFINE = {
    f"{part}.1.{name}"
    for part in ("features", "bottleneck")
    for name in ("weight", "bias")
}
STATISTICS = {
    f"{part}.1.{name}"
    for part in ("features", "bottleneck")
    for name in ("running_mean", "running_var", "num_batches_tracked")
}


def test_what_moves_in_fit():
    """Scales and shifts, and the statistics; every other weight stays to the bit."""
    Xs, ys, Xt = domains()
    seen = {}

    def keep(model, record):
        if record["phase"] == "source":
            seen["network"] = snapshot(model.network_)

    model = made(callback=keep).fit(Xs, ys, Xt)
    after = snapshot(model.network_)
    moved = {
        name
        for name, value in seen["network"].items()
        if not torch.equal(value, after[name])
    }
    assert AFFINE <= moved <= AFFINE | STATISTICS


def test_statistics_are_the_mean_of_the_last_epochs_batches():
    Xs, ys, Xt = domains()
    model = made()
    model.fit(Xs, ys, Xt)
    data = model._check_data(Xs, ys, Xt, None)
    optimizers = model._begin_phase("target", data)
    model._training_mode()
    model._begin_epoch("target", 0, data)
    linear, norm = model.network_.features[0], model.network_.features[1]
    means, variances = [], []
    for batch in data.batches(0, 1):
        with torch.no_grad():
            a = linear(batch.Xt).numpy()
        means.append(a.mean(0))
        variances.append(a.var(0, ddof=1))
        model._step(batch, optimizers)
    np.testing.assert_allclose(
        norm.running_mean, np.mean(means, 0), rtol=1e-4, atol=1e-5
    )
    np.testing.assert_allclose(norm.running_var, np.mean(variances, 0), rtol=1e-4)


def test_no_source_sample_in_the_second_phase():
    Xs, ys, Xt = domains()
    results = []
    for lost in (False, True):
        model = made().fit(Xs, ys, Xt)
        data = model._check_data(Xs, ys, Xt, None)
        if lost:
            data.source.X = torch.full_like(data.source.X, torch.nan)
        optimizers = model._begin_phase("target", data)
        torch.manual_seed(5)
        for batch in data.batches(0, 1):
            model._step(batch, optimizers)
        results.append(snapshot(model.network_))
    assert all(torch.equal(v, results[1][k]) for k, v in results[0].items())


def test_a_step_goes_down_the_entropy():
    Xs, ys, Xt = domains()
    model = made(adapt_lr=1e-3).fit(Xs, ys, Xt)
    net = model.network_.train()
    x = torch.tensor(Xt).float()
    moving = scales_and_shifts(net)
    P = torch.softmax(net(x).logits, 1)
    H = -(P * P.log()).sum(1).mean()
    gradients = torch.autograd.grad(H, moving)
    data = model._check_data(Xs, ys, Xt, None)
    optimizers = model._begin_phase("target", data)
    batch = next(data.batches(0, 1))._replace(Xt=x)
    before = [p.detach().clone() for p in moving]
    terms = model._step(batch, optimizers)
    assert float(terms["entropy"].detach()) == pytest.approx(
        float(H.detach()), rel=1e-5
    )
    # the first step of Adam is lr times the sign
    for a, b, g in zip(moving, before, gradients):
        clear = g.abs() > 1e-5
        torch.testing.assert_close(
            (a - b)[clear], -1e-3 * g.sign()[clear], atol=1e-5, rtol=1e-2
        )
    assert float(mean_entropy(net(x).logits).detach()) < float(H.detach())


@pytest.fixture
def stream():
    torch.manual_seed(0)
    net = normalized_network((4,), 3, 5)
    with torch.no_grad():
        for _ in range(20):  # some statistics
            net.train()(torch.randn(16, 4))
    return net, [torch.randn(8, 4) + 1 for _ in range(3)]


def test_online_answers_come_before_the_step(stream):
    """Each batch by its own statistics, with scales and shifts from the batches before."""
    net, batches = stream
    before = snapshot(net)
    answers = list(adapt_online(net, batches, lr=0.01))
    assert all(torch.equal(v, before[k]) for k, v in net.state_dict().items())
    plain = copy.deepcopy(net).train()
    optimizer = torch.optim.Adam(scales_and_shifts(plain), lr=0.01)
    for batch, answer in zip(batches, answers):
        P = torch.softmax(plain(batch).logits, dim=1)
        torch.testing.assert_close(answer, P.detach())
        optimizer.zero_grad()
        (-(P * P.log()).sum(1).mean()).backward()
        optimizer.step()


def test_online_without_learning_uses_the_batch_statistics(stream):
    net, batches = stream
    answers = list(adapt_online(net, batches, lr=0.0))
    W, b = (p.detach() for p in net.features[0].parameters())
    a = batches[1] @ W.T + b
    a = torch.relu((a - a.mean(0)) / torch.sqrt(a.var(0, unbiased=False) + 1e-5))
    W, b = (p.detach() for p in net.bottleneck[0].parameters())
    a = a @ W.T + b
    a = torch.relu((a - a.mean(0)) / torch.sqrt(a.var(0, unbiased=False) + 1e-5))
    with torch.no_grad():
        torch.testing.assert_close(
            answers[1], torch.softmax(net.classifier(a), 1)
        )


def test_network_without_batch_norm_is_refused():
    Xs, ys, Xt = domains()
    with pytest.raises(ValueError, match="network has no batch normalization"):
        made(network=perceptron(4, 3, 5)).fit(Xs, ys, Xt)


def test_frozen_batch_norm_stays_and_all_frozen_is_an_error():
    Xs, ys, Xt = domains()
    torch.manual_seed(0)
    net = normalized_network((4,), 3, 5)
    assert isinstance(net, Network)
    before = snapshot(net)
    model = made(network=net, freeze=("features",)).fit(Xs, ys, Xt)
    for name, value in model.network_.state_dict().items():
        if name.startswith("features"):
            assert torch.equal(value, before[name]), name
    assert not torch.equal(
        model.network_.bottleneck[1].weight, before["bottleneck.1.weight"]
    )
    with pytest.raises(ValueError, match="leaves nothing to learn"):
        made(network=net, freeze=("features", "bottleneck")).fit(Xs, ys, Xt)


def test_phases_and_terms():
    Xs, ys, Xt = domains()
    model = made(source_epochs=3).fit(Xs, ys, Xt)
    assert [r["phase"] for r in model.history_] == ["source"] * 3 + ["target"] * 2
    assert 0 < model.history_[-1]["entropy"] < math.log(3)
    with pytest.warns(UserWarning, match="nothing is adapted"):
        alone = made().fit(Xs, ys)
    assert all("source" in record for record in alone.history_)
    assert set(snapshot(alone.network_)) >= AFFINE
