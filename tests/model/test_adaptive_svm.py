"""Adaptive SVM: KKT conditions, primal and dual by general solvers, both ends of C, by hand."""

import warnings

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import LinearConstraint, minimize
from sklearn.base import clone
from sklearn.exceptions import ConvergenceWarning, NotFittedError
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.multiclass import OneVsRestClassifier
from sklearn.neighbors import KNeighborsClassifier
from sklearn.svm import SVC, LinearSVC
from sklearn.utils.estimator_checks import parametrize_with_checks

from tlbook.model import AdaptiveSVM
from tlbook.model.adaptive_svm import correction_duals, optimality_violation


def domains(ns=80, nt=14, k=2, seed=0):
    rng = np.random.default_rng(seed)
    means = 1.5 * np.random.default_rng(4).standard_normal((k, 3))
    ys, yt = np.arange(ns) % k, np.arange(nt) % k
    Xs = means[ys] + rng.standard_normal((ns, 3))
    Xt = means[yt] @ np.diag([1, -1, 1]) + rng.standard_normal((nt, 3)) + 0.5
    return Xs, ys, Xt, yt


def dual_problem(n=12, seed=0):
    rng = np.random.default_rng(seed)
    X = rng.standard_normal((n, 4))
    return X, X @ X.T, rng.choice([-1.0, 1.0], n), rng.standard_normal(n)


@parametrize_with_checks([AdaptiveSVM(), AdaptiveSVM(kernel="linear", C=1e-4)])
def test_scikit_learn_checks(estimator, check):
    check(estimator)


@pytest.mark.parametrize("C", [0.01, 0.3, 5.0])
@pytest.mark.parametrize("seed", range(3))
def test_kkt_conditions(C, seed):
    _, K, y, source = dual_problem(n=20, seed=seed)
    K = K + 0.5 * np.eye(20)
    a = correction_duals(K, y, source, C)
    margins = y * (source + K @ (a * y))
    assert a.min() >= 0
    assert a.max() <= C
    assert (margins[a == 0] >= 1 - 1e-5).all()
    assert (margins[a == C] <= 1 + 1e-5).all()
    free = (a > 0) & (a < C)
    np.testing.assert_allclose(margins[free], 1, atol=1e-5)


@pytest.mark.parametrize("C", [0.05, 1.0])
def test_the_dual_by_a_general_solver(C):
    _, K, y, source = dual_problem()
    K = K + 0.2 * np.eye(12)
    Q = K * np.outer(y, y)
    found = minimize(
        lambda a: a @ Q @ a / 2 - (1 - y * source) @ a,
        np.zeros(12),
        jac=lambda a: Q @ a - 1 + y * source,
        bounds=[(0, C)] * 12,
        method="L-BFGS-B",
        options={"ftol": 1e-15, "gtol": 1e-10},
    )
    np.testing.assert_allclose(
        correction_duals(K, y, source, C), found.x, atol=1e-4
    )


@pytest.mark.parametrize("C", [0.05, 1.0])
def test_the_regularizer_form_by_a_general_solver(C):
    """v = w_s + w minimizes 1/2 |v - w_s|^2 + C sum max(0, 1 - y v'x)."""
    X, K, y, _ = dual_problem()
    w_s = np.array([0.5, -1.0, 0.2, 0.8])
    a = correction_duals(K, y, X @ w_s, C)
    found = minimize(
        lambda p: np.sum((p[:4] - w_s) ** 2) / 2 + C * p[4:].sum(),
        np.r_[w_s, np.full(12, 9.0)],
        bounds=[(None, None)] * 4 + [(0, None)] * 12,
        constraints=LinearConstraint(
            np.c_[y[:, None] * X, np.eye(12)], 1, np.inf
        ),
        method="SLSQP",
        options={"ftol": 1e-14, "maxiter": 500},
    )
    assert found.success
    np.testing.assert_allclose(w_s + X.T @ (a * y), found.x[:4], atol=1e-5)


def test_one_sample_by_hand():
    """f_s = -0.5 where +1 is wanted, K = 2: a = 1.5 / 2 makes the margin 1, if the box allows."""
    K, y, source = np.array([[2.0]]), np.array([1.0]), np.array([-0.5])
    assert correction_duals(K, y, source, 1.0) == 0.75
    assert correction_duals(K, y, source, 0.5) == 0.5
    # right by more than the margin
    assert correction_duals(K, y, np.array([1.5]), 1.0) == 0
    assert correction_duals(K, -y, source, 1.0) == 0.25


def test_a_sample_at_the_origin_goes_to_an_end_of_the_box():
    K = np.diag([0.0, 0.0, 1.0])
    a = correction_duals(
        K, np.array([1.0, 1.0, 1.0]), np.array([0.5, 2.0, 0.0]), C=3.0
    )
    np.testing.assert_array_equal(a, [3, 0, 1])


