"""Optimal transport against assignments, linear programs, loops, a plan worked by hand, and POT."""

import itertools

import numpy as np
import ot
import pytest
from scipy.optimize import linear_sum_assignment, linprog
from sklearn.exceptions import ConvergenceWarning

from tlbook.since.optimal_transport import (
    OTDA,
    barycentric_map,
    carry_along,
    class_slope,
    exact_plan,
    sinkhorn_plan,
    transport_cost,
    transport_plan,
)

SIZES = pytest.mark.parametrize(("ns", "nt"), [(7, 7), (9, 5), (4, 11)])


def make_pair(ns, nt, d=3, seed=0):
    rng = np.random.default_rng(seed)
    return (
        rng.standard_normal((ns, d)),
        np.arange(ns) % 2,
        rng.standard_normal((nt, d)) + 1,
    )


def make_cost(ns, nt, seed=0):
    return np.random.default_rng(seed).random((ns, nt))


def objective(P, C, ys, reg, reg_class, smoothing):
    """Equation (3) by loops, with sqrt(share + smoothing)."""
    total = 0.0
    for i in range(P.shape[0]):
        for j in range(P.shape[1]):
            total += C[i, j] * P[i, j] + (
                reg * P[i, j] * np.log(P[i, j]) if reg else 0
            )
    for j in range(P.shape[1]):
        for c in set(ys):
            share = (
                sum(P[i, j] for i in range(len(ys)) if ys[i] == c) * P.shape[1]
            )
            total += reg_class / P.shape[1] * np.sqrt(share + smoothing)
    return total


def test_cost_by_loops():
    Xs, _, Xt = make_pair(4, 3)
    C = np.array([[sum((a - b) ** 2) for b in Xt] for a in Xs])
    np.testing.assert_allclose(transport_cost(Xs, Xt), C / np.median(C))
    with pytest.raises(ValueError, match="nothing to move"):
        transport_cost(np.ones((3, 2)), np.ones((2, 2)))


def test_two_by_two_by_hand():
    # staying costs nothing, crossing costs 1: all mass stays, half on each
    C = np.array([[0.0, 1.0], [1.0, 0.0]])
    np.testing.assert_allclose(exact_plan(C), [[0.5, 0], [0, 0.5]])
    # with entropy the odds of staying are exp(1 / reg): e to 1 for reg = 1
    stay = 0.5 * np.e / (1 + np.e)
    np.testing.assert_allclose(
        sinkhorn_plan(C, 1.0), [[stay, 0.5 - stay], [0.5 - stay, stay]], atol=1e-6
    )


@SIZES
@pytest.mark.filterwarnings("error::sklearn.exceptions.ConvergenceWarning")
def test_masses_of_all_plans(ns, nt):
    C, ys = make_cost(ns, nt), np.arange(ns) % 2
    for P in (
        exact_plan(C),
        sinkhorn_plan(C, 0.05, tol=1e-10),
        transport_plan(C, ys, 0.0, 0.1),
    ):
        assert P.min() >= 0
        np.testing.assert_allclose(P.sum(axis=1), 1 / ns, rtol=1e-9)
        np.testing.assert_allclose(P.sum(axis=0), 1 / nt, rtol=1e-9)
    P = sinkhorn_plan(C, 0.05, tol=1e-3)
    assert np.abs(ns * P.sum(axis=1) - 1).max() < 1e-3
    assert np.abs(nt * P.sum(axis=0) - 1).max() < 1e-3


@pytest.mark.parametrize("n", [2, 5, 12])
def test_exact_cost_is_that_of_the_best_assignment(n):
    C = make_cost(n, n, seed=n)
    rows, columns = linear_sum_assignment(C)
    P = exact_plan(C)
    assert np.sum(P * C) == pytest.approx(C[rows, columns].mean())
    np.testing.assert_allclose(P[rows, columns], 1 / n)


@SIZES
def test_exact_cost_is_that_of_the_linear_program(ns, nt):
    C = make_cost(ns, nt, seed=3)
    rows = np.kron(np.eye(ns), np.ones(nt))
    columns = np.kron(np.ones(ns), np.eye(nt))
    masses = np.concatenate([np.full(ns, 1 / ns), np.full(nt, 1 / nt)])
    best = linprog(C.ravel(), A_eq=np.vstack([rows, columns]), b_eq=masses).fun
    P = exact_plan(C)
    assert np.sum(P * C) == pytest.approx(best)
    assert np.count_nonzero(P) <= ns + nt - 1


