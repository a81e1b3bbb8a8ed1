"""What TCA, JDA, BDA and TJM share: three feature spaces, one symmetric eigenproblem, one map.

All four methods look for coefficients A (size, k) of features z = F A, F (n,
size), where

    (F'MF + ridge I) A = F'HF A diag(1 / values)                               (1)

    H = I - 11'/n  centers the n pooled samples;  M = E E' is the MMD matrix, of low rank.

Only three things are ever done with F, so that is all that a space offers:

    primal         F = X                      scatter(V)  = F'HF V
    linear kernel  F = K U,  K = XX'          adjoint(E)  = F'E;  trace() of F'HF
    Gaussian       F = K                      project(A)  = coefficients of the map of new samples

U is an orthonormal basis of the range of K: with more samples than features a
linear kernel costs no n x n matrix.  With X = U S V', alpha = U c one has K alpha
= X (V S c) and |alpha| = |c|.

Rows of E are alike for all samples of a domain and class.  So a linear space
needs no row per sample: m samples may be one row, m^(1/2) times their mean, and
their rows of E one row times m^(1/2).  That changes neither F'E nor E'E.  The
`sizes` of a space say for how many samples its rows stand.
"""

import numpy as np
from array_api_compat import is_dask_array
from sklearn.exceptions import ConvergenceWarning

from tlbook._warn import warn
from tlbook.blocks import class_sums, map_rows, mean_and_squares, moments
from tlbook.kernels import check_memory, gaussian_kernel, gaussian_product
from tlbook.ties import first_largest

KERNELS = ("primal", "linear", "rbf")
GUARD = 6  # columns of the block beyond those asked for
DENSE = 14  # blocks in a problem that is solved densely, at most
TOLERANCE = 1e-9  # of residuals, relative to their eigenvalue
# products with the operator before the first look at the pairs and the next
FIRST, STEPS = 5, 2
DEPTH = 6  # blocks of a space from which on it is cut to its best block
CYCLES = 200
RESOLUTION = 1e-13  # what is below this part of the largest is a rounding error


class LinearSpace:
    """The primal form and the linear kernel: F = X P for a basis P (d, size).

    Parameters
    ----------
    X : ndarray of shape (n, d), pooled samples, each a row of the space
        Or a pair of ndarrays or Dask arrays, source and target: their two means
        are the rows, until `by_class` takes the means of their classes.
    kernel : {"primal", "linear"}
    """

    def __init__(self, X, kernel):
        self.domains = domains = X if isinstance(X, tuple) else (X,)
        d = domains[0].shape[1]
        self.n = n = sum(X.shape[0] for X in domains)
        self._source = None
        if n < d and not any(is_dask_array(X) for X in domains):
            X = np.concatenate(domains).astype(float)
            check_variance(np.sum(np.var(X, axis=0)), n, X.mean(axis=0))
            means = [np.mean(domain, axis=0, dtype=float) for domain in domains]
            F = X @ X.T  # (n, n)
            self.basis = X.T
            if kernel == "primal":
                squares, U = truncated_eigh(F)
                self.basis = X.T @ U / np.sqrt(squares)  # (d, r)
                F = X @ self.basis
            F -= F.mean(axis=0)
            self._scatter = F.T @ F
        else:
            parts = [moments(X) for X in domains]
            both, means = sum(parts[1:], parts[0]), [part.mean for part in parts]
            mean, total = both.mean, both.scatter  # (d,), (d, d)
            check_variance(np.trace(total) / n, n, mean)
            if kernel == "primal":
                self.basis, self._scatter = np.eye(d), total
            else:
                squares, V = truncated_eigh(total + n * np.outer(mean, mean))
                self.basis = V * np.sqrt(squares)
                self._scatter = self.basis.T @ total @ self.basis
        self.size = self.rank = self._scatter.shape[0]
        self.sizes = [np.array([float(X.shape[0])]) for X in domains]
        self.rows = np.array(
            [np.sqrt(m[0]) * mean for m, mean in zip(self.sizes, means)]
        )
        if len(domains) == 1:
            self.rows = domains[0]

    def by_class(self, ys, guesses, classes):
        """Take the class means for the rows; return their labels, as many as classes, and sizes.

        Parameters
        ----------
        ys, guesses : array of shape (ns,) and (nt,)
        classes : ndarray of shape (C,)

        Returns
        -------
        labels of the source's rows, of the target's, and the pair of their sizes
        """
        if self._source is None:
            self._source = class_sums(self.domains[0], ys, classes)
        sums = self._source, class_sums(self.domains[1], guesses, classes)
        labels = [classes[sizes > 0] for sizes, _ in sums]
        self.rows = np.concatenate(
            [total[m > 0] / np.sqrt(m[m > 0])[:, None] for m, total in sums]
        )
        self.sizes = [sizes[sizes > 0] for sizes, _ in sums]
        return *labels, self.sizes

    def scatter(self, V):
        return self._scatter @ V

    def trace(self):
        return np.trace(self._scatter)

    def adjoint(self, E):
        return self.basis.T @ (self.rows.T @ E)

    def project(self, A):
        return self.basis @ A

    def embed(self, projection, domain=0):
        X = self.domains[domain]
        projection = projection.astype(X.dtype)
        return map_rows(lambda rows: rows @ projection, X)