def test_violation():
    alpha = np.array([0.0, 0.0, 2.0, 2.0, 1.0])
    assert (
        optimality_violation(alpha, np.array([1.5, 1.0, 0.3, 1.0, 1.0]), C=2.0)
        == 0
    )
    assert (
        optimality_violation(alpha, np.array([0.4, 1.0, 0.3, 1.0, 1.0]), 2.0)
        == 0.6
    )
    assert (
        optimality_violation(alpha, np.array([1.5, 1.0, 1.25, 1.0, 1.0]), 2.0)
        == 0.25
    )
    assert (
        optimality_violation(alpha, np.array([1.5, 1.0, 0.3, 1.0, 0.5]), 2.0)
        == 0.5
    )
    assert (
        optimality_violation(alpha, np.array([1.5, 1.0, 0.3, 1.0, 1.125]), 2.0)
        == 0.125
    )


def test_too_few_sweeps_warn():
    _, K, y, source = dual_problem()
    with pytest.warns(
        ConvergenceWarning, match="stopped after 1 sweeps at a violation of"
    ):
        correction_duals(K, y, source, 10.0, max_iter=1)


def test_small_c_is_the_source_and_large_c_obeys_the_labels():
    Xs, ys, Xt, yt = domains()
    source = SVC(C=1.0).fit(Xs, ys)
    assert source.score(Xt, yt) < 0.9
    timid = AdaptiveSVM(source, C=1e-9).fit(Xt, yt)
    np.testing.assert_allclose(
        timid.decision_function(Xs), source.decision_function(Xs), atol=1e-6
    )
    np.testing.assert_array_equal(timid.predict(Xs), source.predict(Xs))
    bold = AdaptiveSVM(source, C=1e6, gamma=2.0).fit(Xt, yt)
    assert ((2 * yt - 1) * bold.decision_function(Xt)).min() > 1 - 1e-5
    # far from the target samples the source still decides
    far = Xs + 50
    np.testing.assert_allclose(
        bold.decision_function(far), source.decision_function(far)
    )


def test_between_the_ends_the_correction_grows_with_c():
    Xs, ys, Xt, yt = domains()
    source = SVC().fit(Xs, ys)
    norms = []
    for C in (0.01, 0.1, 1.0, 10.0):
        model = AdaptiveSVM(source, C=C).fit(Xt, yt)
        a = model.coef_dual_[:, 0]
        norms.append(a @ model._kernel(Xt) @ a)
    assert np.all(np.diff(norms) > 0)


def test_without_a_source_it_is_an_svm_without_intercept():
    _, _, Xt, yt = domains(nt=40)
    ours = AdaptiveSVM(C=0.5, kernel="linear").fit(Xt, yt)
    other = LinearSVC(
        C=0.5, loss="hinge", fit_intercept=False, tol=1e-9, max_iter=10**6
    )
    np.testing.assert_allclose(
        ours.decision_function(Xt),
        other.fit(Xt, yt).decision_function(Xt),
        atol=1e-4,
    )


def test_decision_function_written_out():
    Xs, ys, Xt, yt = domains()
    source = LogisticRegression().fit(Xs, ys)
    model = AdaptiveSVM(source, C=2.0, gamma=0.4).fit(Xt, yt)
    wanted = [
        source.decision_function(x[None])[0]
        + sum(
            b * np.exp(-0.4 * np.sum((x - z) ** 2))
            for b, z in zip(model.coef_dual_[:, 0], Xt)
        )
        for x in Xs
    ]
    np.testing.assert_allclose(model.decision_function(Xs), wanted, atol=1e-9)
    np.testing.assert_array_equal(
        model.predict(Xs), (np.array(wanted) > 0).astype(int)
    )
    scale = AdaptiveSVM(source).fit(Xt, yt)
    assert scale.gamma_ == pytest.approx(
        1 / (3 * np.mean([np.var(column) for column in Xt.T]))
    )


def test_three_classes_are_three_separate_problems():
    Xs, ys, Xt, yt = domains(k=3, nt=15)
    names = np.array(["ant", "bee", "cat"])
    source = OneVsRestClassifier(SVC()).fit(Xs, names[ys])
    model = AdaptiveSVM(source, C=0.7, gamma=0.3).fit(Xt, names[yt])
    F = model.decision_function(Xs)
    for c in range(3):
        part = AdaptiveSVM(source.estimators_[c], C=0.7, gamma=0.3).fit(
            Xt, (yt == c).astype(int)
        )
        np.testing.assert_allclose(F[:, c], part.decision_function(Xs), atol=1e-9)
    np.testing.assert_array_equal(model.predict(Xs), names[F.argmax(axis=1)])
    assert model.score(Xt, names[yt]) > source.score(Xt, names[yt])


