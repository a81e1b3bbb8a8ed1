"""Balance of the weighted source against the target, by a loop over columns."""

import numpy as np
import pandas as pd
import pytest
from scipy import sparse

from tlbook._overlap import (
    doubt_mean,
    doubt_overlap,
    doubt_size,
    effective_sample_size,
    left_apart,
)
from tlbook.instance import KMM


def by_hand(Xs, Xt, w):
    """Equation (1), one column after the other."""
    z = []
    for xs, xt in zip(Xs.T, Xt.T):
        gap = abs(np.average(xs, weights=w) - np.mean(xt))
        z.append(gap / np.sqrt((np.var(xs) + np.var(xt)) / 2))
    return z


def drawn(n_columns=4, seed=0):
    rng = np.random.default_rng(seed)
    Xs = rng.poisson(1.5, (70, n_columns)) * np.arange(1.0, n_columns + 1)
    Xt = rng.poisson(4.0, (50, n_columns)) * np.arange(1.0, n_columns + 1)
    return Xs, Xt, rng.random(70)


@pytest.mark.parametrize("far", [0, 1e6])
def test_dense_as_by_hand(far):
    Xs, Xt, w = drawn()
    z = left_apart(Xs + far, Xt + far, w)
    np.testing.assert_allclose(z, by_hand(Xs, Xt, w), rtol=1e-6)
    np.testing.assert_allclose(left_apart(Xs, Xt, 7 * w), by_hand(Xs, Xt, w))


def test_sparse_single_precision_and_blocks_as_dense():
    import dask.array as da

    Xs, Xt, w = drawn()
    expected = by_hand(Xs, Xt, w)
    kinds = {
        "sparse": sparse.csr_matrix,
        "single": np.float32,
        "dask": lambda X: da.from_array(X, chunks=(16, -1)),
    }
    for kind in kinds.values():
        z = left_apart(kind(Xs), kind(Xt), w)
        np.testing.assert_allclose(z, expected, rtol=1e-6)


def test_constants_that_differ_are_infinitely_far_and_rounding_is_not():
    Xs, Xt, w = drawn(3)
    Xs[:, 0], Xt[:, 0] = 0, 1
    Xs[:, 1], Xt[:, 1] = 0.1, 0.1 + 1e-15
    Xs[:, 2] = Xt[0, 2]
    z = left_apart(Xs, Xt, w)
    assert z[0] == np.inf
    assert z[1] == 0
    assert 0 < z[2] < np.inf


def test_the_worst_column_is_named():
    Xs, Xt, w = drawn()
    Xt[:, 2] += 100
    with pytest.warns(UserWarning, match=r"in column 2 the weighted source"):
        doubt_overlap(Xs, Xt, w)
    frames = [pd.DataFrame(X, columns=list("abcd")) for X in (Xs, Xt)]
    with pytest.warns(UserWarning, match=r"in column 'c' the weighted source"):
        KMM().fit(frames[0], np.arange(70) % 2, frames[1])


@pytest.mark.parametrize(("z", "says"), [(4.9, False), (5.1, True)])
def test_five_standard_deviations_are_the_bound(z, says, recwarn):
    Xs, Xt = np.array([[-1.0], [1.0]]), np.array([[z - 1], [z + 1]])
    doubt_overlap(Xs, Xt, np.ones(2))
    assert bool(recwarn.list) is says


@pytest.mark.parametrize(
    ("mean", "says"), [(0.049, True), (0.051, False), (2.9, False), (3.1, True)]
)
def test_bounds_of_the_mean(mean, says, recwarn):
    doubt_mean(mean)
    assert bool(recwarn.list) is says


@pytest.mark.parametrize(
    ("size", "n", "says"),
    [(1.9, 10, True), (2.1, 10, False), (9, 1000, True), (11, 1000, False)],
)
def test_bounds_of_the_effective_size(size, n, says, recwarn):
    doubt_size(size, n)
    assert bool(recwarn.list) is says


def test_effective_size_counts_equal_weights():
    assert effective_sample_size([0, 3, 3, 3]) == pytest.approx(3)
