"""Distances and the Gaussian kernel, for NumPy arrays and Torch tensors alike (array API).

NumPy arrays are worked on in place: a kernel matrix costs one n x m block of memory, not three.
"""

import numpy as np
from array_api_compat import array_namespace


def squared_distances(X, Y=None):
    """Return the squared Euclidean distances |x_i - y_j|^2.

    One matrix product and the norms: |x|^2 - 2 x.y + |y|^2.  Both samples are shifted by the mean
    of X first, because rounding errors grow with the norms; what falls below zero is cut.

    Parameters
    ----------
    X : array of shape (n, d)
    Y : array of shape (m, d), optional
        Without it, the distances within X.

    Returns
    -------
    array of shape (n, m)
    """
    xp = array_namespace(X)
    center = xp.mean(X, axis=0)
    X = X - center
    Y = X if Y is None else Y - center
    D = X @ Y.T  # (n, m)
    D *= -2
    D += xp.sum(X * X, axis=1)[:, None]
    D += xp.sum(Y * Y, axis=1)
    return np.maximum(D, 0, out=D) if isinstance(D, np.ndarray) else xp.clip(D, min=0)


def gaussian_kernel(X, Y=None, gamma=1.0):
    """Return the Gaussian kernel k(x, y) = exp(-gamma |x - y|^2).

    Parameters
    ----------
    X : array of shape (n, d)
    Y : array of shape (m, d), optional
        Without it, the kernel within X.
    gamma : float > 0
        1 / (2 sigma^2) for a bandwidth sigma, in units of 1 / |x|^2.

    Returns
    -------
    array of shape (n, m)
    """
    xp = array_namespace(X)
    K = squared_distances(X, Y)
    K *= -gamma
    return np.exp(K, out=K) if isinstance(K, np.ndarray) else xp.exp(K)


def median_gamma(X, Y=None):
    """Return gamma = 1 / (2 sigma^2), sigma the median distance among the pooled samples.

    Parameters
    ----------
    X : ndarray of shape (n, d)
    Y : ndarray of shape (m, d), optional
        Pooled with X.

    Returns
    -------
    float

    Raises
    ------
    ValueError
        If the median distance is zero: at least half of the pairs coincide.

    References
    ----------
    Gretton et al., A kernel two-sample test, JMLR 13, 2012, section 8.
    """
    pool = X if Y is None else np.concatenate([X, Y])
    D = squared_distances(pool)
    pairs = D[np.triu_indices(len(D), k=1)]
    median = float(np.median(pairs))
    if median <= 1e-12 * float(np.max(pairs, initial=0.0)):
        raise ValueError(
            "the median distance between samples is zero: at least half of the pairs coincide; "
            "pass gamma yourself"
        )
    return 1 / (2 * median)
