"""Networks of other libraries: the head is found, what comes before it are the features."""

import copy
import pickle

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn.parameter import is_lazy
from torch.utils.data import TensorDataset

from tlbook.deep import (
    DANN,
    DeepClassifier,
    Network,
    as_network,
    efficientnet_lite0,
)
from tlbook.since import SHOT
from tlbook.since.averaging import renew_statistics


class Block(nn.Module):
    def __init__(self, inputs, outputs):
        super().__init__()
        self.conv = nn.Conv2d(inputs, outputs, 3, padding=1, bias=False)
        self.bn = nn.BatchNorm2d(outputs)
        self.downsample = (
            nn.Conv2d(inputs, outputs, 1) if inputs != outputs else None
        )

    def forward(self, X):
        skip = X if self.downsample is None else self.downsample(X)
        return torch.relu(self.bn(self.conv(X)) + skip)


class ResNet(nn.Module):
    """As torchvision writes it: the head is `fc`, flattening is in `forward`."""

    def __init__(self, n_classes=7):
        super().__init__()
        self.layer1, self.layer2 = Block(3, 4), Block(4, 6)
        self.avgpool = nn.AdaptiveAvgPool2d(1)
        self.fc = nn.Linear(6, n_classes)

    def forward(self, X):
        Z = self.avgpool(self.layer2(self.layer1(X)))
        return self.fc(torch.flatten(Z, 1))


class VGG(nn.Module):
    """Two of our three names, of which the last is a row of layers."""

    def __init__(self):
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(3, 4, 3), nn.AdaptiveAvgPool2d(2), nn.Flatten()
        )
        self.classifier = nn.Sequential(
            nn.Linear(16, 8), nn.ReLU(), nn.Linear(8, 7)
        )

    def forward(self, X):
        return self.classifier(self.features(X))


class Spoken(ResNet):
    """It goes on after its last linear layer."""

    def forward(self, X):
        return super().forward(X).log_softmax(dim=1)


class TwoHeads(ResNet):
    """The last linear layer is one that only training would use."""

    def __init__(self):
        super().__init__()
        self.auxiliary = nn.Linear(6, 7)


def images(n=24, n_classes=2, seed=0):
    rng = np.random.default_rng(seed)
    y = np.arange(n) % n_classes
    X = rng.random((n, 3, 8, 8)).astype(np.float32)
    X[:, 0] += 2 * (y == 0)[:, None, None]
    return X, y


SMALL = {"batch_size": 8, "max_epochs": 2, "random_state": 0}


@pytest.mark.parametrize("module", [ResNet, VGG])
def test_the_parts_compute_what_the_module_computes(module):
    torch.manual_seed(0)
    module, X = module().eval(), torch.rand(5, 3, 8, 8)
    network = as_network(module).eval()
    out = network(X)
    torch.testing.assert_close(out.logits, module(X), rtol=0, atol=0)
    assert isinstance(network.classifier, nn.Linear)
    torch.testing.assert_close(network.classifier(out.features), out.logits)
    assert torch.equal(out.features, out.bottleneck)
    assert out.features.shape == (5, network.classifier.in_features)


def test_a_head_of_another_number_of_classes_is_new():
    module = ResNet()
    before = copy.deepcopy(module.state_dict())
    kept, new = (
        as_network(module, n_classes=7),
        as_network(module, head="fc", n_classes=2),
    )
    assert torch.equal(kept.classifier.weight, module.fc.weight)
    assert new.classifier.weight.shape == (2, 6)
    with torch.no_grad():
        new.classifier.weight.zero_()
        kept.classifier.weight.zero_()
        kept.features.layer1.conv.weight.zero_()
    assert all(
        torch.equal(value, before[name])
        for name, value in module.state_dict().items()
    )


