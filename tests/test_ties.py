"""Choices that do not hang on the last bit: rankings, maxima, trees."""

import itertools

import numpy as np
import pytest
from scipy import sparse
from sklearn.tree import DecisionTreeClassifier

from tlbook.base import fit_weighted
from tlbook.feature._components import fix_signs
from tlbook.feature._words import left_singular_vectors
from tlbook.feature.scl import choose_pivots
from tlbook.feature.sfa import independent_words
from tlbook.frontiers.l2t import neighbor_graph
from tlbook.instance import TrAdaBoost
from tlbook.model import MultiSourceTrAdaBoost, TaskTrAdaBoost
from tlbook.model.multisource import best_of_pool
from tlbook.model.transemdt import confident_samples
from tlbook.ties import (
    CLOSE,
    ExactTree,
    exact_weights,
    first_largest,
    first_smallest,
    largest_first,
    smallest_first,
    tie_ranks,
)

NOISE = 1e-12


def noisy(values, rng):
    return values * (1 + NOISE * rng.standard_normal(np.shape(values)))


# --- The rules -----------------------------------------------------------------------------------


def test_sums_in_another_order_tie():
    scores = np.array(
        [sum(order) for order in itertools.permutations((0.1, 0.2, 0.3, 1e-3))]
    )
    assert len(np.unique(scores)) > 1
    assert np.all(tie_ranks(scores) == 0)
    assert np.array_equal(largest_first(scores), np.arange(len(scores)))
    assert first_largest(scores) == first_smallest(scores) == 0


def test_order_equals_exact_order_of_integers_with_two_keys():
    rng = np.random.default_rng(0)
    first, second = rng.integers(0, 5, (2, 200))
    wanted = sorted(range(200), key=lambda i: (-first[i], -second[i], i))
    for scale in (1e-200, 0.1, 1e200):
        assert (
            largest_first(
                noisy(first * scale, rng), noisy(second / 7, rng)
            ).tolist()
            == wanted
        )
    wanted = sorted(range(200), key=lambda i: (first[i], -second[i], i))
    assert smallest_first(noisy(first / 3, rng), second).tolist() == wanted


def test_first_largest_is_argmax_of_the_exact_numbers():
    rng = np.random.default_rng(0)
    table = rng.integers(-3, 4, (50, 6))
    for axis in (None, 0, 1):
        found = first_largest(noisy(table / 3, rng), axis)
        np.testing.assert_array_equal(found, np.argmax(table, axis=axis))
        found = first_smallest(noisy(table / 3, rng), axis)
        np.testing.assert_array_equal(found, np.argmin(table, axis=axis))


def test_infinite_scores():
    assert first_largest([-np.inf, 1.0, 1.0 + CLOSE / 2]) == 1
    assert first_largest([-np.inf, -np.inf]) == 0
    assert largest_first([-np.inf, 2.0, np.inf, 2.0]).tolist() == [2, 1, 3, 0]


def test_no_scores():
    assert largest_first([]).tolist() == []


def test_what_differs_is_told_apart():
    scores = 1 + np.arange(10) * 1e-8
    assert smallest_first(scores).tolist() == list(range(10))
    assert first_largest(scores) == 9


def test_sums_of_exact_weights_have_no_rounding_error():
    rng = np.random.default_rng(0)
    weights = rng.gamma(0.1, size=1000) * 1e3
    exact = exact_weights(weights)
    np.testing.assert_allclose(exact, weights, atol=1e-14 * weights.sum())
    sums = {float(np.cumsum(exact[rng.permutation(1000)])[-1]) for _ in range(20)}
    assert len(sums) == 1


# --- Rankings of words ---------------------------------------------------------------------------


