"""Is there a shift: p by enumeration, levels by simulation, sizes by closed forms."""

import itertools
import math

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from small_domains import both, patients

from tlbook.discrepancy import mmd2
from tlbook.practice import classifier_test, marginal_tests, mmd_test
from tlbook.practice.is_there_a_shift import areas, chi_square, holm

LINE = LogisticRegression()


def pair(seed, ns=40, nt=30, d=3, shift=0.0):
    rng = np.random.default_rng(seed)
    return rng.normal(size=(ns, d)), rng.normal(size=(nt, d)) + shift


def within(share, n, expected=0.05):
    """Tell whether a share of n draws is one that chance gives in 998 of 1000 cases."""
    low, high = stats.binom.ppf([0.001, 0.999], n, expected)
    return low <= share * n <= high


# --- The kernel test -----------------------------------------------------------------------------


def test_mmd_of_all_splits():
    """Four and four samples have 70 splits: p is their share, and no other value occurs."""
    Xs, Xt = pair(3, 4, 4, 2, shift=0.7)
    Z = np.concatenate([Xs, Xt])
    every = []
    for chosen in itertools.combinations(range(8), 4):
        rest = [i for i in range(8) if i not in chosen]
        every.append(mmd2(Z[rest], Z[list(chosen)], 0.3))
    exact = np.mean(np.array(every) >= mmd2(Xs, Xt, 0.3) - 1e-12)
    assert 0.05 < exact < 0.5
    test = mmd_test(Xs, Xt, gamma=0.3, n_permutations=20_000)
    assert test.statistic == pytest.approx(float(mmd2(Xs, Xt, 0.3)))
    error = math.sqrt(exact * (1 - exact) / 20_000)
    assert test.pvalue == pytest.approx(exact, abs=4 * error)
    far = np.abs(test.null[:, None] - np.array(every)).min(axis=1)
    assert far.max() < 1e-12
    assert test.null.mean() == pytest.approx(np.mean(every), rel=0.02)


def test_mmd_of_unequal_domains_and_p_by_hand():
    Xs, Xt = pair(0, 9, 5)
    test = mmd_test(Xs, Xt, n_permutations=19)
    assert test.statistic == pytest.approx(float(mmd2(Xs, Xt, test.gamma)))
    larger = sum(t >= test.statistic for t in test.null)
    assert test.pvalue == pytest.approx((1 + larger) / 20)
    sigma2 = 1 / (2 * test.gamma)
    Z = np.concatenate([Xs, Xt])
    D = [((a - b) ** 2).sum() for a, b in itertools.combinations(Z, 2)]
    assert sigma2 == pytest.approx(np.median(D))


def test_mmd_of_two_normals_is_its_closed_form():
    """The mean over draws; the products of a sample with itself add (1 - w) / n each."""
    shift, d, gamma = 0.6, 2, 0.4
    wide = 1 + 4 * gamma
    w = wide ** (-d / 2)
    truth = 2 * w * (1 - math.exp(-gamma * d * shift**2 / wide))
    tests = [
        mmd_test(*pair(seed, 200, 150, d, shift), gamma, n_permutations=19)
        for seed in range(60)
    ]
    found = np.array([test.statistic for test in tests])
    error = found.std(ddof=1) / math.sqrt(60)
    assert error < 0.05 * truth
    expected = truth + (1 - w) * (1 / 200 + 1 / 150)
    assert found.mean() == pytest.approx(expected, abs=3 * error)
    assert {test.pvalue for test in tests} == {1 / 20}


def test_equal_samples_have_p_one():
    Xs, _ = pair(0)
    assert mmd_test(Xs, Xs, n_permutations=99).pvalue == 1


def test_single_precision_changes_nothing():
    Xs, Xt = (Z.astype(np.float32) for Z in pair(0, 10, 10))
    a = mmd_test(Xs, Xt, 0.5, 50)
    b = mmd_test(Xs.astype(float), Xt.astype(float), 0.5, 50)
    np.testing.assert_array_equal(a.null, b.null)


