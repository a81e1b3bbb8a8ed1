"""M3SDA: the distance by loops, its slope by differences, what several sources are and do."""

import numpy as np
import pandas as pd
import pytest
import torch

from tlbook.deep import DeepCORAL
from tlbook.deep._networks import Outputs
from tlbook.since.m3sda import M3SDA, moment_distance, moments, put_together

RNG = np.random.default_rng(0)
CLOUDS = [RNG.standard_normal((n, 3)) + n for n in (4, 5, 3)]
TARGET = 2 * RNG.standard_normal((6, 3))
SMALL = {
    "batch_size": 30,
    "max_epochs": 10,
    "random_state": 0,
    "lr": 0.01,
    "width": 8,
    "device": "cpu",
}


def by_loops(sources, target):
    """Return MD, equation (2), from single numbers."""

    def length(A, B, power):
        gaps = [
            sum(a[j] ** power for a in A) / len(A)
            - sum(b[j] ** power for b in B) / len(B)
            for j in range(len(A[0]))
        ]
        return sum(gap**2 for gap in gaps) ** 0.5

    total, K = 0.0, len(sources)
    for power in (1, 2):
        total += sum(length(S, target, power) for S in sources) / K
        if K > 1:
            pairs = [(k, j) for k in range(K) for j in range(K) if k < j]
            total += sum(
                length(sources[k], sources[j], power) for k, j in pairs
            ) / len(pairs)
    return total


def tensors(clouds):
    return [torch.tensor(Z) for Z in clouds]


@pytest.mark.parametrize("K", [1, 2, 3])
def test_distance_by_loops(K):
    ours = moment_distance(tensors(CLOUDS[:K]), torch.tensor(TARGET))
    assert ours.item() == pytest.approx(by_loops(CLOUDS[:K], TARGET), rel=1e-12)


def test_two_points_by_hand():
    """Sources at 0 and at 2, target at 1: 1 + 2 for the means, (1 + 3)/2 + 4 for squares."""
    at = [torch.full((2, 1), v) for v in (0.0, 2.0, 1.0)]
    assert moments(at[1]).tolist() == [[2.0], [4.0]]
    assert moment_distance(at[:2], at[2]).item() == pytest.approx(1 + 2 + 2 + 4)


def test_slope_by_differences():
    parts = tensors([*CLOUDS, TARGET])
    for Z in parts:
        Z.requires_grad_()
    assert torch.autograd.gradcheck(
        lambda *Z: moment_distance(list(Z[:-1]), Z[-1]), parts
    )


def test_equal_domains_have_no_distance_and_a_finite_slope():
    Z = torch.tensor(TARGET, requires_grad=True)
    value = moment_distance([Z, Z.detach().clone()], Z.detach().flip(0))
    assert value.item() == pytest.approx(0, abs=1e-12)
    value = moment_distance([Z, Z], Z)
    value.backward()
    assert value.item() == 0
    assert torch.isfinite(Z.grad).all()


def test_order_of_sources_and_of_samples_does_not_count():
    S, target = tensors(CLOUDS), torch.tensor(TARGET)
    here = moment_distance(S, target).item()
    there = moment_distance([Z.flip(0) for Z in S[::-1]], target.flip(0)).item()
    assert there == pytest.approx(here)


def test_pooled_sources_can_agree_where_each_is_apart():
    """One at -1, one at 1, the target at 0 with both signs: pooled, the moments are equal."""
    target = torch.tensor([[-1.0], [1.0]])
    apart = [torch.full((2, 1), v) for v in (-1.0, 1.0)]
    assert moment_distance([torch.cat(apart)], target).item() == 0
    assert moment_distance(apart, target).item() == pytest.approx(1 + 2)


def outputs(Z):
    Z = torch.tensor(Z)
    return Outputs(Z + 7, Z, 2 * Z[:, :2])


def test_penalty_is_that_of_the_bottleneck_source_by_source():
    model = M3SDA()
    model.n_sources_ = 4  # the third has one sample here, the fourth none
    model._ks = torch.tensor([1, 0, 1, 0, 2, 1])
    Z = RNG.standard_normal((6, 3))
    value = model._penalty(outputs(Z), outputs(TARGET), 0.5)
    expected = by_loops([Z[[1, 3]], Z[[0, 2, 5]]], TARGET)
    assert value.item() == pytest.approx(expected, rel=1e-12)
    model._ks, model.n_sources_ = torch.tensor([1, 0, 1, 0, 2, 2]), 3
    value = model._penalty(
        outputs(Z), outputs(TARGET), 0.5
    )  # the last one counts
    expected = by_loops([Z[[1, 3]], Z[[0, 2]], Z[[4, 5]]], TARGET)
    assert value.item() == pytest.approx(expected, rel=1e-12)
    model._ks = torch.arange(6)
    model.n_sources_ = 6  # one sample each: they are seen as one source
    value = model._penalty(outputs(Z), outputs(TARGET), 0.5)
    assert value.item() == pytest.approx(by_loops([Z], TARGET), rel=1e-12)


def test_the_weight_grows():
    weights = [M3SDA(weight=3.0)._weight(p) for p in (0.0, 0.1, 1.0)]
    assert weights[0] == 0
    assert weights[1] == pytest.approx(3 * (2 / (1 + np.exp(-1)) - 1))
    assert weights[2] == pytest.approx(3, abs=1e-3)


