"""JDOT against linear programs, all assignments, loops, and the closed form of ridge regression."""

import itertools
import warnings

import numpy as np
import pytest
from scipy.optimize import linprog
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LinearRegression, LogisticRegression, Ridge
from sklearn.svm import SVC

from tlbook.since.jdot import (
    JDOT,
    TINY,
    arriving,
    class_loss,
    hinge_loss,
    log_loss,
    objective,
)
from tlbook.since.optimal_transport import transport_cost, transport_plan

REGS = pytest.mark.parametrize("reg", [0.0, 0.1])


def make_classes(ns=40, nt=30, n_classes=3, seed=0, shift=0.8):
    rng = np.random.default_rng(seed)
    means = 2 * rng.standard_normal((n_classes, 2))
    ys, yt = np.arange(ns) % n_classes, np.arange(nt) % n_classes
    Xs = means[ys] + rng.standard_normal((ns, 2))
    return Xs, ys, means[yt] + rng.standard_normal((nt, 2)) + shift, yt


def make_numbers(ns=30, nt=25, seed=0):
    rng = np.random.default_rng(seed)
    Xs, Xt = rng.standard_normal((ns, 2)), rng.standard_normal((nt, 2)) + 1
    return Xs, Xs @ [1, -2] + 0.1 * rng.standard_normal(ns), Xt


def least_cost(C):
    """The cost of the best plan, by the linear program itself."""
    ns, nt = C.shape
    rows = np.kron(np.eye(ns), np.ones(nt))
    columns = np.kron(np.ones(ns), np.eye(nt))
    masses = np.concatenate([np.full(ns, 1 / ns), np.full(nt, 1 / nt)])
    return linprog(C.ravel(), A_eq=np.vstack([rows, columns]), b_eq=masses).fun


def by_loops(model, Xs, ys, Xt, alpha, reg):
    """Equation (2) at the fitted plan and learner."""
    squares = [[sum((a - b) ** 2) for b in Xt] for a in Xs]
    median, total = np.median(squares), 0.0
    if hasattr(model, "classes_"):
        P_hat = model.estimator_.predict_proba(Xt)
        place = {c: k for k, c in enumerate(model.classes_)}
    else:
        guesses = model.estimator_.predict(Xt)
        variance = sum((y - np.mean(ys)) ** 2 for y in ys) / len(ys)
    for i in range(len(Xs)):
        for j in range(len(Xt)):
            loss = (
                -np.log(P_hat[j, place[ys[i]]])
                if hasattr(model, "classes_")
                else (ys[i] - guesses[j]) ** 2 / variance
            )
            p = model.plan_[i, j]
            total += p * (alpha * squares[i][j] / median + loss)
            total += reg * p * np.log(p) if reg else 0
    return total


def test_losses_by_loops():
    P = np.array([[0.25, 0.75], [1.0, 0.0]])
    np.testing.assert_allclose(
        log_loss(P), [[np.log(4), np.log(4 / 3)], [0, -np.log(TINY)]]
    )
    F = np.array([[2.0, 1.5, -1], [0, 0, 0], [-1, 0.2, 5]])
    expected = [
        [
            max(0, 1 + max(f[k] for k in range(3) if k != c) - f[c])
            for c in range(3)
        ]
        for f in F
    ]
    np.testing.assert_allclose(hinge_loss(F), expected)
    f = np.array([-3.0, 0.4, 2])
    both = np.column_stack([np.maximum(0, 1 + f), np.maximum(0, 1 - f)])
    np.testing.assert_allclose(hinge_loss(f), both)


def test_loss_of_a_learner():
    Xs, ys, Xt, _ = make_classes()
    sure = LogisticRegression().fit(Xs, ys)
    np.testing.assert_allclose(class_loss(sure, Xt), -sure.predict_log_proba(Xt))
    svc = SVC().fit(Xs, ys)
    np.testing.assert_allclose(
        class_loss(svc, Xt), hinge_loss(svc.decision_function(Xt))
    )


