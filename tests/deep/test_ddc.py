"""DDC: the loss by loops, the gradient by differences, which layer, which width."""

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from tlbook.deep import DDC, perceptron
from tlbook.deep._data import Batch
from tlbook.deep.ddc import layer_distances, relative_mmd2, width_distances

RNG = np.random.default_rng(0)
S, T = RNG.standard_normal((4, 3)), RNG.standard_normal((4, 3)) + 1


def step_terms(model, S, T, y):
    """The terms of the loss on one batch, with a network as it starts."""
    torch.manual_seed(0)
    model.network_ = perceptron(3, 2, 4).double()
    batch = Batch(
        torch.tensor(S), torch.tensor(y), torch.tensor(T), None, None, None, 0.5
    )
    return model._loss(batch)


@pytest.mark.parametrize("layer", ["bottleneck", "features"])
def test_loss_on_four_points_by_loops(layer):
    model = DDC(weight=0.7, layer=layer)
    terms = step_terms(model, S, T, [0, 1, 0, 1])
    with torch.no_grad():
        out_s, out_t = (
            model.network_(torch.tensor(S)),
            model.network_(torch.tensor(T)),
        )
    gap = 0.0
    for j in range(4):
        mean_s = sum(float(getattr(out_s, layer)[i, j]) for i in range(4)) / 4
        mean_t = sum(float(getattr(out_t, layer)[i, j]) for i in range(4)) / 4
        gap += (mean_s - mean_t) ** 2
    assert terms["penalty"].item() == pytest.approx(0.7 * gap)
    logs = F.log_softmax(out_s.logits, dim=1)
    expected = -sum(float(logs[i, y]) for i, y in enumerate([0, 1, 0, 1])) / 4
    assert terms["source"].item() == pytest.approx(expected)
    assert set(terms) == {"source", "penalty"}


def test_gradient_by_differences():
    model = DDC(weight=0.7)
    sum(step_terms(model, S, T, [0, 1, 0, 1]).values()).backward()
    net = model.network_
    batch = Batch(
        torch.tensor(S),
        torch.tensor([0, 1, 0, 1]),
        torch.tensor(T),
        *[None] * 3,
        0.5,
    )
    for parameter in net.parameters():
        flat, slope = parameter.data.view(-1), parameter.grad.view(-1)
        for i in range(min(len(flat), 3)):
            values = []
            for h in (1e-6, -2e-6):
                flat[i] += h
                values.append(
                    sum(term.item() for term in model._loss(batch).values())
                )
            flat[i] += 1e-6
            assert (values[0] - values[1]) / 2e-6 == pytest.approx(
                slope[i].item(), abs=1e-6
            )


def test_relative_distance_by_hand():
    """Means (1, 0) and (0, 1): 2, over the mean squared length (1 + 1 + 1 + 1) / 4."""
    A, B = np.array([[1.0, 0], [1, 0]]), np.array([[0.0, 1], [0, 1]])
    assert relative_mmd2(A, B) == pytest.approx(2)
    assert relative_mmd2(10 * A, 10 * B) == pytest.approx(2)
    assert relative_mmd2(A, -A) == pytest.approx(4)
    assert relative_mmd2(3 * A, B) == pytest.approx(10 / 5)
    assert relative_mmd2(A, A) == 0
    assert relative_mmd2(A[[0, 1, 1]], B[[0, 1, 1]]) == pytest.approx(
        2
    )  # more samples than axes
    assert relative_mmd2(0 * A, 0 * B) == 0


def shifted(n=60):
    rng = np.random.default_rng(3)
    y = np.arange(n) % 3
    centers = 3 * rng.standard_normal((3, 5))
    Xs, Xt = (centers[y] + rng.standard_normal((n, 5)) for _ in range(2))
    return Xs, y, Xt + 1.5, y


SMALL = {
    "batch_size": 20,
    "max_epochs": 15,
    "random_state": 0,
    "lr": 0.01,
    "width": 8,
}


def test_layers_and_widths_are_measured():
    Xs, ys, Xt, _ = shifted()
    model = DDC(weight=1.0, **SMALL).fit(Xs, ys, Xt)
    found = layer_distances(model, Xs, Xt)
    assert set(found) == {"features", "bottleneck"}
    Zs, Zt = model.transform(Xs, "source"), model.transform(Xt)
    assert found["bottleneck"] == pytest.approx(relative_mmd2(Zs, Zt))
    widths = width_distances(DDC(weight=1.0, **SMALL), [4, 8], Xs, ys, Xt)
    assert list(widths) == [4, 8]
    assert widths[8] == pytest.approx(found["bottleneck"])


def test_the_penalty_brings_the_domains_together():
    Xs, ys, Xt, _ = shifted()
    distance = [
        layer_distances(DDC(weight=w, **SMALL).fit(Xs, ys, Xt), Xs, Xt)[
            "bottleneck"
        ]
        for w in (0.0, 3.0)
    ]
    assert distance[1] < 0.3 * distance[0]
