"""Regular transfer: the oracles shift the target or minimize the raw objective."""

import numpy as np
import pytest
from scipy.optimize import minimize
from sklearn.linear_model import LinearRegression, LogisticRegression, Ridge
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import LinearSVC

from tlbook.model import RegularTransfer
from tlbook.model.regular_transfer import objective, ridge_weights


def numbers(seed, ns=60, nt=12, d=4):
    rng = np.random.default_rng(seed)
    Xs, Xt = rng.standard_normal((ns, d)), rng.standard_normal((nt, d))
    w, change = rng.standard_normal((2, d))
    ys = Xs @ w + 2 + 0.1 * rng.standard_normal(ns)
    yt = Xt @ (w + 0.3 * change) + 1 + 0.1 * rng.standard_normal(nt)
    return Xs, ys, Xt, yt


def classes(seed, n_classes, nt=30):
    rng = np.random.default_rng(seed)
    means = 2 * rng.standard_normal((n_classes, 3))
    ys, yt = np.arange(90) % n_classes, np.arange(nt) % n_classes
    Xs = means[ys] + rng.standard_normal((90, 3))
    Xt = means[yt] + rng.standard_normal((nt, 3)) + [0.8, 0, 0]
    return Xs, ys, Xt, yt


@pytest.mark.parametrize("lam", [0.01, 1.0, 100.0])
def test_ridge_on_what_the_source_leaves_over(lam):
    Xs, ys, Xt, yt = numbers(0)
    model = RegularTransfer(Ridge(1.0), lam).fit(Xs, ys, Xt, yt)
    source = Ridge(1.0).fit(Xs, ys)
    ones = np.column_stack([Xt, np.ones(len(Xt))])
    rest = Ridge(lam, fit_intercept=False).fit(ones, yt - source.predict(Xt))
    np.testing.assert_allclose(
        model.predict(Xt), source.predict(Xt) + rest.predict(ones), atol=1e-9
    )


def test_ridge_weights_minimize_equation_1():
    rng = np.random.default_rng(1)
    X, y, w_s = rng.standard_normal((9, 3)), rng.standard_normal(9), np.ones(3)

    def loss(w):
        return np.sum((y - X @ w) ** 2) / 2 + 0.7 / 2 * np.sum((w - w_s) ** 2)

    best = minimize(loss, np.zeros(3), tol=1e-12).x
    np.testing.assert_allclose(ridge_weights(X, y, w_s, 0.7), best, atol=1e-6)


@pytest.mark.parametrize("n_classes", [2, 3])
def test_gradient_by_differences(n_classes):
    rng = np.random.default_rng(2)
    rows = 1 if n_classes == 2 else n_classes
    W, W_s = rng.standard_normal((2, rows, 4))
    X, Y = (
        rng.standard_normal((7, 4)),
        np.eye(n_classes)[np.arange(7) % n_classes],
    )
    _, gradient = objective(W, X, Y, W_s, 0.6)
    for i in np.ndindex(W.shape):
        step = np.zeros_like(W)
        step[i] = 1e-6
        up, down = (objective(V, X, Y, W_s, 0.6)[0] for V in (W + step, W - step))
        assert gradient[i] == pytest.approx((up - down) / 2e-6, abs=1e-5)


def test_objective_by_hand():
    """One sample of class 1, score f = 2: log(1 + e^-2); the pull is 3 / 2 (2 - 1)^2."""
    value, _ = objective(
        np.array([[2.0]]),
        np.ones((1, 1)),
        np.array([[0, 1]]),
        np.array([[1.0]]),
        3.0,
    )
    assert value == pytest.approx(np.log1p(np.exp(-2)) + 1.5)