def test_what_arrives_by_loops():
    P = np.array([[0.2, 0.1], [0.0, 0.2], [0.3, 0.1]])
    y = np.array([1.0, -2, 4])
    expected = [(0.2 + 1.2) / 0.5, (0.1 - 0.4 + 0.4) / 0.4]
    np.testing.assert_allclose(arriving(P, y), expected)
    shares = arriving(P, np.eye(2)[[0, 1, 1]])
    np.testing.assert_allclose(shares, [[0.4, 0.6], [0.25, 0.75]])


def test_objective_by_hand():
    P, C = np.array([[0.5, 0], [0.25, 0.25]]), np.array([[1.0, 9], [2, 4]])
    assert objective(P, C, 0) == 0.5 + 0.5 + 1
    entropy = -(0.5 * np.log(0.5) + 0.5 * np.log(0.25))
    assert objective(P, C, 2.0) == pytest.approx(2 - 2 * entropy)


def test_four_samples_by_hand():
    """Places say straight, labels say crossed: alpha decides between the two."""
    Xs, ys = np.array([[0.0], [1], [2], [3]]), np.array([0.0, 1, 2, 3])
    Xt = np.array([[0.1], [1.1], [2.1], [3.1]])

    class Falling(BaseEstimator):
        """Predicts 3 - x on the target, whatever it is fitted on."""

        _estimator_type = "regressor"

        def __sklearn_tags__(self):
            return Ridge().__sklearn_tags__()

        def fit(self, X, y):
            return self

        def predict(self, X):
            return 3.1 - X[:, 0]

    with warnings.catch_warnings():  # what arrives once arrives again: it rests
        warnings.simplefilter("error")
        straight = JDOT(Falling(), alpha=100.0, reg=0, n_rounds=1)
        straight.fit(Xs, ys, Xt)
    crossed = JDOT(Falling(), alpha=0.01, reg=0).fit(Xs, ys, Xt)
    np.testing.assert_allclose(straight.plan_, np.eye(4) / 4)
    np.testing.assert_allclose(crossed.plan_, np.eye(4)[::-1] / 4)
    # squares of -3, -1, 1, 3, over the variance 5/4; and of 0.1 over the median
    median = np.median((Xs - Xt.T) ** 2)
    assert straight.objective_[-1] == pytest.approx(4 + 100 * 0.01 / median)


@pytest.mark.parametrize("seed", range(5))
def test_no_assignment_is_better_in_a_tiny_world(seed):
    """All plans and their best lines: the descent ends in the best of those it can reach."""
    rng = np.random.default_rng(seed)
    Xs = np.sort(rng.uniform(-2, 2, (5, 1)), axis=0)
    ys, Xt = 2 * Xs[:, 0], Xs + 1.5
    C = transport_cost(Xs, Xt)
    best = np.inf
    for order in itertools.permutations(range(5)):
        line = LinearRegression().fit(Xt, ys[list(order)])
        loss = np.mean((ys[list(order)] - line.predict(Xt)) ** 2) / np.var(ys)
        best = min(best, C[list(order), range(5)].mean() + loss)
    model = JDOT(LinearRegression(), alpha=1.0, reg=0).fit(Xs, ys, Xt)
    assert model.objective_[-1] == pytest.approx(best)
    np.testing.assert_allclose(model.predict(Xt), ys, atol=1e-9)
    assert np.abs(model.source_model_.predict(Xt) - ys).min() > 2


PENALIZED = [
    (Ridge(alpha=3.0), lambda m, nt, var: 3 * m.coef_ @ m.coef_ / (nt * var)),
    (LinearRegression(), lambda m, nt, var: 0.0),
    (
        LogisticRegression(C=0.3, tol=1e-9, max_iter=10_000),
        lambda m, nt, var: np.sum(m.coef_**2) / (2 * 0.3 * nt),
    ),
    (
        SVC(C=0.3, kernel="linear", tol=1e-7),
        lambda m, nt, var: np.sum(m.coef_**2) / (2 * 0.3 * nt),
    ),
]


