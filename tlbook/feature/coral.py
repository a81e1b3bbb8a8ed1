"""CORAL, correlation alignment.

Sun B., Feng J., Saenko K. Return of frustratingly easy domain adaptation. AAAI
2016, 2058-2065. https://doi.org/10.1609/aaai.v30i1.10306

Whiten the source with its own covariance, then color it with the target's:

    Cs = cov(Xs) + reg I,   Ct = cov(Xt) + reg I                          (1)
    A  = Cs^(-1/2) Ct^(1/2)                                               (2)
    source: x -> ms + (x - ms) A,   target: x -> x                        (3)

    Xs  (ns, d)  source samples, mean ms (d,)       Cs, Ct  (d, d)  covariances
    Xt  (nt, d)  target samples                     A       (d, d)  linear map

A minimizes |A' Cs A - Ct|_F; as reg vanishes, the mapped source has the target's
covariance. The learner of the paper is a linear SVM.

Cost: O(n d^2 + d^3) time, O(n d + d^2) memory: that of the mapped source.  With n
< d samples the powers come from a thin SVD of the data, O(n^2 d), since a
covariance of rank r equals reg I outside of r directions.  Means and covariances
are sums over blocks of rows (`tlbook.blocks`): single precision stays, and Dask
arrays are taken.

Deviations.  The paper assumes standardized domains, whose means are zero.  The
source is mapped around its own mean here, which is the same map then; means are
left as they are, for CORAL aligns second moments only.
"""

import numpy as np
from array_api_compat import is_dask_array
from sklearn.svm import LinearSVC

from tlbook.base import ESTIMATOR, POSITIVE, AlignmentEstimator
from tlbook.blocks import mean_and_squares, moments


def covariance_factors(X, reg):
    """Return V, s with cov(X) + reg I = V diag(s) V' + reg (I - V V'), equation (1).

    Parameters
    ----------
    X : ndarray or Dask array of shape (n, d)
    reg : float >= 0

    Returns
    -------
    V : ndarray of shape (d, r), r = min(n, d), orthonormal columns
    s : ndarray of shape (r,), eigenvalues with `reg` added
    """
    n, d = X.shape
    if n < d and not is_dask_array(X):
        centered = X - X.mean(axis=0, dtype=float)
        # (n,), (n, d)
        _, singular, Vt = np.linalg.svd(centered, full_matrices=False)
        return Vt.T, singular**2 / (n - 1) + reg
    values, V = np.linalg.eigh(moments(X).scatter / (n - 1))  # (d,), (d, d)
    return V, np.maximum(values, 0) + reg


def apply_power(X, V, s, reg, power):
    """Return X C^power for C = V diag(s) V' + reg (I - V V'), a factor of equation (2).

    Parameters
    ----------
    X : ndarray of shape (n, d)
    V, s : factors of C, see `covariance_factors`
    reg : float > 0
    power : float

    Returns
    -------
    ndarray of shape (n, d)
    """
    rest = reg**power
    return rest * X + (X @ V) * (s**power - rest) @ V.T


def root(V, s, power):
    """Return C^power, equation (2), for C = V diag(s) V' with V square.

    Parameters
    ----------
    V : ndarray of shape (d, d)
    s : ndarray of shape (d,)
    power : float

    Returns
    -------
    ndarray of shape (d, d)
    """
    half = V * s ** (power / 2)
    return half @ half.T  # symmetric, at half the cost of V diag(s^power) V'


class CORAL(AlignmentEstimator):
    """Correlation alignment: give the source the covariance of the target.

    Parameters
    ----------
    estimator : classifier, default=None
        Learner on the aligned source; None is the paper's linear SVM.
    reg : float > 0, default=1.0
        Ridge on both covariances, in squared units of the features; 1 in the
        paper.

    Attributes
    ----------
    estimator_ : fitted learner
    mean_ : ndarray of shape (d,)
        Mean of the source.

    References
    ----------
    Sun, Feng, Saenko, AAAI 2016, https://doi.org/10.1609/aaai.v30i1.10306
    """

    _accept_dask = True
    _parameter_constraints = {"estimator": ESTIMATOR, "reg": POSITIVE}

    def __init__(self, estimator=None, reg=1.0):
        self.estimator = estimator
        self.reg = reg

    @staticmethod
    def _default_estimator():
        return LinearSVC(C=1.0, random_state=0)

    def _align(self, Xs, ys, Xt):
        mean, _ = mean_and_squares(Xs)
        self.mean_ = mean.astype(Xs.dtype)
        self._source = covariance_factors(Xs, self.reg)
        self._target = covariance_factors(Xt, self.reg)
        self._A = None
        if all(V.shape[0] == V.shape[1] for V, _ in (self._source, self._target)):
            whitens, colors = root(*self._source, -0.5), root(*self._target, 0.5)
            self._A = (whitens @ colors).astype(Xs.dtype)

    def _map(self, X, domain):
        if domain == "target":
            return X
        centered = X - self.mean_
        if self._A is not None:
            return self.mean_ + centered @ self._A
        whitened = apply_power(centered, *self._source, self.reg, -0.5)
        aligned = apply_power(whitened, *self._target, self.reg, 0.5)
        return self.mean_ + aligned.astype(X.dtype)
