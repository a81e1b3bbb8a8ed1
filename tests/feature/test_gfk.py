"""GFK against quadrature along the path, subspaces by hand, loops, and the published table."""

import numpy as np
import pytest
from dense_reference import make_pair, needs_papers_data
from scipy.integrate import quad, quad_vec
from scipy.linalg import null_space, orth, subspace_angles
from scipy.stats import norm
from sklearn.decomposition import PCA
from sklearn.neighbors import KNeighborsClassifier

from tlbook.feature import GFK
from tlbook.feature.gfk import (
    agreeing_components,
    flow_factor,
    geodesic,
    principal_vectors,
    rank_of_domain,
    subspace_disagreement,
)


def subspaces(d, k, seed=0, spread=1.0):
    rng = np.random.default_rng(seed)
    Ps = np.linalg.qr(rng.standard_normal((d, k)))[0]
    return Ps, np.linalg.qr(Ps + spread * rng.standard_normal((d, k)))[0]


def paper_path(Ps, Pt, t):
    """The paper's form, with the orthogonal complement Rs of Ps: Ps U1 cos(t) - Rs U2 sin(t)."""
    Rs = null_space(Ps.T)
    U1, cosine, Vt = np.linalg.svd(Ps.T @ Pt)
    theta = np.arccos(np.clip(cosine, -1, 1))
    U2 = -Rs.T @ Pt @ Vt.T / np.sin(theta)
    return Ps @ U1 @ np.diag(np.cos(t * theta)) - Rs @ U2 @ np.diag(
        np.sin(t * theta)
    )


def kernel(Ps, Pt):
    L = flow_factor(*principal_vectors(Ps, Pt))
    return L @ L.T


@pytest.mark.parametrize(
    ("d", "k", "spread"), [(9, 4, 1.0), (20, 3, 0.1), (6, 3, 1e-2), (5, 1, 3)]
)
def test_kernel_is_the_integral_over_the_path(d, k, spread):
    Ps, Pt = subspaces(d, k, spread=spread)

    def integrand(t):
        basis = paper_path(Ps, Pt, t)
        return (basis @ basis.T).ravel()

    G = quad_vec(integrand, 0, 1, epsabs=1e-12)[0].reshape(d, d)
    np.testing.assert_allclose(kernel(Ps, Pt), G, atol=1e-11)


def test_one_angle_by_hand():
    """In the plane, from one axis to the other: a = c = 1/2, b = 1/pi."""
    G = kernel(np.array([[1.0], [0.0]]), np.array([[0.0], [1.0]]))
    np.testing.assert_allclose(
        G, [[1 / 2, 1 / np.pi], [1 / np.pi, 1 / 2]], atol=1e-15
    )


def test_path_starts_at_the_source_ends_at_the_target_and_is_even():
    Ps, Pt = subspaces(10, 3)
    path = principal_vectors(Ps, Pt)
    for t, P in ((0, Ps), (1, Pt)):
        basis = geodesic(*path, t)
        np.testing.assert_allclose(basis @ basis.T, P @ P.T, atol=1e-13)
    whole = np.sort(subspace_angles(Ps, Pt))
    np.testing.assert_allclose(path[2], whole, atol=1e-12)
    for t in (0.25, 0.5, 0.9):
        basis, expected = geodesic(*path, t), paper_path(Ps, Pt, t)
        np.testing.assert_allclose(basis.T @ basis, np.eye(3), atol=1e-13)
        np.testing.assert_allclose(
            basis @ basis.T, expected @ expected.T, atol=1e-12
        )
        np.testing.assert_allclose(
            np.sort(subspace_angles(Ps, basis)), t * whole, atol=1e-12
        )


def test_principal_vectors():
    Ps, Pt = subspaces(10, 4)
    A, R, theta = principal_vectors(Ps, Pt)
    np.testing.assert_allclose(A.T @ A, np.eye(4), atol=1e-14)
    np.testing.assert_allclose(A @ A.T, Ps @ Ps.T, atol=1e-14)
    np.testing.assert_allclose(A.T @ R, 0, atol=1e-14)
    np.testing.assert_allclose(R.T @ R, np.diag(np.sin(theta) ** 2), atol=1e-14)
    assert np.all(np.diff(theta) >= 0)


def test_kernel_is_symmetric_positive_semidefinite_of_rank_2k():
    values = np.linalg.eigvalsh(kernel(*subspaces(12, 4)))
    assert values[0] > -1e-14
    assert np.sum(values > 1e-10) == 8
    assert values.sum() == pytest.approx(4)  # each Phi(t) Phi(t)' has trace k


def test_equal_subspaces_give_the_projector():
    Ps, _ = subspaces(12, 4)
    turned = (
        Ps @ np.linalg.qr(np.random.default_rng(1).standard_normal((4, 4)))[0]
    )
    for Pt in (Ps, turned, -Ps):
        np.testing.assert_allclose(kernel(Ps, Pt), Ps @ Ps.T, atol=1e-13)


