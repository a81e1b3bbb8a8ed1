"""Transfer trees: refine the trees of the source on a few labeled target samples.

Segev N., Harel M., Mannor S., Crammer K., El-Yaniv R. Learn on source, refine on
target: a model transfer learning framework with random forests. IEEE TPAMI 39(9),
2017, 1811-1824. https://arxiv.org/abs/1511.01258

Two ways to refine a tree.  SER, structure expansion and reduction: each leaf that
target samples reach is replaced by a full tree of these samples; then, from the
leaves up,

    node n becomes a leaf  if  e_leaf(n) <= e(left(n)) + e(right(n))           (1)
    e_leaf(n) = number of target samples at n outside their most frequent class

STRUT, structure transfer: each node keeps its feature and gets a new threshold.
With P_l, P_r the shares of the classes among the target samples S that theta sends
left and right, Q_l, Q_r those of the source's samples at the two children,

    IG(theta) = H(P) - |S_l|/|S| H(P_l) - |S_r|/|S| H(P_r)                     (2)
    DG(theta) = 1 - |S_l|/|S| JSD(P_l, Q_l) - |S_r|/|S| JSD(P_r, Q_r)          (3)
    JSD(P, Q) = H((P + Q) / 2) - H(P) / 2 - H(Q) / 2                           (4)
    theta_n   = argmax DG(theta)  over the local maxima of IG                  (5)

(5) is solved for (Q_r, Q_l) too, and if that DG is larger, the children exchange
their sides.  A leaf answers with the shares of the target samples that reach it.

A forest refines each of its trees.  MIX votes with the trees of both ways.

    P, Q (C,)  shares of the classes     H  entropy in bits     S  (n,)  samples

Cost: O(h n (d log n + C)) time a tree of height h after the expansion,
O(n (d + h + C) + N C) memory with N its nodes.  The source is not needed.

Deviations.  A node of STRUT whose target samples are of one class keeps its
threshold: (2) is zero everywhere.  A node that no target sample reaches, which the
paper prunes, becomes a leaf and answers with the source's shares.
"""

from copy import copy

import numpy as np
from sklearn.base import clone
from sklearn.ensemble import RandomForestClassifier
from sklearn.tree import DecisionTreeClassifier
from sklearn.utils._param_validation import StrOptions

from tlbook._warn import warn
from tlbook.base import ModelEstimator
from tlbook.model._nodes import Nodes, entropy
from tlbook.model._tree_surgery import expanded, reduced
from tlbook.ties import CLOSE, largest_first
from tlbook.validation import is_labeled


def divergence(P, Q):
    """Return the Jensen-Shannon divergence (4) of distributions, in bits."""
    return entropy((P + Q) / 2) - entropy(P) / 2 - entropy(Q) / 2


def information_gain(left, right):
    """Return IG of equation (2).

    Parameters
    ----------
    left, right : ndarray of shape (n_thresholds, n_classes)
        Numbers of target samples on either side.

    Returns
    -------
    ndarray of shape (n_thresholds,)
    """
    both = left + right
    total = 0.0
    for sign, counts in ((1, both), (-1, left), (-1, right)):
        n = counts.sum(axis=1, keepdims=True)
        total += sign * n[:, 0] * entropy(counts / n)
    return total / both.sum(axis=1)


def divergence_gain(left, right, Q_left, Q_right):
    """Return DG of equation (3).

    Parameters
    ----------
    left, right : ndarray of shape (n_thresholds, n_classes)
        Numbers of target samples on either side.
    Q_left, Q_right : ndarray of shape (n_classes,)
        Shares of the classes in the source.

    Returns
    -------
    ndarray of shape (n_thresholds,)
    """
    far = 0.0
    for counts, Q in ((left, Q_left), (right, Q_right)):
        n = counts.sum(axis=1, keepdims=True)
        far += n[:, 0] * divergence(counts / n, Q)
    return 1 - far / (left + right).sum(axis=1)


def best_threshold(x, y, Q_left, Q_right, threshold):
    """Return theta of equation (5), and whether the children exchange their sides.

    Parameters
    ----------
    x : ndarray of shape (n,)
        The feature of the target samples at the node.
    y : ndarray of int, shape (n,)
        Their classes, as positions.
    Q_left, Q_right : ndarray of shape (n_classes,)
    threshold : float
        The old one: kept if all values or all classes are equal; of equally good
        ones the nearest wins.

    Returns
    -------
    theta : float
    crossed : bool
    """
    values, places = np.unique(x, return_inverse=True)
    counts = np.zeros((len(values), len(Q_left)))
    np.add.at(counts, (places, y), 1)
    if len(values) < 2 or np.count_nonzero(counts.sum(axis=0)) < 2:
        return threshold, False
    left = counts.cumsum(axis=0)[:-1]
    right = counts.sum(axis=0) - left
    cuts, gain = (values[:-1] + values[1:]) / 2, information_gain(left, right)
    edged = np.concatenate([[-np.inf], gain, [-np.inf]]) - CLOSE
    top = np.flatnonzero((gain >= edged[:-2]) & (gain >= edged[2:]))
    same = divergence_gain(left[top], right[top], Q_left, Q_right)
    crossed = divergence_gain(left[top], right[top], Q_right, Q_left)
    first = largest_first(
        np.concatenate([same, crossed]),
        np.repeat([1, 0], len(top)),
        np.tile(-np.abs(cuts[top] - threshold), 2),
    )[0]
    return float(cuts[top][first % len(top)]), bool(first >= len(top))


