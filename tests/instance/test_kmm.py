"""KMM: KKT conditions, a general solver, a case by hand, a ratio that is known."""

import itertools
import tracemalloc
import warnings

import numpy as np
import pytest
from scipy import sparse
from scipy.optimize import linprog, minimize
from scipy.stats import norm
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression

from tlbook.instance import KMM
from tlbook.instance._interior_point import least_product, relative_gap
from tlbook.instance.kmm import kernel_mean_matching
from tlbook.kernels import gaussian_kernel, median_gamma


def problem(n=60, m=40, gamma=0.5, seed=0, d=2):
    rng = np.random.default_rng(seed)
    Xs, Xt = rng.standard_normal((n, d)), 0.7 * rng.standard_normal((m, d)) + 0.6
    K = gaussian_kernel(Xs, gamma=gamma)
    return K, n / m * gaussian_kernel(Xs, Xt, gamma).sum(axis=1)


def bounds_of(n, eps):
    eps = (np.sqrt(n) - 1) / np.sqrt(n) if eps is None else eps
    return n * max(1 - eps, 0), n * (1 + eps)


CASES = [(1000.0, None), (2.0, None), (1000.0, 0.01), (1.2, 0.05), (3.0, 0.9)]


@pytest.mark.parametrize(("B", "eps"), CASES)
@pytest.mark.parametrize("gamma", [0.01, 0.5, 20.0])
def test_kkt_conditions(B, eps, gamma):
    K, kappa = problem(gamma=gamma)
    beta = kernel_mean_matching(K, kappa, B, eps, tol=1e-9)
    low, high = bounds_of(len(beta), eps)
    assert beta.min() >= -1e-9
    assert beta.max() <= B + 1e-9
    assert low - 1e-9 <= beta.sum() <= high + 1e-9
    gradient = K @ beta - kappa
    free = (beta > 1e-4) & (beta < B - 1e-4)
    assert free.any()
    nu = np.median(gradient[free])  # multiplier of the sum
    assert np.abs(gradient[free] - nu).max() < 2e-3
    assert (gradient[beta <= 1e-4] >= nu - 2e-3).all()
    assert (gradient[beta >= B - 1e-4] <= nu + 2e-3).all()
    if low + 1e-2 < beta.sum() < high - 1e-2:
        assert abs(nu) < 2e-3
    if beta.sum() > high - 1e-6:
        assert nu < 1e-3


@pytest.mark.parametrize(("B", "eps"), CASES)
def test_against_a_general_solver(B, eps):
    K, kappa = problem(n=25, m=20)
    low, high = bounds_of(25, eps)

    def objective(b):
        return b @ K @ b / 2 - kappa @ b

    found = minimize(
        objective,
        np.full(25, min(1.0, B)),
        jac=lambda b: K @ b - kappa,
        bounds=[(0, B)] * 25,
        constraints=[
            {"type": "ineq", "fun": lambda b: b.sum() - low},
            {"type": "ineq", "fun": lambda b: high - b.sum()},
        ],
        method="SLSQP",
        options={"maxiter": 1000, "ftol": 1e-14},
    )
    ours = objective(kernel_mean_matching(K, kappa, B, eps, tol=1e-9))
    assert ours == pytest.approx(found.fun, rel=1e-6)


def test_two_samples_by_hand():
    """K = I: without active bounds beta = kappa; with sum <= 2.2 each loses the same."""
    K, kappa = np.eye(2), np.array([2.0, 0.6])
    np.testing.assert_allclose(
        kernel_mean_matching(K, kappa, 9.0, 0.9, 1e-10), kappa, atol=1e-4
    )
    beta = kernel_mean_matching(K, kappa, 9.0, 0.1, 1e-10)
    np.testing.assert_allclose(beta, [1.8, 0.4], atol=1e-4)
    beta = kernel_mean_matching(K, kappa, 1.5, 0.9, 1e-10)
    np.testing.assert_allclose(beta, [1.5, 0.6], atol=1e-4)
    # sum >= 1.8
    beta = kernel_mean_matching(K, np.array([0.3, 0.1]), 9.0, 0.1, 1e-10)
    np.testing.assert_allclose(beta, [1.0, 0.8], atol=1e-4)


