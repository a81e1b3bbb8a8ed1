"""Weighted conformal: exact fractions, p-values of every answer, and coverage counted."""

import warnings
from fractions import Fraction
from math import ceil

import numpy as np
import pytest
from scipy import sparse
from scipy.stats import norm
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.dummy import DummyRegressor
from sklearn.linear_model import LinearRegression, LogisticRegression, Perceptron
from sklearn.neighbors import KNeighborsClassifier
from sklearn.utils.estimator_checks import parametrize_with_checks
from test_contract import check_quietly

from tlbook.datasets import covariate_ratio, make_shift
from tlbook.feature import CORAL
from tlbook.instance import KLIEP, KMM, ULSIF, LabelShift, LogisticRatio
from tlbook.practice import WeightedConformal
from tlbook.practice.weighted_conformal import conformal_quantile


@parametrize_with_checks([WeightedConformal(LinearRegression())])
def test_scikit_learn_checks_of_a_regressor(estimator, check):
    check_quietly(check, estimator)


# --- The threshold -------------------------------------------------------------------------------


@pytest.mark.parametrize("tenths", [1, 2, 3, 5, 9])
def test_equal_weights_give_the_order_statistic(tenths):
    """The ceil((1 - alpha) (m + 1))-th smallest; nothing bounds the sets of too few."""
    rng = np.random.default_rng(0)
    for m in range(1, 60):
        scores = rng.permutation(m).astype(float)
        rank = ceil(Fraction(10 - tenths, 10) * (m + 1))
        wanted = rank - 1 if rank <= m else np.inf
        for weight in (1.0, 0.37):
            got = conformal_quantile(
                scores, np.full(m, weight), np.array(weight), tenths / 10
            )
            assert got == wanted


def test_the_threshold_by_its_definition_in_fractions():
    """Integer weights, ties among scores, zero weights, own weights of all sizes."""
    rng = np.random.default_rng(1)
    infinite = 0
    for _ in range(400):
        m, tenths = int(rng.integers(1, 12)), int(rng.integers(1, 10))
        scores, weights = rng.integers(0, 6, m), rng.integers(0, 5, m)
        weights[rng.integers(m)] += 1
        own = int(rng.integers(0, 9))
        level = Fraction(10 - tenths, 10) * (int(weights.sum()) + own)
        reached = [s for s in scores if weights[scores <= s].sum() >= level]
        wanted = min(reached, default=np.inf)
        infinite += np.isinf(wanted)
        got = conformal_quantile(
            scores.astype(float),
            weights.astype(float),
            np.array(own),
            tenths / 10,
        )
        assert got == wanted
    assert 40 < infinite < 360


def test_scale_of_the_weights_and_order_of_the_samples_do_not_matter():
    rng = np.random.default_rng(2)
    scores, weights, own = rng.random(40), rng.random(40), rng.random((3, 2))
    q = conformal_quantile(scores, weights, own, 0.2)
    assert q.shape == (3, 2)
    p = rng.permutation(40)
    for other in (
        conformal_quantile(scores, 7 * weights, 7 * own, 0.2),
        conformal_quantile(scores[p], weights[p], own, 0.2),
    ):
        np.testing.assert_array_equal(other, q)


def normal_world(rng, m):
    """Scores that grow with x, x ~ N(0, 1) in the source and N(1, 1) in the target."""
    x = rng.normal(size=m + 1) + np.append(np.zeros(m), 1)
    return np.abs(rng.normal(size=m + 1)) * np.exp(x / 2), np.exp(x - 0.5)


@pytest.mark.parametrize("m", [12, 40, 150])
def test_coverage_of_true_weights_lies_between_its_bounds(m):
    """At least 1 - alpha, at most the mean of the largest share of the weights more."""
    rng = np.random.default_rng(3)
    hits, plain, slack, rounds = [], [], [], 6000
    for _ in range(rounds):
        s, w = normal_world(rng, m)
        q = conformal_quantile(s[:m], w[:m], w[m], 0.2)
        hits.append(s[m] <= q)
        plain.append(s[m] <= conformal_quantile(s[:m], np.ones(m), 1.0, 0.2))
        slack.append(w.max() / w.sum())
    error = 3 * np.sqrt(0.2 * 0.8 / rounds)
    assert 0.8 - error < np.mean(hits) < 0.8 + np.mean(slack) + error
    assert np.mean(plain) < 0.7
    if m == 150:
        assert np.mean(hits) < 0.8 + 0.5 * np.mean(slack) + error


