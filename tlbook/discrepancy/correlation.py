"""CORAL distance: how far the covariances of two domains are apart.

Sun B., Saenko K. Deep CORAL: correlation alignment for deep domain adaptation.
ECCV workshops 2016, 443-450. https://doi.org/10.1007/978-3-319-49409-8_35

    |Cs - Ct|_F^2 / (4 d^2),   C = (X - mean)' (X - mean) / (n - 1)

Cost: O(n d^2) time, O(n d + d^2) memory.
"""

from array_api_compat import array_namespace

from tlbook.validation import check_pair


def coral_distance(Xs, Xt):
    """Return the squared Frobenius distance of the covariances, divided by 4 d^2.

    Parameters
    ----------
    Xs : array of shape (ns, d), NumPy or Torch
    Xt : array of shape (nt, d)

    Returns
    -------
    array of shape ()

    Raises
    ------
    ValueError
        On bad input, for other widths or fewer than 2 samples.
    """
    Xs, Xt = check_pair(Xs, Xt, least=2)
    xp = array_namespace(Xs)
    difference = 0.0
    for X, sign in ((Xs, 1.0), (Xt, -1.0)):
        centered = X - xp.mean(X, axis=0)
        # (d, d)
        difference = difference + sign * (centered.T @ centered) / (
            X.shape[0] - 1
        )
    return xp.sum(difference**2) / (4 * Xs.shape[1] ** 2)
