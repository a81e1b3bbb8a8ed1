"""Label shift: the classes look as before, and occur as often as never before.

EM    Saerens M., Latinne P., Decaestecker C. Adjusting the outputs of a classifier
      to new a priori probabilities. Neural Computation 14(1), 2002.
      https://doi.org/10.1162/089976602753284446
BBSE  Lipton Z., Wang Y. X., Smola A. Detecting and correcting for label shift with
      black box predictors. ICML 2018.
      https://proceedings.mlr.press/v80/lipton18a.html
RLLS  Azizzadenesheli K., Liu A., Yang F., Anandkumar A. Regularized learning for
      domain adaptation under label shifts. ICLR 2019.
      https://arxiv.org/abs/1903.09734
BCTS  Alexandari A., Kundaje A., Shrikumar A. Maximum likelihood with
      bias-corrected calibration is hard-to-beat at label shift adaptation. ICML 2020.
      https://proceedings.mlr.press/v119/alexandari20a.html

P(x | y) stays, P(y) changes.  Then by Bayes, with w_y = P_t(y) / P_s(y),

    P_t(y | x) = w_y P_s(y | x) / sum_c w_c P_s(c | x)                           (1)

and the weights follow from unlabeled target samples.  EM maximizes their
likelihood:

    P_t(y) <- 1/nt sum_j  w_y P_s(y | x_j) / sum_c w_c P_s(c | x_j)            (2)

BBSE and RLLS compare how often classes are called, C_ab = P_s(call a, class b):

    BBSE  C w = q,  q_a = P_t(call a)                                          (3)
    RLLS  w = 1 + argmin_{v >= -1} |C v - (q - C 1)| + rho |v|                 (4)

The probabilities are calibrated first, on source samples that the classifier was
not fitted on (z the logarithms of its probabilities):

    P_s(y | x) ~ exp(z_y / T + b_y),   T and b of largest likelihood              (5)

The shares of (2) have errors, by the target's samples and by those of (5).  With
r_jc = P_t(c | x_j) / P_t(c), K the columns of a basis of the vectors of sum zero,
S the covariance of theta = (1 / T, b) and g = sum_j r_j,

    V = H + H (dg / dtheta) S (dg / dtheta)' H,   H = K (K' r' r K)^-1 K'

    w (C,)  weights of the classes     q (C,)  shares of calls in the target
    C (C, C) calls and classes in the source, by cross-validation

Cost: O(n (d + C)) time, O(n (d + C)) memory with a learner that is linear in n,
fitted six times.

Deviations.  BBSE and RLLS train the classifier anew with weights w in their
papers; here all three correct its probabilities by (1), which is the same for one
that is right.  Negative weights of (3) are set to zero.  rho is a hundredth of
the paper's bound on the error of C: the bound itself shrinks nearly all weights
to one.
"""

import numpy as np
from scipy.optimize import minimize
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold, cross_val_predict
from sklearn.utils._param_validation import StrOptions

from tlbook._overlap import doubt_overlap
from tlbook._warn import warn
from tlbook.base import ESTIMATOR, ModelEstimator
from tlbook.contract import check_speaks_of_chances
from tlbook.instance._calibration import (
    TINY,
    calibrated,
    calibration,
    calibration_covariance,
)

METHODS = ("em", "bbse", "rlls")
FOLDS = 5  # of the cross-validation that calibration and confusion come from
ROUNDS, STILL = 10_000, 1e-10  # of (2)
# rho: a bound that fails with this probability, and a part of it
SURE, SHARE = 0.05, 0.01
# least singular value of C, relative to the largest, that says enough
SINGULAR = 1e-2


def corrected(P, weights):
    """Return P_t(y | x) of equation (1), (n, n_classes)."""
    weighted = P * weights
    return weighted / weighted.sum(axis=1, keepdims=True)


