"""The shared eigenproblem, held against explicit matrices, dense solvers and sums over pairs."""

import warnings

import numpy as np
import pytest
from scipy.linalg import subspace_angles
from scipy.spatial.distance import cdist, pdist
from sklearn.exceptions import ConvergenceWarning

from tlbook.feature import BDA, JDA, TCA, TJM, _components
from tlbook.feature._components import (
    GaussianSpace,
    LinearSpace,
    fix_signs,
    leading_eigenpairs,
    new_directions,
    total_variance,
    truncated_eigh,
)


def samples(n, d, seed=0):
    return np.random.default_rng(seed).standard_normal((n, d)) + np.arange(d) / d


def centering(n):
    return np.eye(n) - np.ones((n, n)) / n


@pytest.mark.parametrize("kernel", ["primal", "linear"])
@pytest.mark.parametrize(("n", "d"), [(14, 5), (6, 11), (7, 7)])
def test_linear_space_by_explicit_matrices(kernel, n, d):
    X, rng = samples(n, d), np.random.default_rng(1)
    space = LinearSpace(X, kernel)
    F = X @ space.basis
    V, E = rng.standard_normal((space.size, 3)), rng.standard_normal((n, 2))
    np.testing.assert_allclose(
        space.scatter(V), F.T @ centering(n) @ F @ V, atol=1e-9
    )
    np.testing.assert_allclose(space.adjoint(E), F.T @ E, atol=1e-9)
    np.testing.assert_allclose(space.embed(space.project(V)), F @ V, atol=1e-9)
    # the features are those promised: X or K = XX', up to an orthonormal basis of their range
    target = X @ X.T if kernel == "primal" else (X @ X.T) @ (X @ X.T)
    np.testing.assert_allclose(F @ F.T, target, atol=1e-8 * np.abs(target).max())


def test_primal_features_of_few_columns_are_the_samples():
    space = LinearSpace(samples(14, 5), "primal")
    np.testing.assert_array_equal(space.basis, np.eye(5))


def test_linear_kernel_of_dependent_columns_has_the_size_of_their_rank():
    X = samples(20, 3) @ np.ones((3, 6)).cumsum(axis=1) + np.arange(20)[:, None]
    rank = np.linalg.matrix_rank(X)
    assert rank < 6
    assert LinearSpace(X, "linear").size == rank


def test_gaussian_space_by_explicit_matrices():
    X, rng = samples(12, 4), np.random.default_rng(2)
    space = GaussianSpace(X, 0.3)
    K = np.exp(-0.3 * cdist(X, X, "sqeuclidean"))
    V = rng.standard_normal((12, 3))
    assert space.size == 12
    np.testing.assert_allclose(
        space.scatter(V), K @ centering(12) @ K @ V, atol=1e-10
    )
    np.testing.assert_allclose(space.adjoint(V), K @ V, atol=1e-10)
    np.testing.assert_allclose(space.embed(space.project(V)), K @ V, atol=1e-10)


def test_truncated_eigh_leaves_out_what_is_zero():
    B = samples(9, 3)
    values, vectors = truncated_eigh(B @ B.T)
    assert vectors.shape == (9, 3)
    np.testing.assert_allclose(vectors * values @ vectors.T, B @ B.T, atol=1e-10)


def test_total_variance_is_half_the_mean_squared_distance():
    X = samples(15, 4)
    assert total_variance(X) == pytest.approx(
        np.mean(pdist(X, "sqeuclidean")) / 2
    )
    assert total_variance(np.array([[1.0], [3], [5]])) == pytest.approx(4)


@pytest.mark.parametrize("value", [0.0, 0.1, 1e8])
def test_samples_that_coincide_are_refused(value):
    with pytest.raises(
        ValueError, match="all samples of X and X_target coincide"
    ):
        total_variance(np.full((50, 3), value))


def test_new_directions_are_orthonormal_and_new():
    rng = np.random.default_rng(3)
    Q, _ = np.linalg.qr(rng.standard_normal((20, 4)))
    W = Q @ rng.standard_normal((4, 3)) + 1e-6 * rng.standard_normal((20, 3))
    D = new_directions(W, Q, 1e-12)
    np.testing.assert_allclose(D.T @ D, np.eye(3), atol=1e-12)
    np.testing.assert_allclose(Q.T @ D, 0, atol=1e-12)
    assert np.max(subspace_angles(np.hstack([Q, D]), np.hstack([Q, W]))) < 1e-6


def test_what_adds_nothing_is_no_new_direction():
    rng = np.random.default_rng(4)
    Q, _ = np.linalg.qr(rng.standard_normal((20, 5)))
    W = np.column_stack(
        [1e6 * Q[:, 0], Q[:, 1] + 1e-3 * np.eye(20)[7], Q[:, 2] + 1e-12]
    )
    D = new_directions(W, Q, 1e-9)
    assert D.shape == (20, 1)
    np.testing.assert_allclose(Q.T @ D, 0, atol=1e-15)
    assert abs(D[7, 0]) > 0.5


