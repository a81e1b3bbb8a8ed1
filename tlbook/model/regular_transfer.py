"""Regular transfer: a linear model that is pulled towards the source's weights.

Chelba C., Acero A. Adaptation of maximum entropy capitalizer: little data can
help a lot. Computer Speech & Language 20(4), 2006, 382-399.
https://doi.org/10.1016/j.csl.2005.05.005

The source has given weights W_s.  A penalty usually pulls weights to zero; here
it pulls them to W_s, and a few labeled target samples pull back:

    min_W  sum_i loss(y_i, W x_i) + lam / 2 |W - W_s|^2                       (1)

which is the most probable W if each weight is W_s plus noise of variance 1 / lam.

    numbers   loss = (y - w'x)^2 / 2,
              w = w_s + (X'X + lam I)^-1 X'(y - X w_s)                        (2)
    classes   loss = -log softmax(W x)_y,
              gradient  sum_i (softmax(W x_i) - e_{y_i}) x_i' + lam (W - W_s) (3)

lam -> infinity is the source's model, lam -> 0 the target's alone.  The intercept
is a weight of a feature that is one.

    W, W_s  (C, d + 1)  weights and intercept; one row for numbers and two classes
    X       (n, d + 1)  labeled target samples with a feature of ones

Cost: O(n d^2 + d^3) time, O(n d + d^2) memory for numbers; O(n d C s) time, O(n d)
memory for classes and s steps of L-BFGS.
"""

import copy

import numpy as np
from scipy.optimize import minimize
from scipy.special import log_softmax
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline

from tlbook.base import ESTIMATOR, POSITIVE, LearnerPredicts, TransferEstimator
from tlbook.labels import is_labeled


def ridge_weights(X, y, w_s, lam):
    """Return w of equation (2).

    Parameters
    ----------
    X : ndarray of shape (n, p)
    y : ndarray of shape (n,)
    w_s : ndarray of shape (p,)
    lam : float > 0

    Returns
    -------
    ndarray of shape (p,)
    """
    gram = X.T @ X + lam * np.eye(X.shape[1])
    return w_s + np.linalg.solve(gram, X.T @ (y - X @ w_s))


def objective(W, X, Y, W_s, lam):
    """Return (1) for classes and its gradient (3).

    Parameters
    ----------
    W, W_s : ndarray of shape (C, p), or (1, p) for two classes
    X : ndarray of shape (n, p)
    Y : ndarray of shape (n, n_classes)
        1 for the class of a sample, else 0.
    lam : float > 0

    Returns
    -------
    value : float
    gradient : ndarray of the shape of W
    """
    F = X @ W.T
    if len(W) == 1:  # the first of two classes has the score zero
        F = np.hstack([np.zeros_like(F), F])
    L = log_softmax(F, axis=1)
    wrong = (np.exp(L) - Y)[:, -len(W) :]
    value = -np.sum(Y * L) + lam / 2 * np.sum((W - W_s) ** 2)
    return value, wrong.T @ X + lam * (W - W_s)


class RegularTransfer(LearnerPredicts, TransferEstimator):
    """Move a linear model from the source's weights as far as a few target labels ask.

    Parameters
    ----------
    estimator : linear classifier or regressor, default=None
        Learner of the source, with `coef_` and `intercept_`, or a `Pipeline` that
        ends in one: its steps before stay as the source has fitted them.  None is
        logistic regression.
    lam : float > 0
        Strength of the pull, one over the variance of a weight around the
        source's; in units of the loss by squared weight, so bring the features to
        one scale first.

    Attributes
    ----------
    source_model_ : the learner, fitted on the source alone
    estimator_ : the same with the weights of (1)

    References
    ----------
    Chelba, Acero 2006.
    """

    _uses_target_labels = True
    _needs_target_labels = True
    _parameter_constraints = {"estimator": ESTIMATOR, "lam": POSITIVE}

    def __init__(self, estimator=None, lam=1.0):
        self.estimator = estimator
        self.lam = lam

    @staticmethod
    def _default_estimator():
        return LogisticRegression(max_iter=1000)

    def _fit(self, Xs, ys, Xt, yt):
        self.source_model_ = clone(self._learner()).fit(Xs, ys)
        self.estimator_ = self.source_model_
        if Xt is not None:
            labeled = is_labeled(yt)
            self.estimator_ = self._moved(Xt[labeled], yt[labeled])

    def _moved(self, X, y):
        """Return a copy of the source's model with the weights of (1)."""
        model = copy.deepcopy(self.source_model_)
        linear = model
        if isinstance(model, Pipeline):
            linear, X = model[-1], model[:-1].transform(X)
        if not hasattr(linear, "coef_"):
            raise ValueError(
                f"{type(linear).__name__} has no coef_: RegularTransfer moves the "
                "weights of linear models, such as LogisticRegression or Ridge"
            )
        shape, ones = linear.coef_.shape, np.ones((len(X), 1))
        X = np.hstack([X, ones]).astype(float)
        coef = linear.coef_.reshape(-1, X.shape[1] - 1)
        intercept = np.broadcast_to(linear.intercept_, len(coef))
        W_s = np.column_stack([coef, intercept])
        if self._predicts_numbers():
            W = ridge_weights(X, y, W_s[0], self.lam)[None]
        else:
            W = self._class_weights(X, (y[:, None] == self.classes_), W_s)
        linear.coef_ = W[:, :-1].reshape(shape)
        linear.intercept_ = W[:, -1].reshape(np.shape(linear.intercept_))
        return model

    def _class_weights(self, X, Y, W_s):
        def flat(w):
            value, gradient = objective(w.reshape(W_s.shape), X, Y, W_s, self.lam)
            return value, gradient.ravel()

        found = minimize(
            flat,
            W_s.ravel(),
            jac=True,
            method="L-BFGS-B",
            options={"maxiter": 5000, "ftol": 1e-14, "gtol": 1e-8},
        )
        return found.x.reshape(W_s.shape)
