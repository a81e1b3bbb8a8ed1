"""TrAdaBoost, boosting for transfer learning.

Dai W., Yang Q., Xue G.-R., Yu Y. Boosting for transfer learning. ICML 2007,
193-200. https://doi.org/10.1145/1273496.1273521

Many labeled source samples, few labeled target samples.  Each round t fits a
learner h_t with weights w, measures it on the target alone, and moves the weights
in opposite directions:

    eps_t  = sum_target w_i [h_t(x_i) != y_i] / sum_target w_i
    beta_t = eps_t / (1 - eps_t),   beta = 1 / (1 + sqrt(2 ln(ns) / N))        (1)
    source: w_i <- w_i beta^[h_t(x_i) != y_i]         a wrong source sample fades       (2)
    target: w_i <- w_i beta_t^-[h_t(x_i) != y_i]      a wrong target sample grows
    H(x) = argmax_c  sum over t >= N/2 of  ln(1 / beta_t) [h_t(x) = c]         (3)

    w  (ns + nt,)  weights, uniform at the start          N  number of rounds

Cost: O(N n d) time, O(n d) memory with a learner that is linear in n; N fits of
it, whatever it is.

Deviations.  The paper has two classes and asks whether the votes for class 1
reach half of all; (3) is the same rule, for any number of classes.  A round with
eps_t = 0 has an infinite vote: its learner decides alone.  A round with eps_t >=
1/2 ends the boosting, for it would have none.
"""

import numpy as np
from sklearn.base import clone
from sklearn.svm import LinearSVC

from tlbook._warn import warn
from tlbook.base import COUNT, ESTIMATOR, TransferEstimator, fit_weighted
from tlbook.kernels import pooled
from tlbook.ties import CLOSE, first_largest
from tlbook.validation import is_labeled


def source_beta(n_source, n_rounds):
    """Return beta of equation (1), the factor of a wrong source sample."""
    return 1 / (1 + np.sqrt(2 * np.log(n_source) / n_rounds))


def target_error(weights, wrong):
    """Return eps_t of equation (1).

    Parameters
    ----------
    weights : ndarray of shape (nt,)
    wrong : ndarray of bool, shape (nt,)

    Returns
    -------
    float
    """
    return float(weights @ wrong / weights.sum())


class TrAdaBoost(TransferEstimator):
    """Boosting that fades source samples which contradict the labeled target samples.

    Parameters
    ----------
    estimator : classifier with sample weights, default=None
        None is the paper's linear SVM.
    n_rounds : int
        Rounds of boosting, N in equation (1).

    Attributes
    ----------
    weights_ : ndarray of shape (ns,)
        Source weights after the last round; all weights, source and target, sum
        to 1.
    errors_ : ndarray of shape (n_rounds_done,)
        eps_t of each round, on the labeled target samples.
    estimators_ : list of fitted learners that vote
    votes_ : ndarray, ln(1 / beta_t) of each of them

    References
    ----------
    Dai et al., ICML 2007, https://doi.org/10.1145/1273496.1273521
    """

    _uses_target_labels = True
    _needs_target_labels = True
    _measures_distances = False
    _accept_sparse = True
    _needs_classes = "TrAdaBoostR2"
    _parameter_constraints = {"estimator": ESTIMATOR, "n_rounds": COUNT}

    def __init__(self, estimator=None, n_rounds=20):
        self.estimator = estimator
        self.n_rounds = n_rounds

    @staticmethod
    def _default_estimator():
        return LinearSVC(C=1.0, random_state=0)

    def _fit(self, Xs, ys, Xt, yt):
        if Xt is None:
            self.weights_, self.errors_ = (
                np.full(len(ys), 1 / len(ys)),
                np.empty(0),
            )
            self.estimators_, self.votes_ = (
                [clone(self._learner()).fit(Xs, ys)],
                np.ones(1),
            )
            return
        labeled = is_labeled(yt)
        self._boost(Xs, ys, Xt[labeled], yt[labeled].astype(ys.dtype))

    def _boost(self, Xs, ys, Xt, yt):
        ns = len(ys)
        X, y = pooled(Xs, Xt), np.concatenate([ys, yt])
        w = np.full(len(y), 1 / len(y))
        beta = source_beta(ns, self.n_rounds)
        learners, betas, errors = [], [], []
        for _ in range(self.n_rounds):
            learner = fit_weighted(self._learner(), X, y, w * len(w))
            wrong = learner.predict(X) != y
            error = target_error(w[ns:], wrong[ns:])
            errors.append(error)
            if error >= 0.5 - CLOSE:
                break
            learners.append(learner)
            betas.append(error / (1 - error))
            if error == 0:
                break
            w[:ns] *= beta ** wrong[:ns]
            w[ns:] *= betas[-1] ** -wrong[ns:].astype(float)
            w /= w.sum()
        self.weights_, self.errors_ = w[:ns], np.array(errors)
        self._elect(learners, betas, learner)

    def _elect(self, learners, betas, last):
        """Keep the learners that vote: the last half, or a perfect one alone."""
        if not learners:
            warn(
                f"the first learner errs on {100 * self.errors_[0]:.0f} % of "
                "the target weight: no round of boosting is possible, it "
                "decides alone"
            )
            learners, betas = [last], [0.0]
        if betas[-1] == 0:
            self.estimators_, self.votes_ = learners[-1:], np.ones(1)
        else:
            half = int(np.ceil(len(learners) / 2)) - 1  # t >= N/2, counted from 1
            self.estimators_, self.votes_ = learners[half:], -np.log(betas[half:])

    def decision_votes(self, X):
        """Return the votes for each class, equation (3).

        Parameters
        ----------
        X : array-like of shape (n, d)

        Returns
        -------
        ndarray of shape (n, n_classes), columns in the order of `classes_`
        """
        X = self._check_predict(X)
        votes = np.zeros((X.shape[0], len(self.classes_)))
        for learner, vote in zip(self.estimators_, self.votes_):
            votes += vote * (learner.predict(X)[:, None] == self.classes_)
        return votes

    def predict(self, X):
        """Predict the class with most votes; see `decision_votes`."""
        votes = self.decision_votes(X)
        # ties go to the later class
        backwards = first_largest(votes[:, ::-1], axis=1)
        return self.classes_[::-1][backwards]
