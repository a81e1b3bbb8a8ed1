"""Grafting: which layers come from where, and that frozen ones stay."""

import numpy as np
import pytest
import torch
from sklearn.base import clone
from torch import nn

from tlbook.deep import DeepClassifier, Network, transferability
from tlbook.deep.transferability import first_layers, graft, layers_of


def make_network():
    features = nn.Sequential(
        nn.Conv2d(1, 3, 3),
        nn.BatchNorm2d(3),
        nn.ReLU(),
        nn.Conv2d(3, 2, 3),
        nn.Flatten(),
    )
    return Network(
        features, nn.Sequential(nn.Linear(32, 4), nn.ReLU()), nn.Linear(4, 2)
    )


# whose first layers, and do they stay: Yosinski et al. 2014, section 3
PAPER = {
    "BnB": ("B", True),
    "BnB+": ("B", False),
    "AnB": ("A", True),
    "AnB+": ("A", False),
}
LAYERS = ["features.0", "features.3", "bottleneck.0", "classifier"]


def test_layers_in_order():
    assert layers_of(make_network()) == LAYERS


def test_normalization_belongs_to_the_layer_before():
    net = make_network()
    assert first_layers(net, 0) == ()
    assert first_layers(net, 1) == ("features.0", "features.1")
    assert first_layers(net, 2) == ("features.0", "features.1", "features.3")
    assert first_layers(net, 3) == (
        "features.0",
        "features.1",
        "features.3",
        "bottleneck.0",
    )
    for n in (-1, 4):
        with pytest.raises(
            ValueError, match=f"n={n}, but the network has 4 layers"
        ):
            first_layers(net, n)


@pytest.mark.parametrize("n", [0, 1, 2, 3])
def test_graft(n):
    base, fresh = make_network(), make_network()
    base(torch.randn(5, 1, 8, 8))  # moves the statistics
    kept = {k: v.clone() for k, v in fresh.state_dict().items()}
    made = graft(base, fresh, n).state_dict()
    old = {
        k
        for k in kept
        if any(k.startswith(f"{name}.") for name in first_layers(base, n))
    }
    for name, value in made.items():
        assert torch.equal(
            value, (base.state_dict() if name in old else kept)[name]
        ), name
    for name, value in fresh.state_dict().items():
        assert torch.equal(value, kept[name])


def images(seed, n=12):
    rng = np.random.default_rng(seed)
    return rng.random((n, 8, 8)).astype(np.float32), np.arange(n) % 2


def test_all_arms_and_depths():
    model = DeepClassifier(batch_size=4, max_epochs=1)
    found = transferability(
        model, make_network, images(0), images(1), images(2), seed=3
    )
    assert [(r["arm"], r["n"]) for r in found] == [("base", 0)] + [
        (arm, n) for arm in PAPER for n in (1, 2, 3)
    ]
    assert all(0 <= r["accuracy"] <= 100 and r["seed"] == 3 for r in found)
    again = transferability(
        model, make_network, images(0), images(1), images(2), seed=3
    )
    assert found == again


def test_each_arm_starts_from_its_base_and_freezes(monkeypatch):
    seen, models = [], []
    fit = DeepClassifier.fit

    def spy(self, X, y):
        seen.append(
            (
                self.freeze,
                None if self.network is None else self.network.state_dict(),
            )
        )
        models.append(fit(self, X, y))
        seen[-1] = (
            *seen[-1],
            {k: v.clone() for k, v in self.network_.state_dict().items()},
        )
        return self

    monkeypatch.setattr(DeepClassifier, "fit", spy)
    model = DeepClassifier(batch_size=4, max_epochs=1)
    test = images(2)
    found = transferability(
        model, make_network, images(0), images(1), test, depths=[2]
    )
    assert [r["accuracy"] for r in found] == [
        100 * fitted.score(*test) for fitted in models[1:]
    ]
    (_, _, A), (_, _, B), *arms = seen
    for (name, (origin, frozen)), (freeze, start, end) in zip(
        PAPER.items(), arms
    ):
        base = {"A": A, "B": B}[origin]
        assert torch.equal(
            start["features.3.weight"], base["features.3.weight"]
        ), name
        assert torch.equal(
            start["features.1.running_mean"], base["features.1.running_mean"]
        )
        assert not torch.equal(
            start["bottleneck.0.weight"], base["bottleneck.0.weight"]
        )
        assert freeze == (first_layers(make_network(), 2) if frozen else ())
        assert (
            torch.equal(start["features.3.weight"], end["features.3.weight"])
            == frozen
        ), name
        assert (
            torch.equal(
                start["features.1.running_mean"], end["features.1.running_mean"]
            )
            == frozen
        )
    starts = [start["bottleneck.0.weight"] for _, start, _ in arms]
    assert all(torch.equal(starts[0], other) for other in starts[1:])
    of_bases = [start["bottleneck.0.weight"] for _, start, _ in seen[:2]]
    assert not torch.equal(*of_bases)
    assert not any(torch.equal(start, starts[0]) for start in of_bases)


def test_base_is_the_network_trained_on_b():
    model = DeepClassifier(batch_size=4, max_epochs=3, lr=0.01)
    found = transferability(
        model,
        make_network,
        images(0),
        images(1),
        images(1),
        depths=[1],
        arms=["BnB+"],
        seed=3,
    )
    torch.manual_seed(10_003)
    alone = (
        clone(model)
        .set_params(network=make_network(), random_state=3)
        .fit(*images(1))
    )
    assert found[0] == {
        "arm": "base",
        "n": 0,
        "seed": 3,
        "accuracy": 100 * alone.score(*images(1)),
    }


def test_unknown_arm():
    with pytest.raises(ValueError, match=r"unknown arms \['CnB'\]"):
        transferability(
            DeepClassifier(),
            make_network,
            images(0),
            images(1),
            images(2),
            arms=["CnB"],
        )
