"""What SFA and SCL share: presence of words, their mutual information, a thin decomposition.

Both methods read a document as the set of its words, choose words that both
domains share, and keep the leading left singular vectors of a tall matrix with
one row per word.
"""

import numpy as np
from scipy import sparse
from sklearn.linear_model import LogisticRegression

from tlbook._warn import warn
from tlbook.ties import first_largest


def presence(X):
    """Return 1 where a word occurs in a document, else 0.

    Parameters
    ----------
    X : ndarray or sparse matrix of shape (n, d)

    Returns
    -------
    csr_array of shape (n, d), float64
    """
    return sparse.csr_array(X != 0, dtype=float)


def warn_of_dense(B, owner):
    """Warn where most features stand in every sample: they are no words.

    Parameters
    ----------
    B : csr_array of shape (n, d), presence
    owner : str
        Name of the method that reads samples as sets of words.
    """
    everywhere = int(np.sum(B.sum(axis=0) == B.shape[0]))
    if everywhere > B.shape[1] / 2:
        warn(
            f"{everywhere} of {B.shape[1]} features are not zero in any sample: "
            f"{owner} looks at which words stand in which document, and here "
            "all stand in all; give counts of words, for example by "
            "CountVectorizer, or take CORAL for measured features"
        )


def document_counts(B, labels):
    """Return how many documents of each class contain each word.

    Parameters
    ----------
    B : csr_array of shape (n, d), presence
    labels : array-like of shape (n,)

    Returns
    -------
    ndarray of shape (classes, d)
    """
    classes, codes = np.unique(labels, return_inverse=True)
    members = sparse.csr_array(
        (np.ones(len(codes)), (codes, np.arange(len(codes)))),
        shape=(len(classes), len(codes)),
    )
    return (members @ B).toarray()


def mutual_information(counts, sizes):
    """Return the mutual information of the presence of each word and the class, in bits.

    I(w; c) = sum over b in {present, absent} and classes c of p(b, c) log2 p(b,
    c) / (p(b) p(c))

    Parameters
    ----------
    counts : ndarray of shape (classes, d)
        Documents of each class that contain each word.
    sizes : ndarray of shape (classes,)
        Documents of each class.

    Returns
    -------
    ndarray of shape (d,)
    """
    sizes = np.asarray(sizes, dtype=float)[:, None]
    joint = np.stack([counts, sizes - counts]) / sizes.sum()  # (2, classes, d)
    product = joint.sum(axis=1, keepdims=True) * (sizes / sizes.sum())
    ratio = np.divide(joint, product, out=np.ones_like(joint), where=joint > 0)
    return np.sum(joint * np.log2(ratio), axis=(0, 1))


def left_singular_vectors(A, k):
    """Return the k leading left singular vectors of a tall matrix, and their singular values.

    A'A = V S^2 V' is small, and U = A V / S.  In each vector the entry of largest
    magnitude is positive, the first one among ties.  Directions whose singular
    value is zero to rounding are left out.

    Parameters
    ----------
    A : ndarray of shape (m, l)
    k : int

    Returns
    -------
    U : ndarray of shape (m, r), r <= k, orthonormal columns
    S : ndarray of shape (r,), descending

    Raises
    ------
    ValueError
        If the matrix is zero: the words of one kind never meet those of the
        other.
    """
    if not np.any(A):
        raise ValueError(
            "shared and other words never meet in a document: nothing corresponds"
        )
    squares, V = np.linalg.eigh(A.T @ A)  # (l,), (l, l)
    squares, V = squares[::-1][:k], V[:, ::-1][:, :k]
    keep = squares > 1e-12 * squares[0]
    S = np.sqrt(squares[keep])  # (r,)
    U = A @ V[:, keep] / S  # (m, r)
    peaks = U[first_largest(np.abs(U), axis=0), np.arange(len(S))]
    return U * np.sign(peaks), S


def word_learner():
    """Return logistic regression that comes to rest on words and new features together.

    The new features are longer than any word and hang together.  L-BFGS, the
    usual solver, stops far from the optimum there, at a place that depends on the
    machine; Newton's method does not.
    """
    return LogisticRegression(solver="newton-cg", tol=1e-8, max_iter=1000)


def mean_length(X):
    """Return the mean over documents of the sum of absolute values, sum_j |x_j|."""
    return float(abs(X).sum() / X.shape[0])


def augment(X, Z):
    """Return [x, z]: the words of each document followed by its new features, sparse if X is.

    Parameters
    ----------
    X : ndarray or sparse matrix of shape (n, d)
    Z : ndarray of shape (n, k)

    Returns
    -------
    ndarray or csr_array of shape (n, d + k)
    """
    if sparse.issparse(X):
        return sparse.csr_array(
            sparse.hstack([X, sparse.csr_array(Z)], format="csr")
        )
    return np.hstack([X, Z])
