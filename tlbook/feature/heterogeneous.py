"""Manifold alignment with labels: transfer between domains that share no feature.

Wang C., Mahadevan S. Heterogeneous domain adaptation using manifold alignment.
IJCAI 2011, 1541-1546. https://www.ijcai.org/proceedings/2011

Two linear maps, one for each domain, into one space where equal labels meet:

    F = [Xs 0; 0 Xt],   f = (fs, ft),   F f = the new coordinate of all samples             (1)
    same(f)  = 1/2 sum_ij [y_i = y_j] (F_i f - F_j f)^2           pairs of labeled samples
    other(f) = 1/2 sum_ij [y_i != y_j] (F_i f - F_j f)^2          of either domain          (2)
    shape(f) = 1/2 sum_ij W_ij (F_i f - F_j f)^2                  neighbors in one domain
    maximize other(f) / (same(f) + mu shape(f))                                             (3)

    Xs (ns, p)  source    F  (ns + nt, p + q)    W  1 where i is a neighbor of j in its own domain
    Xt (nt, q)  target    f  (p + q,)            or j of i, else 0; needs no labels

Each sum of (2) is f'Qf, so the maps are the leading eigenvectors of the symmetric
problem

    Q_other f = value (Q_same + mu Q_shape + R) f                                           (4)

Without labels in both domains same and other never mention fs and ft together:
nothing is aligned.

Cost: O(n^2 (p + q) + n (p + q)^2 + (p + q)^3) time, O(n (p + q) + (p + q)^2)
memory: neighbors are found block by block, with no n x n array.  Pairs cost
nothing: Q_same and Q_other follow from the sums of the classes.

Deviations.  The paper minimizes the inverse of (3).  Its denominator may be
singular; R is a ridge of `reg` times the mean diagonal of each domain's block, so
the unit of either domain changes nothing.  Samples are centered on the mean of
their domain, for linear maps have no offset.  The paper weighs neighbors by a
heat kernel; here all weigh 1.
"""

import numpy as np
from scipy import sparse
from scipy.linalg import eigh
from sklearn.base import clone
from sklearn.metrics import pairwise_distances_chunked

from tlbook.base import (
    COUNT,
    ESTIMATOR,
    NON_NEGATIVE,
    POSITIVE,
    AlignmentEstimator,
)
from tlbook.ties import CLOSE
from tlbook.validation import (
    SOURCE,
    TARGET,
    check_columns,
    check_matrix,
    check_width,
    is_labeled,
)


def label_scatters(F, y):
    """Return Q_same and Q_other of the sums same and other, equation (2).

    With class sums s_c and sizes n_c, the pairs of class c give n_c sum_i F_i
    F_i' - s_c s_c'.

    Parameters
    ----------
    F : ndarray of shape (n, p), labeled samples
    y : array-like of shape (n,)

    Returns
    -------
    same, other : ndarray of shape (p, p)
    """
    _, codes, sizes = np.unique(y, return_inverse=True, return_counts=True)
    sums = np.zeros((len(sizes), F.shape[1]))
    np.add.at(sums, codes, F)  # (C, p)
    total = sums.sum(axis=0)
    same = (F * sizes[codes][:, None]).T @ F - sums.T @ sums
    every = len(F) * (F.T @ F) - np.outer(total, total)
    return same, every - same


def neighbor_graph(X, n_neighbors):
    """Return W: 1 where i is a neighbor of j or j of i, else 0.

    Rows as far as the last neighbor, up to rounding, are neighbors too: pixels
    that are counts have many equal distances, and the last bit must not choose.

    Parameters
    ----------
    X : ndarray of shape (n, p)
    n_neighbors : int, at most n - 1 are used

    Returns
    -------
    csr_array of shape (n, n)
    """
    last = min(n_neighbors, len(X) - 1)

    def nearest(D, start):
        own = np.arange(len(D)), np.arange(start, start + len(D))
        slack = CLOSE * D.max(axis=1, keepdims=True)
        D[own] = np.inf
        reach = np.partition(D, last - 1, axis=1)[:, last - 1 : last]
        return sparse.csr_array((reach + slack >= D).astype(float))

    blocks = pairwise_distances_chunked(
        X, reduce_func=nearest, working_memory=64, squared=True
    )
    graph = sparse.vstack(list(blocks), format="csr")
    return graph.maximum(graph.T)


def neighbor_scatter(X, n_neighbors):
    """Return Q_shape of one domain, X' (D - W) X, of the sum shape in equation (2).

    Parameters
    ----------
    X : ndarray of shape (n, p)
    n_neighbors : int, at most n - 1 are used

    Returns
    -------
    ndarray of shape (p, p)
    """
    W = neighbor_graph(X, n_neighbors)  # (n, n)
    degree = W.sum(axis=1)
    return (X * degree[:, None]).T @ X - X.T @ (W @ X)


def block_ridge(Q, p, reg):
    """Return the diagonal of R: `reg` times the mean diagonal of each domain's block of Q.

    Parameters
    ----------
    Q : ndarray of shape (p + q, p + q)
    p : int, width of the first block
    reg : float

    Returns
    -------
    ndarray of shape (p + q,)
    """
    diagonal = np.diag(Q)
    means = [diagonal[:p].mean(), diagonal[p:].mean()]
    return reg * np.repeat(means, [p, len(diagonal) - p])


