"""Sums and maps over blocks: explicit formulas, and a small cluster that loses a worker."""

import os
import subprocess
import sys
import tracemalloc

import dask.array as da
import numpy as np
import pytest
from dask.distributed import Client, LocalCluster
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression, SGDClassifier

from tlbook import blocks
from tlbook.blocks import (
    block_sums,
    chunk_rows,
    class_sums,
    fit_rows,
    map_rows,
    mean_and_squares,
    moments,
)
from tlbook.discrepancy import mmd2
from tlbook.feature import BDA, CORAL, GFK, JDA, TCA, TJM, SubspaceAlignment
from tlbook.instance import KMM

SGD = SGDClassifier(random_state=0)


def sample(n, d, seed=0, dtype=float):
    rng = np.random.default_rng(seed)
    return (rng.standard_normal((n, d)) @ rng.standard_normal((d, d)) + 3).astype(
        dtype
    )


def make_pair(ns, nt, d, n_classes=3):
    """Gaussian classes, the target moved and stretched."""
    rng = np.random.default_rng(0)
    means = 2 * rng.standard_normal((n_classes, d))
    ys, yt = np.arange(ns) % n_classes, np.arange(nt) % n_classes
    Xs = means[ys] + rng.standard_normal((ns, d))
    return Xs, ys, 1.3 * means[yt] + rng.standard_normal((nt, d)) + 0.7, yt


def in_chunks(X, rows, columns):
    """A Dask array of unequal chunks, of several over the columns."""
    return da.from_array(X, chunks=(rows, columns))


@pytest.fixture
def small_blocks(monkeypatch):
    """Blocks of 7 rows of 5 numbers, in sums and in maps."""
    monkeypatch.setattr(blocks, "rows_at_once", lambda d: 7)
    monkeypatch.setattr(blocks, "BLOCK", 35)


# --- Sums ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("n", [1, 6, 7, 8, 30])
def test_moments_by_their_definition(n, small_blocks):
    X = sample(n, 5)
    C = X - X.mean(axis=0)
    got = moments(X)
    assert got.n == n
    np.testing.assert_allclose(got.mean, X.mean(axis=0), rtol=1e-12)
    np.testing.assert_allclose(got.scatter, C.T @ C, atol=1e-11)
    mean, squares = mean_and_squares(X)
    np.testing.assert_allclose(mean, X.mean(axis=0), rtol=1e-12)
    np.testing.assert_allclose(squares, np.sum(C**2, axis=0), atol=1e-11)


def test_moments_of_two_samples_add_up():
    X, Y = sample(20, 4), sample(9, 4, seed=1) + 50
    both, wanted = moments(X) + moments(Y), moments(np.vstack([X, Y]))
    assert both.n == 29
    np.testing.assert_allclose(both.mean, wanted.mean, rtol=1e-12)
    np.testing.assert_allclose(both.scatter, wanted.scatter, rtol=1e-10)


def test_a_large_mean_costs_no_digits(small_blocks):
    X = sample(500, 5)
    np.testing.assert_allclose(
        moments(X + 1e8).scatter, moments(X).scatter, rtol=1e-5
    )


@pytest.mark.parametrize("value", [0.1, 1e8 + 0.1])
def test_a_constant_column_has_variance_zero_exactly(value, small_blocks):
    X = sample(300, 5)
    X[:, 2] = value
    assert moments(X).scatter[2, 2] == mean_and_squares(X)[1][2] == 0
    assert moments(X).mean[2] == value


def test_single_precision_is_summed_in_double(small_blocks):
    X = sample(2000, 5, dtype=np.float32)
    wanted = np.cov(X.astype(float).T) * 1999
    np.testing.assert_allclose(moments(X).scatter, wanted, rtol=1e-12)


def test_class_sums_by_hand():
    X = np.array([[1.0, 2], [3, 4], [5, 6]])
    sizes, sums = class_sums(
        X, np.array(["b", "a", "b"]), np.array(["a", "b", "c"])
    )
    np.testing.assert_array_equal(sizes, [1, 2, 0])
    np.testing.assert_array_equal(sums, [[3, 4], [6, 8], [0, 0]])


