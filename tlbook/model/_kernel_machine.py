"""The least-squares problem of a kernel learning machine: solved at once, and sample by sample.

The numbers of equations and the symbols are those of `transrkelm`.
"""

import numpy as np
from scipy.linalg import cho_factor, cho_solve


def signed_targets(labels, n_classes):
    """Return T of equation (1).

    Parameters
    ----------
    labels : ndarray of int, shape (n,)
    n_classes : int

    Returns
    -------
    ndarray of shape (n, n_classes)
    """
    return 2.0 * (labels[:, None] == np.arange(n_classes)) - 1


def batch_solution(K, T, C):
    """Return P and beta, equation (2).

    Parameters
    ----------
    K : ndarray of shape (n, m)
    T : ndarray of shape (n, n_classes)
    C : float > 0
        Large C fits the samples, small C keeps beta small.

    Returns
    -------
    P : ndarray of shape (m, m)
    beta : ndarray of shape (m, n_classes)
    """
    ridge = np.eye(K.shape[1]) / C
    P = cho_solve(cho_factor(ridge + K.T @ K), np.eye(K.shape[1]))
    return P, P @ (K.T @ T)


def recursive_solution(P, beta, K, T):
    """Return P and beta after new rows, equation (3).

    Parameters
    ----------
    P : ndarray of shape (m, m)
    beta : ndarray of shape (m, n_classes)
    K : ndarray of shape (r, m)
        Kernel values of the new rows.
    T : ndarray of shape (r, n_classes)

    Returns
    -------
    P : ndarray of shape (m, m)
    beta : ndarray of shape (m, n_classes)
    """
    KP = K @ P
    P = P - KP.T @ cho_solve(cho_factor(np.eye(len(K)) + KP @ K.T), KP)
    return P, beta + P @ (K.T @ (T - K @ beta))


def output_margins(outputs):
    """Return the lead of the best class over the second best, left side of (4).

    Parameters
    ----------
    outputs : ndarray of shape (n, n_classes)

    Returns
    -------
    ndarray of shape (n,), non-negative
    """
    best = np.sort(outputs, axis=1)
    return best[:, -1] - best[:, -2]