def test_a_named_head():
    network = as_network(VGG(), head="classifier.0")
    assert network.classifier.out_features == 8
    with pytest.raises(
        ValueError, match=r"head='conv' is no linear layer .* \['fc'\]"
    ):
        as_network(ResNet(), head="conv")
    with pytest.raises(
        ValueError, match=r"head='layer1.conv' is no linear layer"
    ):
        as_network(ResNet(), head="layer1.conv")
    with pytest.raises(
        ValueError, match="no linear layer that could be its head"
    ):
        as_network(nn.Conv2d(3, 4, 3))


@pytest.mark.parametrize("method", [DeepClassifier, DANN])
@pytest.mark.parametrize("module", [ResNet, VGG])
def test_methods_take_it_as_it_is(method, module):
    torch.manual_seed(0)
    module = module()
    X, y = images()
    model = method(network=module, **SMALL).fit(X, y, images(seed=1)[0])
    explicit = as_network(module, n_classes=7)
    assert isinstance(model.network_, Network)
    assert model.predict_proba(X).shape == (24, 2)
    assert model.transform(X, layer="features").shape == (
        24,
        explicit.classifier.in_features,
    )
    assert model.network_.state_dict().keys() == explicit.state_dict().keys()
    assert module.training


def test_it_learns_and_comes_back_from_a_file(tmp_path):
    torch.manual_seed(0)
    X, y = images(64)
    model = DeepClassifier(
        network=ResNet(), lr=0.005, **SMALL | {"max_epochs": 20}
    ).fit(X, y)
    assert model.score(*images(64, seed=3)) > 0.9
    model.save_weights(tmp_path / "weights")
    again = DeepClassifier(network=ResNet(3)).load_weights(tmp_path / "weights")
    np.testing.assert_allclose(
        again.predict_proba(X), model.predict_proba(X), rtol=1e-5
    )


def test_frozen_trunk_of_a_foreign_network():
    module = ResNet()
    X, y = images()
    model = DeepClassifier(network=module, freeze=("features",), **SMALL).fit(
        X, y
    )
    for name, value in module.state_dict().items():
        if not name.startswith("fc"):
            assert torch.equal(
                value, model.network_.features.state_dict()[name]
            ), name


@pytest.mark.parametrize("module", [Spoken, TwoHeads])
def test_a_layer_that_is_not_the_last_step_is_refused(module):
    torch.manual_seed(0)
    X, y = images()
    with pytest.raises(ValueError, match="goes on after its last linear layer"):
        DeepClassifier(network=module(), **SMALL).fit(X, y)
    given = as_network(module(), head="fc", n_classes=2)
    assert DeepClassifier(network=given, **SMALL).fit(X, y).predict(X).shape == (
        24,
    )


def test_efficientnet_goes_in_directly():
    X, y = images(8)
    X = np.kron(X, np.ones((1, 1, 4, 4), dtype=np.float32))  # 32 x 32 pixels
    network = efficientnet_lite0(weights=None)
    model = DANN(
        network=network, **SMALL | {"batch_size": 4, "max_epochs": 1}
    ).fit(X, y, X[::-1])
    assert model.transform(X).shape == (8, 1280)
    assert model.predict_proba(X).shape == (8, 2)


@pytest.mark.parametrize("shape", [(3, 50), (2, 4, 5, 6), (9, 8, 4)])
def test_samples_of_any_shape_with_a_network_of_ones_own(shape):
    """Series, films, channels last: they reach the network as they are."""
    seen = set()

    class Look(nn.Module):
        def forward(self, X):
            seen.add(tuple(X.shape[1:]))
            return X.flatten(1)

    torch.manual_seed(0)
    net = Network(Look(), nn.Linear(int(np.prod(shape)), 5), nn.Linear(5, 2))
    rng = np.random.default_rng(0)
    X, y = rng.standard_normal((16, *shape)), np.arange(16) % 2
    model = DANN(network=net, **SMALL).fit(X, y, X + 1)
    assert model.predict(X[:1]).shape == (1,)
    assert seen == {shape}
    with pytest.raises(ValueError, match="has samples of shape"):
        model.predict(X[:, :1])


