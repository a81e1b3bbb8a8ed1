"""L2-SP against loops, a quadratic in closed form, and what its names promise."""

import numpy as np
import pytest
import torch
from torch import nn

from tlbook.deep import DeepClassifier, Network
from tlbook.since import L2SP
from tlbook.since.l2_sp import StartingPoint, squared_norm


def small(seed=0, n_classes=2):
    torch.manual_seed(seed)
    return Network(nn.Linear(3, 4), nn.Linear(4, 4), nn.Linear(4, n_classes))


def samples(seed=0, n=40):
    rng = np.random.default_rng(seed)
    y = np.arange(n) % 2
    return (rng.normal(size=(n, 3)) + 2 * y[:, None]).astype("float32"), y


def weights(model):
    return {n: p.detach().clone() for n, p in model.network_.named_parameters()}


def far(model, start):
    return sum(
        float(((p - start[n]) ** 2).sum()) for n, p in weights(model).items()
    )


def test_norms_by_loops():
    network = small()
    start = StartingPoint(network, "classifier")
    old = {n: p.detach().clone() for n, p in network.named_parameters()}
    with torch.no_grad():
        for p in network.parameters():
            p += torch.randn_like(p)
    moved, head = start.norms(network)
    wanted = {"moved": 0.0, "head": 0.0}
    for name, p in network.named_parameters():
        for a, b in zip(p.detach().flatten(), old[name].flatten()):
            if name in ("classifier.weight", "classifier.bias"):
                wanted["head"] += float(a) ** 2
            else:
                wanted["moved"] += float(a - b) ** 2
    assert float(moved.detach()) == pytest.approx(wanted["moved"], rel=1e-5)
    assert float(head.detach()) == pytest.approx(wanted["head"], rel=1e-5)
    assert float(squared_norm([torch.tensor([3.0]), torch.tensor([4.0])])) == 25


def test_slope_of_the_penalty():
    """alpha (w - w0) for the old weights, beta w for the head, and nothing for the start."""
    network = small()
    point = StartingPoint(network, "classifier")
    assert not list(point.parameters())  # it is kept, not learned
    old = {n: p.detach().clone() for n, p in network.named_parameters()}
    with torch.no_grad():
        for p in network.parameters():
            p += 1.0
    moved, head = point.norms(network)
    (0.6 / 2 * moved + 0.2 / 2 * head).backward()
    for name, p in network.named_parameters():
        new = name.startswith("classifier.")
        slope = 0.2 * p if new else 0.6 * (p - old[name])
        torch.testing.assert_close(p.grad, slope.detach())


def test_the_pull_keeps_near_and_zero_is_plain_tuning():
    X, y = samples()
    common = {"network": small(), "max_epochs": 30, "random_state": 0, "lr": 0.01}
    start = dict(small().named_parameters())
    plain = DeepClassifier(device="cpu", **common).fit(X, y)
    free, near, fixed = (
        L2SP(alpha=a, device="cpu", **common).fit(X, y) for a in (0.0, 0.3, 1e4)
    )
    for name, p in weights(plain).items():
        torch.testing.assert_close(p, weights(free)[name])
    assert far(near, start) < 0.7 * far(free, start)
    assert far(fixed, start) < 0.02 * far(free, start)
    assert near.history_[-1]["penalty"] == pytest.approx(
        0.3 / 2 * far(near, start), rel=0.3
    )


def test_a_new_head_goes_to_zero_and_the_rest_to_its_start():
    X, y = samples()
    start = dict(small().named_parameters())
    model = L2SP(
        alpha=1e3, beta=1e3, new_head=True, network=small(), max_epochs=300,
        random_state=0, lr=0.01, device="cpu",
    ).fit(X, y)  # fmt: skip
    for name, p in weights(model).items():
        center = 0 * p if name.startswith("classifier.") else start[name].detach()
        assert float((p - center).abs().max()) < 0.05, name


def test_without_a_network_there_is_a_word():
    X, y = samples()
    with pytest.warns(UserWarning, match="L2SP got no network"):
        L2SP(max_epochs=1, random_state=0, device="cpu").fit(X, y)
