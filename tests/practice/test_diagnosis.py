"""Diagnosis: planted shifts are found, each with evidence that has a closed form."""

import warnings

import numpy as np
import pandas as pd
import pytest
from scipy.stats import norm
from sklearn import config_context
from sklearn.kernel_approximation import Nystroem
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC
from small_domains import patients

from tlbook.datasets import make_shift
from tlbook.feature import TCA
from tlbook.instance import LabelShift, LogisticRatio
from tlbook.practice import SourceOnly, _evidence, diagnose
from tlbook.since import LinearOT


def clouds(rng, n, share=0.5, mean=(0, 0), scale=1.0, turned=1):
    """Draw two classes, one of them in two places, so that the whole has a form of its own."""
    y = (rng.random(n) < share).astype(int)
    side = np.where(rng.random(n) < 0.5, -1, 1) * y
    X = rng.standard_normal((n, 2)) * 0.5
    X += np.column_stack([2.0 * side, 2.5 * (y - 0.5)])
    return X * [1, turned] * scale + mean, y


PLANTED = {
    "none": ({}, {}),
    "label": ({"share": 0.7}, {"share": 0.2}),
    "drift": ({}, {"mean": (1.0, -3.0), "scale": 0.6}),
    "subspace": ({"mean": (0, 3)}, {"mean": (0, -3), "turned": -1}),
}


def pair(shift, seed, n=500):
    rng = np.random.default_rng(seed)
    source, target = PLANTED[shift]
    return *clouds(rng, n, **source), *clouds(rng, n, **target)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("shift", PLANTED)
def test_planted_shifts_are_found(shift, seed):
    Xs, ys, Xt, _ = pair(shift, seed)
    assert diagnose(Xs, ys, Xt).shift == shift


@pytest.mark.parametrize("seed", range(3))
def test_a_piece_of_the_source_is_a_covariate_shift(seed):
    Xs, ys, Xt, _ = pair("none", seed, 2000)
    kept = np.abs(Xt[:, 0] - 1) < 0.8
    report = diagnose(Xs, ys, Xt[kept])
    assert report.shift == "covariate"
    assert report.covered > 0.9


def test_two_normal_distributions_fit_a_drift_and_prove_nothing():
    Xs, ys, Xt, _ = make_shift("covariate", 500)
    report = diagnose(Xs, ys, Xt)
    auc, error = report.stories["drift of features"]
    assert auc - 0.5 < 3 * error
    assert report.shift == "covariate"
    assert any("normal distribution" in note for note in report.notes)


def test_domains_that_hardly_meet_are_no_covariate_shift():
    """Among sixty features of noise, one moves by three standard deviations."""
    rng = np.random.default_rng(0)
    Xs, Xt = rng.standard_normal((2, 800, 61))
    Xt[:, 0] += 3
    report = diagnose(Xs, (Xs[:, 1] > 0).astype(int), Xt)
    assert report.covered > 0.8
    assert report.stories["no shift"][0] > 0.95
    assert report.shift == "drift"


