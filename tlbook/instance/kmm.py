"""KMM, kernel mean matching.

Huang J., Smola A., Gretton A., Borgwardt K., Schoelkopf B. Correcting sample selection bias by
unlabeled data. NIPS 2006, 601-608.

Weigh the source samples so that their mean in a kernel space is that of the target:

    min  |1/ns sum_i beta_i phi(xs_i) - 1/nt sum_j phi(xt_j)|^2
    s.t. 0 <= beta_i <= B,  |sum(beta) - ns| <= ns eps                                  (1)

which is, up to a constant and times ns^2 / 2,

    min  1/2 beta' K beta - kappa' beta     under the constraints of (1)                (2)

    K      (ns, ns)  K_ij = k(xs_i, xs_j)
    kappa  (ns,)     kappa_i = ns / nt sum_j k(xs_i, xt_j)
    beta   (ns,)     weights of the source samples in learning: min_f sum_i beta_i loss_i

Solver.  A primal-dual interior point method that knows the constraints: the normal matrix is
K + diagonal + rank one, so that a step costs one Cholesky factorization, ns^3 / 3, and there are
about ten of them whatever the kernel width.  It stops at a certified relative duality gap.

Cost: O(ns (ns + nt) d + ns^3) time, O(ns^2 + n d) memory: 8 GB hold 18,000 source rows, and more
are refused; the target may be as long as one likes.
"""

import warnings

import numpy as np
from scipy.linalg import cho_factor, cho_solve
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression
from sklearn.utils._param_validation import StrOptions

from tlbook.base import ESTIMATOR, POSITIVE, ReweightingEstimator
from tlbook.kernels import check_memory, gaussian_kernel, gaussian_product, median_gamma

MATRICES = 3  # of the source's size: kernel, normal matrix and its factor, work space


def least_product(g, B, low, high):
    """Return min g'b under the constraints of (1): fill the smallest entries of g first.

    Parameters
    ----------
    g : ndarray of shape (n,)
    B, low, high : float
        0 <= b_i <= B and low <= sum(b) <= high.

    Returns
    -------
    float
    """
    g = np.sort(g)
    mass = np.clip(B * np.sum(g < 0), low, min(high, B * len(g)))
    full = min(int(mass / B), len(g) - 1)
    return float(B * g[:full].sum() + (mass - B * full) * g[full])


def relative_gap(K, kappa, beta, B, low, high):
    """Return the duality gap of (2) at a feasible beta, relative to the objective.

    Where the means agree the objective is zero; the gap then counts against the scale of the
    kernel, a thousandth of n^2 / 2 times its mean diagonal.
    """
    Kb = K @ beta
    gap = (Kb - kappa) @ beta - least_product(Kb - kappa, B, low, high)
    scale = 1e-3 * len(K) * np.trace(K) / 2
    return gap / max(abs(Kb @ beta / 2 - kappa @ beta), scale, 1e-300)


def outward(v):
    """Return how the slacks beta, B - beta, sum - low, high - sum change when beta moves by v."""
    return np.concatenate([v, -v, [v.sum(), -v.sum()]])


def inward(u):
    """Return the transpose of `outward` applied to u of shape (2 n + 2,)."""
    n = len(u) // 2 - 1
    return u[:n] - u[n : 2 * n] + (u[-2] - u[-1])


class NewtonSystem:
    """One linearization of the optimality conditions of (2).

    Eliminating the duals leaves  (K + diag(D) + c 1 1') move = right-hand side.
    """

    def __init__(self, K, gradient, slacks, duals):
        n = len(gradient)
        self.gradient, self.slacks, self.duals = gradient, slacks, duals
        stiffness = duals / slacks
        A = K.copy()
        A[np.diag_indices(n)] += stiffness[:n] + stiffness[n : 2 * n] + 1e-10 * np.trace(K) / n
        self.factor = cho_factor(A, lower=True, overwrite_a=True, check_finite=False)
        self.c = stiffness[-2:].sum()
        self.ones = cho_solve(self.factor, np.ones(n), check_finite=False)

    def solve(self, target):
        """Return the moves of beta and of the duals after which slack * dual is `target`."""
        pull = inward(target / self.slacks) - self.gradient
        direct = cho_solve(self.factor, pull, check_finite=False)
        rank_one = self.c * direct.sum() / (1 + self.c * self.ones.sum())  # Sherman-Morrison
        move = direct - rank_one * self.ones
        dual_move = (target - self.duals * outward(move)) / self.slacks - self.duals
        return move, dual_move

    def longest_step(self, move, dual_move):
        """Return the step, 1 at most, that keeps slacks and duals positive."""
        shrinking = np.concatenate([-outward(move) / self.slacks, -dual_move / self.duals])
        return min(1.0, 0.995 / max(shrinking.max(), 1e-300))


