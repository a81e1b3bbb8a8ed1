"""What SFA and SCL share, against loops, entropies, scikit-learn and the dense decomposition."""

import numpy as np
import pytest
from scipy import sparse
from sklearn.metrics import mutual_info_score

from tlbook.feature._words import (
    augment,
    document_counts,
    left_singular_vectors,
    mean_length,
    mutual_information,
    presence,
)

SOURCE = np.array(
    [
        [3, 0, 0, 0, 1, 0, 1],
        [1, 0, 0, 0, 2, 0, 1],
        [0, 2, 0, 0, 0, 1, 1],
        [0, 1, 0, 0, 0, 1, 1],
    ]
)


def random_counts(seed=0, n=30, d=12):
    return np.random.default_rng(seed).poisson(0.5, (n, d)).astype(float)


def entropy(*probabilities):
    return -sum(p * np.log2(p) for p in probabilities if p > 0)


def test_presence_is_zero_or_one():
    np.testing.assert_array_equal(
        presence(SOURCE).toarray(), (SOURCE > 0).astype(float)
    )
    stored_zero = sparse.csr_matrix(([0.0, 2.0], ([0, 1], [1, 0])), shape=(2, 2))
    for kind in (sparse.csr_matrix, sparse.csr_array, sparse.csc_array):
        assert presence(kind(stored_zero)).nnz == 1


def test_document_counts_by_loops():
    X, labels = random_counts(), np.arange(30) % 3
    expected = np.zeros((3, 12))
    for row, label in zip(X, labels):
        for j, value in enumerate(row):
            expected[label, j] += value > 0
    np.testing.assert_array_equal(document_counts(presence(X), labels), expected)


def test_mutual_information_by_hand():
    # in 3 of 4 documents of class one and 1 of 4 of class two: 1 - H(3/4, 1/4)
    # in all of one class and none of the other: one bit;  in half of each: nothing
    information = mutual_information(
        np.array([[3, 4, 2, 0], [1, 0, 2, 0]]), [4, 4]
    )
    np.testing.assert_allclose(
        information, [1 - entropy(0.75, 0.25), 1, 0, 0], atol=1e-12
    )


def test_mutual_information_is_entropy_minus_conditional_entropy():
    sizes = np.array([5, 20, 15])
    counts = np.array([[1], [13], [3]])
    n = sizes.sum()
    present = counts[:, 0] / counts.sum()
    absent = (sizes - counts[:, 0]) / (n - counts.sum())
    p = counts.sum() / n
    conditional = p * entropy(*present) + (1 - p) * entropy(*absent)
    expected = entropy(*(sizes / n)) - conditional
    assert mutual_information(counts, sizes)[0] == pytest.approx(expected)


@pytest.mark.parametrize("k", [1, 3, 6])
def test_left_singular_vectors_equal_the_dense_decomposition(k):
    A = np.random.default_rng(2).standard_normal((20, 6))
    U, S = left_singular_vectors(A, k)
    expected_U, expected_S, _ = np.linalg.svd(A, full_matrices=False)
    np.testing.assert_allclose(S, expected_S[:k])
    np.testing.assert_allclose(np.abs(np.sum(U * expected_U[:, :k], axis=0)), 1)
    np.testing.assert_allclose(U.T @ U, np.eye(k), atol=1e-10)
    assert np.all(U[np.argmax(np.abs(U), axis=0), np.arange(k)] > 0)


def test_directions_beyond_the_rank_are_left_out():
    A = np.outer(np.arange(1.0, 8), [1.0, 2, 3])
    U, S = left_singular_vectors(A, 3)
    assert U.shape == (7, 1)
    assert S[0] == pytest.approx(np.linalg.norm(A))


def test_augment_keeps_words_and_kind():
    X, Z = random_counts(n=4, d=3), np.ones((4, 2))
    dense = augment(X, Z)
    np.testing.assert_array_equal(dense, np.column_stack([X, Z]))
    mixed = augment(sparse.csr_matrix(X), Z)
    assert sparse.issparse(mixed)
    np.testing.assert_array_equal(mixed.toarray(), dense)


def test_mean_length():
    assert mean_length(np.array([[1, -2], [0, 3], [0, 0]])) == pytest.approx(2)
    assert mean_length(
        sparse.csr_array([[1, -2], [0, 3], [0, 0]])
    ) == pytest.approx(2)


def test_presence_is_sparse_whatever_comes_in_and_counts_negative_values():
    X = np.array([[0.0, -1.5], [2, 0]])
    for kind in (np.asarray, sparse.csr_array, sparse.csc_matrix):
        B = presence(kind(X))
        assert isinstance(B, sparse.csr_array)
        assert B.dtype == np.float64
        np.testing.assert_array_equal(B.toarray(), [[0, 1], [1, 0]])


def test_document_counts_take_classes_in_sorted_order():
    B = presence(np.array([[1, 0], [1, 1], [0, 1], [1, 1]]))
    counts = document_counts(B, np.array(["b", "a", "b", "c"]))
    np.testing.assert_array_equal(counts, [[1, 1], [1, 1], [1, 1]])
    np.testing.assert_array_equal(document_counts(B, [5, 2, 5, 5])[1], [2, 2])


def test_mutual_information_equals_that_of_scikit_learn():
    X, labels = random_counts(seed=4, n=40), np.repeat([0, 1, 2], [5, 20, 15])
    got = mutual_information(
        document_counts(presence(X), labels), np.bincount(labels)
    )
    nats = [mutual_info_score(column > 0, labels) for column in X.T]
    np.testing.assert_allclose(got, np.array(nats) / np.log(2), atol=1e-12)
    assert np.all(got >= 0)


def test_absence_tells_as_much_as_presence():
    counts, sizes = np.array([[3, 7], [9, 1]]), np.array([10, 12])
    mirrored = sizes[:, None] - counts
    np.testing.assert_allclose(
        mutual_information(counts, sizes), mutual_information(mirrored, sizes)
    )


def test_nothing_in_common_is_an_error():
    with pytest.raises(
        ValueError, match="never meet in a document: nothing corresponds"
    ):
        left_singular_vectors(np.zeros((5, 3)), 2)


def test_weak_directions_are_kept():
    U, S = left_singular_vectors(np.diag([1.0, 1e-3, 1e-5]), 3)
    np.testing.assert_allclose(S, [1, 1e-3, 1e-5])
    np.testing.assert_allclose(U, np.eye(3), atol=1e-12)


def test_more_vectors_than_there_are_columns():
    A = np.random.default_rng(6).standard_normal((8, 3))
    U, S = left_singular_vectors(A, 50)
    assert U.shape == (8, 3)
    assert np.all(np.diff(S) <= 0)
    np.testing.assert_allclose(U @ U.T @ A, A, atol=1e-10)


def test_new_features_of_sparse_words_stay_rows():
    X = sparse.csr_matrix(np.eye(3))
    assert isinstance(augment(X, np.ones((3, 1))), sparse.csr_array)
    assert augment(np.eye(3), np.ones((3, 1))).shape == (3, 4)