def persons(seed=0, n=60):
    """Return three sources of three classes at places of their own, and a target."""
    rng = np.random.default_rng(seed)
    centers = 2 * rng.standard_normal((3, 5))
    y = np.arange(n) % 3
    draws = [
        centers[y] + rng.standard_normal((n, 5)) + 2 * rng.standard_normal(5)
        for _ in range(4)
    ]
    return [(X, y) for X in draws[:3]], draws[3], y


def test_batches_know_their_source():
    """Whatever the order of a pass, a sample comes with the source that it was given in."""
    sources, Xt, _ = persons()
    marked = [(X * 0 + k, y) for k, (X, y) in enumerate(sources)]
    seen = []

    class Watching(M3SDA):
        def _loss(self, batch):
            seen.append((batch.Xs[:, 0].long().tolist(), batch.ks.tolist()))
            return super()._loss(batch)

    model = Watching(**SMALL | {"max_epochs": 2}).fit(marked, X_target=Xt)
    assert model.n_sources_ == 3
    assert len(seen) == 2 * 180 // 30
    for values, ks in seen:
        assert values == ks
    assert {k for _, ks in seen for k in ks} == {0, 1, 2}


def test_several_sources_are_their_pool_where_nothing_is_matched():
    sources, Xt, _ = persons()
    X, y, origin = put_together(sources)
    assert origin.tolist() == np.repeat([0, 1, 2], 60).tolist()
    several = M3SDA(weight=0.0, **SMALL).fit(sources, X_target=Xt)
    pooled = DeepCORAL(weight=0.0, **SMALL).fit(
        X, y, Xt
    )  # draws the same batches
    np.testing.assert_allclose(
        several.predict_proba(Xt), pooled.predict_proba(Xt), atol=1e-3
    )
    one = M3SDA(**SMALL).fit(X, y, Xt)
    assert one.n_sources_ == 1
    listed = M3SDA(**SMALL).fit([(X, y)], X_target=Xt)
    np.testing.assert_array_equal(listed.predict_proba(Xt), one.predict_proba(Xt))


def test_the_penalty_brings_all_domains_together():
    sources, Xt, yt = persons()
    gaps, right = [], []
    for weight in (0.0, 0.3):
        model = M3SDA(weight=weight, **SMALL).fit(sources, X_target=Xt)
        Zs = [torch.tensor(model.transform(X, "source")) for X, _ in sources]
        Zt = torch.tensor(model.transform(Xt))
        scale = torch.cat([*Zs, Zt]).std()
        gaps.append(moment_distance([Z / scale for Z in Zs], Zt / scale).item())
        right.append(model.score(Xt, yt))
    assert gaps[1] < gaps[0] / 2
    assert right[1] > right[0]


def test_classes_and_columns_of_all_sources():
    sources, Xt, _ = persons()
    names = np.array(["a", "b", "c"])
    parts = [
        (
            pd.DataFrame(X[y < 2 + (k == 1)], columns=list("vwxyz")),
            names[y][y < 2 + (k == 1)],
        )
        for k, (X, y) in enumerate(sources)
    ]
    frame = pd.DataFrame(Xt, columns=list("vwxyz"))
    model = M3SDA(**SMALL).fit(parts, X_target=frame)
    assert model.classes_.tolist() == ["a", "b", "c"]
    assert model.feature_names_in_.tolist() == list("vwxyz")
    with pytest.raises(ValueError, match=r"column|feature names"):
        model.predict(frame[list("zyxwv")])
    turned = [parts[0], (parts[1][0][list("zyxwv")], parts[1][1])]
    with pytest.raises(ValueError, match=r"sources\[1\]"):
        M3SDA(**SMALL).fit(turned, X_target=frame)


def test_what_is_refused():
    sources, Xt, y = persons()
    fit = M3SDA(**SMALL).fit
    with pytest.raises(ValueError, match="y must be None"):
        fit(sources, Xt)
    with pytest.raises(ValueError, match="sources is empty"):
        fit([], X_target=Xt)
    with pytest.raises(
        ValueError, match=r"sources\[1\] has samples of shape \(4,\)"
    ):
        fit([sources[0], (sources[1][0][:, :4], y)], X_target=Xt)
    with pytest.raises(
        ValueError, match=r"sources\[1\] has 60 samples and 59 labels"
    ):
        fit([sources[0], (sources[1][0], y[:-1])], X_target=Xt)
    with pytest.raises(ValueError, match=r"sources\[0\] contains NaN"):
        fit([(sources[0][0] * np.nan, y), sources[1]], X_target=Xt)
    dataset = torch.utils.data.TensorDataset(torch.zeros(4, 5))
    with pytest.raises(TypeError, match=r"sources\[0\] must be an array"):
        fit([(dataset, y[:4]), sources[1]], X_target=Xt)


def test_a_checkpoint_knows_the_sources(tmp_path):
    sources, Xt, _ = persons()
    options = SMALL | {"checkpoint": tmp_path / "m.safetensors", "max_epochs": 1}
    M3SDA(**options).fit(sources, X_target=Xt)
    (X0, y0), (X1, y1), third = sources
    moved = [(X0[:-3], y0[:-3]), (np.r_[X0[-3:], X1], np.r_[y0[-3:], y1]), third]
    with pytest.raises(ValueError, match=r"of another training|checkpoint"):
        M3SDA(**options).fit(moved, X_target=Xt)
