"""LoRA: nothing changes at the start, only A and B learn, the merged network is the adapted one."""

import copy
import pickle
import warnings

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn.utils import parametrizations

from tlbook.deep import DeepClassifier, Network, lenet, perceptron
from tlbook.since.lora import (
    LoRA,
    LowRank,
    add_adapters,
    count_parameters,
    merge_adapters,
)


def made_net():
    torch.manual_seed(0)
    return perceptron(6, 3, width=5)


def adapted(rank=2, alpha=3.0):
    net = add_adapters(made_net(), rank, alpha)
    with torch.no_grad():
        for module in net.modules():
            if isinstance(module, LowRank):
                module.B.normal_()
    return net


def make_data(n=60, seed=0):
    rng = np.random.default_rng(seed)
    y = np.arange(n) % 3
    X = 2 * np.eye(3)[y] @ np.random.default_rng(9).standard_normal((3, 6))
    return (X + rng.standard_normal((n, 6))).astype(np.float32), y


def test_layer_by_hand():
    linear = nn.Linear(2, 2)
    layer = LowRank(linear, rank=1, alpha=3.0)
    with torch.no_grad():
        layer.linear.weight.copy_(torch.tensor([[1.0, 0.0], [0.0, 1.0]]))
        layer.linear.bias.copy_(torch.tensor([10.0, 20.0]))
        layer.A.copy_(torch.tensor([[1.0, 2.0]]))
        layer.B.copy_(torch.tensor([[1.0], [-1.0]]))
    # A x = 1 + 4 = 5, times 3, up in the first output and down in the second
    torch.testing.assert_close(
        layer(torch.tensor([[1.0, 2.0]])), torch.tensor([[26.0, 7.0]])
    )
    torch.testing.assert_close(
        layer.merged().weight, torch.tensor([[4.0, 6.0], [-3.0, -5.0]])
    )
    torch.testing.assert_close(layer.merged().bias, torch.tensor([10.0, 20.0]))


def test_scale_is_alpha_by_rank():
    layer = LowRank(nn.Linear(6, 5, bias=False), rank=2, alpha=3.0)
    assert layer.scale == 1.5
    assert layer.A.shape == (2, 6)
    assert layer.B.shape == (5, 2)
    assert layer.bias is None
    assert layer.merged().bias is None
    wide = LowRank(nn.Linear(400, 400), rank=300, alpha=1.0)
    assert float(wide.A.detach().std()) == pytest.approx(1 / 20, rel=0.02)


@pytest.mark.parametrize("rank", [1, 3, 50])
def test_start_is_the_frozen_network_bit_for_bit(rank):
    net, X = made_net(), torch.randn(20, 6)
    for old, new in zip(net(X), add_adapters(net, rank, 4.0)(X)):
        assert torch.equal(old, new)


def test_original_is_left_alone():
    net = made_net()
    before = copy.deepcopy(net.state_dict())
    add_adapters(net, 2, 4.0)
    assert all(
        torch.equal(value, before[name])
        for name, value in net.state_dict().items()
    )
    assert all(p.requires_grad for p in net.parameters())


@pytest.mark.parametrize("rank", [1, 2, 50])
def test_merged_network_computes_the_same(rank):
    net, X = adapted(rank), torch.randn(20, 6)
    merged = merge_adapters(net)
    for a, b in zip(net(X), merged(X)):
        torch.testing.assert_close(a, b, atol=1e-5, rtol=1e-5)
    double, merged = net.double(), merge_adapters(net.double())
    for a, b in zip(double(X.double()), merged(X.double())):
        torch.testing.assert_close(a, b, atol=1e-12, rtol=1e-12)
    assert merged.state_dict().keys() == made_net().state_dict().keys()
    assert all(p.requires_grad for p in merged.parameters())
    assert not any(isinstance(module, LowRank) for module in merged.modules())


def test_change_has_the_rank():
    net, merged = made_net(), merge_adapters(adapted(rank=2))
    for part in ("features.0", "bottleneck.0", "classifier"):
        change = (
            merged.get_submodule(part).weight - net.get_submodule(part).weight
        )
        assert torch.linalg.matrix_rank(change.detach(), rtol=1e-4) == 2


