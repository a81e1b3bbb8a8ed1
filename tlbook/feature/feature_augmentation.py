"""Feature augmentation: every feature three times, shared, for the source, for the target.

Daumé III H. Frustratingly easy domain adaptation. ACL 2007, 256-263.
https://aclanthology.org/P07-1033/

A few target samples have labels.  Copy the features, once for both domains and
once for each, and learn on both domains together:

    source   x -> (x, x, 0)          target   x -> (x, 0, x)                  (1)

A linear learner on (1) has the weights v of what the domains share, and one
correction for each; in terms of w_s = v + u_s and w_t = v + u_t it solves

    min  sum loss_s(w_s) + sum loss_t(w_t) + lam (|v|^2 + |u_s|^2 + |u_t|^2)  (2)

so that the penalty decides, feature by feature, what is shared.  In terms of
kernels, with k the learner's own,

    k'(x, z) = 2 k(x, z) in one domain,  k(x, z) between the two              (3)

    x  (d,)  a sample, 3 d features after (1)      lam  the learner's penalty

Cost: O(n d) time, O(n d) memory, and those of the learner on 3 d features.
"""

import numpy as np
from scipy import sparse
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression

from tlbook.base import ESTIMATOR, LearnerPredicts, TransferEstimator
from tlbook.kernels import pooled
from tlbook.labels import is_labeled


def augmented(X, domain):
    """Return the three copies of equation (1).

    Parameters
    ----------
    X : ndarray or sparse matrix of shape (n, d)
    domain : {"source", "target"}

    Returns
    -------
    ndarray or sparse matrix of shape (n, 3 d)
    """
    if sparse.issparse(X):
        nothing = sparse.csr_matrix(X.shape, dtype=X.dtype)
        blocks = [X, X, nothing] if domain == "source" else [X, nothing, X]
        return sparse.hstack(blocks, format="csr")
    nothing = np.zeros_like(X)
    return np.hstack([X, X, nothing] if domain == "source" else [X, nothing, X])


class FeatureAugmentation(LearnerPredicts, TransferEstimator):
    """Learn on both domains at once, with shared and own copies of each feature.

    Parameters
    ----------
    estimator : classifier or regressor, default=None
        Its penalty decides what the domains share: give it one, and features of
        one scale.  None is logistic regression.

    Attributes
    ----------
    estimator_ : the same, fitted on the copies of both domains

    References
    ----------
    Daumé III 2007.
    """

    _uses_target_labels = True
    _needs_target_labels = True
    _accept_sparse = True
    _parameter_constraints = {"estimator": ESTIMATOR}

    def __init__(self, estimator=None):
        self.estimator = estimator

    @staticmethod
    def _default_estimator():
        return LogisticRegression(max_iter=1000)

    def _fit(self, Xs, ys, Xt, yt):
        self._adapted = Xt is not None
        if not self._adapted:
            self.estimator_ = clone(self._learner()).fit(Xs, ys)
            return
        labeled = is_labeled(yt)
        X = pooled(augmented(Xs, "source"), augmented(Xt[labeled], "target"))
        y = np.concatenate([ys, yt[labeled]])
        self.estimator_ = clone(self._learner()).fit(X, y)

    def _features(self, X, domain):
        return augmented(X, domain) if self._adapted else X
