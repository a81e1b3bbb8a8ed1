"""Principal subspaces: what GFK and subspace alignment start from.

Cost: O(n d s + s^3) time for all directions, s = min(n, d), from the eigenvectors
of the smaller of the scatter (d, d) and the Gram matrix (n, n) of the centered
samples; O(n d s + s^2 k) for k.
"""

import numpy as np
from array_api_compat import is_dask_array

from tlbook.blocks import moments
from tlbook.feature._components import RESOLUTION, leading_eigenpairs


class Spread:
    """How samples spread around their mean: themselves, centered, or more of them by their scatter.

    Parameters
    ----------
    X : ndarray or Dask array of shape (n, d)
    domain : str
        Name of the domain in the error.

    Attributes
    ----------
    mean : ndarray of shape (d,)
    centered : ndarray of shape (n, d), or None if n >= d
    scatter : ndarray of shape (d, d), or None if n < d

    Raises
    ------
    ValueError
        If all samples coincide.
    """

    def __init__(self, X, domain):
        self.n, self.d = X.shape
        self.centered = self.scatter = None
        if self.n < self.d and not is_dask_array(X):
            self.mean = X.mean(axis=0, dtype=float)
            self.centered = X - self.mean
            varies = np.ptp(X, axis=0).any()
        else:
            both = moments(X)
            self.mean, self.scatter = both.mean, both.scatter
            varies = np.diag(self.scatter).any()
        if not varies:
            raise ValueError(
                f"all samples of {domain} coincide: there are no principal "
                "directions"
            )


def principal_directions(*spreads, most=None):
    """Return the directions in which samples vary, by falling variance.

    Parameters
    ----------
    *spreads : Spread
        Of one sample, or of several, each around its own mean.
    most : int, optional
        How many are wanted at most; None is all.

    Returns
    -------
    P : ndarray of shape (d, r), orthonormal columns, r the rank or `most` if that is less
    """
    n, d = sum(spread.n for spread in spreads), spreads[0].d
    thin = n < d and all(spread.scatter is None for spread in spreads)
    if thin:
        C = np.concatenate([spread.centered for spread in spreads])
        S = C @ C.T
    else:
        S = sum(
            C.T @ C if S is None else S
            for C, S in ((s.centered, s.scatter) for s in spreads)
        )
    values, vectors = leading_eigenpairs(
        lambda V: S @ V, len(S), min(most or len(S), len(S))
    )
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
        raise ValueError(
            f"n_components={n_components} is greater than {name}, {limits[name]}"
        )


def half_of_features(P):
    """Return d / 2, rounded down, but at least 1: two larger subspaces always intersect."""
    return max(1, P.shape[0] // 2)
