"""Weighted conformal prediction: sets that keep their coverage under a shift.

Tibshirani R. J., Barber R. F., Candes E. J., Ramdas A. Conformal prediction under
covariate shift. NeurIPS 2019. https://arxiv.org/abs/1904.06019
Podkopaev A., Ramdas A. Distribution-free uncertainty quantification for
classification under label shift. UAI 2021. https://arxiv.org/abs/2103.03323

A learner is fitted on one half of the source.  On the other half, the calibration
samples, a score says how badly an answer fits:

    classes   s(x, y) = 1 - P(y | x)        numbers   s(x, y) = |y - f(x)|       (1)

Without a shift the scores of the m calibration samples and of a new sample are
exchangeable: each is as likely as any other to be the largest.  Under a shift
with the ratio w, of the samples or of the classes,

    covariate shift  w(x, y) = p_t(x) / p_s(x)                                   (2)
    label shift      w(x, y) = P_t(y) / P_s(y)                                   (3)

the new sample takes the place of sample i with probability w_i by the sum of all,
its own weight among them.  Its own score is not known and counts as infinite, so
the threshold is the weighted quantile

    q(x, y) = min { s_k :  sum_{i: s_i <= s_k} w_i
                           >= (1 - alpha) (sum_i w_i + w(x, y)) },               (4)

infinite if no score reaches it, and the set of all answers that fit,

    C(x) = { y : s(x, y) <= q(x, y) },   P_t( y in C(x) ) >= 1 - alpha.          (5)

Numbers: C(x) is the interval f(x) -+ q(x).  Where w(x, y) is more than alpha of
all weights, q is infinite and the set is everything.  (5) holds on average over
the target, not for each x; and for the true w.  Equal weights give split
conformal prediction, its q the ceil((1 - alpha) (m + 1))-th smallest score.

    w, s  (m,)  weights and scores of the calibration samples

Cost: O(n (d + log n)) time, O(n d) memory with a learner that is linear in n.

Deviations.  The halves have the same shares of the classes, so that none is
missing in one; for (5) to the letter they are drawn without a look at y.  The
weights are estimated from the learner's half and from the target, which has the
samples that are judged; (5) asks for other ones.
"""

from numbers import Real

import numpy as np
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split
from sklearn.utils._param_validation import HasMethods, Interval, StrOptions

from tlbook._warn import warn
from tlbook.base import (
    ESTIMATOR,
    LearnerPredicts,
    TransferEstimator,
    effective_sample_size,
)
from tlbook.contract import check_speaks_of_chances
from tlbook.instance import LabelShift, LogisticRatio
from tlbook.validation import check_vector

HELD = 0.5  # of the source, for calibration
SLACK = 1e-12  # of a sum of weights: that much is rounding
MANY = 0.05  # of the thresholds: so many infinite ones are worth a word


def conformal_quantile(scores, weights, own, alpha):
    """Return the threshold of equation (4) for each own weight.

    Parameters
    ----------
    scores, weights : ndarray of shape (m,)
        Of the calibration samples; the weights not negative, not all zero.
    own : ndarray
        Weights of new samples, of any shape.
    alpha : float in (0, 1)
        Share of the target that the sets may miss.

    Returns
    -------
    ndarray of the shape of `own`
        Infinite where the calibration samples do not reach the level.
    """
    order = np.argsort(scores, kind="stable")
    reached = np.cumsum(weights[order])  # (m,)
    needed = (1 - alpha) * (reached[-1] + own)
    place = np.searchsorted(reached, needed * (1 - SLACK))
    return np.append(scores[order], np.inf)[place]