def alignment_maps(Xs, ys, Xt, yt, n_components, mu, n_neighbors, reg):
    """Return the maps of both domains, equation (4).

    Parameters
    ----------
    Xs, Xt : ndarray of shape (ns, p) and (nt, q), centered
    ys : ndarray of shape (ns,)
    yt : ndarray of shape (nt,), -1 where unlabeled
    n_components, mu, n_neighbors, reg : see `ManifoldAlignment`

    Returns
    -------
    Ws : ndarray of shape (p, k)
    Wt : ndarray of shape (q, k), with [Ws; Wt]' (Q_same + mu Q_shape + R) [Ws; Wt] = I
    values : ndarray of shape (k,), descending
    """
    p, labeled = Xs.shape[1], is_labeled(yt)
    F = np.zeros((len(Xs) + labeled.sum(), p + Xt.shape[1]))
    F[: len(Xs), :p] = Xs
    F[len(Xs) :, p:] = Xt[labeled]
    same, other = label_scatters(
        F, np.concatenate([ys, yt[labeled].astype(ys.dtype)])
    )
    same[:p, :p] += mu * neighbor_scatter(Xs, n_neighbors)
    same[p:, p:] += mu * neighbor_scatter(Xt, n_neighbors)
    same[np.diag_indices_from(same)] += block_ridge(same, p, reg)
    last = len(same) - 1
    first = max(0, len(same) - n_components)
    values, W = eigh(other, same, subset_by_index=[first, last])
    return W[:p, ::-1], W[p:, ::-1], values[::-1]


class ManifoldAlignment(AlignmentEstimator):
    """Manifold alignment with labels, for domains with different features.

    Parameters
    ----------
    estimator : classifier, default=None
        Learner on the aligned source and the labeled target; None is the nearest
        neighbor.
    n_components : int, default=20
        Dimensions of the common space, at most p + q.
    mu : float >= 0, default=1.0
        Weight of the shape of the domains, known without labels.
    n_neighbors : int, default=10
        Neighbors of each sample in its own domain.
    reg : float > 0, default=1e-2
        Ridge, relative to the mean diagonal of the denominator.

    Attributes
    ----------
    estimator_ : fitted learner
    maps_ : dict of str to ndarray of shape (features, k)
        Linear map of each domain.
    means_ : dict of str to ndarray of shape (features,)
    values_ : ndarray of shape (k,)
        The quotient (3) of each dimension, with R in the denominator.

    References
    ----------
    Wang, Mahadevan, IJCAI 2011, 1541-1546, https://www.ijcai.org/proceedings/2011
    """

    _uses_target_labels = True
    _needs_target_labels = True
    _same_features = False
    _needs_classes = "features that both domains have, and TCA"
    _parameter_constraints = {
        "estimator": ESTIMATOR,
        "n_components": COUNT,
        "mu": NON_NEGATIVE,
        "n_neighbors": COUNT,
        "reg": POSITIVE,
    }

    def __init__(
        self, estimator=None, n_components=20, mu=1.0, n_neighbors=10, reg=1e-2
    ):
        self.estimator = estimator
        self.n_components = n_components
        self.mu = mu
        self.n_neighbors = n_neighbors
        self.reg = reg

    def _fit(self, Xs, ys, Xt, yt):
        self._adapted = Xt is not None
        if not self._adapted:
            self.estimator_ = clone(self._learner()).fit(Xs, ys)
            self._n_features_out = Xs.shape[1]
            return
        labeled = is_labeled(yt)
        for X, name in ((Xs, SOURCE), (Xt, TARGET)):
            if not np.any(X[0] != X):
                raise ValueError(
                    f"all {len(X)} samples of {name} coincide: they have no shape"
                )
        self.means_ = {"source": Xs.mean(axis=0), "target": Xt.mean(axis=0)}
        Ws, Wt, self.values_ = alignment_maps(
            Xs - self.means_["source"],
            ys,
            Xt - self.means_["target"],
            yt,
            self.n_components,
            self.mu,
            self.n_neighbors,
            self.reg,
        )
        self.maps_ = {
            "source": Ws.astype(Xs.dtype),
            "target": Wt.astype(Xs.dtype),
        }
        Z = np.vstack([self._map(Xs, "source"), self._map(Xt[labeled], "target")])
        y_all = np.concatenate([ys, yt[labeled].astype(ys.dtype)])
        self._n_features_out = Z.shape[1]
        self.estimator_ = clone(self._learner()).fit(Z, y_all)

    def _map(self, X, domain):
        return (X - self.means_[domain]) @ self.maps_[domain]

    def _check_target(self, Xs, X_target):
        columns = getattr(X_target, "columns", None)
        self._target_columns = None if columns is None else list(columns)
        return super()._check_target(Xs, X_target)

    def _check_predict(self, X, domain="target"):
        if domain != "target" or not getattr(self, "_adapted", False):
            return super()._check_predict(X, domain)
        check_columns(X, "X", self._target_columns, TARGET)
        Z = check_matrix(X, "X")
        check_width(Z, "X", len(self.means_["target"]), TARGET)
        return Z
