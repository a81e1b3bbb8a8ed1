"""SFA, spectral feature alignment.

Pan S.J., Ni X., Sun J.-T., Yang Q., Chen Z. Cross-domain sentiment classification
via spectral feature alignment. WWW 2010, 751-760.
https://doi.org/10.1145/1772690.1772767

Words of one domain meet words of the other through words that both domains use
alike:

    I(w; domain) of every word that is frequent in both domains: the l smallest are shared    (1)
    M_ij  = documents of both domains that hold specific word i and shared word j
    N     = D1^(-1/2) M D2^(-1/2),   D1 = diag(M 1),  D2 = diag(M' 1)                         (2)
    U     = top k left singular vectors of N
    phi(x) = x_specific U,   new x = [x, gamma c phi(x)]                                      (3)

    X  (n, d)     word counts, both domains    M, N  (d - l, l)  graph between two kinds of words
    U  (d - l, k) coordinates of the specific words        D1, D2  degrees of the two kinds

U is spectral clustering of a bipartite graph: stacked with the right singular
vectors, U / sqrt(2) are the leading eigenvectors of D^(-1/2) [[0, M], [M', 0]]
D^(-1/2).  Specific words that keep company with the same shared words get the
same coordinates, whatever their domain.

Cost: O(nnz w + d l^2 + l^3) time, O(nnz + d l) memory for documents of w words,
nnz in all; no n x d array.

Deviations.  "Frequent" is made exact: the candidates of (1) are the 2 l words of
largest document count, counted in the domain where the word is rarer.  The
paper's mutual information sums over the documents that hold the word; this one
over all.  The length of phi(x) is arbitrary, so c gives it the mean length sum_j
|x_j| of x over the training documents, and gamma is free of units.
"""

import numpy as np
from scipy import sparse

from tlbook.base import COUNT, ESTIMATOR, NON_NEGATIVE, AlignmentEstimator
from tlbook.feature._words import (
    augment,
    document_counts,
    left_singular_vectors,
    mean_length,
    mutual_information,
    presence,
    warn_of_dense,
    word_learner,
)
from tlbook.ties import largest_first, smallest_first


def independent_words(counts, sizes, n_independent):
    """Return the words that tell least about the domain among those frequent in both, (1).

    Parameters
    ----------
    counts : ndarray of shape (2, d)
        Documents of each domain that contain each word.
    sizes : sequence of 2 int
        Documents of each domain.
    n_independent : int

    Returns
    -------
    ndarray of int, ascending, at most `n_independent`
        Among ties the more frequent words, then the earlier columns.

    Raises
    ------
    ValueError
        If the domains share no word.
    """
    rarer = counts.min(axis=0)
    candidates = largest_first(rarer)[: 2 * n_independent]
    candidates = candidates[rarer[candidates] > 0]
    if len(candidates) == 0:
        raise ValueError(
            "X (source domain) and X_target (target domain) share no word"
        )
    information = mutual_information(counts[:, candidates], sizes)
    order = smallest_first(information, rarer[candidates])
    return np.sort(candidates[order[:n_independent]])


def co_occurrence(B, specific, shared):
    """Return M, the documents that hold both words of each pair.

    Parameters
    ----------
    B : csr_array of shape (n, d), presence of the words
    specific, shared : ndarray of int

    Returns
    -------
    ndarray of shape (len(specific), len(shared))
    """
    columns = sparse.csc_array(B)
    return (columns[:, specific].T @ columns[:, shared]).toarray()


def normalized_graph(M):
    """Return N = D1^(-1/2) M D2^(-1/2), equation (2); a word without company keeps a zero row.

    Parameters
    ----------
    M : ndarray of shape (m, l), non-negative

    Returns
    -------
    ndarray of shape (m, l)
    """
    rows, columns = M.sum(axis=1), M.sum(axis=0)
    left = np.divide(1, np.sqrt(rows), out=np.zeros_like(rows), where=rows > 0)
    right = np.divide(
        1, np.sqrt(columns), out=np.zeros_like(columns), where=columns > 0
    )
    return left[:, None] * M * right


class SFA(AlignmentEstimator):
    """Spectral feature alignment of word counts.

    Parameters
    ----------
    estimator : classifier, default=None
        Learner on the augmented source; None is logistic regression, see
        `word_learner`.
    n_independent : int, default=500
        Shared, domain-independent words l, at most half of the vocabulary.
    n_components : int, default=100
        New features k, at most the rank of the word graph.
    gamma : float >= 0, default=0.6
        Weight of the new features; at 1 they are on average as long as the words.

    Attributes
    ----------
    estimator_ : fitted learner
    independent_ : ndarray of int
        Columns of the domain-independent words.
    embedding_ : ndarray of shape (d, k)
        Coordinates of the words, zero for the independent ones.
    singular_values_ : ndarray of shape (k,)
    scale_ : float
        gamma c, the factor of phi(x).

    References
    ----------
    Pan, Ni, Sun, Yang, Chen, WWW 2010, https://doi.org/10.1145/1772690.1772767
    """

    _accept_sparse = True
    _parameter_constraints = {
        "estimator": ESTIMATOR,
        "n_independent": COUNT,
        "n_components": COUNT,
        "gamma": NON_NEGATIVE,
    }

    def __init__(
        self, estimator=None, n_independent=500, n_components=100, gamma=0.6
    ):
        self.estimator = estimator
        self.n_independent = n_independent
        self.n_components = n_components
        self.gamma = gamma

    _default_estimator = staticmethod(word_learner)

    def _align(self, Xs, ys, Xt):
        B = sparse.vstack([presence(Xs), presence(Xt)], format="csr")  # (n, d)
        warn_of_dense(B, "SFA")
        domain = np.repeat([0, 1], [Xs.shape[0], Xt.shape[0]])
        most = max(1, min(self.n_independent, Xs.shape[1] // 2))
        counts = document_counts(B, domain)
        self.independent_ = independent_words(counts, np.bincount(domain), most)
        specific = np.setdiff1d(np.arange(Xs.shape[1]), self.independent_)
        graph = normalized_graph(co_occurrence(B, specific, self.independent_))
        U, self.singular_values_ = left_singular_vectors(graph, self.n_components)
        self.embedding_ = np.zeros((Xs.shape[1], U.shape[1]), dtype=Xs.dtype)
        self.embedding_[specific] = U
        words = mean_length(Xs) + mean_length(Xt)
        features = mean_length(Xs @ self.embedding_) + mean_length(
            Xt @ self.embedding_
        )
        self.scale_ = self.gamma * words / features

    def _map(self, X, domain):
        return augment(X, self.scale_ * (X @ self.embedding_))
