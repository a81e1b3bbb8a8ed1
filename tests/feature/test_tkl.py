"""TKL: the program by loops and by other solvers, the Nystrom form, limits, the published row."""

import warnings

import numpy as np
import pytest
from dense_reference import make_pair, needs_papers_data
from scipy.optimize import minimize
from scipy.spatial.distance import cdist, pdist
from sklearn.isotonic import IsotonicRegression
from sklearn.preprocessing import normalize
from sklearn.svm import SVC

from tlbook.feature import TKL
from tlbook.feature.tkl import (
    continued_eigenvectors,
    damped_spectrum,
    leading_spectrum,
    spectrum_program,
)


def kernel(A, B, gamma=0.1):
    return np.exp(-gamma * cdist(A, B, "sqeuclidean"))


def problem(r=8, ns=30, nt=25, seed=0):
    Xs, _, Xt, _ = make_pair(ns, nt, 4, seed=seed)
    v, V = leading_spectrum(kernel(Xt, Xt), r)
    F = continued_eigenvectors(kernel(Xs, Xt), v, V)
    return F, kernel(Xs, Xs)


def misfit(F, lam, Ks):
    """Squared Frobenius distance of the continued kernel, entry by entry."""
    total = 0.0
    for i in range(len(F)):
        for j in range(len(F)):
            total += (
                sum(lam[k] * F[i, k] * F[j, k] for k in range(len(lam)))
                - Ks[i, j]
            ) ** 2
    return total


def test_leading_spectrum():
    _, _, Xt, _ = make_pair()
    K = kernel(Xt, Xt)
    v, V = leading_spectrum(K, 5)
    np.testing.assert_allclose(K @ V, V * v, atol=1e-12)
    np.testing.assert_allclose(V.T @ V, np.eye(5), atol=1e-12)
    np.testing.assert_allclose(v, np.linalg.eigvalsh(K)[::-1][:5])
    assert len(leading_spectrum(K)[0]) == len(K)
    assert len(leading_spectrum(np.eye(250))[0]) == 200


def test_faint_eigenvalues_are_left_out():
    _, _, Xt, _ = make_pair(d=3)
    v, V = leading_spectrum(Xt @ Xt.T)
    assert V.shape == (len(Xt), 3)
    np.testing.assert_allclose(V * v @ V.T, Xt @ Xt.T, atol=1e-12)
    assert len(leading_spectrum(np.diag([1, 1.1e-8, 0.9e-8]))[0]) == 2
    with pytest.raises(
        ValueError, match=r"n_components=4, .* X_target .* has only 3 eigenvalues"
    ):
        leading_spectrum(Xt @ Xt.T, 4)
    with pytest.raises(ValueError, match=r"n_components=12, .* only 11"):
        leading_spectrum(kernel(Xt, Xt, 5.0), 12)


def test_continued_eigenvectors_are_the_eigenvectors_on_the_target():
    Xs, _, Xt, _ = make_pair()
    v, V = leading_spectrum(kernel(Xt, Xt), 6)
    np.testing.assert_allclose(
        continued_eigenvectors(kernel(Xt, Xt), v, V), V, atol=1e-12
    )
    by_hand = [
        [
            sum(V[j, i] * kernel(x[None], Xt)[0, j] for j in range(len(Xt)))
            / v[i]
            for i in range(6)
        ]
        for x in Xs
    ]
    np.testing.assert_allclose(
        continued_eigenvectors(kernel(Xs, Xt), v, V), by_hand, atol=1e-12
    )


def test_program_is_the_misfit():
    F, Ks = problem(r=5, ns=12)
    Q, r = spectrum_program(F, Ks)
    for lam in np.random.default_rng(0).random((4, 5)):
        value = lam @ Q @ lam - 2 * r @ lam + np.sum(Ks**2)
        assert value == pytest.approx(misfit(F, lam, Ks))


def test_two_eigenvalues_by_hand():
    """Q = I.  (1, 3) must not rise: both 2.  (1, 1), zeta = 2: (2m, m) with m = 3/5."""
    np.testing.assert_allclose(
        damped_spectrum(np.eye(2), np.array([1.0, 3.0]), 1.0), [2, 2]
    )
    np.testing.assert_allclose(
        damped_spectrum(np.eye(2), np.array([1.0, 1.0]), 2.0), [1.2, 0.6]
    )
    np.testing.assert_allclose(
        damped_spectrum(np.eye(2), np.array([4.0, 1.0]), 2.0), [4, 1]
    )
    np.testing.assert_allclose(
        damped_spectrum(np.eye(2), np.array([4.0, -1.0]), 2.0), [4, 0]
    )