def word_counts(rng, n=40, d=30):
    """Documents with few distinct counts: many words tie."""
    X = sparse.csr_array((rng.random((n, d)) < 0.4).astype(float))
    y = rng.permutation(np.repeat([0, 1], n // 2))
    return X, y


@pytest.mark.parametrize("seed", range(5))
def test_pivots_do_not_hang_on_the_order_of_documents(seed):
    rng = np.random.default_rng(seed)
    (Bs, ys), (Bt, _) = word_counts(rng), word_counts(rng)
    pivots = choose_pivots(Bs, ys, Bt, 10, 3)
    for _ in range(5):
        rows = rng.permutation(len(ys))
        assert np.array_equal(
            choose_pivots(Bs[rows], ys[rows], Bt, 10, 3), pivots
        )
    # names of the classes
    assert np.array_equal(choose_pivots(Bs, 1 - ys, Bt, 10, 3), pivots)


def test_words_of_equal_information_are_ranked_by_frequency_then_by_column():
    # four tell nothing, one tells much
    counts = np.array([[5, 8, 5, 8, 1], [5, 8, 5, 8, 9]])
    assert independent_words(counts, (10, 10), 1).tolist() == [1]
    assert independent_words(counts, (10, 10), 2).tolist() == [1, 3]
    assert independent_words(counts, (10, 10), 3).tolist() == [0, 1, 3]


def test_rankings_survive_a_logarithm_of_another_processor(monkeypatch):
    counts = np.array([[5, 8, 5, 8, 1, 3, 3], [5, 8, 5, 8, 9, 6, 6]])
    rng, log2 = np.random.default_rng(0), np.log2
    wanted = independent_words(counts, (10, 10), 3)
    for _ in range(20):
        monkeypatch.setattr(np, "log2", lambda x: noisy(log2(x), rng))
        assert np.array_equal(independent_words(counts, (10, 10), 3), wanted)


def test_signs_do_not_hang_on_the_last_bit():
    rng = np.random.default_rng(0)
    A = np.array([[1.0, -1.0], [-1.0, 1.0], [0.5, 0.2]])
    for _ in range(20):
        assert np.all(fix_signs(noisy(A, rng))[0] > 0)
    N = np.array([[3.0, 0], [0, -3.0], [3.0, 0], [0, 3.0]])
    U, _ = left_singular_vectors(N + 1e-3, 2)
    for _ in range(20):
        again, _ = left_singular_vectors(noisy(N + 1e-3, rng), 2)
        np.testing.assert_allclose(again, U, atol=1e-6)


# --- Learners and neighbors ----------------------------------------------------------------------


def doubled_columns(rng, n=60):
    """Columns that split the samples alike: a tree has to choose between them."""
    X = rng.standard_normal((n, 2))
    y = (X[:, 0] + 0.5 * X[:, 1] + 0.3 * rng.standard_normal(n) > 0).astype(int)
    # one order of the samples, or its reverse
    return np.hstack([X, X**3, -X, np.exp(X)]), y


@pytest.mark.parametrize("seed", range(3))
def test_tree_does_not_hang_on_the_last_bit_of_weights(seed):
    rng = np.random.default_rng(seed)
    X, y = doubled_columns(rng)
    weights, chosen = rng.gamma(1, size=len(X)), set()
    tree = DecisionTreeClassifier(max_depth=4, random_state=0)
    for _ in range(20):
        w = noisy(weights, rng)
        fitted = ExactTree(max_depth=4, random_state=0).fit(X, y, w)
        chosen.add(tuple(fitted.tree_.feature))
        chosen.add(tuple(fit_weighted(tree, X, y, w).tree_.feature))
    assert len(chosen) == 1


def test_exact_tree_is_the_tree_when_nothing_ties():
    rng = np.random.default_rng(0)
    X, w = rng.standard_normal((80, 4)), rng.gamma(1, size=80)
    y = (X[:, 0] * X[:, 1] > 0).astype(int)
    plain, exact = (
        DecisionTreeClassifier(random_state=0),
        ExactTree(random_state=0),
    )
    assert np.array_equal(
        plain.fit(X, y, w).predict(X), exact.fit(X, y, w).predict(X)
    )
    assert np.array_equal(
        plain.fit(X, y).tree_.threshold, exact.fit(X, y).tree_.threshold
    )


@pytest.mark.parametrize("seed", range(3))
def test_boosting_does_not_hang_on_the_last_bit_of_weights(seed, monkeypatch):
    rng = np.random.default_rng(seed)
    (Xs, ys), (Xt, yt) = doubled_columns(rng, 80), doubled_columns(rng, 24)
    tree = DecisionTreeClassifier(max_depth=2, random_state=0)

    def votes():
        yield TrAdaBoost(tree, n_rounds=8).fit(Xs, ys, Xt, yt).decision_votes(Xt)
        for method in (MultiSourceTrAdaBoost, TaskTrAdaBoost):
            model = method(tree, n_rounds=8).fit(
                [(Xs, ys), (Xs[::2], ys[::2])], Xt, yt
            )
            yield model.decision_votes(Xt)

    wanted, exp = list(votes()), np.exp
    for _ in range(3):
        monkeypatch.setattr(np, "exp", lambda x: noisy(exp(x), rng))
        for found, votes_before in zip(votes(), wanted):
            np.testing.assert_allclose(found, votes_before, atol=1e-9)
        monkeypatch.undo()


def test_equally_good_learners_of_a_pool_go_by_position():
    y, answers = (
        np.array([0, 0, 1, 1]),
        np.array([[1, 0, 1, 1], [0, 1, 1, 1], [0, 0, 0, 1]]),
    )
    rng = np.random.default_rng(0)
    for _ in range(20):
        assert best_of_pool(answers, y, noisy(np.full(4, 0.25), rng), 3)[0] == 0


def test_a_learner_that_has_been_weighed_to_one_half_ends_the_boosting():
    """After a round the same answers err on one half exactly, but for rounding."""
    Xs, ys = np.array([[0.0], [1.0]] * 10), np.array([0, 1] * 10)
    Xt, yt = np.array([[0.0]] * 7 + [[1.0]] * 3), np.array([0] * 6 + [1] * 4)
    for scale in range(1, 30):
        labels = np.tile(yt, scale)
        model = TrAdaBoost(
            DecisionTreeClassifier(max_depth=1, random_state=0), n_rounds=10
        )
        model.fit(
            np.tile(Xs, (scale, 1)),
            np.tile(ys, scale),
            np.tile(Xt, (scale, 1)),
            labels,
        )
        assert len(model.errors_) == 2, model.errors_
        assert model.errors_[1] == pytest.approx(0.5)


def test_equidistant_samples_go_by_position():
    points = (
        np.stack(np.meshgrid(np.arange(4), np.arange(4)), -1).reshape(-1, 2) / 3
    )
    D = np.sum((points[:, None] - points) ** 2, axis=2)
    rng = np.random.default_rng(0)
    wanted = neighbor_graph(D, 5)
    for _ in range(10):
        assert np.array_equal(neighbor_graph(noisy(D, rng), 5), wanted)
    labels, means = np.zeros(16, dtype=int), np.array([[0.5, 0.5]])
    kept = confident_samples(points, labels, labels, means, 0.4)
    for _ in range(10):
        assert np.array_equal(
            confident_samples(noisy(points, rng), labels, labels, means, 0.4),
            kept,
        )