@pytest.mark.parametrize("seed", range(5))
def test_least_product_is_the_linear_program(seed):
    rng = np.random.default_rng(seed)
    g = rng.standard_normal(8) + rng.uniform(-2, 2)
    for B, low, high in [
        (2.0, 1.0, 3.0),
        (0.5, 3.0, 3.5),
        (9.0, 0.0, 4.0),
        (1.0, 2.0, 99.0),
    ]:
        rows = np.array([np.ones(8), -np.ones(8)])
        found = linprog(g, A_ub=rows, b_ub=[high, -low], bounds=[(0, B)] * 8)
        assert least_product(g, B, low, high) == pytest.approx(
            found.fun, abs=1e-9
        )


def test_gap_certifies():
    K, kappa = problem()
    low, high = bounds_of(60, None)
    best = kernel_mean_matching(K, kappa, 10.0, tol=1e-10)
    assert 0 <= relative_gap(K, kappa, best, 10.0, low, high) < 1e-10

    def objective(b):
        return b @ K @ b / 2 - kappa @ b

    worse = np.ones(60)
    gap = relative_gap(K, kappa, worse, 10.0, low, high) * abs(objective(worse))
    # an upper bound of the true distance
    assert gap >= objective(worse) - objective(best)
    assert (
        relative_gap(
            K, kappa, kernel_mean_matching(K, kappa, 10.0), 10.0, low, high
        )
        < 1e-6
    )


def test_objective_is_the_distance_of_the_means():
    """Equation (2), times 2 / ns^2, plus the target's constant: by loops over all pairs."""
    rng = np.random.default_rng(0)
    Xs, Xt, beta = (
        rng.standard_normal((6, 2)),
        rng.standard_normal((5, 2)),
        rng.random(6),
    )

    def k(a, b):
        return np.exp(-0.5 * np.sum((a - b) ** 2))

    def mean_product(A, wa, B, wb):
        pairs = itertools.product(zip(A, wa), zip(B, wb))
        return sum(p * q * k(a, b) for (a, p), (b, q) in pairs)

    ws, wt = beta / 6, np.full(5, 1 / 5)
    distance = mean_product(Xs, ws, Xs, ws) + mean_product(Xt, wt, Xt, wt)
    distance -= 2 * mean_product(Xs, ws, Xt, wt)
    K = gaussian_kernel(Xs, gamma=0.5)
    kappa = 6 / 5 * gaussian_kernel(Xs, Xt, 0.5).sum(axis=1)
    value = (beta @ K @ beta / 2 - kappa @ beta) * 2 / 36 + mean_product(
        Xt, wt, Xt, wt
    )
    assert value == pytest.approx(distance)


def test_weights_follow_the_true_ratio():
    rng = np.random.default_rng(0)
    Xs, Xt = rng.normal(0, 1, (400, 1)), rng.normal(0.5, 0.7, (300, 1))
    truth = norm.pdf(Xs[:, 0], 0.5, 0.7) / norm.pdf(Xs[:, 0], 0, 1)
    model = KMM(B=10.0).fit(Xs, (Xs[:, 0] > 0).astype(int), Xt)
    assert np.corrcoef(model.weights_, truth)[0, 1] > 0.9
    assert model.gamma_ == pytest.approx(median_gamma(Xs, Xt))
    assert model.weights_.mean() == pytest.approx(1, abs=0.1)