def test_gradients_reach_a_and_b_alone():
    net = adapted()
    net(torch.randn(8, 6)).logits.square().sum().backward()
    for name, p in net.named_parameters():
        if name.endswith((".A", ".B")):
            assert p.grad.abs().max() > 0, name
        else:
            assert p.grad is None, name
            assert not p.requires_grad, name


def test_count():
    assert count_parameters(made_net()) == (
        7 * 5 + 6 * 5 + 6 * 3,
        7 * 5 + 6 * 5 + 6 * 3,
    )
    adapters = 2 * (6 + 5) + 2 * (5 + 5) + 2 * (5 + 3)
    assert count_parameters(add_adapters(made_net(), 2, 1.0)) == (
        adapters,
        83 + adapters,
    )
    # a rank above the smaller side of a layer is lowered: 5, 5 and 3
    adapters = 5 * (6 + 5) + 5 * (5 + 5) + 3 * (5 + 3)
    assert count_parameters(add_adapters(made_net(), 50, 1.0))[0] == adapters


def test_lowered_rank_keeps_the_scale():
    net = add_adapters(made_net(), 50, 25.0)
    assert {m.scale for m in net.modules() if isinstance(m, LowRank)} == {0.5}


def test_errors():
    with pytest.raises(
        ValueError, match="rank=4 is more than a layer 6 -> 3 has: 3"
    ):
        LowRank(nn.Linear(6, 3), 4, 1.0)
    with pytest.raises(ValueError, match="no linear layer"):
        add_adapters(nn.Sequential(nn.ReLU()), 1, 1.0)
    with pytest.raises(ValueError, match="adapters already"):
        add_adapters(adapted(), 1, 1.0)
    X, y = make_data()
    with pytest.warns(UserWarning, match="no network"):
        LoRA(max_epochs=1).fit(X, y)


def test_training_moves_the_adapters_alone_and_learns():
    X, y = make_data()
    base = DeepClassifier(width=16, max_epochs=20, random_state=0).fit(X, y)
    moved = np.roll(y, 1) * 0 + (y + 1) % 3  # the classes change their names
    model = LoRA(
        network=base.network_,
        lr=0.02,
        max_epochs=40,
        batch_size=16,
        random_state=0,
    )
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # one domain is all it needs
        model.fit(X, moved)
    for name, value in base.network_.state_dict().items():
        held = name.replace(".weight", ".linear.weight").replace(
            ".bias", ".linear.bias"
        )
        assert torch.equal(value, model.network_.state_dict()[held]), name
    assert base.score(X, moved) < 0.3
    assert model.score(X, moved) > 0.8
    merged = merge_adapters(model.network_)
    with torch.no_grad():
        codes = merged(torch.from_numpy(X)).logits.argmax(dim=1).numpy()
    assert np.mean(codes == model.predict(X)) > 0.98


def test_convolutions_stay():
    X = np.random.default_rng(0).random((20, 1, 8, 8)).astype(np.float32)
    net = lenet((1, 8, 8), 2, width=8)
    model = LoRA(network=net, rank=1, max_epochs=1, random_state=0).fit(
        X, np.arange(20) % 2
    )
    trained, _ = count_parameters(model.network_)
    assert trained == (200 + 8) + (8 + 2)
    assert torch.equal(model.network_.features[0].weight, net.features[0].weight)


class Sentences(nn.Module):
    """Attention over six tokens of one number each, in the three parts of a network."""

    def __init__(self, **widths):
        super().__init__()
        torch.manual_seed(1)
        self.embed = nn.Linear(1, 8)
        self.layer = nn.TransformerEncoderLayer(8, 2, 16, 0.0, batch_first=True)
        if widths:
            self.layer.self_attn = nn.MultiheadAttention(
                8, 2, batch_first=True, **widths
            )

    def forward(self, X):
        return self.layer(self.embed(X[:, :, None])).mean(dim=1)


def attentive():
    return Network(Sentences(), nn.Linear(8, 5), nn.Linear(5, 3))


def disturbed(net, rank=2):
    net = add_adapters(net, rank, 3.0)
    with torch.no_grad():
        for name, p in net.named_parameters():
            if name.endswith((".A", ".B")):
                p.normal_(0, 0.5)
    return net


