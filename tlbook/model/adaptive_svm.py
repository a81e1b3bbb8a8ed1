"""Adaptive SVM: the decision function of the source plus a small correction.

Yang J., Yan R., Hauptmann A. Cross-domain video concept detection using adaptive
SVMs. ACM Multimedia 2007, 188-197. https://doi.org/10.1145/1291233.1291276

A classifier f_s of the source is given, and a few labeled target samples; the
source samples are not needed.  Of all functions that respect the few labels take
the one closest to f_s:

    f(x) = f_s(x) + w'phi(x)                                                                (1)
    min  1/2 |w|^2 + C sum_i xi_i   s.t.  y_i f(x_i) >= 1 - xi_i,  xi_i >= 0                (2)

whose dual has a box and no sum, because the correction has no intercept:

    max  sum_i (1 - y_i f_s(x_i)) a_i - 1/2 sum_ij a_i a_j y_i y_j K_ij,  0 <= a_i <= C     (3)
    f(x) = f_s(x) + sum_i a_i y_i k(x, x_i)                                 (4)
    a_i <- min(max(a_i + (1 - y_i f(x_i)) / K_ii, 0), C)      one coordinate solved exactly (5)

    y  (n,)  labels -1 and 1     a  (n,)  duals     K  (n, n)  K_ij = k(x_i, x_j)

C -> 0 gives the source classifier.  With f_s = 0 it is a support vector machine
without intercept. Several classes: one function (1) for each against the rest.

Cost: O(n^2 (d + s)) time, O(n^2) memory for s sweeps of (5), over all classes; 8
GB hold 31,000 samples, and more are refused.
"""

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils._param_validation import HasMethods, StrOptions
from sklearn.utils.validation import _num_samples, check_is_fitted

from tlbook._warn import warn
from tlbook.base import POSITIVE
from tlbook.kernels import check_memory, gaussian_kernel, gaussian_product
from tlbook.validation import (
    CheckedScore,
    check_labeled,
    check_matrix,
    check_width,
)


def correction_duals(K, y, source, C, tol=1e-6, max_iter=1000):
    """Return the duals a of (3), by sweeps of (5).

    Parameters
    ----------
    K : ndarray of shape (n, n), symmetric positive semi-definite
    y : ndarray of shape (n,)
        Labels -1 and 1.
    source : ndarray of shape (n,)
        f_s(x_i).
    C : float > 0
    tol : float
        Largest violation of the optimality conditions at which to stop, in units
        of y f(x).
    max_iter : int
        Most sweeps.

    Returns
    -------
    ndarray of shape (n,)
    """
    alpha, f = np.zeros(len(y)), source.astype(np.float64)
    # a zero row moves its dual to an end of the box
    curvature = np.maximum(np.diag(K), 1e-300)
    for _ in range(max_iter):
        for i in range(len(y)):
            moved = min(max(alpha[i] + (1 - y[i] * f[i]) / curvature[i], 0.0), C)
            if moved != alpha[i]:
                step, alpha[i] = moved - alpha[i], moved
                f += step * y[i] * K[i]
        if optimality_violation(alpha, y * f, C) <= tol:
            return alpha
    warn(
        f"the adaptive SVM stopped after {max_iter} sweeps at a violation of "
        f"{optimality_violation(alpha, y * f, C):.1e} instead of {tol:.1e}",
        ConvergenceWarning,
    )
    return alpha


def optimality_violation(alpha, margins, C):
    """Return by how much the optimality conditions of (3) are violated at most.

    a_i = 0 needs a margin y_i f(x_i) >= 1, a_i = C needs <= 1, anything between
    needs 1.

    Parameters
    ----------
    alpha, margins : ndarray of shape (n,)
    C : float

    Returns
    -------
    float
    """
    slope = 1 - margins
    blocked = ((alpha <= 0) & (slope < 0)) | ((alpha >= C) & (slope > 0))
    return float(np.max(np.abs(slope[~blocked]), initial=0.0))