@SIZES
@pytest.mark.parametrize("reg", [1.0, 0.1, 0.02])
def test_entropic_plan_equals_that_of_pot(ns, nt, reg):
    C = make_cost(ns, nt, seed=1)
    expected = ot.sinkhorn([], [], C, reg, stopThr=1e-13, numItermax=100_000)
    got = sinkhorn_plan(C, reg, tol=1e-11, max_iter=100_000)
    np.testing.assert_allclose(got, expected, atol=1e-9)


def test_small_entropy_leaves_the_exact_plan():
    C = np.array([[0.0, 1.0, 2.0], [1.0, 0.1, 1.0], [1.5, 1.0, 0.3]])
    np.testing.assert_allclose(sinkhorn_plan(C, 1e-3), np.eye(3) / 3, atol=1e-12)


def test_entropic_plan_does_not_care_for_a_constant():
    C = make_cost(6, 6, seed=2)  # exp(-50 / reg) is 0
    np.testing.assert_allclose(
        sinkhorn_plan(C + 50, 0.05, tol=1e-9),
        sinkhorn_plan(C, 0.05, tol=1e-9),
        atol=1e-9,
    )


def test_sinkhorn_says_that_it_did_not_converge():
    with pytest.warns(ConvergenceWarning, match="after 10 sweeps"):
        sinkhorn_plan(make_cost(9, 7), 1e-3, max_iter=10)


def test_exact_solver_says_that_it_did_not_converge():
    with pytest.warns(ConvergenceWarning, match="exact transport"):
        exact_plan(make_cost(40, 40), max_iter=1)


def test_slope_of_the_class_term_by_differences():
    rng = np.random.default_rng(4)
    P, ys = rng.random((5, 3)) / 15, np.array([0, 1, 2, 1, 0])
    slope = class_slope(P, ys, smoothing=0.01)
    for i in range(5):
        for j in range(3):
            step = np.zeros_like(P)
            step[i, j] = 1e-6
            up, down = (
                objective(Q, 0 * P, ys, 0, 1.0, 0.01)
                for Q in (P + step, P - step)
            )
            assert slope[i, j] == pytest.approx((up - down) / 2e-6, rel=1e-5)


def test_rounds_lower_the_objective():
    C, ys = make_cost(12, 9, seed=5), np.arange(12) % 3
    values = [
        objective(
            transport_plan(C, ys, 0.05, 0.1, n_rounds=k), C, ys, 0.05, 0.1, 1e-3
        )
        for k in range(5)
    ]
    assert values[1] < values[0] - 1e-3
    assert all(b <= a + 1e-5 for a, b in itertools.pairwise(values))


def test_class_plan_equals_that_of_pot():
    # POT takes the mass itself, smoothed by 1e-3: in shares, n times that, and sqrt(n) the weight
    n, eta, reg = 8, 0.05, 0.1
    C, ys = make_cost(n, n, seed=6), np.arange(n) % 2
    uniform = np.full(n, 1 / n)
    expected = ot.da.sinkhorn_lpl1_mm(
        uniform,
        ys,
        uniform,
        C,
        reg,
        eta,
        numItermax=4,
        numInnerItermax=10_000,
        stopInnerThr=1e-12,
    )
    P = sinkhorn_plan(C, reg, tol=1e-10)
    for _ in range(3):
        P = sinkhorn_plan(
            C + eta * np.sqrt(n) * class_slope(P, ys, n * 1e-3), reg, tol=1e-10
        )
    np.testing.assert_allclose(P, expected, atol=1e-8)


def test_class_term_keeps_classes_apart():
    # two classes at one place: without the term each target sample is filled by both
    C, ys = np.zeros((4, 2)) + 0.01 * make_cost(4, 2), np.array([0, 0, 1, 1])
    P = transport_plan(C, ys, 0.01, 0.0)
    Q = transport_plan(C, ys, 0.01, 0.1)
    share = 2 * np.array([P[:2].sum(axis=0), Q[:2].sum(axis=0)])
    assert np.all(np.abs(share[0] - 0.5) < 0.2)
    assert np.all(np.abs(share[1] - 0.5) > 0.45)


def test_barycentric_map_by_loops():
    rng = np.random.default_rng(1)
    P, Xt = rng.random((4, 3)), rng.standard_normal((3, 2))
    expected = [
        [sum(p * x[k] for p, x in zip(row, Xt)) / sum(row) for k in (0, 1)]
        for row in P
    ]
    np.testing.assert_allclose(barycentric_map(P, Xt), expected)


