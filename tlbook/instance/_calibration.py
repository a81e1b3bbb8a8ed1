"""Calibration of a classifier before its calls are counted: one temperature, a bias for each class.

The numbers of equations and the symbols are those of `label_shift`.
"""

import numpy as np
from scipy.optimize import minimize
from scipy.special import log_softmax, softmax

TINY = 1e-12  # the least probability that has a logarithm here


def calibration(P, y, n_classes):
    """Return T and b of equation (5).

    Parameters
    ----------
    P : ndarray of shape (n, n_classes)
        Probabilities of samples that the classifier was not fitted on.
    y : ndarray of int, shape (n,)
    n_classes : int

    Returns
    -------
    T : float > 0
    b : ndarray of shape (n_classes,), of sum 0
    """
    Z = np.log(np.maximum(P, TINY))
    truth = np.eye(n_classes)[y]

    def loss(parameters):
        slope, b = np.exp(parameters[0]), parameters[1:]
        L = log_softmax(slope * Z + b, axis=1)
        wrong = (np.exp(L) - truth) / len(y)  # (n, n_classes)
        gradient = np.concatenate(
            [[slope * np.sum(wrong * Z)], wrong.sum(axis=0)]
        )
        return -np.sum(truth * L) / len(y), gradient

    best = minimize(
        loss, np.zeros(n_classes + 1), jac=True, method="BFGS", tol=1e-9
    ).x
    return float(np.exp(-best[0])), best[1:] - best[1:].mean()


def calibrated(P, T, b):
    """Return the probabilities of equation (5), (n, n_classes)."""
    return softmax(np.log(np.maximum(P, TINY)) / T + b, axis=1)


def calibration_covariance(P, Q):
    """Return the covariance of 1 / T and b, the inverse of their information.

    Parameters
    ----------
    P, Q : ndarray of shape (n, n_classes)
        The probabilities that `calibration` was given, and the calibrated ones.

    Returns
    -------
    ndarray of shape (1 + n_classes, 1 + n_classes)
        Of rank n_classes: only the differences of b are known.
    """
    Z = np.log(np.maximum(P, TINY))
    from_mean = Q * (Z - np.sum(Q * Z, axis=1, keepdims=True))
    by_b = from_mean.sum(axis=0)
    return np.linalg.pinv(
        np.block(
            [
                [np.sum(from_mean * Z), by_b],
                [by_b[:, None], np.diag(Q.sum(axis=0)) - Q.T @ Q],
            ]
        ),
        hermitian=True,
    )
