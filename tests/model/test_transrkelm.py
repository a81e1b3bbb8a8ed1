"""TransRKELM: the recursion against one batch, ridge regression by another solver, by hand."""

import warnings

import numpy as np
import pytest
from scipy.optimize import minimize
from sklearn.linear_model import Ridge
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import parametrize_with_checks

from tlbook.datasets import load_activity
from tlbook.model import RKELM, TransRKELM, transrkelm
from tlbook.model.transrkelm import (
    batch_solution,
    output_margins,
    recursive_solution,
    signed_targets,
)


def problem(n=40, m=9, k=3, seed=0):
    rng = np.random.default_rng(seed)
    return rng.random((n, m)), rng.choice([-1.0, 1.0], (n, k))


def persons(source, target):
    Xs, ys, Xt, yt = load_activity(source, target)
    return (
        StandardScaler().fit_transform(Xs),
        ys,
        StandardScaler().fit_transform(Xt),
        yt,
    )


@parametrize_with_checks([RKELM()])
def test_scikit_learn_checks_of_the_learner(estimator, check):
    check(estimator)


def test_signed_targets():
    np.testing.assert_array_equal(
        signed_targets(np.array([2, 0]), 3),
        [[-1.0, -1.0, 1.0], [1.0, -1.0, -1.0]],
    )


@pytest.mark.parametrize("C", [0.1, 1.0, 100.0])
def test_batch_is_ridge_regression(C):
    K, T = problem()
    P, beta = batch_solution(K, T, C)
    ridge = Ridge(alpha=1 / C, fit_intercept=False).fit(K, T)
    np.testing.assert_allclose(beta, ridge.coef_.T, atol=1e-9)
    np.testing.assert_allclose(
        P @ (np.eye(9) / C + K.T @ K), np.eye(9), atol=1e-8
    )

    def loss(b):
        return b @ b / C + np.sum((K @ b - T[:, 0]) ** 2)

    found = minimize(loss, np.zeros(9), method="BFGS", options={"gtol": 1e-8})
    np.testing.assert_allclose(beta[:, 0], found.x, atol=1e-4)


@pytest.mark.parametrize("blocks", [(40,), (1,) * 40, (3, 30, 7)])
def test_recursion_equals_the_batch(blocks):
    K, T = problem(n=50)
    P, beta = batch_solution(K[:10], T[:10], 100.0)
    start = 10
    for size in blocks:
        rows = slice(start, start + size)
        P, beta = recursive_solution(P, beta, K[rows], T[rows])
        start += size
    whole_P, whole_beta = batch_solution(K, T, 100.0)
    np.testing.assert_allclose(P, whole_P, atol=1e-8)
    np.testing.assert_allclose(beta, whole_beta, atol=1e-8)


def test_one_row_by_hand():
    """C = 1, K = T = 1: P = 1/2, beta = 1/2; then the row K1 = 2, T1 = -1: P = 1/6, beta = -1/6."""
    one = np.ones((1, 1))
    P, beta = batch_solution(one, one, 1.0)
    np.testing.assert_allclose([P.item(), beta.item()], [0.5, 0.5])
    P, beta = recursive_solution(P, beta, 2 * one, -one)
    np.testing.assert_allclose(
        [P.item(), beta.item()], [1 / 6, -1 / 6], atol=1e-15
    )


def test_margins():
    outputs = np.array([[0.9, -0.5, 0.2], [-1.0, -1.0, -2.0]])
    np.testing.assert_allclose(output_margins(outputs), [0.7, 0.0])


def test_outputs_written_out():
    X, y = np.random.default_rng(0).standard_normal((30, 4)), np.arange(30) % 3
    elm = RKELM(C=5.0, gamma=0.3, n_support=8).fit(X, y)
    assert elm.support_.shape == (8, 4)
    assert all(any(np.array_equal(s, x) for x in X) for s in elm.support_)
    k = np.array(
        [[np.exp(-0.3 * np.sum((x - s) ** 2)) for s in elm.support_] for x in X]
    )
    T = np.where(y[:, None] == np.arange(3), 1.0, -1.0)
    beta = np.linalg.lstsq(
        np.vstack([k, np.eye(8) / np.sqrt(5)]), np.vstack([T, np.zeros((8, 3))])
    )[0]
    np.testing.assert_allclose(elm.outputs(X), k @ beta, atol=1e-8)
    np.testing.assert_array_equal(elm.predict(X), (k @ beta).argmax(axis=1))


def test_support_is_random_and_independent_of_the_order():
    X, y = np.random.default_rng(0).standard_normal((60, 4)), np.arange(60) % 3
    order = np.random.default_rng(1).permutation(60)
    one, two = (
        RKELM(n_support=7).fit(X, y),
        RKELM(n_support=7).fit(X[order], y[order]),
    )
    np.testing.assert_array_equal(one.support_, two.support_)
    other = RKELM(n_support=7, random_state=1).fit(X, y)
    assert not np.array_equal(one.support_, other.support_)
    assert RKELM(n_support=100).fit(X, y).support_.shape == (60, 4)