class GaussianSpace:
    """The Gaussian kernel: F = K (n, n), held once.

    Parameters
    ----------
    X : ndarray of shape (n, d), pooled samples, or a pair of them, source and target
    gamma : float > 0
    """

    def __init__(self, X, gamma):
        domains = X if isinstance(X, tuple) else (X,)
        self.sizes = [np.ones(len(X)) for X in domains]
        self.n = n = sum(map(len, domains))
        check_memory(
            1,
            n,
            n,
            "a Gaussian kernel",
            'draw fewer rows, or take kernel="linear"',
        )
        pooled = np.concatenate(domains, dtype=float)
        self.K = gaussian_kernel(pooled, gamma=gamma)
        self.size = self.rank = n

    def by_class(self, ys, guesses, classes):
        return ys, guesses, self.sizes

    def trace(self):
        return np.sum(mean_and_squares(self.K)[1])

    def scatter(self, V):
        F = self.adjoint(V)
        F -= F.mean(axis=0)
        return self.adjoint(F)

    def adjoint(self, E):
        return (E.T @ self.K).T  # K is symmetric; a third faster than K E

    def project(self, A):
        return A

    def embed(self, projection, domain=0):
        first = sum(map(len, self.sizes[:domain]))
        return self.K[first : first + len(self.sizes[domain])] @ projection


def truncated_eigh(gram):
    """Return the eigenvalues of a Gram matrix that are not zero, and their eigenvectors."""
    values, vectors = np.linalg.eigh(gram)
    keep = values > RESOLUTION * values[-1]
    return values[keep], vectors[:, keep]


def check_variance(variance, n, mean):
    """Refuse samples of which nothing but rounding errors tells one from another.

    Raises
    ------
    ValueError
    """
    if variance <= (n * np.finfo(float).eps) ** 2 * np.sum(mean**2):
        raise ValueError(
            "all samples of X and X_target coincide: there are no components"
        )


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
    mean, squares = mean_and_squares(X)
    variance = np.sum(squares) / (len(X) - 1)
    check_variance(variance, len(X), mean)
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

    Small problems are solved densely.  Larger ones by a restarted block Krylov
    method: the residuals of the best `block` directions (Rayleigh-Ritz) are
    multiplied by S some times, which widens the space V, and of a space of
    `DEPTH` blocks the best directions are kept.

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
    T = V.T @ SV
    for cycle in range(CYCLES):
        values, mix = np.linalg.eigh(T)
        values, mix = values[::-1][:block], mix[:, ::-1][:, :block]
        best, S_best = V @ mix, SV @ mix  # (size, block)
        W = S_best - best * values
        floor = size * np.finfo(float).eps * values[0]
        unsettled = np.linalg.norm(W, axis=0) > TOLERANCE * np.abs(values) + floor
        if not unsettled[:k].any():
            break
        if V.shape[1] >= min(DEPTH * block, size // 2):
            V, SV, T = best, S_best, np.diag(values)
        W = W[:, unsettled]
        for _ in range(STEPS if cycle else FIRST):
            W = new_directions(W, V, floor)
            if W.shape[1] == 0:
                break
            SW = apply(W)
            side = V.T @ SW
            T = np.block([[T, side], [side.T, W.T @ SW]])
            V, SV, W = np.hstack([V, W]), np.hstack([SV, SW]), SW
    else:
        warn(
            f"{np.sum(unsettled[:k])} of {k} eigenvectors did not converge in "
            f"{CYCLES} cycles",
            ConvergenceWarning,
        )
    return values[:k], best[:, :k]


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

    @property
    def _accept_dask(self):
        return self.kernel != "rbf"

    def _space(self, Xs, Xt):
        """Return the feature space of both domains, and remember what its map needs."""
        if self.kernel != "rbf":
            return self._linear_space(Xs, Xt)
        self.samples_ = np.concatenate([Xs, Xt])
        variance = total_variance(self.samples_)
        self.gamma_ = 1 / (4 * variance) if self.gamma is None else self.gamma
        return GaussianSpace((Xs, Xt), self.gamma_)

    def _linear_space(self, Xs, Xt):
        return LinearSpace((Xs, Xt), self.kernel)

    def _remember(self, projection, values, dtype):
        self.eigenvalues_ = values
        self.projection_ = fix_signs(projection).astype(dtype)

    def _map(self, X, domain):
        if self.kernel == "rbf":
            return gaussian_product(
                X, self.samples_, self.gamma_, self.projection_
            )
        return X @ self.projection_