# --- The classifier ------------------------------------------------------------------------------


def test_areas_with_ties():
    rng = np.random.default_rng(0)
    scores = rng.integers(0, 5, 30)
    labels = rng.random((30, 6)) < 0.4
    expected = [roc_auc_score(one, scores) for one in labels.T]
    np.testing.assert_allclose(areas(scores, labels), expected)


def test_p_of_the_smallest_samples():
    """Five and five: four folds judge one pair each; four right pairs are 1 of 16."""
    Xs, Xt = pair(0, 5, 5, 1)
    test = classifier_test(Xs, Xt + 20, LINE, n_permutations=20_000)
    assert test.statistic == 1
    assert test.pvalue == pytest.approx(1 / 16, abs=0.007)
    counts = np.bincount((4 * test.null).round().astype(int)) / 20_000
    np.testing.assert_allclose(counts, np.array([1, 4, 6, 4, 1]) / 16, atol=0.02)


def test_p_of_two_pairs_a_fold():
    """Two and two in each of four folds: 6 splits each, one of them perfect."""
    Xs, Xt = pair(0, 10, 10, 1)
    test = classifier_test(Xs, Xt + 20, LINE, n_permutations=60_000)
    assert test.pvalue == pytest.approx(6**-4, abs=5e-4)


def test_area_of_two_normals_is_its_closed_form():
    Xs, Xt = pair(0, 3000, 3000, 2, shift=0.5)
    truth = stats.norm.cdf(0.5 * math.sqrt(2) / math.sqrt(2))
    assert classifier_test(Xs, Xt, LINE, 9).statistic == pytest.approx(
        truth, abs=0.02
    )
    # a change of spread: no straight border sees it, the default does
    wide = 2 * pair(1, 3000, 3000, 2)[1]
    assert classifier_test(Xs, wide, LINE, 9).statistic < 0.53
    assert classifier_test(Xs, wide, None, 9).statistic > 0.7


class Diary(ClassifierMixin, BaseEstimator):
    """Notes the rows it learns from and judges, by their one feature."""

    pages = []

    def fit(self, X, y):
        self.classes_ = np.unique(y)
        self.page = [set(X[:, 0]), None, dict(zip(X[:, 0], y))]
        Diary.pages.append(self.page)
        return self

    def decision_function(self, X):
        self.page[1] = set(X[:, 0])
        return X[:, 0]


def test_who_learns_from_whom():
    Diary.pages.clear()
    Xs, Xt = np.arange(23.0)[:, None], np.arange(23.0, 60)[:, None]
    test = classifier_test(Xs, Xt, Diary(), 9)
    forward, crossed = Diary.pages[:4], Diary.pages[4:]
    assert len(crossed) == 5
    folds = [forward[0][0], *(judged for _, judged, _ in forward)]
    assert sorted(set.union(*folds)) == list(range(60))
    assert sum(map(len, folds)) == 60
    for k, (learned, judged, labels) in enumerate(forward, start=1):
        assert judged == folds[k]
        assert learned == set.union(*folds[:k])
        assert labels == {row: row >= 23 for row in learned}
    for fold, (learned, judged, _) in zip(folds, crossed):
        assert judged == fold
        assert learned == set(range(60)) - fold
    for fold in folds:
        assert sum(row < 23 for row in fold) in (4, 5)
        assert sum(row >= 23 for row in fold) in (7, 8)
    # the scores here are the features
    np.testing.assert_array_equal(test.source_scores, Xs[:, 0])
    np.testing.assert_array_equal(test.target_scores, Xt[:, 0])
    assert list(test.most_like_target[:3]) == [22, 21, 20]
    assert list(test.least_like_source[:3]) == [36, 35, 34]
    assert test.statistic == 1


