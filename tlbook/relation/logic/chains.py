"""Can the chains of a sampler be trusted?  Split R-hat and effective sample size.

Gelman A., Carlin J., Stern H., Rubin D. Bayesian Data Analysis. 3rd edition,
2013, 11.4-11.5.

Each chain is cut into two halves, which gives m half chains of h worlds.  For one
atom, let p_1 .. p_m be its share of true worlds in each of them:

    W = mean of p_j (1 - p_j) h / (h - 1)          the variance within a half chain
    B = variance of p_1 .. p_m                     the variance between their means
    R-hat = sqrt( ((h - 1)/h W + B) / W )                                            (6)
    effective sample size = ((h - 1)/h W + B) / (B / m)                              (7)

Half chains that tell the same story have R-hat near 1.  (7) is the number of
independent worlds whose mean would vary as much as the mean of all half chains
does.  With 200 of them the standard error is .035 at most, so that an error of .1
is nearly three of them.

Equations are numbered as in the chapter on inference.
"""

from dataclasses import dataclass

import numpy as np
from sklearn.exceptions import ConvergenceWarning

from tlbook._warn import warn

MOST_R_HAT, LEAST_ESS = 1.1, 200


@dataclass
class Sampled:
    """What a sampler found.

    Parameters
    ----------
    chances : ndarray of shape (n_atoms,)
        The estimates of P(atom).
    r_hat, ess : ndarray of shape (n_atoms,)
        Split R-hat and effective sample size, equations (6) and (7).
    n_chains, n_worlds : int
        Chains, and worlds of each.
    """

    chances: np.ndarray
    r_hat: np.ndarray
    ess: np.ndarray
    n_chains: int
    n_worlds: int

    def __str__(self):
        return (
            f"{self.n_chains} chains of {self.n_worlds} worlds: split R-hat at "
            f"most {self.r_hat.max(initial=1):.2f}, effective sample size at "
            f"least {self.ess.min(initial=np.inf):.0f}"
        )


class Halves:
    """How often each atom is true in each half of each chain.

    Parameters
    ----------
    n_atoms, n_chains, n_worlds : int
    """

    def __init__(self, n_atoms, n_chains, n_worlds):
        self.n_worlds, self.half = n_worlds, n_worlds // 2
        self.counts = np.zeros((2, n_atoms, n_chains), dtype=np.int32)

    def add(self, step, worlds):
        """Count the worlds, ndarray of bool of shape (n_atoms, n_chains), of a step.

        With an odd number of steps, the one in the middle counts for neither
        half.
        """
        if step < self.half:
            self.counts[0] += worlds
        elif step >= self.n_worlds - self.half:
            self.counts[1] += worlds

    def judge(self, chances, method):
        """Return what was found; a `ConvergenceWarning` tells if it cannot be trusted.

        Parameters
        ----------
        chances : ndarray of shape (n_atoms,)
        method : str

        Returns
        -------
        Sampled
        """
        # (n_atoms, half chains)
        p = np.concatenate(self.counts, axis=1) / self.half
        r_hat, ess = diagnose(p, self.half)
        found = Sampled(chances, r_hat, ess, p.shape[1] // 2, self.n_worlds)
        bad = (r_hat > MOST_R_HAT) | (ess < LEAST_ESS)
        if bad.any():
            warn(
                f"{method} is not to be trusted on {bad.sum()} of {len(bad)} "
                f"atoms; {found} (bounds: {MOST_R_HAT}, {LEAST_ESS})",
                ConvergenceWarning,
            )
        return found


def diagnose(p, half):
    """Return split R-hat and effective sample size, equations (6) and (7).

    Parameters
    ----------
    p : ndarray of shape (n_atoms, m)
        Share of true worlds in each half chain.
    half : int
        Worlds of a half chain.

    Returns
    -------
    r_hat, ess : ndarray of shape (n_atoms,)
        1 and the number of all worlds for an atom that never changes; infinity
        and m for one that only differs between half chains.
    """
    m = p.shape[1]
    within = (p * (1 - p)).mean(axis=1)  # W (h - 1)/h
    between = p.var(axis=1, ddof=1)
    total = within + between
    with np.errstate(divide="ignore", invalid="ignore"):
        r_hat = np.sqrt(total / (within * half / (half - 1)))
        ess = np.minimum(m * total / between, m * half)
    still = between == 0
    return np.where(still, 1.0, r_hat), np.where(still, m * half, ess)
