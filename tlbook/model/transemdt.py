"""TransEMDT, transfer learning embedded decision tree.

Zhao Z., Chen Y., Liu J., Shen Z., Liu M. Cross-people mobile-phone based activity
recognition. IJCAI 2011, 2545-2550.
https://doi.org/10.5591/978-1-57735-516-8/IJCAI11-423

A decision tree of one person is adapted to another one without labels.  Its
structure stays: which feature is asked where.  Its parameters move: thresholds
and leaves.  In turn:

    c_j = argmin_c |z_j - m_c|^2,   m_c = mean of the z_j with c_j = c                      (1)
          k-means, started from the means of what the tree calls class c: cluster c is class c
    J   = for each class, the nearest to m_c among those that tree and k-means name alike   (2)

    N_n(c)            source samples of class c at node n, N_l(n)(c) of them at its left child
    s_n(c) = sign(2 N_l(n)(c) / N_n(c) - 1)     side of class c: +1 left, -1 right, 0 none  (3)
    theta_n = argmin_theta  sum over j in J at n of  [ s_n(c_j) != (x_jf <= theta) ? 1 : 0 ] (4)
    p_leaf(c) = share of class c among J at the leaf                                        (5)

    x_j (d,)  target sample     z_j (d,)  its z-scores     f  feature that node n asks

until the tree's labels repeat.  A node that no two sides reach keeps its
threshold, a leaf that no sample reaches keeps its shares.

Cost: O(n d log n + n C d) time a round, O(n d) memory: thresholds of a level of
the tree, and a step of k-means.

Deviations.  The paper names the parts (decision tree, k-means, confident samples,
same structure); the rules (2), (3) and (4) are this book's reading of it.  The
tree is CART with entropy, not C4.5.
"""

from copy import deepcopy
from numbers import Real

import numpy as np
from sklearn.tree import DecisionTreeClassifier
from sklearn.utils._param_validation import Interval

from tlbook.base import COUNT, ModelEstimator
from tlbook.kernels import squared_distances
from tlbook.ties import first_smallest, smallest_first


def class_sides(tree):
    """Return the side s_n(c) of each class at each node, equation (3).

    Parameters
    ----------
    tree : fitted DecisionTreeClassifier

    Returns
    -------
    ndarray of shape (n_nodes, n_classes)
        +1 for left, -1 for right, 0 where the class is absent or split evenly,
        and at leaves.
    """
    nodes = tree.tree_
    counts = nodes.value[:, 0] * nodes.weighted_n_node_samples[:, None]
    inner = nodes.children_left >= 0
    left = counts[nodes.children_left[inner]]
    sides = np.zeros_like(counts)
    sides[inner] = np.sign(np.round(2 * left - counts[inner], 6))
    return sides


def class_means(Z, labels, fallback):
    """Return the mean of each class 0, 1, ..., or the row of `fallback` where a class is empty.

    Parameters
    ----------
    Z : ndarray of shape (n, d)
    labels : ndarray of int, shape (n,)
    fallback : ndarray of shape (n_classes, d)

    Returns
    -------
    ndarray of shape (n_classes, d)
    """
    means = fallback.copy()
    for c in np.unique(labels):
        means[c] = Z[labels == c].mean(axis=0)
    return means


def named_kmeans(Z, means):
    """Return the clusters c_j and their means, equation (1); cluster c keeps the name c.

    Lloyd's steps from the given means until the clusters repeat; an empty cluster
    stays in place.

    Parameters
    ----------
    Z : ndarray of shape (n, d)
    means : ndarray of shape (n_classes, d)

    Returns
    -------
    clusters : ndarray of int, shape (n,)
    means : ndarray of shape (n_classes, d)
    """
    before, clusters = None, first_smallest(squared_distances(Z, means), axis=1)
    while not np.array_equal(clusters, before):
        means = class_means(Z, clusters, means)
        before, clusters = (
            clusters,
            first_smallest(squared_distances(Z, means), axis=1),
        )
    return clusters, means


def confident_samples(Z, labels, clusters, means, share):
    """Return the mask of J, equation (2).

    Parameters
    ----------
    Z : ndarray of shape (n, d)
    labels, clusters : ndarray of int, shape (n,)
        What the tree and k-means call each sample.
    means : ndarray of shape (n_classes, d)
    share : float in (0, 1]
        Share of the agreed samples of each class to keep, rounded up.

    Returns
    -------
    ndarray of bool, shape (n,)
    """
    distances = np.sum((Z - means[clusters]) ** 2, axis=1)
    kept = np.zeros(len(Z), dtype=bool)
    for c in range(len(means)):
        agreed = np.flatnonzero((labels == c) & (clusters == c))
        nearest = agreed[smallest_first(distances[agreed])]
        kept[nearest[: int(np.ceil(share * len(agreed)))]] = True
    return kept