def test_planted_samples_are_named():
    Xs, Xt = pair(0, 100, 100, 4)
    Xt[:20] += 4
    Xs[:3] += 4
    test = classifier_test(Xs, Xt)
    assert set(test.most_like_target[:3]) == {0, 1, 2}
    assert np.mean(test.least_like_source[:20] < 20) > 0.9


@pytest.mark.parametrize("learner", [GaussianNB(), KNeighborsClassifier(5)])
def test_probabilities_do_as_well(learner):
    Xs, Xt = pair(0, 60, 60, 2, shift=1.0)
    assert classifier_test(Xs, Xt, learner, 99).pvalue == 0.01


# --- One feature at a time -----------------------------------------------------------------------


def test_numbers_are_compared_by_their_distribution_functions():
    Xs, Xt = pair(0, 50, 37, 2, shift=0.4)
    tests = marginal_tests(Xs, Xt)
    for k in range(2):
        at = np.concatenate([Xs[:, k], Xt[:, k]])
        gaps = [abs(np.mean(Xs[:, k] <= x) - np.mean(Xt[:, k] <= x)) for x in at]
        assert tests.statistic[k] == pytest.approx(max(gaps))
        expected = stats.ks_2samp(Xs[:, k], Xt[:, k]).pvalue
        assert tests.pvalues[k] == pytest.approx(expected)
    np.testing.assert_array_equal(tests.distance, tests.statistic)
    np.testing.assert_array_equal(tests.corrected, holm(tests.pvalues))
    assert tests.pvalue == tests.corrected.min()


def test_chi_square_is_that_of_scipy():
    rng = np.random.default_rng(0)
    a, b = (
        rng.choice(list("xyz"), n, p=p)
        for n, p in ((150, [0.5, 0.3, 0.2]), (90, [0.4, 0.3, 0.3]))
    )
    table = [[np.sum(one == c) for c in "xyz"] for one in (a, b)]
    expected = stats.chi2_contingency(table, correction=False)
    X2, distance, p = chi_square(a, b)
    assert pytest.approx(expected.statistic) == X2
    assert p == pytest.approx(expected.pvalue)
    shares = np.array(table) / [[150], [90]]
    assert distance == pytest.approx(np.abs(shares[0] - shares[1]).sum() / 2)


def test_rare_categories_are_counted_exactly():
    """All tables with these margins, by their probabilities."""
    a, b = np.repeat(["x", "y", "z"], [6, 1, 3]), np.repeat(["x", "z"], [2, 5])
    margins, ns = np.array([8, 1, 8]), 10
    E = margins * ns / 17

    def statistic(O):
        rest = margins - O
        return np.sum((O - E) ** 2 / E) + np.sum(
            (rest - (margins - E)) ** 2 / (margins - E)
        )

    exact, observed = 0.0, statistic(np.array([6, 1, 3]))
    for x, y in itertools.product(range(9), range(2)):
        O = np.array([x, y, ns - x - y])
        if 0 <= O[2] <= 8 and statistic(O) >= observed - 1e-9:
            exact += stats.multivariate_hypergeom.pmf(O, margins, ns)
    assert 0.1 < exact < 0.9
    X2, _, p = chi_square(a, b)
    assert pytest.approx(observed) == X2
    assert p == pytest.approx(exact, abs=4 * math.sqrt(0.25 / 9999))
    # the usual distribution is far off here
    assert abs(stats.chi2.sf(X2, 2) - p) > 0.01


def test_one_category_says_nothing():
    assert chi_square(np.zeros(20), np.zeros(30)) == (0, 0, 1)


def test_holm_by_hand():
    np.testing.assert_allclose(
        holm(np.array([0.04, 0.01, 0.03, 0.02])), [0.06, 0.04, 0.06, 0.06]
    )
    np.testing.assert_allclose(holm(np.array([0.7, 0.9])), [1, 1])
    np.testing.assert_allclose(holm(np.array([0.2, 0.001])), [0.2, 0.002])


