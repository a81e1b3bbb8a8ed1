"""Gibbs sampling: resample one atom after the other, many chains side by side.

Of a functional predicate exactly one atom of a group is true.  The group is
resampled as a whole: with all of it false, atom i would change the log-weight of
the world by the field f_i of equation (2) if it became true; it is chosen with a
probability proportional to exp(f_i).

Cost: one sweep visits each literal of each ground clause once, in all chains.
"""

import itertools

import numpy as np
from scipy.special import expit, softmax

from tlbook.relation.logic.chains import Halves
from tlbook.relation.logic.checks import check_number


class Worlds:
    """The worlds of all chains, and how many literals of each ground clause are true in them.

    Parameters
    ----------
    network : GroundNetwork
        Of finite weights.
    state : ndarray of bool, shape (n_atoms, n_chains)
    """

    def __init__(self, network, state):
        n, width = len(network.atoms), network.literals.shape[1]
        order = np.argsort(network.literals, axis=None, kind="stable")
        bounds = np.searchsorted(
            network.literals.ravel()[order], np.arange(n + 1)
        )
        rows, signs = order // width, network.signs.ravel()[order]
        pull = np.where(signs, 1, -1) * network.weights[rows]
        self.around = [
            (rows[a:b], signs[a:b, None], pull[a:b])
            for a, b in itertools.pairwise(bounds)
        ]
        self.state = state
        self.n_true = np.zeros(
            (len(network.weights), state.shape[1]), dtype=np.int32
        )
        padded = np.concatenate(
            [state, np.zeros((1, state.shape[1]), dtype=bool)]
        )
        for atoms, side in zip(network.literals.T, network.signs.T):
            self.n_true += (padded[atoms] == side[:, None]) & (atoms < n)[:, None]

    def field(self, atom):
        """Return the log-odds of an atom given all others, equation (2), in each chain."""
        rows, signs, pull = self.around[atom]
        # no other literal is true
        open_ = self.n_true[rows] == (self.state[atom] == signs)
        return pull @ open_

    def set(self, atom, values):
        """Give an atom a value in each chain."""
        rows, signs, _ = self.around[atom]
        old, new = self.state[atom] == signs, values == signs
        self.n_true[rows] += new.astype(np.int32) - old
        self.state[atom] = values


def gibbs_marginals(
    network, n_chains=50, n_sweeps=200, n_burn=50, random_state=0
):
    """Estimate P(atom) by Gibbs sampling, equation (2) of `markov_logic`, averaged over chains.

    Parameters
    ----------
    network : GroundNetwork
    n_chains : int
    n_sweeps, n_burn : int
        Sweeps that are averaged, and sweeps before them, of each chain.
    random_state : int

    Returns
    -------
    Sampled

    Warns
    -----
    ConvergenceWarning
        If the chains disagree, see `chains`.
    """
    check_number("n_chains", n_chains, 1, whole=True)
    check_number("n_sweeps", n_sweeps, 4, whole=True)
    check_number("n_burn", n_burn, 0, whole=True)
    rng = np.random.default_rng(random_state)
    n = len(network.atoms)
    state = rng.random((n_chains, n)).T < 0.5
    grouped = np.zeros(n, dtype=bool)
    for group in network.exclusive:
        grouped[group] = True
        state[group] = np.arange(len(group))[:, None] == rng.integers(
            len(group), size=n_chains
        )
    worlds, total = Worlds(network, state), np.zeros(n)
    halves = Halves(n, n_chains, n_sweeps)
    for sweep in range(-n_burn, n_sweeps):
        uniform = rng.random((n, n_chains))
        chances = np.zeros(n)
        for atom in np.flatnonzero(~grouped):
            chance = expit(worlds.field(atom))
            worlds.set(atom, uniform[atom] < chance)
            chances[atom] = chance.mean()
        for group in network.exclusive:
            for atom in group:
                worlds.set(atom, np.zeros(n_chains, dtype=bool))
            chance = softmax([worlds.field(atom) for atom in group], axis=0)
            chosen = (uniform[group[0]] >= np.cumsum(chance, axis=0)[:-1]).sum(
                axis=0
            )
            for place, atom in enumerate(group):
                worlds.set(atom, chosen == place)
            chances[group] = chance.mean(axis=1)
        if sweep >= 0:
            total += chances
            halves.add(sweep, worlds.state)
    return halves.judge(total / n_sweeps, "gibbs")
