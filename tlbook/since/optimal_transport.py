"""OTDA, optimal transport for domain adaptation.

Courty N., Flamary R., Tuia D., Rakotomamonjy A. Optimal transport for domain
adaptation. IEEE Transactions on Pattern Analysis and Machine Intelligence 39(9),
2017, 1853-1865. https://doi.org/10.1109/TPAMI.2016.2615921

Every sample is a pile of earth, 1/ns in the source, 1/nt in the target.  Move the
one onto the other at the least cost, and let the source samples travel with their
mass:

    min  <P, C>                  P >= 0, P 1 = 1/ns, P' 1 = 1/nt                        (1)
    min  <P, C> + reg sum_ij P_ij log P_ij                                              (2)
    min  (2) + reg_class 1/nt sum_j sum_c sqrt(share_cj)                                (3)
    z_i  = sum_j P_ij xt_j / sum_j P_ij                                                 (4)
    z(x) = x + z_i - xs_i        for a new x, with xs_i its nearest source sample       (5)

    C         (ns, nt)  squared distances, divided by their median
    P         (ns, nt)  the plan: P_ij is the mass that goes from xs_i to xt_j
    share_cj            part of the mass in xt_j that comes from class c
    Zs        (ns, d)   the source samples, carried into the target

The entropy in (2) spreads the plan.  The concave root in (3) wants each target
sample to be filled by one class only.  (1) is solved by POT,
https://pythonot.github.io, which is needed for reg=0 alone.

Deviations.  The paper's class term takes the mass of a class in place of its
share of a column: with uniform weights that is the same up to the factor
sqrt(nt), which would tie reg_class to the number of samples.  The root is
smoothed at zero, where its slope is infinite.  Squared distances are divided by
their median, not by the largest: one far sample would scale all others away.

Cost: O(ns nt (d + s)) time, O(ns nt) memory; exact: O(n^3) time, O(ns nt) memory
for s sweeps of Sinkhorn.  Some `MATRICES` matrices (ns, nt): 8 GB hold 14,100 +
14,100 samples, and more are refused.
"""

import warnings

import numpy as np
from scipy.spatial.distance import cdist
from scipy.special import entr
from sklearn.exceptions import ConvergenceWarning

from tlbook._extras import load
from tlbook._warn import warn
from tlbook.base import ESTIMATOR, NON_NEGATIVE, AlignmentEstimator
from tlbook.kernels import BLOCK, check_memory, row_blocks

MATRICES = 5  # (ns, nt), held at once: costs, plans and what makes the next
FAR = 100.0  # logarithm of a factor that goes into the potentials
SPREAD = 0.999  # of the largest entropy: such a plan sends everything everywhere


def transport_cost(Xs, Xt):
    """Return the squared distances between the domains, divided by their median.

    Parameters
    ----------
    Xs, Xt : ndarray of shape (ns, d) and (nt, d)

    Returns
    -------
    ndarray of shape (ns, nt), float64

    Raises
    ------
    ValueError
        If the median distance is zero.
    MemoryError
        If the plan would not fit, see `check_memory`.
    """
    ns, nt = len(Xs), len(Xt)
    way_out = "draw some thousands of each domain, or take CORAL"
    check_memory(MATRICES, ns, nt, "optimal transport", way_out)
    C = cdist(Xs, Xt, "sqeuclidean")
    median = np.median(C)
    if median <= 1e-12 * C.max():
        raise ValueError(
            "the median distance between the domains is zero: at least half of "
            "the pairs coincide, there is nothing to move"
        )
    C /= median
    return C


def exact_plan(C, max_iter=1_000_000):
    """Return the plan of equation (1).

    Parameters
    ----------
    C : ndarray of shape (ns, nt)
    max_iter : int

    Returns
    -------
    ndarray of shape (ns, nt), at most ns + nt - 1 entries of it not zero

    Raises
    ------
    ModuleNotFoundError
        Without the package POT, which the extra `transport` brings.
    """
    ot = load("ot")
    with warnings.catch_warnings():  # said below
        warnings.simplefilter("ignore", UserWarning)
        P, log = ot.emd([], [], C, numItermax=max_iter, log=True)
    if log["warning"] is not None:
        warn(f"exact transport: {log['warning']}", ConvergenceWarning)
    return P


def sinkhorn_plan(C, reg, tol=1e-4, max_iter=10_000):
    """Return the plan of equation (2), P_ij = exp((f_i + g_j - C_ij) / reg).

    Columns and rows are scaled to their mass in turn, by v and u.  Factors beyond
    e^100 go into the potentials f and g, so that nothing leaves the range of the
    numbers for small reg.

    Parameters
    ----------
    C : ndarray of shape (ns, nt)
    reg : float > 0
    tol : float
        Largest relative error of the mass of a row or a column.
    max_iter : int

    Returns
    -------
    ndarray of shape (ns, nt)
    """
    ns, nt = C.shape
    f = C.min(axis=1)
    # now each row and each column of P has an entry 1
    g = (C - f[:, None]).min(axis=0)
    P, u = scaled_kernel(C, f, g, reg), np.ones(ns)
    for _ in range(0, max_iter, 10):
        for _ in range(10):
            v = 1 / (nt * (u @ P))
            u = 1 / (ns * (P @ v))  # now the rows have their mass
        error = np.abs(nt * v * (u @ P) - 1).max()
        if error < tol:
            break
        log_u, log_v = np.log(u), np.log(v)
        if max(np.abs(log_u).max(), np.abs(log_v).max()) > FAR:
            f, g, u = f + reg * log_u, g + reg * log_v, np.ones(ns)
            P, v = scaled_kernel(C, f, g, reg), np.ones(nt)
    P *= u[:, None]
    P *= v
    if error < tol:
        return P
    warn(
        f"Sinkhorn stopped after {max_iter} sweeps, with the mass of a row or "
        f"column wrong by {error:.1e} instead of {tol:.1e}; a larger reg "
        "converges faster",
        ConvergenceWarning,
    )
    return P


