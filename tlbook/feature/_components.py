"""What TCA, JDA, BDA and TJM share: three feature spaces, one symmetric eigenproblem, one map.

All four methods look for coefficients A (size, k) of features z = F A, F (n, size), where

    (F'MF + ridge I) A = F'HF A diag(1 / values)                               (1)

    H = I - 11'/n  centers the n pooled samples;  M = E E' is the MMD matrix, of low rank.

Only three things are ever done with F, so that is all that a space offers:

    primal         F = X                      scatter(V)  = F'HF V
    linear kernel  F = K U,  K = XX'          adjoint(E)  = F'E;  trace() of F'HF
    Gaussian       F = K                      project(A)  = coefficients of the map of new samples

U is an orthonormal basis of the range of K: with more samples than features a linear kernel costs
no n x n matrix.  With X = U S V', alpha = U c one has K alpha = X (V S c) and |alpha| = |c|.
"""

import warnings

import numpy as np
from sklearn.exceptions import ConvergenceWarning

from tlbook.kernels import check_memory, gaussian_kernel, gaussian_product
from tlbook.ties import first_largest

KERNELS = ("primal", "linear", "rbf")
GUARD = 10  # columns of the block beyond those asked for
DENSE = 10  # blocks in a problem that is solved densely, at most
TOLERANCE = 1e-9  # of residuals, relative to their eigenvalue
DEPTH = 8  # products with the operator in a cycle
CYCLES = 200
RESOLUTION = 1e-13  # what is below this part of the largest is a rounding error


class LinearSpace:
    """The primal form and the linear kernel: F = X P for a basis P (d, size).

    Parameters
    ----------
    X : ndarray of shape (n, d), float64, pooled samples
    kernel : {"primal", "linear"}
    """

    def __init__(self, X, kernel):
        n, d = X.shape
        mean = X.mean(axis=0)
        self.X = X
        if n < d:
            F = X @ X.T  # (n, n)
            self.basis = X.T
            if kernel == "primal":
                squares, U = truncated_eigh(F)
                self.basis = X.T @ U / np.sqrt(squares)  # (d, r)
                F = X @ self.basis
            F -= F.mean(axis=0)
            self._scatter = F.T @ F
        else:
            centered = X - mean
            total = centered.T @ centered  # (d, d)
            if kernel == "primal":
                self.basis, self._scatter = np.eye(d), total
            else:
                squares, V = truncated_eigh(total + n * np.outer(mean, mean))
                self.basis = V * np.sqrt(squares)
                self._scatter = self.basis.T @ total @ self.basis
        self.size = self.rank = self._scatter.shape[0]

    def scatter(self, V):
        return self._scatter @ V

    def trace(self):
        return np.trace(self._scatter)

    def adjoint(self, E):
        return self.basis.T @ (self.X.T @ E)

    def project(self, A):
        return self.basis @ A

    def embed(self, projection):
        return self.X @ projection


class GaussianSpace:
    """The Gaussian kernel: F = K (n, n), held once.

    Parameters
    ----------
    X : ndarray of shape (n, d), float64, pooled samples
    gamma : float > 0
    """

    def __init__(self, X, gamma):
        n = len(X)
        check_memory(2, n, n, "a Gaussian kernel", 'draw fewer rows, or take kernel="linear"')
        self.K = gaussian_kernel(X, gamma=gamma)
        self.size = self.rank = len(X)

    def trace(self):
        return np.sum((self.K - self.K.mean(axis=0)) ** 2)

    def scatter(self, V):
        F = self.adjoint(V)
        F -= F.mean(axis=0)
        return self.adjoint(F)

    def adjoint(self, E):
        return (E.T @ self.K).T  # K is symmetric; a third faster than K E

    def project(self, A):
        return A

    def embed(self, projection):
        return self.K @ projection


def truncated_eigh(gram):
    """Return the eigenvalues of a Gram matrix that are not zero, and their eigenvectors."""
    values, vectors = np.linalg.eigh(gram)
    keep = values > RESOLUTION * values[-1]
    return values[keep], vectors[:, keep]


