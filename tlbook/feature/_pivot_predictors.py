"""Predictors of the pivots in SCL: one for each pivot, from all words that are no pivot.

The numbers of equations and the symbols are those of `scl`.
"""

import numpy as np
from scipy import sparse
from scipy.linalg import cho_factor, cho_solve
from scipy.linalg.lapack import dpotri
from sklearn.exceptions import ConvergenceWarning

from tlbook._warn import warn
from tlbook.kernels import check_memory, row_blocks

BLOCK = 256  # pivots at a time
MAX_ITER = 300
CHECK = 10  # iterations between two looks at the gradient


def modified_huber(margin):
    """Return L(u): a squared hinge, continued by its tangent left of u = -1, equation (2)."""
    return np.where(
        margin < -1, -4 * margin, np.square(np.maximum(1 - margin, 0))
    )


def modified_huber_slope(margin):
    """Return L'(u), which is -2 (1 - u) cut to [-4, 0]."""
    return -2 * np.clip(1 - margin, 0, 2)


def ridge_solver(X, ridge):
    """Return the function v -> (XX' + ridge I)^(-1) v, for v of shape (n, b).

    With fewer words than samples that is (v - X (X'X + ridge I)^(-1) X'v) /
    ridge.

    Parameters
    ----------
    X : ndarray or csr_array of shape (n, d)
    ridge : float > 0
    """
    G, small = gram(X)
    G[np.diag_indices_from(G)] += ridge
    # (m, m)
    inverse, _ = dpotri(
        cho_factor(G, lower=True, overwrite_a=True)[0], lower=True
    )
    inverse = np.tril(inverse) + np.tril(inverse, -1).T
    if not small:
        return lambda v: inverse @ v
    X_transposed = sparse.csr_array(X.T) if sparse.issparse(X) else X.T
    return lambda v: (v - X @ (inverse @ (X_transposed @ v))) / ridge


def gram(X):
    """Return X'X if there are no more words than samples, else XX', and which of both it is."""
    n, d = X.shape
    m = min(n, d)
    check_memory(2, m, m, "SCL", "draw fewer documents, or count fewer words")
    if d <= n and sparse.issparse(X):  # some rows at a time stay in the cache
        blocks = (X[rows] for rows in row_blocks(n, 1, max(d, 1000)))
        return sum((B.T @ B).toarray() for B in blocks), True  # (d, d)
    G = X.T @ X if d <= n else X @ X.T  # (m, m)
    return (G.toarray() if sparse.issparse(G) else G), d <= n


def huber_predictors(X, T, reg, tol=0.3):
    """Return the pivot predictors W under the modified Huber loss, equation (1).

    The minimizer is W = X'A.  L'' <= 2, so that a step of ridge regression on the
    slopes,

        A <- A - (XX' + r I)^(-1) (L'(t f) t / 2 + r A),   f = X W = XX'A,   r = n reg / 2,

    goes to the minimum of a bound on (1); the steps are accelerated, with
    restarts for each pivot. (1) is strongly convex, so the length of its gradient
    bounds the distance to the minimizer: a pivot stops where that is `tol` times
    the length of its w.

    Parameters
    ----------
    X : ndarray or csr_array of shape (n, d), pivots masked
    T : ndarray of shape (n, p), +1 or -1
    reg : float > 0
    tol : float > 0

    Returns
    -------
    ndarray of shape (d, p)
    """
    r = X.shape[0] * reg / 2
    solve, W = ridge_solver(X, r), np.empty((X.shape[1], T.shape[1]))
    failed = 0
    for start in range(0, T.shape[1], BLOCK):
        rows = slice(start, start + BLOCK)
        A, missed = huber_duals(X, T[:, rows], r, solve, tol)
        W[:, rows], failed = X.T @ A, failed + missed
    if failed:
        warn(
            f"{failed} of {T.shape[1]} pivot predictors did not converge in "
            f"{MAX_ITER} iterations; a larger reg converges faster",
            ConvergenceWarning,
        )
    return W


def huber_duals(X, T, r, solve, tol):
    """Return A of `huber_predictors`, and how many of its columns did not converge.

    Parameters
    ----------
    X : ndarray or csr_array of shape (n, d)
    T : ndarray of shape (n, b), +1 or -1
    r, tol : float > 0
    solve : function, see `ridge_solver`

    Returns
    -------
    A : ndarray of shape (n, b)
    failed : int
    """
    # pivots that have not stopped
    found, left = np.zeros(T.shape), np.arange(T.shape[1])
    a = f = ahead = f_ahead = np.zeros(T.shape)
    momentum = np.ones(len(left))
    for iteration in range(MAX_ITER):
        # gradient 2/n X'v
        v = T * modified_huber_slope(T * f_ahead) / 2 + r * ahead
        if iteration % CHECK == 0:
            gradient, length = (
                np.sum((X.T @ v) ** 2, axis=0),
                np.sum(ahead * f_ahead, axis=0),
            )
            stop = gradient <= (tol * r) ** 2 * length
            found[:, left] = ahead
            left, momentum = left[~stop], momentum[~stop]
            T, a, f, ahead, f_ahead, v = (
                Z[:, ~stop] for Z in (T, a, f, ahead, f_ahead, v)
            )
            if not len(left):
                break
        move = solve(v)
        # XX' move = v - r move
        new, f_new = ahead - move, f_ahead - (v - r * move)
        step, f_step = new - a, f_new - f
        momentum[np.sum(v * f_step, axis=0) > 0] = 1  # uphill
        following = (1 + np.sqrt(1 + 4 * momentum**2)) / 2
        push = (momentum - 1) / following
        a, f, momentum = new, f_new, following
        ahead, f_ahead = a + push * step, f + push * f_step
    return found, len(left)


def ridge_predictors(X, T, reg):
    """Return the pivot predictors W under the square loss (1 - u)^2, in closed form.

    (X'X + r I) W = X'T, r = n reg / 2;  with fewer samples than words, W = X'(XX' + r I)^(-1) T.

    Parameters
    ----------
    X : ndarray or csr_array of shape (n, d), pivots masked
    T : ndarray of shape (n, p), +1 or -1
    reg : float > 0

    Returns
    -------
    ndarray of shape (d, p)
    """
    n = X.shape[0]
    G, small = gram(X)
    G[np.diag_indices_from(G)] += n * reg / 2
    factor = cho_factor(G, lower=True, overwrite_a=True)
    return cho_solve(factor, X.T @ T) if small else X.T @ cho_solve(factor, T)
