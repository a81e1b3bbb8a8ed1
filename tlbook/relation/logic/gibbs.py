"""Gibbs sampling: resample one atom after the other, many chains side by side."""

import numpy as np
from scipy.special import expit

from tlbook.relation.logic.checks import check_number


def gibbs_marginals(network, n_chains=50, n_sweeps=200, n_burn=50, random_state=0):
    """Estimate P(atom) by Gibbs sampling, equation (2) of `markov_logic`, averaged over chains."""
    check_number("n_chains", n_chains, 1, whole=True)
    check_number("n_sweeps", n_sweeps, 1, whole=True)
    check_number("n_burn", n_burn, 0, whole=True)
    rng = np.random.default_rng(random_state)
    n = len(network.atoms)
    blankets = []
    for atom in range(n):
        rows, places = np.nonzero(network.literals == atom)
        others, signs = network.literals[rows].copy(), network.signs[rows].copy()
        pull = np.where(signs[np.arange(len(rows)), places], 1, -1) * network.weights[rows]
        others[np.arange(len(rows)), places], signs[np.arange(len(rows)), places] = n, True
        blankets.append((others, signs, pull))
    state = np.zeros((n_chains, n + 1), dtype=bool)
    state[:, :n] = rng.random((n_chains, n)) < 0.5
    total = np.zeros(n)
    for sweep in range(n_burn + n_sweeps):
        uniform = rng.random((n, n_chains))
        for atom, (others, signs, pull) in enumerate(blankets):
            open_ = ~(state[:, others] == signs).any(axis=2)  # (chains, clauses of the atom)
            chance = expit(open_ @ pull)
            state[:, atom] = uniform[atom] < chance
            if sweep >= n_burn:
                total[atom] += chance.mean()
    return total / n_sweeps
