"""KLIEP: a concave program, by sequential quadratic programming.

    max  mean_t log w(x)   s.t.  mean_s w(x) = 1,   w = Phi alpha,  alpha >= 0     (3)

    Phi_s  (ns, m)  kernels of source samples to the centers      Phi_t  (nt, m)  of the target

The numbers of equations are those of `density_ratio`, which says where they come
from.

Cost: O(n m^2 + m^3) time, O(n m) memory, a step; some ten steps.
"""

import numpy as np
from scipy.optimize import nnls

from tlbook.instance._kernel_rows import blocks_of, mean_row

NOTHING = 1e-12  # a kernel value that counts as none
EM_STEPS = 5  # before the quadratic programs


def kliep_weights(Phi_s, Phi_t, tol=1e-9, max_iter=100, start=None):
    """Return alpha of equation (3) by sequential quadratic programming.

    With p_l = alpha_l mean(Phi_s)_l, (3) asks for a distribution p.  Its
    multiplier is known to be 1, so the problem is

        max  mean log w - sum(p),   p >= 0,

    and each quadratic model of it is a non-negative least-squares problem.  The
    duality gap at a distribution p is max(g) - 1, with g the gradient of mean log
    w in p.

    Parameters
    ----------
    Phi_s : ndarray of shape (ns, m), or `GaussianBlocks`
    Phi_t : ndarray of shape (nt, m), or `GaussianBlocks`
    tol : float
        Duality gap at which to stop, in nats.
    max_iter : int
    start : ndarray of shape (m,), optional
        An alpha to start from, without entries of zero; by default some steps of
        expectation maximization from the uniform p.

    Returns
    -------
    alpha : ndarray of shape (m,)
    gap : float

    Raises
    ------
    ValueError
        If no target row is near a center that the source reaches.
    """
    b = mean_row(Phi_s)  # (m,)
    centers, rows = reached(b, Phi_t)
    if not rows.any():
        raise ValueError(
            "the domains share no region: no source sample is near a center "
            "near a target sample; look for columns in which they lie apart, or "
            "choose a smaller gamma"
        )
    # alpha b_max = scale p
    scale = np.where(centers, b.max() / np.where(centers, b, 1), 0)
    p = centers.astype(float) if start is None else start * b * centers
    p /= p.sum()
    for _ in range(EM_STEPS if start is None else 0):
        p = p * scale * gradient(Phi_t, rows, scale * p)
    value, g, H = log_likelihood(Phi_t, rows, scale * p)
    for _ in range(max_iter):
        gap = np.max(scale * g) - 1
        if gap < tol:
            break
        q = quadratic_model(scale * g, scale[:, None] * H * scale, p)
        p, value, g, H = line_search(Phi_t, rows, scale, p, q, (value, g, H))
    return scale * p / b.max(), float(gap)


def reached(b, Phi_t):
    """Return masks of the centers that the source reaches, and of the target rows near them.

    Kernel values that sum to less than `NOTHING` are none: the logarithm of (3)
    would be that of rounding errors, and one such row would decide over all
    others.

    Parameters
    ----------
    b : ndarray of shape (m,)
        Mean kernel values of the source.
    Phi_t : ndarray of shape (nt, m), or `GaussianBlocks`

    Returns
    -------
    centers : ndarray of bool, shape (m,)
    rows : ndarray of bool, shape (nt,)
    """
    centers = b > max(NOTHING * b.max(), np.finfo(float).tiny)
    return centers, np.concatenate(
        [block @ centers > NOTHING for block in blocks_of(Phi_t)]
    )


def walk(Phi, rows):
    """Yield the blocks of rows of Phi, each with its part of the mask `rows`."""
    start = 0
    for block in blocks_of(Phi):
        yield block, rows[start : start + len(block)]
        start += len(block)


def gradient(Phi_t, rows, alpha):
    """Return the gradient of mean log w in alpha, over the masked rows, shape (m,)."""
    g = 0.0
    for block, keep in walk(Phi_t, rows):
        g = g + (keep / np.where(keep, block @ alpha, 1)) @ block
    return g / rows.sum()


def log_likelihood(Phi_t, rows, alpha):
    """Return the mean of log w over the masked rows, its gradient and its negative Hessian.

    Parameters
    ----------
    Phi_t : ndarray of shape (nt, m), or `GaussianBlocks`
    rows : ndarray of bool, shape (nt,)
    alpha : ndarray of shape (m,)

    Returns
    -------
    value : float, -inf where w is zero at a row
    gradient : ndarray of shape (m,)
    H : ndarray of shape (m, m)
    """
    value, g, H = 0.0, 0.0, 0.0
    for block, keep in walk(Phi_t, rows):
        w = np.where(keep, block @ alpha, 1)  # (rows,)
        if w.min() <= 0:
            return -np.inf, g, H
        R = block * (keep / w)[:, None]  # (rows, m)
        value, g, H = value + np.log(w).sum(), g + R.sum(axis=0), H + R.T @ R
    n = rows.sum()
    return value / n, g / n, H / n


def quadratic_model(g, H, p):
    """Return the maximum q >= 0 of the quadratic model of mean log w - sum(p) at p.

    Parameters
    ----------
    g : ndarray of shape (m,), gradient in p
    H : ndarray of shape (m, m), negative Hessian; H p = g
    p : ndarray of shape (m,), on the simplex

    Returns
    -------
    ndarray of shape (m,)
    """
    # of the step, so that it does not move the optimum
    ridge = 1e-8 * np.trace(H) / len(p)
    L = np.linalg.cholesky(H + ridge * np.eye(len(p)))
    q, _ = nnls(
        L.T, np.linalg.solve(L, 2 * g - 1 + ridge * p), maxiter=100 * len(p)
    )
    return q


def line_search(Phi_t, rows, scale, p, q, here):
    """Return the next p and the likelihood there: from p towards q, halved until it gains.

    Parameters
    ----------
    Phi_t, rows : see `log_likelihood`
    scale : ndarray of shape (m,), alpha = scale p
    p, q : ndarray of shape (m,)
    here : (value, gradient, H) at p

    Returns
    -------
    p : ndarray of shape (m,), on the simplex
    value, gradient, H : see `log_likelihood`
    """
    # near the optimum a gain is below the rounding error
    least = here[0] - 1e-15 * abs(here[0])
    step = 1.0
    while step > 1e-8:
        new = p + step * (q - p)
        new = np.where(scale > 0, new, 0)
        new /= new.sum()
        there = log_likelihood(Phi_t, rows, scale * new)
        if there[0] > least:
            return new, *there
        step /= 2
    new = p * scale * here[1]  # a step of expectation maximization never loses
    return new, *log_likelihood(Phi_t, rows, scale * new)


def kliep_score(Phi_s, Phi_t, n_folds=5):
    """Return the cross-validated mean log w of held-out target samples, equation (3)."""
    folds, b = np.arange(len(Phi_t)) % min(n_folds, len(Phi_t)), mean_row(Phi_s)
    scores = []
    for fold in np.unique(folds):
        train = Phi_t[folds != fold]
        if not reached(b, train)[1].any():
            return -np.inf
        alpha, _ = kliep_weights(Phi_s, train, tol=1e-6)
        scores.append(np.log(np.maximum(Phi_t[folds == fold] @ alpha, 1e-300)))
    return float(np.concatenate(scores).mean())
