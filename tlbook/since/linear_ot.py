"""Linear optimal transport: the cheapest map from one Gaussian onto another.

Flamary R., Lounici K., Ferrari A. Concentration bounds for linear Monge mapping
estimation and optimal transport domain adaptation. 2019.
https://arxiv.org/abs/1905.10155
Peyré G., Cuturi M. Computational optimal transport. Foundations and Trends in
Machine Learning 11(5-6), 2019, Remark 2.31. https://doi.org/10.1561/2200000073

Many linear maps give the source the mean and the covariance of the target.  The
one that moves the samples least is symmetric, and has a closed form:

    Cs = cov(Xs) + reg vs I,   Ct = cov(Xt) + reg vt I                      (1)
    A  = Cs^(-1/2) (Cs^(1/2) Ct Cs^(1/2))^(1/2) Cs^(-1/2)                   (2)
    source: x -> mt + (x - ms) A,   target: x -> x                          (3)
    E|x - z|^2 = |ms - mt|^2 + tr Cs + tr Ct - 2 tr (Cs^(1/2) Ct Cs^(1/2))^(1/2)  (4)

    Xs  (ns, d)  source samples, mean ms (d,)       Cs, Ct  (d, d)  covariances
    Xt  (nt, d)  target samples, mean mt (d,)       A       (d, d)  linear map
    vs, vt       mean variance of a feature in either domain

A Cs A = Ct, and A is the only positive definite matrix that does this.  CORAL's
Cs^(-1/2) Ct^(1/2) reaches the same covariance: it differs by a rotation, and is
not symmetric unless Cs and Ct commute.

Cost: O(n d^2 + d^3) time, O(n d + d^2) memory: that of the mapped source.  Means
and covariances are sums over blocks of rows (`tlbook.blocks`): single precision
stays, and Dask arrays are taken.

Deviations.  The ridge is measured in the mean variance of a feature, in each
domain its own: the map is then the same in every unit.
"""

import numpy as np

from tlbook.base import ESTIMATOR, POSITIVE, AlignmentEstimator
from tlbook.blocks import moments
from tlbook.validation import SOURCE, TARGET


def covariance(X, reg, domain):
    """Return the mean of samples and their covariance with its ridge, equation (1).

    Parameters
    ----------
    X : ndarray or Dask array of shape (n, d)
    reg : float > 0
        In units of the mean variance of a feature.
    domain : str
        Name of the domain in the error.

    Returns
    -------
    m : ndarray of shape (d,)
    C : ndarray of shape (d, d), positive definite

    Raises
    ------
    ValueError
        If all samples coincide.
    """
    both = moments(X)
    C = both.scatter / (both.n - 1)
    variance = np.trace(C) / len(C)
    if variance == 0:
        raise ValueError(
            f"all samples of {domain} coincide: there is no covariance to map"
        )
    return both.mean, C + reg * variance * np.eye(len(C))


def root(C, power=0.5):
    """Return C^power of a symmetric positive definite matrix, (d, d)."""
    values, V = np.linalg.eigh(C)  # (d,), (d, d)
    # what lies below is rounding
    values = np.maximum(values, len(C) * np.finfo(float).eps * values[-1])
    return (V * values**power) @ V.T


def monge_map(Cs, Ct):
    """Return the symmetric matrix A of equation (2), with A Cs A = Ct.

    Parameters
    ----------
    Cs, Ct : ndarray of shape (d, d), symmetric positive definite

    Returns
    -------
    ndarray of shape (d, d)
    """
    half, back = root(Cs), root(Cs, -0.5)
    A = back @ root(half @ Ct @ half) @ back
    return (A + A.T) / 2


def gaussian_cost(ms, mt, Cs, Ct):
    """Return the mean squared way of the cheapest map, equation (4).

    Parameters
    ----------
    ms, mt : ndarray of shape (d,)
    Cs, Ct : ndarray of shape (d, d)

    Returns
    -------
    float
        In squared units of the features.
    """
    half = root(Cs)
    together = np.trace(root(half @ Ct @ half))
    spread = np.trace(Cs) + np.trace(Ct) - 2 * together
    return float(np.sum((ms - mt) ** 2) + spread)


class LinearOT(AlignmentEstimator):
    """Gaussian Monge map: give the source the target's mean and covariance, the nearest way.

    Parameters
    ----------
    estimator : classifier or regressor, default=None
        Learner on the mapped source; None is the nearest neighbor.
    reg : float > 0
        Ridge on both covariances, in units of the mean variance of a feature.

    Attributes
    ----------
    estimator_ : fitted learner
    means_ : dict of str to ndarray of shape (d,)
        Mean of the "source" and of the "target".
    map_ : ndarray of shape (d, d)
        A, symmetric positive definite.
    cost_ : float
        Mean squared way of a source sample, in squared units of the features.

    References
    ----------
    Flamary, Lounici, Ferrari 2019; Peyré, Cuturi 2019.
    """

    _accept_dask = True
    _parameter_constraints = {"estimator": ESTIMATOR, "reg": POSITIVE}

    def __init__(self, estimator=None, reg=1e-3):
        self.estimator = estimator
        self.reg = reg

    def _align(self, Xs, ys, Xt):
        ms, Cs = covariance(Xs, self.reg, SOURCE)
        mt, Ct = covariance(Xt, self.reg, TARGET)
        self.means_ = {
            "source": ms.astype(Xs.dtype),
            "target": mt.astype(Xs.dtype),
        }
        self.map_ = monge_map(Cs, Ct).astype(Xs.dtype)
        self.cost_ = gaussian_cost(ms, mt, Cs, Ct)

    def _map(self, X, domain):
        if domain == "target":
            return X
        return self.means_["target"] + (X - self.means_["source"]) @ self.map_
