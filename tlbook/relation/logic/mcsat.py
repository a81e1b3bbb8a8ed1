"""MC-SAT: sample worlds when some clauses are nearly, or wholly, certain.

Poon H., Domingos P. Sound and efficient inference with probabilistic and
deterministic dependencies. AAAI 2006, 458-463.
https://homes.cs.washington.edu/~pedrod/papers/aaai06a.pdf
Wei W., Erenrich J., Selman B. Towards efficient sampling: exploiting random walk
strategies. AAAI 2004, 670-676.

A Gibbs chain changes one atom at a time.  Between two worlds that both keep a
strong clause there may be no way that keeps it, so the chain stays where it
began.  MC-SAT is a slice sampler: from the world x, it draws constraints that x
keeps, then a world that keeps them, however far away.

    slice    keep a clause of weight w > 0 that is true in x with the probability 1 - exp(-w);
             keep the negation of a clause of weight w < 0 that is false in x
             with the probability 1 - exp(-|w|)                                             (4)
    sample   the next x, uniformly among the worlds that keep all that is kept              (5)

The chain has the distribution of Markov logic as its own: with u_i uniform below
the factor of clause i, the pair (x, u) is uniform, and (4) is what u says of the
next x.  An infinite weight makes a hard clause; the first world has to keep
those.  The negation of a clause fixes all of its atoms.

(5) is hard; SampleSAT is nearly uniform.  From a random world, it mixes moves of
WalkSAT, which mend a broken clause, with moves of simulated annealing, which also
accept equals:

    with probability 1/2   flip an atom of a random broken clause: with probability 1/2 any of
                           them, else one whose flip breaks fewest clauses
    otherwise              flip a random atom with probability min(1, exp(-(new breaks)/T))

Deviations.  Atoms that follow by unit propagation are fixed before the search (as
Alchemy does). After the first solution come as many flips between neighboring
solutions as there are free atoms; they leave the uniform distribution as it is
and bring a biased one nearer to it.

Equations are numbered as in the chapter on inference.

Cost: one sample visits each ground clause once, each flip the clauses of one
atom.
"""

import numpy as np
from sklearn.exceptions import ConvergenceWarning

from tlbook._warn import warn
from tlbook.relation.logic.chains import Halves
from tlbook.relation.logic.checks import check_number

WALK, NOISE, TEMPERATURE = 0.5, 0.5, 0.1


def draw_slice(network, state, rng):
    """Return what the next world has to keep, equation (4).

    Parameters
    ----------
    network : GroundNetwork
    state : ndarray of bool, shape (n_atoms + 1,)
        The world x; the last entry is the padding, False.
    rng : numpy.random.Generator

    Returns
    -------
    kept : ndarray of int
        Clauses that have to be true.
    fixed : ndarray of bool, shape (n_atoms + 1,)
        Atoms that have to stay as they are: those of negated clauses, and the
        padding.
    """
    true = (state[network.literals] == network.signs).any(axis=1)
    drawn = rng.random(len(true)) < -np.expm1(-np.abs(network.weights))
    kept = np.flatnonzero(drawn & true & (network.weights > 0))
    negated = np.flatnonzero(drawn & ~true & (network.weights < 0))
    fixed = np.zeros(len(state), dtype=bool)
    fixed[network.literals[negated]] = fixed[-1] = True
    return kept, fixed


def propagate_units(literals, signs, state, fixed):
    """Fix the atoms that follow from clauses with one atom left, until none does.

    The world `state` keeps all clauses, so what follows is what it says.

    Returns
    -------
    fixed : ndarray of bool, shape (n_atoms + 1,)
    """
    fixed = fixed.copy()
    while True:
        known = fixed[literals]
        settled = (known & (state[literals] == signs)).any(axis=1)
        units = ~settled & ((~known).sum(axis=1) == 1)
        if not units.any():
            return fixed
        fixed[literals[units][~known[units]]] = True