# --- The sets ------------------------------------------------------------------------------------


def halves(model, d):
    """Return the rows of the source that a fitted model was calibrated on: by its scores."""
    P = model.estimator_.predict_proba(d.Xs)
    scores = 1 - P[np.arange(len(d.ys)), d.ys]
    held = np.flatnonzero(np.isin(scores, model.calibration_scores_))
    assert len(held) == len(model.calibration_scores_) == len(d.ys) // 2
    return held


def p_value(score, own, scores, weights):
    """Weighted share of the scores that are as large, the new one among them."""
    larger = sum(w for s, w in zip(scores, weights) if s >= score)
    return (larger + own) / (sum(weights) + own)


@pytest.mark.parametrize("weights", [None, covariate_ratio, np.array([0.3, 1.7])])
def test_a_class_is_in_the_set_if_its_p_value_is_above_alpha(weights):
    d = make_shift("covariate", 120, 0)
    model = WeightedConformal(weights=weights, alpha=0.1).fit(d.Xs, d.ys, d.Xt)
    held = halves(model, d)
    if weights is None:
        w, own = np.ones(60), np.ones((120, 2))
    elif callable(weights):
        w = covariate_ratio(d.Xs[held])
        own = np.column_stack([covariate_ratio(d.Xt)] * 2)
    else:
        w, own = weights[d.ys[held]], np.tile(weights, (120, 1))
    P = model.estimator_.predict_proba(d.Xs)
    scores = [1 - P[i, d.ys[i]] for i in held]
    S = 1 - model.predict_proba(d.Xt)
    wanted = [
        [p_value(S[j, c], own[j, c], scores, w) > 0.1 for c in (0, 1)]
        for j in range(120)
    ]
    sets = model.predict_set(d.Xt)
    assert sets.dtype == bool
    np.testing.assert_array_equal(sets, wanted)
    assert len(set(sets.sum(axis=1))) > 1
    order = np.argsort(model.calibration_scores_)
    np.testing.assert_allclose(
        model.calibration_weights_[order], np.array(w)[np.argsort(scores)]
    )


def test_a_score_as_large_as_the_threshold_is_in_the_set():
    """Five neighbors give six scores, and every one of them is met again and again."""
    rng = np.random.default_rng(0)
    X, Xt = rng.normal(size=(200, 2)), rng.normal(size=(100, 2))
    y = (X[:, 0] + rng.normal(size=200) > 0).astype(int)
    model = WeightedConformal(KNeighborsClassifier(5), None, alpha=0.3)
    sets = model.fit(X, y, Xt).predict_set(Xt)
    scores, S = model.calibration_scores_, 1 - model.predict_proba(Xt)
    wanted = [[p_value(s, 1, scores, np.ones(100)) > 0.3 for s in r] for r in S]
    np.testing.assert_array_equal(sets, wanted)
    assert np.isin(S, scores[scores == S[sets].max()]).any()


def test_an_interval_holds_the_numbers_whose_p_value_is_above_alpha():
    d = make_shift("covariate", 80, 0, labels="numbers")
    model = WeightedConformal(LinearRegression(), covariate_ratio, alpha=0.2)
    sets = model.fit(d.Xs, d.ys, d.Xt).predict_set(d.Xt)
    residuals = np.abs(d.ys - model.predict(d.Xs))
    held = np.isin(residuals, model.calibration_scores_)
    assert held.sum() == 40
    scores, w = residuals[held], covariate_ratio(d.Xs[held])
    for x, middle, (low, high) in zip(d.Xt, model.predict(d.Xt), sets):
        own = covariate_ratio(x[None])[0]
        for y in np.linspace(middle - 4, middle + 4, 81):
            inside = p_value(abs(y - middle), own, scores, w) > 0.2
            assert inside == (low <= y <= high)