def best_threshold(x, left, threshold):
    """Return theta of equation (4): fewest samples on the wrong side.

    Parameters
    ----------
    x : ndarray of shape (n,)
        The feature of the samples at the node.
    left : ndarray of bool, shape (n,)
        Whether x <= theta is wanted.
    threshold : float
        The old one: kept if only one side is wanted; among equally good ones the
        nearest wins, of two as near the smaller.

    Returns
    -------
    float
        Halfway between two neighboring values of x, or the old threshold.
    """
    if left.all() or not left.any():
        return threshold
    values, inverse = np.unique(x, return_inverse=True)
    # up to and with each value
    wanted_left = np.bincount(inverse, left)[:-1].cumsum()
    wanted_right = np.bincount(inverse, ~left)[:-1].cumsum()
    wrong = wanted_right + left.sum() - wanted_left
    cuts = (values[:-1].astype(float) + values[1:]) / 2
    best = cuts[wrong == wrong.min(initial=np.inf)]
    return (
        float(best[first_smallest(np.abs(best - threshold))])
        if len(best)
        else threshold
    )


def adapted_tree(tree, sides, X, labels):
    """Return a tree of the same structure with thresholds (4) and leaves (5) of the samples.

    Parameters
    ----------
    tree : fitted DecisionTreeClassifier
    sides : ndarray of shape (n_nodes, n_classes)
    X : ndarray of shape (n, d)
        Confident target samples.
    labels : ndarray of int, shape (n,)
        Their classes, as positions in `tree.classes_`.

    Returns
    -------
    DecisionTreeClassifier
        A copy; the shares of all nodes that samples reach are theirs.
    """
    adapted = deepcopy(tree)
    # the precision in which trees compare
    nodes, X = adapted.tree_, X.astype(np.float32)
    todo = [(0, np.arange(len(X)))]
    while todo:
        n, rows = todo.pop()
        if len(rows) == 0:
            continue
        nodes.value[n, 0] = np.bincount(
            labels[rows], minlength=sides.shape[1]
        ) / len(rows)
        if nodes.children_left[n] < 0:
            continue
        x, side = X[rows, nodes.feature[n]], sides[n, labels[rows]]
        nodes.threshold[n] = best_threshold(
            x[side != 0], side[side != 0] > 0, nodes.threshold[n]
        )
        goes_left = x <= nodes.threshold[n]
        todo += [(nodes.children_left[n], rows[goes_left])]
        todo += [(nodes.children_right[n], rows[~goes_left])]
    return adapted


class TransEMDT(ModelEstimator):
    """Decision tree of the source whose thresholds and leaves move to the unlabeled target.

    Parameters
    ----------
    estimator : DecisionTreeClassifier, default=None
        None is a tree with entropy and at least 5 samples in a leaf.
    confident : float in (0, 1]
        Share of the agreed samples of each class that the tree is adapted to.
    max_rounds : int
        Most rounds of k-means and adaptation.

    Attributes
    ----------
    source_model_ : DecisionTreeClassifier
        The tree before the transfer.
    estimator_ : DecisionTreeClassifier
        The same structure with adapted thresholds and leaves.
    clusters_ : ndarray of shape (nt,)
        Classes that k-means gave to the target samples in the last round.
    confident_ : ndarray of bool, shape (nt,)
        The samples of the last adaptation.
    n_rounds_ : int
        Rounds done; below `max_rounds` the labels have come to rest.

    References
    ----------
    Zhao et al., IJCAI 2011.
    """

    _measures_distances = False
    _needs_classes = "KMM around a regressor"
    _parameter_constraints = {
        "estimator": [DecisionTreeClassifier, None],
        "confident": [Interval(Real, 0, 1, closed="right")],
        "max_rounds": COUNT,
    }

    def __init__(self, estimator=None, confident=0.5, max_rounds=10):
        self.estimator = estimator
        self.confident = confident
        self.max_rounds = max_rounds

    @staticmethod
    def _default_estimator():
        return DecisionTreeClassifier(
            criterion="entropy", min_samples_leaf=5, random_state=0
        )

    def _adapt(self, Xs, ys, Xt):
        ys = np.searchsorted(self.classes_, ys)
        spread = Xt.std(axis=0)
        # a constant feature tells no cluster from another
        spread[spread == 0] = 1
        # distances between z-scores need no common mean
        Zs, Zt = Xs / spread, Xt / spread
        source_means = class_means(
            Zs, ys, np.zeros((len(self.classes_), Zs.shape[1]), Zs.dtype)
        )
        sides = class_sides(self.source_model_)
        labels = np.searchsorted(self.classes_, self.source_model_.predict(Xt))
        self.n_rounds_ = 0
        for _ in range(self.max_rounds):
            self.n_rounds_ += 1
            clusters, means = named_kmeans(
                Zt, class_means(Zt, labels, source_means)
            )
            kept = confident_samples(Zt, labels, clusters, means, self.confident)
            tree = adapted_tree(
                self.source_model_, sides, Xt[kept], clusters[kept]
            )
            before, labels = (
                labels,
                np.searchsorted(self.classes_, tree.predict(Xt)),
            )
            if np.array_equal(before, labels):
                break
        self.clusters_, self.confident_ = self.classes_[clusters], kept
        return tree
