"""Sliced Wasserstein distance: transport along random lines, where it is only sorting.

Rabin J., Peyre G., Delon J., Bernot M. Wasserstein barycenter and its application
to texture mixing. SSVM 2011. https://doi.org/10.1007/978-3-642-24785-9_37

    SW_2^2 = E_theta W_2^2(theta'X, theta'Y),   theta uniform on the unit sphere

In one dimension W_2^2 is the integral of the squared difference of the quantile
functions.

Cost: O(n r (d + log n)) time, O(n (d + r)) memory for r directions.
"""

import numpy as np

from tlbook.validation import check_pair


def sliced_wasserstein(Xs, Xt, n_directions=200, random_state=0):
    """Return the sliced 2-Wasserstein distance of two samples, in units of the features.

    Parameters
    ----------
    Xs : ndarray of shape (ns, d)
    Xt : ndarray of shape (nt, d)
    n_directions : int
    random_state : int

    Returns
    -------
    float >= 0

    Raises
    ------
    ValueError
        On bad input.
    """
    Xs, Xt = check_pair(Xs, Xt)
    rng = np.random.default_rng(random_state)
    directions = rng.standard_normal((Xs.shape[1], n_directions))
    directions /= np.linalg.norm(directions, axis=0)
    # (n, n_directions)
    ps, pt = (np.sort(X @ directions, axis=0) for X in (Xs, Xt))
    edges = np.union1d(
        np.arange(1, len(ps) + 1) / len(ps), np.arange(1, len(pt) + 1) / len(pt)
    )
    widths = np.diff(edges, prepend=0.0)
    # where both quantile functions are constant around
    middles = edges - widths / 2
    rows_s = np.minimum((middles * len(ps)).astype(int), len(ps) - 1)
    rows_t = np.minimum((middles * len(pt)).astype(int), len(pt) - 1)
    return float(np.sqrt(np.mean(widths @ (ps[rows_s] - pt[rows_t]) ** 2)))