def test_shared_directions_and_right_angles_together():
    Ps, Pt = np.eye(6)[:, :3], np.eye(6)[:, [0, 3, 4]]
    A, R, theta = principal_vectors(Ps, Pt)
    np.testing.assert_allclose(theta, [0, np.pi / 2, np.pi / 2], atol=1e-15)
    expected = np.eye(6) / 2
    expected[0, 0], expected[5, 5] = 1, 0
    G = flow_factor(A, R, theta) @ flow_factor(A, R, theta).T
    np.testing.assert_allclose(np.diag(G), np.diag(expected), atol=1e-15)
    np.testing.assert_allclose(np.abs(G[1:3, 3:5]).sum(), 2 / np.pi)


@pytest.mark.parametrize("angle", [1e-9, 3e-5, 9.9e-5, 1.01e-4, 1e-3, 8e-3])
def test_small_angles_are_smooth(angle):
    """Around the switch to c = 1/3 the kernel agrees with the series to double precision."""
    Ps, Pt = (
        np.array([[1.0], [0.0]]),
        np.array([[np.cos(angle)], [np.sin(angle)]]),
    )
    square = angle**2 / 3 - angle**4 / 15
    product = angle / 2 - angle**3 / 6 + angle**5 / 45
    series = [[1 - square, product], [product, square]]
    np.testing.assert_allclose(
        kernel(Ps, Pt), series, rtol=0, atol=1e-15 + angle**6
    )


def test_kernel_does_not_depend_on_the_bases_and_reverses():
    Ps, Pt = subspaces(9, 3)
    turn = np.linalg.qr(np.random.default_rng(2).standard_normal((3, 3)))[0]
    np.testing.assert_allclose(
        kernel(Ps @ turn, Pt * [1, -1, 1]), kernel(Ps, Pt), atol=1e-13
    )
    np.testing.assert_allclose(kernel(Pt, Ps), kernel(Ps, Pt), atol=1e-13)


def test_disagreement_by_largest_principal_angles():
    rng = np.random.default_rng(0)
    Ps, Pt, pooled = (
        np.linalg.qr(rng.standard_normal((9, 4)))[0] for _ in range(3)
    )
    found = list(subspace_disagreement(Ps, Pt, pooled))
    assert len(found) == 4
    for k in range(1, 5):
        alpha, beta = (
            max(subspace_angles(P[:, :k], pooled[:, :k])) for P in (Ps, Pt)
        )
        assert found[k - 1] == pytest.approx((np.sin(alpha) + np.sin(beta)) / 2)
    np.testing.assert_allclose(
        list(subspace_disagreement(Ps, Ps, Ps)), 0, atol=1e-7
    )


def test_number_of_components_is_the_first_of_full_disagreement():
    """Pooled axes in the same order up to the second; then they are orthogonal."""
    axes = np.eye(9)
    Ps, Pt = axes[:, [0, 1, 2, 3]], axes[:, [1, 0, 2, 3]]
    assert agreeing_components(Ps, Pt, axes[:, [0, 1, 4, 5]]) == 3
    assert agreeing_components(Ps, Pt, axes[:, [8, 1, 4, 5]]) == 1
    assert agreeing_components(axes[:, :4], axes[:, :4], axes[:, :4]) == 1
    for angle, third, expected in ((1.0, 2, 2), (1.5, 7, 2), (1.3, 7, 3)):
        tilted = axes[:, [0, 1, third, 3]].copy()
        # D(2) = 0.84, 0.998, 0.96
        tilted[[1, 6], 1] = np.cos(angle), np.sin(angle)
        assert agreeing_components(axes[:, :4], axes[:, :4], tilted) == expected


def gaussian_kl(p, q):
    """KL divergence of two centered Gaussians of standard deviations p and q, by quadrature."""

    def integrand(x):
        return norm.pdf(x, 0, p) * (norm.logpdf(x, 0, p) - norm.logpdf(x, 0, q))

    return quad(integrand, -12 * p, 12 * p)[0]


def test_rank_of_domain_by_loops():
    Xs, _, Xt, _ = make_pair(40, 30, 6)
    Ps, Pt = (PCA(3, svd_solver="full").fit(X).components_.T for X in (Xs, Xt))
    U, cosine, Vt = np.linalg.svd(Ps.T @ Pt)
    total = 0
    for u, v, c in zip(U.T, Vt, cosine):
        p, q = np.std(Xs @ Ps @ u, ddof=1), np.std(Xt @ Pt @ v, ddof=1)
        total += np.arccos(c) * (gaussian_kl(p, q) + gaussian_kl(q, p))
    assert rank_of_domain(Xs, Xt, 3) == pytest.approx(total / 3, rel=1e-8)
    assert rank_of_domain(Xs + 5, Xt - 2, 3) == pytest.approx(total / 3, rel=1e-8)
    assert rank_of_domain(Xs, Xs + 1, 3) == pytest.approx(0, abs=1e-9)


