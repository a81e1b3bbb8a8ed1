"""Networks and data as people bring them, through every method."""

import copy

import numpy as np
import pytest
import torch
from test_deep_contract import (
    LoRA,
    every_method,
    fitted,
    make_domains,
    merge_adapters,
    weights,
)
from torch import nn
from torch.nn.modules.batchnorm import _BatchNorm
from torch.utils.data import Dataset

from tlbook.deep import DAN, Network, SoftLabels

torch.manual_seed(0)


class Tokens(nn.Module):
    """Attention over the six numbers of a sample."""

    def __init__(self):
        super().__init__()
        self.embed = nn.Linear(1, 4)
        self.layer = nn.TransformerEncoderLayer(4, 2, 8, 0.1, batch_first=True)

    def forward(self, X):
        return self.layer(self.embed(X[:, :, None])).mean(dim=1)


class Half(Network):
    """A network that computes in bfloat16 by itself."""

    def forward(self, X):
        with torch.autocast(X.device.type, torch.bfloat16):
            return super().forward(X)


class Foreign(nn.Module):
    """Logits and nothing else, as a network of another library: no part has our names."""

    def __init__(self):
        super().__init__()
        self.stem = nn.Sequential(nn.Linear(6, 5), nn.BatchNorm1d(5), nn.ReLU())
        self.fc = nn.Linear(5, 4)

    def forward(self, X):
        return self.fc(self.stem(X))


def hidden():
    return nn.Sequential(nn.Linear(6, 5), nn.BatchNorm1d(5), nn.ReLU())


def bottleneck():
    return nn.Sequential(nn.Linear(5, 5), nn.ReLU())


NETWORKS = {
    "lazy": lambda: Network(
        nn.Sequential(nn.LazyLinear(5), nn.LazyBatchNorm1d(), nn.ReLU()),
        nn.LazyLinear(5),
        nn.LazyLinear(3),
    ),
    "attention": lambda: Network(
        nn.Sequential(Tokens(), nn.Linear(4, 5), nn.BatchNorm1d(5)),
        bottleneck(),
        nn.Linear(5, 3),
    ),
    "dropout": lambda: Network(
        nn.Sequential(hidden(), nn.Dropout(0.5)), bottleneck(), nn.Linear(5, 3)
    ),
    "batch-norm head": lambda: Network(
        hidden(), bottleneck(), nn.Sequential(nn.BatchNorm1d(5), nn.Linear(5, 3))
    ),
    "bfloat16": lambda: Half(hidden(), bottleneck(), nn.Linear(5, 3)),
    "foreign": Foreign,
}


@every_method
@pytest.mark.parametrize("kind", NETWORKS)
def test_networks(method, kind):
    """Finite weights; answers that do not depend on the others; nothing left as it must not be."""
    Xs, ys, Xt, yt = make_domains()
    network = NETWORKS[kind]()
    given = [(name, p.requires_grad) for name, p in network.named_parameters()]
    before = None if kind == "lazy" else copy.deepcopy(network.state_dict())
    model = fitted(method, Xs, ys, Xt, yt, network=network)
    assert all(np.isfinite(value).all() for value in weights(model).values())
    P = model.predict_proba(Xt)
    assert P.dtype == np.float32
    atol = 0.02 if kind == "bfloat16" else 1e-5
    np.testing.assert_allclose(model.predict_proba(Xt[:1]), P[:1], atol=atol)
    assert [
        (name, p.requires_grad) for name, p in network.named_parameters()
    ] == given
    if before is not None:
        assert all(
            torch.equal(v, before[name])
            for name, v in network.state_dict().items()
        )
    ours = merge_adapters(model.network_) if method is LoRA else model.network_
    assert all(
        p.requires_grad for p in [*ours.parameters(), *model.extras_.parameters()]
    )
    norms = [m for m in ours.modules() if isinstance(m, _BatchNorm)]
    assert all(m.momentum == 0.1 for m in norms)


@every_method
def test_unscaled_input_and_a_large_target(method):
    Xs, ys, Xt, _ = make_domains(ns=12, nt=200)
    scale = np.array([1e-3, 1, 255, 1e4, 1, 1])
    model = fitted(method, Xs * scale, ys, Xt * scale)
    assert all(np.isfinite(value).all() for value in weights(model).values())
    assert model.predict(Xt * scale).shape == (200,)


class Counted(Dataset):
    """Samples that count how often they are decoded; labels stand beside them, with names."""

    classes = ("ant", "bee", "cat")

    def __init__(self, X, targets=None):
        self.X, self.targets, self.drawn = (
            torch.tensor(X).float(),
            targets,
            np.zeros(len(X), int),
        )

    def __len__(self):
        return len(self.X)

    def __getitem__(self, row):
        self.drawn[row] += 1
        return self.X[row], 0 if self.targets is None else int(self.targets[row])


@every_method
def test_a_dataset_with_targets_and_classes(method):
    """No sample is decoded for its label, none of the source more than once an epoch."""
    Xs, ys, Xt, yt = make_domains()
    source, target = Counted(Xs, ys), Counted(Xt, yt)
    model = fitted(method, source, None, target)
    epochs = sum(model._epochs(phase) for phase in model._phases)
    looks = {DAN: 2, SoftLabels: 1}.get(method, 0)  # of the method itself
    assert source.drawn[2:].max() <= epochs + looks  # two for the widths
    assert set(model.predict(target)) <= {"ant", "bee", "cat"}
    plain = fitted(method, Xs, np.array(Counted.classes)[ys], Xt)
    assert all(
        np.array_equal(a, b)
        for a, b in zip(weights(model).values(), weights(plain).values())
    )
    assert model.score(target) == plain.score(Xt, np.array(Counted.classes)[yt])


@every_method
def test_classes_have_weights(method):
    """Where samples say nothing about the class, the one that weighs nearly all is the answer."""
    rng = np.random.default_rng(0)
    X, y = rng.standard_normal((96, 6)), np.arange(96) % 3
    common = {
        name: 15 for name in method().get_params() if name.endswith("_epochs")
    }
    common |= {"batch_size": 32, "lr": 0.01}
    shares = [
        np.mean(
            fitted(method, X, y, None, class_weight=weights, **common).predict(X)
            == 0
        )
        for weights in ({0: 1e4, 1: 1.0, 2: 1.0}, {0: 1.0, 1: 1e4, 2: 1.0})
    ]
    assert shares[0] > shares[1] + 0.5