def restructured(tree, X, y):
    """Return the nodes of a tree with the thresholds (5) of target samples.

    Parameters
    ----------
    tree : fitted DecisionTreeClassifier
    X, y : ndarray of shape (n, d) and (n,)
        Labeled target samples; classes as positions in `tree.classes_`.

    Returns
    -------
    Nodes
    """
    nodes = Nodes.of(tree)
    rows = [np.arange(0)] * len(nodes)
    rows[0] = np.arange(len(X))
    for n in range(len(nodes)):
        here = rows[n]
        if len(here) == 0:
            nodes.cut(n)
            continue
        counts = np.bincount(y[here], minlength=nodes.shares.shape[1])
        nodes.shares[n] = counts / len(here)
        if nodes.is_leaf(n):
            continue
        left, right = nodes.left[n], nodes.right[n]
        # the children still have the shares of the source
        nodes.threshold[n], crossed = best_threshold(
            X[here, nodes.feature[n]],
            y[here],
            nodes.shares[left],
            nodes.shares[right],
            nodes.threshold[n],
        )
        if crossed:
            nodes.left[n], nodes.right[n] = left, right = right, left
        rows[left], rows[right] = nodes.parted(n, here, X)
    return nodes


def refined(tree, method, X, y):
    """Return a refined copy of a tree, by "ser" or "strut"."""
    # the precision in which trees compare
    X = X.astype(np.float32).astype(np.float64)
    nodes = (
        reduced(expanded(tree, X, y), X, y)
        if method == "ser"
        else restructured(tree, X, y)
    )
    return nodes.as_tree(tree, X)


class TransferTree(ModelEstimator):
    """Decision tree of the source, refined on a few labeled target samples.

    It knows classes only: (1) counts errors and (2) compares their shares.

    Parameters
    ----------
    estimator : DecisionTreeClassifier, default=None
        None is a tree with entropy.  Its `random_state` serves the expansion too.
    method : {"ser", "strut"}, default="ser"
        Expansion and reduction of the structure, or new thresholds in it.

    Attributes
    ----------
    source_model_ : DecisionTreeClassifier
        The tree before the transfer.
    estimator_ : DecisionTreeClassifier
        The refined tree.

    References
    ----------
    Segev et al., IEEE TPAMI 2017.
    """

    _uses_target_labels = True
    _needs_target_labels = True
    _measures_distances = False
    _needs_classes = "TwoStageTrAdaBoostR2"
    _parameter_constraints = {
        "estimator": [DecisionTreeClassifier, None],
        "method": [StrOptions({"ser", "strut"})],
    }

    def __init__(self, estimator=None, method="ser"):
        self.estimator = estimator
        self.method = method

    @staticmethod
    def _default_estimator():
        return DecisionTreeClassifier(criterion="entropy", random_state=0)

    def _fit(self, Xs, ys, Xt, yt):
        self.source_model_ = self.estimator_ = clone(self._learner()).fit(Xs, ys)
        if Xt is None:
            return
        labeled = is_labeled(yt)
        Xt, yt = Xt[labeled], yt[labeled].astype(ys.dtype)
        missing = np.setdiff1d(ys, yt)
        if len(missing):
            warn(
                f"no target label is of {', '.join(map(str, missing))}: the "
                "refined tree may forget such a class; label one of each"
            )
        self.estimator_ = self._refined(Xt, np.searchsorted(self.classes_, yt))

    def _refined(self, X, y):
        return refined(self.source_model_, self.method, X, y)


class TransferForest(TransferTree):
    """Random forest of the source, each tree refined on a few labeled target samples.

    Parameters
    ----------
    estimator : RandomForestClassifier, default=None
        None is a forest of 50 trees with entropy.
    method : {"ser", "strut", "mix"}, default="mix"
        "mix" has twice as many trees: each one refined in both ways.

    Attributes
    ----------
    source_model_ : RandomForestClassifier
        The forest before the transfer.
    estimator_ : RandomForestClassifier
        The refined forest.

    References
    ----------
    Segev et al., IEEE TPAMI 2017.
    """

    _parameter_constraints = {
        "estimator": [RandomForestClassifier, None],
        "method": [StrOptions({"ser", "strut", "mix"})],
    }

    def __init__(self, estimator=None, method="mix"):
        super().__init__(estimator, method)

    @staticmethod
    def _default_estimator():
        return RandomForestClassifier(50, criterion="entropy", random_state=0)

    def _refined(self, X, y):
        methods = ("ser", "strut") if self.method == "mix" else (self.method,)
        forest = copy(self.source_model_)
        forest.estimators_ = [
            refined(tree, method, X, y)
            for method in methods
            for tree in self.source_model_.estimators_
        ]
        return forest.set_params(n_estimators=len(forest.estimators_))