def kernel_mean_matching(K, kappa, B=1000.0, eps=None, tol=1e-6, max_iter=100):
    """Return the weights beta that solve (2).

    Parameters
    ----------
    K : ndarray of shape (ns, ns), symmetric positive semi-definite
    kappa : ndarray of shape (ns,)
    B : float > 0
        Largest weight.
    eps : float > 0, default=None
        Slack of the mean weight around 1; None is (sqrt(ns) - 1) / sqrt(ns), as in the paper.
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
    n = len(kappa)
    eps = (np.sqrt(n) - 1) / np.sqrt(n) if eps is None else eps
    low, high = n * max(1 - eps, 0.0), n * (1 + eps)
    if n * B <= low:
        raise ValueError(f"B={B} is too small: {n} weights of at most {B} cannot sum to {low:.4g}")
    K, kappa = np.asarray(K, dtype=np.float64), np.asarray(kappa, dtype=np.float64)
    beta = np.full(n, (low / n + min(B, high / n)) / 2)  # strictly inside
    duals, gap = np.ones(2 * n + 2), np.inf
    for _ in range(max_iter):
        slacks = outward(beta) + np.concatenate([np.zeros(n), np.full(n, B), [-low, high]])
        gap = relative_gap(K, kappa, beta, B, low, high)
        if gap < tol:
            return beta
        system = NewtonSystem(K, K @ beta - kappa, slacks, duals)
        move, dual_move = system.solve(np.zeros_like(slacks))  # predictor: towards the boundary
        step = system.longest_step(move, dual_move)
        after = (slacks + step * outward(move)) @ (duals + step * dual_move) / len(slacks)
        centering = after**3 / (slacks @ duals / len(slacks)) ** 2
        move, dual_move = system.solve(centering - outward(move) * dual_move)  # corrector
        step = system.longest_step(move, dual_move)
        beta, duals = beta + step * move, duals + step * dual_move
    warnings.warn(
        f"kernel mean matching stopped after {max_iter} steps at a relative duality gap of "
        f"{gap:.1e} instead of {tol:.1e}",
        ConvergenceWarning,
        stacklevel=2,
    )
    return beta


class KMM(ReweightingEstimator):
    """Kernel mean matching: weigh the source so that its kernel mean is the target's.

    Parameters
    ----------
    estimator : classifier with sample weights, default=None
        None is logistic regression.
    kernel : {"rbf", "linear"}
    gamma : float > 0, default=None
        Of the Gaussian kernel; None is the median heuristic of both domains together.
    B : float > 0
        Largest weight, 1000 in the paper.
    eps : float > 0, default=None
        Slack of the mean weight around 1; None is (sqrt(ns) - 1) / sqrt(ns), as in the paper.

    Attributes
    ----------
    weights_ : ndarray of shape (ns,)
    gamma_ : float or None

    References
    ----------
    Huang et al., NIPS 2006.
    """

    _parameter_constraints = {
        "estimator": ESTIMATOR,
        "kernel": [StrOptions({"rbf", "linear"})],
        "gamma": [*POSITIVE, None],
        "B": POSITIVE,
        "eps": [*POSITIVE, None],
    }

    def __init__(self, estimator=None, kernel="rbf", gamma=None, B=1000.0, eps=None):
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
        check_memory(MATRICES, ns, ns, "KMM", "draw fewer source rows, or take LogisticRatio")
        ratio = ns / Xt.shape[0]
        if self.kernel == "linear":
            self.gamma_ = None
            K, kappa = Xs @ Xs.T, ratio * (Xs @ Xt.sum(axis=0))
        else:
            self.gamma_ = median_gamma(Xs, Xt) if self.gamma is None else self.gamma
            K = gaussian_kernel(Xs, gamma=self.gamma_)
            kappa = ratio * gaussian_product(Xs, Xt, self.gamma_, np.ones(len(Xt), Xs.dtype))
        return kernel_mean_matching(K, kappa, self.B, self.eps)