@pytest.mark.parametrize("at_once", [3, 2000])
def test_updates_of_the_learner_equal_one_batch(at_once, monkeypatch):
    monkeypatch.setattr(transrkelm, "ROWS", at_once)
    Xs, ys, Xt, yt = persons(7, 10)
    elm = RKELM(n_support=40).fit(Xs, ys)
    k = [
        np.exp(-elm.gamma_ * ((X[:, None] - elm.support_) ** 2).sum(2))
        for X in (Xs, Xt)
    ]
    K, y = np.concatenate(k), np.concatenate([ys, yt])
    T = np.where(y[:, None] == np.arange(7), 1.0, -1.0)
    whole = np.linalg.solve(np.eye(40) / 100 + K.T @ K, K.T @ T)
    for rows in np.array_split(np.arange(len(Xt)), 5):
        elm.update(Xt[rows], yt[rows])
    np.testing.assert_allclose(elm.beta_, whole, atol=1e-8 * np.abs(whole).max())


def test_the_rounds_written_out():
    Xs, ys, Xt, _ = persons(2, 5)
    model = TransRKELM(RKELM(n_support=50), margin=0.8).fit(Xs, ys, Xt)
    elm = model.source_model_
    ks, kt = (
        np.exp(-elm.gamma_ * ((X[:, None] - elm.support_) ** 2).sum(2))
        for X in (Xs, Xt)
    )
    A, b = (
        np.eye(50) / 100 + ks.T @ ks,
        ks.T @ np.where(ys[:, None] == np.arange(7), 1.0, -1.0),
    )
    taken, t = np.zeros(len(Xt), dtype=int), 0
    while True:
        t += 1
        F = kt @ np.linalg.solve(A, b)
        order = np.sort(F, axis=1)
        new = [
            j
            for j in range(len(Xt))
            if not taken[j] and order[j, -1] - order[j, -2] > 0.8
        ]
        if not new:
            break
        for j in new:
            taken[j] = t
            A += np.outer(kt[j], kt[j])
            b += np.outer(
                kt[j], np.where(np.arange(7) == F[j].argmax(), 1.0, -1.0)
            )
    assert t > 2
    np.testing.assert_array_equal(model.round_, taken)
    np.testing.assert_array_equal(model.predict(Xt), F.argmax(axis=1))
    first = TransRKELM(RKELM(n_support=50), margin=0.8, max_rounds=1).fit(
        Xs, ys, Xt
    )
    np.testing.assert_array_equal(first.round_, taken * (taken == 1))


def test_a_margin_out_of_reach_leaves_the_source_model():
    Xs, ys, Xt, _ = persons(1, 2)
    model = TransRKELM(margin=50.0).fit(Xs, ys, Xt)
    assert not model.round_.any()
    np.testing.assert_array_equal(
        model.estimator_.beta_, model.source_model_.beta_
    )


def test_the_source_model_is_kept():
    Xs, ys, Xt, _ = persons(1, 2)
    model = TransRKELM().fit(Xs, ys, Xt)
    alone = RKELM().fit(Xs, ys)
    np.testing.assert_array_equal(model.source_model_.beta_, alone.beta_)
    assert not np.array_equal(model.estimator_.beta_, alone.beta_)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        assert not hasattr(TransRKELM().fit(Xs, ys), "round_")


def test_better_than_the_source_model_between_persons():
    gains = []
    for pair in (
        (1, 2),
        (2, 3),
        (5, 6),
        (9, 4),
        (10, 7),
        (3, 1),
        (8, 9),
        (4, 5),
        (6, 10),
        (7, 8),
    ):
        Xs, ys, Xt, yt = persons(*pair)
        model = TransRKELM().fit(Xs, ys, Xt)
        gains.append(model.score(Xt, yt) - model.source_model_.score(Xt, yt))
    assert np.mean(gains) > 0


def test_bad_input():
    X, y = np.random.default_rng(0).standard_normal((30, 4)), np.arange(30) % 3
    with pytest.raises(ValueError, match="'estimator' parameter of TransRKELM"):
        TransRKELM(Ridge()).fit(X, y, X + 1)
    with pytest.raises(ValueError, match="'margin' parameter"):
        TransRKELM(margin=-0.1).fit(X, y, X + 1)
    with pytest.raises(ValueError, match="'C' parameter of RKELM"):
        RKELM(C=0).fit(X, y)
    with pytest.raises(ValueError, match="'n_support' parameter of RKELM"):
        RKELM(n_support=0).fit(X, y)
    with pytest.raises(
        ValueError, match="median distance between samples is zero"
    ):
        RKELM().fit(np.ones((30, 4)), y)
