"""Optimizers against steps by hand: which parameter moves, at which rate."""

import functools
import pickle

import numpy as np
import pytest
import torch
from torch import nn

from tlbook.deep import ADDA, DANN, DeepClassifier, Network
from tlbook.deep._networks import Outputs

SMALL = {"batch_size": 8, "max_epochs": 1, "random_state": 0}


def data(n=8):
    rng = np.random.default_rng(0)
    return rng.standard_normal((n, 4)).astype(np.float32), np.arange(n) % 2


def network():
    torch.manual_seed(0)
    return Network(nn.Linear(4, 5), nn.Linear(5, 5), nn.Linear(5, 2))


def gradients(net, X, y):
    loss = nn.functional.cross_entropy(
        net(torch.tensor(X)).logits, torch.tensor(y)
    )
    return dict(
        zip(
            dict(net.named_parameters()),
            torch.autograd.grad(loss, net.parameters()),
        )
    )


def one_step(**params):
    """Weights before and after the one step of one batch, and the gradients."""
    X, y = data()
    net = network()
    after = DeepClassifier(network=net, **{**SMALL, **params}).fit(X, y).network_
    return (
        dict(net.named_parameters()),
        dict(after.named_parameters()),
        gradients(net, X, y),
    )


def test_a_step_of_a_callable_at_two_rates_with_two_decays():
    plain = {"optimizer": torch.optim.SGD, "lr": 0.1}
    before, after, g = one_step(
        **plain, trunk_lr=0.01, weight_decay=0.3, trunk_decay=0.7
    )
    for name, w in before.items():
        rate, decay = (0.01, 0.7) if name.startswith("features") else (0.1, 0.3)
        torch.testing.assert_close(after[name], w - rate * (g[name] + decay * w))


def test_sgd_has_nesterovs_momentum():
    before, after, g = one_step(optimizer="sgd", lr=0.1)
    for name, w in before.items():  # the first step: gradient plus 0.9 of itself
        torch.testing.assert_close(after[name], w - 0.1 * 1.9 * g[name])


def test_adam_decays_apart_from_the_gradient():
    before, after, g = one_step(lr=0.01, weight_decay=0.5)
    for name, w in before.items():  # the first step of Adam is the sign
        clear = g[name].abs() > 1e-4
        wanted = w - 0.01 * 0.5 * w - 0.01 * g[name].sign()
        torch.testing.assert_close(
            after[name][clear], wanted[clear], atol=1e-5, rtol=1e-3
        )


@pytest.mark.parametrize("schedule", ["cosine", lambda progress: 1 - progress])
def test_the_rate_follows_the_schedule(schedule):
    seen = []

    class Seen(DeepClassifier):
        def _step(self, batch, optimizers):
            seen.append([group["lr"] for group in optimizers["all"].param_groups])
            return super()._step(batch, optimizers)

    X, y = data(16)
    Seen(
        network=network(),
        lr=0.1,
        trunk_lr=0.01,
        schedule=schedule,
        **SMALL | {"max_epochs": 2},
    ).fit(X, y)
    factors = [1, (1 + 0.5**0.5) / 2, 0.5, (1 - 0.5**0.5) / 2]
    if schedule != "cosine":
        factors = [1, 0.75, 0.5, 0.25]
    np.testing.assert_allclose(seen, np.outer(factors, [0.1, 0.01]), atol=1e-12)


def test_a_zero_rate_keeps_the_trunk():
    before, after, _ = one_step(trunk_lr=0.0, lr=0.1)
    for name, w in before.items():
        assert torch.equal(w, after[name]) == name.startswith("features"), name


def test_phases_keep_the_ratio_of_the_rates():
    rates = []

    class Seen(ADDA):
        def _step(self, batch, optimizers):
            rates.append(
                {
                    k: [g["lr"] for g in o.param_groups]
                    for k, o in optimizers.items()
                }
            )
            return super()._step(batch, optimizers)

    X, y = data()
    Seen(
        adversarial_lr=0.002, source_epochs=1, lr=0.1, trunk_lr=0.01, **SMALL
    ).fit(X, y, -X)
    assert rates[0]["all"] == pytest.approx([0.1, 0.01])
    assert rates[1]["domain"] == [0.002]
    assert rates[1]["target"] == pytest.approx([0.002, 0.0002])


