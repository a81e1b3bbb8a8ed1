"""Three domains in six numbers, and what TTL learns from known triples: does an intermediate help?

Three complexities and three A-distances, as `ttl` says; a logistic model of them.

Cost: O(nnz k + n k^2) time, O((n + d) k) memory for k singular directions.
"""

import numpy as np
from scipy import sparse
from scipy.sparse.linalg import svds
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from tlbook.discrepancy import proxy_a_distance
from tlbook.validation import check_rows


def complexity(X, rare=0.02):
    """Return the share of a domain's features that stand in few of its samples: its long tail.

    Parameters
    ----------
    X : csr_array or ndarray of shape (n, d)
    rare : float
        Few is fewer than this share of the samples.

    Returns
    -------
    float from 0 to 1
    """
    counts = np.asarray((sparse.csr_array(X) != 0).sum(axis=0)).ravel()
    counts = counts[counts > 0]
    return float(np.mean(counts < rare * X.shape[0]))


def triple_features(Xs, Xi, Xt, n_directions=30):
    """Return what the choice of an intermediate domain is based on.

    Parameters
    ----------
    Xs, Xi, Xt : csr_array or ndarray of shape (n, d)
    n_directions : int
        The A-distance of two domains is taken in this many singular directions of
        both together, or in all if there are no more.

    Returns
    -------
    ndarray of shape (6,): complexity of s, i, t; A-distance of s-i, i-t, s-t
    """

    def distance(Xa, Xb):
        pool = sparse.vstack([sparse.csr_array(Xa), sparse.csr_array(Xb)]).astype(
            float
        )
        if min(pool.shape) <= n_directions:  # all directions that there are
            U, S, _ = np.linalg.svd(pool.toarray(), full_matrices=False)
        else:
            U, S, _ = svds(pool, n_directions, rng=0)
        Z = U * S
        return proxy_a_distance(Z[: Xa.shape[0]], Z[Xa.shape[0] :])

    pairs = ((Xs, Xi), (Xi, Xt), (Xs, Xt))
    return np.array(
        [*map(complexity, (Xs, Xi, Xt)), *(distance(a, b) for a, b in pairs)]
    )


def fit_selector(features, helped):
    """Learn from known triples when an intermediate domain helps.

    Parameters
    ----------
    features : array-like of shape (m, 6)
        One row of `triple_features` per triple.
    helped : array-like of bool, shape (m,)
        Whether the transfer through the intermediate beat the direct one.

    Returns
    -------
    fitted logistic regression of the standardized features
    """
    check_rows(features, "features", helped=helped)
    return make_pipeline(StandardScaler(), LogisticRegression()).fit(
        features, helped
    )
