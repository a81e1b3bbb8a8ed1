"""Source mixture: how much of each source the target holds, from samples alone.

Mansour Y., Mohri M., Rostamizadeh A. Domain adaptation with multiple sources.
NeurIPS 2008.
https://papers.nips.cc/paper/3550-domain-adaptation-with-multiple-sources
Saerens M., Latinne P., Decaestecker C. Adjusting the outputs of a classifier to
new a priori probabilities. Neural Computation 14(1), 2002.
https://doi.org/10.1162/089976602753284446

K sources with densities p_k, n_k samples and rules h_k.  The target is a mixture
of them, with shares that nobody knows:

    q(x) = sum_k l_k p_k(x),   l_k >= 0,   sum_k l_k = 1                     (1)

A classifier that tells from which source a sample comes, r_k(x) = P(source k | x)
where source k has the share s_k = n_k / n, knows the densities up to a factor:
p_k(x) ~ r_k(x) / s_k.  So a target sample comes from source k with probability

    v_k(x) = l_k p_k(x) / q(x) = (l_k / s_k) r_k(x) / sum_j (l_j / s_j) r_j(x)  (2)

and the shares of largest likelihood are a fixed point:

    l_k <- 1/nt sum_j v_k(x_j)                                              (3)

This is label shift with the source in place of the class, so (2), (3) and the
calibration of r are those of tlbook.instance.label_shift, on which this is built.
Two predictors follow from the shares:

    rules    P(y | x) = sum_k v_k(x) h_k(x)_y, or sum_k v_k(x) h_k(x) for numbers  (4)
    samples  one learner on all sources, each sample of source k weighted l_k / s_k  (5)

(4) is the rule of Bayes in the mixture if each h_k is that of its source, also
where the sources contradict each other.  How well the shares are known follows
from the curvature of the likelihood at its maximum (Fisher's information):

    cov(l) = B (B' A' A B)^(-1) B',   A_jk = p_k(x_j) / q(x_j)                (6)

    r, v (nt, K)  from which source       l, s (K,)  shares in target and sources
    A (nt, K)     density ratios          B (K, K-1)  directions of sum zero

Cost: O(n (d + K)) time, O(n (d + K)) memory with learners that are linear in n; a
classifier of the sources is fitted six times, a learner once a source.

Deviations.  In the paper the densities are given, and the shares are found such
that the predictor errs equally in all sources, whatever the target; here both are
estimated, and the shares are those of one target.
"""

import numpy as np
from sklearn.base import clone, is_regressor
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils._param_validation import StrOptions
from sklearn.utils.metaestimators import available_if
from sklearn.utils.validation import check_is_fitted

from tlbook._warn import warn
from tlbook.base import ESTIMATOR, fit_weighted
from tlbook.instance.label_shift import LabelShift
from tlbook.kernels import pooled
from tlbook.several_sources import SeveralSources
from tlbook.ties import first_largest
from tlbook.validation import (
    TARGET,
    UNLABELED,
    check_matrix,
    check_target_labels,
    check_target_numbers,
    check_use,
    is_labeled,
    unwrap,
)

COMBINE = ("rules", "samples")
TINY = 1e-12  # the least curvature that is divided by
UNSURE = 0.2  # a standard error of a share above which nothing is known of it


def standard_errors(V, shares):
    """Return the standard errors of the shares, equation (6).

    Parameters
    ----------
    V : ndarray of shape (nt, K)
        v_k(x_j) of equation (2) at the shares of largest likelihood.
    shares : ndarray of shape (K,)

    Returns
    -------
    ndarray of shape (K,)
        At most 1, where the samples say nothing; 0 for a source that holds less
        than one of the samples: at the border of the simplex nothing is left to
        vary.
    """
    errors, present = np.zeros(len(shares)), len(V) * shares >= 1
    A, K = V[:, present] / shares[present], np.count_nonzero(present)
    B = np.vstack([np.eye(K - 1), -np.ones(K - 1)])  # (K, K-1)
    information, W = np.linalg.eigh(B.T @ A.T @ A @ B)
    # where the likelihood is flat
    information = np.maximum(information, TINY)
    spread = np.sum((B @ W) ** 2 / information, axis=1)
    errors[present] = np.minimum(np.sqrt(spread), 1.0)
    return errors


def combined(V, H):
    """Return sum_k v_k(x) h_k(x), equation (4).

    Parameters
    ----------
    V : ndarray of shape (n, K)
    H : list of K ndarray of shape (n,) or (n, n_classes)
        What each source's rule says.

    Returns
    -------
    ndarray of shape (n,) or (n, n_classes)
    """
    return sum((v * h.T).T for v, h in zip(V.T, H))


def probabilities(rule, X, classes):
    """Return class probabilities in columns of all classes, (n, n_classes).

    Parameters
    ----------
    rule : fitted classifier, which may know some of the classes only
    X : ndarray of shape (n, d)
    classes : ndarray of shape (n_classes,), sorted
    """
    P = np.zeros((X.shape[0], len(classes)))
    P[:, np.searchsorted(classes, rule.classes_)] = rule.predict_proba(X)
    return P


def _speaks_of_chances(model):
    return hasattr(model._learner(), "predict_proba")