def test_without_damping_and_with_q_of_one_it_is_isotonic_regression():
    r = np.random.default_rng(0).standard_normal(30) + np.linspace(1, -0.5, 30)
    expected = IsotonicRegression(increasing=False).fit_transform(
        np.arange(30), r
    )
    found = damped_spectrum(np.eye(30), r, 1.0)
    np.testing.assert_allclose(found, np.maximum(expected, 0), atol=1e-10)


@pytest.mark.parametrize("zeta", [1.0, 1.1, 2.0, 10.0])
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_kkt_conditions(zeta, seed):
    """Multipliers of lam_i - zeta lam_(i+1) >= 0, by forward substitution from the gradient."""
    Q, r = spectrum_program(*problem(r=12, seed=seed))
    lam = damped_spectrum(Q, r, zeta)
    slack = lam - zeta * np.append(lam[1:], 0)
    assert slack.min() >= -1e-12 * lam[0]
    gradient = 2 * (Q @ lam - r)
    multiplier, previous = np.empty(12), 0.0
    for i in range(12):  # gradient_i = multiplier_i - zeta multiplier_(i-1)
        multiplier[i] = previous = gradient[i] + zeta * previous
    # forward substitution magnifies rounding by zeta^i
    weight = zeta ** -np.arange(12)
    allowed = 1e-7 * np.abs(r).max()
    assert np.all(multiplier * weight > -allowed)
    assert np.all(np.abs(multiplier * weight * slack) < allowed * lam[0])


@pytest.mark.parametrize("zeta", [1.0, 1.3, 3.0])
def test_against_a_general_solver(zeta):
    F, Ks = problem(r=6)
    Q, r = spectrum_program(F, Ks)
    size = np.diag(Q).max()
    order = np.eye(6) - zeta * np.eye(6, k=1)
    found = minimize(
        lambda lam: (lam @ Q @ lam - 2 * r @ lam) / size,
        np.zeros(6),
        jac=lambda lam: 2 * (Q @ lam - r) / size,
        constraints=[
            {
                "type": "ineq",
                "fun": lambda lam: order @ lam,
                "jac": lambda lam: order,
            }
        ],
        method="SLSQP",
        options={"maxiter": 2000, "ftol": 1e-15},
    )
    lam = damped_spectrum(Q, r, zeta)
    assert lam @ Q @ lam - 2 * r @ lam <= size * found.fun * (1 - 1e-9)
    np.testing.assert_allclose(lam, found.x, atol=1e-4 * lam[0])


def test_strong_damping_leaves_one_direction():
    Q, r = spectrum_program(*problem(r=6))
    np.testing.assert_allclose(
        damped_spectrum(Q, r, 1e9), np.eye(6)[0] * r[0] / Q[0, 0], atol=1e-5
    )
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        damped = damped_spectrum(Q, r, 1e300)
    np.testing.assert_allclose(damped, np.eye(6)[0] * r[0] / Q[0, 0], atol=1e-200)


def test_equal_domains_give_back_the_kernel():
    """On the same samples in another order, without damping: lam = v and (6) is k itself."""
    Xs, ys, _, _ = make_pair(20, 11, 4)
    model = TKL(zeta=1.0, gamma=0.1)
    Zs, Zt = model.fit_transform_pair(Xs, ys, Xs[::-1])
    np.testing.assert_allclose(
        model.eigenvalues_, model.target_eigenvalues_, rtol=1e-6
    )
    np.testing.assert_allclose(Zs @ Zt.T, kernel(Xs, Xs[::-1]), atol=1e-7)


