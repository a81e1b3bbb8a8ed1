"""Distances between domains against double loops, integrals, hand-worked cases, gradients."""

import numpy as np
import pytest
import torch
from scipy import integrate, stats
from scipy.spatial.distance import cdist
from sklearn.linear_model import LogisticRegression

from tlbook.discrepancy import (
    coral_distance,
    gaussian_kl,
    jeffreys,
    jmmd2,
    mk_mmd2,
    mmd2,
    proxy_a_distance,
    sliced_wasserstein,
)
from tlbook.discrepancy.a_distance import group_folds
from tlbook.discrepancy.gaussian import fit_gaussian
from tlbook.discrepancy.mmd import pair_terms
from tlbook.kernels import gaussian_kernel, median_gamma, squared_distances

RNG = np.random.default_rng(0)
Xs, Xt = RNG.standard_normal((5, 3)), RNG.standard_normal((4, 3)) + 0.7
GAMMAS, BETAS = [0.2, 1.0, 3.0], [0.5, 0.3, 0.2]


def k(x, y, gammas=(0.4,), betas=(1.0,)):
    distance = sum((a - b) ** 2 for a, b in zip(x, y))
    return sum(b * np.exp(-g * distance) for g, b in zip(gammas, betas))


def mmd_by_loops(S, T, estimate, kernel=k):
    def mean(A, B, skip):
        values = [
            kernel(a, b)
            for i, a in enumerate(A)
            for j, b in enumerate(B)
            if not (skip and i == j)
        ]
        return sum(values) / len(values)

    if estimate == "linear":
        n = min(len(S), len(T)) // 2
        terms = [
            kernel(S[2 * i], S[2 * i + 1])
            + kernel(T[2 * i], T[2 * i + 1])
            - kernel(S[2 * i], T[2 * i + 1])
            - kernel(S[2 * i + 1], T[2 * i])
            for i in range(n)
        ]
        return sum(terms) / n
    skip = estimate == "unbiased"
    return mean(S, S, skip) + mean(T, T, skip) - 2 * mean(S, T, False)


every_estimate = pytest.mark.parametrize(
    "estimate", ["biased", "unbiased", "linear"]
)


def test_squared_distances_by_loops():
    expected = [[sum((a - b) ** 2) for b in Xt] for a in Xs]
    np.testing.assert_allclose(squared_distances(Xs, Xt), expected, atol=1e-12)
    far = Xs + 1e6  # centering keeps the digits
    np.testing.assert_allclose(
        squared_distances(far, far), squared_distances(Xs), atol=1e-6
    )
    assert squared_distances(Xs).min() >= 0


def test_gaussian_kernel_by_loops():
    expected = [[k(a, b) for b in Xt] for a in Xs]
    np.testing.assert_allclose(gaussian_kernel(Xs, Xt, 0.4), expected, atol=1e-12)


@pytest.mark.parametrize("m", [1, 300, 70_000])
def test_matrices_of_several_blocks(m):
    """Larger than what is worked on at once, or wider in a single row."""
    rng = np.random.default_rng(0)
    n = 300 if m < 70_000 else 3
    X, Y = rng.standard_normal((n, 2)), rng.standard_normal((m, 2))
    D = cdist(X, Y, "sqeuclidean")
    np.testing.assert_allclose(squared_distances(X, Y), D, atol=1e-12)
    np.testing.assert_allclose(
        gaussian_kernel(X, Y, 0.7), np.exp(-0.7 * D), atol=1e-12
    )


def test_median_gamma_by_hand():
    X, Y = np.array([[0.0], [1.0]]), np.array([[3.0]])  # distances 1, 2, 3
    assert median_gamma(X, Y) == pytest.approx(1 / (2 * 4))
    assert median_gamma(np.concatenate([X, Y])) == pytest.approx(1 / 8)
    with pytest.raises(ValueError, match="at least half of the pairs coincide"):
        median_gamma(np.array([[0.0], [0.0], [0.0], [0.0], [0.0], [1.0]]))


@every_estimate
def test_mmd_by_loops(estimate):
    expected = mmd_by_loops(Xs, Xt, estimate)
    assert float(mmd2(Xs, Xt, 0.4, estimate)) == pytest.approx(
        expected, abs=1e-12
    )


