"""The target alone: what came before it, and how much of it, changes nothing."""

import copy

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file
from small_domains import snapshot
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from tlbook.deep import DeepClassifier, Network, perceptron
from tlbook.since import SHOT, TENT, AdaBN
from tlbook.since._normalized import normalized_network

METHODS = pytest.mark.parametrize("method", [SHOT, TENT, AdaBN])
SMALL = {"width": 5, "batch_size": 8, "random_state": 0, "max_epochs": 2}


def domains(ns=40, nt=70, seed=0):
    rng = np.random.default_rng(seed)
    means = 3 * np.random.default_rng(7).standard_normal((3, 4))
    ys, yt = np.arange(ns) % 3, np.arange(nt) % 3
    Xs, Xt = (means[y] + rng.standard_normal((len(y), 4)) for y in (ys, yt))
    return Xs, ys, Xt + 0.8, yt


def trained(ns=40):
    Xs, ys, _, _ = domains(ns)
    torch.manual_seed(1)
    network = normalized_network((4,), 3, 5)
    return DeepClassifier(network=network, **SMALL).fit(Xs, ys)


def assert_same(a, b):
    for name, value in snapshot(a).items():
        assert torch.equal(value, snapshot(b)[name]), name


@METHODS
@pytest.mark.parametrize("ns", [9, 40, 300])
def test_the_source_has_no_say_in_the_second_phase(method, ns):
    """`fit` ends where `adapt` ends that begins with the network of its first phase."""
    Xs, ys, _, _ = domains(ns)
    Xt = domains()[2]
    kept = {}

    def keep(model, record):
        if record["phase"] == "source":
            kept["network"] = copy.deepcopy(model.network_)

    whole = method(**SMALL, source_epochs=2, callback=keep).fit(Xs, ys, Xt)
    alone = method(**SMALL, network=kept["network"]).adapt(Xt)
    assert_same(whole.network_, alone.network_)
    assert whole.history_[2:] == alone.history_
    assert len(alone.history_) == 2


@METHODS
def test_an_epoch_is_a_pass_over_the_target(method):
    """Each target row once, but for the rest of the last batch, though the source is small."""
    Xs, ys, Xt, _ = domains(ns=9)
    seen = []

    class Counting(method):
        def _step(self, batch, optimizers):
            if batch.Xs is None:
                seen.append(batch.rows)
            return super()._step(batch, optimizers)

    Counting(**SMALL | {"max_epochs": 1}, source_epochs=1).fit(Xs, ys, Xt)
    rows = torch.cat(seen).tolist()
    assert len(rows) == len(set(rows)) == 64


@METHODS
def test_the_network_is_copied(method):
    base = trained()
    before = snapshot(base.network_)
    model = method(**SMALL, network=base.network_).adapt(domains()[2])
    for name, value in before.items():
        assert torch.equal(value, base.network_.state_dict()[name]), name
    assert any(
        not torch.equal(v, model.network_.state_dict()[k])
        for k, v in before.items()
    )


@METHODS
def test_weights_from_a_file_serve_as_well(method, tmp_path):
    base, Xt = trained(), domains()[2]
    save_file(base.network_.state_dict(), tmp_path / "weights.safetensors")
    network = normalized_network((4,), 3, 5)
    network.load_state_dict(load_file(tmp_path / "weights.safetensors"))
    ours = method(**SMALL, network=base.network_).adapt(Xt)
    assert_same(
        ours.network_, method(**SMALL, network=network).adapt(Xt).network_
    )
    base.save_weights(tmp_path / "model.safetensors")
    torch.manual_seed(9)
    again = DeepClassifier(network=normalized_network((4,), 3, 5))
    again.load_weights(tmp_path / "model.safetensors")
    assert_same(
        ours.network_, method(**SMALL, network=again.network_).adapt(Xt).network_
    )


@METHODS
def test_names_of_the_classes(method):
    base, Xt = trained(), domains()[2]
    codes = method(**SMALL, network=base.network_).adapt(Xt).predict(Xt)
    names = (
        method(**SMALL, network=base.network_)
        .adapt(Xt, ["ant", "bee", "cat"])
        .predict(Xt)
    )
    assert np.array(["ant", "bee", "cat"])[codes].tolist() == names.tolist()
    with pytest.raises(ValueError, match=r"network has 3 outputs, .* 2 classes"):
        method(**SMALL, network=base.network_).adapt(Xt, ["ant", "bee"])
    with pytest.raises(ValueError, match="adapt needs a trained network"):
        method(**SMALL).adapt(Xt)