def test_all_directions_on_which_the_domains_agree_are_kept():
    """Two features tell the labels and stay, a third is mirrored."""
    rng = np.random.default_rng(0)
    domains = []
    for turn in (1, -1):
        y = rng.integers(0, 4, 800)
        stay = 3.0 * np.column_stack([y % 2, y // 2])
        turned = turn * (4.0 + y)[:, None]
        noise = 0.7 * rng.standard_normal((800, 3))
        domains += [np.hstack([stay, turned]) + noise, y]
    Xs, ys, Xt, _ = domains
    report = diagnose(Xs, ys, Xt)
    assert (report.shift, report.n_components) == ("subspace", 2)


def test_domains_that_no_story_joins_lie_apart():
    rng = np.random.default_rng(0)
    Xs, ys = clouds(rng, 400)
    Xt = np.abs(rng.standard_cauchy((400, 2))) * 3 + 20
    report = diagnose(Xs, ys, Xt)
    assert report.shift == "apart"
    assert report.covered == 0
    assert any("OpenSet" in note for note in report.notes)


@pytest.mark.parametrize("seed", range(3))
def test_an_unknown_reason_leaves_the_learner_as_it_is(seed):
    Xs, ys, Xt, _ = make_shift("rotation", 400, seed)
    report = diagnose(Xs, ys, Xt)
    assert report.shift == "unknown"
    assert isinstance(report.best_estimator(SVC()), SourceOnly)


def test_each_shift_has_its_method():
    learner = LogisticRegression()
    for shift, method in (
        ("none", SourceOnly),
        ("label", LabelShift),
        ("drift", LinearOT),
        ("subspace", TCA),
    ):
        Xs, ys, Xt, yt = pair(shift, 0)
        model = diagnose(Xs, ys, Xt).best_estimator(learner)
        assert type(model) is method
        assert model.estimator is learner
        assert not hasattr(model, "estimator_")
        assert model.fit(Xs, ys, Xt).score(Xt, yt) >= (
            learner.fit(Xs, ys).score(Xt, yt)
        )


def test_the_learner_decides_how_it_is_wrapped():
    Xs, ys, Xt, _ = pair("label", 0)
    report = diagnose(Xs, ys, Xt)
    model = report.best_estimator(SVC())  # without probabilities
    shares = model.fit(Xs, ys, Xt).target_prior_
    assert shares == pytest.approx([0.8, 0.2], abs=0.05)
    Xs, ys, Xt, _ = make_shift("covariate", 500)
    report = diagnose(Xs, ys, Xt)
    weighed = make_pipeline(StandardScaler(), LogisticRegression())
    assert isinstance(report.best_estimator(weighed), LogisticRatio)
    neighbors = make_pipeline(StandardScaler(), KNeighborsClassifier())
    assert isinstance(report.best_estimator(neighbors), SourceOnly)


def test_the_report_prints_and_shows_its_evidence():
    Xs, ys, Xt, _ = pair("label", 1)
    report = diagnose(Xs, np.array(["<no>", "yes"])[ys], Xt)
    text = str(report)
    for name, (auc, _) in report.stories.items():
        least, most = report.intervals[name]
        assert least < auc < most
        assert f"{auc:.2f} ({least:.2f} to {most:.2f})" in text
    assert "LabelShift" in text
    assert "whether the rule" in text
    assert report.target_prior["yes"] == pytest.approx(0.2, abs=0.05)
    least, most = report.prior_intervals["yes"]
    assert least < report.target_prior["yes"] < most
    shown = report._repr_html_()
    assert f"yes: {report.target_prior['yes']:.2f} ({least:.2f}" in shown
    assert "&lt;no&gt;" in shown
    assert "<no>" not in shown
    assert shown.count("<tr>") == len(list(report._rows()))
    assert max(map(len, text.splitlines())) <= 80


def two_answers(Xs, ys, Xt, numbers):
    """Predict by the learner alone, and after the source was moved as a whole."""
    reader = _evidence.reader(2, numbers)
    moved = LinearOT(reader).fit(Xs, ys, Xt).predict(Xt)
    return reader.fit(Xs, ys).predict(Xt), moved


def test_rows_to_label_are_those_on_which_the_answer_differs():
    Xs, ys, Xt, _ = pair("drift", 1)
    rows = diagnose(Xs, ys, Xt).to_label
    alone, moved = two_answers(Xs, ys, Xt, False)
    assert len(rows) == 10
    assert np.all(np.diff(rows) > 0)
    assert np.all((alone != moved)[rows])
    assert np.any(alone == moved)
    Xs, ys, Xt, _ = pair("none", 0)
    assert len(diagnose(Xs, ys, Xt).to_label) == 0


def test_rows_to_label_of_numbers_differ_most():
    rng = np.random.default_rng(0)
    Xs, _ = clouds(rng, 500)
    Xt, _ = clouds(rng, 500, mean=(0, 3))
    rows = diagnose(Xs, Xs[:, 1] ** 3, Xt).to_label
    alone, moved = two_answers(Xs, Xs[:, 1] ** 3, Xt, True)
    most = np.argsort(np.abs(alone - moved))[-10:]
    np.testing.assert_array_equal(rows, np.sort(most))


def test_rows_are_those_of_the_whole_target():
    rng = np.random.default_rng(0)
    Xs, ys = clouds(rng, 3000)
    Xt, _ = clouds(rng, 3000, mean=(1, -3), scale=0.6)
    rows = diagnose(Xs, ys, Xt).to_label
    assert rows.max() > 1500  # not a place among the thousand that were drawn
    assert np.all(Xt[rows, 1] < 0.3)


def test_numbers_have_every_story_but_that_of_classes():
    rng = np.random.default_rng(0)
    Xs, ys = clouds(rng, 500)
    Xt, _ = clouds(rng, 500, mean=(1, -3), scale=0.6)
    report = diagnose(Xs, ys + 0.1 * rng.standard_normal(500), Xt)
    assert report.shift == "drift"
    assert list(report.stories) == ["no shift", "drift of features"]
    assert report.target_prior == {}
    assert type(report.best_estimator(Ridge())) is LinearOT


@pytest.mark.parametrize(
    ("labels", "classes"),
    [
        (lambda rng, n: rng.poisson(20, n).clip(14, 26), True),  # counts
        (lambda rng, n: 20.0 + 5 * rng.integers(0, 12, n), True),  # ages
        (lambda rng, n: rng.integers(1990, 2002, n), True),  # years
        (lambda rng, n: rng.integers(1, 6, n), False),  # ratings
        (lambda rng, n: rng.integers(0, 12, n).astype(str), False),  # codes
    ],
)
def test_whole_numbers_are_classes_with_a_word(labels, classes):
    rng = np.random.default_rng(0)
    Xs, Xt = rng.standard_normal((2, 300, 2))
    ys = labels(rng, 300)
    report = diagnose(Xs, ys, Xt)
    assert len(report.target_prior) == len(np.unique(ys))
    word = f"ys have {len(np.unique(ys))} whole numbers, taken for classes"
    assert any(word in note for note in report.notes) == classes
    if classes:
        report = diagnose(Xs, ys, Xt, numbers=True)
        assert report.target_prior == {}
        assert not any("whole numbers" in note for note in report.notes)


def test_numbers_are_told_by_a_fraction_or_by_a_word():
    rng = np.random.default_rng(0)
    Xs, ys = clouds(rng, 500)
    Xt, _ = clouds(rng, 500, mean=(1, -3), scale=0.6)
    counts = rng.poisson(np.exp(1 + 0.3 * Xs[:, 1]))
    said = diagnose(Xs, counts, Xt, numbers=True)
    assert said.shift == "drift"
    model = said.best_estimator(Ridge()).fit(Xs, counts, Xt)
    assert np.any(model.predict(Xt) % 1 > 0)
    assert diagnose(Xs, counts + 0.5, Xt).target_prior == {}
    assert diagnose(Xs, ys + 0.0, Xt).target_prior != {}
    with pytest.raises(ValueError, match=r"Ridge predicts numbers.*numbers=True"):
        diagnose(Xs, ys, Xt).best_estimator(Ridge())


def test_notes_name_what_else_the_data_ask_for():
    Xs, ys, Xt, _ = pair("none", 0, 40)
    report = diagnose(Xs * [1, 1e6], ys, Xt * [1, 1e6])
    assert any("StandardScaler" in note for note in report.notes)
    assert any("fewer than 50 rows" in note for note in report.notes)
    rng = np.random.default_rng(0)
    Xs, ys = clouds(rng, 500)
    Xt, _ = clouds(rng, 500, share=0.0)
    notes = diagnose(Xs, ys, Xt).notes
    assert any("class 1 may be absent" in note for note in notes)


# --- The evidence ------------------------------------------------------------------------------


@pytest.mark.parametrize("gap", [0.0, 0.5, 1.5])
def test_area_is_that_of_two_normal_distributions(gap):
    """P(N(0, 1) < N(gap, 1)) = Phi(gap / sqrt 2)."""
    rng = np.random.default_rng(0)
    A, T = rng.standard_normal((1500, 1)), rng.standard_normal((1000, 1)) + gap
    auc, error, _ = _evidence.told_apart(A, T, np.ones(1500))
    assert auc == pytest.approx(norm.cdf(gap / np.sqrt(2)), abs=3 * error)
    assert error == pytest.approx(np.sqrt(2501 / (12 * 1500 * 1000)))


def test_a_share_below_is_counted():
    a, w = np.array([2.0, 0.0, 1.0, 1.0]), np.array([1.0, 2.0, 3.0, 4.0])
    at = np.array([-1.0, 0.0, 1.0, 1.5, 3.0])
    weight = (at[:, None] > a) + 0.5 * (at[:, None] == a)
    np.testing.assert_allclose(_evidence.below(a, w, at), weight @ w / 10)


def test_spread_counts_the_samples_and_what_was_learned(monkeypatch):
    """Of given scores: variances of placements and of their differences, by all pairs."""
    rng = np.random.default_rng(0)
    g, other, third = (
        np.concatenate([rng.normal(0.5, 1, 30), rng.normal(0, 1, 40)])
        for _ in range(3)
    )
    w = rng.random(40)
    monkeypatch.setattr(_evidence, "held_out", lambda *_: (g, None))
    monkeypatch.setattr(_evidence, "judged_twice", lambda *_: (other, third))
    A, T = rng.normal(0, 1, (40, 1)), rng.normal(0, 1, (30, 1))
    auc, _, scores = _evidence.told_apart(A, T, w)

    def placed(s):
        wins = s[:30, None] > s[30:]  # (nt, na)
        return wins @ w / w.sum(), wins.mean(axis=0)

    of_t, of_a = placed(g)
    assert auc == pytest.approx(of_t.mean())
    v = w / w.sum()
    variance = sum((of_t - auc) ** 2) / 29 / 30 + sum((v * (of_a - auc)) ** 2)
    (t1, a1), (t2, a2) = placed(other), placed(third)
    learned = np.mean((t1 - t2) ** 2) / 30 + sum(v**2 * (a1 - a2) ** 2)
    variance += 5 / 4 * learned / 2
    least, most = _evidence.area_interval(A, T, w, scores)
    middle, half = np.log(auc / (1 - auc)), 1.96 / (auc * (1 - auc))
    half *= np.sqrt(variance)
    assert np.log(least / (1 - least)) == pytest.approx(middle - half)
    assert np.log(most / (1 - most)) == pytest.approx(middle + half)


def test_who_judges_a_sample_twice_has_not_seen_it(monkeypatch):
    """Each of three parts is judged by what the two others have taught, one by one."""

    class Known:
        def __init__(self, X, from_A, w):
            assert len(set(from_A)) == 2  # both sides are learned from
            (self.part,) = set(X[:, 0])

        def decision_function(self, X):
            assert self.part not in X[:, 0]
            return np.full(len(X), self.part)

    monkeypatch.setattr(_evidence, "fitted", Known)
    parts = np.arange(12) % 3, np.arange(9) % 3
    A, B = (part[:, None].astype(float) for part in parts)
    twice = _evidence.judged_twice(A, B, (np.ones(12), np.ones(9)), parts)
    part = np.concatenate(parts)
    found = np.sort([part, *twice], axis=0)
    np.testing.assert_array_equal(found, [[0] * 21, [1] * 21, [2] * 21])


AREAS = {  # columns, move of the target in each, rows of both
    "alike": (5, 0.0, 50, 50),
    "moved": (5, 0.4, 100, 100),
    "far": (5, 1.0, 50, 50),
    "few": (2, 0.7, 20, 20),
    "unequal": (2, 0.4, 40, 200),
    "one column": (1, 2.0, 150, 150),
}


@pytest.fixture(scope="module")
def tried():
    """Areas and intervals of thirty draws of each world."""
    found = {}
    for name, (d, move, na, nt) in AREAS.items():
        rows = []
        for seed in range(30):
            rng = np.random.default_rng(seed)
            A = rng.standard_normal((na, d))
            T = rng.standard_normal((nt, d)) + move
            auc, _, scores = _evidence.told_apart(A, T, np.ones(na))
            interval = _evidence.area_interval(A, T, np.ones(na), scores)
            rows.append((auc, *interval))
        found[name] = np.array(rows).T
    return found


def test_intervals_of_areas_hold_them_as_often_as_they_say(tried):
    """The area that such fits have on average; without what is learned, 82 % do."""
    inside = [
        (least < auc.mean()) & (auc.mean() < most)
        for auc, least, most in tried.values()
    ]
    assert 0.92 < np.mean(inside) < 0.99
    assert np.mean(inside, axis=1).min() > 0.85


def test_intervals_of_areas_are_no_wider_than_they_must_be(tried):
    """Where the classifier hardly depends on its sample, learning adds little."""
    for auc, least, most in tried.values():
        assert np.mean(most - least) / 2 < 1.4 * 1.96 * auc.std(ddof=1)
    auc, least, most = tried["one column"]
    if_alike = np.sqrt(301 / (12 * 150**2))
    assert np.mean(most - least) / 2 < 0.7 * 1.96 * if_alike


def test_domains_told_apart_surely_leave_a_doubt():
    """As the rule of three says: of m samples none, so 3 / m may be."""
    rng = np.random.default_rng(0)
    A, T = rng.standard_normal((40, 2)), rng.standard_normal((30, 2)) + 50
    auc, _, scores = _evidence.told_apart(A, T, np.ones(40))
    least, most = _evidence.area_interval(A, T, np.ones(40), scores)
    assert auc == most == 1
    assert least == pytest.approx(1 - 3 / 30, abs=0.02)


def test_weights_count_as_copies_do():
    """Rows of weight 0 do not count, and the true ratio makes the domains alike."""
    rng = np.random.default_rng(1)
    A, T = rng.normal(0, 1, (3000, 1)), rng.normal(0.7, 1, (1500, 1))
    ratio = np.exp(0.7 * A[:, 0] - 0.7**2 / 2)
    auc, error, _ = _evidence.told_apart(A, T, ratio)
    assert auc == pytest.approx(0.5, abs=3 * error)
    size = ratio.sum() ** 2 / np.sum(ratio**2)
    assert error == pytest.approx(np.sqrt((size + 1501) / (12 * size * 1500)))
    assert _evidence.told_apart(A, T, np.ones(3000))[0] > 0.6
    # their unit does not matter
    assert _evidence.told_apart(A, T, 100 * ratio)[0] == pytest.approx(
        auc, abs=0.01
    )


def test_the_classifier_learns_with_the_weights():
    """Two places, equally frequent in both; weights make the first 3/4 of A."""
    A = B = (np.arange(400) % 2)[:, None].astype(float)
    pair_of_weights = np.where(A[:, 0] == 0, 3.0, 1.0), np.ones(400)
    fold = np.repeat(np.arange(5), 80)
    scores, _ = _evidence.held_out(A, B, pair_of_weights, (fold, fold))
    expected = np.where(A[:, 0] == 0, np.log(1.5), np.log(0.5))
    np.testing.assert_allclose(scores, np.tile(expected, 2), atol=0.1)


def test_level_of_no_shift():
    """Of draws from one distribution few are called shifted."""
    rng = np.random.default_rng(0)
    z = []
    for _ in range(60):
        A, T = rng.standard_normal((2, 150, 3))
        auc, error, _ = _evidence.told_apart(A, T, np.ones(150))
        z.append((auc - 0.5) / error)
    assert np.mean(np.array(z) > 3) <= 0.02
    assert abs(np.mean(z)) < 0.5
    pairs = [pair("none", seed, 200) for seed in range(20)]
    assert {diagnose(Xs, ys, Xt).shift for Xs, ys, Xt, _ in pairs} == {"none"}


def test_the_nearer_story_has_the_sign_of_the_likelihood_ratio():
    rng = np.random.default_rng(0)
    noise, T = rng.standard_normal((2, 1500, 1))
    one = np.ones(1500)
    for shift in (0.5, 1.0):
        near, far = noise + 0.1, noise + 0.1 + shift
        assert _evidence.nearer(near, far, (one, one), T) > 3
        assert _evidence.nearer(far, near, (one, one), T) < -3


def test_covered_share_of_a_uniform_square():
    """Half of the target lies outside the square of the source."""
    rng = np.random.default_rng(0)
    Xs = rng.random((2000, 2))
    Xt = rng.random((2000, 2)) * [2, 1]
    assert _evidence.covered(Xs, Xt) == pytest.approx(0.5 * 0.95, abs=0.04)
    assert _evidence.covered(Xs, rng.random((2000, 2))) == (
        pytest.approx(0.95, abs=0.02)
    )
    assert _evidence.covered(Xs * [1, 1e5], Xt * [1, 1e5]) == (
        pytest.approx(_evidence.covered(Xs, Xt))
    )


def test_a_normal_distribution_has_no_form():
    rng = np.random.default_rng(0)
    X = rng.standard_normal((800, 2)) @ [[2, 1], [0, 0.5]] + [5, 0]
    assert not _evidence.has_form(X)
    assert _evidence.has_form(clouds(rng, 800)[0])


def test_moments_are_those_of_the_target():
    Xs, _, Xt, _ = pair("drift", 0)
    moved = _evidence.moments_matched(Xs, Xt)
    np.testing.assert_allclose(moved.mean(axis=0), Xt.mean(axis=0))
    np.testing.assert_allclose(
        np.cov(moved.T), np.cov(Xt.T), rtol=0.01, atol=0.01
    )


def test_two_runs_agree():
    Xs, ys, Xt, _ = pair("subspace", 0)
    assert str(diagnose(Xs, ys, Xt)) == str(diagnose(Xs, ys, Xt))


def test_twelve_rows_are_judged_without_a_foreign_warning():
    """Fewer rows than landmarks: all of them are landmarks."""
    Xs, ys, Xt, _ = pair("label", 0, 12)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        report = diagnose(Xs, ys, Xt)
    assert any("fewer than 50 rows" in note for note in report.notes)
    small = _evidence.Landmarks(gamma=0.5, n_components=100, random_state=0)
    whole = Nystroem(gamma=0.5, n_components=12, random_state=0)
    np.testing.assert_array_equal(
        small.fit_transform(Xs), whole.fit_transform(Xs)
    )
    assert small.n_components == 100


def test_metadata_routing_changes_nothing():
    Xs, ys, Xt, _ = pair("label", 0, 200)
    plain = diagnose(Xs, ys, Xt)
    with config_context(enable_metadata_routing=True):
        assert str(diagnose(Xs, ys, Xt)) == str(plain)


def test_source_only_is_the_learner_on_the_source():
    Xs, ys, Xt, _ = pair("drift", 0)
    model = SourceOnly(LogisticRegression()).fit(Xs, ys, Xt)
    np.testing.assert_array_equal(
        model.predict(Xt), LogisticRegression().fit(Xs, ys).predict(Xt)
    )


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            lambda Xs, ys, Xt: (Xs, np.arange(len(ys)), Xt),
            r"class 0 of ys has one sample only.*numbers=True",
        ),
        (
            lambda Xs, ys, Xt: (Xs, np.array(["a", *"bc" * 29, "c"]), Xt),
            r"class a of ys has one sample only.*leave it out",
        ),
        (lambda Xs, ys, Xt: (Xs, ys[:-1], Xt), r"ys has \d+ entries, Xs has"),
        (lambda Xs, ys, Xt: (Xs, np.zeros(len(ys)), Xt), "class"),
        (lambda Xs, ys, Xt: (Xs[:9], ys[:9], Xt), "at least 10"),
        (lambda Xs, ys, Xt: (Xs, ys, Xt[:, :1]), "1 feature"),
        (lambda Xs, ys, Xt: (Xs, ys, np.full_like(Xt, np.nan)), "NaN"),
        (lambda Xs, ys, Xt: (Xs, ys * np.nan, Xt), "NaN"),
        (
            lambda Xs, ys, Xt: (Xs, ys, np.full(Xt.shape, "a")),
            "text|numbers|float",
        ),
    ],
)
def test_what_cannot_be_judged_is_refused(change, message):
    Xs, ys, Xt, _ = pair("none", 0, 60)
    with pytest.raises(ValueError, match=message):
        diagnose(*change(Xs, ys, Xt))


