"""Principal subspaces: what GFK and subspace alignment start from.

Cost: O(n d min(n, d) + min(n, d)^3) time, from the eigenvectors of the smaller of the scatter
(d, d) and the Gram matrix (n, n) of the centered samples.  No random numbers.
"""

import numpy as np

from tlbook.feature._components import RESOLUTION


def principal_directions(centered, n_components=None):
    """Return the directions in which centered samples vary most, by falling variance.

    Parameters
    ----------
    centered : ndarray of shape (n, d), columns of mean zero
    n_components : int, optional
        Without it, all directions in which the samples vary.

    Returns
    -------
    P : ndarray of shape (d, k), orthonormal columns

    Raises
    ------
    ValueError
        If the samples vary in fewer than `n_components` directions.
    """
    n, d = centered.shape
    thin = n < d
    scatter = centered @ centered.T if thin else centered.T @ centered
    values, vectors = np.linalg.eigh(scatter)  # ascending
    rank = int(np.sum(values > RESOLUTION * max(values[-1], np.finfo(float).tiny)))
    k = rank if n_components is None else n_components
    if k > rank:
        raise ValueError(f"n_components={k}, but the centered samples have rank {rank}")
    P = vectors[:, ::-1][:, :k]
    return np.linalg.qr(centered.T @ P)[0] if thin else P  # (d, k)


def check_n_components(n_components, limits):
    """Refuse more components than the least of some limits.

    Parameters
    ----------
    n_components : int
    limits : dict of str to int
        Name and value of each limit.

    Raises
    ------
    ValueError
        Names both numbers.
    """
    name = min(limits, key=limits.get)
    if n_components > limits[name]:
        raise ValueError(f"n_components={n_components} is greater than {name}={limits[name]}")
