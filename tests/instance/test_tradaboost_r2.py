"""TrAdaBoost.R2: rounds by hand, an oracle of plain loops, the median, the shares, the choice."""

import numpy as np
import pytest
from scipy import sparse
from sklearn.base import is_regressor
from sklearn.dummy import DummyRegressor
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.tree import DecisionTreeRegressor

from tlbook.instance import TrAdaBoostR2, TwoStageTrAdaBoostR2
from tlbook.instance.tradaboost_r2 import (
    adjusted_errors,
    boosted_target,
    faded_source,
    weighted_median,
)

MEAN = DummyRegressor(strategy="mean")
STUMP = DecisionTreeRegressor(max_depth=1, random_state=0)


def pair(seed=0, ns=30, nt=8, shift=2.0):
    """A line in the target; in the source half of the samples lie on it, half `shift` above."""
    rng = np.random.default_rng(seed)
    Xs, Xt = rng.uniform(-1, 1, (ns, 2)), rng.uniform(-1, 1, (nt, 2))
    ys = (
        3 * Xs[:, 0] + shift * (np.arange(ns) % 2) + 0.1 * rng.standard_normal(ns)
    )
    return Xs, ys, Xt, 3 * Xt[:, 0] + 0.1 * rng.standard_normal(nt)


# --- The pieces, by hand -------------------------------------------------------------------------


def test_adjusted_errors():
    np.testing.assert_allclose(
        adjusted_errors(np.array([-4.0, 1.0, 0.0])), [1, 0.25, 0]
    )
    np.testing.assert_array_equal(adjusted_errors(np.zeros(3)), np.zeros(3))


def test_weighted_median():
    values = np.array([[1.0, 5.0], [2.0, 4.0], [9.0, 3.0]])
    np.testing.assert_array_equal(
        weighted_median(values, np.array([1.0, 1.0, 1.0])), [2, 4]
    )
    np.testing.assert_array_equal(
        weighted_median(values, np.array([0.1, 0.1, 1.0])), [9, 3]
    )
    np.testing.assert_array_equal(
        weighted_median(values, np.array([0.5, 0.3, 0.2])), [1, 4]
    )


@pytest.mark.parametrize("seed", range(5))
def test_weighted_median_by_its_definition(seed):
    """The smallest value below which, itself included, lies half of the weight."""
    rng = np.random.default_rng(seed)
    values, weights = rng.standard_normal((7, 4)), rng.uniform(0.1, 1, 7)
    for column, median in zip(values.T, weighted_median(values, weights)):
        reaching = [
            v for v in column if weights[column <= v].sum() >= weights.sum() / 2
        ]
        assert median == min(reaching)


def test_one_round_by_hand():
    """Mean 5 of labels 0, 10 | 4, 6: errors 1, 1 | 0.2, 0.2, so eps = 0.2 and beta_t = 1/4."""
    X = np.zeros((2, 1))
    model = TrAdaBoostR2(MEAN, n_rounds=1).fit(X, [0.0, 10.0], X + 1, [4.0, 6.0])
    np.testing.assert_allclose(model.errors_, [0.2])
    np.testing.assert_allclose(model.votes_, [np.log(4)])
    beta = 1 / (1 + np.sqrt(2 * np.log(2)))
    source, target = beta / 4, 0.25**-0.2 / 4
    np.testing.assert_allclose(
        model.weights_, np.full(2, source / (2 * source + 2 * target))
    )
    np.testing.assert_allclose(model.predict(X), [5, 5])


def test_two_rounds_by_hand():
    """Labels 0, 8 | 4, 4 and the mean: round 1 has mean 4 and no target error, it decides alone."""
    X = np.zeros((2, 1))
    perfect = TrAdaBoostR2(MEAN, n_rounds=5).fit(X, [0.0, 8.0], X + 1, [4.0, 4.0])
    assert perfect.errors_.tolist() == [0.0]
    assert perfect.votes_.tolist() == [1.0]
    model = TrAdaBoostR2(MEAN, n_rounds=2).fit(X, [0.0, 20.0], X + 1, [4.0, 6.0])
    first = np.abs(np.array([0, 20, 4, 6]) - 7.5) / 12.5
    assert model.errors_[0] == pytest.approx((first[2] + first[3]) / 2)
    w = np.full(4, 0.25)
    w[:2] *= (1 / (1 + np.sqrt(2 * np.log(2) / 2))) ** first[:2]
    w[2:] *= (model.errors_[0] / (1 - model.errors_[0])) ** -first[2:]
    w /= w.sum()
    mean = w @ [0, 20, 4, 6]
    second = np.abs(np.array([0, 20, 4, 6]) - mean)
    second /= second.max()
    assert model.errors_[1] == pytest.approx(w[2:] @ second[2:] / w[2:].sum())


