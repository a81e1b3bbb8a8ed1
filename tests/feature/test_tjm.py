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
from sklearn.neighbors import KNeighborsClassifier
from sklearn.preprocessing import normalize

from tlbook.feature import TCA, TJM
from tlbook.feature.tjm import inverse_root_penalties


def dense_tjm(Xs, Xt, K, lam, k, n_iter):
    ns, nt = len(Xs), len(Xt)
    M, g = marginal(ns, nt), np.ones(ns + nt)
    for _ in range(n_iter):
        values, A = solve(K, M / np.linalg.norm(M), lam * g, k)
        g = np.array(
            [
                1 / (2 * np.linalg.norm(a)) if i < ns else 1.0
                for i, a in enumerate(A)
            ]
        )
    return values, A


def test_penalties_by_hand():
    A = np.array([[3.0, 4.0], [0.0, 0.0], [0.6, 0.8], [5.0, 12.0]])
    root = inverse_root_penalties(A, 3)
    np.testing.assert_allclose(root, [np.sqrt(10), 0, np.sqrt(2), 1])
    np.testing.assert_allclose(1 / root[[0, 2]] ** 2, [1 / (2 * 5), 1 / (2 * 1)])


@pytest.mark.parametrize("kernel", ["linear", "rbf"])
@pytest.mark.parametrize(
    ("ns", "nt", "d", "k"), [(14, 11, 4, 2), (9, 8, 20, 5), (70, 60, 80, 4)]
)
def test_equals_the_dense_form(kernel, ns, nt, d, k):
    Xs, ys, Xt, _ = make_pair(ns, nt, d, seed=4)
    K = kernel_of(np.vstack([Xs, Xt]), kernel, 0.3 / d)
    model = TJM(n_components=k, lam=0.3, kernel=kernel, n_iter=4, gamma=0.3 / d)
    Z = np.vstack(model.fit_transform_pair(Xs, ys, Xt))
    values, A = dense_tjm(Xs, Xt, K, 0.3, k, 4)
    np.testing.assert_allclose(model.eigenvalues_, values, rtol=1e-8)
    np.testing.assert_allclose(
        model.row_norms_, np.linalg.norm(A[:ns], axis=1), rtol=1e-4
    )
    assert_same_embedding(Z, K @ unit_columns(A), rtol=1e-7)


@pytest.mark.parametrize("kernel", ["linear", "rbf"])
def test_first_round_is_tca(kernel):
    Xs, ys, Xt, _ = make_pair()
    one = TJM(n_components=3, lam=0.5, kernel=kernel, n_iter=1).fit(Xs, ys, Xt)
    two = TCA(n_components=3, mu=0.5 * (1 / 14 + 1 / 11), kernel=kernel).fit(
        Xs, ys, Xt
    )
    np.testing.assert_allclose(
        one.transform(Xt),
        two.transform(Xt),
        atol=1e-8 * np.abs(two.transform(Xt)).max(),
    )


def history(n_iter, lam=0.3):
    """K, M, H and A with A'KHKA = I, from the fitted map alone."""
    Xs, ys, Xt, _ = make_pair(24, 20, 4, seed=5)
    K = kernel_of(np.vstack([Xs, Xt]), "rbf", 0.07)
    M, H = marginal(24, 20), np.eye(44) - 1 / 44
    model = TJM(n_components=3, lam=lam, kernel="rbf", n_iter=n_iter, gamma=0.07)
    A = model.fit(Xs, ys, Xt).projection_
    A = A / np.sqrt(np.sum(A * (K @ H @ K @ A), axis=0))
    return K, M / np.linalg.norm(M), H, A, model


def test_no_round_makes_the_objective_worse():
    def objective(n_iter):
        K, M, _, A, _ = history(n_iter)
        rows = np.linalg.norm(A[:24], axis=1).sum() + np.sum(A[24:] ** 2)
        return np.trace(A.T @ K @ M @ K @ A) + 0.3 * rows

    falls = -np.diff([objective(n_iter) for n_iter in (1, 2, 3, 4, 6, 10, 20)])
    assert np.all(falls > -1e-10)
    assert falls[0] > 1e-4


def test_in_the_end_the_target_spans_the_components():
    """All source rows go to zero; what is left is TCA with coefficients on the target alone."""
    K, M, H, A, model = history(100)
    assert model.row_norms_.max() < 1e-12
    values, B = solve(K[:, 24:], M, 0.3, 3)
    np.testing.assert_allclose(model.eigenvalues_, values, rtol=1e-8)
    assert_same_embedding(K @ A, K[:, 24:] @ B)


def test_row_norms_are_those_of_the_constrained_rows():
    _, _, _, A, model = history(5)
    np.testing.assert_allclose(
        model.row_norms_, np.linalg.norm(A[:24], axis=1), rtol=1e-6
    )


def test_a_source_row_without_a_kernel_value_stays_zero():
    """A sample at the origin has K row zero: its coefficients are zero, and nothing breaks."""
    Xs, ys, Xt, _ = make_pair()
    Xs[3] = 0
    model = TJM(n_components=2, n_iter=5).fit(Xs, ys, Xt)
    assert model.row_norms_[3] == 0
    assert np.all(np.isfinite(model.transform(Xt)))


def test_samples_like_the_target_count_more():
    """Half of the source lies where the target is, the other half far off."""
    rng = np.random.default_rng(0)
    Xs, Xt = rng.standard_normal((60, 3)), rng.standard_normal((60, 3))
    Xs[30:] += 6
    model = TJM(n_components=3, lam=0.1, kernel="rbf", gamma=0.1).fit(
        Xs, np.arange(60) % 2, Xt
    )
    near, far = model.row_norms_[:30], model.row_norms_[30:]
    assert np.sum(near) > 2 * np.sum(far)


def test_at_most_twenty_components_unless_asked():
    Xs, ys, Xt, _ = make_pair(30, 30, 40)
    assert TJM(n_iter=1).fit(Xs, ys, Xt).projection_.shape == (40, 20)
    with pytest.raises(ValueError, match=r"n_components=41, but .* rank 40"):
        TJM(n_components=41).fit(Xs, ys, Xt)


def test_defaults():
    assert (TJM().lam, TJM().kernel, TJM().n_iter) == (1, "linear", 10)


@needs_papers_data
@pytest.mark.parametrize(
    ("source", "target", "published"),
    [
        ("webcam", "dslr", 89.17),
        ("dslr", "webcam", 85.42),
        ("dslr", "amazon", 32.78),
    ],
)
def test_published_accuracy_on_office_caltech(source, target, published):
    from tlbook.datasets import fetch_office_caltech

    Xs, ys, Xt, yt = fetch_office_caltech(source, target)
    Xs, Xt = normalize(Xs), normalize(Xt)
    model = TJM(KNeighborsClassifier(1), n_components=20, lam=1, n_iter=10).fit(
        Xs, ys, Xt
    )
    assert round(100 * model.score(Xt, yt), 2) == published
