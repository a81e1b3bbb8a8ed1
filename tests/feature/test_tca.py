import numpy as np
import pytest
from dense_reference import (
    assert_same_embedding,
    kernel_of,
    make_pair,
    marginal,
    needs_papers_data,
    solve,
    unit_columns,
)
from scipy.linalg import subspace_angles
from scipy.spatial.distance import cdist
from sklearn.neighbors import KNeighborsClassifier

from tlbook.feature import TCA
from tlbook.feature._components import leading_eigenpairs
from tlbook.feature.tca import inverse_root, mmd_vector

KERNELS = ("primal", "linear", "rbf")
# Samples and features: more samples than features, fewer, and enough for the Krylov solver.
SHAPES = [(14, 11, 4, 3), (8, 6, 20, 5), (75, 60, 80, 4)]


def pooled(kernel, ns, nt, d, k):
    Xs, ys, Xt, _ = make_pair(ns, nt, d)
    model = TCA(n_components=k, mu=0.4, kernel=kernel, gamma=0.3 / d)
    Zs, Zt = model.fit_transform_pair(Xs, ys, Xt)
    return np.vstack([Xs, Xt]), model, np.vstack([Zs, Zt])


def test_mmd_vector_by_hand():
    np.testing.assert_allclose(
        mmd_vector(2, 4), [0.5, 0.5, -0.25, -0.25, -0.25, -0.25]
    )


def test_inverse_root_is_the_dense_one():
    U = np.random.default_rng(0).standard_normal((7, 3))
    root = inverse_root(U, 0.3)(np.eye(7))
    np.testing.assert_allclose(
        root @ root @ (U @ U.T + 0.3 * np.eye(7)), np.eye(7), atol=1e-12
    )
    np.testing.assert_allclose(root, root.T, atol=1e-12)


def test_two_dimensions_by_hand():
    """The second feature tells the domains apart: F'HF = diag(4, 16), F'e = (0, -4).

    values: 4 / mu and 16 / (16 + mu).
    """
    Xs, Xt = np.array([[1.0, 0], [-1, 0]]), np.array([[1.0, 4], [-1, 4]])
    model = TCA(n_components=2, mu=1.0, kernel="primal").fit(Xs, [0, 1], Xt)
    np.testing.assert_allclose(model.eigenvalues_, [4, 16 / 17])
    np.testing.assert_allclose(model.projection_, np.eye(2), atol=1e-12)
    model = TCA(n_components=2, mu=16.0, kernel="primal").fit(Xs, [0, 1], Xt)
    np.testing.assert_allclose(model.eigenvalues_, [1 / 2, 1 / 4])
    np.testing.assert_allclose(model.projection_, np.eye(2)[::-1], atol=1e-12)


@pytest.mark.parametrize("kernel", KERNELS)
@pytest.mark.parametrize(("ns", "nt", "d", "k"), SHAPES)
def test_equals_the_dense_form(kernel, ns, nt, d, k):
    X, model, Z = pooled(kernel, ns, nt, d, k)
    F = kernel_of(X, kernel, 0.3 / X.shape[1])
    values, A = solve(F, marginal(ns, nt), 0.4, k)
    np.testing.assert_allclose(model.eigenvalues_, values, rtol=1e-8)
    assert_same_embedding(Z, F @ unit_columns(A))
    assert np.max(subspace_angles(Z, F @ A)) < 1e-7


@pytest.mark.parametrize("kernel", ["primal", "rbf"])
def test_solves_the_eigenproblem(kernel):
    X, model, _ = pooled(kernel, 14, 11, 4, 3)
    F, W = kernel_of(X, kernel, 0.3 / 4), model.projection_
    H = np.eye(25) - 1 / 25
    left = F.T @ marginal(14, 11) @ F @ W + 0.4 * W
    right = F.T @ H @ F @ W / model.eigenvalues_
    np.testing.assert_allclose(left, right, atol=1e-10 * np.abs(right).max())
    np.testing.assert_allclose(np.linalg.norm(W, axis=0), 1)
    assert np.all(np.max(W, axis=0) == np.max(np.abs(W), axis=0))


def test_trace_is_the_mmd_by_its_definition():
    """tr(W'KLKW) is the squared distance of the two means in the new space."""
    X, model, Z = pooled("rbf", 14, 11, 4, 3)
    K, W = kernel_of(X, "rbf", 0.3 / 4), model.projection_
    trace = np.trace(W.T @ K @ marginal(14, 11) @ K @ W)
    assert trace == pytest.approx(
        np.sum((Z[:14].mean(axis=0) - Z[14:].mean(axis=0)) ** 2)
    )