def em_prior(P, prior):
    """Return P_t(y), the fixed point of equation (2).

    Parameters
    ----------
    P : ndarray of shape (nt, n_classes)
        P_s(y | x) of target samples.
    prior : ndarray of shape (n_classes,)
        P_s(y), where the iteration begins.

    Returns
    -------
    ndarray of shape (n_classes,)
    """
    found = prior
    for _ in range(ROUNDS):
        before, found = found, corrected(P, found / prior).mean(axis=0)
        if np.max(np.abs(found - before)) < STILL:
            break
    return found


def em_errors(P, Q, prior, found, S):
    """Return the standard errors of `em_prior`, the roots of the diagonal of V.

    No share falls below zero: of classes with less than one sample in the target,
    all but one are held at zero, each in turn is not; the largest error is returned.

    Parameters
    ----------
    P, Q : ndarray of shape (nt, n_classes)
        P_s(y | x) of target samples, before and after calibration.
    prior, found : ndarray of shape (n_classes,)
        P_s(y) and the estimate of P_t(y).
    S : ndarray of shape (1 + n_classes, 1 + n_classes)
        Covariance of 1 / T and b; zeros if nothing was calibrated.

    Returns
    -------
    ndarray of shape (n_classes,)
    """
    R, Z = corrected(Q, found / prior), np.log(np.maximum(P, TINY))
    ratio = Q / prior / (Q @ (found / prior))[:, None]  # r, also where found is 0
    by_slope = np.sum(ratio * (Z - np.sum(R * Z, axis=1, keepdims=True)), axis=0)
    by_b = np.diag(ratio.sum(axis=0)) - ratio.T @ R
    information, change = ratio.T @ ratio, np.column_stack([by_slope, by_b])
    values, vectors = np.linalg.eigh(S)
    change = change @ vectors * np.sqrt(np.maximum(values, 0))
    errors = []
    there = found * len(P) >= 1  # at least one sample
    gone = np.eye(len(prior), dtype=bool)[~there]
    for free in there | gone if len(gone) else [there]:
        first, *others = np.flatnonzero(free)
        K = np.eye(len(prior))[:, others]
        K[first] = -1
        values, vectors = np.linalg.eigh(K.T @ information @ K)
        # a little more, for classes that look exactly alike; H = root root'
        root = K @ vectors / np.sqrt(np.maximum(values, 0) + TINY)
        added = root @ (root.T @ change)
        errors.append(np.sqrt(np.sum(root**2, axis=1) + np.sum(added**2, axis=1)))
    return np.max(errors, axis=0)


def bbse_weights(C, q):
    """Return the weights of equation (3), those below zero set to zero."""
    return np.maximum(np.linalg.lstsq(C, q, rcond=None)[0], 0)


def rlls_weights(C, q, rho):
    """Return the weights of equation (4).

    Parameters
    ----------
    C : ndarray of shape (n_classes, n_classes)
    q : ndarray of shape (n_classes,)
    rho : float >= 0
    """
    gap, smooth = q - C.sum(axis=1), 1e-10

    def loss(v):
        rest = C @ v - gap
        size, length = (
            np.sqrt(rest @ rest + smooth**2),
            np.sqrt(v @ v + smooth**2),
        )
        return size + rho * length, C.T @ rest / size + rho * v / length

    start = np.maximum(np.linalg.lstsq(C, gap, rcond=None)[0], -1)
    bounds = [(-1, None)] * len(q)
    runs = [
        minimize(loss, v, jac=True, method="L-BFGS-B", bounds=bounds, tol=1e-14)
        for v in (np.zeros(len(q)), start / 2, start)
    ]
    return 1 + min(runs, key=lambda run: run.fun).x


class _Corrected:
    """A classifier whose probabilities are calibrated, and weighted by class."""

    def __init__(self, model, T, b, weights):
        self.model, self.T, self.b, self.weights = model, T, b, weights
        self.classes_ = model.classes_

    def predict_proba(self, X):
        return corrected(
            calibrated(self.model.predict_proba(X), self.T, self.b), self.weights
        )

    def predict(self, X):
        return self.classes_[np.argmax(self.predict_proba(X), axis=1)]