@every_estimate
def test_multi_kernel_mmd_by_loops(estimate):
    def kernel(a, b):
        return k(a, b, GAMMAS, BETAS)

    expected = mmd_by_loops(Xs, Xt, estimate, kernel)
    assert float(mk_mmd2(Xs, Xt, GAMMAS, BETAS, estimate)) == pytest.approx(
        expected, abs=1e-12
    )
    equal = np.mean([float(mmd2(Xs, Xt, g, estimate)) for g in GAMMAS])
    assert float(mk_mmd2(Xs, Xt, GAMMAS, estimate=estimate)) == pytest.approx(
        equal, abs=1e-12
    )


@every_estimate
def test_joint_mmd_by_loops(estimate):
    S, T = np.hstack([Xs, Xs**2]), np.hstack([Xt, Xt**2])

    def kernel(a, b):
        return k(a[:3], b[:3], [0.2]) * k(a[3:], b[3:], [0.7])

    found = jmmd2([Xs, Xs**2], [Xt, Xt**2], [0.2, 0.7], estimate)
    assert float(found) == pytest.approx(
        mmd_by_loops(S, T, estimate, kernel), abs=1e-12
    )


@every_estimate
def test_joint_mmd_of_one_layer_is_mmd(estimate):
    one = float(jmmd2([Xs], [Xt], [0.4], estimate))
    assert one == pytest.approx(float(mmd2(Xs, Xt, 0.4, estimate)), abs=1e-14)


@every_estimate
def test_linear_kernel_by_loops(estimate):
    expected = mmd_by_loops(Xs, Xt, estimate, lambda a, b: a @ b)
    assert float(mmd2(Xs, Xt, None, estimate)) == pytest.approx(
        expected, abs=1e-12
    )


@every_estimate
def test_joint_mmd_of_several_kernels_by_loops(estimate):
    S, T = np.hstack([Xs, Xs**2]), np.hstack([Xt, Xt**2])

    def kernel(a, b):
        return k(a[:3], b[:3], GAMMAS, BETAS) * k(
            a[3:], b[3:], [0.7, 0.1], [0.5, 0.5]
        )

    found = jmmd2(
        [Xs, Xs**2],
        [Xt, Xt**2],
        [GAMMAS, [0.7, 0.1]],
        estimate,
        betas=[BETAS, None],
    )
    assert float(found) == pytest.approx(
        mmd_by_loops(S, T, estimate, kernel), abs=1e-12
    )


def test_pair_terms_are_the_addends_of_the_linear_estimate():
    terms = pair_terms([Xs], [Xt], [(GAMMAS, BETAS)])
    assert terms.shape == (2,)
    for i, term in enumerate(terms):
        S, T = Xs[2 * i : 2 * i + 2], Xt[2 * i : 2 * i + 2]
        kernel = lambda a, b: k(a, b, GAMMAS, BETAS)  # noqa: E731
        assert float(term) == pytest.approx(mmd_by_loops(S, T, "linear", kernel))


def test_linear_kernel_is_the_distance_of_means():
    expected = np.sum((Xs.mean(axis=0) - Xt.mean(axis=0)) ** 2)
    assert float(mmd2(Xs, Xt)) == pytest.approx(expected)


@pytest.mark.parametrize("estimate", ["unbiased", "linear"])
def test_estimates_are_unbiased(estimate):
    """P = N(0,1), Q = N(1,1): E k in closed form, against the mean over many draws."""
    gamma, rng = 0.5, np.random.default_rng(1)

    def expected_kernel(mean_gap):  # the gap of two samples is N(mean_gap, 2)
        spread = 1 + 4 * gamma
        return np.exp(-gamma * mean_gap**2 / spread) / np.sqrt(spread)

    truth = 2 * expected_kernel(0) - 2 * expected_kernel(1)
    draws = [
        float(
            mmd2(
                rng.normal(0, 1, (8, 1)),
                rng.normal(1, 1, (8, 1)),
                gamma,
                estimate,
            )
        )
        for _ in range(4000)
    ]
    error = np.std(draws) / np.sqrt(len(draws))
    assert np.mean(draws) == pytest.approx(truth, abs=4 * error)
    biased = [
        float(mmd2(rng.normal(0, 1, (8, 1)), rng.normal(1, 1, (8, 1)), gamma))
        for _ in range(500)
    ]
    assert np.mean(biased) > truth + 0.05


def test_mmd_is_zero_on_the_same_sample_and_never_negative():
    assert float(mmd2(Xs, Xs.copy(), 0.4)) == pytest.approx(0, abs=1e-14)
    assert float(mmd2(Xs, Xt, 0.4)) > 0
    assert float(mmd2(Xs, Xt, 0.4)) == pytest.approx(float(mmd2(Xt, Xs, 0.4)))


