"""TrAdaBoost.R2 and its two-stage form: boosting for regression transfer.

Pardoe D., Stone P. Boosting for regression transfer. ICML 2010, 863-870.
Drucker H. Improving regressors using boosting techniques. ICML 1997
(AdaBoost.R2).

Labels are numbers.  A sample is wrong by a degree, its residual against the
largest of all:

    e_i = |y_i - h_t(x_i)| / max_j |y_j - h_t(x_j)|                                       (1)
    eps_t = sum_target w_i e_i / sum_target w_i,   beta_t = eps_t / (1 - eps_t)            (2)

TrAdaBoost.R2 puts (1) into TrAdaBoost, with beta = 1 / (1 + sqrt(2 ln(ns) / N)):

    source: w_i <- w_i beta^e_i          target: w_i <- w_i beta_t^-e_i                    (3)
    H(x) = median of h_t(x), t >= N/2, weighted by ln(1 / beta_t)                          (4)

Its source fades whether it helps or not.  The two-stage form moves weight from
the source to the target in S steps and boosts inside each, where source weights
stay as they are:

    source: w_i <- w_i b_t^e_i, b_t such that the target has the share
            nt / n + t / (S - 1) (1 - nt / n) of all weight, t = 1, ..., S - 1             (5)
    AdaBoost.R2':  target: w_i <- w_i beta_t^(1 - e_i), at the same sum; votes as in (4)   (6)
    H is that of the step with the least cross-validated error on the target               (7)

    w  (ns + nt,)  weights, 1 / n at the start, n = ns + nt        N  rounds of boosting

Cost: O(N n d) time, O(n d) memory; TwoStageTrAdaBoostR2: O(S F N n d) time, O(n
d) memory with a learner that is linear in n: N fits of it, or S (F + 1) N + S in
two stages with F folds.

Deviations.  The maximum of (1) runs over the samples that can move: all in (3)
and (5), the target in (6).  Folds are dealt in the order of the labels, so that
each has small and large ones; (7) is the mean squared error.  A round with eps_t
= 0 decides alone, one with eps_t >= 1/2 ends.
"""

import numpy as np
from sklearn.base import clone
from sklearn.tree import DecisionTreeRegressor

from tlbook._warn import warn
from tlbook.base import COUNT, ESTIMATOR, SEVERAL, TransferEstimator, fit_weighted
from tlbook.instance._boosted_numbers import (
    adjusted_errors,
    boosted_target,
    faded_source,
    weighted_median,
)
from tlbook.instance.tradaboost import source_beta, target_error
from tlbook.kernels import pooled
from tlbook.ties import first_smallest
from tlbook.validation import is_labeled


class _BoostedRegressor(TransferEstimator):
    """What both methods share: numbers as labels, the learner, the median of the learners."""

    _uses_target_labels = True
    _needs_target_labels = True
    _measures_distances = False
    _accept_sparse = True
    _needs_numbers = True

    @staticmethod
    def _default_estimator():
        return DecisionTreeRegressor(max_depth=4, random_state=0)

    def _fit(self, Xs, ys, Xt, yt):
        if Xt is None:
            self.estimators_, self.votes_ = (
                [clone(self._learner()).fit(Xs, ys)],
                np.ones(1),
            )
            return
        labeled = is_labeled(yt)
        X, y = pooled(Xs, Xt[labeled]), np.concatenate([ys, yt[labeled]])
        self._boost(X, y, len(ys))

    def predict(self, X):
        """Predict the number of target samples: the weighted median of the learners.

        Parameters
        ----------
        X : array-like of shape (n, d)

        Returns
        -------
        ndarray of shape (n,)
        """
        X = self._check_predict(X)
        return weighted_median(
            np.array([h.predict(X) for h in self.estimators_]), self.votes_
        )