@REGS
@pytest.mark.parametrize("seed", [0, 1])
@pytest.mark.parametrize(
    ("learner", "penalty"), PENALIZED, ids=lambda p: type(p).__name__
)
def test_no_half_step_rises(learner, penalty, reg, seed):
    """(2) and what the learner itself adds to it, its regularizer, in the unit of (2)."""
    if isinstance(learner, ClassifierMixin):
        Xs, ys, Xt, _ = make_classes(n_classes=2, seed=seed, shift=1.5)
    else:
        Xs, ys, Xt = make_numbers(seed=seed)
    values, nt, var = [], len(Xt), np.var(ys)
    for k in range(1, 8):
        model = JDOT(learner, reg=reg, n_rounds=k)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)
            model.fit(Xs, ys, Xt)
        if not values:
            start = penalty(model.source_model_, nt, var)
            values.append(model.objective_[0] + start)
        if len(model.objective_) < 2 * k + 1:
            break  # it came to rest
        values += list(model.objective_[-2:] + penalty(model.estimator_, nt, var))
    assert len(values) >= (5 if seed == 0 else 3)
    # sweeps of Sinkhorn leave an error of their tolerance
    assert np.all(np.diff(values) <= (1e-4 if reg else 1e-7))
    assert values[0] - values[-1] > 0.02


@REGS
@pytest.mark.parametrize("numbers", [False, True])
def test_last_value_by_loops_and_first_by_the_source_model(reg, numbers):
    Xs, ys, Xt = make_numbers() if numbers else make_classes()[:3]
    learner = Ridge() if numbers else LogisticRegression()
    model = JDOT(learner, alpha=0.7, reg=reg).fit(Xs, ys, Xt)
    assert model.objective_[-1] == pytest.approx(
        by_loops(model, Xs, ys, Xt, 0.7, reg)
    )
    start = JDOT(learner, alpha=0.7, reg=reg)
    start.plan_, start.estimator_ = model.plan_, model.source_model_
    if not numbers:
        start.classes_ = model.classes_
    C = 0.7 * transport_cost(Xs, Xt) + (
        (ys[:, None] - model.source_model_.predict(Xt)) ** 2 / np.var(ys)
        if numbers
        else -model.source_model_.predict_log_proba(Xt)[:, ys].T
    )
    start.plan_ = transport_plan(C, ys, reg, 0)
    assert model.objective_[0] == pytest.approx(
        by_loops(start, Xs, ys, Xt, 0.7, reg)
    )


@pytest.mark.parametrize("numbers", [False, True])
def test_where_it_rests_the_plan_is_that_of_the_linear_program(numbers):
    Xs, ys, Xt = make_numbers(9, 7) if numbers else make_classes(9, 7)[:3]
    learner = Ridge() if numbers else LogisticRegression()
    model = JDOT(learner, alpha=1.0, reg=0).fit(Xs, ys, Xt)
    loss = (
        (ys[:, None] - model.predict(Xt)) ** 2 / np.var(ys)
        if numbers
        else -model.estimator_.predict_log_proba(Xt)[:, ys].T
    )
    C = transport_cost(Xs, Xt) + loss
    assert np.sum(model.plan_ * C) == pytest.approx(least_cost(C))


def test_where_it_rests_ridge_has_its_closed_form():
    Xs, ys, Xt = make_numbers()
    model = JDOT(Ridge(alpha=0.5), reg=0).fit(Xs, ys, Xt)
    arrive = [
        len(Xt) * sum(model.plan_[i, j] * ys[i] for i in range(len(ys)))
        for j in range(len(Xt))
    ]
    np.testing.assert_allclose(model.labels_, arrive)
    center = Xt - Xt.mean(axis=0)
    w = np.linalg.solve(
        center.T @ center + 0.5 * np.eye(2), center.T @ np.array(arrive)
    )
    np.testing.assert_allclose(model.estimator_.coef_, w)
    np.testing.assert_allclose(
        model.predict(Xt), center @ w + np.mean(arrive), atol=1e-9
    )


def test_where_it_rests_the_classifier_has_its_weights():
    Xs, ys, Xt, _ = make_classes(30, 30)
    names = np.array(["b", "c", "a"])[ys]
    model = JDOT(LogisticRegression(), reg=0.0).fit(Xs, names, Xt)
    rows, labels, weights = [], [], []
    for j, c in itertools.product(range(30), "abc"):
        rows.append(Xt[j])
        labels.append(c)
        weights.append(30 * model.plan_[names == c, j].sum())
    keep = np.array(weights) > 0
    again = LogisticRegression().fit(
        np.array(rows)[keep], np.array(labels)[keep], np.array(weights)[keep]
    )
    np.testing.assert_allclose(
        model.predict_proba(Xt), again.predict_proba(Xt), atol=1e-4
    )
    np.testing.assert_allclose(
        model.labels_, np.reshape(weights, (30, 3)), atol=1e-9
    )