@pytest.mark.parametrize("kernel", ["rbf", "linear"])
def test_the_kernel_means_meet(kernel):
    rng = np.random.default_rng(1)
    Xs, Xt = (
        rng.standard_normal((80, 2)),
        rng.standard_normal((50, 2)) * 0.5 + 0.4,
    )
    model = KMM(kernel=kernel, gamma=0.5, B=20.0, eps=0.05).fit(
        Xs, np.arange(80) % 2, Xt
    )
    w = model.weights_ / 80
    if kernel == "linear":
        np.testing.assert_allclose(w @ Xs, Xt.mean(axis=0), atol=0.02)
        return
    before, after = (
        v @ gaussian_kernel(Xs, gamma=0.5) @ v
        - 2 * v @ gaussian_kernel(Xs, Xt, 0.5).mean(axis=1)
        for v in (np.full(80, 1 / 80), w)
    )
    assert after < before


def test_weights_are_sample_weights():
    """The learner sees the features as they are and the weights beside them."""
    rng = np.random.default_rng(2)
    Xs, Xt = rng.standard_normal((70, 2)), rng.standard_normal((50, 2)) + 0.5
    ys = (Xs[:, 0] + 0.3 * rng.standard_normal(70) > 0).astype(int)
    model = KMM(LogisticRegression(C=2.0), B=5.0).fit(Xs, ys, Xt)
    plain = LogisticRegression(C=2.0).fit(Xs, ys, sample_weight=model.weights_)
    np.testing.assert_allclose(model.estimator_.coef_, plain.coef_)


def test_a_nearly_singular_kernel_is_solved():
    K, kappa = problem(n=120, gamma=1e-4)
    with warnings.catch_warnings():
        warnings.simplefilter("error", ConvergenceWarning)
        beta = kernel_mean_matching(K, kappa, 10.0)
    assert relative_gap(K, kappa, beta, 10.0, *bounds_of(120, None)) < 1e-6


def test_stopping_early_is_reported():
    K, kappa = problem()
    with pytest.warns(
        ConvergenceWarning,
        match="stopped after 2 steps at a relative duality gap",
    ):
        kernel_mean_matching(K, kappa, max_iter=2)


def test_bounds_that_contradict_each_other():
    K, kappa = problem()
    with pytest.raises(
        ValueError, match=r"B=0.5 is too small: 60 weights of at most 0.5"
    ):
        kernel_mean_matching(K, kappa, B=0.5, eps=0.1)


@pytest.mark.parametrize("kernel", ["rbf", "linear"])
@pytest.mark.parametrize("kind", [sparse.csr_array, sparse.csr_matrix])
def test_sparse_text_has_the_weights_of_dense(kernel, kind):
    rng = np.random.default_rng(0)
    Xs, Xt = (
        rng.poisson(0.4, (40, 12)).astype(float),
        rng.poisson(0.6, (30, 12)).astype(float),
    )
    dense = KMM(kernel=kernel, B=5).fit_weights(Xs, Xt)
    text = KMM(kernel=kernel, B=5).fit_weights(kind(Xs), kind(Xt))
    np.testing.assert_allclose(text, dense, atol=1e-6)
    assert np.ptp(dense) > 0.1


def test_a_long_target_takes_no_memory():
    """The kernel between the domains, 1,000 x 40,000, is never formed."""
    rng = np.random.default_rng(0)
    Xs, Xt = (
        rng.standard_normal((1000, 10)),
        rng.standard_normal((40_000, 10)) + 0.2,
    )
    tracemalloc.start()
    KMM().fit_weights(Xs, Xt)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 0.6e9


def test_too_many_source_rows_are_refused(monkeypatch):
    monkeypatch.setattr("tlbook.kernels.MEMORY", 8 * 2 * 50**2)
    X = np.random.default_rng(0).standard_normal((60, 2))
    with pytest.raises(
        MemoryError, match=r"KMM holds 2 .*60 x 60.*50 x 50.*LogisticRatio"
    ):
        KMM().fit_weights(X, X[:20] + 0.1)
    assert len(KMM().fit_weights(X[:50], X + 0.1)) == 50
