"""MultiSourceTrAdaBoost and TaskTrAdaBoost, boosting with several sources.

Yao Y., Doretto G. Boosting for transfer learning with multiple sources. CVPR
2010, 1855-1862. https://doi.org/10.1109/CVPR.2010.5539857

Sources D_1, ..., D_N with many labels and a target D_T with few.
MultiSourceTrAdaBoost hands over samples.  In round t each source trains a learner
together with the target, and the best one counts:

    h_k <- Learner(D_k u D_T, w),   (h_t, e_t) = the h_k of smallest weighted target error  (1)
    target: w_i <- w_i ((1 - e_t) / e_t)^[h_t(x_i) != y_i]                                  (2)
    source: w_i <- w_i beta^[h_t(x_i) != y_i],   beta = 1 / (1 + sqrt(2 ln(n_S) / M))       (3)
    H(x) = argmax_c  sum_t a_t [h_t(x) = c],   a_t = ln((1 - e_t) / e_t)                    (4)

TaskTrAdaBoost hands over learners.  AdaBoost on each source fills a pool, once;
then AdaBoost on the target draws from the pool in place of training, each learner
once:

    a(e) = ln((1 - e) / e) + ln(L - 1)                                                      (5)
    phase 1: w_i <- w_i exp(a(e_t))^[h_t(x_i) != y_i] on a source; h_t joins if a(e_t) > gamma
    phase 2: h_t = the h of the pool of largest a(e), e its error on D_T; it leaves the pool;
             target weights as in phase 1, vote as in (4) with a_t = a(e_t)

    w  weights, one per sample       n_S  samples of all sources       M  rounds       L  classes

(2), (3) and the error are those of TrAdaBoost (tlbook.instance.tradaboost), on
which this is built.

Cost: O(M n d) time, O(n d) memory with a learner that is linear in n; M N fits of
it, whatever it is.  TaskTrAdaBoost fits as often, but not for a new target.

Deviations.  The paper has two classes, -1 and 1, and factors 1/2 in the
exponents, which |h - y| in {0, 2} makes good.  Several classes: votes as in
TrAdaBoost; in (5) the term ln(L - 1) of SAMME (Zhu et al. 2009), zero for two
classes.  With two classes a learner of error above 1/2 is turned around, as in
the paper: its a(e) is negative, and |a(e)| counts in the choice; with more it is
left out. Errors are cut off at `least_error`, so that a learner without error on
the few labels has a finite vote.
"""

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.tree import DecisionTreeClassifier
from sklearn.utils.validation import check_is_fitted

from tlbook._warn import warn
from tlbook.base import COUNT, ESTIMATOR, NON_NEGATIVE, fit_weighted
from tlbook.instance.tradaboost import source_beta, target_error
from tlbook.kernels import pooled
from tlbook.model._learner_pool import (
    best_of_pool,
    boosted_pool,
    least_error,
    vote_weight,
)
from tlbook.several_sources import SeveralSources as SeveralSources
from tlbook.several_sources import check_source_numbers as check_source_numbers
from tlbook.several_sources import check_sources
from tlbook.ties import CLOSE, first_largest, first_smallest
from tlbook.validation import (
    TARGET,
    CheckedScore,
    check_classes,
    check_matrix,
    check_training_labels,
    is_labeled,
    unwrap,
)


class _MultiSource(CheckedScore, ClassifierMixin, BaseEstimator):
    """What both methods share: the checks of several sources and the vote (4)."""

    def _learner(self):
        if self.estimator is not None:
            return self.estimator
        return DecisionTreeClassifier(max_depth=3, random_state=0)

    def fit(self, sources, X_target, y_target):
        """Learn from several sources and the labeled rows of the target.

        Parameters
        ----------
        sources : list of (X, y)
            Labeled sources, X of shape (n_k, d) and y of shape (n_k,).
        X_target : array-like of shape (nt, d)
        y_target : array-like of shape (nt,)
            Target labels for training; -1 marks unlabeled rows, which are not
            used.

        Returns
        -------
        self

        Raises
        ------
        ValueError
            If there is no source, a source has other features or no two classes,
            no target row is labeled, the target has a class that no source has;
            on NaN or infinite values.
        """
        self._validate_params()
        X_target = unwrap(X_target)
        Xt = check_matrix(X_target, TARGET, self, accept_sparse="csr")
        sources = check_sources(self, sources, check_classes)
        self.classes_ = np.unique(np.concatenate([y for _, y in sources]))
        owner = type(self).__name__
        yt = check_training_labels(
            unwrap(y_target), Xt.shape[0], self.classes_, owner, needed=True
        )
        labeled = is_labeled(yt)
        self._boost(sources, Xt[labeled], yt[labeled].astype(self.classes_.dtype))
        return self

    def decision_votes(self, X):
        """Return the votes for each class, equation (4).

        Parameters
        ----------
        X : array-like of shape (n, d)

        Returns
        -------
        ndarray of shape (n, n_classes), columns in the order of `classes_`
        """
        check_is_fitted(self)
        X = check_matrix(X, "X", self, reset=False, accept_sparse="csr")
        votes = np.zeros((X.shape[0], len(self.classes_)))
        for learner, vote in zip(self.estimators_, self.votes_):
            votes += vote * (learner.predict(X)[:, None] == self.classes_)
        return votes

    def predict(self, X):
        """Predict the class with most votes.

        Parameters
        ----------
        X : array-like of shape (n, d)

        Returns
        -------
        ndarray of shape (n,)
        """
        best = first_largest(self.decision_votes(X), axis=1)
        return self.classes_[best]