def hospital(n, seed, age=50.0, gap=0.1, ward=(0.5, 0.3, 0.2)):
    rng = np.random.default_rng(seed)
    table = pd.DataFrame(
        {
            "age": rng.normal(age, 10, n),
            "ward": rng.choice(["north", "south", "west"], n, p=ward),
            "dose": rng.choice([1, 2, 3], n),
            "smokes": rng.random(n) < 0.3,
            "lactate": rng.normal(size=n),
        }
    )
    table["dose"] = table["dose"].astype("category")
    table.loc[rng.random(n) < gap, "lactate"] = np.nan
    table.loc[rng.random(n) < 0.1, "ward"] = None
    return table


def test_a_table_of_words_numbers_and_gaps():
    names = ["age", "ward", "ward", "dose", "smokes", "lactate", "lactate"]
    kinds = ["numbers", "words", "missing", "words", "numbers", "numbers"]
    still = marginal_tests(hospital(300, 0), hospital(200, 1))
    assert still.features == names
    assert still.kinds == [*kinds, "missing"]
    assert still.shifted() == []
    changed = {
        "age": (("age", "numbers"), {"age": 56.0}),
        "ward": (("ward", "words"), {"ward": (0.2, 0.3, 0.5)}),
        "gap": (("lactate", "missing"), {"gap": 0.4}),
    }
    for row, change in changed.values():
        tests = marginal_tests(hospital(300, 0), hospital(200, 1, **change))
        assert tests.shifted() == [row]
        assert (tests.pvalues[tests.corrected > 0.05] > 0.01).all()
    # values are compared without the gaps, gaps without the values
    a, b = hospital(300, 0), hospital(200, 1, gap=0.4)
    D, p = stats.ks_2samp(a["lactate"].dropna(), b["lactate"].dropna())
    tests = marginal_tests(a, b)
    assert (tests.statistic[5], tests.pvalues[5]) == pytest.approx((D, p))
    share = b["lactate"].isna().mean() - a["lactate"].isna().mean()
    assert tests.distance[6] == pytest.approx(share)


def test_a_column_without_a_value_has_gaps_only():
    Xs, Xt = pair(0, 40, 30, 2)
    Xt[:, 1] = np.nan
    tests = marginal_tests(Xs, Xt)
    assert tests.kinds == ["numbers", "numbers", "missing"][::2]
    assert tests.distance[1] == 1
    assert marginal_tests(np.full((5, 1), None), [[None]] * 4).pvalue == 1


def test_two_values_are_a_table_and_three_are_not():
    rng = np.random.default_rng(0)
    a, b = rng.integers(0, 2, (200, 1)), rng.integers(0, 2, (150, 1))
    X2 = stats.chi2_contingency(
        [np.bincount(a[:, 0]), np.bincount(b[:, 0])], correction=False
    )
    tests = marginal_tests(a, b)
    assert tests.pvalues[0] == pytest.approx(X2.pvalue)
    assert marginal_tests(a == 1, b == 1).pvalue == tests.pvalue
    a[0] = 2
    assert marginal_tests(a, b).pvalues[0] == pytest.approx(
        stats.ks_2samp(a[:, 0], b[:, 0]).pvalue
    )


# --- Level and power -----------------------------------------------------------------------------

TESTS = {
    "mmd": lambda Xs, Xt, **more: mmd_test(Xs, Xt, None, 99, **more),
    "line": lambda Xs, Xt, **more: classifier_test(Xs, Xt, LINE, 99, **more),
    "neighbors": lambda Xs, Xt, **more: classifier_test(
        Xs, Xt, KNeighborsClassifier(3), 99, **more
    ),
    "marginal": marginal_tests,
}


