"""Subspace alignment: optimality of M, dense forms, invariance, and accuracy on papers' data."""

import numpy as np
import pytest
from dense_reference import make_pair, needs_papers_data
from scipy.linalg import lstsq
from sklearn.decomposition import PCA

from tlbook.feature import SubspaceAlignment
from tlbook.feature.subspace_alignment import alignment


def bases(d=9, k=3, seed=0):
    rng = np.random.default_rng(seed)
    return (np.linalg.qr(rng.standard_normal((d, k)))[0] for _ in range(2))


def test_alignment_is_the_least_squares_solution():
    Ps, Pt = bases()
    M = alignment(Ps, Pt)
    np.testing.assert_allclose(M, lstsq(Ps, Pt)[0], atol=1e-13)
    best = np.linalg.norm(Ps @ M - Pt)
    rng = np.random.default_rng(1)
    for size in (1e-3, 0.1, 1.0):
        for _ in range(20):
            assert (
                np.linalg.norm(Ps @ (M + size * rng.standard_normal((3, 3))) - Pt)
                > best
            )


def test_alignment_by_hand():
    """Source along the first axis, target along the diagonal: M is the cosine of 45 degrees."""
    M = alignment(np.array([[1.0], [0.0]]), np.array([[1.0], [1.0]]) / np.sqrt(2))
    np.testing.assert_allclose(M, [[np.sqrt(0.5)]])


@pytest.mark.parametrize(
    ("ns", "nt", "d", "k"), [(40, 30, 9, 4), (12, 9, 40, 5), (30, 40, 6, 6)]
)
def test_features_in_the_dense_form(ns, nt, d, k):
    """x' Ps Ps' Pt Pt' y for a source sample x and a target sample y, both centered."""
    Xs, ys, Xt, _ = make_pair(ns, nt, d)
    Zs, Zt = SubspaceAlignment(n_components=k).fit_transform_pair(Xs, ys, Xt)
    Cs, Ct = Xs - Xs.mean(axis=0), Xt - Xt.mean(axis=0)
    Ps, Pt = (PCA(k, svd_solver="full").fit(X).components_.T for X in (Xs, Xt))
    assert Zs.shape == (ns, k)
    np.testing.assert_allclose(
        Zs @ Zt.T, Cs @ Ps @ Ps.T @ Pt @ Pt.T @ Ct.T, atol=1e-9
    )
    np.testing.assert_allclose(
        Zs @ Zs.T, Cs @ Ps @ Ps.T @ Pt @ Pt.T @ Ps @ Ps.T @ Cs.T, atol=1e-9
    )
    np.testing.assert_allclose(Zt @ Zt.T, Ct @ Pt @ Pt.T @ Ct.T, atol=1e-9)


def test_equal_domains_give_principal_components():
    Xs, ys, _, _ = make_pair(40, 30, 9)
    Zs, Zt = SubspaceAlignment(n_components=3).fit_transform_pair(
        Xs, ys, Xs[::-1] + 7.0
    )
    expected = PCA(3, svd_solver="full").fit_transform(Xs)
    np.testing.assert_allclose(np.abs(Zs), np.abs(expected), atol=1e-9)
    np.testing.assert_allclose(Zt[::-1], Zs, atol=1e-9)


def test_all_components_keep_the_centered_samples():
    """k = d: Ps Ps' = I, both domains are only turned."""
    Xs, ys, Xt, _ = make_pair(40, 30, 6)
    Zs, Zt = SubspaceAlignment(n_components=6).fit_transform_pair(Xs, ys, Xt)
    Cs, Ct = Xs - Xs.mean(axis=0), Xt - Xt.mean(axis=0)
    np.testing.assert_allclose(Zs @ Zt.T, Cs @ Ct.T, atol=1e-9)


def test_signs_and_turns_of_the_source_basis_cancel():
    Ps, Pt = bases()
    turn = np.linalg.qr(np.random.default_rng(3).standard_normal((3, 3)))[0]
    for other in (-Ps, Ps * [1, -1, 1], Ps @ turn):
        np.testing.assert_allclose(
            other @ alignment(other, Pt), Ps @ alignment(Ps, Pt), atol=1e-13
        )


def test_a_turned_world_gives_the_same_features():
    """Turn the features of both domains: distances between mapped samples stay."""
    Xs, ys, Xt, _ = make_pair(40, 30, 6)
    turn = np.linalg.qr(np.random.default_rng(4).standard_normal((6, 6)))[0]
    model = SubspaceAlignment(n_components=2)
    one = np.vstack(model.fit_transform_pair(Xs, ys, Xt))
    two = np.vstack(model.fit_transform_pair(Xs @ turn, ys, Xt @ turn + 3.0))
    np.testing.assert_allclose(one @ one.T, two @ two.T, atol=1e-9)


def test_means_are_of_each_domain():
    Xs, ys, Xt, _ = make_pair(40, 30, 6)
    model = SubspaceAlignment(n_components=2).fit(Xs, ys, Xt)
    np.testing.assert_allclose(model.means_["source"], Xs.mean(axis=0))
    np.testing.assert_allclose(model.means_["target"], Xt.mean(axis=0))
    for domain, X in (("source", Xs), ("target", Xt)):
        np.testing.assert_allclose(
            model.transform(X, domain).mean(axis=0), 0, atol=1e-12
        )


def test_number_of_components():
    Xs, ys, Xt, _ = make_pair(60, 50, 70)
    for columns, k in ((70, 20), (16, 8), (1, 1)):
        model = SubspaceAlignment().fit(Xs[:, :columns], ys, Xt[:, :columns])
        assert model.transform(Xt[:, :columns]).shape == (50, k)
    assert SubspaceAlignment().fit(Xs, ys, Xt[:4]).transform(Xt).shape == (50, 3)
    assert SubspaceAlignment().fit(Xs[:4], ys[:4], Xt).transform(Xt).shape == (
        50,
        3,
    )
    with pytest.raises(
        ValueError, match=r"n_components=4 .*rank of X_target .target domain., 3"
    ):
        SubspaceAlignment(n_components=4).fit(Xs, ys, Xt[:4])
    with pytest.raises(
        ValueError, match=r"all samples of X .source domain. coincide"
    ):
        SubspaceAlignment().fit(np.ones_like(Xs), ys, Xt)
    with pytest.raises(
        ValueError, match=r"all samples of X_target .target domain. coincide"
    ):
        SubspaceAlignment().fit(Xs, ys, np.ones_like(Xt))


@needs_papers_data
@pytest.mark.parametrize(
    ("source", "target", "accuracy"),
    [
        ("caltech", "amazon", 41.34),
        ("webcam", "dslr", 80.89),
        ("dslr", "webcam", 82.37),
    ],
)
def test_accuracy_on_office_caltech_as_of_an_independent_run(
    source, target, accuracy
):
    from tlbook.datasets import fetch_office_caltech

    Xs, ys, Xt, yt = fetch_office_caltech(source, target)
    model = SubspaceAlignment(n_components=30).fit(Xs, ys, Xt)
    assert 100 * model.score(Xt, yt) == pytest.approx(accuracy, abs=0.7)