@METHODS
def test_a_loader_of_the_target(method):
    base, Xt = trained(), domains()[2]
    loader = DataLoader(
        TensorDataset(torch.tensor(Xt, dtype=torch.float32)), batch_size=5
    )
    ours = method(**SMALL, network=base.network_).adapt(Xt)
    assert_same(
        ours.network_,
        method(**SMALL, network=base.network_).adapt(loader).network_,
    )


@METHODS
def test_interrupted_and_stopped_early(method, tmp_path):
    base, Xt = trained(), domains()[2]
    path = tmp_path / "state"
    whole = method(
        **SMALL | {"max_epochs": 3}, patience=2, network=base.network_
    ).adapt(Xt)
    assert all("criterion" in record for record in whole.history_)
    method(**SMALL, patience=2, network=base.network_, checkpoint=path).adapt(Xt)
    longer = SMALL | {"max_epochs": 3}
    resumed = method(
        **longer, patience=2, network=base.network_, checkpoint=path
    ).adapt(Xt)
    assert_same(whole.network_, resumed.network_)


@METHODS
def test_what_comes_back_learns_as_before(method):
    model = method(**SMALL, network=trained().network_).adapt(domains()[2])
    assert all(p.requires_grad for p in model.network_.parameters())
    norms = [m for m in model.network_.modules() if isinstance(m, nn.BatchNorm1d)]
    assert [m.momentum for m in norms] == [0.1, 0.1]
    assert not model.network_.training


@pytest.mark.parametrize("method", [TENT, AdaBN])
def test_dropout_is_off(method):
    """A network with dropout comes to the statistics of the one without it."""
    base, Xt = trained(), domains()[2]
    dropping = copy.deepcopy(base.network_)
    dropping.features.append(nn.Dropout(0.5))
    plain = method(**SMALL, network=base.network_).adapt(Xt)
    assert_same(
        plain.network_, method(**SMALL, network=dropping).adapt(Xt).network_
    )


def test_adabn_statistics_by_hand():
    """Those of the target, of each layer after the layer before it; every weight stays."""
    base, Xt = trained(), domains(nt=64)[2]
    model = AdaBN(**SMALL | {"batch_size": 64}, network=base.network_).adapt(Xt)
    a = torch.tensor(Xt, dtype=torch.float32)
    for part in ("features", "bottleneck"):
        linear, norm, _ = base.network_.get_submodule(part)
        a = (a @ linear.weight.T + linear.bias).detach()
        ours = model.network_.get_submodule(part)[1]
        torch.testing.assert_close(
            ours.running_mean, a.mean(0), rtol=1e-4, atol=1e-5
        )
        torch.testing.assert_close(
            ours.running_var, a.var(0), rtol=1e-4, atol=1e-5
        )
        a = (a - a.mean(0)) / (a.var(0, unbiased=False) + norm.eps).sqrt()
        a = torch.relu(a * norm.weight + norm.bias).detach()
    for p, q in zip(base.network_.parameters(), model.network_.parameters()):
        assert torch.equal(p, q)


def test_adabn_undoes_a_change_of_scale_and_offset():
    """The same samples in other units: the answers on the source come back."""
    Xs, ys, _, _ = domains(ns=64)
    base = DeepClassifier(
        network=normalized_network((4,), 3, 16),
        max_epochs=40,
        lr=0.01,
        random_state=0,
    ).fit(Xs, ys)
    moved = 7 * Xs + 40
    assert base.score(moved, ys) < 0.7
    adapted = AdaBN(network=base.network_, batch_size=64, random_state=0).adapt(
        moved
    )
    assert adapted.score(moved, ys) > 0.9


def test_networks_without_what_adapts_are_refused():
    Xt = domains()[2]
    with pytest.raises(ValueError, match="no batch normalization that can adapt"):
        AdaBN(network=perceptron(4, 3, 5)).adapt(Xt)
    bare = Network(
        nn.BatchNorm1d(4, affine=False), nn.Linear(4, 5), nn.Linear(5, 3)
    )
    assert AdaBN(network=bare, **SMALL).adapt(Xt).predict(Xt).shape == (70,)
    with pytest.raises(
        ValueError, match="no batch normalization whose scale and shift"
    ):
        TENT(network=bare).adapt(Xt)
