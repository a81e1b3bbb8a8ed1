"""TKL, transfer kernel learning.

Long M., Wang J., Sun J., Yu P. S. Domain invariant transfer kernel learning. IEEE
Transactions on Knowledge and Data Engineering 27(6), 2015, 1519-1532.
https://doi.org/10.1109/TKDE.2014.2373376

A kernel matrix is eigenvectors and eigenvalues.  Take the eigenvectors of the
target, continue them to the source, and choose new eigenvalues with which they
give back the source's kernel:

    Kt = V diag(v) V'                                                         (1)
    phi(x) = k(x, Xt) V diag(1 / v),   which is V on the target samples       (2)
    minimize  |F diag(lam) F' - Ks|_F^2,   F = phi(Xs)
    subject to  lam_i >= zeta lam_(i+1) >= 0                                  (3)
      = lam' Q lam - 2 r' lam + constant,   Q = (F'F) * (F'F) by entries,
        r = diag(F' Ks F)                                                     (4)
    kernel of the transfer  phi(x) diag(lam) phi(y)'                          (5)
    lam = D U nu,  nu >= 0,   D = diag(1, 1 / zeta, 1 / zeta^2, ...),  U = upper triangle of ones
                                                                              (6)

    Ks, Kt  (ns, ns), (nt, nt)  kernel matrices     F    (ns, r)  eigenvectors, continued
    V, v    (nt, r), (r,)  largest eigenpairs       lam  (r,)     new eigenvalues

(3) says that the spectrum falls at least as fast as a geometric series: few
directions of the target carry the kernel.  By (6) it is a problem of nonnegative
least squares.  By (5) the features phi(x) diag(lam)^(1/2) are explicit, so that a
linear learner on them is the kernel machine of the paper, for new samples too.

Cost: O(ns^2 (d + r) + nt^2 d + nt^3) time, O(ns^2 + nt^2) memory; r = 200 at most
if left open.  8 GB hold 22,000 samples of each domain, and more are refused.

Deviations.  Eigenvalues v below 1e-8 of the largest are left out, for (2) divides
by them.
"""

from numbers import Real

import numpy as np
from scipy.linalg import eigh
from scipy.optimize import nnls
from sklearn.svm import SVC
from sklearn.utils._param_validation import Interval

from tlbook.base import COUNT, ESTIMATOR, POSITIVE, AlignmentEstimator
from tlbook.feature._components import RESOLUTION, total_variance
from tlbook.kernels import check_memory, gaussian_kernel, gaussian_product

MOST = 200  # eigenvectors if their number is left open
# of the larger domain: a kernel, and the copy that its decomposition takes apart
MATRICES = 2
FAINT = 1e-8  # eigenvalues below this part of the largest are not divided by


def leading_spectrum(Kt, n_components=None):
    """Return the largest eigenvalues of a kernel matrix, and their eigenvectors, equation (1).

    Parameters
    ----------
    Kt : ndarray of shape (nt, nt), symmetric positive semi-definite
    n_components : int, default=None
        None takes 200, or all that are not faint.

    Returns
    -------
    v : ndarray of shape (r,), descending
    V : ndarray of shape (nt, r), orthonormal columns

    Raises
    ------
    ValueError
        If fewer than `n_components` eigenvalues are above 1e-8 of the largest.
    """
    nt = len(Kt)
    most = min(nt, MOST if n_components is None else n_components)
    v, V = eigh(Kt, subset_by_index=(nt - most, nt - 1))  # ascending
    clear = v > FAINT * v[-1]
    if n_components is not None and clear.sum() < n_components:
        raise ValueError(
            f"n_components={n_components}, but the kernel matrix of X_target "
            f"(target domain) has only {clear.sum()} eigenvalues above {FAINT} "
            "of the largest"
        )
    return v[clear][::-1], V[:, clear][:, ::-1]


def continued_eigenvectors(Kxt, v, V):
    """Return phi(x), the target's eigenvectors at other samples, equation (2).

    Parameters
    ----------
    Kxt : ndarray of shape (n, nt)
        Kernel of the other samples with the target samples.
    v, V : see `leading_spectrum`

    Returns
    -------
    ndarray of shape (n, r)
    """
    return Kxt @ (V / v)


def spectrum_program(F, Ks):
    """Return Q and r of the quadratic program, equation (4).

    Parameters
    ----------
    F : ndarray of shape (ns, r)
    Ks : ndarray of shape (ns, ns)

    Returns
    -------
    Q : ndarray of shape (r, r)
    r : ndarray of shape (r,)
    """
    return (F.T @ F) ** 2, np.sum(F * (Ks @ F), axis=0)


def falling(size, zeta):
    """Return D U of equation (6): its cone holds the spectra that fall fast enough.

    Parameters
    ----------
    size : int
    zeta : float >= 1

    Returns
    -------
    ndarray of shape (size, size)
    """
    steps = zeta ** -np.arange(size, dtype=float)
    return steps[:, None] * np.triu(np.ones((size, size)))