def spectrum(size, values, seed=0):
    Q, _ = np.linalg.qr(np.random.default_rng(seed).standard_normal((size, size)))
    full = np.concatenate([values, np.linspace(0.5, 0, size - len(values))])
    return Q * full @ Q.T, Q, full


@pytest.mark.parametrize("size", [20, 98, 99, 400])
@pytest.mark.parametrize("k", [1, 4])
def test_leading_eigenpairs_equal_the_dense_ones(size, k):
    S, Q, full = spectrum(size, np.array([9.0, 7, 6, 5, 4.9, 3]))
    calls = []

    def apply(V):
        calls.append(V.shape[1])
        return S @ V

    values, vectors = leading_eigenpairs(apply, size, k)
    assert len(values) == k
    np.testing.assert_allclose(values, full[:k], rtol=1e-10)
    np.testing.assert_allclose(
        np.abs(np.sum(vectors * Q[:, :k], axis=0)), 1, atol=1e-8
    )
    np.testing.assert_allclose(vectors.T @ vectors, np.eye(k), atol=1e-10)
    assert (max(calls) == size) == (size <= 14 * (k + 6))  # solved densely


def test_equal_eigenvalues_give_their_space():
    S, Q, _ = spectrum(300, np.array([5.0, 5, 5, 2]))
    values, vectors = leading_eigenpairs(lambda V: S @ V, 300, 3)
    np.testing.assert_allclose(values, 5)
    np.testing.assert_allclose(
        vectors @ vectors.T, Q[:, :3] @ Q[:, :3].T, atol=1e-7
    )


@pytest.mark.parametrize("rank", [3, 27])
def test_an_operator_of_low_rank(rank):
    """Its Krylov space ends early; multiplying on would only magnify rounding errors."""
    Q, _ = np.linalg.qr(np.random.default_rng(0).standard_normal((600, rank)))
    S = 1e6 * Q * 0.8 ** np.arange(rank) @ Q.T
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        values, vectors = leading_eigenpairs(lambda V: S @ V, 600, 3)
    np.testing.assert_allclose(values, 1e6 * 0.8 ** np.arange(3))
    np.testing.assert_allclose(vectors.T @ vectors, np.eye(3), atol=1e-12)
    np.testing.assert_allclose(np.abs(np.sum(vectors * Q[:, :3], axis=0)), 1)


def test_a_good_start_saves_products():
    S, Q, _ = spectrum(500, np.linspace(2, 0.51, 40))

    def products(start):
        calls = []
        leading_eigenpairs(lambda V: calls.append(1) or S @ V, 500, 3, start)
        return len(calls)

    assert products(Q[:, :3]) < products(None)


def test_eigenvectors_that_do_not_converge_are_reported(monkeypatch):
    S, _, _ = spectrum(300, np.linspace(1, 0.9, 60))
    monkeypatch.setattr(_components, "CYCLES", 1)
    with pytest.warns(
        ConvergenceWarning, match="of 3 eigenvectors did not converge in 1 cycles"
    ):
        leading_eigenpairs(lambda V: S @ V, 300, 3)


def test_converged_eigenvectors_are_not_reported():
    S, _, _ = spectrum(300, np.array([9.0, 7, 5]))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        leading_eigenpairs(lambda V: S @ V, 300, 3)


def test_signs_follow_the_largest_entry():
    A = np.array([[1.0, -1, 0], [-3, 2, 0], [2, 3, -1]])
    np.testing.assert_array_equal(fix_signs(A), A * [-1, 1, -1])


def test_default_width_of_the_gaussian_kernel():
    """gamma = 1 / (4 variance): exp(-1/2) at the root mean squared distance of two samples."""
    Xs, Xt = samples(9, 3), samples(8, 3, seed=1) + 0.5
    model = TCA(n_components=2, kernel="rbf").fit(Xs, np.arange(9) % 2, Xt)
    squared = pdist(np.vstack([Xs, Xt]), "sqeuclidean")
    assert model.gamma_ == pytest.approx(1 / (2 * squared.mean()))
    K = np.exp(-model.gamma_ * cdist(Xt, np.vstack([Xs, Xt]), "sqeuclidean"))
    np.testing.assert_allclose(model.transform(Xt), K @ model.projection_)


@pytest.mark.parametrize("method", [TCA, JDA, BDA, TJM])
def test_a_kernel_that_memory_does_not_hold_is_refused(method, monkeypatch):
    monkeypatch.setattr("tlbook.kernels.MEMORY", 8 * 50**2)
    X = np.random.default_rng(0).standard_normal((60, 2))
    y = np.arange(30) % 2
    with pytest.raises(
        MemoryError, match=r"kernel holds 1 .*60 x 60.*50 x 50.*linear"
    ):
        method(kernel="rbf").fit(X[:30], y, X[30:])
    method(kernel="rbf", n_components=2).fit(X[:30], y, X[30:50])
