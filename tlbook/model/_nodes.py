"""A decision tree as arrays that may be changed, and the way back to scikit-learn.

A child stands after its parent in the arrays: top-down is the order of the arrays,
bottom-up the reverse.
"""

from copy import copy
from dataclasses import dataclass, fields, replace

import numpy as np
from scipy.special import entr


def entropy(P):
    """Return the entropy of distributions in the last axis, in bits."""
    return entr(P).sum(axis=-1) / np.log(2)


@dataclass
class Nodes:
    """The nodes of a tree.

    Attributes
    ----------
    left, right : ndarray of int, shape (n_nodes,)
        Children; -1 at a leaf.
    feature : ndarray of int, shape (n_nodes,)
    threshold : ndarray of shape (n_nodes,)
        A sample with x[feature] <= threshold goes left.
    shares : ndarray of shape (n_nodes, n_classes)
        Of the classes; a leaf answers with them.
    """

    left: np.ndarray
    right: np.ndarray
    feature: np.ndarray
    threshold: np.ndarray
    shares: np.ndarray

    @classmethod
    def of(cls, tree):
        """Return copies of the arrays of a fitted DecisionTreeClassifier."""
        nodes = tree.tree_
        shares = nodes.value[:, 0]
        return cls(
            nodes.children_left.copy(),
            nodes.children_right.copy(),
            nodes.feature.copy(),
            nodes.threshold.copy(),
            shares / shares.sum(axis=1, keepdims=True),
        )

    def __len__(self):
        return len(self.left)

    def arrays(self):
        return [getattr(self, field.name) for field in fields(self)]

    def copy(self):
        return Nodes(*(array.copy() for array in self.arrays()))

    def is_leaf(self, n):
        return self.left[n] < 0

    def cut(self, n):
        """Make a node a leaf."""
        self.left[n] = self.right[n] = -1

    def parted(self, n, rows, X):
        """Return which of the rows at node n go left, and which go right."""
        goes_left = X[rows, self.feature[n]] <= self.threshold[n]
        return rows[goes_left], rows[~goes_left]

    def rows(self, X):
        """Return the rows of X that reach each node, a list of arrays."""
        found = [np.arange(0)] * len(self)
        found[0] = np.arange(len(X))
        for n in range(len(self)):
            if not self.is_leaf(n):
                found[self.left[n]], found[self.right[n]] = self.parted(
                    n, found[n], X
                )
        return found

    def grafted(self, grafts):
        """Return a tree with other ones in the place of leaves.

        Parameters
        ----------
        grafts : dict of int to Nodes
            What grows at each leaf: its root takes the place, the rest comes last.

        Returns
        -------
        Nodes
        """
        whole, size = self.copy(), len(self)
        pieces = [whole.arrays()]
        for leaf, graft in grafts.items():
            left, right = (
                np.where(children < 0, -1, children + size - 1)
                for children in (graft.left, graft.right)
            )
            moved = replace(graft, left=left, right=right).arrays()
            for array, new in zip(whole.arrays(), moved):
                array[leaf] = new[0]
            pieces.append([new[1:] for new in moved])
            size += len(graft) - 1
        return Nodes(*map(np.concatenate, zip(*pieces)))

    def as_tree(self, tree, X):
        """Return a copy of a fitted DecisionTreeClassifier with these nodes.

        Parameters
        ----------
        tree : DecisionTreeClassifier
        X : ndarray of shape (n, d)
            The samples that the nodes count.

        Returns
        -------
        DecisionTreeClassifier
        """
        depth = np.full(
            len(self), -1
        )  # what the root does not lead to is left out
        depth[0] = 0
        for n in range(len(self)):
            if depth[n] >= 0 and not self.is_leaf(n):
                depth[[self.left[n], self.right[n]]] = depth[n] + 1
        kept = depth >= 0
        number, leaf = np.cumsum(kept) - 1, self.left < 0
        counts = [len(rows) for rows in self.rows(X)]
        old = tree.tree_
        table = np.zeros(kept.sum(), old.__getstate__()["nodes"].dtype)
        for name, column in (
            ("left_child", np.where(leaf, -1, number[self.left])),
            ("right_child", np.where(leaf, -1, number[self.right])),
            ("feature", np.where(leaf, -2, self.feature)),
            ("threshold", np.where(leaf, -2, self.threshold)),
            ("impurity", entropy(self.shares)),
            ("n_node_samples", counts),
            ("weighted_n_node_samples", counts),
        ):
            table[name] = np.asarray(column)[kept]
        new = copy(tree)
        new.tree_ = type(old)(old.n_features, old.n_classes, old.n_outputs)
        new.tree_.__setstate__(
            {
                "max_depth": int(depth.max()),
                "node_count": len(table),
                "nodes": table,
                "values": np.ascontiguousarray(self.shares[kept][:, None]),
            }
        )
        return new