def total_variance(X):
    """Return the variance of the samples summed over the features, half the mean of |x - y|^2.

    Parameters
    ----------
    X : ndarray of shape (n, d)

    Raises
    ------
    ValueError
        If all samples coincide.
    """
    variance = np.sum(np.var(X, axis=0, ddof=1))
    if variance <= (len(X) * np.finfo(float).eps) ** 2 * np.sum(np.max(np.abs(X), axis=0) ** 2):
        raise ValueError("all samples of X and X_target coincide: there are no components")
    return float(variance)


def new_directions(W, Q, floor):
    """Return an orthonormal basis of what W adds to the orthonormal Q.

    Columns that add less than `floor` are left out: they are rounding errors.
    """
    W, R = np.linalg.qr(W - Q @ (Q.T @ W))
    W = W[:, np.abs(np.diag(R)) > floor]
    return np.linalg.qr(W - Q @ (Q.T @ W))[0]


def leading_eigenpairs(apply, size, k, start=None):
    """Return the k largest eigenvalues of a symmetric operator, and their eigenvectors.

    Small problems are solved densely.  Larger ones by a restarted block Krylov method: the
    residuals of the best `block` directions are multiplied by S up to `DEPTH` times, and the best
    directions of all that (Rayleigh-Ritz) start the next cycle.

    Parameters
    ----------
    apply : callable, V (size, m) -> S V (size, m)
    size : int
    k : int, number of pairs
    start : ndarray of shape (size, m), m <= k, optional
        Guess of some eigenvectors.

    Returns
    -------
    values : ndarray of shape (k,), descending
    vectors : ndarray of shape (size, k), orthonormal
    """
    block = k + GUARD
    if size <= DENSE * block:
        values, vectors = np.linalg.eigh(apply(np.eye(size)))
        return values[::-1][:k], vectors[:, ::-1][:, :k]
    V = np.random.default_rng(0).standard_normal((size, block))
    if start is not None:
        V[:, : start.shape[1]] = start
    V, _ = np.linalg.qr(V)
    SV = apply(V)
    for _ in range(CYCLES):
        values, mix = np.linalg.eigh(V.T @ SV)
        values, mix = values[::-1][:block], mix[:, ::-1][:, :block]
        V, SV = V @ mix, SV @ mix  # (size, block)
        W = SV - V * values
        floor = size * np.finfo(float).eps * values[0]
        unsettled = np.linalg.norm(W, axis=0) > TOLERANCE * np.abs(values) + floor
        if not unsettled[:k].any():
            break
        W = W[:, unsettled]
        for _ in range(min(DEPTH, size // (2 * block))):
            W = new_directions(W, V, floor)
            if W.shape[1] == 0:
                break
            V, W = np.hstack([V, W]), apply(W)
            SV = np.hstack([SV, W])
    else:
        warnings.warn(
            f"{np.sum(unsettled[:k])} of {k} eigenvectors did not converge in {CYCLES} cycles",
            ConvergenceWarning,
            stacklevel=2,
        )
    return values[:k], V[:, :k]


def fix_signs(A):
    """Return A with columns whose largest entry is positive: eigenvectors have no sign."""
    largest = A[first_largest(np.abs(A), axis=0), np.arange(A.shape[1])]
    return A * np.where(largest < 0, -1.0, 1.0)


class SharedMap:
    """Map both domains by one function z(x) = f(x)' W, the mixin of the four methods.

    Attributes
    ----------
    projection_ : ndarray of shape (d, n_components), or (n, n_components) for kernel="rbf"
    eigenvalues_ : ndarray of shape (n_components,), descending, the `values` of equation (1)
    """

    def _space(self, X):
        """Return the feature space of the pooled samples, and remember what its map needs."""
        variance = total_variance(X)
        if self.kernel != "rbf":
            return self._linear_space(X)
        self.gamma_ = 1 / (4 * variance) if self.gamma is None else self.gamma
        return GaussianSpace(X, self.gamma_)

    def _linear_space(self, X):
        return LinearSpace(X, self.kernel)

    def _remember(self, projection, values, X, dtype):
        self.eigenvalues_ = values
        self.projection_ = fix_signs(projection).astype(dtype)
        if self.kernel == "rbf":
            self.samples_ = X.astype(dtype)

    def _map(self, X, domain):
        if self.kernel == "rbf":
            return gaussian_product(X, self.samples_, self.gamma_, self.projection_)
        return X @ self.projection_