@pytest.mark.parametrize("name", TESTS)
def test_level(name):
    """400 draws without a shift: a test of level 0.05 rejects 5 of 100, within chance."""
    p = np.array(
        [TESTS[name](*pair(seed, 30, 25, 4)).pvalue for seed in range(400)]
    )
    assert within(np.mean(p <= 0.05), 400)
    if name != "marginal":  # after correction p is often one
        assert stats.kstest(p, "uniform").pvalue > 0.001


def test_level_of_words_and_gaps():
    p = np.array(
        [
            marginal_tests(hospital(40, seed), hospital(30, 9000 + seed)).pvalue
            for seed in range(200)
        ]
    )
    # rare counts and few values: a little below, never above
    assert np.mean(p <= 0.05) * 200 <= stats.binom.ppf(0.999, 200, 0.05)
    assert np.mean(p <= 0.3) > 0.1


@pytest.mark.parametrize("name", TESTS)
def test_power_grows_with_the_shift(name):
    found = [
        np.mean(
            [
                TESTS[name](*pair(seed, 30, 25, 4, shift)).pvalue <= 0.05
                for seed in range(60)
            ]
        )
        for shift in (0.0, 0.5, 1.2)
    ]
    assert found[0] < 0.16
    assert found[1] > found[0] + 0.1
    assert found[2] > 0.9


@pytest.mark.parametrize("name", ["mmd", "line"])
def test_groups_restore_the_level(name):
    """Twelve things a domain, four rows of each: row by row the level is lost."""
    by_rows, by_groups = [], []
    ids = np.repeat(np.arange(12), 4)
    for seed in range(200):
        rng = np.random.default_rng(seed)
        Xs, Xt = (
            rng.normal(size=(12, 2))[ids] + 0.3 * rng.normal(size=(48, 2))
            for _ in range(2)
        )
        by_rows.append(TESTS[name](Xs, Xt).pvalue)
        by_groups.append(TESTS[name](Xs, Xt, groups=(ids, 100 + ids)).pvalue)
    assert np.mean(np.array(by_rows) <= 0.05) > 0.2
    assert within(np.mean(np.array(by_groups) <= 0.05), 200)


def test_groups_move_whole():
    """Three and two groups of other sizes have ten splits, of which each is met."""
    Xs, Xt = pair(0, 9, 6, 2)
    groups = np.repeat([5, 3, 8], [2, 3, 4]), np.array(list("aaaabb"))
    groups = groups[0].astype(str), groups[1]
    Z, all_groups = np.concatenate([Xs, Xt]), np.concatenate(groups)
    every = set()
    for chosen in itertools.combinations("583ab", 2):
        of_target = np.isin(all_groups, chosen)
        every.add(round(float(mmd2(Z[~of_target], Z[of_target], 0.3)), 10))
    test = mmd_test(Xs, Xt, 0.3, 400, groups=groups)
    assert {round(t, 10) for t in test.null} == every
    rows = tuple(np.arange(len(X)) + 50 * k for k, X in enumerate((Xs, Xt)))
    alone = mmd_test(Xs, Xt, 0.3, 99)
    assert mmd_test(Xs, Xt, 0.3, 99, groups=rows).pvalue == alone.pvalue


