"""MaxWalkSAT: the most probable world.

Kautz H., Selman B., Jiang Y. A general stochastic approach to solving problems
with hard and soft constraints. In: The satisfiability problem: theory and
applications, AMS 1997, 573-586.

A ground clause is broken if it is false and its weight positive, or true and its
weight negative. The most probable world is the one that breaks least:

    cost(x) = sum of |w_i| over the broken clauses                                        (10)

From a random world, take a random broken clause again and again and flip one of
its atoms: with probability 1/2 any of them, else the one that lowers (10) most.
The best world of several tries is kept.  A hard clause counts as more than all
soft clauses together.

Equations are numbered as in the chapter on inference.

Cost: one flip visits the clauses of the atoms of one clause.
"""

import numpy as np

from tlbook.relation.logic.checks import check_number

NOISE = 0.5


def max_walk_sat(network, n_tries=10, n_flips=5_000, random_state=0):
    """Search the world of least cost, equation (10).

    Parameters
    ----------
    network : GroundNetwork
        An infinite weight makes a hard clause.
    n_tries, n_flips : int
        Random first worlds, and flips from each.
    random_state : int

    Returns
    -------
    world : ndarray of bool, shape (n_atoms,)
    cost : float

    Raises
    ------
    ValueError
        If no world that keeps the hard clauses was found.
    """
    check_number("n_tries", n_tries, 1, whole=True)
    check_number("n_flips", n_flips, 0, whole=True)
    rng, n = np.random.default_rng(random_state), len(network.atoms)
    literals, signs, hard = (
        network.literals,
        network.signs,
        np.isinf(network.weights),
    )
    soft = np.abs(network.weights[~hard]).sum()
    price = np.where(hard, soft + 1, np.abs(network.weights))
    wanted = network.weights > 0
    order = np.argsort(literals, axis=None, kind="stable")
    bounds = np.searchsorted(literals.ravel()[order], np.arange(n + 1))
    rows, sides = order // literals.shape[1], signs.ravel()[order]
    best, least = None, np.inf

    def after(atom, state, n_true):
        """Return its clauses, their true literals and the change of cost if it flips."""
        place = slice(bounds[atom], bounds[atom + 1])
        found = rows[place]
        count = n_true[found] + np.where(sides[place] == state[atom], -1, 1)
        before, then = n_true[found] > 0, count > 0
        sign = np.where(wanted[found], -1, 1)
        return found, count, price[found] @ (sign * (then.astype(int) - before))

    for _ in range(n_tries):
        state = np.append(rng.random(n) < 0.5, False)
        n_true = ((state[literals] == signs) & (literals < n)).sum(axis=1)
        is_broken = (n_true > 0) != wanted
        cost = price[is_broken].sum()
        broken = Bag(np.flatnonzero(is_broken), len(price))

        for flip in range(n_flips + 1):
            if cost < least - 1e-9:
                best, least = state[:-1].copy(), cost
            if flip == n_flips or not len(broken):
                break
            atoms = literals[broken.pick(rng)]
            atoms = rng.permutation(atoms[atoms < n])
            if rng.random() < NOISE:
                atoms = atoms[:1]
            atom, (found, count, change) = min(
                ((a, after(a, state, n_true)) for a in atoms),
                key=lambda pair: pair[1][2],
            )
            state[atom] = not state[atom]
            n_true[found] = count
            cost += change
            for row, is_bad in zip(found, (count > 0) != wanted[found]):
                broken.put(row, is_bad)
    if least > soft + 0.5:
        raise ValueError(
            f"no world that keeps all hard clauses was found in {n_tries} tries"
        )
    return best, least


class Bag:
    """A set of rows of which a random one is found at once.

    Parameters
    ----------
    rows : ndarray of int
    size : int
        Rows there can be.
    """

    def __init__(self, rows, size):
        self.rows, self.place = rows.tolist(), np.full(size, -1)
        self.place[rows] = np.arange(len(rows))

    def __len__(self):
        return len(self.rows)

    def pick(self, rng):
        """Return a random row."""
        return self.rows[rng.integers(len(self.rows))]

    def put(self, row, inside):
        """Put a row in, or take it out."""
        place = self.place[row]
        if inside and place < 0:
            self.place[row] = len(self.rows)
            self.rows.append(row)
        elif not inside and place >= 0:
            last = self.rows.pop()
            if last != row:
                self.rows[place], self.place[last] = last, place
            self.place[row] = -1
