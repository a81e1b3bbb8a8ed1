"""Weights that are flattened until enough effective samples are left.

    v_i = w(x_i)^tau,   the largest tau <= 1 with  n_eff = (sum v)^2 / sum v^2 >= least     (6)

With K(tau) = log mean w^tau, which is convex, log(n_eff / n) = 2 K(tau) - K(2 tau),
and its derivative 2 (K'(tau) - K'(2 tau)) is not positive: n_eff falls with tau,
from n at tau = 0 on, and (6) is one root.  The number of the equation is that of
`density_ratio`.

Cost: O(n) time, O(n) memory, some ten times.
"""

import numpy as np
from scipy.optimize import brentq

from tlbook._overlap import effective_sample_size


def flattened(log_weights, least):
    """Return tau of equation (6), and w^tau with mean 1.

    Parameters
    ----------
    log_weights : ndarray of shape (n,)
        log w, up to a constant.
    least : int
        Effective samples that are to be left; from n on, tau is 0.

    Returns
    -------
    tau : float
    weights : ndarray of shape (n,)
    """

    def power(tau):
        return np.exp(tau * (log_weights - log_weights.max()))

    def surplus(tau):
        return effective_sample_size(power(tau)) - least

    tau = 0.0
    if least < len(log_weights):
        tau = 1.0 if surplus(1.0) >= 0 else brentq(surplus, 0.0, 1.0)
    return tau, power(tau) / power(tau).mean()
