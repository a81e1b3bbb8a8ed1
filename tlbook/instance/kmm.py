"""KMM, kernel mean matching.

Huang J., Smola A., Gretton A., Borgwardt K., Schoelkopf B. Correcting sample
selection bias by unlabeled data. NIPS 2006, 601-608.

Weigh the source samples so that their mean in a kernel space is that of the
target:

    min  |1/ns sum_i beta_i phi(xs_i) - 1/nt sum_j phi(xt_j)|^2
    s.t. 0 <= beta_i <= B,  |sum(beta) - ns| <= ns eps                         (1)

which is, up to a constant and times ns^2 / 2,

    min  1/2 beta' K beta - kappa' beta     under the constraints of (1)       (2)

    K      (ns, ns)  K_ij = k(xs_i, xs_j)
    kappa  (ns,)     kappa_i = ns / nt sum_j k(xs_i, xt_j)
    beta   (ns,)     weights of the source samples in learning: min_f sum_i beta_i loss_i

The solver, tlbook.instance._interior_point, costs one Cholesky factorization a
step, ns^3 / 3, takes about ten steps whatever the kernel width, and stops at a
certified relative duality gap.

Cost: O(ns (ns + nt) d + ns^3) time, O(ns^2 + n d) memory: 8 GB hold 22,000 source
rows, and more are refused; the target may be as long as one likes.
"""

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.utils._param_validation import StrOptions

from tlbook.base import ESTIMATOR, POSITIVE, ReweightingEstimator
from tlbook.instance._interior_point import interior_point
from tlbook.kernels import (
    check_memory,
    gaussian_kernel,
    gaussian_product,
    median_gamma,
    products,
)

# of the source's size: kernel, normal matrix that becomes its factor
MATRICES = 2


def kernel_mean_matching(K, kappa, B=1000.0, eps=None, tol=1e-6, max_iter=100):
    """Return the weights beta that solve (2).

    Parameters
    ----------
    K : ndarray of shape (ns, ns), symmetric positive semi-definite
    kappa : ndarray of shape (ns,)
    B : float > 0
        Largest weight.
    eps : float > 0, default=None
        Slack of the mean weight around 1; None is (sqrt(ns) - 1) / sqrt(ns), as
        in the paper.
    tol : float
        Relative duality gap at which to stop.
    max_iter : int

    Returns
    -------
    ndarray of shape (ns,)

    Raises
    ------
    ValueError
        If no weights satisfy (1): B < 1 - eps.
    """
    low, high = bounds_of_the_sum(len(kappa), B, eps)
    return interior_point(K, kappa, B, low, high, tol, max_iter)


def bounds_of_the_sum(n, B, eps):
    """Return the least and the largest sum of n weights, by (1).

    Parameters
    ----------
    n : int
    B, eps : see `kernel_mean_matching`

    Returns
    -------
    float, float

    Raises
    ------
    ValueError
        If n weights of at most B cannot reach the least sum.
    """
    eps = (np.sqrt(n) - 1) / np.sqrt(n) if eps is None else eps
    low, high = n * max(1 - eps, 0.0), n * (1 + eps)
    if n * B <= low:
        raise ValueError(
            f"B={B} is too small: {n} weights of at most {B} cannot sum to "
            f"{low:.4g}"
        )
    return low, high


class KMM(ReweightingEstimator):
    """Kernel mean matching: weigh the source so that its kernel mean is the target's.

    Parameters
    ----------
    estimator : classifier with sample weights, default=None
        None is logistic regression.
    kernel : {"rbf", "linear"}
    gamma : float > 0, default=None
        Of the Gaussian kernel; None is the median heuristic of both domains
        together.
    B : float > 0
        Largest weight, 1000 in the paper.
    eps : float > 0, default=None
        Slack of the mean weight around 1; None is (sqrt(ns) - 1) / sqrt(ns), as
        in the paper.

    Attributes
    ----------
    weights_ : ndarray of shape (ns,)
    gamma_ : float or None

    References
    ----------
    Huang et al., NIPS 2006.
    """

    _accept_sparse = True
    _parameter_constraints = {
        "estimator": ESTIMATOR,
        "kernel": [StrOptions({"rbf", "linear"})],
        "gamma": [*POSITIVE, None],
        "B": POSITIVE,
        "eps": [*POSITIVE, None],
    }

    def __init__(
        self, estimator=None, kernel="rbf", gamma=None, B=1000.0, eps=None
    ):
        self.estimator = estimator
        self.kernel = kernel
        self.gamma = gamma
        self.B = B
        self.eps = eps

    @staticmethod
    def _default_estimator():
        return LogisticRegression(max_iter=1000)

    def _weigh(self, Xs, Xt):
        ns = Xs.shape[0]
        check_memory(
            MATRICES,
            ns,
            ns,
            "KMM",
            "draw fewer source rows, or take LogisticRatio",
        )
        return kernel_mean_matching(*self._kernels(Xs, Xt), self.B, self.eps)

    def _kernels(self, Xs, Xt):
        """Return K and kappa of (2)."""
        ratio, ones = Xs.shape[0] / Xt.shape[0], np.ones(Xt.shape[0], Xs.dtype)
        if self.kernel == "linear":
            self.gamma_ = None
            return products(Xs, Xs), ratio * (Xs @ np.ravel(Xt.sum(axis=0)))
        gamma = median_gamma(Xs, Xt) if self.gamma is None else self.gamma
        self.gamma_ = gamma
        kappa = ratio * gaussian_product(Xs, Xt, gamma, ones)
        return gaussian_kernel(Xs, gamma=gamma), kappa