def test_attention_is_adapted_in_each_of_its_ways_of_computing():
    """In evaluation without gradients PyTorch reads the weights; else it calls the layers."""
    net, X = disturbed(attentive()).eval(), torch.randn(20, 6)
    merged = merge_adapters(net).eval()
    slow = net(X).logits.detach()
    with torch.no_grad():
        fast, plain = net(X).logits, merged(X).logits
    torch.testing.assert_close(fast, slow, atol=1e-5, rtol=1e-4)
    torch.testing.assert_close(plain, slow, atol=1e-5, rtol=1e-4)
    assert merged.state_dict().keys() == attentive().state_dict().keys()
    assert type(merged.features.layer.self_attn) is nn.MultiheadAttention
    assert all(p.requires_grad for p in merged.parameters())
    assert (slow - attentive().eval()(X).logits).abs().max() > 0.1


def test_attention_by_loops():
    """The change of query, key and value: three products, one below the other."""
    torch.manual_seed(2)
    attention = nn.MultiheadAttention(4, 2)
    W = attention.in_proj_weight.detach().clone()
    layer = disturbed(nn.ModuleList([attention]))[0]
    for k in range(3):
        change = layer.in_proj_weight[4 * k : 4 * k + 4] - W[4 * k : 4 * k + 4]
        torch.testing.assert_close(
            change, 1.5 * layer.B[k] @ layer.A[k], atol=1e-6, rtol=1e-5
        )
    out = layer.out_proj
    torch.testing.assert_close(
        out.weight, out.linear.weight + 1.5 * out.B @ out.A
    )


def test_every_adapter_of_attention_learns():
    net = disturbed(attentive()).train()
    net(torch.randn(8, 6)).logits.square().sum().backward()
    adapters = [name for name, p in net.named_parameters() if p.requires_grad]
    assert "features.layer.self_attn.A" in adapters
    assert "features.layer.self_attn.out_proj.B" in adapters
    for name, p in net.named_parameters():
        assert (p.grad is not None and bool(p.grad.abs().max() > 0)) == (
            name in adapters
        ), name


def test_attention_is_trained_pickled_and_merged():
    X, y = make_data()
    model = LoRA(
        network=attentive(), lr=0.02, max_epochs=30, batch_size=16, random_state=0
    )
    model.fit(X, y)
    assert model.score(X, y) > DeepClassifier(
        network=attentive(), lr=1e-12, max_epochs=1
    ).fit(X, y).score(X, y)
    again = pickle.loads(pickle.dumps(model))
    np.testing.assert_array_equal(again.predict_proba(X), model.predict_proba(X))
    with torch.no_grad():
        merged = merge_adapters(model.network_).eval()(torch.from_numpy(X)).logits
    np.testing.assert_allclose(model.decision_function(X), merged, atol=1e-4)


def test_layers_that_cannot_be_adapted_have_a_word():
    with pytest.raises(ValueError, match="width of their own"):
        add_adapters(Sentences(kdim=4, vdim=4), 2, 1.0)
    with pytest.raises(ValueError, match="a lazy layer"):
        add_adapters(nn.Sequential(nn.LazyLinear(3)), 2, 1.0)
    for norm in (parametrizations.weight_norm, parametrizations.orthogonal):
        with pytest.raises(ValueError, match="weights are computed"):
            add_adapters(nn.Sequential(norm(nn.Linear(3, 3))), 2, 1.0)


class Masked(nn.Linear):
    """A layer that computes in a way of its own."""

    def forward(self, X):
        return super().forward(X * torch.tensor([1.0, 0.0, 1.0]))


def test_a_layer_of_another_kind_is_called_and_kept():
    net, X = nn.Sequential(Masked(3, 3)), torch.randn(5, 3)
    torch.testing.assert_close(add_adapters(net, 1, 1.0)(X), net(X))
    assert type(merge_adapters(add_adapters(net, 1, 1.0))[0]) is Masked


def test_a_layer_in_two_places_has_one_adapter():
    layer = nn.Linear(3, 3)
    net = disturbed(nn.Sequential(layer, nn.ReLU(), layer))
    assert net[0] is net[2]
    assert count_parameters(net)[0] == 2 * (3 + 3)
    X = torch.randn(5, 3)
    torch.testing.assert_close(merge_adapters(net)(X), net(X))