def test_sums_walk_over_all_rows_and_what_belongs_to_them(small_blocks):
    X, y = sample(23, 5), np.arange(23)
    seen = []

    def sums(rows, labels):
        seen.append(len(rows))
        return (labels @ rows,)

    np.testing.assert_allclose(block_sums(sums, X, y)[0], y @ X)
    assert seen == [7, 7, 7, 2]


def test_blocks_are_of_many_rows_beside_the_columns_but_not_large():
    assert blocks.rows_at_once(100) * 100 <= blocks.AT_ONCE
    assert blocks.rows_at_once(800) == 3200
    assert blocks.rows_at_once(10_000) * 10_000 <= blocks.BLOCK
    assert blocks.rows_at_once(10**8) == 1


def test_maps_keep_the_order_and_the_longest_name(small_blocks):
    X = sample(30, 5)
    np.testing.assert_array_equal(map_rows(lambda rows: 2 * rows, X), 2 * X)
    names = map_rows(lambda rows: np.array(["a" * len(rows)] * len(rows)), X[:9])
    assert names.tolist() == ["a" * 7] * 7 + ["aa"] * 2
    names = map_rows(
        lambda rows: np.array(["a" * (9 - len(rows))] * len(rows)), X[:9]
    )
    assert names.tolist() == ["aa"] * 7 + ["a" * 7] * 2


# --- Sizes ---------------------------------------------------------------------------------------

METHODS = [
    CORAL(SGD),
    SubspaceAlignment(SGD),
    GFK(SGD),
    TCA(SGD, kernel="primal"),
    JDA(SGD, kernel="primal", n_iter=3),
    BDA(SGD, kernel="primal", n_iter=3),
]


@pytest.mark.parametrize("model", METHODS, ids=lambda model: type(model).__name__)
def test_memory_above_the_data_is_that_of_the_mapped_source(model, monkeypatch):
    """60,000 + 60,000 samples in single precision: never both domains, nor in double precision."""
    monkeypatch.setattr(blocks, "BLOCK", 2**17)
    Xs, ys, Xt, _ = make_pair(60_000, 60_000, 50)
    Xs, Xt = Xs.astype(np.float32), Xt.astype(np.float32)
    model = clone(model)
    tracemalloc.start()
    model.fit(Xs, ys, Xt).predict(Xt)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 1.5 * Xs.nbytes
    assert model.transform(Xs[:5], "source").dtype == np.float32


# --- Dask ----------------------------------------------------------------------------------------


def domains():
    Xs, ys, Xt, yt = make_pair(400, 437, 12, n_classes=3)
    Ds = in_chunks(Xs, (100, 57, 243), (5, 7))
    Dt = in_chunks(Xt, (200, 0, 237), 12)
    return (Xs, Xt), (Ds, Dt), ys, yt


ON_CLUSTER = [
    CORAL(LogisticRegression()),
    SubspaceAlignment(),
    GFK(),
    TCA(),
    TCA(kernel="primal", n_components=4),
    JDA(),
    JDA(kernel="primal", n_components=5),
    BDA(weighted=True),
]


def assert_equal_to_memory(model, memory, chunks, ys):
    one, two = (
        clone(model).fit(memory[0], ys, memory[1]),
        clone(model).fit(*chunks_of(chunks, ys)),
    )
    for domain, X, D in zip(("source", "target"), memory, chunks):
        mapped = two.transform(D, domain)
        assert isinstance(mapped, da.Array)
        wanted = one.transform(X, domain)
        scale = np.abs(wanted).max()
        np.testing.assert_allclose(
            mapped.compute(), wanted, rtol=0, atol=1e-8 * scale
        )
        guesses = two.predict(D, domain)
        assert isinstance(guesses, da.Array)
        np.testing.assert_array_equal(guesses.compute(), one.predict(X, domain))


