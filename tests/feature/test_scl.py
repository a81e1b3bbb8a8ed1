"""SCL against finite differences, SciPy's optimizer, the normal equations and the dense SVD."""

import warnings

import numpy as np
import pytest
from scipy import sparse
from scipy.optimize import minimize
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression

from tlbook.feature import SCL, _pivot_predictors
from tlbook.feature._words import presence
from tlbook.feature.scl import (
    choose_pivots,
    gram,
    huber_predictors,
    modified_huber,
    modified_huber_slope,
    ridge_predictors,
    ridge_solver,
    without_pivots,
)


def make_problem(seed=0, n=40, d=9, p=5):
    rng = np.random.default_rng(seed)
    X = rng.poisson(0.8, (n, d)).astype(float)
    T = np.sign(X @ rng.standard_normal((d, p)) + rng.standard_normal((n, p)))
    return X, T


def make_reviews(seed=0, n=120):
    """Words 0-3 are pivots of two opinions; 4-5 say the same in the source, 6-7 in the target."""
    rng = np.random.default_rng(seed)

    def draw(own):
        y = np.arange(n) % 2
        X = np.zeros((n, 12))
        for i, label in enumerate(y):
            X[i, [label, 2 + label]] = rng.random(2) < 0.35
            X[i, own[label]] = rng.random() < 0.9
            X[i, 8:] = rng.random(4) < 0.4
        return X, y

    return *draw((4, 5)), *draw((6, 7))


def objective(w, X, t, reg):
    """The paper's loss by its two branches, sample by sample."""
    total = 0.0
    for x, sign in zip(X, t):
        margin = sign * (x @ w)
        total += -4 * margin if margin < -1 else max(0.0, 1 - margin) ** 2
    return total / len(X) + reg / 2 * w @ w


def test_modified_huber_by_hand():
    margins = np.array([-3.0, -1, 0, 0.5, 1, 2])
    np.testing.assert_allclose(modified_huber(margins), [12, 4, 1, 0.25, 0, 0])
    np.testing.assert_allclose(
        modified_huber_slope(margins), [-4, -4, -2, -1, 0, 0]
    )


def test_slope_by_finite_differences():
    margins = np.linspace(-3, 3, 61) + 0.013
    step = 1e-6
    expected = (
        modified_huber(margins + step) - modified_huber(margins - step)
    ) / (2 * step)
    np.testing.assert_allclose(modified_huber_slope(margins), expected, atol=1e-6)


def test_gradient_of_the_objective_by_finite_differences():
    X, T = make_problem()
    w, t, reg = 0.4 * np.random.default_rng(3).standard_normal(9), T[:, 0], 0.05
    gradient = X.T @ (t * modified_huber_slope(t * (X @ w))) / len(X) + reg * w
    for j in range(9):
        e = 1e-6 * np.eye(9)[j]
        slope = (objective(w + e, X, t, reg) - objective(w - e, X, t, reg)) / 2e-6
        assert gradient[j] == pytest.approx(slope, abs=1e-6)


@pytest.mark.parametrize("reg", [1e-3, 0.1])
@pytest.mark.parametrize("kind", [np.asarray, sparse.csr_array])
def test_predictors_reach_the_optimum_of_scipy(reg, kind):
    X, T = make_problem(n=30, d=6, p=3)
    W = huber_predictors(kind(X), T, reg, tol=1e-6)
    for w, t in zip(W.T, T.T):
        best = minimize(objective, np.zeros(6), args=(X, t, reg), tol=1e-10)
        assert objective(w, X, t, reg) <= best.fun + 1e-9
        np.testing.assert_allclose(w, best.x, atol=2e-3)


def test_default_tolerance_is_close_to_the_optimum():
    X, T = make_problem(n=200, d=30, p=4)
    loose, tight = (
        huber_predictors(X, T, 1e-2),
        huber_predictors(X, T, 1e-2, tol=1e-6),
    )
    for a, b, t in zip(loose.T, tight.T, T.T):
        assert 0 < objective(a, X, t, 1e-2) - objective(b, X, t, 1e-2) < 1e-2


def test_blocks_do_not_change_the_predictors(monkeypatch):
    X, T = make_problem(p=7)
    whole = huber_predictors(X, T, 0.01, tol=1e-8)
    monkeypatch.setattr(_pivot_predictors, "BLOCK", 3)
    np.testing.assert_allclose(
        huber_predictors(X, T, 0.01, tol=1e-8), whole, atol=1e-6
    )


def test_unfinished_predictors_are_reported(monkeypatch):
    X, T = make_problem()
    monkeypatch.setattr(_pivot_predictors, "MAX_ITER", 3)
    with pytest.warns(
        ConvergenceWarning, match="5 of 5 pivot predictors .* 3 iterations"
    ):
        huber_predictors(X, T, 1e-4, tol=1e-9)