class Memory(KNeighborsClassifier):
    """A learner that answers its own training rows rightly, always."""

    def __init__(self):
        super().__init__(1)


def test_the_learner_has_not_seen_the_calibration_samples():
    """Noise: who has seen the answers would call them sure, and the sets too small."""
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(400, 2)), rng.integers(0, 2, 400)
    model = WeightedConformal(Memory(), weights=None, alpha=0.3).fit(
        X, y, rng.normal(size=(300, 2))
    )
    assert 0.4 < model.calibration_scores_.mean() < 0.6
    assert len(model.estimator_._fit_X) == 200


def test_every_class_is_in_both_halves_and_the_seed_decides_on_the_rows():
    rng = np.random.default_rng(0)
    y = np.repeat(["a", "b", "c"], [60, 12, 2])
    X, Xt = rng.normal(size=(74, 2)), rng.normal(size=(30, 2))
    fits = [
        WeightedConformal(random_state=s).fit(X, y, Xt).calibration_scores_
        for s in (0, 0, 1)
    ]
    np.testing.assert_array_equal(fits[0], fits[1])
    assert not np.array_equal(fits[0], fits[2])
    for seed in range(5):
        model = WeightedConformal(weights=[1, 2, 3], random_state=seed)
        drawn = model.fit(X, y, Xt).calibration_weights_
        _, counts = np.unique(drawn, return_counts=True)
        np.testing.assert_array_equal(counts, [30, 6, 1])
    assert model.predict_set(Xt).shape == (30, 3)


# --- Where the weights come from -----------------------------------------------------------------


@pytest.mark.parametrize(
    "given", ["covariate", LogisticRatio(), ULSIF(), KLIEP()]
)
def test_the_ratio_is_that_of_the_learners_half_and_the_target(given):
    d = make_shift("covariate", 200, 0)
    model = WeightedConformal(weights=given).fit(d.Xs, d.ys, d.Xt)
    held = halves(model, d)
    alone = LogisticRatio() if given == "covariate" else given
    alone.fit_weights(np.delete(d.Xs, held, axis=0), d.Xt)
    np.testing.assert_allclose(
        np.sort(model.calibration_weights_),
        np.sort(alone.ratio(d.Xs[held])),
        rtol=1e-6,
    )


CENTERS = np.array([[0.0, 5.0], [0.0, 0.0], [1.5, 0.0]])
BEFORE, AFTER = [0.6, 0.2, 0.2], [0.1, 0.1, 0.8]


def twins(n, shares, seed):
    """Three classes: one stands alone, the other two are hard to tell apart."""
    rng = np.random.default_rng(seed)
    y = rng.choice(3, n, p=shares)
    return CENTERS[y] + rng.normal(size=(n, 2)), y


def test_label_shift_weighs_classes_by_their_shares():
    (Xs, ys), (Xt, yt) = twins(2000, BEFORE, 0), twins(2000, AFTER, 1)
    true = np.bincount(yt) / np.bincount(ys)
    for given in ("label", LabelShift(method="bbse")):
        model = WeightedConformal(weights=given).fit(Xs, ys, Xt)
        found = np.unique(model.calibration_weights_)
        np.testing.assert_array_equal(np.sort(model.ratio_), found)
        np.testing.assert_allclose(model.ratio_, true, atol=0.3)
    # around the learner that is given, or the one inside a method of the book
    for learner in (KNeighborsClassifier(25), CORAL(KNeighborsClassifier(25))):
        near = WeightedConformal(learner, weights="label").fit(Xs, ys, Xt)
        inside = LabelShift(KNeighborsClassifier(25))
        same = WeightedConformal(learner, weights=inside).fit(Xs, ys, Xt)
        np.testing.assert_array_equal(near.ratio_, same.ratio_)
        assert not np.array_equal(near.ratio_, model.ratio_)