def chunks_of(chunks, ys):
    return chunks[0], da.from_array(ys, chunks=90), chunks[1]


@pytest.mark.parametrize("model", ON_CLUSTER, ids=repr)
def test_dask_arrays_give_what_arrays_in_memory_give(model):
    memory, chunks, ys, _ = domains()
    assert_equal_to_memory(model, memory, chunks, ys)


@pytest.mark.parametrize("estimate", ["biased", "unbiased"])
def test_linear_mmd_of_dask_arrays(estimate):
    memory, chunks, _, _ = domains()
    wanted = mmd2(*memory, estimate=estimate)
    assert mmd2(*chunks, estimate=estimate) == pytest.approx(wanted, rel=1e-10)
    with pytest.raises(TypeError, match="a Dask Array"):
        mmd2(*chunks, estimate="linear")
    with pytest.raises(TypeError, match=r"a Dask Array.*mmd2 .not with gamma"):
        mmd2(*chunks, gamma=1.0, estimate=estimate)


@pytest.mark.parametrize("n", [1, 8, 9, 40])
def test_sums_of_many_chunks_meet_in_a_tree(n):
    X = sample(3 * n, 2)
    total, counted = block_sums(
        lambda rows: (rows.sum(axis=0), len(rows)), in_chunks(X, 3, 2)
    )
    np.testing.assert_allclose(total, X.sum(axis=0))
    assert counted == 3 * n


def test_sums_of_dask_arrays_are_those_of_their_rows():
    X, y = sample(50, 5), np.arange(50) % 3
    D = in_chunks(X, (20, 0, 30), 5)
    np.testing.assert_allclose(moments(D).scatter, moments(X).scatter, rtol=1e-12)
    for labels in (y, da.from_array(y, chunks=17)):
        for got, wanted in zip(
            class_sums(D, labels, np.arange(3)), class_sums(X, y, np.arange(3))
        ):
            np.testing.assert_allclose(got, wanted)
    assert chunk_rows(D) == [slice(0, 20), slice(20, 20), slice(20, 50)]


def test_a_learner_with_partial_fit_learns_chunk_by_chunk_in_order():
    X, y = sample(60, 4), np.arange(60) % 3
    D = in_chunks(X, (25, 35), 4)
    got = fit_rows(SGD, D, y)
    by_hand = clone(SGD)
    for rows in (slice(0, 25), slice(25, 60)):
        by_hand.partial_fit(X[rows], y[rows], classes=[0, 1, 2])
    np.testing.assert_array_equal(got.coef_, by_hand.coef_)
    whole = fit_rows(LogisticRegression(), D, y)
    np.testing.assert_array_equal(
        whole.coef_, LogisticRegression().fit(X, y).coef_
    )


def test_samples_are_not_brought_together_beyond_the_limit():
    D = da.zeros((20_000_000, 100), chunks=(100_000, 100))
    with pytest.raises(
        MemoryError, match=r"LogisticRegression .*16 GB.*partial_fit"
    ):
        fit_rows(LogisticRegression(), D, np.zeros(20_000_000))


def test_what_cannot_be_computed_with_is_named_where_it_is_computed():
    (Xs, Xt), (Ds, Dt), ys, _ = domains()
    broken = Xs.copy()
    broken[150, 7] = np.nan
    D = in_chunks(broken, (100, 57, 243), (5, 7))
    word = r"a chunk of X .source domain. contains NaN in column 7"
    with pytest.raises(ValueError, match=word):
        CORAL().fit(D, ys, Dt)
    model = CORAL().fit(Ds, ys, Dt)
    guesses = model.predict(D)
    with pytest.raises(ValueError, match="a chunk of X contains NaN in column 7"):
        guesses.compute()