@pytest.mark.parametrize("zeta", [1.0, 1.5])
def test_features_in_the_dense_form(zeta):
    Xs, ys, Xt, _ = make_pair(30, 25, 4)
    model = TKL(zeta=zeta, n_components=7)
    Zs, Zt = model.fit_transform_pair(Xs, ys, Xt)
    gamma = 1 / np.mean(pdist(np.vstack([Xs, Xt]), "sqeuclidean"))
    assert model.gamma_ == pytest.approx(gamma)
    v, V = np.linalg.eigh(kernel(Xt, Xt, gamma))
    v, V = v[::-1][:7], V[:, ::-1][:, :7]
    np.testing.assert_allclose(model.target_eigenvalues_, v)
    new = np.random.default_rng(0).standard_normal((5, 4))
    core = V @ np.diag(model.eigenvalues_ / v**2) @ V.T
    for X, Z in ((Xs, Zs), (Xt, Zt), (new, model.transform(new))):
        expected = kernel(X, Xt, gamma) @ core @ kernel(Xt, Xt, gamma)
        np.testing.assert_allclose(Z @ Zt.T, expected, atol=1e-9)
    Q, r = spectrum_program(kernel(Xs, Xt, gamma) @ V / v, kernel(Xs, Xs, gamma))
    np.testing.assert_allclose(
        model.eigenvalues_, damped_spectrum(Q, r, zeta), rtol=1e-6
    )


def test_linear_svm_on_features_is_the_kernel_machine():
    Xs, ys, Xt, _ = make_pair(40, 35, 4)
    model = TKL(zeta=1.2, gamma=0.1)
    Zs, Zt = model.fit_transform_pair(Xs, ys, Xt)
    machine = SVC(kernel="precomputed", C=10).fit(Zs @ Zs.T, ys)
    np.testing.assert_array_equal(
        model.fit(Xs, ys, Xt).predict(Xt), machine.predict(Zt @ Zs.T)
    )
    assert (model.estimator_.C, model.estimator_.kernel) == (10, "linear")


def test_the_model_keeps_its_own_samples():
    Xs, ys, Xt, _ = make_pair()
    new = Xt[:3] + 0.1
    model = TKL().fit(Xs, ys, Xt)
    before = model.transform(new)
    Xt += 9
    np.testing.assert_array_equal(model.transform(new), before)


def test_degenerate_input():
    Xs, ys, Xt, _ = make_pair()
    with pytest.raises(
        ValueError, match=r"gamma=1e.06 is too large.*X_target.*vanishes"
    ):
        TKL(gamma=1e6).fit(Xs, ys, Xt + 50)
    with pytest.raises(
        ValueError, match="all samples of X and X_target coincide"
    ):
        TKL().fit(np.ones_like(Xs), ys, np.ones_like(Xt))
    with pytest.raises(ValueError, match="zeta"):
        TKL(zeta=0.9).fit(Xs, ys, Xt)
    assert (TKL().zeta, TKL().n_components, TKL().gamma) == (1.1, None, None)


PUBLISHED = {
    "C-A": 54.28,
    # printed as C-D, but 151 of 295 images of W and no part of the 157 of D
    "C-W": 51.19,
    "C-D": 46.50,  # printed as C-W, but 73 of 157 images of D
    "A-C": 45.59,
    "A-W": 46.44,  # printed as A-D, but 137 of 295 images of W
    "A-D": 49.04,  # printed as A-W, but 77 of 157 images of D
    "W-C": 34.82,
    "W-A": 40.92,
    "W-D": 83.44,
    "D-C": 35.80,
    "D-A": 40.71,
    "D-W": 84.75,
}
DOMAINS = {"C": "caltech", "A": "amazon", "W": "webcam", "D": "dslr"}


@needs_papers_data
@pytest.mark.parametrize("task", PUBLISHED)
def test_published_accuracy_on_office_caltech(task):
    from tlbook.datasets import fetch_office_caltech

    Xs, ys, Xt, yt = fetch_office_caltech(DOMAINS[task[0]], DOMAINS[task[2]])
    model = TKL().fit(normalize(Xs), ys, normalize(Xt))
    assert round(100 * model.score(normalize(Xt), yt), 2) == PUBLISHED[task]


def test_more_rows_than_memory_holds_are_refused(monkeypatch):
    monkeypatch.setattr("tlbook.kernels.MEMORY", 8 * 2 * 50**2)
    X = np.random.default_rng(0).standard_normal((60, 2))
    with pytest.raises(
        MemoryError, match=r"TKL holds 2 .*60 x 60.*50 x 50.*CORAL"
    ):
        TKL().fit_map(X[:20], X + 0.1)
    TKL(n_components=3).fit_map(X[:20], X[:50] + 0.1)
