"""Scores of an encoder: brute force, closed forms on planted cases, bounds."""

import numpy as np
import pytest
from scipy.optimize import minimize
from scipy.stats import multivariate_normal

from tlbook.model import h_score, leep, log_me, nce, trans_rate


@pytest.fixture
def rng():
    return np.random.default_rng(0)


def table(rng, n=60, d=5, classes=3, signal=1.0):
    y = rng.permutation(np.arange(n) % classes)
    F = rng.normal(size=(n, d))
    F[:, :classes] += signal * np.eye(classes)[y]
    return F, y


def test_nce_by_counting(rng):
    z, y = rng.integers(0, 4, 50), rng.integers(0, 3, 50)
    total = 0.0
    for a in range(4):
        for b in range(3):
            both = np.sum((z == a) & (y == b))
            if both:
                total += both / 50 * np.log(both / np.sum(z == a))
    assert nce(z, y) == pytest.approx(total)


def test_nce_is_zero_where_calls_decide_and_minus_entropy_where_they_say_nothing():
    y = np.array([0, 0, 1, 1, 2, 2])
    assert nce(10 - y, y) == pytest.approx(0)
    assert nce(["a"] * 6, y) == pytest.approx(-np.log(3))
    assert nce(["a", "b"] * 3, np.repeat(["x", "y", "z"], 2)) == pytest.approx(
        -np.log(3)
    )


def test_leep_by_loops(rng):
    theta, y = rng.dirichlet([1, 2, 3, 4], 30), rng.integers(0, 3, 30)
    joint = np.zeros((3, 4))
    for i in range(30):
        for z in range(4):
            joint[y[i], z] += theta[i, z] / 30
    total = 0.0
    for i in range(30):
        p = sum(
            joint[y[i], z] / joint[:, z].sum() * theta[i, z] for z in range(4)
        )
        total += np.log(p) / 30
    assert leep(theta, y) == pytest.approx(total)


def test_leep_of_hard_calls_is_nce_and_of_soft_ones_never_less_sure(rng):
    z, y = rng.integers(0, 4, 50), rng.integers(0, 3, 50)
    assert leep(np.eye(4)[z], y) == pytest.approx(nce(z, y))
    assert leep(np.full((50, 4), 0.25), y) == pytest.approx(nce(np.zeros(50), y))


def test_leep_ignores_a_class_that_is_never_called(rng):
    theta, y = rng.dirichlet([1, 2], 30), rng.integers(0, 3, 30)
    assert leep(np.column_stack([theta, np.zeros(30)]), y) == pytest.approx(
        leep(theta, y)
    )


def test_h_score_is_the_sum_of_squared_canonical_correlations(rng):
    F, y = table(rng)
    Q, _ = np.linalg.qr(F - F.mean(axis=0))
    Y = np.eye(3)[y][:, :2]
    P, _ = np.linalg.qr(Y - Y.mean(axis=0))
    assert h_score(F, y) == pytest.approx(np.sum((Q.T @ P) ** 2))


def test_h_score_planted(rng):
    y = np.repeat([0, 1, 2], 20)
    # classes - 1, a singular covariance
    assert h_score(np.eye(3)[y], y) == pytest.approx(2)
    assert h_score(np.tile([[1.0], [-1.0]], (30, 1)), y) == pytest.approx(0)
    F, y = table(rng)
    turned = F @ rng.normal(size=(5, 5)) + 7
    assert h_score(turned, y) == pytest.approx(h_score(F, y))


@pytest.mark.parametrize(("n", "d"), [(40, 3), (12, 20)])
def test_log_me_is_the_maximum_of_the_evidence(rng, n, d):
    F, y = rng.normal(size=(n, d)), np.arange(n) % 2
    F[:, 0] += 2 * y

    def unlikely(log, t):
        a, b = np.exp(log)
        return -multivariate_normal.logpdf(
            t, np.zeros(n), np.eye(n) / b + F @ F.T / a
        )

    best = []
    for c in (0, 1):
        t = (y == c).astype(float)
        runs = [
            minimize(unlikely, start, (t,), method="Nelder-Mead", tol=1e-10)
            for start in ([0, 0], [1, 3], [3, 1])
        ]
        best.append(max(-run.fun for run in runs) / n)
    assert log_me(F, y) == pytest.approx(np.mean(best), abs=1e-6)


def test_trans_rate_by_eigenvalues(rng):
    F, y = table(rng)
    F = 3 + F

    def rate(X, e):
        values = np.linalg.svd(X, compute_uv=False) ** 2
        return np.sum(np.log1p(values / (len(X) * e))) / 2

    C = F - F.mean(axis=0)
    by_hand = rate(C, 0.1) - np.mean([rate(C[y == c], 0.1) for c in range(3)])
    assert trans_rate(F, y, distortion=0.1) == pytest.approx(by_hand)
    assert trans_rate(F, y) >= 0
    wide = rng.normal(size=(6, 30))
    assert trans_rate(wide, [0, 1, 0, 1, 0, 1]) >= 0


def test_trans_rate_planted():
    """Two classes at -1 and 1: R(F) and both parts are the same, nothing is saved."""
    assert trans_rate(
        [[-1.0], [1.0], [-1.0], [1.0]], [0, 1, 0, 1]
    ) == pytest.approx(0)
    corners = np.array([[1.0, 0], [0, 1], [-1, 0], [0, -1]])
    saved = np.log1p(1 / 2 / 1e-4) - np.log1p(1 / 1e-4) / 2
    assert trans_rate(corners, [0, 1, 0, 1]) == pytest.approx(saved)


@pytest.mark.parametrize("score", [h_score, log_me, trans_rate])
def test_a_score_grows_with_the_signal(rng, score):
    scores = [
        score(*table(np.random.default_rng(0), 300, signal=s)) for s in (0, 1, 3)
    ]
    assert scores == sorted(scores)
    assert scores[2] > scores[0]


def test_errors(rng):
    F, y = table(rng)
    with pytest.raises(ValueError, match="predict_proba"):
        leep(F, y)
    with pytest.raises(ValueError, match="entries"):
        h_score(F, y[:-1])
    with pytest.raises(ValueError, match="one class only"):
        log_me(F, np.zeros(60))
    with pytest.raises(ValueError, match="NaN"):
        trans_rate(np.where(F > 2, np.nan, F), y)