def test_mmd_is_blind_to_rotations_and_order():
    turn = np.linalg.qr(RNG.standard_normal((3, 3)))[0]
    moved = mmd2(Xs[::-1] @ turn + 5, Xt @ turn + 5, 0.4, "unbiased")
    assert float(moved) == pytest.approx(
        float(mmd2(Xs, Xt, 0.4, "unbiased")), abs=1e-10
    )


@pytest.mark.parametrize(
    "distance",
    [
        lambda a, b: mk_mmd2(a, b, GAMMAS, BETAS),
        lambda a, b: mk_mmd2(a, b, GAMMAS, BETAS, "unbiased"),
        lambda a, b: mk_mmd2(a, b, GAMMAS, BETAS, "linear"),
        lambda a, b: mmd2(a, b),
        lambda a, b: mmd2(a, b, None, "unbiased"),
        lambda a, b: mmd2(a, b, None, "linear"),
        lambda a, b: jmmd2([a, a**2], [b, b**2], [0.3, 0.6]),
        lambda a, b: jmmd2(
            [a, a**2, a], [b, b**2, b], [[0.3, 2.0], 0.6, 0.1], "unbiased"
        ),
        lambda a, b: jmmd2([a, a**2], [b, b**2], [0.3, 0.6], "linear"),
        coral_distance,
    ],
)
def test_torch_agrees_and_differentiates(distance):
    S, T = (torch.tensor(X, requires_grad=True) for X in (Xs[:4], Xt))
    value = distance(S, T)
    assert float(value.detach()) == pytest.approx(
        float(distance(Xs[:4], Xt)), abs=1e-12
    )
    assert torch.autograd.gradcheck(distance, (S, T))


def test_torch_without_gradient_is_the_same_value():
    S, T = (torch.tensor(X) for X in (Xs, Xt))
    plain = mk_mmd2(S, T, GAMMAS, BETAS)
    tracked = mk_mmd2(S.requires_grad_(), T, GAMMAS, BETAS)
    assert float(plain) == pytest.approx(float(tracked.detach()), abs=1e-14)
    single = mk_mmd2(S.detach().float(), T.float(), GAMMAS, BETAS)
    assert single.dtype == torch.float32
    assert float(single) == pytest.approx(float(plain), abs=1e-6)


def test_second_derivatives_are_refused_rather_than_wrong():
    S = torch.tensor(Xs, requires_grad=True)
    value = mmd2(S, torch.tensor(Xt), 0.5)
    (slope,) = torch.autograd.grad(value, S, create_graph=True)
    with pytest.raises(RuntimeError, match="does not require grad"):
        slope.sum().backward()


def test_bad_arguments():
    with pytest.raises(ValueError, match=r"Xt .* has 2 features, Xs .* has 3"):
        mmd2(Xs, Xt[:, :2], 1.0)
    with pytest.raises(ValueError, match="estimate must be one of"):
        mmd2(Xs, Xt, 1.0, "exact")
    with pytest.raises(ValueError, match="has 1 samples; at least 2"):
        mmd2(Xs[:1], Xt, 1.0, "unbiased")
    with pytest.raises(ValueError, match=r"Xt .* has 2 features, Xs .* has 3"):
        coral_distance(Xs, Xt[:, :2])
    with pytest.raises(ValueError, match="has 1 samples; at least 2"):
        coral_distance(Xs[:1], Xt)


def test_coral_distance_from_covariances():
    difference = np.cov(Xs.T) - np.cov(Xt.T)
    expected = np.linalg.norm(difference, "fro") ** 2 / (4 * 3**2)
    assert float(coral_distance(Xs, Xt)) == pytest.approx(expected)
    assert float(coral_distance(Xs, Xs + 100.0)) == pytest.approx(0, abs=1e-18)


def test_two_samples_are_enough():
    """Products of different samples -1 and 5, means 0 and 3; variances 2 and 8."""
    A, B = np.array([[-1.0], [1.0]]), np.array([[1.0], [5.0]])
    assert float(mmd2(A, B, estimate="unbiased")) == pytest.approx(
        -1 + 5 - 2 * 0 * 3
    )
    assert float(coral_distance(A, B)) == pytest.approx((2 - 8) ** 2 / 4)


def test_a_distance_between_nothing_and_everything():
    rng = np.random.default_rng(0)
    A, B = rng.standard_normal((300, 5)), rng.standard_normal((300, 5))
    assert proxy_a_distance(A, B) == pytest.approx(0, abs=0.25)
    assert proxy_a_distance(A, B + 20) == 2.0
    near, far = proxy_a_distance(A, B + 0.3), proxy_a_distance(A, B + 0.9)
    assert 0 < near < far < 2


