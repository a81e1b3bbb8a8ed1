"""Principal subspaces: what GFK and subspace alignment start from.

Cost: O(n d s + s^3) time for all directions, s = min(n, d), from the eigenvectors of the smaller
of the scatter (d, d) and the Gram matrix (n, n) of the centered samples; O(n d s + s^2 k) for k.
"""

import numpy as np

from tlbook.feature._components import RESOLUTION, leading_eigenpairs


def centered(X, domain):
    """Return samples around their mean, and the mean, both in double precision.

    Parameters
    ----------
    X : ndarray of shape (n, d)
    domain : str
        Name of the domain in the error.

    Returns
    -------
    ndarray of shape (n, d) and ndarray of shape (d,)

    Raises
    ------
    ValueError
        If all samples coincide.
    """
    if np.ptp(X, axis=0).max() == 0:
        raise ValueError(f"all samples of {domain} coincide: there are no principal directions")
    mean = X.mean(axis=0, dtype=float)
    return X - mean, mean


def principal_directions(C, most=None):
    """Return the directions in which centered samples vary, by falling variance.

    Parameters
    ----------
    C : ndarray of shape (n, d), columns of mean zero
    most : int, optional
        How many are wanted at most; None is all.

    Returns
    -------
    P : ndarray of shape (d, r), orthonormal columns, r the rank of C or `most` if that is less
    """
    n, d = C.shape
    thin = n < d
    S = C @ C.T if thin else C.T @ C
    values, vectors = leading_eigenpairs(lambda V: S @ V, len(S), min(most or len(S), len(S)))
    P = vectors[:, values > RESOLUTION * values[0]]
    return np.linalg.qr(C.T @ P)[0] if thin else P


def check_n_components(n_components, Ps, Pt, half=False):
    """Refuse more components than there are principal directions.

    Parameters
    ----------
    n_components : int
    Ps, Pt : ndarray of shape (d, rank of the source) and (d, rank of the target)
    half : bool
        Refuse more than half of the features too.

    Raises
    ------
    ValueError
        Names the limit and both numbers.
    """
    limits = {
        "the rank of X (source domain)": Ps.shape[1],
        "the rank of X_target (target domain)": Pt.shape[1],
    }
    if half:
        limits["half of the features"] = half_of_features(Ps)
    name = min(limits, key=limits.get)
    if n_components > limits[name]:
        raise ValueError(f"n_components={n_components} is greater than {name}, {limits[name]}")


def half_of_features(P):
    """Return d / 2, rounded down, but at least 1: two larger subspaces always intersect."""
    return max(1, P.shape[0] // 2)
