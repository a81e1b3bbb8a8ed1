"""Density ratios against refits, KKT conditions and Gaussians whose ratio is known."""

import numpy as np
import pytest
from scipy.optimize import minimize
from scipy.spatial.distance import cdist
from scipy.stats import norm

from tlbook.instance import KLIEP, ULSIF, LogisticRatio
from tlbook.instance.density_ratio import (
    kliep_score,
    kliep_weights,
    quadratic_step,
    ulsif_leave_one_out,
    ulsif_weights,
)
from tlbook.kernels import gaussian_kernel

RNG = np.random.default_rng(0)
Xs, Xt = RNG.standard_normal((40, 2)), 0.7 * RNG.standard_normal((30, 2)) + 0.5
Phi_s, Phi_t = gaussian_kernel(Xs, Xt, 0.8), gaussian_kernel(Xt, Xt, 0.8)


def shifted(ns=400, nt=250, seed=1):
    rng = np.random.default_rng(seed)
    Xs, Xt = rng.normal(0, 1, (ns, 1)), rng.normal(0.5, 0.7, (nt, 1))
    truth = norm.pdf(Xs[:, 0], 0.5, 0.7) / norm.pdf(Xs[:, 0], 0, 1)
    return Xs, (Xs[:, 0] > 0).astype(int), Xt, truth


@pytest.mark.parametrize("model", [KLIEP(), ULSIF()])
def test_kernel_ratios_follow_the_true_ratio(model):
    Xs, ys, Xt, truth = shifted(1500, 1500)
    model.fit(Xs, ys, Xt)
    assert np.corrcoef(model.weights_, truth)[0, 1] > 0.9
    assert np.abs(model.weights_ - truth).mean() < 0.35  # level and direction, not shape only
    np.testing.assert_allclose(model.ratio(Xs), model.weights_)


def test_kliep_keeps_its_constraint():
    alpha, gap = kliep_weights(Phi_s, Phi_t)
    assert alpha.min() >= 0
    assert (Phi_s @ alpha).mean() == pytest.approx(1, abs=1e-9)
    assert gap < 1e-8


def test_kliep_is_stationary():
    """KKT: the scaled gradient is 1 where alpha > 0 and at most 1 elsewhere."""
    alpha, _ = kliep_weights(Phi_s, Phi_t)
    gradient = (Phi_t / (Phi_t @ alpha)[:, None]).mean(axis=0) / Phi_s.mean(axis=0)
    assert gradient.max() <= 1 + 1e-8
    np.testing.assert_allclose(gradient[alpha > 1e-6], 1, atol=1e-5)


def test_kliep_is_not_beaten_by_a_general_solver():
    alpha, _ = kliep_weights(Phi_s, Phi_t)
    b = Phi_s.mean(axis=0)

    def negative(a):
        return -np.log(np.maximum(Phi_t @ a, 1e-12)).mean()

    found = minimize(
        negative,
        np.full(len(b), 1 / b.sum()),
        jac=lambda a: -(Phi_t / np.maximum(Phi_t @ a, 1e-12)[:, None]).mean(axis=0),
        bounds=[(0, None)] * len(b),
        constraints={"type": "eq", "fun": lambda a: b @ a - 1, "jac": lambda a: b},
        method="SLSQP",
        options={"maxiter": 500, "ftol": 1e-12},
    )
    assert negative(alpha) == pytest.approx(found.fun, abs=1e-6)
    assert negative(alpha) <= found.fun + 1e-9


@pytest.mark.parametrize("gamma", [0.01, 0.1, 5.0, 50.0])
def test_kliep_reaches_its_gap_at_every_width(gamma):
    S, T = gaussian_kernel(Xs, Xt, gamma), gaussian_kernel(Xt, Xt, gamma)
    alpha, gap = kliep_weights(S, T)
    assert gap < 1e-8
    assert (S @ alpha).mean() == pytest.approx(1, abs=1e-8)


def test_kliep_two_centers_by_hand():
    """w = a1 + 0 on one target point and a2 on the other; b = (1/2, 1/4): p = (1/2, 1/2)."""
    T = np.eye(2)
    S = np.array([[1.0, 0.0], [0.0, 0.5]])
    alpha, _ = kliep_weights(S, T)
    np.testing.assert_allclose(alpha, [1.0, 2.0], atol=1e-8)


def test_newton_step_never_loses():
    rng = np.random.default_rng(3)
    A = rng.random((20, 6))
    p = rng.dirichlet(np.ones(6))
    R = A / (A @ p)[:, None]
    new = quadratic_step(A, R, R.mean(axis=0), p)
    assert new.sum() == pytest.approx(1)
    assert new.min() >= 0
    assert np.log(A @ new).mean() > np.log(A @ p).mean()


def test_kliep_score_is_the_held_out_likelihood():
    folds = np.arange(30) % 5
    logs = []
    for fold in range(5):
        alpha, _ = kliep_weights(Phi_s, Phi_t[folds != fold])
        logs.extend(np.log(Phi_t[folds == fold] @ alpha))
    assert kliep_score(Phi_s, Phi_t) == pytest.approx(np.mean(logs), abs=1e-4)


