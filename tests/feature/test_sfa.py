"""SFA against counting by loops, a graph worked by hand, and the bipartite eigenproblem."""

import numpy as np
import pytest
from scipy import sparse
from sklearn.linear_model import LogisticRegression

from tlbook.feature import SFA
from tlbook.feature._words import (
    left_singular_vectors,
    presence,
)
from tlbook.feature.sfa import co_occurrence, independent_words, normalized_graph

# Words 0 and 1 live in the source, 2 and 3 in the target, 4 to 6 in both.
# Word 0 and word 2 keep company with word 4, word 1 and word 3 with word 5.
SOURCE = np.array(
    [
        [3, 0, 0, 0, 1, 0, 1],
        [1, 0, 0, 0, 2, 0, 1],
        [0, 2, 0, 0, 0, 1, 1],
        [0, 1, 0, 0, 0, 1, 1],
    ]
)
TARGET = np.array(
    [
        [0, 0, 1, 0, 1, 0, 1],
        [0, 0, 4, 0, 1, 0, 1],
        [0, 0, 0, 1, 0, 1, 1],
        [0, 0, 0, 2, 0, 3, 1],
    ]
)
LABELS = np.array([0, 0, 1, 1])


def random_counts(seed=0, n=30, d=12):
    return np.random.default_rng(seed).poisson(0.5, (n, d)).astype(float)


def test_independent_words_are_frequent_and_alike():
    # candidates for two words are the four of largest smaller count: 10, 9, 8, 7
    counts = np.array([[90, 9, 30, 7, 6, 0], [10, 9, 8, 7, 6, 50]])
    np.testing.assert_array_equal(
        independent_words(counts, [100, 100], 2), [1, 3]
    )
    # of candidates 10 and 9, both domains use word 1 alike
    np.testing.assert_array_equal(independent_words(counts, [100, 100], 1), [1])


def test_sizes_of_domains_enter_the_information():
    # word 0 stands in a tenth of both domains; word 1 in as many documents of each
    counts = np.array([[10, 12], [100, 12]])
    np.testing.assert_array_equal(independent_words(counts, [100, 1000], 1), [0])


def test_domains_without_a_common_word_are_refused():
    X = np.array([[1, 0], [2, 0], [1, 0]])
    with pytest.raises(ValueError, match="share no word"):
        SFA().fit(X, [0, 1, 0], X[:, ::-1])


def test_words_that_never_meet_are_refused():
    # the only shared word stands alone
    Xs, Xt = np.diag([1, 1, 0]), np.diag([1, 0, 1])
    with pytest.raises(ValueError, match="never meet"):
        SFA(n_independent=1).fit(Xs, [0, 1, 0], Xt)


def test_co_occurrence_by_loops():
    X = random_counts()
    specific, shared = np.array([0, 2, 5, 7, 11]), np.array([1, 3, 8])
    expected = np.zeros((5, 3))
    for row in X:
        for i, a in enumerate(specific):
            for j, b in enumerate(shared):
                expected[i, j] += row[a] > 0 and row[b] > 0
    np.testing.assert_array_equal(
        co_occurrence(presence(X), specific, shared), expected
    )


def test_graph_of_four_by_three_by_hand():
    M = np.array([[2.0, 0, 2], [0, 2, 2], [2, 0, 2], [0, 2, 2]])
    # degrees of rows 4, of columns 4, 4, 8
    a, b = 2 / np.sqrt(4 * 4), 2 / np.sqrt(4 * 8)
    N = normalized_graph(M)
    np.testing.assert_allclose(N, [[a, 0, b], [0, a, b], [a, 0, b], [0, a, b]])
    U, S = left_singular_vectors(N, 3)
    # N N' = [[1/4+1/8, 1/8, ...]]: values 2 (3/8 + 1/8) = 1 and 2 (3/8 - 1/8) = 1/2
    np.testing.assert_allclose(S, [1, np.sqrt(0.5)])
    np.testing.assert_allclose(U[:, 0], [0.5, 0.5, 0.5, 0.5])
    np.testing.assert_allclose(np.abs(U[:, 1]), 0.5)
    np.testing.assert_allclose(U[0, 1] * U[:, 1], [0.25, -0.25, 0.25, -0.25])


def test_degrees_of_rows_and_columns_differ():
    M = np.array([[1.0, 3], [0, 4]])
    expected = [[1 / np.sqrt(4 * 1), 3 / np.sqrt(4 * 7)], [0, 4 / np.sqrt(4 * 7)]]
    np.testing.assert_allclose(normalized_graph(M), expected)