def damped_spectrum(Q, r, zeta):
    """Return the lam that solves (3), the quadratic program (4), by way of (6).

    Parameters
    ----------
    Q : ndarray of shape (r, r), symmetric positive semi-definite, with positive entries
    r : ndarray of shape (r,)
    zeta : float >= 1

    Returns
    -------
    ndarray of shape (r,)

    Raises
    ------
    RuntimeError
        If the least squares do not converge in 100 r steps.
    """
    T = falling(len(r), zeta)
    return T @ nonnegative_minimum(T.T @ Q @ T, T.T @ r)


def nonnegative_minimum(Q, r):
    """Return the nu >= 0 of the least nu'Q nu - 2 r'nu, as nonnegative least squares.

    Parameters
    ----------
    Q : ndarray of shape (r, r), symmetric positive semi-definite, with a positive diagonal
    r : ndarray of shape (r,)

    Returns
    -------
    ndarray of shape (r,)

    Raises
    ------
    RuntimeError
        If the least squares do not converge in 100 r steps.
    """
    scale = 1 / np.sqrt(np.diag(Q))
    w, W = np.linalg.eigh(scale[:, None] * Q * scale)
    root = np.sqrt(w[w > RESOLUTION * w[-1]])
    W = W[:, -len(root) :]  # scaled Q = (W root)(W root)'
    nu, _ = nnls((W * root).T, W.T @ (scale * r) / root, maxiter=100 * len(r))
    return scale * nu


class TKL(AlignmentEstimator):
    """Transfer kernel learning: the target's eigenvectors, with eigenvalues that suit the source.

    Parameters
    ----------
    estimator : classifier, default=None
        Learner on the features; a linear one sees the learned kernel.  None is a
        linear SVM, C=10.
    zeta : float >= 1, default=1.1
        Damping: each eigenvalue is at least zeta times the next.
    n_components : int, default=None
        Eigenvectors of the target; None takes 200, or all that are not faint.
    gamma : float > 0, default=None
        Of the Gaussian kernel exp(-gamma |x - y|^2); None takes 1 / sigma^2,
        sigma^2 the mean squared distance of the pooled samples.

    Attributes
    ----------
    estimator_ : fitted learner
    gamma_ : float
    eigenvalues_ : ndarray of shape (r,)
        The new spectrum lam, descending.
    target_eigenvalues_ : ndarray of shape (r,)
        The spectrum v of the target's kernel matrix, descending.
    samples_ : ndarray of shape (nt, d), target samples
    projection_ : ndarray of shape (nt, r), float64
        Map of kernel values with `samples_`.

    References
    ----------
    Long, Wang, Sun, Yu, IEEE TKDE 27(6), 2015,
    https://doi.org/10.1109/TKDE.2014.2373376
    """

    _parameter_constraints = {
        "estimator": ESTIMATOR,
        "zeta": [Interval(Real, 1, None, closed="left")],
        "n_components": [*COUNT, None],
        "gamma": [*POSITIVE, None],
    }

    def __init__(self, estimator=None, zeta=1.1, n_components=None, gamma=None):
        self.estimator = estimator
        self.zeta = zeta
        self.n_components = n_components
        self.gamma = gamma

    @staticmethod
    def _default_estimator():
        return SVC(kernel="linear", C=10)

    def _align(self, Xs, ys, Xt):
        self.samples_, Xs, Xt = Xt.copy(), Xs.astype(float), Xt.astype(float)
        n = max(len(Xs), len(Xt))
        check_memory(
            MATRICES,
            n,
            n,
            "TKL",
            "draw some thousands of each domain, or take CORAL",
        )
        variance = total_variance(np.concatenate([Xs, Xt]))
        self.gamma_ = 1 / (2 * variance) if self.gamma is None else self.gamma
        v, V = leading_spectrum(
            gaussian_kernel(Xt, gamma=self.gamma_), self.n_components
        )
        F = continued_eigenvectors(gaussian_kernel(Xs, Xt, self.gamma_), v, V)
        Q, r = spectrum_program(F, gaussian_kernel(Xs, gamma=self.gamma_))
        if not np.diag(Q).min() > 0:
            raise ValueError(
                f"gamma={self.gamma_:.3g} is too large: the kernel between X "
                "(source domain) and X_target (target domain) vanishes"
            )
        self.eigenvalues_ = damped_spectrum(Q, r, self.zeta)
        self.target_eigenvalues_ = v
        self.projection_ = V / v * np.sqrt(self.eigenvalues_)

    def _map(self, X, domain):
        samples = self.samples_.astype(float)
        Z = gaussian_product(
            X.astype(float), samples, self.gamma_, self.projection_
        )
        return Z.astype(X.dtype)