class LabelShift(ModelEstimator):
    """Correct a classifier for other shares of the classes in the target.

    Parameters
    ----------
    estimator : classifier with predict_proba, default=None
        None is logistic regression.
    method : {"em", "bbse", "rlls"}, default="em"
        Maximum likelihood, or the comparison of calls without or with a
        regularizer.
    calibrate : bool
        Whether to calibrate the probabilities first, equation (5).

    Attributes
    ----------
    target_prior_ : ndarray of shape (n_classes,)
        Estimated shares of the classes in the target.
    target_prior_error_ : ndarray of shape (n_classes,)
        Their standard errors; of method "em".
    class_weights_ : ndarray of shape (n_classes,)
        Target shares by source shares.
    source_model_ : the classifier, fitted on the source
    estimator_ : the same, corrected

    References
    ----------
    Saerens et al. 2002; Lipton et al. 2018; Azizzadenesheli et al. 2019;
    Alexandari et al. 2020.
    """

    _needs_classes = "KMM or LogisticRatio, for another shift"
    _measures_distances = False
    _accept_sparse = True
    _parameter_constraints = {
        "estimator": ESTIMATOR,
        "method": [StrOptions(set(METHODS))],
        "calibrate": ["boolean"],
    }

    def __init__(self, estimator=None, method="em", calibrate=True):
        self.estimator = estimator
        self.method = method
        self.calibrate = calibrate

    @staticmethod
    def _default_estimator():
        return LogisticRegression(max_iter=1000)

    def _adapt(self, Xs, ys, Xt):
        learner = self._learner()
        check_speaks_of_chances(learner)
        places, k = np.searchsorted(self.classes_, ys), len(self.classes_)
        shares = np.bincount(places, minlength=k) / len(ys)
        rarest = np.bincount(places).argmin()
        folds = min(FOLDS, int(np.bincount(places)[rarest]))
        if folds < 2:
            raise ValueError(
                f"class {self.classes_[rarest]} of y (labels of the source "
                "domain) has one sample only; LabelShift needs two of each, to "
                "judge the classifier on samples that it has not seen"
            )
        cv = StratifiedKFold(folds, shuffle=True, random_state=0)
        P = cross_val_predict(learner, Xs, ys, cv=cv, method="predict_proba")
        T, b = calibration(P, places, k) if self.calibrate else (1.0, np.zeros(k))
        raw, raw_t = P, self.source_model_.predict_proba(Xt)
        P, Pt = (calibrated(A, T, b) for A in (raw, raw_t))
        if self.method == "em":
            prior = em_prior(Pt, shares)
            weights = prior / shares
            S = calibration_covariance(raw, P)
            if not self.calibrate:
                S = np.zeros_like(S)
            self.target_prior_error_ = em_errors(raw_t, Pt, shares, prior, S)
        else:
            calls = np.eye(k)[np.argmax(P, axis=1)]
            C = calls.T @ np.eye(k)[places] / len(ys)
            q = np.bincount(np.argmax(Pt, axis=1), minlength=k) / Pt.shape[0]
            weights = self._from_calls(C, q, len(ys))
            prior = weights * shares
        self.target_prior_ = prior / prior.sum()
        self.class_weights_ = self.target_prior_ / shares
        names = getattr(self, "feature_names_in_", None)
        doubt_overlap(Xs, Xt, self.class_weights_[places], names)
        return _Corrected(self.source_model_, T, b, self.class_weights_)

    def _from_calls(self, C, q, n):
        singular = np.linalg.svd(C, compute_uv=False)
        if singular[-1] < SINGULAR * singular[0]:
            warn(
                "the classifier hardly tells some classes apart: their shares "
                "in the target cannot be told from its calls; merge them, or "
                "find features that part them"
            )
        if self.method == "bbse":
            return bbse_weights(C, q)
        # how far C may be from the truth, 3 times
        logs = np.log(2 * len(q) / SURE)
        bound = 3 * (2 * logs / (3 * n) + np.sqrt(2 * logs / n))
        return rlls_weights(C, q, SHARE * bound)
