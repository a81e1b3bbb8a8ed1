"""Label shift: fixed points on a grid, linear systems by hand, planted shares."""

import warnings

import numpy as np
import pytest
from scipy.special import softmax
from scipy.stats import norm
from sklearn.linear_model import LogisticRegression, Perceptron

from tlbook.datasets import make_shift
from tlbook.instance import LabelShift
from tlbook.instance.label_shift import (
    bbse_weights,
    calibrated,
    calibration,
    calibration_covariance,
    corrected,
    em_errors,
    em_prior,
    rlls_weights,
)


def three_classes(n, shares, seed):
    rng = np.random.default_rng(seed)
    y = rng.choice(3, n, p=shares)
    return 2.5 * np.eye(3)[y] + rng.normal(size=(n, 3)), y


def test_corrected_is_the_rule_of_bayes():
    """Two Gaussians with known densities: the posterior after the shift, from both."""
    x = np.linspace(-3, 3, 13)
    densities = np.column_stack([norm.pdf(x, -1), norm.pdf(x, 1)])
    before, after = (densities * p for p in ([0.5, 0.5], [0.9, 0.1]))
    before, after = (d / d.sum(axis=1, keepdims=True) for d in (before, after))
    np.testing.assert_allclose(corrected(before, np.array([1.8, 0.2])), after)


def test_em_is_the_maximum_of_the_likelihood_on_a_grid():
    rng = np.random.default_rng(0)
    P = rng.dirichlet([1, 1], 200)
    prior = np.array([0.4, 0.6])
    grid = np.linspace(0.001, 0.999, 9981)
    likelihood = [
        np.sum(np.log(P @ (np.array([1 - p, p]) / prior))) for p in grid
    ]
    assert em_prior(P, prior)[1] == pytest.approx(
        grid[np.argmax(likelihood)], abs=2e-4
    )


def test_em_of_three_classes_is_a_fixed_point_that_no_neighbor_beats():
    rng = np.random.default_rng(1)
    P, prior = rng.dirichlet([2, 1, 1], 300), np.array([0.5, 0.3, 0.2])

    def likelihood(p):
        return np.sum(np.log(P @ (p / prior)))

    found = em_prior(P, prior)
    assert found.sum() == pytest.approx(1)
    for move in np.vstack(
        [np.eye(3) - np.roll(np.eye(3), 1, axis=1), np.eye(3)[[0]] - 1 / 3]
    ):
        for step in (-1e-3, 1e-3):
            near = found + step * move
            if (near > 0).all():
                assert likelihood(near / near.sum()) < likelihood(found)


def test_bbse_by_hand():
    """Errors of 10 and 20 %: calls of 34 % in the target mean a share of 20 %."""
    # rows: calls, columns: classes, half each
    C = np.array([[0.45, 0.10], [0.05, 0.40]])
    q = C / 0.5 @ [0.8, 0.2]
    np.testing.assert_allclose(q, [0.76, 0.24])
    np.testing.assert_allclose(bbse_weights(C, q), [1.6, 0.4])
    assert bbse_weights(C, np.array([1.0, 0.0]))[1] == 0  # never below zero


def test_rlls_without_regularizer_is_bbse_and_with_much_is_one():
    C = np.array([[0.45, 0.10], [0.05, 0.40]])
    q = np.array([0.76, 0.24])
    np.testing.assert_allclose(rlls_weights(C, q, 0), [1.6, 0.4], atol=1e-4)
    np.testing.assert_allclose(rlls_weights(C, q, 10), [1, 1], atol=1e-4)


def test_rlls_on_a_grid():
    rng = np.random.default_rng(0)
    C = rng.dirichlet(np.ones(4)).reshape(2, 2) + 0.1 * np.eye(2)
    q, rho = np.array([0.9, 0.2]), 0.15
    grid = np.stack(np.meshgrid(*[np.linspace(-1, 3, 401)] * 2), axis=-1).reshape(
        -1, 2
    )
    loss = np.linalg.norm(grid @ C.T - (q - C.sum(axis=1)), axis=1)
    loss += rho * np.linalg.norm(grid, axis=1)
    best = 1 + grid[np.argmin(loss)]
    np.testing.assert_allclose(rlls_weights(C, q, rho), best, atol=0.02)