def test_groups_stay_in_a_fold():
    Diary.pages.clear()
    Xs, Xt = np.arange(30.0)[:, None], np.arange(30.0, 60)[:, None]
    ids = np.arange(60) // 3
    classifier_test(Xs, Xt, Diary(), 9, groups=(ids[:30], ids[30:]))
    for learned, judged, _ in Diary.pages:
        assert not {row // 3 for row in learned} & {row // 3 for row in judged}


# --- Words ---------------------------------------------------------------------------------------


def test_seeds_repeat():
    Xs, Xt = pair(0, shift=0.3)
    for test in (mmd_test, classifier_test):
        a, b, c = (test(Xs, Xt, random_state=s).null for s in (0, 0, 1))
        np.testing.assert_array_equal(a, b)
        assert not np.array_equal(a, c)


def test_results_print():
    Xs, Xt = pair(0, shift=2)
    assert str(mmd_test(Xs, Xt)).endswith("p = 0.001 (999 permutations)")
    assert str(classifier_test(Xs, Xt)).startswith("AUC = 0.9")
    tests = marginal_tests(*pair(0, d=13))
    lines = str(tests).splitlines()
    assert len(lines) == 12
    assert lines[-1] == "... and 3 more"
    assert lines[1].split()[0] == str(np.argmin(tests.pvalues))
    assert max(map(len, lines)) <= 82


def test_words():
    Xs, Xt = pair(0)
    for call, message in (
        (lambda: mmd_test(Xs, Xt[:1]), "1 samples; at least 2 are needed"),
        (lambda: classifier_test(Xs[:4], Xt), "4 samples; at least 5"),
        (lambda: mmd_test(Xs, Xt, n_permutations=0), "n_permutations must be"),
        (lambda: classifier_test(Xs, Xt, None, 0), "n_permutations must be"),
        (
            lambda: mmd_test(Xs, Xt, groups=(range(40), range(50, 79))),
            r"groups of Xt .* shape \(29,\); it has 30",
        ),
        (
            lambda: mmd_test(Xs, Xt, groups=(range(40), range(30))),
            "30 groups stand in both domains",
        ),
        (
            lambda: classifier_test(
                Xs, Xt, groups=(range(40), 50 + np.arange(30) % 4)
            ),
            "a domain has 4 groups; at least 5",
        ),
    ):
        with pytest.raises(ValueError, match=message):
            call()


# --- Odd tables: each passes, or the word says which column and why -------------------------------

SEEN = {  # by the tests of the single columns, before anything is encoded
    "mixed": (lambda n: ["x", 1] * (n // 2), "'odd' mixes text and other"),
    "dates": (
        lambda n: pd.date_range("2024-01-01", periods=n),
        "dates in .*'odd'",
    ),
    "durations": (
        lambda n: pd.to_timedelta(range(n), unit="D"),
        "dates in .*'odd'",
    ),
    "infinite": (lambda n: [np.inf, *range(n - 1)], "'odd' contains infinity"),
    "lists": (lambda n: [[1, 2]] * n, "'odd'"),
}


@pytest.mark.parametrize("name", SEEN)
def test_an_odd_column_is_named(name):
    make, message = SEEN[name]
    Xs, Xt = both(odd=make)
    with pytest.raises(ValueError, match=message):
        marginal_tests(Xs, Xt)


PASS = {
    "constant": lambda n: 1.0,
    "identity": lambda n: range(n),
    "commas": lambda n: 'a, b, "c"',
    "huge": lambda n: np.linspace(0, 1e300, n),
    "flags with gaps": lambda n: pd.array([True, None] * (n // 2), "boolean"),
    "categories": lambda n: pd.Categorical(
        ["a", "b"] * (n // 2), ["b", "a", "c"]
    ),
    "nullable": lambda n: pd.array([1, None] * (n // 2), "Int64"),
    "empty strings": lambda n: ["", "x"] * (n // 2),
}


@pytest.mark.parametrize("name", PASS)
def test_an_odd_column_passes(name):
    Xs, Xt = both(odd=PASS[name])
    found = marginal_tests(Xs, Xt)
    assert found.features[-1] == "odd"
    assert found.corrected[-1] > 0.05  # it is the same in both


def test_columns_that_differ_are_named():
    Xs, _ = patients(0)
    Xt, _ = patients(1)
    with pytest.raises(ValueError, match="two columns named 'age'"):
        marginal_tests(
            pd.concat([Xs, Xs[["age"]]], axis=1),
            pd.concat([Xt, Xt[["age"]]], axis=1),
        )
    with pytest.raises(ValueError, match="'crp'"):
        marginal_tests(Xs, Xt.drop(columns="crp"))