@pytest.mark.parametrize("n_classes", [2, 3])
@pytest.mark.parametrize("lam", [0.1, 5.0])
def test_classes_minimize_the_raw_objective(n_classes, lam):
    Xs, ys, Xt, yt = classes(3, n_classes)
    model = RegularTransfer(LogisticRegression(), lam).fit(Xs, ys, Xt, yt)
    source = LogisticRegression().fit(Xs, ys)

    def loss(flat):
        coef = flat[: source.coef_.size].reshape(source.coef_.shape)
        b = flat[source.coef_.size :]
        total = lam / 2 * np.sum((coef - source.coef_) ** 2)
        total += lam / 2 * np.sum((b - source.intercept_) ** 2)
        for x, y in zip(Xt, yt):
            f = coef @ x + b
            f = np.array([0, f[0]]) if n_classes == 2 else f
            total += np.log(np.sum(np.exp(f - f[y])))
        return total

    start = np.concatenate([source.coef_.ravel(), source.intercept_])
    best = minimize(loss, start, tol=1e-10).x
    moved = np.concatenate(
        [model.estimator_.coef_.ravel(), model.estimator_.intercept_]
    )
    assert loss(moved) <= loss(best) + 1e-6
    np.testing.assert_allclose(moved, best, atol=1e-3)
    assert loss(moved) < loss(start) - 1e-3


def test_the_ends_are_the_source_and_the_target():
    Xs, ys, Xt, yt = numbers(4, nt=40)
    far = RegularTransfer(LinearRegression(), 1e-9).fit(Xs, ys, Xt, yt)
    alone = LinearRegression().fit(Xt, yt)
    np.testing.assert_allclose(far.predict(Xt), alone.predict(Xt), atol=1e-6)
    near = RegularTransfer(LinearRegression(), 1e9).fit(Xs, ys, Xt, yt)
    source = LinearRegression().fit(Xs, ys)
    np.testing.assert_allclose(near.predict(Xt), source.predict(Xt), atol=1e-6)
    Xs, ys, Xt, yt = classes(4, 3)
    near = RegularTransfer(lam=1e9).fit(Xs, ys, Xt, yt)
    np.testing.assert_allclose(
        near.predict_proba(Xt), near.source_model_.predict_proba(Xt), atol=1e-6
    )


def test_a_pipeline_keeps_the_steps_of_the_source():
    Xs, ys, Xt, yt = numbers(5)
    scale = [1, 10, 100, 1000]
    model = RegularTransfer(make_pipeline(StandardScaler(), Ridge()), 2.0)
    model.fit(Xs * scale, ys, Xt * scale, yt)
    scaler = StandardScaler().fit(Xs * scale)
    plain = RegularTransfer(Ridge(), 2.0)
    plain.fit(scaler.transform(Xs * scale), ys, scaler.transform(Xt * scale), yt)
    np.testing.assert_allclose(
        model.predict(Xt * scale), plain.predict(scaler.transform(Xt * scale))
    )


def test_the_source_model_stays():
    Xs, ys, Xt, yt = classes(6, 2)
    model = RegularTransfer(lam=0.1).fit(Xs, ys, Xt, yt)
    alone = LogisticRegression(max_iter=1000).fit(Xs, ys)
    np.testing.assert_array_equal(model.source_model_.coef_, alone.coef_)
    assert np.any(model.estimator_.coef_ != alone.coef_)


def test_unlabeled_rows_do_not_count_and_a_class_may_be_missing():
    Xs, ys, Xt, yt = classes(7, 3)
    few = np.where((yt != 2) & (np.arange(len(yt)) < 12), yt, -1)
    a = RegularTransfer().fit(Xs, ys, Xt, few)
    b = RegularTransfer().fit(Xs, ys, Xt[few >= 0], yt[few >= 0])
    np.testing.assert_array_equal(a.predict_proba(Xt), b.predict_proba(Xt))
    assert set(a.predict(Xt)) <= {0, 1, 2}


@pytest.mark.parametrize("learner", [LinearSVC(), LogisticRegression()])
def test_any_linear_classifier_can_be_moved(learner):
    rng = np.random.default_rng(8)
    Xs, Xt = rng.standard_normal((2, 300, 2))
    ys, yt = (Xs @ [1, 1] > 0).astype(int), (Xt @ [1, 0.2] > 0).astype(int)
    few = np.where(np.arange(300) < 20, yt, -1)
    model = RegularTransfer(learner).fit(Xs, ys, Xt, few)
    assert model.score(Xt, yt) > model.source_model_.score(Xt, yt) + 0.05


def test_a_learner_without_weights_is_refused():
    Xs, ys, Xt, yt = classes(9, 2)
    with pytest.raises(ValueError, match="GaussianNB has no coef_"):
        RegularTransfer(GaussianNB()).fit(Xs, ys, Xt, yt)