class WeightedConformal(LearnerPredicts, TransferEstimator):
    """Prediction sets for the target, of a coverage that is named beforehand.

    Parameters
    ----------
    estimator : classifier with predict_proba or regressor, default=None
        None is logistic regression.  A method of this book learns from both
        domains.
    weights : {"covariate", "label"}, estimator, callable, array-like or None
        Where w comes from: equation (2) by `LogisticRatio`; (3) by `LabelShift`
        around the learner; another estimator with a `ratio`, or a LabelShift of
        one's own; a known ratio, as a function of X, or as one weight for each
        class; None for equal weights, split conformal prediction.
    alpha : float in (0, 1)
        Share of the target that the sets may miss.
    random_state : int
        Of the split into halves.

    Attributes
    ----------
    estimator_ : the learner, fitted on one half of the source
    calibration_scores_, calibration_weights_ : ndarray of shape (m,)
        Of the other half.
    ratio_ : callable, ndarray of shape (n_classes,) or float
        w, fitted: a function of X, weights of the classes, or 1.
    effective_sample_size_ : float
        Of the weights: the calibration is as good as one by so many samples of
        the target.
    unbounded_share_ : float
        Of infinite thresholds over X_target.

    References
    ----------
    Tibshirani et al. 2019; Podkopaev and Ramdas 2021.
    """

    _measures_distances = False
    _accept_sparse = True
    _parameter_constraints = {
        "estimator": ESTIMATOR,
        "weights": [
            StrOptions({"covariate", "label"}),
            HasMethods(["fit_weights", "ratio"]),
            LabelShift,
            callable,
            "array-like",
            None,
        ],
        "alpha": [Interval(Real, 0, 1, closed="neither")],
        "random_state": ["random_state"],
    }

    def __init__(
        self, estimator=None, weights="covariate", alpha=0.1, random_state=0
    ):
        self.estimator = estimator
        self.weights = weights
        self.alpha = alpha
        self.random_state = random_state

    @staticmethod
    def _default_estimator():
        return LogisticRegression(max_iter=1000)

    def _fit(self, Xs, ys, Xt, yt):
        learner, numbers = clone(self._learner()), self._predicts_numbers()
        self._adapted = Xt is not None
        if not self._adapted:
            self.estimator_ = learner.fit(Xs, ys)
            return
        if not numbers:
            self._check_classes(learner, ys)
        X, Xc, y, yc = train_test_split(
            Xs,
            ys,
            test_size=HELD,
            stratify=None if numbers else ys,
            random_state=self.random_state,
        )
        both = isinstance(learner, TransferEstimator)
        self.estimator_ = learner.fit(X, y, *([Xt] if both else []))
        self.ratio_ = self._fit_ratio(X, y, Xt)
        if numbers:
            truth = np.arange(len(yc)), 0
            self.calibration_scores_ = np.abs(yc - self.estimator_.predict(Xc))
        else:
            truth = np.arange(len(yc)), np.searchsorted(self.classes_, yc)
            P = self.estimator_.predict_proba(Xc)
            self.calibration_scores_ = 1 - P[truth]
        self.calibration_weights_ = self._own(Xc)[truth]
        if not self.calibration_weights_.any():
            raise ValueError(
                f"all {len(yc)} calibration weights are zero: the domains share "
                "no region; look for columns in which they lie apart"
            )
        self.effective_sample_size_ = effective_sample_size(
            self.calibration_weights_
        )
        self.unbounded_share_ = float(np.isinf(self._thresholds(Xt)).mean())

    def _check_classes(self, learner, ys):
        check_speaks_of_chances(learner)
        if np.unique(ys, return_counts=True)[1].min() < 2:
            raise ValueError(
                "a class of y (labels of the source domain) has one sample only; "
                "WeightedConformal needs two of each, one to learn from and one "
                "to calibrate with"
            )

    def _fit_ratio(self, X, y, Xt):
        """Return w, fitted: a function of samples, weights of the classes, or 1."""
        given, learner = self.weights, self._learner()
        if given is None:
            return 1.0
        if callable(given):
            return given
        if isinstance(given, str) and given == "covariate":
            given = LogisticRatio()
        elif isinstance(given, str):
            inner = isinstance(learner, TransferEstimator)
            given = LabelShift(learner._learner() if inner else learner)
        if hasattr(given, "ratio"):
            fitted = clone(given)
            fitted.fit_weights(X, Xt)
            return fitted.ratio
        if self._predicts_numbers():
            raise ValueError(
                "weights are those of classes, and the learner predicts numbers; "
                'choose weights="covariate"'
            )
        if isinstance(given, LabelShift):
            return clone(given).fit(X, y, Xt).class_weights_
        return _checked(given, len(self.classes_), "the classes of y")

    def _own(self, X):
        """Return w(x, y) of samples with every answer, (n, n_classes) or (n, 1)."""
        n = X.shape[0]
        w = self.ratio_
        if callable(w):
            w = _checked(w(X), n, "X")[:, None]
        k = 1 if self._predicts_numbers() else len(self.classes_)
        return np.broadcast_to(w, (n, k))

    def _thresholds(self, X):
        """Return q(x, y) of equation (4), (n, n_classes) or (n, 1)."""
        return conformal_quantile(
            self.calibration_scores_,
            self.calibration_weights_,
            self._own(X),
            self.alpha,
        )

    def predict_set(self, X):
        """Return the sets of equation (5), one for each sample of the target.

        Parameters
        ----------
        X : array-like of shape (n, d)

        Returns
        -------
        ndarray
            Of a classifier bool, (n, n_classes), columns in the order of
            `classes_`: whether the class is in the set.  Of a regressor (n, 2):
            lower and upper end of the interval, infinite where it is everything.

        Raises
        ------
        ValueError
            If the method was fitted without X_target.
        """
        X = self._check_predict(X)
        if not self._adapted:
            raise ValueError(
                "WeightedConformal was fitted without X_target: there are no "
                "sets; fit with both domains"
            )
        q = self._thresholds(X)
        share = float(np.isinf(q).mean())
        if share > MANY:
            warn(
                f"{100 * share:.0f} % of the thresholds are infinite, and the sets "
                "hold everything there: the sample's own weight is more than "
                f"alpha={self.alpha} of all weights; it lies where few source "
                "samples are, or the calibration samples are too few"
            )
        if self._predicts_numbers():
            middle = self.estimator_.predict(X)[:, None]
            return np.hstack([middle - q, middle + q])
        return 1 - self.estimator_.predict_proba(X) <= q


def _checked(w, n, of):
    w = check_vector(w, "weights", n, of)
    if w.min() < 0:
        raise ValueError(
            f"weights has the negative value {w.min():.3g}; a ratio has none"
        )
    return w