def oracle(learner, Xs, ys, Xt, yt, N, x):
    """Return the prediction at x, by plain loops over the equations of the paper."""
    from sklearn.base import clone

    X, y, ns = np.vstack([Xs, Xt]), [*ys, *yt], len(ys)
    w = [1 / len(y)] * len(y)
    beta = 1 / (1 + (2 * np.log(ns) / N) ** 0.5)
    hypotheses = []
    for _ in range(N):
        h = clone(learner).fit(X, y, sample_weight=np.array(w) * len(w))
        residuals = [abs(a - b) for a, b in zip(y, h.predict(X))]
        e = [r / max(residuals) for r in residuals]
        eps = sum(w[i] * e[i] for i in range(ns, len(y))) / sum(w[ns:])
        if eps >= 0.5:
            break
        bt = eps / (1 - eps)
        hypotheses.append((float(h.predict([x])[0]), np.log(1 / bt)))
        w = [
            w[i] * (beta ** e[i] if i < ns else bt ** -e[i])
            for i in range(len(y))
        ]
        w = [one / sum(w) for one in w]
    voters = sorted(hypotheses[int(np.ceil(len(hypotheses) / 2)) - 1 :])
    total, half = 0.0, sum(vote for _, vote in voters) / 2
    for value, vote in voters:
        total += vote
        if total >= half:
            return value
    raise AssertionError


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("N", [1, 4, 7])
def test_against_plain_loops(seed, N):
    Xs, ys, Xt, yt = pair(seed)
    model = TrAdaBoostR2(STUMP, n_rounds=N).fit(Xs, ys, Xt, yt)
    for x in ([0.3, 0.0], [-0.8, 0.5]):
        assert model.predict([x])[0] == pytest.approx(
            oracle(STUMP, Xs, ys, Xt, yt, N, x)
        )


# --- The two stages ------------------------------------------------------------------------------


@pytest.mark.parametrize("share", [0.3, 0.6, 0.9, 1.0])
def test_the_target_gets_its_share_by_one_power(share):
    rng = np.random.default_rng(0)
    w, e = rng.uniform(0.5, 1, 12), rng.uniform(0.1, 1, 12)
    w /= w.sum()
    share = max(share, w[9:].sum())
    moved = faded_source(w, e, 9, share)
    assert moved.sum() == pytest.approx(1)
    assert moved[9:].sum() == pytest.approx(share)
    # the target only scales
    np.testing.assert_allclose(moved[9:] / moved[9], w[9:] / w[9])
    if share < 1:
        powers = np.log(moved[:9] / w[:9] * w[9] / moved[9]) / e[:9]
        np.testing.assert_allclose(powers, powers[0])
        assert powers[0] <= 1e-9


def test_samples_without_error_stay_and_scale():
    w, e = np.full(4, 0.25), np.array([0.0, 1.0, 0.5, 0.5])
    moved = faded_source(w, e, 2, 0.9)
    np.testing.assert_allclose(moved, [0.1, 0, 0.45, 0.45])


def test_boosting_of_the_target_leaves_the_source_alone():
    """One round by hand: source 0 | target 4, 10, mean weights; errors on the target alone."""
    X, y, w = (
        np.zeros((3, 1)),
        np.array([0.0, 4.0, 10.0]),
        np.array([0.5, 0.25, 0.25]),
    )
    learners, votes = boosted_target(MEAN, X, y, w, 1, 2)
    first = 3.5  # 0.25 * 4 + 0.25 * 10
    e = np.array([0.5, 6.5]) / 6.5
    eps = e.mean()
    assert learners[0].predict(X)[0] == pytest.approx(first)
    assert len(votes) == 1 or votes[0] == pytest.approx(np.log((1 - eps) / eps))
    assert eps > 0.5 or len(learners) == 2


def test_second_round_weights_by_hand():
    """Target 4, 5, 10: eps < 1/2; the target's weights move at a constant sum."""
    X, y = np.zeros((4, 1)), np.array([0.0, 4.0, 5.0, 10.0])
    w = np.array([0.4, 0.2, 0.2, 0.2])
    learners, votes = boosted_target(MEAN, X, y, w, 1, 2)
    mean = 0.2 * (4 + 5 + 10)
    e = np.abs(y[1:] - mean) / np.abs(y[1:] - mean).max()
    eps = e.mean()
    beta = eps / (1 - eps)
    moved = beta ** (1 - e)
    moved *= 0.6 / moved.sum()
    assert votes[0] == pytest.approx(np.log(1 / beta))
    assert learners[1].predict(X)[0] == pytest.approx(moved @ y[1:])
    np.testing.assert_array_equal(w, [0.4, 0.2, 0.2, 0.2])


