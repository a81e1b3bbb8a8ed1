"""A tree of scikit-learn opened for surgery: its nodes grown for others, and cut back."""

from dataclasses import replace

import numpy as np
from sklearn.tree import DecisionTreeClassifier

from tlbook.model._nodes import Nodes


def expanded(tree, X, y):
    """Return the nodes of a tree with full trees of target samples in its leaves.

    Parameters
    ----------
    tree : fitted DecisionTreeClassifier
    X : ndarray of shape (n, d)
        Labeled target samples.
    y : ndarray of int, shape (n,)
        Their classes, as positions in `tree.classes_`.

    Returns
    -------
    Nodes
    """
    nodes, grafts = Nodes.of(tree), {}
    for leaf, rows in enumerate(nodes.rows(X)):
        if len(rows) == 0 or not nodes.is_leaf(leaf):
            continue
        counts = np.bincount(y[rows], minlength=nodes.shares.shape[1])
        nodes.shares[leaf] = counts / len(rows)
        if np.count_nonzero(counts) == 1:
            continue  # the full tree of one class is this leaf
        full = DecisionTreeClassifier(
            criterion=tree.criterion,
            max_features=tree.max_features,
            random_state=tree.random_state,
        ).fit(X[rows], y[rows])
        graft = Nodes.of(full)
        shares = np.zeros((len(graft), len(counts)))
        shares[:, full.classes_] = graft.shares
        grafts[leaf] = replace(graft, shares=shares)
    return nodes.grafted(grafts)


def reduced(nodes, X, y):
    """Return the smallest pruning of fewest errors, by (1) from the leaves up.

    Parameters
    ----------
    nodes : Nodes
    X, y : ndarray of shape (n, d) and (n,)
        Labeled target samples; classes as positions.

    Returns
    -------
    Nodes
    """
    nodes, rows = nodes.copy(), nodes.rows(X)
    errors = np.zeros(len(nodes), dtype=int)
    for n in reversed(range(len(nodes))):
        counts = np.bincount(y[rows[n]], minlength=nodes.shares.shape[1])
        if nodes.is_leaf(n):
            errors[n] = counts.sum() - counts[np.argmax(nodes.shares[n])]
            continue
        as_leaf = counts.sum() - counts.max()
        below = errors[nodes.left[n]] + errors[nodes.right[n]]
        errors[n] = min(as_leaf, below)
        if as_leaf <= below:
            nodes.cut(n)
            if len(rows[n]):
                nodes.shares[n] = counts / counts.sum()
    return nodes