def test_a_large_alpha_leaves_the_plan_of_places():
    Xs, ys, Xt, _ = make_classes()
    model = JDOT(alpha=1e4, reg=0).fit(Xs, ys, Xt)
    C = transport_cost(Xs, Xt)
    np.testing.assert_allclose(model.plan_, transport_plan(C, ys, 0, 0))


def test_the_unit_of_numbers_does_not_matter():
    Xs, ys, Xt = make_numbers()
    plain = JDOT(LinearRegression()).fit(Xs, ys, Xt)
    large = JDOT(LinearRegression()).fit(10 * Xs, 1000 * ys, 10 * Xt)
    np.testing.assert_allclose(large.plan_, plain.plan_, atol=1e-12)
    np.testing.assert_allclose(
        large.predict(10 * Xt), 1000 * plain.predict(Xt), rtol=1e-6
    )


@REGS
def test_a_moved_world_is_found(reg):
    rng = np.random.default_rng(0)
    ys = np.arange(60) % 2
    Xs = np.column_stack([4 * ys, 0 * ys]) + rng.normal(0, 0.8, (60, 2))
    Xt = Xs[::-1] + [3, 0]  # class 0 is where class 1 was, nearly
    model = JDOT(reg=reg).fit(Xs, ys, Xt)
    assert model.source_model_.score(Xt, ys[::-1]) < 0.75
    assert model.score(Xt, ys[::-1]) > 0.95
    Xs, ys, Xt = make_numbers(80, 70)
    yt, Xt = (Xt - 1) @ [1, -2], Xt - 1 + [1, 0]
    model = JDOT(LinearRegression(), alpha=1.0, reg=reg).fit(Xs, ys, Xt)
    before, after = (
        np.abs(m.predict(Xt) - yt).mean() for m in (model.source_model_, model)
    )
    assert before > 0.9
    assert after < 0.5 * before


def test_it_says_that_it_still_falls():
    Xs, ys, Xt, _ = make_classes()
    with pytest.warns(ConvergenceWarning, match=r"in round 1 the labels.*larger"):
        model = JDOT(n_rounds=1).fit(Xs, ys, Xt)
    assert len(model.objective_) == 3
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert len(JDOT().fit(Xs, ys, Xt).objective_) > 3


class Mute(ClassifierMixin, BaseEstimator):
    def fit(self, X, y, sample_weight=None):
        self.classes_ = np.unique(y)
        return self

    def predict(self, X):
        return np.full(len(X), self.classes_[0])


def test_a_learner_without_a_loss_is_refused():
    Xs, ys, Xt, _ = make_classes()
    with pytest.raises(ValueError, match="Mute has neither predict_proba nor"):
        JDOT(Mute()).fit(Xs, ys, Xt)


@pytest.mark.parametrize("label", [0.1, 2.0])
def test_labels_that_are_all_alike(label):
    Xs, _, Xt = make_numbers()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        model = JDOT(Ridge()).fit(Xs, np.full(len(Xs), label), Xt)
    np.testing.assert_allclose(model.predict(Xt), label)
    assert np.isfinite(model.objective_).all()


class Counting(LogisticRegression):
    def fit(self, X, y, sample_weight=None):
        self.n_rows_ = len(X)
        return super().fit(X, y, sample_weight)


def test_a_sample_stands_once_for_each_class_that_arrives():
    Xs, ys, Xt, _ = make_classes()
    model = JDOT(Counting(), reg=0).fit(Xs, ys, Xt)
    assert model.estimator_.n_rows_ == np.count_nonzero(model.labels_ > 1e-9)
    assert len(Xt) <= model.estimator_.n_rows_ < 2 * len(Xt)


@pytest.mark.parametrize(
    "params", [{"alpha": 0.0}, {"reg": -1.0}, {"n_rounds": 0}]
)
def test_parameters_out_of_range(params):
    Xs, ys, Xt, _ = make_classes()
    with pytest.raises(ValueError, match=next(iter(params))):
        JDOT(**params).fit(Xs, ys, Xt)
