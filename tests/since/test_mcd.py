"""MCD: the discrepancy by loops, the three steps by hand, who moves in which."""

import copy

import numpy as np
import pytest
import torch
from small_domains import half_way
from torch import nn
from torch.nn import functional as F

from tlbook.deep import DeepClassifier
from tlbook.deep._data import Batch
from tlbook.deep._networks import Network
from tlbook.since import MCD, mcd
from tlbook.since._normalized import normalized_network
from tlbook.since.mcd import discrepancy, drawn_again

LR = 0.1


def test_discrepancy_by_loops():
    P = [[0.7, 0.2, 0.1], [0.1, 0.1, 0.8]]
    Q = [[0.5, 0.5, 0.0], [0.3, 0.3, 0.4]]
    total = 0.0
    for p, q in zip(P, Q):
        total += sum(abs(a - b) for a, b in zip(p, q)) / 3
    ours = discrepancy(torch.tensor(P), torch.tensor(Q))
    assert float(ours) == pytest.approx(total / 2)


@pytest.mark.parametrize("n_classes", [2, 5])
def test_bounds(n_classes):
    sure = torch.eye(n_classes)
    assert float(discrepancy(sure, sure)) == 0
    assert float(discrepancy(sure, sure.roll(1, dims=0))) == pytest.approx(
        2 / n_classes
    )


def test_gradient_by_differences():
    rng = np.random.default_rng(0)
    f, g = (torch.tensor(rng.standard_normal((4, 3))) for _ in range(2))
    f.requires_grad_(True)

    def D(f):
        return discrepancy(f.softmax(dim=1), g.softmax(dim=1))

    (gradient,) = torch.autograd.grad(D(f), f)
    h = 1e-6
    for i in range(4):
        for k in range(3):
            step = torch.zeros(4, 3, dtype=f.dtype)
            step[i, k] = h
            with torch.no_grad():
                slope = float(D(f + step) - D(f - step)) / (2 * h)
            assert float(gradient[i, k]) == pytest.approx(slope, abs=1e-7)


def data(n=24):
    rng = np.random.default_rng(0)
    return (
        rng.standard_normal((n, 4)),
        np.arange(n) % 3,
        rng.standard_normal((n, 4)) + 1,
    )


def plain_descent(groups):
    """An optimizer without memory: p - lr times the gradient."""
    return torch.optim.SGD(groups)


def begun(n_steps=1, **options):
    """Return a method after one epoch, a batch, and the optimizers of a phase."""
    Xs, ys, Xt = data()
    options = {"width": 5, "batch_size": 8, "max_epochs": 1, "lr": LR} | options
    model = MCD(
        n_steps=n_steps, optimizer=plain_descent, random_state=0, **options
    ).fit(Xs, ys, Xt)
    as_floats = [torch.tensor(X).float() for X in (Xs, Xt)]
    batch = Batch(
        as_floats[0], torch.tensor(ys), as_floats[1], None, None, None, 0.5
    )
    return model, batch, model._begin_phase("train", None)


def parts_of(model):
    """Return copies of the encoder, f1 and f2."""
    net = model.network_
    encoder = nn.Sequential(net.features, net.bottleneck)
    return [
        copy.deepcopy(p)
        for p in (encoder, net.classifier, model.extras_["second"])
    ]


def descend(loss, *modules):
    parameters = [p for module in modules for p in module.parameters()]
    gradients = torch.autograd.grad(loss, parameters)
    with torch.no_grad():
        for p, g in zip(parameters, gradients):
            p -= LR * g


@pytest.mark.parametrize("n_steps", [1, 3])
def test_one_step_by_hand(n_steps):
    """A: all descend both losses. B: the heads, minus D. C: the encoder D, several times."""
    model, batch, optimizers = begun(n_steps)
    E, f1, f2 = parts_of(model)
    Xs, ys, Xt = batch.Xs, batch.ys, batch.Xt

    def risk():
        return F.cross_entropy(f1(E(Xs)), ys) + F.cross_entropy(f2(E(Xs)), ys)

    def D():
        p, q = f1(E(Xt)).softmax(1), f2(E(Xt)).softmax(1)
        return (p - q).abs().sum() / (len(Xt) * 3)

    wanted_risk = float(risk().detach())
    descend(risk(), E, f1, f2)
    descend(risk() - D(), f1, f2)
    for _ in range(n_steps):
        last = float(D().detach())
        descend(D(), E)

    terms = model._step(batch, optimizers)
    for ours, wanted in zip(parts_of(model), (E, f1, f2)):
        for a, b in zip(ours.parameters(), wanted.parameters(), strict=True):
            torch.testing.assert_close(a, b, atol=1e-6, rtol=1e-4)
    assert float(terms["source"].detach()) == pytest.approx(wanted_risk, rel=1e-5)
    assert float(terms["discrepancy"].detach()) == pytest.approx(last, rel=1e-4)


def test_who_moves_when(monkeypatch):
    """Encoder and heads; heads; encoder, encoder."""
    model, batch, optimizers = begun(n_steps=2)
    moved, real = [], mcd.minimize

    def watched(loss, *optimizers):
        before = parts_of(model)
        real(loss, *optimizers)
        moved.append(
            [
                any(
                    not torch.equal(a, b)
                    for a, b in zip(old.parameters(), new.parameters())
                )
                for old, new in zip(before, parts_of(model))
            ]
        )

    monkeypatch.setattr(mcd, "minimize", watched)
    model._step(batch, optimizers)
    all_three, heads, encoder = (
        [True] * 3,
        [False, True, True],
        [True, False, False],
    )
    assert moved == [all_three, heads, encoder, encoder]