def convolutions(kind, channels):
    """One layer of convolutions, the mean over what it makes, a head."""
    torch.manual_seed(0)
    layer, pool = {
        "series": (nn.Conv1d(channels, 5, 3), nn.AdaptiveAvgPool1d(1)),
        "images": (nn.Conv2d(channels, 5, 3), nn.AdaptiveAvgPool2d(1)),
    }[kind]
    features = nn.Sequential(layer, nn.ReLU(), pool, nn.Flatten())
    return Network(features, nn.Linear(5, 5), nn.Linear(5, 2))


def test_series_as_long_as_they_have_channels():
    """As an array they count as gray images; the error says what to do, and that works."""
    X = np.random.default_rng(0).standard_normal((16, 6, 6)).astype(np.float32)
    y = np.arange(16) % 2
    network = convolutions("series", 6)
    with pytest.raises(ValueError, match=r"give X as a dataset, TensorDataset\("):
        DANN(network=network, **SMALL).fit(X, y, X + 1)
    dataset = TensorDataset(torch.tensor(X), torch.tensor(y))
    model = DANN(network=network, **SMALL).fit(dataset, None, X + 1)
    assert model.shape_ == (6, 6)
    assert np.array_equal(model.predict_proba(X), model.predict_proba(dataset))
    assert np.isfinite(model.transform(X)).all()
    assert renew_statistics(model, X).shape_ == (6, 6)
    images = convolutions("images", 1)
    gray = [
        DANN(network=images, **SMALL).fit(A, y, A + 1).predict_proba(A)
        for A in (X, X[:, None])
    ]
    assert np.array_equal(*gray)


@pytest.mark.parametrize(
    ("kind", "channels", "shape", "words"),
    [
        ("images", 3, (8, 8, 3), r"X.transpose\(0, 3, 1, 2\) brings them first"),
        ("images", 3, (8, 9, 3), r"X.transpose\(0, 3, 1, 2\) brings them first"),
        ("images", 1, (8, 9, 1), r"X.transpose\(0, 3, 1, 2\) brings them first"),
        ("images", 3, (8, 8), r"X\[:, None\].repeat\(3, axis=1\)"),
        ("series", 8, (8, 8), r"TensorDataset\(torch.tensor\(X\)"),
        ("series", 8, (1, 8, 8), r"TensorDataset\(torch.tensor\(X\)"),
        ("series", 5, (6, 5), r"X.transpose\(0, 2, 1\)"),
    ],
)
def test_an_error_says_what_else_the_samples_may_be(kind, channels, shape, words):
    X = np.random.default_rng(0).standard_normal((8, *shape))
    with pytest.raises(ValueError, match=words):
        DANN(network=convolutions(kind, channels), **SMALL).fit(
            X, np.arange(8) % 2, X + 1
        )


@pytest.mark.parametrize("kind", [torch.bfloat16, torch.float16, torch.float64])
def test_weights_of_another_precision_have_a_way_out(kind):
    X, y = images()
    network = ResNet().to(kind)
    with pytest.raises(ValueError, match=rf"{kind}: network.float\(\) makes"):
        DANN(network=network, **SMALL).fit(X, y, X + 1)
    DANN(network=network.float(), **SMALL).fit(X, y, X + 1)


class LazyHead(nn.Module):
    """Of another library, with layers that do not know their widths yet."""

    def __init__(self, n_classes):
        super().__init__()
        self.body = nn.Sequential(nn.Flatten(), nn.LazyLinear(7))
        self.norm, self.head = nn.LazyBatchNorm1d(), nn.LazyLinear(n_classes)

    def forward(self, X):
        return self.head(torch.relu(self.norm(self.body(X))))


@pytest.mark.parametrize("n_outputs", [2, 5])
@pytest.mark.parametrize("said", [False, True])
def test_lazy_layers_of_another_library(said, n_outputs):
    X, y = images()
    given = LazyHead(n_outputs)
    network = as_network(given, n_classes=2) if said else given
    model = DANN(network=network, **SMALL).fit(X, y, X + 1)
    assert model.transform(X).shape == (len(X), 7)
    assert model.predict_proba(X).shape == (len(X), 2)
    assert is_lazy(given.head.weight)