@pytest.mark.parametrize("kernel", KERNELS)
def test_no_random_feasible_map_is_better(kernel):
    X, model, Z = pooled(kernel, 14, 11, 4, 2)
    F = kernel_of(X, kernel, 0.3 / X.shape[1])
    L, H = marginal(14, 11), np.eye(25) - 1 / 25

    def objective(W):
        """tr(W'F'LFW) + mu |W|^2 once W is scaled to W'F'HFW = I."""
        W = W @ np.linalg.inv(np.linalg.cholesky(W.T @ F.T @ H @ F @ W)).T
        return np.trace(W.T @ F.T @ L @ F @ W) + 0.4 * np.sum(W**2)

    W = np.linalg.pinv(F) @ Z
    best = objective(W)
    assert best == pytest.approx(np.sum(1 / model.eigenvalues_))
    rng = np.random.default_rng(1)
    for size in (1e-3, 1e-1, 10.0):
        for _ in range(30):
            noise = rng.standard_normal(W.shape)
            if kernel == "linear":
                noise = X @ (X.T @ noise)  # alpha of minimal length
            assert objective(W + size * noise / np.linalg.norm(noise)) > best * (
                1 - 1e-9
            )


def test_out_of_sample_by_definition():
    X, model, _ = pooled("rbf", 14, 11, 4, 3)
    new = np.random.default_rng(5).standard_normal((6, 4))
    k = np.exp(-0.3 / 4 * cdist(new, X, "sqeuclidean"))
    np.testing.assert_allclose(model.transform(new), k @ model.projection_)
    np.testing.assert_allclose(
        model.transform(new, "source"), model.transform(new)
    )


def test_primal_and_linear_kernel_are_different_estimators():
    """The ridge is |W|^2 in one and |alpha|^2, W = X' alpha, in the other.

    With k = d - 1 and no ridge both must span all directions in which the means agree.
    """
    Xs, ys, Xt, _ = make_pair()
    for mu, angle in ((1.0, 0.05), (1e-10, 0.0)):
        maps = [
            TCA(n_components=3, mu=mu, kernel=kernel).fit(Xs, ys, Xt).projection_
            for kernel in ("primal", "linear")
        ]
        widest = np.max(subspace_angles(*maps))
        assert widest > angle if angle else widest < 1e-6
    gap = Xs.mean(axis=0) - Xt.mean(axis=0)
    np.testing.assert_allclose(gap @ maps[0], 0, atol=1e-6)


def test_scores_are_those_of_svd_where_both_means_are_zero():
    """Per-domain z-scores have linear MMD zero: TCA gives U S^2 of X = U S V', no adaptation."""
    Xs, ys, Xt, _ = make_pair(30, 25, 5)
    Xs, Xt = ((X - X.mean(axis=0)) / X.std(axis=0) for X in (Xs, Xt))
    Z = np.vstack(TCA(n_components=3).fit_transform_pair(Xs, ys, Xt))
    U, s, _ = np.linalg.svd(np.vstack([Xs, Xt]), full_matrices=False)
    assert_same_embedding(Z, (U * s**2)[:, :3])


def test_default_gamma_is_that_of_the_mean_squared_distance():
    Xs, ys, Xt, _ = make_pair()
    X = np.vstack([Xs, Xt])
    squares = cdist(X, X, "sqeuclidean")[np.triu_indices(25, k=1)]
    model = TCA(n_components=2, kernel="rbf").fit(Xs, ys, Xt)
    assert model.gamma_ == pytest.approx(1 / (2 * squares.mean()))
    assert (
        TCA(n_components=2, kernel="rbf", gamma=0.5).fit(Xs, ys, Xt).gamma_ == 0.5
    )


def test_order_of_samples_does_not_change_the_map():
    Xs, ys, Xt, _ = make_pair(75, 60, 6)
    p, q = (
        np.random.default_rng(2).permutation(75),
        np.random.default_rng(3).permutation(60),
    )
    for kernel in KERNELS:
        model = TCA(n_components=4, kernel=kernel, gamma=0.05)
        one = model.fit(Xs, ys, Xt).transform(Xt)
        two = model.fit(Xs[p], ys[p], Xt[q]).transform(Xt)
        np.testing.assert_allclose(one, two, atol=1e-7 * np.abs(one).max())


