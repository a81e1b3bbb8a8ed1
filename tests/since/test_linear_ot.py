"""The Gaussian map against all other maps, quantiles, diagonal cases, and POT."""

import dask.array as da
import numpy as np
import ot
import pytest
from scipy.stats import norm
from sklearn.linear_model import LinearRegression, LogisticRegression

from tlbook.since.linear_ot import (
    LinearOT,
    covariance,
    gaussian_cost,
    monge_map,
    root,
)

SIZES = pytest.mark.parametrize("d", [1, 2, 5, 12])


def make_covariances(d, seed=0):
    rng = np.random.default_rng(seed)
    return [B @ B.T + 0.1 * np.eye(d) for B in rng.standard_normal((2, d, d))]


def make_pair(ns=60, nt=45, d=3, seed=0):
    """Two classes by the first feature, the target moved by a symmetric map."""
    rng = np.random.default_rng(seed)
    A = make_covariances(d, seed=1)[0]
    Xs, Xt = rng.standard_normal((ns, d)) + 2, rng.standard_normal((nt, d)) @ A
    return Xs, (Xs[:, 0] > 2).astype(int), Xt - 1


def turned(angle, mirrored=False):
    c, s = np.cos(angle), np.sin(angle)
    return np.array([[c, -s], [s, c]]) @ np.diag([1, -1 if mirrored else 1])


def test_covariance_by_loops():
    X, reg = make_pair(9)[0], 0.3
    mean = [sum(x[k] for x in X) / 9 for k in range(3)]
    C = np.array(
        [
            [
                sum((x[a] - mean[a]) * (x[b] - mean[b]) for x in X) / 8
                for b in range(3)
            ]
            for a in range(3)
        ]
    )
    m, got = covariance(X, reg, "X")
    ridge = reg * (C[0, 0] + C[1, 1] + C[2, 2]) / 3
    np.testing.assert_allclose(m, mean)
    np.testing.assert_allclose(got, C + ridge * np.eye(3))


def test_root_by_its_square():
    C, _ = make_covariances(4)
    np.testing.assert_allclose(root(C) @ root(C), C)
    np.testing.assert_allclose(
        root(C, -0.5) @ C @ root(C, -0.5), np.eye(4), atol=1e-9
    )
    # of rank 2: what should be zero may come out below it
    for seed in range(5):
        B = np.random.default_rng(seed).standard_normal((9, 2))
        half = root(B @ B.T)
        np.testing.assert_allclose(half @ half, B @ B.T, atol=1e-9)
        assert np.isfinite(root(B @ B.T, -0.5)).all()


@SIZES
def test_map_is_symmetric_positive_and_reaches_the_covariance(d):
    Cs, Ct = make_covariances(d)
    A = monge_map(Cs, Ct)
    np.testing.assert_array_equal(A, A.T)
    assert np.linalg.eigvalsh(A).min() > 0
    np.testing.assert_allclose(A @ Cs @ A, Ct, atol=1e-9 * np.abs(Ct).max())


@SIZES
def test_map_and_cost_equal_those_of_pot(d):
    Cs, Ct = make_covariances(d)
    ms, mt = np.random.default_rng(2).standard_normal((2, d))
    expected, _ = ot.gaussian.bures_wasserstein_mapping(ms, mt, Cs, Ct)
    np.testing.assert_allclose(monge_map(Cs, Ct), expected, rtol=1e-7, atol=1e-8)
    way = ot.gaussian.bures_wasserstein_distance(ms, mt, Cs, Ct)
    assert gaussian_cost(ms, mt, Cs, Ct) == pytest.approx(float(way) ** 2)


def test_no_other_map_is_nearer():
    """All maps B with B' Cs B = Ct in the plane: turned and mirrored ones."""
    Cs, Ct = make_covariances(2, seed=3)
    whitens, colors, ways = root(Cs, -0.5), root(Ct), []
    for angle in np.linspace(0, 2 * np.pi, 4001):
        for mirrored in (False, True):
            B = whitens @ turned(angle, mirrored) @ colors
            np.testing.assert_allclose(B.T @ Cs @ B, Ct, atol=1e-9)
            # E|x - xB|^2
            ways.append(np.trace((np.eye(2) - B).T @ Cs @ (np.eye(2) - B)))
    A = monge_map(Cs, Ct)
    ours = np.trace((np.eye(2) - A) @ Cs @ (np.eye(2) - A))
    assert ours == pytest.approx(min(ways), rel=1e-6)
    assert gaussian_cost(np.zeros(2), np.zeros(2), Cs, Ct) == pytest.approx(ours)
    whitened_and_colored = ways[0]  # angle 0: CORAL's
    assert whitened_and_colored > ours + 0.05


def test_one_feature_is_the_map_of_quantiles():
    s, t = norm(2, 3), norm(-1, 0.5)
    x = np.array([-3.0, 0, 1, 2, 7])
    A = monge_map(np.array([[9.0]]), np.array([[0.25]]))
    np.testing.assert_allclose(-1 + (x - 2) * A[0, 0], t.ppf(s.cdf(x)))


