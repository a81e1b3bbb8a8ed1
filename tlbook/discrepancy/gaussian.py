"""Divergences of two Gaussians that are fitted to the domains.

    KL(P | Q) = 1/2 [ tr(Sq^-1 Sp) + (mq - mp)' Sq^-1 (mq - mp) - d + log det Sq - log det Sp ]

The Jensen-Shannon divergence has no closed form for Gaussians; the symmetric
divergence here is that of Jeffreys, KL(P | Q) + KL(Q | P).

Cost: O(n d^2 + d^3) time, O(n d + d^2) memory.
"""

import numpy as np

from tlbook.validation import check_pair


def fit_gaussian(X, reg=1e-3):
    """Return mean and covariance of a sample, with a ridge on the covariance.

    Parameters
    ----------
    X : ndarray of shape (n, d)
    reg : float >= 0
        Added to each variance, in squared units of the features.

    Returns
    -------
    mean : ndarray of shape (d,)
    covariance : ndarray of shape (d, d)
    """
    return X.mean(axis=0), np.atleast_2d(np.cov(X.T)) + reg * np.eye(X.shape[1])


def gaussian_kl(Xs, Xt, reg=1e-3):
    """Return KL(source | target) of Gaussian fits, in nats.

    Parameters
    ----------
    Xs : ndarray of shape (ns, d)
    Xt : ndarray of shape (nt, d)
    reg : float >= 0
        Ridge on both covariances, see `fit_gaussian`.

    Returns
    -------
    float >= 0

    Raises
    ------
    ValueError
        On bad input or fewer than 2 samples.
    numpy.linalg.LinAlgError
        If a covariance is singular, which `reg` > 0 prevents.
    """
    Xs, Xt = check_pair(Xs, Xt, least=2)
    (mp, Sp), (mq, Sq) = fit_gaussian(Xs, reg), fit_gaussian(Xt, reg)
    solved = np.linalg.solve(Sq, np.column_stack([Sp, mq - mp]))  # (d, d + 1)
    trace, distance = np.trace(solved[:, :-1]), (mq - mp) @ solved[:, -1]
    log_dets = np.linalg.slogdet(Sq)[1] - np.linalg.slogdet(Sp)[1]
    return float(0.5 * (trace + distance - len(mp) + log_dets))


def jeffreys(Xs, Xt, reg=1e-3):
    """Return the symmetric divergence KL(s | t) + KL(t | s) of Gaussian fits, in nats.

    Parameters
    ----------
    Xs : array of shape (ns, d)
    Xt : array of shape (nt, d)
    reg : float
        Ridge of both covariances, see `gaussian_kl`.

    Returns
    -------
    float >= 0
    """
    return gaussian_kl(Xs, Xt, reg) + gaussian_kl(Xt, Xs, reg)