def test_calibration_undoes_what_was_done_to_the_probabilities():
    rng = np.random.default_rng(0)
    L = rng.normal(0, 2, (20_000, 3))
    P = np.exp(L) / np.exp(L).sum(axis=1, keepdims=True)
    y = np.array([rng.choice(3, p=p) for p in P])
    # too sure, and biased
    spoiled = calibrated(P, 1 / 2.5, np.array([0.5, -0.3, -0.2]))
    T, b = calibration(spoiled, y, 3)
    assert pytest.approx(2.5, rel=0.05) == T
    np.testing.assert_allclose(calibrated(spoiled, T, b), P, atol=0.02)


@pytest.mark.parametrize("method", ["em", "bbse", "rlls"])
def test_planted_shares_are_found(method):
    (Xs, ys), (Xt, yt) = (
        three_classes(3000, [0.4, 0.4, 0.2], 0),
        three_classes(3000, [0.7, 0.1, 0.2], 1),
    )
    model = LabelShift(method=method).fit(Xs, ys, Xt)
    np.testing.assert_allclose(
        model.target_prior_, np.bincount(yt) / 3000, atol=0.03
    )
    shares = np.bincount(ys) / 3000
    np.testing.assert_allclose(model.class_weights_ * shares, model.target_prior_)
    assert model.score(Xt, yt) > model.source_model_.score(Xt, yt) + 0.01
    P = model.predict_proba(Xt)
    np.testing.assert_allclose(P.sum(axis=1), 1)
    np.testing.assert_array_equal(model.predict(Xt), P.argmax(axis=1))


def test_no_shift_no_change():
    Xs, ys = three_classes(2000, [0.4, 0.3, 0.3], 0)
    Xt, _ = three_classes(2000, [0.4, 0.3, 0.3], 1)
    model = LabelShift().fit(Xs, ys, Xt)
    np.testing.assert_allclose(model.class_weights_, 1, atol=0.1)


def test_em_repairs_the_label_shift_of_the_book():
    scores = []
    for seed in range(5):
        Xs, ys, Xt, yt = make_shift("target", 1000, seed)
        model = LabelShift().fit(Xs, ys, Xt)
        assert model.target_prior_[1] == pytest.approx(0.15, abs=0.02)
        scores.append([model.score(Xt, yt), model.source_model_.score(Xt, yt)])
    after, before = np.mean(scores, axis=0)
    assert after > 0.985 > 0.982 > before


def test_calibration_matters_for_em_where_the_classifier_is_too_sure():
    (Xs, ys), (Xt, _) = (
        three_classes(400, [0.4, 0.4, 0.2], 2),
        three_classes(2000, [0.1, 0.8, 0.1], 3),
    )
    rough = LogisticRegression(C=1e6)
    Xs, Xt = (
        np.hstack([X, np.random.default_rng(4).normal(size=(len(X), 40))])
        for X in (Xs, Xt)
    )
    errors = {
        c: abs(
            LabelShift(rough, calibrate=c).fit(Xs, ys, Xt).target_prior_
            - [0.1, 0.8, 0.1]
        ).max()
        for c in (True, False)
    }
    assert errors[True] < errors[False]


def test_words():
    Xs, ys, Xt, _ = make_shift("target", 100, 0)
    with pytest.raises(ValueError, match="predict_proba"):
        LabelShift(Perceptron()).fit(Xs, ys, Xt)
    alone = np.where(np.arange(100) == 0, 2, ys)
    with pytest.raises(ValueError, match="one sample only"):
        LabelShift().fit(Xs, alone, Xt)
    rng = np.random.default_rng(0)
    with pytest.warns(UserWarning, match="hardly tells some classes apart"):
        LabelShift(method="bbse").fit(
            rng.normal(size=(100, 2)), ys, rng.normal(size=(50, 2))
        )
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        LabelShift(method="bbse").fit(Xs, ys, Xt)


# --- Errors of the shares ----------------------------------------------------------------------


def corners(rng, n, shares, gap=2.0):
    y = rng.choice(3, n, p=shares)
    return rng.standard_normal((n, 2)) + gap * np.eye(3)[y, :2], y