def test_diagonal_and_scaled_by_hand():
    A = monge_map(np.diag([4.0, 9.0]), np.diag([1.0, 36.0]))
    np.testing.assert_allclose(A, np.diag([0.5, 2.0]), atol=1e-12)
    Cs, _ = make_covariances(4)
    np.testing.assert_allclose(monge_map(Cs, 9 * Cs), 3 * np.eye(4), atol=1e-9)
    np.testing.assert_allclose(monge_map(Cs, Cs), np.eye(4), atol=1e-9)
    # |1 - 4|^2 of the means, and (2 - 1)^2 + (3 - 6)^2 of the standard deviations
    cost = gaussian_cost(
        np.array([1.0, 0]),
        np.array([4.0, 0]),
        np.diag([4.0, 9]),
        np.diag([1.0, 36]),
    )
    assert cost == pytest.approx(9 + 1 + 9)


def test_a_quarter_turn_is_not_found():
    # the axes of an ellipse exchange their lengths; nothing turns
    Cs, R = np.diag([4.0, 1.0]), turned(np.pi / 2)
    A = monge_map(Cs, R @ Cs @ R.T)
    np.testing.assert_allclose(A, np.diag([0.5, 2.0]), atol=1e-12)


@pytest.mark.parametrize("d", [2, 5])
def test_a_symmetric_map_is_undone(d):
    rng = np.random.default_rng(4)
    Xs = rng.standard_normal((80, d)) @ rng.standard_normal((d, d))
    A, b = make_covariances(d, seed=5)[0], rng.standard_normal(d)
    w = rng.standard_normal(d)
    Xt, ys = (Xs @ A + b)[::-1], Xs @ w + 1
    model = LinearOT(LinearRegression(), reg=1e-12).fit(Xs, ys, Xt)
    np.testing.assert_allclose(model.map_, A, atol=1e-6)
    np.testing.assert_allclose(model.transform(Xs, "source"), Xt[::-1], atol=1e-5)
    np.testing.assert_allclose(model.predict(Xt), ys[::-1], atol=1e-5)


def test_class_is_wired():
    Xs, ys, Xt = make_pair()
    model = LinearOT(LogisticRegression(), reg=1e-9).fit(Xs, ys, Xt)
    Zs, Zt = model.transform(Xs, "source"), model.transform(Xt)
    np.testing.assert_array_equal(Zt, Xt)
    np.testing.assert_allclose(Zs.mean(axis=0), Xt.mean(axis=0), atol=1e-9)
    np.testing.assert_allclose(np.cov(Zs.T), np.cov(Xt.T), atol=1e-5)
    np.testing.assert_allclose(model.means_["source"], Xs.mean(axis=0))
    np.testing.assert_allclose(model.means_["target"], Xt.mean(axis=0))
    gap = Xs.mean(axis=0) - Xt.mean(axis=0)
    way = gap @ gap + np.sum((Xs - Zs - gap) ** 2) / (len(Xs) - 1)
    assert model.cost_ == pytest.approx(way, rel=1e-5)
    expected = LogisticRegression().fit(Zs, ys).predict(Xt)
    np.testing.assert_array_equal(model.predict(Xt), expected)


def test_the_unit_of_the_target_scales_the_map():
    Xs, ys, Xt = make_pair()
    plain, large = (
        LinearOT(reg=0.1).fit(Xs, ys, unit * Xt).map_ for unit in (1, 1000)
    )
    np.testing.assert_allclose(large, 1000 * plain, rtol=1e-9)


def test_both_domains_have_their_ridge():
    Xs, ys, Xt = make_pair()
    model = LinearOT(reg=0.5).fit(Xs, ys, Xt)
    (ms, Cs), (mt, Ct) = (
        (
            X.mean(axis=0),
            np.cov(X.T) + 0.5 * X.var(axis=0, ddof=1).mean() * np.eye(3),
        )
        for X in (Xs, Xt)
    )
    A = model.map_
    np.testing.assert_allclose(A @ Cs @ A, Ct, atol=1e-9)
    assert model.cost_ == pytest.approx(gaussian_cost(ms, mt, Cs, Ct))


def test_fewer_samples_than_features():
    rng = np.random.default_rng(6)
    Xs, Xt = rng.standard_normal((8, 20)), 2 * rng.standard_normal((9, 20)) + 1
    model = LinearOT().fit(Xs, np.arange(8) % 2, Xt)
    Zs = model.transform(Xs, "source")
    np.testing.assert_allclose(Zs.mean(axis=0), Xt.mean(axis=0), atol=1e-8)
    assert np.abs(Zs).max() < 10 * np.abs(Xt).max()


def test_chunks_give_the_map_of_memory():
    Xs, ys, Xt = make_pair()
    whole = LinearOT(LogisticRegression()).fit(Xs, ys, Xt)
    parts = LinearOT(LogisticRegression()).fit(
        da.from_array(Xs, chunks=(17, 3)), ys, da.from_array(Xt, chunks=(20, 3))
    )
    np.testing.assert_allclose(parts.map_, whole.map_, atol=1e-10)
    np.testing.assert_array_equal(parts.predict(Xt), whole.predict(Xt))


@pytest.mark.parametrize("constant", [0, 1])
def test_samples_that_coincide_are_refused(constant):
    Xs, ys, Xt = make_pair()
    domains = [Xs, Xt]
    domains[constant] = np.ones_like(domains[constant])
    name = ("source", "target")[constant]
    with pytest.raises(ValueError, match=rf"{name} domain.*coincide"):
        LinearOT().fit(domains[0], ys, domains[1])


def test_parameter_out_of_range():
    Xs, ys, Xt = make_pair()
    with pytest.raises(ValueError, match="reg"):
        LinearOT(reg=0).fit(Xs, ys, Xt)