def counted(draw, models, rounds):
    """Return the coverage of every model over fresh targets, (rounds, models)."""
    hits = []
    for seed in range(rounds):
        (Xs, ys), (Xt, _), (X, y) = draw(seed)
        row = []
        for model in models:
            sets = model.fit(Xs, ys, Xt).predict_set(X)
            if sets.dtype == bool:
                row.append(sets[np.arange(len(y)), y].mean())
            else:
                row.append(np.mean((sets[:, 0] <= y) & (y <= sets[:, 1])))
        hits.append(row)
    return np.array(hits)


def covariate_draw(seed, labels):
    d, new = (
        make_shift("covariate", 300, s, labels) for s in (seed, 50_000 + seed)
    )
    return (d.Xs, d.ys), (d.Xt, None), (new.Xt, new.yt)


@pytest.mark.parametrize(
    ("learner", "labels", "lost"),
    [
        (LogisticRegression(), "classes", 0.04),
        (LinearRegression(), "numbers", 0.08),
    ],
)
def test_coverage_under_covariate_shift(learner, labels, lost):
    """Nominal with the true ratio, up to its slack; lost without, or with a part of it."""
    models = [
        WeightedConformal(learner, weights)
        for weights in (
            covariate_ratio,
            None,
            lambda X: np.minimum(covariate_ratio(X), 2),
        )
    ]
    hits = counted(lambda seed: covariate_draw(seed, labels), models, 80)
    true, plain, clipped = hits.mean(axis=0)
    error = 3 * hits[:, 0].std(ddof=1) / np.sqrt(80)
    own = covariate_ratio(covariate_draw(0, labels)[2][0])
    slack = own.max() / models[0].calibration_weights_.sum()
    assert slack < 0.06
    assert 0.9 - error < true < 0.9 + slack + error
    assert plain < 0.9 - lost
    assert plain + 0.01 < clipped < 0.9 - lost / 6


def label_draw(seed):
    return [
        twins(300, shares, 3 * seed + k)
        for k, shares in enumerate((BEFORE, AFTER, AFTER))
    ]


def test_coverage_under_label_shift():
    true_weights = np.divide(AFTER, BEFORE)
    models = [
        WeightedConformal(LinearDiscriminantAnalysis(), w)
        for w in (true_weights, "label", None)
    ]
    hits = counted(label_draw, models, 80)
    true, found, plain = hits.mean(axis=0)
    error = 3 * hits[:, :2].std(axis=0, ddof=1) / np.sqrt(80)
    # of 150 weights of mean one
    slack = true_weights.max() / 150
    assert 0.9 - error[0] < true < 0.9 + slack + error[0]
    assert abs(found - 0.9) < slack + error[1]
    assert plain < 0.86


def test_nothing_without_labels_repairs_a_concept_shift():
    """Weights of either kind move the coverage; none brings it near its name."""

    def draw(seed):
        d, new = (make_shift("conditional", 300, s) for s in (seed, 900 + seed))
        return (d.Xs, d.ys), (d.Xt, None), (new.Xt, new.yt)

    learner = LinearDiscriminantAnalysis()
    models = [WeightedConformal(learner, w) for w in (None, "covariate", "label")]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        hits = counted(draw, models, 20)
    assert hits.mean(axis=0).max() < 0.8


# --- A method of the book as the learner ---------------------------------------------------------


def test_a_method_of_the_book_learns_from_both_domains():
    d = make_shift("target", 400, 0)
    model = WeightedConformal(LabelShift(), weights="label").fit(d.Xs, d.ys, d.Xt)
    assert model.estimator_.target_prior_[1] == pytest.approx(0.15, abs=0.04)
    np.testing.assert_array_equal(
        model.predict(d.Xt), model.estimator_.predict(d.Xt)
    )


# --- Words ---------------------------------------------------------------------------------------


