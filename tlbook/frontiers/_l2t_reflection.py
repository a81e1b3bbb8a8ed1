"""What L2T remembers of earlier transfers, and the function that it learns from them.

    1/f(W) = beta' d + lam beta' Q beta + mu / (beta' tau) + b                         (4)
    min_{beta,lam,mu >= 0, b}  mean_e huber(1/f_e - 1/l_e) + penalty (|beta|^2 + lam^2 + mu^2)  (5)

The numbers of equations and the symbols are those of `l2t`.

Cost: O(E K^2) time, O(E K^2) memory a step, for E experiences and K kernels.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from scipy.optimize import minimize

from tlbook.frontiers._l2t_statistics import GAMMAS, Statistics

DELTA = 0.1  # where the Huber loss turns linear


class Experience(NamedTuple):
    """One earlier transfer: its method, its statistics, and its improvement l."""

    method: str
    statistics: Statistics
    improvement: float


@dataclass(frozen=True)
class Reflection:
    """Parameters of equation (4)."""

    beta: np.ndarray
    lam: float = 0.0
    mu: float = 0.0
    b: float = 0.0

    def cost(self, statistics):
        """Return 1/f, equation (4): the smaller, the better the map."""
        d, Q, tau = statistics
        return float(
            self.beta @ d
            + self.lam * self.beta @ Q @ self.beta
            + self.mu / (self.beta @ tau)
            + self.b
        )


NO_EXPERIENCE = Reflection(np.full(len(GAMMAS), 1 / len(GAMMAS)), mu=1.0)


def reflection_loss(theta, experiences, penalty):
    """Return (5) and its gradient at theta = (beta, lam, mu, b).

    Parameters
    ----------
    theta : ndarray of shape (K + 3,)
    experiences : list of Experience
    penalty : float

    Returns
    -------
    value : float
    gradient : ndarray of shape (K + 3,)
    """
    beta, (lam, mu, b) = theta[:-3], theta[-3:]
    d, Q, tau = (
        np.array(column) for column in zip(*(e.statistics for e in experiences))
    )
    goal = 1 / np.array([e.improvement for e in experiences])
    Qb, spread = Q @ beta, tau @ beta  # (E, K), (E,)
    residual = d @ beta + lam * (Qb @ beta) + mu / spread + b - goal
    slope = np.clip(residual, -DELTA, DELTA)
    value = np.mean(slope * (residual - slope / 2)) + penalty * np.sum(
        theta[:-1] ** 2
    )
    inner = d + 2 * lam * Qb - (mu / spread**2)[:, None] * tau  # d(1/f)/d(beta)
    outer = np.column_stack([inner, Qb @ beta, 1 / spread, np.ones_like(spread)])
    gradient = slope @ outer / len(goal)
    gradient[:-1] += 2 * penalty * theta[:-1]
    return value, gradient


def learn_reflection(experiences, penalty=1e-4):
    """Return the reflection function that fits the experiences best, equation (5).

    Parameters
    ----------
    experiences : list of Experience
    penalty : float > 0

    Returns
    -------
    Reflection

    Raises
    ------
    ValueError
        If there are fewer than two experiences.
    """
    if len(experiences) < 2:
        raise ValueError(
            f"{len(experiences)} experiences are too few to learn from; give 2"
        )
    K = len(experiences[0].statistics.d)
    start = np.concatenate([np.full(K, 1 / K), [0.1, 0.1, 1.0]])
    bounds = [(1e-6, None)] * K + [(0, None), (0, None), (None, None)]
    solution = minimize(
        reflection_loss,
        start,
        (experiences, penalty),
        jac=True,
        bounds=bounds,
        method="L-BFGS-B",
        options={"maxiter": 5000, "maxfun": 50_000},
    )
    *beta, lam, mu, b = solution.x.tolist()
    return Reflection(np.array(beta), lam, mu, b)