def test_the_steps_go_the_right_way(monkeypatch):
    """B makes D larger and C smaller, from where either begins."""
    model, batch, optimizers = begun(n_steps=1)
    D, real = [], mcd.minimize

    def now():
        with torch.no_grad():
            return float(model._discrepancy(model.network_(batch.Xt).bottleneck))

    def watched(loss, *optimizers):
        before = now()
        real(loss, *optimizers)
        D.append(now() - before)

    monkeypatch.setattr(mcd, "minimize", watched)
    for group in optimizers["heads"].param_groups:
        group["lr"] = 1e-2
    for _ in range(30):  # until the source's losses have small gradients
        model._step(batch, optimizers)
    D.clear()
    model._step(batch, optimizers)
    assert D[1] > 0
    assert D[2] < 0


def test_all_passes_see_both_domains():
    """2 + n_steps passes, so that batch normalization means the same in each."""
    model, batch, optimizers = begun(n_steps=3)
    sizes = []
    model.network_.register_forward_hook(
        lambda module, inputs, outputs: sizes.append(len(inputs[0]))
    )
    model._step(batch, optimizers)
    assert sizes == [48] * 5


def test_second_classifier_is_another():
    """Drawn anew, of the same kind: equal twins would never part, since D has no slope at 0."""
    torch.manual_seed(0)
    first = nn.Sequential(nn.Linear(4, 6), nn.ReLU(), nn.Linear(6, 3))
    first.requires_grad_(False)
    second = drawn_again(first)
    for a, b in zip(first.parameters(), second.parameters(), strict=True):
        assert a.shape == b.shape
        assert not torch.equal(a, b)
        assert b.requires_grad
    spread = [layer.weight.std().item() for layer in (first[0], second[0])]
    assert 0.5 < spread[0] / spread[1] < 2
    twins = torch.randn(5, 3, requires_grad=True)
    (slope,) = torch.autograd.grad(
        discrepancy(twins.softmax(1), twins.detach().softmax(1)), twins
    )
    assert not slope.any()


def test_frozen_classifier_stays_and_its_rival_learns():
    torch.manual_seed(0)
    network = normalized_network((4,), 3, width=5)
    start = network.classifier.weight.detach().clone()
    small = {"batch_size": 8, "max_epochs": 3, "random_state": 0}
    seconds = []
    for epochs in (1, 3):
        model = MCD(
            network=network,
            freeze=("classifier",),
            **small | {"max_epochs": epochs},
        ).fit(*data())
        assert torch.equal(model.network_.classifier.weight, start)
        seconds.append(model.extras_["second"].weight)
    assert not torch.equal(*seconds)


def test_a_frozen_encoder_leaves_no_game():
    model = MCD(freeze=("features", "bottleneck"), max_epochs=1, random_state=0)
    with pytest.raises(ValueError, match="leaves nothing to learn"):
        model.fit(*data())


def test_answers_are_those_of_the_first_classifier():
    model, batch, _ = begun()
    z = torch.tensor(model.transform(batch.Xt))
    wanted = model.network_.classifier(z).softmax(1).detach()
    np.testing.assert_allclose(model.predict_proba(batch.Xt), wanted, rtol=1e-5)


def test_without_a_target_both_learn_the_source():
    Xs, ys, _ = data()
    with pytest.warns(UserWarning, match="nothing is adapted"):
        model = MCD(max_epochs=80, lr=1e-2, random_state=0).fit(Xs, ys)
    assert set(model.history_[-1]) == {"phase", "epoch", "loss", "source"}
    Z = torch.tensor(model.transform(Xs))
    for head in (model.network_.classifier, model.extras_["second"]):
        assert (head(Z).argmax(1).numpy() == ys).mean() > 0.9


def test_weights_reach_both_classifiers():
    """Samples of weight 0 and the weights of classes, in the losses of A and B."""
    model, batch, _ = begun(class_weight={0: 1.0, 1: 3.0, 2: 0.5})
    ws = torch.tensor([2.0, 0.0] * 12)
    Z = model.network_(batch.Xs).bottleneck
    risk = model._risk(Z, batch._replace(ws=ws))
    total, wanted = [1.0, 3.0, 0.5], 0.0
    for head in (model.network_.classifier, model.extras_["second"]):
        logs = head(Z).log_softmax(1).tolist()
        above = sum(
            -float(w) * total[y] * logs[i][y]
            for i, (w, y) in enumerate(zip(ws, batch.ys.tolist()))
        )
        wanted += above / sum(total[y] for y in batch.ys.tolist())
    assert float(risk.detach()) == pytest.approx(wanted, rel=1e-5)


def test_it_parts_what_moved():
    """Two clouds that moved half way to the border: the classifiers meet beyond them."""
    Xs, y, Xt = half_way()
    options = {"width": 16, "max_epochs": 60, "random_state": 0, "lr": 1e-2}
    plain = DeepClassifier(**options).fit(Xs, y).score(Xt, y)
    ours = MCD(**options).fit(Xs, y, Xt).score(Xt, y)
    assert ours > plain + 0.02
    assert ours > 0.97


def test_classifier_with_a_hidden_layer():
    """The paper's kind of classifier is the network's to give."""
    torch.manual_seed(0)
    network = Network(
        nn.Sequential(nn.Linear(4, 8), nn.ReLU()),
        nn.Identity(),
        nn.Sequential(nn.Linear(8, 8), nn.ReLU(), nn.Linear(8, 3)),
    )
    model = MCD(network=network, max_epochs=2, random_state=0).fit(*data())
    shapes = [p.shape for p in model.extras_["second"].parameters()]
    assert shapes == [p.shape for p in network.classifier.parameters()]
