"""Deep CORAL: the penalty from covariances, its effect on them."""

import numpy as np
import pytest
import torch

from tlbook.deep import DeepCORAL
from tlbook.deep._networks import Outputs

RNG = np.random.default_rng(0)
S, T = RNG.standard_normal((4, 3)), 2 * RNG.standard_normal((4, 3)) + 1


@pytest.mark.parametrize("layer", ["logits", "bottleneck", "features"])
def test_penalty_on_four_points(layer):
    def outputs(Z):
        Z = torch.tensor(Z)
        return Outputs(Z[:, :1], Z, 2 * Z[:, :2])

    value = DeepCORAL(layer=layer)._penalty(outputs(S), outputs(T), 0.5)
    A, B = (getattr(outputs(Z), layer).numpy() for Z in (S, T))
    d, gap = A.shape[1], 0.0
    for i in range(d):
        for j in range(d):
            cs, ct = (
                sum(
                    (Z[n, i] - Z[:, i].mean()) * (Z[n, j] - Z[:, j].mean())
                    for n in range(4)
                )
                / 3
                for Z in (A, B)
            )
            gap += (cs - ct) ** 2
    assert value.item() == pytest.approx(gap / (4 * d**2))


def test_the_weight_is_constant():
    assert [DeepCORAL(weight=3.0)._weight(p) for p in (0.0, 0.9)] == [3.0, 3.0]


def test_the_penalty_brings_the_covariances_together():
    rng = np.random.default_rng(3)
    y = np.arange(60) % 3
    centers = 3 * rng.standard_normal((3, 5))
    Xs, Xt = (centers[y] + rng.standard_normal((60, 5)) for _ in range(2))
    Xt = 2 * Xt
    small = {
        "batch_size": 20,
        "max_epochs": 15,
        "random_state": 0,
        "lr": 0.01,
        "width": 8,
    }
    gaps = []
    for weight in (0.0, 10.0):
        model = DeepCORAL(weight=weight, **small).fit(Xs, y, Xt)
        Zs, Zt = (
            model.transform(Xs, "source", "logits"),
            model.transform(Xt, layer="logits"),
        )
        Cs, Ct = np.cov(Zs.T), np.cov(Zt.T)
        gaps.append(np.linalg.norm(Cs - Ct) / np.linalg.norm(Cs))
    assert gaps[1] < 0.5 * gaps[0]