def sample_sat(literals, signs, state, fixed, rng, max_flips=10_000):
    """Return a nearly uniform world that keeps all clauses, equation (5), by SampleSAT.

    Parameters
    ----------
    literals, signs : ndarray of shape (m, k)
        See `GroundNetwork`.
    state : ndarray of bool, shape (n_atoms + 1,)
        Values of the fixed atoms; the others are forgotten.
    fixed : ndarray of bool, shape (n_atoms + 1,)
    rng : numpy.random.Generator
    max_flips : int

    Returns
    -------
    ndarray of bool, shape (n_atoms + 1,), or None if none was found
    """
    state, free = state.copy(), np.flatnonzero(~fixed)
    state[free] = rng.random(len(free)) < 0.5
    n_true = (state[literals] == signs).sum(axis=1)
    order = np.argsort(literals, axis=None, kind="stable")
    bounds = np.searchsorted(literals.ravel()[order], np.arange(len(state) + 1))
    clauses, sides = order // literals.shape[1], signs.ravel()[order]

    def around(atom):  # its clauses, and whether its literal is true there
        place = slice(bounds[atom], bounds[atom + 1])
        return clauses[place], sides[place] == state[atom]

    def breaks(atom):
        rows, true = around(atom)
        return np.count_nonzero(true & (n_true[rows] == 1))

    def change(atom):
        rows, true = around(atom)
        return breaks(atom) - np.count_nonzero(~true & (n_true[rows] == 0))

    def flip(atom):
        rows, true = around(atom)
        n_true[rows] += np.where(true, -1, 1)
        state[atom] = not state[atom]

    for _ in range(max_flips):
        broken = np.flatnonzero(n_true == 0)
        if not len(broken):
            break
        if rng.random() < WALK:
            atoms = literals[broken[rng.integers(len(broken))]]
            atoms = rng.permutation(atoms[~fixed[atoms]])
            if not len(atoms):
                return None
            flip(atoms[0] if rng.random() < NOISE else min(atoms, key=breaks))
        elif len(free):
            atom = free[rng.integers(len(free))]
            if rng.random() < np.exp(-max(change(atom), 0) / TEMPERATURE):
                flip(atom)
    else:
        return None
    for atom in rng.permutation(free):
        if change(atom) == 0:
            flip(atom)
    return state


def first_world(network, rng, max_flips):
    """Return a world that keeps the hard clauses.

    Raises
    ------
    ValueError
        If SampleSAT finds none.
    """
    n = len(network.atoms)
    hard = network.weights == np.inf
    real = network.literals < n
    # hard negations: each literal must be false
    real[network.weights != -np.inf] = False
    width = network.literals.shape[1]
    units = np.full((real.sum(), width), n)
    units[:, 0] = network.literals[real]
    against = np.ones(units.shape, dtype=bool)
    against[:, 0] = ~network.signs[real]
    fixed = np.arange(n + 1) == n
    state = sample_sat(
        np.concatenate([network.literals[hard], units]),
        np.concatenate([network.signs[hard], against]),
        np.zeros(n + 1, dtype=bool),
        fixed,
        rng,
        max_flips,
    )
    if state is None:
        raise ValueError(
            f"no world that keeps all hard clauses was found in {max_flips} flips"
        )
    return state


def mcsat_marginals(
    network,
    n_chains=10,
    n_samples=200,
    n_burn=20,
    max_flips=10_000,
    random_state=0,
):
    """Estimate P(atom) by MC-SAT, averaged over chains.

    Parameters
    ----------
    network : GroundNetwork
        An infinite weight makes a hard clause.
    n_chains : int
        Each begins with a world of its own.
    n_samples, n_burn : int
        Worlds that are averaged, and worlds before them, of each chain.
    max_flips : int
        Of SampleSAT, for one world.
    random_state : int

    Returns
    -------
    Sampled

    Raises
    ------
    ValueError
        If a number is not positive, or no world that keeps the hard clauses was
        found.

    Warns
    -----
    ConvergenceWarning
        If the chains disagree, see `chains`; if SampleSAT found no world for some
        slices, where the chain stays where it is.
    """
    check_number("n_chains", n_chains, 1, whole=True)
    check_number("n_samples", n_samples, 4, whole=True)
    check_number("n_burn", n_burn, 0, whole=True)
    check_number("max_flips", max_flips, 1, whole=True)
    rng = np.random.default_rng(random_state)
    states = [first_world(network, rng, max_flips) for _ in range(n_chains)]
    halves, total, missed = (
        Halves(len(network.atoms), n_chains, n_samples),
        0.0,
        0,
    )
    for sample in range(-n_burn, n_samples):
        for chain, state in enumerate(states):
            kept, fixed = draw_slice(network, state, rng)
            literals, signs = network.literals[kept], network.signs[kept]
            fixed = propagate_units(literals, signs, state, fixed)
            found = sample_sat(literals, signs, state, fixed, rng, max_flips)
            missed += found is None
            states[chain] = state if found is None else found
        if sample >= 0:
            worlds = np.transpose(states)[:-1]
            halves.add(sample, worlds)
            total += worlds.mean(axis=1)
    if missed:
        warn(
            f"SampleSAT found no world for {missed} of "
            f"{n_chains * (n_burn + n_samples)} slices",
            ConvergenceWarning,
        )
    return halves.judge(total / n_samples, "mc-sat")
