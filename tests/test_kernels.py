"""Kernels in blocks and of sparse samples, against the matrices as a whole."""

import numpy as np
import pytest
from scipy import sparse
from scipy.spatial.distance import cdist

from tlbook import kernels
from tlbook.kernels import (
    GaussianBlocks,
    check_memory,
    gaussian_kernel,
    gaussian_product,
    median_gamma,
    pooled,
    squared_distances,
)

RNG = np.random.default_rng(0)
X, Y = (
    RNG.poisson(0.5, (40, 7)).astype(float),
    RNG.poisson(0.7, (30, 7)).astype(float),
)
KINDS = [sparse.csr_array, sparse.csr_matrix]


@pytest.mark.parametrize("kind", KINDS)
def test_sparse_samples_have_the_kernels_of_dense_ones(kind):
    np.testing.assert_allclose(
        squared_distances(kind(X), kind(Y)), cdist(X, Y) ** 2, atol=1e-10
    )
    np.testing.assert_allclose(
        squared_distances(kind(X)), cdist(X, X) ** 2, atol=1e-10
    )
    np.testing.assert_allclose(
        squared_distances(kind(X), Y), cdist(X, Y) ** 2, atol=1e-10
    )
    np.testing.assert_allclose(
        squared_distances(X, kind(Y)), cdist(X, Y) ** 2, atol=1e-10
    )
    B = RNG.standard_normal((30, 2))
    expected = np.exp(-0.3 * cdist(X, Y) ** 2) @ B
    np.testing.assert_allclose(
        gaussian_product(kind(X), kind(Y), 0.3, B), expected, atol=1e-10
    )
    assert median_gamma(kind(X), kind(Y)) == pytest.approx(median_gamma(X, Y))
    np.testing.assert_array_equal(
        pooled(kind(X), kind(Y)).toarray(), np.concatenate([X, Y])
    )


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_median_of_what_is_no_number_is_refused(bad):
    with pytest.raises(ValueError, match="no finite number"):
        median_gamma(np.full((4, 2), bad))
    with pytest.raises(ValueError, match="no finite number"):
        median_gamma(np.ones((1, 2)))
    with pytest.raises(ValueError, match="at least half"):
        median_gamma(np.ones((4, 2)))


def test_blocks_are_the_matrix(monkeypatch):
    whole = gaussian_kernel(X, Y, 0.2)
    monkeypatch.setattr(kernels, "BLOCK", 8 * 30 * 3)  # blocks of 3 rows
    blocks = GaussianBlocks(X.astype(np.float32), Y, 0.2)
    assert len(blocks) == 40
    assert [len(block) for block in blocks] == [3] * 13 + [1]
    np.testing.assert_allclose(np.concatenate(list(blocks)), whole, atol=1e-12)
    np.testing.assert_allclose(
        gaussian_product(X, Y, 0.2, np.eye(30)), whole, atol=1e-12
    )


def test_products_are_computed_in_the_widest_precision():
    B = RNG.standard_normal(30)
    exact = gaussian_kernel(X / 3, Y / 3, 0.2) @ B
    single = [(Z / 3).astype(np.float32) for Z in (X, Y)]
    mixed, alone = (
        gaussian_product(*single, 0.2, B.astype(kind)) for kind in (float, "f4")
    )
    assert (mixed.dtype, alone.dtype) == (np.float64, np.float32)
    np.testing.assert_allclose(mixed, exact, rtol=1e-5)


def test_check_memory_names_the_sizes_and_the_way_out(monkeypatch):
    monkeypatch.setattr(kernels, "MEMORY", 8e4)
    check_memory(1, 100, 100, "this", "draw fewer")
    with pytest.raises(
        MemoryError,
        match=r"this holds 2 matrices of 100 x 100.*70 x 70.*draw few",
    ):
        check_memory(2, 100, 100, "this", "draw fewer")
