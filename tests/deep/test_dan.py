"""DAN: the loss by loops, the quadratic program by its KKT conditions, unbiasedness."""

import numpy as np
import pytest
import torch
from scipy.optimize import minimize

from tlbook.deep import DAN
from tlbook.deep._networks import Outputs
from tlbook.deep._training import ramp
from tlbook.deep.dan import (
    bandwidths,
    kernel_terms,
    kernel_weights,
    term_covariance,
)

RNG = np.random.default_rng(0)
S, T = RNG.standard_normal((4, 3)), RNG.standard_normal((4, 3)) + 1
GAMMAS, BETAS = [0.2, 1.0], [0.3, 0.7]


def k(a, b, gamma):
    return np.exp(-gamma * sum((x - y) ** 2 for x, y in zip(a, b)))


def test_terms_by_loops():
    g = kernel_terms(S, T, GAMMAS)
    assert g.shape == (2, 2)
    for i in range(2):
        s1, s2, t1, t2 = S[2 * i], S[2 * i + 1], T[2 * i], T[2 * i + 1]
        for u, c in enumerate(GAMMAS):
            expected = k(s1, s2, c) + k(t1, t2, c) - k(s1, t2, c) - k(s2, t1, c)
            assert g[i, u] == pytest.approx(expected)


def test_bandwidths_by_hand():
    """Pairs of (0, 1) and (3, 7): squared distances 1, 16, 49, 4; torch's median is 4."""
    Zs, Zt = torch.tensor([[0.0], [1.0]]), torch.tensor([[3.0], [7.0]])
    assert bandwidths(Zs, Zt, (-1, 0, 1)) == pytest.approx([2 / 4, 1 / 4, 1 / 8])
    assert bandwidths(0 * Zs, 0 * Zt, (0,)) == [0.0]


def test_covariance_by_loops_and_of_known_terms():
    g = RNG.standard_normal((7, 3))
    expected = np.zeros((3, 3))
    for i in range(3):
        step = g[2 * i + 1] - g[2 * i]
        expected += np.outer(step, step) / 2 / 3
    np.testing.assert_allclose(term_covariance(g), expected)
    C = np.array([[2.0, 0.6], [0.6, 1.0]])
    many = np.random.default_rng(1).multivariate_normal([3, -1], C, size=40000)
    np.testing.assert_allclose(term_covariance(many), C, atol=0.05)


@pytest.mark.parametrize("seed", range(6))
def test_weights_satisfy_the_kkt_conditions(seed):
    """A beta = nu d + mu, mu >= 0, mu beta = 0, on the scale where d'beta = 1."""
    rng = np.random.default_rng(seed)
    B = rng.standard_normal((5, 5))
    Q, d = B @ B.T, rng.standard_normal(5)
    d[0] = abs(d[0])
    beta = kernel_weights(d, Q, eps=1e-3)
    assert beta.min() >= 0
    assert beta.sum() == pytest.approx(1)
    A = Q + 1e-3 * np.trace(Q) / 5 * np.eye(5)
    b = beta / (d @ beta)
    nu = b @ A @ b  # from multiplying by b
    mu = A @ b - nu * d
    assert mu.min() > -1e-8 * nu
    np.testing.assert_allclose(mu * b, 0, atol=1e-8 * nu)


def test_weights_against_a_general_solver():
    rng = np.random.default_rng(5)
    B = rng.standard_normal((4, 4))
    Q, d = B @ B.T, np.array([0.5, -0.2, 0.3, 0.1])
    A = Q + 1e-3 * np.trace(Q) / 4 * np.eye(4)
    found = minimize(
        lambda b: b @ A @ b,
        np.array([2.0, 0, 0, 0]),
        bounds=[(0, None)] * 4,
        constraints={"type": "eq", "fun": lambda b: d @ b - 1},
        options={"ftol": 1e-15, "maxiter": 500},
    )
    np.testing.assert_allclose(
        kernel_weights(d, Q), found.x / found.x.sum(), atol=1e-4
    )


def test_weights_by_hand():
    """Uncorrelated terms of equal variance: beta is d without its negative part."""
    np.testing.assert_allclose(
        kernel_weights(np.array([3.0, -1, 1]), np.eye(3)), [0.75, 0, 0.25]
    )
    np.testing.assert_allclose(  # the noisy kernel counts less: d / variance
        kernel_weights(np.array([1.0, 1.0]), np.diag([1.0, 3.0]), eps=1e-12),
        [0.75, 0.25],
    )
    assert kernel_weights(np.array([-1.0, 0.0]), np.eye(2)) is None