def scaled_kernel(C, f, g, reg):
    """Return exp((f_i + g_j - C_ij) / reg), in one matrix."""
    K = f[:, None] - C
    K += g
    K /= reg
    return np.exp(K, out=K)


def class_slope(P, ys, smoothing=1e-3):
    """Return the slope of the class term of (3): what a unit of mass from i to j adds to it.

    Parameters
    ----------
    P : ndarray of shape (ns, nt)
    ys : ndarray of shape (ns,)
    smoothing : float > 0
        The term is sqrt(share + smoothing).

    Returns
    -------
    ndarray of shape (ns, nt)
    """
    classes, codes = np.unique(ys, return_inverse=True)
    belongs = np.eye(len(classes))[codes]  # (ns, n_classes)
    share = P.shape[1] * belongs.T @ P  # (n_classes, nt)
    return (0.5 / np.sqrt(share + smoothing))[codes]


def transport_plan(C, ys, reg, reg_class, n_rounds=10):
    """Return the plan of equation (3), of (2) for reg_class=0, of (1) if reg is 0 too.

    A concave term lies below its tangent.  So each round puts the tangent at the
    last plan in its place, which only changes the cost, and the objective never
    grows.

    Parameters
    ----------
    C : ndarray of shape (ns, nt)
    ys : ndarray of shape (ns,)
    reg, reg_class : float >= 0
    n_rounds : int
        As in POT; the start has no class term.

    Returns
    -------
    ndarray of shape (ns, nt)
    """

    def solve(cost):
        return sinkhorn_plan(cost, reg) if reg > 0 else exact_plan(cost)

    P = solve(C)
    for _ in range(n_rounds if reg_class > 0 else 0):
        P = solve(C + reg_class * class_slope(P, ys))
    return P


def barycentric_map(P, Xt):
    """Return where the plan carries each source sample on average, equation (4).

    Parameters
    ----------
    P : ndarray of shape (ns, nt)
    Xt : ndarray of shape (nt, d)

    Returns
    -------
    ndarray of shape (ns, d)
    """
    return P @ Xt / P.sum(axis=1, keepdims=True)


def carry_along(X, Xs, Zs):
    """Return new source samples, moved like their nearest neighbor in Xs, equation (5).

    Several equally near ones, such as copies of one sample, count on average.

    Parameters
    ----------
    X : ndarray of shape (n, d)
    Xs, Zs : ndarray of shape (ns, d)
        Source samples and their images.

    Returns
    -------
    ndarray of shape (n, d)
    """
    moves, images = Zs - Xs, np.empty_like(X)
    for rows in row_blocks(len(X), len(Xs), BLOCK):
        D = cdist(X[rows], Xs, "sqeuclidean")
        nearest = D.min(axis=1, keepdims=True) >= D
        images[rows] = X[rows] + nearest @ moves / nearest.sum(
            axis=1, keepdims=True
        )
    return images


class OTDA(AlignmentEstimator):
    """Optimal transport: carry the source onto the target, then learn there.

    Parameters
    ----------
    estimator : classifier, default=None
        None is the nearest neighbor, as in the paper.
    reg : float >= 0
        Of the entropy, in units of the median squared distance; 0 is the exact
        plan.
    reg_class : float >= 0
        Of the class term, in the same units.

    Attributes
    ----------
    plan_ : ndarray of shape (ns, nt)
    cost_ : float
        <P, C>, what the mass travels on average, in units of the median squared
        distance.

    References
    ----------
    Courty et al., PAMI 2017.
    """

    _parameter_constraints = {
        "estimator": ESTIMATOR,
        "reg": NON_NEGATIVE,
        "reg_class": NON_NEGATIVE,
    }

    def __init__(self, estimator=None, reg=0.1, reg_class=0.3):
        self.estimator = estimator
        self.reg = reg
        self.reg_class = reg_class

    @property
    def _needs_classes(self):
        return self.reg_class != 0 and "OTDA(reg_class=0)"

    def _align(self, Xs, ys, Xt):
        C = transport_cost(Xs, Xt)
        self.plan_ = transport_plan(C, ys, self.reg, self.reg_class)
        self.cost_ = float(np.sum(self.plan_ * C))
        self._warn_if_spread()
        self._Xs, self._Zs = Xs, barycentric_map(self.plan_, Xt).astype(Xs.dtype)

    def _warn_if_spread(self):
        """Warn where the entropy term alone has made the plan."""
        entropy, largest = entr(self.plan_).sum(), np.log(self.plan_.size)
        if entropy > SPREAD * largest:
            warn(
                f"the plan has {100 * entropy / largest:.2f} % of the largest "
                "entropy: each source sample goes to the mean of the target; "
                "take a smaller reg"
            )

    def _map_source(self, Xs):
        return self._Zs

    def _map(self, X, domain):
        return X if domain == "target" else carry_along(X, self._Xs, self._Zs)