class Pair(ResNet):
    def forward(self, X):
        return super().forward(X), None


def test_a_network_that_returns_no_tensor_has_a_word():
    X, y = images()
    with pytest.raises(TypeError, match="network returns tuple; it must return"):
        DANN(network=Pair(), **SMALL).fit(X, y, X + 1)


# --- Tokens ---------------------------------------------------------------------------------------


class Bag(nn.Module):
    """Logits of a text: the mean of its tokens' vectors. It takes integers alone."""

    def __init__(self):
        super().__init__()
        torch.manual_seed(0)
        self.embed = nn.Embedding(30, 6)
        self.fc = nn.Linear(6, 2)

    def forward(self, X):
        return self.fc(self.embed(X).mean(dim=1))


def texts(n=120, seed=0):
    """Texts of five tokens; those of class 1 come from the upper half of the vocabulary."""
    y = np.arange(n) % 2
    return np.random.default_rng(seed).integers(0, 15, (n, 5)) + 15 * y[
        :, None
    ], y


def three_parts():
    bag = Bag()
    return Network(
        nn.Sequential(bag.embed, nn.Flatten()), nn.Linear(30, 4), nn.Linear(4, 2)
    )


@pytest.mark.parametrize("network", [Bag, three_parts])
def test_tokens_reach_an_embedding_as_integers(network):
    X, y = texts()
    Xt, yt = texts(seed=1)
    options = {"max_epochs": 20, "lr": 0.01, "random_state": 0, "device": "cpu"}
    network = network()
    model = DANN(network=network, **options).fit(X, y, Xt)
    assert model.score(Xt, yt) > 0.75
    items = TensorDataset(torch.from_numpy(X), torch.from_numpy(y))
    again = DANN(network=network, **options).fit(items, X_target=Xt)
    np.testing.assert_array_equal(
        again.predict_proba(Xt), model.predict_proba(Xt)
    )
    assert not network._forward_pre_hooks  # what is given stays as it is
    moved = SHOT(network=model.network_, max_epochs=2, device="cpu").adapt(Xt)
    assert moved.score(Xt, yt) > 0.75
    assert len(moved.network_._forward_pre_hooks) == 1


def test_a_fitted_network_of_tokens_is_saved_and_copied(tmp_path):
    X, y = texts()
    model = DeepClassifier(network=Bag(), max_epochs=2, device="cpu").fit(X, y)
    model.save_weights(tmp_path / "bag.safetensors")
    loaded = DeepClassifier(network=Bag(), device="cpu")
    loaded.load_weights(tmp_path / "bag.safetensors")
    for other in (
        loaded,
        copy.deepcopy(model),
        pickle.loads(pickle.dumps(model)),
    ):
        np.testing.assert_array_equal(
            other.predict_proba(X), model.predict_proba(X)
        )


def test_what_is_no_token_is_refused():
    X, y = texts()
    with pytest.raises(ValueError, match="network cannot take samples"):
        DeepClassifier(network=Bag()).fit(X + 0.5, y)
    model = DeepClassifier(network=Bag(), max_epochs=1, device="cpu").fit(X, y)
    with pytest.raises(ValueError, match="whole numbers, not fractions"):
        model.predict(X + 0.5)
    with pytest.raises(ValueError, match=r"tokens below 2\*\*24"):
        model.predict(X + 2**24)


def test_integers_stay_numbers_for_a_network_of_numbers():
    X, y = texts()
    model = DeepClassifier(max_epochs=2, random_state=0, device="cpu").fit(X, y)
    same = DeepClassifier(max_epochs=2, random_state=0, device="cpu")
    same.fit(X.astype(float), y)
    np.testing.assert_array_equal(model.predict_proba(X), same.predict_proba(X))
