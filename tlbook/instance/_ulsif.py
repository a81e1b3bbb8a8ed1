"""uLSIF: a linear system, and its leave-one-out error in closed form.

    min  1/2 alpha' H alpha - h' alpha + lam/2 |alpha|^2                       (2)
    H = Phi_s' Phi_s / ns,  h = mean_t Phi_t,  then alpha = max(alpha, 0)

    Phi_s  (ns, m)  kernels of source samples to the centers      Phi_t  (nt, m)  of the target

The numbers of equations are those of `density_ratio`, which says where they come
from.

Cost: O(n m^2 + m^3) time, O(n m) memory.
"""

import numpy as np

from tlbook.instance._kernel_rows import blocks_of, mean_row


def ulsif_weights(Phi_s, Phi_t, lam):
    """Return alpha of equation (2), cut at zero; for matrices, or `GaussianBlocks`."""
    H = sum(block.T @ block for block in blocks_of(Phi_s)) / len(Phi_s)  # (m, m)
    h = mean_row(Phi_t)
    return np.maximum(np.linalg.solve(H + lam * np.eye(len(h)), h), 0)


def ulsif_leave_one_out(Phi_s, Phi_t, lams):
    """Return the leave-one-out error of equation (2) for each lam, in closed form.

    Fold i leaves out source sample i and target sample i, for i up to n = min(ns,
    nt).  One eigendecomposition of H serves all lam; a left-out row is a change
    of rank one (Sherman-Morrison).

    Parameters
    ----------
    Phi_s : ndarray of shape (ns, m)
    Phi_t : ndarray of shape (nt, m)
    lams : sequence of float > 0

    Returns
    -------
    ndarray of shape (len(lams),)
    """
    ns, nt, n = len(Phi_s), len(Phi_t), min(len(Phi_s), len(Phi_t))
    values, V = np.linalg.eigh(Phi_s.T @ Phi_s / ns)
    S, T = Phi_s[:n] @ V, Phi_t[:n] @ V  # (n, m), in the eigenbasis
    h = Phi_t.mean(axis=0) @ V
    h_left = (nt * h - T) / (nt - 1)  # (n, m): mean without row i
    scores = []
    for lam in lams:
        # H without row i is (ns H - s s') / (ns - 1); multiply the system by (ns
        # - 1) / ns
        inverse = 1 / (values + lam * (ns - 1) / ns)
        Si, hi = S * inverse, h_left * inverse
        lever = np.sum(S * Si, axis=1)  # (n,)
        shared = np.sum(S * hi, axis=1) / (ns - lever)
        alpha = (ns - 1) / ns * (hi + shared[:, None] * Si) @ V.T  # (n, m)
        alpha = np.maximum(alpha, 0)
        on_source = np.sum(Phi_s[:n] * alpha, axis=1)
        on_target = np.sum(Phi_t[:n] * alpha, axis=1)
        scores.append(np.mean(on_source**2) / 2 - np.mean(on_target))
    return np.array(scores)