def test_far_samples_get_everything_and_a_word():
    d = make_shift("covariate", 100, 0, labels="numbers")
    far = np.full((10, 2), 9.0)
    X = np.vstack([d.Xt, far])
    model = WeightedConformal(LinearRegression()).fit(d.Xs, d.ys, X)
    with pytest.warns(UserWarning, match=r"(\d+) % of the thresholds are inf"):
        sets = model.predict_set(X)
    whole = np.isinf(sets)
    np.testing.assert_array_equal(sets[whole[:, 0], 0], -np.inf)
    np.testing.assert_array_equal(sets[whole[:, 1], 1], np.inf)
    assert whole[-10:].all()
    assert model.unbounded_share_ == whole[:, 0].mean()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        calm = WeightedConformal(LinearRegression(), weights=None)
        assert calm.fit(d.Xs, d.ys, d.Xt).unbounded_share_ == 0
        assert np.isfinite(calm.predict_set(d.Xt)).all()


def test_too_few_calibration_samples_bound_nothing():
    """Nine samples of equal weights reach 0.9 of ten, eight do not."""
    X = np.arange(18.0)[:, None]
    model = WeightedConformal(DummyRegressor(), weights=None)
    ends = model.fit(X, X[:, 0], X + 0.5).predict_set(X)
    assert np.isfinite(ends).all()
    assert ends[0, 1] - ends[0, 0] == 2 * model.calibration_scores_.max()
    few = model.fit(X[:16], X[:16, 0], X + 0.5)
    assert few.unbounded_share_ == 1
    with pytest.warns(UserWarning, match="100 % of the thresholds"):
        assert np.isinf(few.predict_set(X)).all()


def test_effective_sample_size_is_that_of_the_calibration():
    d = make_shift("covariate", 200, 0)
    model = WeightedConformal(weights=covariate_ratio).fit(d.Xs, d.ys, d.Xt)
    w = model.calibration_weights_
    assert model.effective_sample_size_ == pytest.approx(
        w.sum() ** 2 / np.sum(w**2)
    )
    expected = 100 / np.mean(
        covariate_ratio(make_shift("covariate", 9999).Xs) ** 2
    )
    assert model.effective_sample_size_ == pytest.approx(expected, rel=0.4)


def test_sparse_rows_and_names_of_classes():
    rng = np.random.default_rng(0)
    X, Xt = (rng.poisson(1, (n, 5)).astype(float) for n in (80, 60))
    y = np.where(X[:, 0] + rng.normal(size=80) > 1, "yes", "no")
    a = WeightedConformal().fit(X, y, Xt)
    b = WeightedConformal().fit(sparse.csr_matrix(X), y, sparse.csr_matrix(Xt))
    np.testing.assert_array_equal(
        a.predict_set(Xt), b.predict_set(sparse.csr_matrix(Xt))
    )
    assert list(a.classes_) == ["no", "yes"]
    sure = a.predict_proba(Xt).argmin(axis=1)
    assert a.predict_set(Xt)[sure == 0, 1].mean() > 0.8


def test_words():
    d = make_shift("covariate", 60, 0)
    for learner, weights, message in (
        (Perceptron(), None, "Perceptron has no predict_proba"),
        (LinearRegression(), "label", "weights are those of classes"),
        (LinearRegression(), [1, 2], "weights are those of classes"),
        (None, [1, 2, 3], "weights has 3 entries, the classes of y has 2"),
        (None, [1, -2], "weights has the negative value -2"),
        (None, [0, 0], "all 30 calibration weights are zero"),
        (None, lambda X: X, r"weights has shape \(30, 2\)"),
        (None, KMM(), "'weights' parameter"),
    ):
        with pytest.raises(ValueError, match=message):
            WeightedConformal(learner, weights).fit(d.Xs, d.ys, d.Xt)
    alone = np.where(np.arange(60) == 0, 2, d.ys)
    with pytest.raises(ValueError, match="one sample only"):
        WeightedConformal().fit(d.Xs, alone, d.Xt)
    with pytest.warns(UserWarning, match="got no X_target"):
        model = WeightedConformal().fit(d.Xs, d.ys)
    with pytest.raises(ValueError, match="there are no sets"):
        model.predict_set(d.Xt)


def test_the_ratio_of_normals_that_the_simulation_uses():
    """By which `normal_world` weighs."""
    x = np.linspace(-2, 3, 11)
    np.testing.assert_allclose(norm.pdf(x, 1) / norm.pdf(x, 0), np.exp(x - 0.5))