def test_errors_are_the_curvature_and_what_calibration_adds():
    """Against numerical derivatives of the likelihood and of the fixed point."""
    rng = np.random.default_rng(0)
    X, _ = corners(rng, 300, [0.6, 0.25, 0.15])
    prior, T, b = np.full(3, 1 / 3), 1.5, np.array([0.2, -0.3, 0.1])
    Q = 2 * X @ np.eye(3)[:2] - [2, 2, 0]  # log P(x | y), up to a constant
    Q = softmax(Q, axis=1)
    P = softmax(T * (np.log(Q) - b), axis=1)
    np.testing.assert_allclose(calibrated(P, T, b), Q)
    found = em_prior(Q, prior)
    assert found.min() > 0.05
    K = np.array([[1, 0], [0, 1], [-1, -1]])  # the last share is what is left

    def likelihood(free):
        return np.log(Q @ ((found + K @ free) / prior)).sum()

    step = 1e-4 * np.eye(2)
    curvature = np.array(
        [
            [
                likelihood(a + c)
                - likelihood(a)
                - likelihood(c)
                + likelihood(0 * a)
                for c in step
            ]
            for a in step
        ]
    )
    by_target = K @ np.linalg.inv(-curvature / 1e-8) @ K.T
    alone = em_errors(P, Q, prior, found, np.zeros((4, 4)))
    np.testing.assert_allclose(alone**2, np.diag(by_target), rtol=1e-2)

    theta = np.array([1 / T, *b])
    change = (
        np.array(
            [
                em_prior(
                    calibrated(P, 1 / (theta + d)[0], (theta + d)[1:]), prior
                )
                - em_prior(
                    calibrated(P, 1 / (theta - d)[0], (theta - d)[1:]), prior
                )
                for d in 1e-4 * np.eye(4)
            ]
        ).T
        / 2e-4
    )
    S = 0.02 * np.cov(rng.standard_normal((4, 30)))
    both = em_errors(P, Q, prior, found, S)
    expected = np.diag(by_target + change @ S @ change.T)
    np.testing.assert_allclose(both**2, expected, rtol=1e-2)
    assert np.all(both > 1.1 * alone)


def test_covariance_of_the_calibration():
    """Against many draws of labels from the calibrated probabilities."""
    rng = np.random.default_rng(0)
    P = rng.dirichlet([1, 1, 1], 500)
    Q = calibrated(P, 1.3, np.array([0.3, 0.0, -0.3]))
    S = calibration_covariance(P, Q)
    draws = []
    for _ in range(150):
        y = (rng.random(500)[:, None] > Q.cumsum(axis=1)).sum(axis=1)
        T, b = calibration(P, y, 3)
        draws.append([1 / T, *b])
    seen = np.cov(np.array(draws).T)
    np.testing.assert_allclose(np.diag(S), np.diag(seen), rtol=0.4)
    assert np.abs(S @ [0, 1, 1, 1]).max() < 1e-10  # a common b says nothing


def test_intervals_of_the_shares_hold_them():
    """Coverage over draws, with and without what calibration adds."""
    rng, shares = np.random.default_rng(1), np.array([0.6, 0.3, 0.1])
    inside = {True: [], False: []}
    for _ in range(40):
        Xs, ys = corners(rng, 200, [1 / 3, 1 / 3, 1 / 3])
        Xt, _ = corners(rng, 300, shares)
        for calibrate in inside:
            model = LabelShift(calibrate=calibrate).fit(Xs, ys, Xt)
            off = np.abs(model.target_prior_ - shares)
            inside[calibrate].append(off < 1.96 * model.target_prior_error_)
    assert np.mean(inside[True]) >= 0.9
    assert np.mean(inside[False]) < np.mean(inside[True]) - 0.05


def absent_classes(rng, absent, n=300):
    """Return what `em_errors` takes: ten classes told apart for certain, the last are not there."""
    scores = rng.standard_normal((n, 10))
    scores[np.arange(n), rng.integers(0, 10 - absent, n)] += 20
    P = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
    prior = np.full(10, 0.1)
    return P, P, prior, em_prior(P, prior), np.diag(np.full(11, 0.02))


def test_an_absent_class_and_classes_that_look_alike():
    rng = np.random.default_rng(0)
    Xs, ys = corners(rng, 600, [1 / 3, 1 / 3, 1 / 3], gap=6)
    Xt, _ = corners(rng, 400, [0.5, 0.5, 0.0], gap=6)
    model = LabelShift().fit(Xs, ys, Xt)
    assert model.target_prior_[2] < 0.01
    assert model.target_prior_error_[2] == pytest.approx(1 / 20, rel=0.5)
    two = em_errors(*absent_classes(rng, 2))
    many = em_errors(*absent_classes(rng, 5))
    assert two.max() < 0.1  # gone, and that is certain
    assert many.max() < 0.1
    P = np.repeat(rng.random((100, 1)), 2, axis=1)
    P /= P.sum(axis=1, keepdims=True)  # one half each
    half = np.array([0.5, 0.5])
    error = em_errors(P, P, half, half, np.zeros((3, 3)))
    assert np.all(error > 1)  # nothing is known