class MultiSourceTrAdaBoost(_MultiSource):
    """TrAdaBoost that chooses the most helpful source in each round.

    Parameters
    ----------
    estimator : classifier with sample weights, default=None
        None is a decision tree of depth 3.
    n_rounds : int
        M.

    Attributes
    ----------
    estimators_ : list of fitted learners, one per round
    votes_ : ndarray of shape (n_rounds_done,)
        a_t of equation (4).
    chosen_ : ndarray of int, shape (n_rounds_done,)
        The source of each round.
    errors_ : ndarray of shape (n_rounds_done,)
        e_t, before it is cut off.
    weights_ : list of ndarray of shape (n_k,)
        Weights of the samples of each source at the end; with those of the target
        they sum to 1.

    References
    ----------
    Yao and Doretto, CVPR 2010, https://doi.org/10.1109/CVPR.2010.5539857
    """

    _parameter_constraints = {"estimator": ESTIMATOR, "n_rounds": COUNT}

    def __init__(self, estimator=None, n_rounds=20):
        self.estimator = estimator
        self.n_rounds = n_rounds

    def _boost(self, sources, Xt, yt):
        n_source = sum(len(y) for _, y in sources)
        total, beta = n_source + len(yt), source_beta(n_source, self.n_rounds)
        ws = [np.full(len(y), 1 / total) for _, y in sources]
        wt = np.full(len(yt), 1 / total)
        self.estimators_, votes, chosen, errors = [], [], [], []
        for _ in range(self.n_rounds):
            learners = [
                fit_weighted(
                    self._learner(),
                    pooled(X, Xt),
                    np.concatenate([y, yt]),
                    np.concatenate([w, wt]) * total,
                )
                for (X, y), w in zip(sources, ws)
            ]
            wrong = [h.predict(Xt) != yt for h in learners]
            k = int(first_smallest([target_error(wt, miss) for miss in wrong]))
            error, h = target_error(wt, wrong[k]), learners[k]
            if error >= 0.5 - CLOSE:
                break
            vote = vote_weight(error, 2, least_error(len(yt)))
            self.estimators_.append(h)
            votes.append(vote)
            chosen.append(k)
            errors.append(error)
            wt = wt * np.exp(vote) ** wrong[k]
            ws = [
                w * beta ** (h.predict(X) != y) for (X, y), w in zip(sources, ws)
            ]
            sum_of_all = wt.sum() + sum(w.sum() for w in ws)
            wt, ws = wt / sum_of_all, [w / sum_of_all for w in ws]
        if not votes:
            warn(
                f"the best first learner errs on {100 * error:.0f} % of the "
                "target weight: no round of boosting is possible, it decides "
                "alone"
            )
            self.estimators_, votes, chosen, errors = [h], [1.0], [k], [error]
        self.votes_, self.chosen_, self.errors_ = map(
            np.array, (votes, chosen, errors)
        )
        self.weights_ = ws


class TaskTrAdaBoost(_MultiSource):
    """AdaBoost on the target that draws its learners from a pool trained on the sources.

    Parameters
    ----------
    estimator : classifier with sample weights, default=None
        None is a decision tree of depth 3.
    n_rounds : int
        M of both phases.
    gamma : float >= 0
        A learner joins the pool if its a(e) on its source is larger.

    Attributes
    ----------
    pool_ : list of fitted learners
    origin_ : ndarray of int, shape (n_pool,)
        The source of each learner of the pool.
    estimators_ : list of fitted learners, one per round, without repetition
    votes_ : ndarray of shape (n_rounds_done,)
        a_t; negative for a learner that is turned around.
    chosen_ : ndarray of int, shape (n_rounds_done,)
        The source of each.

    References
    ----------
    Yao and Doretto, CVPR 2010, https://doi.org/10.1109/CVPR.2010.5539857
    """

    _parameter_constraints = {
        "estimator": ESTIMATOR,
        "n_rounds": COUNT,
        "gamma": NON_NEGATIVE,
    }

    def __init__(self, estimator=None, n_rounds=20, gamma=0.1):
        self.estimator = estimator
        self.n_rounds = n_rounds
        self.gamma = gamma

    def _boost(self, sources, Xt, yt):
        pools = [
            boosted_pool(self._learner(), *s, self.n_rounds, self.gamma)
            for s in sources
        ]
        self.pool_ = [h for pool in pools for h in pool]
        self.origin_ = np.repeat(
            np.arange(len(pools)), [len(pool) for pool in pools]
        )
        if not self.pool_:
            raise ValueError(
                f"no learner of any source has a(e) > gamma={self.gamma}"
            )
        answers = np.array([h.predict(Xt) for h in self.pool_])
        left, w = np.arange(len(self.pool_)), np.full(len(yt), 1 / len(yt))
        taken, votes = [], []
        while len(left) and len(taken) < self.n_rounds:
            position, a = best_of_pool(answers[left], yt, w, len(self.classes_))
            if abs(a) <= CLOSE or (a < 0 and len(self.classes_) > 2):
                break
            taken.append(left[position])
            votes.append(a)
            w = w * np.exp(a) ** (answers[taken[-1]] != yt)
            w, left = w / w.sum(), np.delete(left, position)
        if not taken:
            raise ValueError(
                "no learner of the pool is better than guessing on the target "
                "labels"
            )
        self.estimators_ = [self.pool_[i] for i in taken]
        self.votes_, self.chosen_ = np.array(votes), self.origin_[taken]