class AdaptiveSVM(CheckedScore, ClassifierMixin, BaseEstimator):
    """Source classifier plus the smallest correction that respects a few target labels.

    Parameters
    ----------
    source_model : fitted classifier with decision_function, default=None
        For several classes with one margin per class, such as `LinearSVC` or
        `OneVsRestClassifier(SVC())`; what a multi-class `SVC` returns are votes
        of pairs, on which a margin of 1 has no meaning.  It is neither copied nor
        changed.  None is f_s = 0: a support vector machine of the target alone,
        without intercept.
    C : float > 0
        Weight of the target labels; small C trusts the source.
    kernel : {"rbf", "linear"}
    gamma : float > 0, default=None
        Of the Gaussian kernel; None is 1 / (d v), v the mean variance of the d
        features.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        Those of the source model; without one, those of `y`.
    X_ : ndarray of shape (n, d)
        The target samples of `fit`.
    coef_dual_ : ndarray of shape (n, n_functions)
        a_i y_i of each function; one function for two classes.
    gamma_ : float, None for the linear kernel
    n_features_in_ : int

    References
    ----------
    Yang et al., ACM Multimedia 2007, https://doi.org/10.1145/1291233.1291276
    """

    _parameter_constraints = {
        "source_model": [HasMethods(["decision_function", "predict"]), None],
        "C": POSITIVE,
        "kernel": [StrOptions({"rbf", "linear"})],
        "gamma": [*POSITIVE, None],
    }

    def __init__(self, source_model=None, C=1.0, kernel="rbf", gamma=None):
        self.source_model = source_model
        self.C = C
        self.kernel = kernel
        self.gamma = gamma

    def __sklearn_clone__(self):
        """Return an unfitted copy that shares the fitted source model."""
        return type(self)(**self.get_params(deep=False))

    def fit(self, X, y):
        """Learn the correction from a few labeled target samples.

        Parameters
        ----------
        X, y : array-like of shape (n, d) and (n,)
            Labeled target samples.  Classes without a sample are allowed.

        Returns
        -------
        self

        Raises
        ------
        ValueError
            If the source model has another number of features, or not the classes
            of `y`; if there is no source model and `y` has one class; if all
            samples are equal and gamma is None; on NaN or infinite values.
        sklearn.exceptions.NotFittedError
            If the source model is not fitted.
        MemoryError
            If the kernel matrix would not fit, see `check_memory`.
        """
        self._validate_params()
        given = X
        X, y = check_labeled(X, y, self, least=1)
        check_memory(
            1,
            len(X),
            len(X),
            "AdaptiveSVM",
            "label fewer rows, or take TrAdaBoost",
        )
        self.classes_ = self._known_classes(X, y)
        self.X_, self.gamma_ = X, self._width(X)
        K, source = (
            self._kernel(X.astype(np.float64)),
            self._source_outputs(given),
        )
        positive = self.classes_ if len(self.classes_) > 2 else self.classes_[1:]
        signs = np.where(y[:, None] == positive, 1.0, -1.0)
        duals = [
            correction_duals(K, sign, f, self.C)
            for sign, f in zip(signs.T, source.T)
        ]
        self.coef_dual_ = signs * np.stack(duals, axis=1)
        return self

    def _known_classes(self, X, y):
        """Return the classes of the source model, after a look at whether it fits the target."""
        if self.source_model is None:
            if len(np.unique(y)) < 2:
                raise ValueError(
                    f"y has one class only, {y[0]}; without a source_model at "
                    "least 2 are needed"
                )
            return np.unique(y)
        check_is_fitted(self.source_model)
        width = getattr(self.source_model, "n_features_in_", X.shape[1])
        check_width(X, "X (target domain)", width, "the data of source_model")
        classes = self.source_model.classes_
        unknown = sorted(set(y.tolist()) - set(classes.tolist()))
        if unknown:
            raise ValueError(
                f"y has classes that source_model has not: {unknown}"
            )
        return classes

    def _width(self, X):
        """Return gamma of the Gaussian kernel."""
        if self.gamma is not None or self.kernel == "linear":
            return self.gamma
        spread = X.var(axis=0, dtype=np.float64).sum()
        if spread == 0:
            raise ValueError(
                f"the {len(X)} samples of X are equal, no kernel width follows "
                "from them; pass gamma yourself"
            )
        return 1 / spread

    def _kernel(self, X):
        return (
            X @ X.T
            if self.kernel == "linear"
            else gaussian_kernel(X, gamma=self.gamma_)
        )

    def _correction(self, X):
        """Return sum_i a_i y_i k(x, x_i) of each function, without the kernel matrix."""
        X, known = X.astype(np.float64), self.X_.astype(np.float64)
        if self.kernel == "linear":
            return X @ (known.T @ self.coef_dual_)
        return gaussian_product(X, known, self.gamma_, self.coef_dual_)

    def _source_outputs(self, X):
        """Return f_s, one column per function, from the samples as they were given."""
        columns = len(self.classes_) if len(self.classes_) > 2 else 1
        if self.source_model is None:
            return np.zeros((_num_samples(X), columns))
        outputs = np.asarray(
            self.source_model.decision_function(X), dtype=np.float64
        )
        outputs = outputs.reshape(len(outputs), -1)
        if outputs.shape[1] != columns:
            raise ValueError(
                f"decision_function of source_model has {outputs.shape[1]} "
                f"columns, {columns} are needed for {len(self.classes_)} classes"
            )
        return outputs

    def decision_function(self, X):
        """Return f(x), equation (4).

        Parameters
        ----------
        X : array-like of shape (m, d)

        Returns
        -------
        ndarray of shape (m, n_classes), or (m,) for two classes
        """
        check_is_fitted(self)
        given, X = X, check_matrix(X, "X", self, reset=False)
        f = self._source_outputs(given) + self._correction(X)
        return f[:, 0] if f.shape[1] == 1 else f

    def predict(self, X):
        """Predict the class of the largest f, for two classes by its sign.

        Parameters
        ----------
        X : array-like of shape (m, d)

        Returns
        -------
        ndarray of shape (m,)
        """
        f = self.decision_function(X)
        best = (f > 0).astype(int) if f.ndim == 1 else f.argmax(axis=1)
        return self.classes_[best]