def test_steps_end_without_the_source():
    Xs, ys, Xt, yt = pair()
    model = TwoStageTrAdaBoostR2(STUMP, n_steps=4, n_rounds=3, n_folds=3).fit(
        Xs, ys, Xt, yt
    )
    assert model.step_errors_.shape == (4,)
    assert model.step_ == np.argmin(model.step_errors_)
    share = 1 - model.weights_.sum()
    start = len(yt) / (len(yt) + len(ys))
    assert share == pytest.approx(start + model.step_ / 3 * (1 - start))


def test_an_unrelated_source_is_left_behind_and_a_true_one_kept():
    rng = np.random.default_rng(1)
    Xs, ys, Xt, yt = pair(1, ns=60, nt=20, shift=0.0)
    true = TwoStageTrAdaBoostR2(Ridge(1e-3), n_steps=6).fit(Xs, ys, Xt, yt)
    wrong = TwoStageTrAdaBoostR2(Ridge(1e-3), n_steps=6).fit(
        Xs, 5 * rng.standard_normal(60), Xt, yt
    )
    assert wrong.step_ == 5
    assert wrong.weights_.sum() == pytest.approx(0)
    assert true.step_errors_[0] < 0.1 * wrong.step_errors_[0]


def test_contradicting_source_samples_fade():
    Xs, ys, Xt, yt = pair(0, ns=60, nt=20)
    model = TrAdaBoostR2(DecisionTreeRegressor(max_depth=4, random_state=0)).fit(
        Xs, ys, Xt, yt
    )
    lifted = np.arange(60) % 2 == 1
    assert model.weights_[lifted].mean() < 0.7 * model.weights_[~lifted].mean()


# --- The contract --------------------------------------------------------------------------------


@pytest.mark.parametrize("method", [TrAdaBoostR2, TwoStageTrAdaBoostR2])
def test_unlabeled_rows_are_marked_by_nan_for_minus_one_is_a_number(method):
    Xs, ys, Xt, yt = pair()
    few = np.where(np.arange(8) < 5, yt, np.nan)
    one = method().fit(Xs, ys, Xt, few)
    two = method().fit(Xs, ys, Xt[:5], yt[:5])
    np.testing.assert_array_equal(one.predict(Xt), two.predict(Xt))
    assert is_regressor(one)
    with pytest.raises(
        ValueError, match="needs labeled target rows: y_target is missing or NaN"
    ):
        method().fit(Xs, ys, Xt, np.full(8, np.nan))


@pytest.mark.parametrize("method", [TrAdaBoostR2, TwoStageTrAdaBoostR2])
def test_a_classifier_is_refused(method):
    Xs, ys, Xt, yt = pair()
    with pytest.raises(
        ValueError, match="learns numbers and cannot wrap the classifier Logistic"
    ):
        method(LogisticRegression()).fit(Xs, ys, Xt, yt)


def test_one_label_is_too_few_to_choose_a_step():
    Xs, ys, Xt, yt = pair()
    with pytest.raises(
        ValueError, match="y_target has one label, at least 2 are needed"
    ):
        TwoStageTrAdaBoostR2().fit(Xs, ys, Xt, [yt[0], *[np.nan] * 7])


def test_a_first_learner_that_is_no_use_says_so():
    X = np.zeros((3, 1))
    with pytest.warns(UserWarning, match="no round of boosting is possible"):
        model = TrAdaBoostR2(MEAN).fit(X, [0.0, 0.0, 0.0], X[:2] + 1, [9.0, 11.0])
    assert len(model.estimators_) == 1


@pytest.mark.parametrize("method", [TrAdaBoostR2, TwoStageTrAdaBoostR2])
def test_sparse_counts_are_boosted_as_dense_ones(method):
    rng = np.random.default_rng(0)
    X = rng.poisson(0.5, (90, 6)).astype(float)
    y = X @ np.arange(6.0) + rng.standard_normal(90)
    few = np.where(np.arange(30) < 15, y[60:], np.nan)
    kind = sparse.csr_array
    dense = method(n_rounds=4).fit(X[:60], y[:60], X[60:], few)
    text = method(n_rounds=4).fit(kind(X[:60]), y[:60], kind(X[60:]), few)
    np.testing.assert_allclose(text.weights_, dense.weights_, rtol=1e-6)
    np.testing.assert_allclose(text.predict(kind(X)), dense.predict(X), rtol=1e-6)