def test_a_distance_is_measured_on_unseen_samples():
    """With more features than samples, the training error is 0 and says nothing."""
    rng = np.random.default_rng(0)
    A, B = rng.standard_normal((40, 200)), rng.standard_normal((40, 200))
    assert proxy_a_distance(A, B) < 0.6


def test_a_distance_weighs_the_domains_equally():
    rng = np.random.default_rng(0)
    A, B = rng.standard_normal((900, 3)), rng.standard_normal((60, 3))
    assert proxy_a_distance(A, B) == pytest.approx(0, abs=0.3)
    # half of B is where all of A is, and nothing else: errors 0 and 1/2
    A, B = np.zeros((100, 1)), np.repeat([0.0, 10.0], 50)[:, None]
    assert proxy_a_distance(A, B) == pytest.approx(2 * (1 - 2 * 0.25))
    error = 1 - stats.norm.cdf(1.0)  # the best classifier of N(0,1) and N(2,1)
    apart = proxy_a_distance(
        rng.normal(0, 1, (2000, 1)), rng.normal(2, 1, (2000, 1))
    )
    assert apart == pytest.approx(2 * (1 - 2 * error), abs=0.06)


def recordings(rng, n_groups, first, center=0.0, d=6):
    """Return windows of recordings, each with a place of its own, and their recordings."""
    ids = first + np.repeat(np.arange(n_groups), 20)
    places = center + rng.standard_normal((n_groups, d))
    return places[ids - first] + 0.1 * rng.standard_normal((len(ids), d)), ids


def test_a_distance_by_rows_knows_the_recordings_again():
    """Recordings of one distribution: with their windows mixed they pass for two domains."""
    mixed, apart = [], []
    for seed in range(10):
        rng = np.random.default_rng(seed)
        (A, a), (B, b) = (
            recordings(rng, 30, 0, d=60),
            recordings(rng, 30, 100, d=60),
        )
        mixed.append(proxy_a_distance(A, B))
        apart.append(proxy_a_distance(A, B, groups=(a, b)))
    assert np.mean(mixed) > 1
    assert np.mean(apart) < 0.3
    (A, a), (B, b) = recordings(rng, 30, 0), recordings(rng, 30, 100, center=5)
    assert proxy_a_distance(A, B, groups=(a, b)) > 1.9  # domains that do differ


def test_a_distance_of_groups_by_loops():
    rng = np.random.default_rng(1)
    (A, a), (B, b) = recordings(rng, 7, 0), recordings(rng, 3, 50, center=0.5)
    A, a = A[:-13], a[:-13]
    X, ids, domain = (
        np.concatenate([A, B]),
        np.concatenate([a, b]),
        np.repeat([0, 1], [127, 60]),
    )
    fold = group_folds((a, b), (len(A), len(B)), 0)
    assert set(fold) == {0, 1, 2}  # as many as the target has groups
    assert all(len(set(fold[ids == i])) == 1 for i in set(ids))
    assert all(set(domain[fold == k]) == {0, 1} for k in range(3))
    wrong = np.zeros(len(X))
    for k in range(3):
        train = fold != k
        mean, scale = X[train].mean(axis=0), X[train].std(axis=0)
        judge = LogisticRegression(C=0.01, class_weight="balanced", max_iter=1000)
        judge.fit((X[train] - mean) / scale, domain[train])
        wrong[~train] = (
            judge.predict((X[~train] - mean) / scale) != domain[~train]
        )
    error = (wrong[domain == 0].mean() + wrong[domain == 1].mean()) / 2
    assert 0.1 < error < 0.6
    assert proxy_a_distance(A, B, groups=(a, b)) == pytest.approx(2 - 4 * error)


def test_a_distance_of_groups_has_seeded_folds():
    rng = np.random.default_rng(2)
    (A, a), (B, b) = recordings(rng, 8, 0), recordings(rng, 8, 100)
    values = [
        proxy_a_distance(A, B, random_state=s, groups=(a, b))
        for s in (0, 0, 1, 2)
    ]
    assert values[0] == values[1]
    assert len(set(values)) > 1