def test_learned_weights_see_more():
    """Their ratio of distance to deviation is the largest, on fresh samples too."""
    rng = np.random.default_rng(0)

    def terms(n):
        Zs, Zt = rng.standard_normal((n, 2)), rng.standard_normal((n, 2)) + 0.5
        return kernel_terms(Zs, Zt, [0.1, 3.0, 10.0])

    g = terms(4000)
    beta = kernel_weights(g.mean(axis=0), term_covariance(g))
    fresh = terms(4000)

    def power(b):
        return fresh.mean(axis=0) @ b / np.std(fresh @ b)

    assert power(beta) > 1.2 * power(np.full(3, 1 / 3))
    assert power(beta) > 2 * power(np.eye(3)[2])


def outputs(Z):
    Z = torch.tensor(Z)
    return Outputs(Z, Z, 2 * Z[:, :2])


@pytest.mark.parametrize("estimate", ["biased", "unbiased", "linear"])
def test_penalty_on_four_points_by_loops(estimate):
    model = DAN(estimate=estimate, exponents=(0, 1))
    model._weights = {"bottleneck": BETAS, "logits": [0.5, 0.5]}
    value = model._penalty(outputs(S), outputs(T), 0.5)
    expected = 0.0
    for A, B, betas in ((S, T, BETAS), (2 * S[:, :2], 2 * T[:, :2], [0.5, 0.5])):
        pairs = []
        for i in (0, 2):
            s1, s2, t1, t2 = A[i], A[i + 1], B[i], B[i + 1]
            pairs += [
                np.sum((p - q) ** 2)
                for p, q in ((s1, s2), (t1, t2), (s1, t2), (s2, t1))
            ]
        median = sorted(pairs)[
            3
        ]  # torch's median is the lower of the two in the middle
        for beta, gamma in zip(betas, (1 / median, 0.5 / median)):
            if estimate == "linear":
                expected += beta * np.mean(kernel_terms(A, B, [gamma]))
                continue
            for X, Y, sign in ((A, A, 1), (B, B, 1), (A, B, -2)):
                values = [
                    k(x, y, gamma)
                    for i, x in enumerate(X)
                    for j, y in enumerate(Y)
                    if estimate == "biased" or X is not Y or i != j
                ]
                expected += beta * sign * np.mean(values)
    assert value.item() == pytest.approx(expected)


@pytest.mark.parametrize("estimate", ["unbiased", "linear"])
def test_estimates_are_unbiased_over_draws(estimate):
    """Two halves of one distribution: zero on average, with the bandwidth given."""
    from tlbook.discrepancy import mk_mmd2

    rng = np.random.default_rng(2)
    draws = [
        float(mk_mmd2(*rng.standard_normal((2, 8, 3)), GAMMAS, BETAS, estimate))
        for _ in range(2000)
    ]
    assert abs(np.mean(draws)) < 4 * np.std(draws) / np.sqrt(2000)


def domains(n=48):
    rng = np.random.default_rng(3)
    y = np.arange(n) % 3
    centers = 3 * rng.standard_normal((3, 5))
    Xs, Xt = (centers[y] + rng.standard_normal((n, 5)) for _ in range(2))
    return Xs, y, Xt + 1.5, y


SMALL = {
    "batch_size": 16,
    "max_epochs": 4,
    "random_state": 0,
    "lr": 0.01,
    "width": 8,
}


def test_weights_are_learned_for_each_layer():
    model = DAN(**SMALL).fit(*domains()[:3])
    assert set(model.betas_) == {"bottleneck", "logits"}
    for beta in model.betas_.values():
        assert beta.shape == (5,)
        assert beta.sum() == pytest.approx(1)
        assert not np.allclose(beta, 0.2)
    equal = DAN(kernel_weights="equal", **SMALL).fit(*domains()[:3])
    np.testing.assert_allclose(equal.betas_["logits"], 0.2)


def test_trade_off_grows():
    assert DAN(weight=2.0)._weight(0.0) == 0
    assert DAN(weight=2.0)._weight(0.3) == pytest.approx(2 * ramp(0.3))


def test_the_penalty_brings_the_domains_together():
    from tlbook.deep.ddc import layer_distances

    Xs, ys, Xt, _ = domains()
    long = SMALL | {"max_epochs": 20}
    distance = [
        layer_distances(DAN(weight=w, **long).fit(Xs, ys, Xt), Xs, Xt)[
            "bottleneck"
        ]
        for w in (0.0, 2.0)
    ]
    assert distance[1] < 0.3 * distance[0]


@pytest.mark.parametrize("nt", [2, 3, 4])
def test_few_target_samples_leave_the_kernels_equal(nt):
    """One term of equation (3) has no covariance; two have one."""
    rng = np.random.default_rng(0)
    Xs, ys = rng.standard_normal((40, 3)), np.arange(40) % 2
    Xt = rng.standard_normal((nt, 3)) + 2
    model = DAN(max_epochs=2, random_state=0, device="cpu").fit(Xs, ys, Xt)
    equal = all(np.allclose(beta, 0.2) for beta in model.betas_.values())
    assert equal is (nt < 4)