@pytest.mark.parametrize(
    ("change", "word"),
    [
        (lambda D: D[D[:, 0] > 0], "unknown size: call its compute_chunk_sizes"),
        (lambda D: D[:, 0], r"shape \(437,\): a table"),
        (
            lambda D: D[:, :7],
            "X_target .target domain. has 7 features, X .source domain. has 12",
        ),
        (lambda D: D[:1], r"X_target .target domain. has 1 samples"),
        (lambda D: D.astype(complex), "Dask array of complex128; real numbers"),
    ],
    ids=["unknown", "vector", "narrow", "short", "complex"],
)
def test_what_is_wrong_at_once_is_said_at_once(change, word):
    _, (Ds, Dt), ys, _ = domains()
    with pytest.raises(ValueError, match=word):
        TCA().fit(Ds, ys, change(Dt))


@pytest.mark.parametrize(
    "model", [KMM(), TJM(), TCA(kernel="rbf"), JDA(kernel="rbf")], ids=repr
)
def test_methods_that_compute_in_memory_say_so(model):
    _, (Ds, Dt), ys, _ = domains()
    with pytest.raises(
        TypeError,
        match=r"X .source domain. is a Dask Array: .* by compute.*CORAL",
    ):
        model.fit(Ds, ys, Dt)


def test_equal_domains_warn():
    _, (Ds, _), ys, _ = domains()
    with pytest.warns(UserWarning, match="hold the same samples"):
        CORAL().fit(Ds, ys, Ds.rechunk((400, 12)))


def test_integers_become_numbers_and_single_precision_stays():
    Xs, ys, Xt, _ = make_pair(60, 50, 4)
    for kind, wanted in ((np.float32, np.float32), (np.int16, np.float64)):
        D = [
            da.from_array((9 * X).astype(kind), chunks=(20, 4)) for X in (Xs, Xt)
        ]
        mapped = CORAL().fit(D[0], ys, D[1]).transform(D[0], "source")
        assert mapped.dtype == mapped.compute().dtype == wanted


def test_dask_is_not_imported_for_arrays_in_memory():
    code = (
        "import sys, numpy as np; from tlbook.feature import CORAL, JDA; X = np.eye(6);"
        "CORAL().fit(X, [0, 1] * 3, X + 1).predict(X); JDA().fit(X, [0, 1] * 3, 2 * X);"
        "assert 'dask' not in sys.modules"
    )
    subprocess.run([sys.executable, "-W", "ignore", "-c", code], check=True)


def killer(folder):
    """A map of a chunk that ends its worker the first time that it is asked on a cluster."""
    mark = folder / "killed"

    def identity(block):
        from dask.distributed import get_worker

        try:
            get_worker()
        except ValueError:
            return block
        if len(block) and not mark.exists():
            mark.write_text("")
            os._exit(1)
        return block

    return identity, mark


@pytest.fixture(scope="module")
def cluster():
    with (
        LocalCluster(
            n_workers=2, threads_per_worker=1, dashboard_address=":0"
        ) as cluster,
        Client(cluster),
    ):
        yield cluster


@pytest.mark.parametrize(
    "model",
    [CORAL(LogisticRegression()), SubspaceAlignment(), GFK(), TCA(), JDA()],
    ids=lambda model: type(model).__name__,
)
def test_a_cluster_that_loses_a_worker_gives_the_same(model, cluster, tmp_path):
    memory, (Ds, Dt), ys, _ = domains()
    identity, mark = killer(tmp_path)
    Dt = Dt.map_blocks(identity, dtype=Dt.dtype, meta=Dt._meta)
    assert_equal_to_memory(model, memory, (Ds, Dt), ys)
    assert mark.exists()


def test_linear_mmd_on_a_cluster_that_loses_a_worker(cluster, tmp_path):
    memory, (Ds, Dt), _, _ = domains()
    identity, mark = killer(tmp_path)
    Dt = Dt.map_blocks(identity, dtype=Dt.dtype, meta=Dt._meta)
    assert mmd2(Ds, Dt) == pytest.approx(mmd2(*memory), rel=1e-8)
    assert mark.exists()