@pytest.mark.parametrize(("n", "d"), [(40, 9), (9, 40)])
@pytest.mark.parametrize("kind", [np.asarray, sparse.csr_array])
def test_ridge_solver_by_dense_algebra(n, d, kind):
    X, V = make_problem(n=n, d=d)
    expected = np.linalg.solve(X @ X.T + 0.3 * np.eye(n), V)
    np.testing.assert_allclose(
        ridge_solver(kind(X), 0.3)(V), expected, atol=1e-10
    )


def test_where_a_pivot_stops_the_minimizer_is_near():
    """reg |w - best| <= |gradient| <= tol reg |w|, with more words than documents."""
    X, T = make_problem(n=30, d=60)
    best = huber_predictors(X, T, 0.01, tol=1e-9)
    for tol in (0.3, 0.01):
        W = huber_predictors(X, T, 0.01, tol=tol)
        off, length = np.linalg.norm(W - best, axis=0), np.linalg.norm(W, axis=0)
        assert np.all(off <= tol * length)
        assert off.max() > 1e-6 * length.max()


def test_a_gram_matrix_too_large_is_refused(monkeypatch):
    monkeypatch.setattr("tlbook.kernels.MEMORY", 1e4)
    X, T = make_problem(n=60, d=30)
    with pytest.raises(MemoryError, match=r"30 x 30.*25 x 25.*fewer documents"):
        huber_predictors(X, T, 0.01)
    huber_predictors(X[:, :25], T, 0.01)


@pytest.mark.parametrize(("n", "d"), [(40, 9), (9, 40)])
@pytest.mark.parametrize("kind", [np.asarray, sparse.csr_array])
def test_ridge_solves_the_normal_equations(n, d, kind):
    X, T = make_problem(n=n, d=d)
    reg = 0.2
    W = ridge_predictors(kind(X), T, reg)
    # gradient of 1/n |T - X W|^2 + reg/2 |W|^2
    np.testing.assert_allclose(2 / n * X.T @ (X @ W - T) + reg * W, 0, atol=1e-10)


def test_ridge_is_huber_where_no_margin_leaves_the_parabola():
    X, T = make_problem()
    reg = 200.0
    W = ridge_predictors(X, T, reg)
    assert np.max(np.abs(X @ W)) < 1
    np.testing.assert_allclose(
        huber_predictors(X, T, reg, tol=1e-9), W, atol=1e-8
    )


def test_masking():
    X = np.arange(12.0).reshape(3, 4) + 1
    masked = without_pivots(X, [1, 3])
    np.testing.assert_array_equal(masked, X * [1, 0, 1, 0])
    again = without_pivots(sparse.csr_matrix(X), [1, 3])
    assert sparse.issparse(again)
    np.testing.assert_array_equal(again.toarray(), masked)
    assert X[0, 1] == 2


PIVOT_WORDS = {
    "Bs": np.array(
        # frequent, useless | frequent, tells the label | tells it, not in target | weaker | rare
        [
            [1, 1, 1, 1, 0],
            [1, 1, 1, 1, 1],
            [1, 1, 1, 0, 0],
            [1, 0, 0, 1, 0],
            [1, 0, 0, 0, 0],
        ]
        + [[1, 0, 0, 0, 0]]
    ),
    "ys": np.array([0, 0, 0, 1, 1, 1]),
    "Bt": np.array(
        [[1, 1, 0, 1, 0], [1, 1, 0, 1, 0], [1, 0, 0, 1, 1], [1, 0, 0, 0, 0]]
    ),
}


def pivots_of(n_pivots, min_count, selection="mutual_information"):
    Bs, Bt = presence(PIVOT_WORDS["Bs"]), presence(PIVOT_WORDS["Bt"])
    return choose_pivots(
        Bs, PIVOT_WORDS["ys"], Bt, n_pivots, min_count, selection
    ).tolist()


def test_pivots_tell_the_label_and_are_frequent_in_both():
    assert pivots_of(2, 1) == [1, 3]
    assert pivots_of(9, 1) == [1, 3, 0]
    assert pivots_of(9, 2) == [3, 0]


def test_pivots_by_frequency():
    # smaller counts: 4, 2, 0, 3, 1
    assert pivots_of(3, 1, "frequency") == [0, 3, 1]
    assert pivots_of(1, 1, "frequency") == [0]


def test_no_pivot_is_an_error():
    Xs, ys, Xt, _ = make_reviews()
    with pytest.raises(ValueError, match="more than 500 documents of both"):
        SCL(min_count=500).fit(Xs, ys, Xt)


@pytest.mark.parametrize("loss", ["modified_huber", "ridge"])
@pytest.mark.parametrize("kind", [np.asarray, sparse.csr_array])
def test_pivots_never_predict_pivots(loss, kind):
    Xs, ys, Xt, _ = make_reviews()
    model = SCL(n_pivots=4, n_components=2, loss=loss).fit(kind(Xs), ys, kind(Xt))
    assert set(model.pivots_) == {0, 1, 2, 3}
    np.testing.assert_array_equal(model.predictors_[model.pivots_], 0)
    np.testing.assert_array_equal(model.components_[model.pivots_], 0)
    assert np.all(
        np.linalg.norm(np.delete(model.predictors_, model.pivots_, 0), axis=1) > 0
    )


