"""The quadratic program of kernel mean matching: a box, one sum, and a convex objective.

    minimize b'Kb / 2 - kappa'b   subject to  0 <= b_i <= B,  low <= sum(b) <= high    (2)

A general solver treats the constraints as a dense matrix.  Here an interior point
method uses that they are simple: the matrix to factor is K plus a diagonal plus
rank one.
"""

import numpy as np
from scipy.linalg import cho_factor, cho_solve
from sklearn.exceptions import ConvergenceWarning

from tlbook._warn import warn


def least_product(g, B, low, high):
    """Return min g'b under the constraints of (1): fill the smallest entries of g first.

    Parameters
    ----------
    g : ndarray of shape (n,)
    B, low, high : float
        0 <= b_i <= B and low <= sum(b) <= high.

    Returns
    -------
    float
    """
    g = np.sort(g)
    mass = np.clip(B * np.sum(g < 0), low, min(high, B * len(g)))
    full = min(int(mass / B), len(g) - 1)
    return float(B * g[:full].sum() + (mass - B * full) * g[full])


def relative_gap(K, kappa, beta, B, low, high):
    """Return the duality gap of (2) at a feasible beta, relative to the objective.

    Where the means agree the objective is zero; the gap then counts against the
    scale of the kernel, a thousandth of n^2 / 2 times its mean diagonal.
    """
    Kb = K @ beta
    gap = (Kb - kappa) @ beta - least_product(Kb - kappa, B, low, high)
    scale = 1e-3 * len(K) * np.trace(K) / 2
    return gap / max(abs(Kb @ beta / 2 - kappa @ beta), scale, 1e-300)


def outward(v):
    """Return how the slacks beta, B - beta, sum - low, high - sum change when beta moves by v."""
    return np.concatenate([v, -v, [v.sum(), -v.sum()]])


def inward(u):
    """Return the transpose of `outward` applied to u of shape (2 n + 2,)."""
    n = len(u) // 2 - 1
    return u[:n] - u[n : 2 * n] + (u[-2] - u[-1])


class NewtonSystem:
    """One linearization of the optimality conditions of (2).

    Eliminating the duals leaves  (K + diag(D) + c 1 1') move = right-hand side.
    """

    def __init__(self, K, gradient, slacks, duals):
        n = len(gradient)
        self.gradient, self.slacks, self.duals = gradient, slacks, duals
        stiffness = duals / slacks
        A = K.copy(order="F")  # which LAPACK overwrites
        A[np.diag_indices(n)] += (
            stiffness[:n] + stiffness[n : 2 * n] + 1e-10 * np.trace(K) / n
        )
        self.factor = cho_factor(
            A, lower=True, overwrite_a=True, check_finite=False
        )
        self.c = stiffness[-2:].sum()
        self.ones = cho_solve(self.factor, np.ones(n), check_finite=False)

    def solve(self, target):
        """Return the moves of beta and of the duals after which slack * dual is `target`."""
        pull = inward(target / self.slacks) - self.gradient
        direct = cho_solve(self.factor, pull, check_finite=False)
        # Sherman-Morrison
        rank_one = self.c * direct.sum() / (1 + self.c * self.ones.sum())
        move = direct - rank_one * self.ones
        dual_move = (
            target - self.duals * outward(move)
        ) / self.slacks - self.duals
        return move, dual_move

    def longest_step(self, move, dual_move):
        """Return the step, 1 at most, that keeps slacks and duals positive."""
        shrinking = np.concatenate(
            [-outward(move) / self.slacks, -dual_move / self.duals]
        )
        return min(1.0, 0.995 / max(shrinking.max(), 1e-300))


def interior_point(K, kappa, B, low, high, tol, max_iter):
    """Return argmin b'Kb / 2 - kappa'b under 0 <= b <= B, low <= sum(b) <= high.

    Mehrotra's predictor and corrector, from a point strictly inside.

    Parameters
    ----------
    K : array-like of shape (n, n), symmetric positive semi-definite
    kappa : array-like of shape (n,)
    B, low, high : float, with low < n B
    tol : float
        Relative duality gap at which to stop.
    max_iter : int

    Returns
    -------
    ndarray of shape (n,)

    Warns
    -----
    ConvergenceWarning
        If the gap is larger after `max_iter` steps.
    """
    n = len(kappa)
    K, kappa = (
        np.asarray(K, dtype=np.float64),
        np.asarray(kappa, dtype=np.float64),
    )
    beta = np.full(n, (low / n + min(B, high / n)) / 2)  # strictly inside
    duals, gap = np.ones(2 * n + 2), np.inf
    for _ in range(max_iter):
        slacks = outward(beta) + np.concatenate(
            [np.zeros(n), np.full(n, B), [-low, high]]
        )
        gap = relative_gap(K, kappa, beta, B, low, high)
        if gap < tol:
            return beta
        system = NewtonSystem(K, K @ beta - kappa, slacks, duals)
        # predictor: towards the boundary
        move, dual_move = system.solve(np.zeros_like(slacks))
        step = system.longest_step(move, dual_move)
        after = (
            (slacks + step * outward(move))
            @ (duals + step * dual_move)
            / len(slacks)
        )
        centering = after**3 / (slacks @ duals / len(slacks)) ** 2
        # corrector
        move, dual_move = system.solve(centering - outward(move) * dual_move)
        step = system.longest_step(move, dual_move)
        beta, duals = beta + step * move, duals + step * dual_move
        del system  # its matrix makes room for that of the next step
    warn(
        f"kernel mean matching stopped after {max_iter} steps at a relative "
        f"duality gap of {gap:.1e} instead of {tol:.1e}",
        ConvergenceWarning,
    )
    return beta