@pytest.mark.parametrize(
    "kind", ["sgd", functools.partial(torch.optim.RMSprop, momentum=0.5)]
)
def test_methods_with_options_of_adam_take_others(kind, tmp_path):
    """And go on from a checkpoint, for an optimizer is told by its name."""
    X, y = data(24)
    params = {"optimizer": kind, "lr": 0.01, **SMALL}
    whole = DANN(**params | {"max_epochs": 3}).fit(X, y, -X)
    path = tmp_path / "state"
    DANN(**params, checkpoint=path).fit(X, y, -X)
    longer = DANN(**params | {"max_epochs": 3}, weight=0.0, checkpoint=path)
    with pytest.raises(
        ValueError, match=r"another training: weight 1.0 there, 0.0 here"
    ):
        longer.fit(X, y, -X)
    DANN(**params | {"max_epochs": 3}, checkpoint=path).fit(X, y, -X)
    assert np.isfinite(whole.predict_proba(X)).all()


def test_what_makes_no_optimizer_is_refused():
    X, y = data()
    with pytest.raises(TypeError, match="optimizer made a list"):
        DeepClassifier(optimizer=list, **SMALL).fit(X, y)


def test_mixed_precision_computes_the_network_in_bfloat16_and_the_loss_in_single():
    kinds = set()

    class Seen(DeepClassifier):
        def _loss(self, batch):
            terms = super()._loss(batch)
            kinds.add(terms["source"].dtype)
            return terms

    class Linear(nn.Linear):
        def forward(self, X):
            Z = super().forward(X)
            kinds.add((Z.dtype, self.weight.dtype))
            return Z

    X, y = data(64)
    torch.manual_seed(0)
    net = Network(Linear(4, 5), nn.ReLU(), nn.Linear(5, 2))
    single, mixed = (
        Seen(
            network=net, lr=0.05, mixed_precision=on, **SMALL | {"max_epochs": 5}
        ).fit(X, y)
        for on in (False, True)
    )
    assert kinds == {
        torch.float32,
        (torch.float32, torch.float32),
        (torch.bfloat16, torch.float32),
    }
    np.testing.assert_allclose(
        mixed.predict_proba(X), single.predict_proba(X), atol=0.1
    )
    assert not hasattr(net, "computes_mixed")


class Watched(nn.Linear):
    """A layer that says in which precision it computed in a step."""

    kinds = set()

    def forward(self, X):
        Z = super().forward(X)
        if self.training:
            self.kinds.add(Z.dtype)
        return Z


class ThreeParts(nn.Module):
    """The three parts, but of no class of ours."""

    def __init__(self):
        super().__init__()
        self.features, self.bottleneck = Watched(4, 5), nn.ReLU()
        self.classifier = nn.Linear(5, 2)

    def forward(self, X):
        Z = self.features(X)
        H = self.bottleneck(Z)
        return Outputs(Z, H, self.classifier(H))


class OwnForward(Network):
    """Of our class, with a way of its own through the parts."""

    def forward(self, X):
        return ThreeParts.forward(self, X)


def lazy():
    first = nn.Sequential(nn.LazyLinear(4), Watched(4, 5))
    return Network(first, nn.ReLU(), nn.LazyLinear(2))


@pytest.mark.parametrize(
    "make",
    [
        lambda: Network(Watched(4, 5), nn.ReLU(), nn.Linear(5, 2)),
        ThreeParts,
        lambda: OwnForward(Watched(4, 5), nn.ReLU(), nn.Linear(5, 2)),
        lambda: nn.Sequential(Watched(4, 5), nn.ReLU(), nn.Linear(5, 2)),
        lazy,
    ],
    ids=["ours", "three parts", "forward of its own", "foreign", "lazy"],
)
@pytest.mark.parametrize("method", [DeepClassifier, ADDA])
def test_mixed_precision_reaches_networks_of_every_kind(make, method):
    """And is over when it is not asked for any more."""
    X, y = data()
    net = make()
    seen = []
    for mixed in (True, False, True):
        Watched.kinds = set()
        model = method(network=net, mixed_precision=mixed, **SMALL)
        net = model.fit(X, y, X + 1).network_
        assert model.predict_proba(X).dtype == np.float32
        seen.append(Watched.kinds)
    assert seen == [{torch.bfloat16}, {torch.float32}, {torch.bfloat16}]
    assert not torch.is_autocast_enabled("cpu")
    again = pickle.loads(pickle.dumps(net))
    assert torch.equal(again(torch.tensor(X)).logits, net(torch.tensor(X)).logits)


def test_an_error_within_mixed_precision_leaves_it():
    X, y = data()
    model = DeepClassifier(network=network(), mixed_precision=True, **SMALL)
    model.fit(X, y)
    with pytest.raises(RuntimeError):
        model.network_(torch.zeros(2, 3))
    assert not torch.is_autocast_enabled("cpu")
