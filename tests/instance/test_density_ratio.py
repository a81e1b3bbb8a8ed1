"""Density ratios against refits, KKT conditions and Gaussians whose ratio is known."""

import warnings

import numpy as np
import pytest
from scipy import sparse
from scipy.optimize import minimize
from scipy.spatial.distance import cdist
from scipy.stats import norm
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression, SGDClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from tlbook.base import effective_sample_size
from tlbook.instance import (
    KLIEP,
    KMM,
    ULSIF,
    LogisticRatio,
    _kernel_ratio,
    _logistic,
)
from tlbook.instance._flattening import flattened
from tlbook.instance._kliep import (
    line_search,
    log_likelihood,
    quadratic_model,
)
from tlbook.instance.density_ratio import (
    kliep_score,
    kliep_weights,
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
    # level and direction, not shape only
    assert np.abs(model.weights_ - truth).mean() < 0.35
    np.testing.assert_allclose(model.ratio(Xs), model.weights_)


def test_kliep_keeps_its_constraint():
    alpha, gap = kliep_weights(Phi_s, Phi_t)
    assert alpha.min() >= 0
    assert (Phi_s @ alpha).mean() == pytest.approx(1, abs=1e-9)
    assert gap < 1e-8


def test_kliep_is_stationary():
    """KKT: the scaled gradient is 1 where alpha > 0 and at most 1 elsewhere."""
    alpha, _ = kliep_weights(Phi_s, Phi_t)
    gradient = (Phi_t / (Phi_t @ alpha)[:, None]).mean(axis=0) / Phi_s.mean(
        axis=0
    )
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
        jac=lambda a: (
            -(Phi_t / np.maximum(Phi_t @ a, 1e-12)[:, None]).mean(axis=0)
        ),
        bounds=[(0, None)] * len(b),
        constraints={
            "type": "eq",
            "fun": lambda a: b @ a - 1,
            "jac": lambda a: b,
        },
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
    A, rows, ones = rng.random((20, 6)), np.ones(20, dtype=bool), np.ones(6)
    p = rng.dirichlet(ones)
    here = log_likelihood(A, rows, p)
    q = quadratic_model(here[1], here[2], p)
    new, value, _, _ = line_search(A, rows, ones, p, q, here)
    assert new.sum() == pytest.approx(1)
    assert new.min() >= 0
    assert value == pytest.approx(np.log(A @ new).mean())
    assert value > np.log(A @ p).mean()


def test_log_likelihood_by_differences():
    """Gradient and Hessian of mean log w, over the rows that count."""
    rng = np.random.default_rng(4)
    A, rows, alpha = rng.random((9, 3)), np.arange(9) % 3 > 0, rng.random(3)

    def value(alpha):
        return np.log(A[rows] @ alpha).mean()

    found, g, H = log_likelihood(A, rows, alpha)
    assert found == pytest.approx(value(alpha))
    steps = 1e-5 * np.eye(3)
    differences = [(value(alpha + e) - value(alpha - e)) / 2e-5 for e in steps]
    np.testing.assert_allclose(g, differences, atol=1e-8)
    change = [
        (
            log_likelihood(A, rows, alpha + e)[1]
            - log_likelihood(A, rows, alpha - e)[1]
        )
        / 2e-5
        for e in steps
    ]
    np.testing.assert_allclose(-H, change, atol=1e-8)
    assert log_likelihood(A, rows, -alpha)[0] == -np.inf


@pytest.mark.parametrize("model", [KLIEP(gamma=0.4), ULSIF(gamma=0.4, lam=0.1)])
def test_sums_over_blocks_are_those_of_matrices(model, monkeypatch):
    rng = np.random.default_rng(5)
    Xs, Xt = (
        rng.standard_normal((90, 3)),
        0.8 * rng.standard_normal((110, 3)) + 0.4,
    )
    whole = clone(model).fit_weights(Xs, Xt)
    monkeypatch.setattr(_kernel_ratio, "SAMPLE", 40)
    monkeypatch.setattr("tlbook.kernels.BLOCK", 8 * 110 * 7)  # blocks of 7 rows
    few = clone(model)
    np.testing.assert_allclose(
        few.fit_weights(Xs, Xt), whole, rtol=1e-6, atol=1e-9
    )
    np.testing.assert_allclose(few.ratio(Xs), whole, rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize("method", [KLIEP, ULSIF])
def test_of_many_rows_a_sample_chooses(method, monkeypatch):
    Xs, _, Xt, truth = shifted(3000, 2000)
    monkeypatch.setattr(_kernel_ratio, "SAMPLE", 500)
    model = method()
    weights = model.fit_weights(Xs, Xt)
    assert len(weights) == 3000
    assert np.corrcoef(weights, truth)[0, 1] > 0.9
    np.testing.assert_array_equal(method().fit_weights(Xs, Xt), weights)


@pytest.mark.parametrize(("ns", "nt"), [(300, 200), (200, 600)])
@pytest.mark.parametrize("d", [1, 4, 30])
@pytest.mark.parametrize(
    ("distance", "apart"), [(0, False), (2, False), (12, True), (60, True)]
)
def test_kliep_says_when_the_domains_hardly_overlap(ns, nt, d, distance, apart):
    """Its constraint makes the mean weight 1 whatever the domains; (5) does not."""
    rng = np.random.default_rng(1)
    Xs, Xt = (
        rng.standard_normal((ns, d)),
        rng.standard_normal((nt, d)) + distance / np.sqrt(d),
    )
    model = KLIEP()
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        model.fit_weights(Xs, Xt)
    assert model.mean_weight_ == pytest.approx(1, abs=1e-6)
    assert (
        any("lie where the target is" in str(one.message) for one in said)
        == apart
    )


def test_part_of_the_source_where_the_target_lies():
    """Half of the source lies far away: the mean of 1 / w over the target is 1/2, equation (5)."""
    rng = np.random.default_rng(0)
    near, far = rng.uniform(0, 1, (2000, 1)), rng.uniform(20, 21, (2000, 1))
    model = KLIEP(gamma=2.0).fit(
        np.concatenate([near, far]), np.arange(4000) % 2, near
    )
    assert np.mean(1 / model.ratio(near)) == pytest.approx(0.5, abs=0.03)


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
    scores = [
        kliep_score(gaussian_kernel(Xs, Xt, g), gaussian_kernel(Xt, Xt, g))
        for g in gammas
    ]
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
    np.testing.assert_allclose(
        ulsif_weights(Phi_s, Phi_t, lam), np.maximum(found.x, 0), atol=1e-6
    )


@pytest.mark.parametrize(("ns", "nt"), [(40, 30), (20, 30), (30, 30)])
def test_leave_one_out_equals_refits(ns, nt):
    S, T, lams = Phi_s[:ns], Phi_t[:nt], [0.01, 0.5, 3.0]
    expected = []
    for lam in lams:
        on_source, on_target = [], []
        for i in range(min(ns, nt)):
            alpha = ulsif_weights(
                np.delete(S, i, axis=0), np.delete(T, i, axis=0), lam
            )
            on_source.append((S[i] @ alpha) ** 2)
            on_target.append(T[i] @ alpha)
        expected.append(np.mean(on_source) / 2 - np.mean(on_target))
    np.testing.assert_allclose(
        ulsif_leave_one_out(S, T, lams), expected, atol=1e-10
    )


def test_ulsif_takes_the_best_cell():
    ys = np.arange(40) % 2
    model = ULSIF().fit(Xs, ys, Xt)
    gammas = tried_widths()
    lams = 10.0 ** np.arange(-3, 2)
    scores = [
        ulsif_leave_one_out(
            gaussian_kernel(Xs, Xt, g), gaussian_kernel(Xt, Xt, g), lams
        )
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
        @ ulsif_weights(
            gaussian_kernel(Xs, Xt, 0.3), gaussian_kernel(Xt, Xt, 0.3), 0.2
        ),
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
    np.testing.assert_allclose(
        np.log(model.ratio(points)), points[:, 0] - 0.5, atol=0.12
    )
    assert model.mean_weight_ == pytest.approx(1, abs=0.08)
    np.testing.assert_allclose(
        model.weights_, model.ratio(Xs) / model.ratio(Xs).mean()
    )


def oracle(Xs, Xt, C):
    """Return the odds of scikit-learn's solution, at the optimum."""
    model = make_pipeline(
        StandardScaler(),
        LogisticRegression(C=C, solver="newton-cg", tol=1e-11, max_iter=5000),
    )
    model.fit(np.concatenate([Xs, Xt]), np.repeat([0, 1], [len(Xs), len(Xt)]))
    return len(Xs) / len(Xt) * np.exp(model.decision_function(Xs))


@pytest.mark.parametrize(
    ("distance", "C"), [(1.0, 1.0), (8.0, 100.0), (0.0, 0.01)]
)
@pytest.mark.parametrize("kind", [np.asarray, sparse.csr_array])
def test_logistic_ratio_is_that_of_scikit_learn(distance, C, kind):
    rng = np.random.default_rng(2)
    Xs = 5 + 3 * rng.standard_normal((200, 6)) * np.arange(1, 7)
    Xt = 5 + distance + rng.standard_normal((120, 6))
    Xs[:, 4] = Xt[:, 4] = 7.0  # constant
    model = LogisticRatio(C=C)
    with warnings.catch_warnings():
        # of the weights of domains far apart
        warnings.simplefilter("ignore", UserWarning)
        weights = model.fit_weights(kind(Xs), kind(Xt))
    odds = oracle(Xs, Xt, C)
    np.testing.assert_allclose(model.ratio(kind(Xs)), odds, rtol=1e-6)
    assert model.mean_weight_ == pytest.approx(odds.mean(), rel=1e-6)
    flat = odds**model.power_
    np.testing.assert_allclose(weights, flat / flat.mean(), rtol=1e-6)


def test_logistic_ratio_of_more_columns_than_a_hessian_has(monkeypatch):
    rng = np.random.default_rng(3)
    Xs, Xt = rng.standard_normal((50, 9)), rng.standard_normal((40, 9)) + 0.5
    monkeypatch.setattr(_logistic, "WIDE", 8)
    model = LogisticRatio()
    with pytest.warns(UserWarning, match="50 rows of 9 columns"):
        model.fit_weights(Xs, Xt)
    np.testing.assert_allclose(model.ratio(Xs), oracle(Xs, Xt, 1), rtol=1e-6)


def test_logistic_ratio_of_text_forms_no_dense_matrix():
    """2,000 documents of 10 million words would take 160 GB."""
    rng = np.random.default_rng(4)
    rows, words = np.repeat(np.arange(1000), 5), rng.integers(0, 50, (2, 5000))
    shape = (1000, 10_000_000)
    Xs, Xt = (
        sparse.csr_array((np.ones(5000), (rows, word)), shape=shape)
        for word in words
    )
    model = LogisticRatio(C=1e-3)
    with pytest.warns(UserWarning, match="1000 rows of 10000000 columns"):
        model.fit_weights(Xs, Xt)
    assert model.ratio(Xs).mean() == pytest.approx(1, abs=0.1)


@pytest.fixture(scope="module")
def cluster():
    from dask.distributed import Client, LocalCluster

    with (
        LocalCluster(
            n_workers=2,
            threads_per_worker=1,
            host="127.0.0.1",
            dashboard_address=":0",
        ) as machines,
        Client(machines),
    ):
        yield machines


@pytest.mark.timeout(600)
def test_logistic_ratio_of_dask_arrays(cluster):
    import dask.array as da

    rng = np.random.default_rng(6)
    Xs, Xt = rng.standard_normal((500, 4)), rng.standard_normal((300, 4)) + 0.4
    ys = (Xs[:, 0] > 0).astype(int)
    learner = SGDClassifier(random_state=0)
    here = LogisticRatio(learner).fit(Xs, ys, Xt)
    there = LogisticRatio(learner).fit(
        da.from_array(Xs, chunks=(120, 2)), ys, da.from_array(Xt, chunks=(70, 4))
    )
    np.testing.assert_allclose(there.weights_, here.weights_, rtol=1e-8)
    lazy = there.ratio(da.from_array(Xt, chunks=(70, 4)))
    np.testing.assert_allclose(lazy.compute(), here.ratio(Xt), rtol=1e-8)
    # the learner sees chunk after chunk, with their weights
    steps = clone(learner)
    for rows in (
        slice(0, 120),
        slice(120, 240),
        slice(240, 360),
        slice(360, 480),
        slice(480, 500),
    ):
        steps.partial_fit(
            Xs[rows], ys[rows], [0, 1], sample_weight=here.weights_[rows]
        )
    np.testing.assert_allclose(there.estimator_.coef_, steps.coef_, rtol=1e-6)


def test_logistic_ratio_is_the_odds():
    Xs, ys, Xt, _ = shifted()
    model = LogisticRatio().fit(Xs, ys, Xt)
    chance = model.domain_classifier_.predict_proba(Xs)
    odds = 400 / 250 * chance[:, 1] / chance[:, 0]
    np.testing.assert_allclose(model.ratio(Xs), odds)
    np.testing.assert_allclose(model.weights_, odds / odds.mean())
    assert model.power_ == 1
    flat = LogisticRatio(C=1e-6).fit(Xs, ys, Xt)
    np.testing.assert_allclose(flat.weights_, 1, atol=0.05)


@pytest.mark.parametrize("least", [1, 9, 30, 61.5, 199])
def test_weights_are_flattened_no_more_than_needed(least):
    """Against a grid of powers; the level of the logarithms does not matter."""
    logs = np.random.default_rng(5).normal(3, 2, 200)
    grid = np.linspace(0, 1, 20_001)
    sizes = np.array([effective_sample_size(np.exp(t * logs)) for t in grid])
    assert (np.diff(sizes) < 0).all()
    tau, weights = flattened(logs, least)
    assert tau == pytest.approx(grid[sizes >= least].max(), abs=1e-4)
    assert weights.mean() == pytest.approx(1)
    np.testing.assert_allclose(
        np.log(weights[1:] / weights[0]), tau * (logs[1:] - logs[0])
    )
    assert (tau == 1) == (sizes[-1] >= least)
    np.testing.assert_allclose(flattened(logs - 1000, least)[1], weights)


@pytest.mark.parametrize("least", [200, 201, 10_000])
def test_too_few_rows_get_one_weight(least):
    tau, weights = flattened(np.arange(200.0), least)
    assert tau == 0
    np.testing.assert_array_equal(weights, 1)


def caught(run):
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        run()
    return told


@pytest.mark.parametrize("d", [2, 5, 20])
def test_logistic_ratio_leaves_ten_samples_a_column(d):
    rng = np.random.default_rng(6)
    Xs, Xt = rng.standard_normal((400, d)), rng.standard_normal((300, d)) + 1.0
    model = LogisticRatio()
    told = [
        str(w.message)
        for w in caught(lambda: model.fit(Xs, np.arange(400) % 2, Xt))
    ]
    plain = effective_sample_size(model.ratio(Xs))
    assert model.effective_sample_size_ == pytest.approx(max(plain, 10 * d))
    assert (model.power_ < 1) == (plain < 10 * d)
    assert (model.power_ < 1) == (d > 2)
    assert any("to the power" in word for word in told) == (d == 20)
    # one column more than the rows can carry
    with pytest.warns(UserWarning, match="gives all source rows one weight"):
        few = LogisticRatio().fit(Xs[: 10 * d], np.arange(10 * d) % 2, Xt)
    np.testing.assert_array_equal(few.weights_, 1)
    assert few.power_ == 0


@pytest.mark.parametrize("method", [ULSIF, LogisticRatio, KMM])
@pytest.mark.parametrize("call", ["fit", "fit_weights"])
def test_a_warning_points_at_the_line_of_the_caller(method, call):
    """One source row lies where the target is; all others are far."""
    rng = np.random.default_rng(0)
    Xs = np.vstack([rng.standard_normal((499, 1)), [[8.0]]])
    Xt = rng.normal(8, 0.3, (100, 1))
    arguments = (np.arange(500) % 2, Xt) if call == "fit" else (Xt,)
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        getattr(method(), call)(Xs, *arguments)
    of_weights = [w for w in told if "weights" in str(w.message)]
    assert of_weights
    assert {w.filename for w in of_weights} == {__file__}