@pytest.mark.parametrize("seed", range(10))
def test_kliep_keeps_its_pace_to_the_end(seed):
    """The last steps gain less than the likelihood can show; they are Newton's all the same."""
    rng = np.random.default_rng(seed)
    means = 3 * rng.standard_normal((5, 10))
    S = means[np.arange(200) % 5] + rng.standard_normal((200, 10))
    T = (
        means[rng.choice(5, 200, p=[0.4, 0.3, 0.1, 0.1, 0.1])]
        + rng.standard_normal((200, 10))
        + 0.3
    )
    kernels = (gaussian_kernel(X, T[:100], 0.05) for X in (S, T))
    _, gap = kliep_weights(*kernels, max_iter=12)
    assert gap < 1e-9


def tried_widths():
    """Return multiples of 1 / (2 median^2), of the distances of all samples to the centers."""
    distances = cdist(np.concatenate([Xs, Xt]), Xt)  # all of Xt are centers
    return 2.0 ** np.arange(-3, 4) / (2 * np.median(distances) ** 2)


def test_kliep_takes_the_best_width():
    ys = np.arange(40) % 2
    model = KLIEP().fit(Xs, ys, Xt)
    gammas = tried_widths()
    scores = [kliep_score(gaussian_kernel(Xs, Xt, g), gaussian_kernel(Xt, Xt, g)) for g in gammas]
    assert model.gamma_ == pytest.approx(gammas[np.argmax(scores)])
    assert KLIEP(gamma=0.3).fit(Xs, ys, Xt).gamma_ == 0.3


def test_ulsif_minimizes_its_objective():
    lam = 0.3
    H, h = Phi_s.T @ Phi_s / len(Xs), Phi_t.mean(axis=0)
    found = minimize(
        lambda a: a @ H @ a / 2 - h @ a + lam * a @ a / 2,
        np.zeros(len(h)),
        jac=lambda a: H @ a - h + lam * a,
        method="BFGS",
        options={"gtol": 1e-10},
    )
    np.testing.assert_allclose(ulsif_weights(Phi_s, Phi_t, lam), np.maximum(found.x, 0), atol=1e-6)


@pytest.mark.parametrize(("ns", "nt"), [(40, 30), (20, 30), (30, 30)])
def test_leave_one_out_equals_refits(ns, nt):
    S, T, lams = Phi_s[:ns], Phi_t[:nt], [0.01, 0.5, 3.0]
    expected = []
    for lam in lams:
        on_source, on_target = [], []
        for i in range(min(ns, nt)):
            alpha = ulsif_weights(np.delete(S, i, axis=0), np.delete(T, i, axis=0), lam)
            on_source.append((S[i] @ alpha) ** 2)
            on_target.append(T[i] @ alpha)
        expected.append(np.mean(on_source) / 2 - np.mean(on_target))
    np.testing.assert_allclose(ulsif_leave_one_out(S, T, lams), expected, atol=1e-10)


def test_ulsif_takes_the_best_cell():
    ys = np.arange(40) % 2
    model = ULSIF().fit(Xs, ys, Xt)
    gammas = tried_widths()
    lams = 10.0 ** np.arange(-3, 2)
    scores = [
        ulsif_leave_one_out(gaussian_kernel(Xs, Xt, g), gaussian_kernel(Xt, Xt, g), lams)
        for g in gammas
    ]
    row, column = np.unravel_index(np.argmin(scores), (len(gammas), len(lams)))
    assert model.gamma_ == pytest.approx(gammas[row])
    assert model.lam_ == lams[column]
    fixed = ULSIF(gamma=0.3, lam=0.2).fit(Xs, ys, Xt)
    assert (fixed.gamma_, fixed.lam_) == (0.3, 0.2)
    np.testing.assert_allclose(
        fixed.weights_,
        gaussian_kernel(Xs, Xt, 0.3)
        @ ulsif_weights(gaussian_kernel(Xs, Xt, 0.3), gaussian_kernel(Xt, Xt, 0.3), 0.2),
    )


def test_centers_are_target_samples():
    Xs, ys, Xt, _ = shifted()
    few = ULSIF(n_centers=20).fit(Xs, ys, Xt)
    assert few.centers_.shape == (20, 1)
    assert set(few.centers_[:, 0]) <= set(Xt[:, 0])
    other = ULSIF(n_centers=20, random_state=1).fit(Xs, ys, Xt)
    assert not np.array_equal(few.centers_, other.centers_)
    assert ULSIF(n_centers=999).fit(Xs, ys, Xt).centers_.shape == (250, 1)


def test_logistic_ratio_of_two_gaussians():
    """Equal variances: log w is linear, slope 1 and intercept -1/2, whatever ns and nt."""
    rng = np.random.default_rng(0)
    Xs, Xt = rng.normal(0, 1, (6000, 1)), rng.normal(1, 1, (2000, 1))
    model = LogisticRatio(C=1e4).fit(Xs, (Xs[:, 0] > 0).astype(int), Xt)
    points = np.array([[-1.0], [0.0], [1.0]])
    np.testing.assert_allclose(np.log(model.ratio(points)), points[:, 0] - 0.5, atol=0.12)
    assert model.weights_.mean() == pytest.approx(1, abs=0.08)


def test_logistic_ratio_is_the_odds():
    Xs, ys, Xt, _ = shifted()
    model = LogisticRatio().fit(Xs, ys, Xt)
    chance = model.domain_classifier_.predict_proba(Xs)
    np.testing.assert_allclose(model.weights_, 400 / 250 * chance[:, 1] / chance[:, 0])
    flat = LogisticRatio(C=1e-6).fit(Xs, ys, Xt)
    np.testing.assert_allclose(flat.weights_, 1, atol=0.05)
