"""Principal directions: the singular vectors, whatever the shape."""

import numpy as np
import pytest

from tlbook.feature._subspaces import (
    Spread,
    check_n_components,
    half_of_features,
    principal_directions,
)


def samples(n, d, rank=None, seed=0):
    rng = np.random.default_rng(seed)
    rank = min(n - 1, d) if rank is None else rank
    X = (
        rng.standard_normal((n, rank))
        * 0.7 ** np.arange(rank)
        @ rng.standard_normal((rank, d))
    )
    return X - X.mean(axis=0)


@pytest.mark.parametrize(
    ("n", "d", "rank"), [(40, 6, 6), (9, 30, 8), (12, 12, 11), (30, 9, 4)]
)
def test_equal_the_singular_vectors(n, d, rank):
    C = samples(n, d, rank)
    P = principal_directions(Spread(C, "X"))
    _, _, Vt = np.linalg.svd(C, full_matrices=False)
    assert P.shape == (d, rank)
    np.testing.assert_allclose(P.T @ P, np.eye(rank), atol=1e-12)
    np.testing.assert_allclose(np.abs(P.T @ Vt[:rank].T), np.eye(rank), atol=1e-7)


@pytest.mark.parametrize(("n", "d"), [(40, 6), (9, 30)])
def test_variances_fall(n, d):
    C = samples(n, d)
    variances = np.var(C @ principal_directions(Spread(C, "X")), axis=0)
    assert np.all(np.diff(variances) < 0)
    assert variances.sum() == pytest.approx(np.var(C, axis=0).sum())


def test_spread_of_many_samples_is_their_scatter_and_of_few_themselves():
    X = np.array([[1.0, 5.0], [3.0, 5.0], [8.0, 2.0]], dtype=np.float32)
    many, few = Spread(X, "X"), Spread(X.T, "X")
    assert many.centered is few.scatter is None
    assert (
        many.scatter.dtype == few.centered.dtype == many.mean.dtype == np.float64
    )
    np.testing.assert_allclose(many.mean, [4, 4])
    np.testing.assert_allclose(many.scatter, [[26, -12], [-12, 6]])
    np.testing.assert_allclose(few.centered, [[-2, -1, 3], [2, 1, -3]])


@pytest.mark.parametrize(
    ("n", "m", "d"), [(40, 30, 6), (9, 8, 30), (9, 40, 30), (20, 20, 30)]
)
def test_directions_of_two_samples_are_those_of_both_around_their_own_means(
    n, m, d
):
    X, Y = samples(n, d, seed=1) + 3, samples(m, d, seed=2) - 5
    P = principal_directions(Spread(X, "X"), Spread(Y, "Y"))
    _, _, Vt = np.linalg.svd(np.vstack([X - 3, Y + 5]), full_matrices=False)
    np.testing.assert_allclose(
        np.abs(np.sum(P[:, :3] * Vt[:3].T, axis=0)), 1, atol=1e-8
    )


@pytest.mark.parametrize("n", [2, 4])
def test_samples_that_coincide(n):
    with pytest.raises(
        ValueError, match=r"all samples of X_target .target domain. coincide"
    ):
        Spread(np.full((n, 3), 0.1), "X_target (target domain)")
    Spread(np.array([[0.1, 0.1], [0.1, 0.2]]), "X")


def test_too_many_components():
    Ps, Pt = np.eye(7)[:, :5], np.eye(7)[:, :4]
    check_n_components(4, Ps, Pt)
    check_n_components(3, Ps, Pt, half=True)
    with pytest.raises(
        ValueError, match=r"n_components=5 .*rank of X_target .target domain., 4"
    ):
        check_n_components(5, Ps, Pt)
    with pytest.raises(
        ValueError, match=r"n_components=6 .*rank of X .source domain., 4"
    ):
        check_n_components(6, Pt, Ps)
    with pytest.raises(
        ValueError, match="n_components=4 is greater than half of the features, 3"
    ):
        check_n_components(4, Ps, Pt, half=True)


def test_half_of_features():
    assert [half_of_features(np.eye(d)) for d in (1, 2, 3, 9)] == [1, 1, 1, 4]


@pytest.mark.parametrize(("n", "d"), [(700, 600), (600, 700), (50, 8)])
def test_some_directions_are_the_first_of_all(n, d):
    C = samples(n, d, 40 if n > 50 else 8)
    some, every = (
        principal_directions(Spread(C, "X"), most=most) for most in (5, None)
    )
    assert some.shape == (d, 5)
    np.testing.assert_allclose(
        np.abs(some.T @ every[:, :5]), np.eye(5), atol=1e-8
    )


def test_no_more_directions_than_the_rank():
    assert principal_directions(Spread(samples(30, 9, 4), "X"), most=6).shape == (
        9,
        4,
    )