def test_new_samples_move_with_their_neighbor():
    Xs, Zs = np.array([[0.0, 0], [10, 0]]), np.array([[1.0, 1], [10, -5]])
    got = carry_along(np.array([[2.0, 0], [9, 1], [0, 0]]), Xs, Zs)
    np.testing.assert_allclose(got, [[3, 1], [9, -4], [1, 1]])


@pytest.mark.parametrize(
    ("reg", "reg_class"), [(0.0, 0.0), (0.05, 0.0), (0.05, 0.02)]
)
def test_class_is_wired(reg, reg_class):
    Xs, ys, Xt = make_pair(12, 9)
    model = OTDA(reg=reg, reg_class=reg_class).fit(Xs, ys, Xt)
    C = transport_cost(Xs, Xt)
    np.testing.assert_allclose(model.plan_, transport_plan(C, ys, reg, reg_class))
    assert model.cost_ == pytest.approx(np.sum(model.plan_ * C))
    np.testing.assert_allclose(
        model.transform(Xs, "source"), barycentric_map(model.plan_, Xt)
    )
    np.testing.assert_array_equal(model.transform(Xt), Xt)


def test_a_translation_is_undone():
    Xs, ys, _ = make_pair(30, 2, d=2)
    Xt = Xs[::-1] + [5, -3]
    model = OTDA(reg=0.0).fit(Xs, ys, Xt)
    np.testing.assert_allclose(
        model.transform(Xs, "source"), Xs + [5, -3], atol=1e-9
    )
    assert model.score(Xt, ys[::-1]) == 1
    assert model.cost_ == pytest.approx(
        34 / np.median(((Xs[:, None] - Xt) ** 2).sum(axis=2))
    )


@pytest.mark.parametrize("params", [{"reg": -1.0}, {"reg_class": -1.0}])
def test_parameters_out_of_range(params):
    Xs, ys, Xt = make_pair(6, 6)
    with pytest.raises(ValueError, match=next(iter(params))):
        OTDA(**params).fit(Xs, ys, Xt)


def test_one_far_sample_does_not_scale_the_others_away():
    rng = np.random.default_rng(0)
    ys = np.arange(90) % 3
    Xs = 4 * np.eye(3)[ys] + rng.normal(0, 0.6, (90, 3))
    Xt, far = Xs + 1.5 + rng.normal(0, 0.1, (90, 3)), None
    far = Xt.copy()
    far[0] = [1e4, 0, 0]
    clean, spoiled = (
        OTDA().fit(Xs, ys, T).score(Xt[1:], ys[1:]) for T in (Xt, far)
    )
    assert clean > 0.9
    assert spoiled > clean - 0.05


def test_copies_of_a_sample_learn_their_own_images():
    """Two equal source rows of different classes go to different places; new ones in between."""
    Xs, ys = np.array([[0.0], [0.0], [1.0], [3.0]]), np.array([0, 1, 0, 1])
    Xt = np.array([[-1.0], [0.0], [3.0], [4.0]])
    plan = np.array([[1, 0, 0, 0], [0, 0, 1, 0], [0, 1, 0, 0], [0, 0, 0, 1]]) / 4
    images = barycentric_map(plan, Xt)
    moved = carry_along(np.array([[0.1], [1.1]]), Xs, images)
    np.testing.assert_allclose(moved, [[0.1 + (-1 + 3) / 2], [1.1 - 1]])
    model = OTDA(reg=0.0, reg_class=1.0).fit(Xs, ys, Xt)
    np.testing.assert_array_equal(
        model.estimator_._fit_X, barycentric_map(model.plan_, Xt)
    )  # its own images, not those of its first copy


def test_a_plan_without_a_preference_warns():
    Xs, ys, Xt = make_pair(20, 20)
    with pytest.warns(UserWarning, match=r"of the largest entropy.*smaller reg"):
        OTDA(reg=1e4).fit(Xs, ys, Xt)


def test_too_many_samples_are_refused_with_both_numbers():
    X = np.zeros((40_000, 1))
    with pytest.raises(
        MemoryError, match=r"40,000 x 40,000 numbers, 64 GB; 8 GB"
    ):
        transport_cost(X, X)


def test_factors_in_the_potentials_change_nothing(monkeypatch):
    C = np.random.default_rng(0).random((12, 9))
    plain = sinkhorn_plan(C, 0.02, tol=1e-10)
    monkeypatch.setattr("tlbook.since.optimal_transport.FAR", 0.1)
    np.testing.assert_allclose(
        sinkhorn_plan(C, 0.02, tol=1e-10), plain, atol=1e-12
    )