def test_predictors_are_trained_on_both_domains():
    Xs, ys, Xt, _ = make_reviews()
    model = SCL(n_pivots=4, reg=0.01).fit(Xs, ys, Xt)
    pooled = np.vstack([Xs, Xt])
    pooled[:, model.pivots_] = 0
    for w, pivot in zip(model.predictors_.T, model.pivots_):
        t = np.where(np.r_[Xs[:, pivot], Xt[:, pivot]] > 0, 1.0, -1.0)
        best = minimize(objective, np.zeros(12), args=(pooled, t, 0.01))
        assert objective(w, pooled, t, 0.01) < best.fun + 1e-3


def test_correspondences_span_the_leading_left_singular_space():
    Xs, ys, Xt, _ = make_reviews()
    model = SCL(n_pivots=6, n_components=3).fit(Xs, ys, Xt)
    U, S, _ = np.linalg.svd(model.predictors_)
    np.testing.assert_allclose(
        model.components_ @ model.components_.T, U[:, :3] @ U[:, :3].T, atol=1e-8
    )
    np.testing.assert_allclose(model.singular_values_, S[:3])


def test_words_of_the_two_domains_correspond():
    Xs, ys, Xt, _ = make_reviews()
    theta = SCL(n_pivots=4, n_components=2).fit(Xs, ys, Xt).components_
    unit = theta / np.maximum(np.linalg.norm(theta, axis=1, keepdims=True), 1e-12)
    cosine = unit @ unit.T
    assert cosine[4, 6] > 0.9
    assert cosine[5, 7] > 0.9
    assert cosine[4, 7] < 0
    assert cosine[5, 6] < 0


def test_it_reads_target_words_that_the_source_lacks():
    Xs, ys, Xt, yt = make_reviews()
    only = np.zeros((2, 12))
    only[[0, 1], [6, 7]] = 1
    alone = LogisticRegression().fit(Xs, ys)
    assert np.ptp(alone.decision_function(only)) < 1e-6
    model = SCL(n_pivots=4, n_components=2).fit(Xs, ys, Xt)
    np.testing.assert_array_equal(model.predict(only), [0, 1])
    assert model.score(Xt, yt) > alone.score(Xt, yt) + 0.03


@pytest.mark.parametrize("alpha", [1.0, 0.25])
def test_new_features_have_alpha_times_the_length_of_the_words(alpha):
    Xs, ys, Xt, _ = make_reviews()
    model = SCL(n_pivots=4, n_components=2, alpha=alpha).fit(Xs, ys, Xt)
    Zs, Zt = model.transform(Xs, "source"), model.transform(Xt)
    np.testing.assert_array_equal(Zs[:, :12], Xs)
    np.testing.assert_array_equal(Zt[:, :12], Xt)
    ratio = (
        np.abs(np.vstack([Zs, Zt])[:, 12:]).sum()
        / np.abs(np.vstack([Xs, Xt])).sum()
    )
    assert ratio == pytest.approx(alpha)
    new = Zt[:, 12:]
    np.testing.assert_allclose(new, model.scale_ * Xt @ model.components_)


def test_defaults_of_the_papers():
    assert SCL().get_params() == {
        "estimator": None,
        "n_pivots": 1000,
        "n_components": 50,
        "min_count": 5,
        "selection": "mutual_information",
        "loss": "modified_huber",
        "reg": 1e-4,
        "alpha": 1.0,
    }


def test_at_most_half_of_the_words_are_pivots():
    Xs, ys, Xt, _ = make_reviews()
    assert len(SCL().fit(Xs, ys, Xt).pivots_) == 6


def test_sparse_words_stay_sparse():
    Xs, ys, Xt, _ = make_reviews()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        model = SCL(n_pivots=4).fit(
            sparse.csr_matrix(Xs), ys, sparse.csr_matrix(Xt)
        )
    Z = model.transform(sparse.csr_matrix(Xt))
    assert sparse.issparse(Z)
    dense = SCL(n_pivots=4).fit(Xs, ys, Xt).transform(Xt)
    np.testing.assert_allclose(Z.toarray(), dense, atol=1e-8)


def test_products_of_words_are_the_same_in_blocks():
    X = sparse.random_array(
        (2500, 7), density=0.3, format="csr", rng=np.random.default_rng(0)
    )
    G, small = gram(X)
    assert small
    np.testing.assert_allclose(G, X.toarray().T @ X.toarray(), atol=1e-12)
    K, small = gram(sparse.csr_array(X[:5]))
    assert not small
    np.testing.assert_allclose(K, X[:5].toarray() @ X[:5].toarray().T, atol=1e-12)