def test_directions_that_tell_no_labels_are_no_subspace():
    """The domains agree on a feature of noise; the one that tells the labels is mirrored."""
    rng = np.random.default_rng(0)
    domains = []
    for turn in (1, -1):
        y = (rng.random(500) < 0.25).astype(int)
        stays = 3.0 * rng.choice([-1, 1], 500) + 0.6 * rng.standard_normal(500)
        told = 4.5 - 3.0 * y + 0.6 * rng.standard_normal(500)
        domains += [np.column_stack([stays, turn * told]), y]
    Xs, ys, Xt, _ = domains
    report = diagnose(Xs, ys, Xt)
    assert (report.shift, report.n_components) == ("apart", 0)


def test_a_rare_class_of_a_large_table():
    rng = np.random.default_rng(0)
    X, Xt = rng.standard_normal((2, 6000, 3))
    y = np.where(X[:, 0] > 0, "a", "b").astype(object)
    y[:8] = "rare"  # of a thousand rows drawn, one or two
    y[8:10] = "rarest"
    report = diagnose(X, y, Xt)
    assert set(report.target_prior) == {"a", "b", "rare", "rarest"}
    assert report.target_prior["rarest"] < 0.02
    y[9] = "a"
    with pytest.raises(
        ValueError, match=r"class rarest of ys .* one sample only"
    ):
        diagnose(X, y, Xt)


def test_a_column_that_a_scaler_overflowed_is_named():
    Xs, ys = patients(0)
    Xs = StandardScaler().fit_transform(
        Xs[["age"]].assign(h=np.linspace(0, 1e300, 60))
    )
    with pytest.raises(
        ValueError, match=r"NaN in column 1 \(60 of 60 rows\).*too large"
    ):
        diagnose(Xs, ys, Xs)


def test_rows_and_labels_that_are_too_few_are_named():
    (Xs, ys), (Xt, _) = patients(0), patients(1)
    Xs, Xt = Xs[["age", "crp"]], Xt[["age", "crp"]]
    with pytest.raises(ValueError, match="3 samples; at least 10"):
        diagnose(Xs, ys, Xt[:3])
    alone = np.array(["rare", *ys[1:]])
    with pytest.raises(ValueError, match="class rare of ys has one sample only"):
        diagnose(Xs, alone, Xt)
    gap = pd.Series(ys, dtype=object)
    gap[3] = None
    with pytest.raises(ValueError, match="the first is row 3"):
        diagnose(Xs, gap, Xt)
    flags = pd.Series(ys == "sick", dtype="boolean")
    assert set(diagnose(Xs, flags, Xt).target_prior) == {False, True}