def test_word_without_company_keeps_a_zero_row():
    N = normalized_graph(np.array([[0.0, 0, 0], [1, 2, 0], [3, 1, 0]]))
    assert np.all(np.isfinite(N))
    np.testing.assert_array_equal(N[0], 0)
    np.testing.assert_array_equal(N[:, 2], 0)


def test_singular_vectors_are_eigenvectors_of_the_bipartite_graph():
    M = np.random.default_rng(1).poisson(2.0, (9, 6)).astype(float)
    A = np.block([[np.zeros((9, 9)), M], [M.T, np.zeros((6, 6))]])
    degree = A.sum(axis=1)
    laplacian = A / np.sqrt(np.outer(degree, degree))
    values, vectors = np.linalg.eigh(laplacian)
    U, S = left_singular_vectors(normalized_graph(M), 4)
    np.testing.assert_allclose(S, values[::-1][:4], atol=1e-10)
    for u, e in zip(U.T, vectors[:, ::-1].T):
        assert abs(u @ e[:9]) * np.sqrt(2) == pytest.approx(1)


def test_words_of_both_domains_that_keep_the_same_company_are_aligned():
    # word 6 stands in every document; with 4 and 5 it is in both domains alike
    model = SFA(n_independent=3, n_components=2).fit(SOURCE, LABELS, TARGET)
    np.testing.assert_array_equal(model.independent_, [4, 5, 6])
    np.testing.assert_allclose(
        model.embedding_[0], model.embedding_[2], atol=1e-12
    )
    np.testing.assert_allclose(
        model.embedding_[1], model.embedding_[3], atol=1e-12
    )
    assert np.linalg.norm(model.embedding_[0] - model.embedding_[1]) > 0.5
    np.testing.assert_array_equal(model.embedding_[4:], 0)
    np.testing.assert_allclose(model.singular_values_, [1, np.sqrt(0.5)])


def test_new_features_by_hand():
    model = SFA(n_independent=3, n_components=2, gamma=0.6).fit(
        SOURCE, LABELS, TARGET
    )
    phi = {}
    for name, X in (("source", SOURCE), ("target", TARGET)):
        phi[name] = np.array(
            [sum(x[j] * model.embedding_[j] for j in range(4)) for x in X]
        )
    words = SOURCE.sum() / 4 + TARGET.sum() / 4
    length = np.abs(phi["source"]).sum() / 4 + np.abs(phi["target"]).sum() / 4
    for name, X in (("source", SOURCE), ("target", TARGET)):
        Z = model.transform(X, domain=name)
        np.testing.assert_array_equal(Z[:, :7], X)
        np.testing.assert_allclose(Z[:, 7:], 0.6 * words / length * phi[name])


def test_transfer_without_a_common_specific_word():
    # only specific words left in the test document: the source alone cannot read it
    test = np.array([[0, 0, 2, 0, 0, 0, 0], [0, 0, 0, 2, 0, 0, 0]])
    alone = LogisticRegression().fit(SOURCE, LABELS)
    assert np.ptp(alone.decision_function(test)) < 1e-6
    model = SFA(n_independent=3, n_components=2).fit(SOURCE, LABELS, TARGET)
    np.testing.assert_array_equal(model.predict(test), [0, 1])


def test_gamma_zero_is_the_learner_alone():
    model = SFA(n_independent=3, gamma=0).fit(SOURCE, LABELS, TARGET)
    learner = LogisticRegression(tol=1e-8, max_iter=1000)
    alone = learner.fit(SOURCE, LABELS)
    np.testing.assert_allclose(
        model.estimator_.decision_function(model.transform(TARGET)),
        alone.decision_function(TARGET),
        atol=1e-6,
    )


def test_defaults_of_the_paper():
    assert SFA().get_params() == {
        "estimator": None,
        "n_independent": 500,
        "n_components": 100,
        "gamma": 0.6,
    }


def test_at_most_half_of_the_vocabulary_is_independent():
    model = SFA().fit(SOURCE, LABELS, TARGET)
    assert len(model.independent_) == 3


def test_sparse_counts_stay_sparse():
    Xs, Xt = (
        sparse.csr_array(SOURCE.astype(float)),
        sparse.csr_array(TARGET.astype(float)),
    )
    model = SFA(n_independent=3, n_components=2).fit(Xs, LABELS, Xt)
    dense = SFA(n_independent=3, n_components=2).fit(SOURCE, LABELS, TARGET)
    Z = model.transform(Xt)
    assert sparse.issparse(Z)
    np.testing.assert_allclose(Z.toarray(), dense.transform(TARGET))