def test_rank_of_domain_prefers_the_nearer_source():
    rng = np.random.default_rng(0)
    scales = np.array([5.0, 3.0, 2.0, 1.0, 0.3, 0.2])
    Xt, near = (rng.standard_normal((300, 6)) * scales for _ in range(2))
    far = rng.standard_normal((300, 6)) * scales[::-1]
    assert rank_of_domain(near, Xt, 2) < 0.1 * rank_of_domain(far, Xt, 2)
    with pytest.raises(ValueError, match=r"n_components=7 .* 6"):
        rank_of_domain(near, Xt, 7)


@pytest.mark.parametrize(("ns", "nt", "d", "k"), [(40, 30, 9, 4), (12, 9, 40, 5)])
def test_features_have_the_products_of_the_kernel(ns, nt, d, k):
    Xs, ys, Xt, _ = make_pair(ns, nt, d)
    model = GFK(n_components=k).fit(Xs, ys, Xt)
    Ps, Pt = (PCA(k, svd_solver="full").fit(X).components_.T for X in (Xs, Xt))
    Zs, Zt = model.transform(Xs, "source"), model.transform(Xt)
    assert Zs.shape == (ns, 2 * k)
    expected = Xs @ kernel(Ps, Pt) @ Xt.T
    np.testing.assert_allclose(
        Zs @ Zt.T, expected, atol=1e-9 * np.abs(expected).max()
    )
    np.testing.assert_allclose(
        model.angles_, np.sort(subspace_angles(Ps, Pt)), atol=1e-9
    )
    assert model.n_components_ == k


def test_auto_takes_the_components_of_the_disagreement():
    Xs, ys, Xt, _ = make_pair(60, 50, 12)
    Cs, Ct = Xs - Xs.mean(axis=0), Xt - Xt.mean(axis=0)
    bases = [orth_by_variance(C)[:, :6] for C in (Cs, Ct, np.vstack([Cs, Ct]))]
    D = list(subspace_disagreement(*bases))
    expected = next((k for k in range(6) if D[k] >= 0.99), int(np.argmax(D))) + 1
    assert expected > 1
    model = GFK().fit(Xs, ys, Xt)
    assert model.n_components_ == expected
    np.testing.assert_allclose(
        model.angles_,
        np.sort(subspace_angles(bases[0][:, :expected], bases[1][:, :expected])),
    )


def orth_by_variance(C):
    return orth(C.T)  # left singular vectors, by falling singular value


def test_limits():
    Xs, ys, Xt, _ = make_pair(40, 30, 9)
    with pytest.raises(
        ValueError, match="n_components=5 is greater than half of the features, 4"
    ):
        GFK(n_components=5).fit(Xs, ys, Xt)
    with pytest.raises(
        ValueError, match=r"n_components=4 .*rank of X_target .target domain., 2"
    ):
        GFK(n_components=4).fit(Xs, ys, Xt[:3])
    with pytest.raises(
        ValueError, match=r"all samples of X .source domain. coincide"
    ):
        GFK().fit(np.ones_like(Xs), ys, Xt)
    with pytest.raises(
        ValueError, match=r"all samples of X_target .target domain. coincide"
    ):
        GFK().fit(Xs, ys, np.ones_like(Xt))
    assert GFK().fit(Xs, ys, Xt[:2]).n_components_ == 1


# task: published accuracy and the number of components that gives it
PUBLISHED = {
    "C-A": (41.02, 20),
    "C-W": (40.68, 20),
    "C-D": (38.85, 10),
    "A-C": (40.25, 20),
    "A-W": (38.98, 10),
    "A-D": (36.31, 20),
    "W-C": (30.72, 20),
    "W-A": (29.75, 10),
    "W-D": (80.89, 10),
    "D-C": (30.28, 10),
    "D-A": (32.05, 20),
    "D-W": (75.59, 10),
}
DOMAINS = {"C": "caltech", "A": "amazon", "W": "webcam", "D": "dslr"}


@needs_papers_data
@pytest.mark.parametrize("task", PUBLISHED)
def test_published_accuracy_on_office_caltech(task):
    from tlbook.datasets import fetch_office_caltech

    accuracy, k = PUBLISHED[task]
    Xs, ys, Xt, yt = fetch_office_caltech(DOMAINS[task[0]], DOMAINS[task[2]])
    model = GFK(KNeighborsClassifier(1), n_components=k).fit(Xs, ys, Xt)
    assert round(100 * model.score(Xt, yt), 2) == accuracy