class TrAdaBoostR2(_BoostedRegressor):
    """Boosting for numbers that fades source samples which contradict the labeled target.

    Parameters
    ----------
    estimator : regressor with sample weights, default=None
        None is a regression tree of depth 4.
    n_rounds : int
        Rounds of boosting, N.

    Attributes
    ----------
    weights_ : ndarray of shape (ns,)
        Source weights after the last round; all weights, source and target, sum
        to 1.
    errors_ : ndarray of shape (n_rounds_done,)
        eps_t of each round.
    estimators_ : list of fitted learners, of the last half of the rounds
    votes_ : ndarray, ln(1 / beta_t) of each of them

    References
    ----------
    Pardoe and Stone, ICML 2010.
    """

    _parameter_constraints = {"estimator": ESTIMATOR, "n_rounds": COUNT}

    def __init__(self, estimator=None, n_rounds=20):
        self.estimator = estimator
        self.n_rounds = n_rounds

    def _boost(self, X, y, ns):
        w = np.full(len(y), 1 / len(y))
        beta = source_beta(ns, self.n_rounds)
        learners, votes, errors = [], [], []
        for _ in range(self.n_rounds):
            h = fit_weighted(self._learner(), X, y, w * len(w))
            e = adjusted_errors(y - h.predict(X))
            eps = target_error(w[ns:], e[ns:])
            errors.append(eps)
            if eps == 0 or eps >= 0.5:
                break
            learners.append(h)
            votes.append(np.log((1 - eps) / eps))
            w[:ns] *= beta ** e[:ns]
            w[ns:] *= (eps / (1 - eps)) ** -e[ns:]
            w /= w.sum()
        if not learners and eps > 0:
            warn(
                f"the first learner has an adjusted error of {eps:.2f} on the "
                "target, 0.5 or more: no round of boosting is possible, it "
                "decides alone"
            )
        self.weights_, self.errors_ = w[:ns], np.array(errors)
        if eps == 0 or not learners:
            self.estimators_, self.votes_ = [h], np.ones(1)
        else:
            half = int(np.ceil(len(learners) / 2)) - 1  # t >= N/2, counted from 1
            self.estimators_, self.votes_ = (
                learners[half:],
                np.array(votes[half:]),
            )


class TwoStageTrAdaBoostR2(_BoostedRegressor):
    """Boosting for numbers that fades the source step by step, and stops where the target is best.

    Parameters
    ----------
    estimator : regressor with sample weights, default=None
        None is a regression tree of depth 4.
    n_steps : int, at least 2
        S; the first has the source at full weight, the last none of it.
    n_rounds : int
        Rounds of boosting in a step, N.
    n_folds : int, at least 2
        F, at most the number of labeled target samples.

    Attributes
    ----------
    step_ : int
        The chosen step, from 0.
    step_errors_ : ndarray of shape (n_steps,)
        Cross-validated mean squared error of each step on the labeled target, in
        squared units of the labels.
    weights_ : ndarray of shape (ns,)
        Source weights of the chosen step.
    estimators_, votes_ : learners and votes of the chosen step

    References
    ----------
    Pardoe and Stone, ICML 2010.
    """

    _parameter_constraints = {
        "estimator": ESTIMATOR,
        "n_steps": SEVERAL,
        "n_rounds": COUNT,
        "n_folds": SEVERAL,
    }

    def __init__(self, estimator=None, n_steps=10, n_rounds=10, n_folds=5):
        self.estimator = estimator
        self.n_steps = n_steps
        self.n_rounds = n_rounds
        self.n_folds = n_folds

    def _boost(self, X, y, ns):
        n, learner = len(y), self._learner()
        if n - ns < 2:
            raise ValueError(
                "TwoStageTrAdaBoostR2 chooses its step by cross-validation: "
                "y_target has one label, at least 2 are needed; with one take "
                "TrAdaBoostR2"
            )
        w, start = np.full(n, 1 / n), (n - ns) / n
        steps, errors = [], []
        for t in range(1, self.n_steps + 1):
            steps.append(w)
            errors.append(self._held_out_error(X, y, w, ns))
            if t < self.n_steps:
                h = fit_weighted(learner, X, y, w * n)
                e = adjusted_errors(y - h.predict(X))
                share = start + t / (self.n_steps - 1) * (1 - start)
                w = faded_source(w, e, ns, share)
        self.step_errors_ = np.array(errors)
        self.step_ = int(first_smallest(self.step_errors_))
        w = steps[self.step_]
        self.weights_ = w[:ns]
        self.estimators_, self.votes_ = boosted_target(
            learner, X, y, w, ns, self.n_rounds
        )

    def _held_out_error(self, X, y, w, ns):
        """Return the cross-validated mean squared error on the target, equation (7)."""
        nt = len(y) - ns
        fold = np.full(len(y), -1)
        fold[ns + np.argsort(y[ns:], kind="stable")] = np.arange(nt) % min(
            self.n_folds, nt
        )
        squares = np.empty(nt)
        for k in range(fold.max() + 1):
            train, held = fold != k, np.flatnonzero(fold == k)
            learners, votes = boosted_target(
                self._learner(),
                X[train],
                y[train],
                w[train] / w[train].sum(),
                ns,
                self.n_rounds,
            )
            guesses = weighted_median(
                np.array([h.predict(X[held]) for h in learners]), votes
            )
            squares[held - ns] = (y[held] - guesses) ** 2
        return float(squares.mean())