def test_classes_without_a_target_sample_stay_possible():
    Xs, ys, Xt, yt = domains(k=3, nt=15)
    source = LinearSVC().fit(Xs, ys)
    model = AdaptiveSVM(source, C=0.01).fit(Xt[yt == 0], yt[yt == 0])
    assert set(model.predict(Xs)) == {0, 1, 2}
    np.testing.assert_array_equal(model.classes_, [0, 1, 2])
    single = AdaptiveSVM(source, gamma=0.5).fit(Xt[:1], yt[:1])
    assert single.predict(Xt[:1]) == yt[:1]


def test_clones_share_the_fitted_source():
    Xs, ys, Xt, yt = domains(nt=40)
    source = SVC().fit(Xs, ys)
    copy = clone(AdaptiveSVM(source, C=3.0, kernel="linear"))
    assert copy.source_model is source
    assert copy.get_params(deep=False) == {
        "source_model": source,
        "C": 3.0,
        "kernel": "linear",
        "gamma": None,
    }
    search = GridSearchCV(
        AdaptiveSVM(source), {"C": [1e-3, 1.0]}, cv=2, error_score="raise"
    )
    assert search.fit(Xt, yt).best_params_ == {"C": 1.0}
    assert "SVC()" in repr(AdaptiveSVM(source))


def test_single_precision_and_inputs_left_alone():
    Xs, ys, Xt, yt = domains()
    source, before = SVC().fit(Xs, ys), Xt.copy()
    double = AdaptiveSVM(source).fit(Xt, yt)
    single = AdaptiveSVM(source).fit(Xt.astype(np.float32), yt)
    np.testing.assert_array_equal(Xt, before)
    np.testing.assert_allclose(
        double.decision_function(Xs), single.decision_function(Xs), atol=1e-4
    )


def test_column_names_reach_the_source():
    Xs, ys, Xt, yt = domains()
    named, target = (pd.DataFrame(X, columns=list("abc")) for X in (Xs, Xt))
    source = SVC().fit(named, ys)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        AdaptiveSVM(source).fit(target, yt).predict(target)
    with pytest.raises(ValueError, match="feature names"):
        AdaptiveSVM(source).fit(target.rename(columns={"a": "z"}), yt)


def test_bad_input():
    Xs, ys, Xt, yt = domains(k=3)
    source = LinearSVC().fit(Xs, ys)
    with pytest.raises(
        ValueError, match="has 2 features, the data of source_model has 3"
    ):
        AdaptiveSVM(source).fit(Xt[:, :2], yt)
    with pytest.raises(
        ValueError, match=r"y has classes that source_model has not: \[7, 9\]"
    ):
        AdaptiveSVM(source).fit(Xt, np.where(yt == 0, 7, 9))
    pairs = SVC(decision_function_shape="ovo").fit(*domains(k=4)[:2])
    with pytest.raises(
        ValueError, match="has 6 columns, 4 are needed for 4 classes"
    ):
        AdaptiveSVM(pairs).fit(Xt, yt)
    with pytest.raises(
        ValueError, match="one class only, 1; without a source_model"
    ):
        AdaptiveSVM().fit(Xt, np.ones(len(Xt), dtype=int))
    with pytest.raises(NotFittedError):
        AdaptiveSVM(SVC()).fit(Xt, yt)
    with pytest.raises(
        ValueError, match="'source_model' parameter of AdaptiveSVM"
    ):
        AdaptiveSVM(KNeighborsClassifier().fit(Xs, ys)).fit(Xt, yt)
    with pytest.raises(
        ValueError, match=r"the 1 samples of X are equal.*pass gamma yourself"
    ):
        AdaptiveSVM(source).fit(Xt[:1], yt[:1])
    for name, value in (("C", 0.0), ("gamma", -1.0), ("kernel", "cubic")):
        with pytest.raises(
            ValueError, match=f"'{name}' parameter of AdaptiveSVM"
        ):
            AdaptiveSVM(source, **{name: value}).fit(Xt, yt)
    with pytest.raises(ValueError, match="NaN"):
        AdaptiveSVM(source).fit(np.where(Xt > 1, np.nan, Xt), yt)


def test_more_rows_than_memory_holds_are_refused():
    y = np.arange(40_000) % 2
    with pytest.raises(
        MemoryError,
        match=r"40,000 x 40,000 numbers, 13 GB; 8 GB, 31,622 x 31,622",
    ):
        AdaptiveSVM().fit(np.zeros((40_000, 1)), y)