@pytest.mark.parametrize(
    ("groups", "message"),
    [
        (
            (np.arange(9), 10 + np.arange(10)),
            r"groups of .*source.* shape \(9,\); it has 10 rows",
        ),
        (
            (np.arange(10), 10 + np.arange(9)),
            r"groups of .*target.* shape \(9,\); it has 10 rows",
        ),
        (
            (np.arange(10), 9 + np.arange(10)),
            "1 groups stand in both domains, such as 9",
        ),
        ((np.zeros(10), 1 + np.arange(10)), "a domain has 1 group"),
    ],
)
def test_a_distance_refuses_groups_that_cannot_be_split(groups, message):
    A = np.random.default_rng(0).standard_normal((10, 2))
    with pytest.raises(ValueError, match=message):
        proxy_a_distance(A, A + 1, groups=groups)


def test_gaussian_kl_by_integration():
    rng = np.random.default_rng(2)
    A, B = rng.normal(0, 1, (50, 1)), rng.normal(1, 2, (60, 1))
    (ma, Ca), (mb, Cb) = fit_gaussian(A, 0.1), fit_gaussian(B, 0.1)
    p = stats.norm(ma[0], np.sqrt(Ca[0, 0]))
    q = stats.norm(mb[0], np.sqrt(Cb[0, 0]))
    value, _ = integrate.quad(
        lambda x: p.pdf(x) * (p.logpdf(x) - q.logpdf(x)), -12, 12
    )
    assert gaussian_kl(A, B, reg=0.1) == pytest.approx(value, abs=1e-6)
    assert jeffreys(A, B) == pytest.approx(gaussian_kl(A, B) + gaussian_kl(B, A))
    assert jeffreys(A, B) == pytest.approx(jeffreys(B, A))


def test_gaussian_kl_adds_over_independent_coordinates():
    rng = np.random.default_rng(3)
    A, B = (
        rng.standard_normal((4000, 2)),
        rng.standard_normal((4000, 2)) * [2, 1] + [0, 1],
    )
    parts = sum(gaussian_kl(A[:, [i]], B[:, [i]]) for i in (0, 1))
    assert gaussian_kl(A, B) == pytest.approx(parts, abs=0.02)
    assert gaussian_kl(A, A) == pytest.approx(0, abs=1e-12)


def test_fitted_gaussian():
    mean, covariance = fit_gaussian(Xs, 0.5)
    np.testing.assert_allclose(mean, Xs.mean(axis=0))
    np.testing.assert_allclose(covariance, np.cov(Xs.T) + 0.5 * np.eye(3))


def test_sliced_wasserstein_in_one_dimension():
    """One dimension has one line: against the quantile formula written out."""
    A, B = np.array([[0.0], [1.0]]), np.array([[0.0], [1.0], [5.0]])
    # quantiles on [0,1/3], [1/3,1/2], [1/2,2/3], [2/3,1]: differences 0, 1, 0, 4
    expected = np.sqrt((1 / 2 - 1 / 3) * 1 + (1 / 3) * 16)
    assert sliced_wasserstein(A, B) == pytest.approx(expected)
    assert sliced_wasserstein(B, A) == pytest.approx(expected)


def test_sliced_wasserstein_of_a_translation():
    """Moving by v costs |theta'v|^2 on each line: |v|^2 / d on average."""
    rng = np.random.default_rng(0)
    X, move = rng.standard_normal((100, 4)), np.array([2.0, 0, 0, 0])
    value = sliced_wasserstein(X, X + move, n_directions=4000)
    assert value == pytest.approx(np.sqrt(4 / 4), abs=0.03)
    assert sliced_wasserstein(X, X) == 0


@pytest.mark.parametrize("estimate", ["biased", "unbiased"])
@pytest.mark.parametrize(("ns", "nt"), [(23, 9), (7, 20), (14, 14)])
def test_tiles_of_the_kernel_matrix_add_up(ns, nt, estimate, monkeypatch):
    rng = np.random.default_rng(ns)
    S, T = rng.standard_normal((ns, 3)), rng.standard_normal((nt, 3)) + 0.5
    Kss, Ktt, Kst = (
        gaussian_kernel(A, B, 0.4) for A, B in ((S, S), (T, T), (S, T))
    )
    if estimate == "biased":
        expected = Kss.mean() + Ktt.mean() - 2 * Kst.mean()
    else:
        within = [
            (K.sum() - len(K)) / (len(K) * (len(K) - 1)) for K in (Kss, Ktt)
        ]
        expected = sum(within) - 2 * Kst.mean()
    monkeypatch.setattr("tlbook.discrepancy.mmd.BLOCK", 49)  # tiles of 7 x 7
    monkeypatch.setattr(
        "tlbook.discrepancy.mmd.AT_ONCE", 40
    )  # ten entries at a time
    assert float(mmd2(S, T, 0.4, estimate)) == pytest.approx(expected, abs=1e-13)
