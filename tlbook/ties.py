"""Rules for ties: the same choice on every machine.

Two numbers that are equal on paper may differ in the last bit, because a
processor adds in another order or takes another instruction for a logarithm.  A
sort or a maximum would then choose by that bit.  Here numbers that are closer
than `CLOSE` times the largest magnitude count as equal, and a second key decides:
what the caller names, and at last the position, the earlier first.
"""

import numpy as np
from sklearn.tree import DecisionTreeClassifier

CLOSE = 1e-9  # far above rounding errors, far below what data can tell apart
# of a double's 53: so many hold the sum of all weights, and each partial sum is exact
BITS = 50


def tie_ranks(scores):
    """Return ranks 0, 1, ... from the smallest score on; scores that tie share one.

    A score ties with the next larger one if their difference is at most `CLOSE`
    times the largest finite magnitude of all.

    Parameters
    ----------
    scores : array-like of shape (n,), without NaN

    Returns
    -------
    ndarray of int, shape (n,)
    """
    scores = np.asarray(scores, dtype=float)
    order = np.argsort(scores, kind="stable")
    apart = np.zeros(len(scores), dtype=int)
    apart[1:] = scores[order[1:]] > scores[order[:-1]] + _tolerance(scores)
    ranks = np.empty(len(scores), dtype=int)
    ranks[order] = np.cumsum(apart)
    return ranks


def largest_first(scores, *then):
    """Return the positions of the scores, the largest first, with a rule for ties.

    Parameters
    ----------
    scores : array-like of shape (n,), without NaN
    *then : array-like of shape (n,)
        Decide, one after the other and the largest first, between scores that
        tie.

    Returns
    -------
    ndarray of int, shape (n,)
        What still ties comes by position, the earlier first.

    Examples
    --------
    >>> largest_first([0.1 + 0.2, 0.3, 0.7])
    array([2, 0, 1])
    >>> largest_first([0.1 + 0.2, 0.3, 0.7], [5, 6, 0])
    array([2, 1, 0])
    """
    keys = [-tie_ranks(key) for key in (scores, *then)]
    return np.lexsort(keys[::-1])


def smallest_first(scores, *then):
    """Return the positions of the scores, the smallest first; `then` as in `largest_first`."""
    return largest_first(-np.asarray(scores, dtype=float), *then)


def first_largest(scores, axis=None):
    """Return the first position whose score ties with the largest: `np.argmax` with the rule.

    Parameters
    ----------
    scores : array-like, without NaN
    axis : int, optional
        None is the position in the flattened array.

    Returns
    -------
    int or ndarray of int

    Examples
    --------
    >>> int(np.argmax([0.3, 0.1 + 0.2])), int(first_largest([0.3, 0.1 + 0.2]))
    (1, 0)
    """
    scores = np.asarray(scores, dtype=float)
    largest = scores.max(axis=axis, keepdims=True)
    return np.argmax(scores >= largest - _tolerance(scores, axis), axis=axis)


def first_smallest(scores, axis=None):
    """Return the first position whose score ties with the smallest; see `first_largest`."""
    return first_largest(-np.asarray(scores, dtype=float), axis)


def _tolerance(scores, axis=None):
    magnitude = np.where(np.isfinite(scores), np.abs(scores), 0)
    return CLOSE * magnitude.max(axis=axis, keepdims=axis is not None, initial=0)


def exact_weights(weights):
    """Return weights on a grid so coarse that their sums are exact in every order.

    A learner that compares sums of weights, such as a tree, finds two splits of
    the same samples equally good to the last bit, and then its own rule for ties
    decides.

    Parameters
    ----------
    weights : ndarray of shape (n,), non-negative

    Returns
    -------
    ndarray of shape (n,)
        Multiples of 2^-50 times the power of two above the sum of all.
    """
    weights = np.asarray(weights, dtype=float)
    grid = 2.0 ** (np.frexp(weights.sum())[1] - BITS)
    return np.round(weights / grid) * grid


class ExactTree(DecisionTreeClassifier):
    """Decision tree that sums its sample weights exactly, see `exact_weights`.

    Boosting gives a tree weights with rounding errors.  Two features that split a
    node alike then differ in the last bit, and which of them is taken would
    depend on the machine.  For learners that boost by themselves, such as
    scikit-learn's; those of tlbook do the same to each learner.
    """

    def fit(self, X, y, sample_weight=None, check_input=True):
        """Grow the tree on exact weights.

        Parameters
        ----------
        X : array-like of shape (n, d)
        y : array-like of shape (n,)
        sample_weight : array-like of shape (n,), optional
        check_input : bool

        Returns
        -------
        self
        """
        if sample_weight is not None:
            sample_weight = exact_weights(sample_weight)
        return super().fit(
            X, y, sample_weight=sample_weight, check_input=check_input
        )