def test_too_many_components_are_refused_with_both_numbers():
    Xs, ys, Xt, _ = make_pair()
    for kernel in ("primal", "linear"):
        with pytest.raises(ValueError, match=r"n_components=5, but .* rank 4"):
            TCA(n_components=5, kernel=kernel).fit(Xs, ys, Xt)
        assert TCA(kernel=kernel).fit(Xs, ys, Xt).projection_.shape == (4, 4)
    with pytest.raises(ValueError, match=r"n_components=25, but .* rank 24"):
        TCA(n_components=25, kernel="rbf", gamma=1.0).fit(Xs, ys, Xt)
    line = np.outer(np.arange(9.0), [1, 2, 3])
    with pytest.raises(ValueError, match=r"n_components=2, but .* rank 1"):
        TCA(n_components=2, kernel="primal").fit(
            line[:5], [0, 1, 0, 1, 0], line[5:]
        )


def test_at_most_a_hundred_components_unless_asked():
    Xs, ys, Xt, _ = make_pair(90, 80, 120)
    assert TCA().fit(Xs, ys, Xt).projection_.shape == (120, 100)
    assert TCA(n_components=110).fit(Xs, ys, Xt).projection_.shape == (120, 110)


@pytest.mark.parametrize("kernel", KERNELS)
def test_samples_that_coincide_are_refused(kernel):
    X = np.full((6, 3), 0.1)
    with pytest.raises(ValueError, match="coincide"):
        TCA(kernel=kernel).fit(X, [0, 1] * 3, X[:5])


@pytest.mark.parametrize("decay", [0.5, 0.97])
def test_krylov_solver(decay):
    rng = np.random.default_rng(0)
    Q, _ = np.linalg.qr(rng.standard_normal((150, 150)))
    spectrum = decay ** np.arange(150)
    spectrum[3] = spectrum[2]  # a double eigenvalue
    S = (Q * spectrum) @ Q.T
    values, V = leading_eigenpairs(lambda V: S @ V, 150, 6)
    np.testing.assert_allclose(values, np.sort(spectrum)[::-1][:6], rtol=1e-10)
    np.testing.assert_allclose(V.T @ V, np.eye(6), atol=1e-12)
    assert np.max(subspace_angles(V, Q[:, np.argsort(-spectrum)[:6]])) < 1e-7
    warm, _ = leading_eigenpairs(lambda V: S @ V, 150, 6, start=V)
    np.testing.assert_allclose(warm, values, rtol=1e-10)


def test_krylov_solver_on_an_operator_of_low_rank():
    B = np.random.default_rng(0).standard_normal((200, 5))
    values, _ = leading_eigenpairs(lambda V: B @ (B.T @ V), 200, 8)
    np.testing.assert_allclose(values[:5], np.linalg.eigvalsh(B.T @ B)[::-1])
    np.testing.assert_allclose(values[5:], 0, atol=1e-10)


@needs_papers_data
@pytest.mark.parametrize(
    ("source", "target", "published"),
    [
        ("webcam", "dslr", 87.26),
        ("dslr", "webcam", 86.10),
        ("amazon", "dslr", 33.12),
    ],
)
def test_published_accuracy_on_office_caltech(source, target, published):
    from tlbook.datasets import fetch_office_caltech

    Xs, ys, Xt, yt = fetch_office_caltech(source, target)
    model = TCA(
        KNeighborsClassifier(1), n_components=100, mu=1, kernel="linear"
    ).fit(Xs, ys, Xt)
    assert round(100 * model.score(Xt, yt), 2) == published


@needs_papers_data
@pytest.mark.parametrize(
    ("source", "target", "published"),
    [("usps", "mnist", 51.05), ("mnist", "usps", 56.28)],
)
def test_published_accuracy_on_digits(source, target, published):
    """The table's ridge of 0.1 is relative to the norm of M, which is 1 / ns + 1 / nt."""
    from tlbook.datasets import fetch_mnist_usps

    Xs, ys, Xt, yt = fetch_mnist_usps(source, target)
    mu = 0.1 * (1 / len(Xs) + 1 / len(Xt))
    model = TCA(
        KNeighborsClassifier(1), n_components=100, mu=mu, kernel="primal"
    ).fit(Xs, ys, Xt)
    assert round(100 * model.score(Xt, yt), 2) == published
