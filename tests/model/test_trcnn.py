"""TRCNN: what is taken over, what is new, what learns."""

import warnings

import numpy as np
import pytest
import torch
from sklearn.base import clone
from sklearn.frozen import FrozenEstimator
from torch import nn

from tlbook.deep import DeepClassifier, Network
from tlbook.model import TRCNN
from tlbook.model.trcnn import transplant


def domain(seed=0, n=24, classes=3):
    rng = np.random.default_rng(seed)
    y = np.arange(n) % classes
    return rng.standard_normal((n, 6)) + 2 * y[:, None], y


def normalized(n_classes=3):
    features = nn.Sequential(nn.Linear(6, 5), nn.BatchNorm1d(5), nn.ReLU())
    return Network(
        features,
        nn.Sequential(nn.Linear(5, 4), nn.ReLU()),
        nn.Linear(4, n_classes),
    )


@pytest.fixture
def source():
    torch.manual_seed(0)
    model = DeepClassifier(
        network=normalized(), batch_size=8, max_epochs=2, random_state=0
    )
    return model.fit(*domain())


SMALL = {"hidden": 7, "batch_size": 4, "max_epochs": 3, "random_state": 0}


def test_transplant_computes_old_then_new(source):
    made = transplant(source.network_, hidden=7, n_classes=2).eval()
    X = torch.tensor(domain()[0]).float()
    with torch.no_grad():
        old = source.network_.eval()(X)
        out = made(X)
        weight, bias = made.bottleneck[0].weight, made.bottleneck[0].bias
        hidden = torch.clamp(old.bottleneck @ weight.T + bias, min=0)
    torch.testing.assert_close(out.features, old.bottleneck)
    torch.testing.assert_close(out.bottleneck, hidden)
    assert out.logits.shape == (24, 2)
    assert out.bottleneck.shape == (24, 7)


def old_part(network):
    return {
        k: v for k, v in network.state_dict().items() if k.startswith("features.")
    }


def test_frozen_layers_stay_to_the_bit(source):
    X, y = domain(1, n=16, classes=2)
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # it needs no second domain
        model = TRCNN(source, **SMALL).fit(X, y)
    # it is given back free
    assert all(p.requires_grad for p in model.network_.parameters())
    start = transplant(source.network_, 7, 2)
    for name, value in old_part(start).items():
        assert torch.equal(value, model.network_.state_dict()[name]), name


def test_fine_tuned_layers_move_less_than_new_ones(source):
    X, y = domain(1, n=16, classes=2)
    model = TRCNN(source, feature_lr=0.1, **SMALL).fit(X, y)
    start, end = (
        old_part(transplant(source.network_, 7, 2)),
        model.network_.state_dict(),
    )
    moved = {
        name: float((end[name] - value).abs().max())
        for name, value in start.items()
    }
    assert all(step > 0 for step in moved.values())
    steps = 3 * 4
    weights = [step for name, step in moved.items() if name.endswith("weight")]
    # a step of Adam is at most lr, nearly
    assert max(weights) <= steps * 0.1 * 1e-3 * 1.01
    rates = [
        group["lr"]
        for group in model._begin_phase("train", None)["all"].param_groups
    ]
    assert rates == pytest.approx([1e-3, 1e-4])


def test_source_model_is_left_alone(source):
    before = {k: v.clone() for k, v in source.network_.state_dict().items()}
    X, y = domain(1, n=16, classes=2)
    TRCNN(source, feature_lr=1.0, **SMALL).fit(X, y)
    for name, value in before.items():
        assert torch.equal(value, source.network_.state_dict()[name]), name


def test_other_classes_and_seeds(source):
    X, y = domain(1, n=16, classes=2)
    names = np.array(["near", "far"])[y]
    model = TRCNN(source, **SMALL).fit(X, names)
    again = clone(TRCNN(FrozenEstimator(source), **SMALL)).fit(X, names)
    assert set(model.predict(X)) <= {"near", "far"}
    np.testing.assert_array_equal(model.predict_proba(X), again.predict_proba(X))


def test_a_network_will_do(source):
    """A network that was trained elsewhere gives what the method that holds it gives."""
    X, y = domain(1, n=16, classes=2)
    bare, wrapped = (
        TRCNN(m, **SMALL).fit(X, y) for m in (source.network_, source)
    )
    np.testing.assert_array_equal(bare.predict_proba(X), wrapped.predict_proba(X))


def test_bad_input(source):
    X, y = domain(1, n=16, classes=2)
    with pytest.raises(
        ValueError, match=r"shape \(4,\), source_model .* shape \(6,\)"
    ):
        TRCNN(source, **SMALL).fit(X[:, :4], y)
    with pytest.raises(Exception, match="not fitted"):
        TRCNN(DeepClassifier(), **SMALL).fit(X, y)
    with pytest.raises(ValueError, match="'source_model' parameter"):
        TRCNN("network", **SMALL).fit(X, y)
    with pytest.raises(ValueError, match="'feature_lr' parameter"):
        TRCNN(source, feature_lr=-1.0, **SMALL).fit(X, y)
    with pytest.raises(ValueError, match="learns without target labels"):
        TRCNN(source, **SMALL).fit(X, y, X + 1, y)