class SourceMixture(SeveralSources):
    """Several sources, weighed by how much of each the unlabeled target holds.

    Parameters
    ----------
    estimator : classifier or regressor, default=None
        The learner; None is logistic regression.
    combine : {"rules", "samples"}, default="rules"
        One learner a source, equation (4), or one learner on weighted samples,
        equation (5).
    discriminator : classifier with predict_proba, default=None
        Tells the sources apart; None is logistic regression on standardized
        features.

    Attributes
    ----------
    shares_ : ndarray of shape (K,)
        Share of each source in the target, of sum 1.
    standard_errors_ : ndarray of shape (K,)
        Of the shares, as far as the classifier of the sources is right.
    domains_ : fitted LabelShift
        Tells from which source a target sample comes.
    estimators_ : list of fitted learners
        One a source, in their order; one alone for `combine="samples"`.
    classes_ : ndarray, those of all sources; of classifiers only

    References
    ----------
    Mansour, Mohri, Rostamizadeh 2008; Saerens et al. 2002.
    """

    _uses_target_labels = False
    _parameter_constraints = {
        "estimator": ESTIMATOR,
        "combine": [StrOptions(set(COMBINE))],
        "discriminator": ESTIMATOR,
    }

    def __init__(self, estimator=None, combine="rules", discriminator=None):
        self.estimator = estimator
        self.combine = combine
        self.discriminator = discriminator

    @staticmethod
    def _default_estimator():
        return LogisticRegression(max_iter=1000)

    def fit(self, sources, X_target, y_target=None):
        """Learn from several sources, and their shares from the unlabeled target.

        Parameters
        ----------
        sources : list of (X, y)
            At least two labeled sources, X of shape (n_k, d) and y of shape
            (n_k,).
        X_target : array-like of shape (nt, d)
        y_target : array-like of shape (nt,), optional
            As other methods take it; all rows unlabeled (-1, NaN where labels are
            numbers).

        Returns
        -------
        self

        Raises
        ------
        ValueError
            If there are less than two sources, or one has other features or, for
            a classifier, one class only; for a classifier without predict_proba
            where rules are combined; on NaN or infinite values.
        """
        self._validate_params()
        Xt = check_matrix(unwrap(X_target), TARGET, self, accept_sparse="csr")
        learner, numbers = self._learner(), is_regressor(self)
        rules = self.combine == "rules"
        if y_target is not None:
            read = check_target_numbers if numbers else check_target_labels
            check_use(
                is_labeled(read(unwrap(y_target), Xt.shape[0])),
                type(self).__name__,
                used=False,
                needed=False,
                mark="NaN" if numbers else UNLABELED,
            )
        if rules and not numbers and not _speaks_of_chances(self):
            raise ValueError(
                f"{type(learner).__name__} has no predict_proba; choose a "
                'classifier that has, or combine="samples"'
            )
        sources = self._checked_sources(sources)
        if len(sources) < 2:
            raise ValueError(
                "sources has 1 pair; at least 2 are needed to be weighed"
            )
        X = sources[0][0]
        for other, _ in sources[1:]:
            X = pooled(X, other)
        y = np.concatenate([y for _, y in sources])
        k = np.repeat(np.arange(len(sources)), [len(y) for _, y in sources])
        discriminator = self.discriminator or make_pipeline(
            StandardScaler(with_mean=False), LogisticRegression(max_iter=1000)
        )
        self.domains_ = LabelShift(discriminator).fit(X, k, Xt)
        self.shares_ = self.domains_.target_prior_
        self._doubt(Xt)
        if not numbers:
            self.classes_ = np.unique(y)
        if rules:
            self.estimators_ = [clone(learner).fit(*source) for source in sources]
        else:
            weights = self.domains_.class_weights_[k]
            self.estimators_ = [fit_weighted(learner, X, y, weights)]
        return self

    def _doubt(self, Xt):
        self.standard_errors_ = standard_errors(
            self.domains_.predict_proba(Xt), self.shares_
        )
        worst = int(np.argmax(self.standard_errors_))
        if self.standard_errors_[worst] > UNSURE:
            warn(
                f"the share of sources[{worst}] in the target is known to "
                f"{self.standard_errors_[worst]:.2f} only: the sources look "
                "alike, or the target has few samples; merge sources that are "
                "alike"
            )

    def _check(self, X):
        check_is_fitted(self)
        return check_matrix(X, "X", self, reset=False, accept_sparse="csr")

    def source_probabilities(self, X):
        """Return from which source samples of the target come, equation (2).

        Parameters
        ----------
        X : array-like of shape (n, d)

        Returns
        -------
        ndarray of shape (n, K), rows of sum 1
        """
        return self.domains_.predict_proba(self._check(X))

    def predict(self, X):
        """Predict the class, or the number, of target samples.

        Parameters
        ----------
        X : array-like of shape (n, d)

        Returns
        -------
        ndarray of shape (n,)
        """
        X = self._check(X)
        if self.combine == "samples":
            return self.estimators_[0].predict(X)
        if is_regressor(self):
            H = [rule.predict(X) for rule in self.estimators_]
            return combined(self.domains_.predict_proba(X), H)
        return self.classes_[first_largest(self.predict_proba(X), axis=1)]

    @available_if(_speaks_of_chances)
    def predict_proba(self, X):
        """Predict class probabilities of target samples, where the learner can.

        Parameters
        ----------
        X : array-like of shape (n, d)

        Returns
        -------
        ndarray of shape (n, n_classes), columns in the order of `classes_`
        """
        X = self._check(X)
        H = [probabilities(rule, X, self.classes_) for rule in self.estimators_]
        if self.combine == "samples":
            return H[0]
        return combined(self.domains_.predict_proba(X), H)
