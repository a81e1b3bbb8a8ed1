"""Feature augmentation: every feature three times, shared, for the source, for the target.

Daumé III H. Frustratingly easy domain adaptation. ACL 2007, 256-263.
https://aclanthology.org/P07-1033/

A few target samples have labels.  Copy the features, once for both domains and
once for each, and learn on both domains together:

    source   x -> (x, x, 0)          target   x -> (x, 0, x)                  (1)

A linear learner on (1) has the weights v of what the domains share, and one
correction for each; in terms of w_s = v + u_s and w_t = v + u_t it solves

    min  sum loss_s(w_s) + sum loss_t(w_t) + lam (|v|^2 + |u_s|^2 + |u_t|^2)  (2)

so that the penalty decides, feature by feature, what is shared.  For given rules
v = (w_s + w_t) / 3 is cheapest, and the penalty is a pull between the two,

    lam / 3 (|w_s|^2 + |w_t|^2 + |w_s - w_t|^2)

In terms of kernels, with k the learner's own,

    k'(x, z) = 2 k(x, z) in one domain,  k(x, z) between two                  (3)

Several sources come for free: a copy for each domain, K + 2 in all,

    domain k   x -> (x, 0, ..., x, ..., 0) = (1, e_k) (x) x                   (4)

and (3) stays as it is, between two sources too.

    x  (d,)  a sample                    lam  the learner's penalty
    K        sources; (K + 2) d features after (4), 3 d after (1)

Cost: O(n K d) time, O(n K d) memory of dense samples, and those of the learner on
(K + 2) d features.
"""

import numpy as np
from scipy import sparse
from sklearn.base import clone, is_regressor
from sklearn.linear_model import LogisticRegression
from sklearn.utils.validation import check_is_fitted

from tlbook.base import ESTIMATOR, LearnerPredicts, TransferEstimator
from tlbook.kernels import pooled
from tlbook.several_sources import SeveralSources
from tlbook.validation import (
    TARGET,
    check_matrix,
    check_target_numbers,
    check_training_labels,
    check_use,
    is_labeled,
    unwrap,
)


def augmented(X, place, n_domains=2):
    """Return the copies of equation (4), those of (1) for two domains.

    Parameters
    ----------
    X : ndarray or sparse matrix of shape (n, d)
    place : int
        Number of the domain from 0 on; the target is the last.
    n_domains : int
        K + 1.

    Returns
    -------
    ndarray or sparse matrix of shape (n, (K + 2) d)
    """
    filled = np.eye(n_domains + 1, dtype=X.dtype)[[1 + place]]
    filled[0, 0] = 1  # the shared copy
    if sparse.issparse(X):
        return sparse.kron(filled, X, format="csr")
    return np.kron(filled, X)


def learned(learner, domains):
    """Return the learner, fitted on the copies of all domains, of which the target is the last.

    Parameters
    ----------
    learner : classifier or regressor
    domains : list of (X, y)

    Returns
    -------
    fitted learner
    """
    X = augmented(domains[0][0], 0, len(domains))
    for place, (other, _) in enumerate(domains[1:], start=1):
        X = pooled(X, augmented(other, place, len(domains)))
    return clone(learner).fit(X, np.concatenate([y for _, y in domains]))


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
        few = Xt[labeled], yt[labeled]
        self.estimator_ = learned(self._learner(), [(Xs, ys), few])

    def _features(self, X, domain):
        place = ("source", "target").index(domain)
        return augmented(X, place) if self._adapted else X


class MultiSourceAugmentation(LearnerPredicts, SeveralSources):
    """The same with several sources, a copy of the features for each.

    `predict` and its siblings take `domain="target"`, or the number of a source.

    Parameters
    ----------
    estimator : classifier or regressor, default=None
        As in `FeatureAugmentation`.

    Attributes
    ----------
    estimator_ : the same, fitted on the copies of all domains
    n_sources_ : int
        K.
    classes_ : ndarray, those of all sources; of classifiers only

    References
    ----------
    Daumé III 2007.
    """

    _parameter_constraints = {"estimator": ESTIMATOR}

    def __init__(self, estimator=None):
        self.estimator = estimator

    @staticmethod
    def _default_estimator():
        return LogisticRegression(max_iter=1000)

    def fit(self, sources, X_target, y_target):
        """Learn from several sources and the labeled rows of the target.

        Parameters
        ----------
        sources : list of (X, y)
            Labeled sources, X of shape (n_k, d) and y of shape (n_k,).
        X_target : array-like of shape (nt, d)
        y_target : array-like of shape (nt,)
            Target labels for training, -1 where unlabeled (NaN where labels are
            numbers).

        Returns
        -------
        self

        Raises
        ------
        ValueError
            If there is no source, a source has other features or, for a
            classifier, one class only; if no target row is labeled; on NaN or
            infinite values.
        """
        self._validate_params()
        Xt = check_matrix(unwrap(X_target), TARGET, self, accept_sparse="csr")
        sources = self._checked_sources(sources)
        yt, n, owner = unwrap(y_target), Xt.shape[0], type(self).__name__
        if is_regressor(self):
            yt = check_target_numbers(yt, n)
            check_use(is_labeled(yt), owner, used=True, needed=True, mark="NaN")
        else:
            self.classes_ = np.unique(np.concatenate([y for _, y in sources]))
            yt = check_training_labels(yt, n, self.classes_, owner, needed=True)
        labeled = is_labeled(yt)
        few = Xt[labeled], yt[labeled]
        self.n_sources_ = len(sources)
        self.estimator_ = learned(self._learner(), [*sources, few])
        return self

    def _check_predict(self, X, domain):
        check_is_fitted(self)
        if domain not in ("target", *range(self.n_sources_)):
            raise ValueError(
                f"domain must be 'target' or the number of one of "
                f"{self.n_sources_} sources, not {domain!r}"
            )
        return check_matrix(X, "X", self, reset=False, accept_sparse="csr")

    def _features(self, X, domain):
        place = self.n_sources_ if domain == "target" else domain
        return augmented(X, place, self.n_sources_ + 1)
