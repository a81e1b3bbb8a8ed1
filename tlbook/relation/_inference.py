"""Inference in Markov logic: ground the clauses by joins, then enumerate, sample or pass messages.

    exact                 all 2^n worlds of n unknown atoms, for n up to 20
    Gibbs sampling        resample one atom after the other, many chains side by side
    belief propagation    exact on trees, approximate on loops (Pearl 1988)
    MC-SAT                sample whole worlds, for strong and hard clauses; see `_mcsat`

Only groundings that the evidence leaves open are built.  A literal whose facts are known bounds
its variables by a join with the facts; a variable runs over its whole type only if no known
literal bounds it.
"""

import warnings
from dataclasses import dataclass

import numpy as np
from scipy.special import expit, logsumexp
from sklearn.exceptions import ConvergenceWarning

from tlbook.relation._counting import color_passing
from tlbook.relation._syntax import is_variable, variable_types


@dataclass
class GroundNetwork:
    """Ground clauses over the unknown atoms, padded to equal length.

    Attributes
    ----------
    atoms : list of (predicate, index tuple)
    literals : ndarray of shape (m, k)
        Atom of each literal; the padding `len(atoms)` is an atom that is always false.
    signs : ndarray of bool, shape (m, k)
    weights : ndarray of shape (m,)
    """

    atoms: list
    literals: np.ndarray
    signs: np.ndarray
    weights: np.ndarray


def join(bindings, n_rows, literal, db, constants):
    """Extend rows of variable bindings by the facts of a literal's predicate.

    Parameters
    ----------
    bindings : dict of str to ndarray of shape (n_rows,)
        Values of the variables that are bound so far.
    n_rows : int
    literal : Literal
    db : Database
    constants : dict of str to int
        Index of each constant that the clause mentions.

    Returns
    -------
    bindings : dict of str to ndarray
    n_rows : int
    """
    facts = db.facts[literal.predicate]  # (n_facts, arity)
    columns = {}
    for axis, arg in enumerate(literal.args):
        if arg in constants:
            facts = facts[facts[:, axis] == constants[arg]]
        elif arg in columns:  # a repeated variable
            facts = facts[facts[:, axis] == facts[:, columns[arg]]]
        else:
            columns[arg] = axis
    left, right = np.zeros(n_rows, dtype=int), np.zeros(len(facts), dtype=int)
    for arg in columns.keys() & bindings.keys():  # number the shared values
        base = max(bindings[arg].max(initial=0), facts[:, columns[arg]].max(initial=0)) + 1
        left, right = left * base + bindings[arg], right * base + facts[:, columns[arg]]
    order = np.argsort(right, kind="stable")
    first, last = (np.searchsorted(right[order], left, side=side) for side in ("left", "right"))
    matches = last - first
    rows = np.repeat(np.arange(n_rows), matches)
    within = np.arange(len(rows)) - np.repeat(np.cumsum(matches) - matches, matches)
    partners = order[np.repeat(first, matches) + within]
    joined = {arg: values[rows] for arg, values in bindings.items()}
    return joined | {arg: facts[partners, axis] for arg, axis in columns.items()}, len(rows)


def open_bindings(clause, db, query):
    """Return the bindings of a clause's terms under which all known literals are false.

    Parameters
    ----------
    clause : Clause
    db : Database
    query : set of str
        Predicates whose atoms are unknown.

    Returns
    -------
    bindings : dict of str to ndarray of shape (rows,)
        One entry per variable; a constant has its one index.
    n_rows : int
    """
    kinds = variable_types(clause, db.predicates)
    constants = _constant_indices(clause, db)
    known = [literal for literal in clause.literals if literal.predicate not in query]
    bindings, n_rows = {}, 1
    waiting = [literal for literal in known if not literal.positive]
    while waiting:  # what is bound already first, then what has few facts
        literal = min(
            waiting,
            key=lambda l: (bindings.keys().isdisjoint(l.args), len(db.facts[l.predicate])),
        )
        waiting.remove(literal)
        bindings, n_rows = join(bindings, n_rows, literal, db, constants)
    bindings |= {constant: np.array(index) for constant, index in constants.items()}
    filters = [literal for literal in known if literal.positive]
    loose = [variable for variable in kinds if variable not in bindings]
    while True:  # filter as soon as all terms of a literal are bound
        for literal in [l for l in filters if bindings.keys() >= set(l.args)]:
            filters.remove(literal)
            truth = db.table(literal.predicate)[tuple(bindings[arg] for arg in literal.args)]
            keep = np.flatnonzero(np.broadcast_to(truth == 0, n_rows))
            bindings, n_rows = _picked(bindings, keep), len(keep)
        if not loose:
            return bindings, n_rows
        size = len(db.constants[kinds[loose[0]]])
        bindings = _picked(bindings, np.repeat(np.arange(n_rows), size))
        bindings[loose.pop(0)] = np.tile(np.arange(size, dtype=np.int32), n_rows)
        n_rows *= size


def _picked(bindings, rows):
    """Return chosen rows; a constant has no rows."""
    return {arg: values[rows] if values.ndim else values for arg, values in bindings.items()}


def _constant_indices(clause, db):
    indices = {}
    for literal in clause.literals:
        for arg, kind in zip(literal.args, db.predicates[literal.predicate].types):
            if not is_variable(arg):
                indices[arg] = db.index(kind, arg)
    return indices


def ground(clauses, db, query):
    """Ground weighted clauses over the unknown atoms.

    Parameters
    ----------
    clauses : list of Clause
    db : Database
        The evidence; facts of query predicates are ignored.
    query : list of str
        Predicates whose atoms are unknown.

    Returns
    -------
    GroundNetwork
    """
    sizes = [int(np.prod(db.shape(name))) for name in query]
    offsets = dict(zip(query, np.cumsum([0, *sizes])))
    atoms = [(name, index) for name in query for index in np.ndindex(db.shape(name))]
    longest = max((sum(l.predicate in query for l in c.literals) for c in clauses), default=0)
    shape = (0, max(longest, 1))
    blocks = [(np.empty(shape, dtype=np.int32), np.empty(shape, dtype=bool), np.empty(0))]
    for clause in clauses:
        unknown = [literal for literal in clause.literals if literal.predicate in query]
        bindings, n_rows = open_bindings(clause, db, set(query)) if unknown else ({}, 0)
        ids = np.full((n_rows, longest), len(atoms), dtype=np.int32)
        signs = np.ones((n_rows, longest), dtype=bool)
        for place, literal in enumerate(unknown):
            columns = [np.broadcast_to(bindings[arg], n_rows) for arg in literal.args]
            ids[:, place] = offsets[literal.predicate] + np.ravel_multi_index(
                columns, db.shape(literal.predicate)
            )
            signs[:, place] = literal.positive
        if unknown:
            ids, signs = _merge_repeats(ids, signs, len(atoms))
            blocks.append((ids, signs, np.full(len(ids), clause.weight)))
    return GroundNetwork(atoms, *(np.concatenate(parts) for parts in zip(*blocks)))


def _merge_repeats(ids, signs, padding):
    """Keep one of equal literals, in place; drop ground clauses with an atom and its negation."""
    always_true = np.zeros(len(ids), dtype=bool)
    for i in range(ids.shape[1]):
        for j in range(i):
            same = (ids[:, i] == ids[:, j]) & (ids[:, i] != padding)
            always_true |= same & (signs[:, i] != signs[:, j])
            ids[same, i], signs[same, i] = padding, True
    return (ids[~always_true], signs[~always_true]) if always_true.any() else (ids, signs)


def exact_marginals(network):
    """Return P(atom) by enumeration of all worlds, equation (1) of `markov_logic`.

    Raises
    ------
    ValueError
        If there are more than 20 unknown atoms, or the hard clauses exclude every world.
    """
    n = len(network.atoms)
    if n > 20:
        raise ValueError(f"{n} unknown atoms make 2^{n} worlds; exact inference stops at 20")
    worlds = (np.arange(2**n)[:, None] >> np.arange(n)) & 1  # (2^n, n)
    worlds = np.column_stack([worlds, np.zeros(2**n, dtype=int)]).astype(bool)
    log_weights = np.zeros(2**n)
    for literals, signs, weight in zip(network.literals, network.signs, network.weights):
        true = (worlds[:, literals] == signs).any(axis=1)
        if np.isinf(weight):  # a hard clause, or the negation of one
            log_weights[true != (weight > 0)] = -np.inf
        else:
            log_weights += weight * true
    if np.isneginf(log_weights).all():
        raise ValueError("no world keeps all hard clauses")
    chances = np.exp(log_weights - logsumexp(log_weights))
    return chances @ worlds[:, :n]


def gibbs_marginals(network, n_chains=50, n_sweeps=200, n_burn=50, random_state=0):
    """Estimate P(atom) by Gibbs sampling, equation (2) of `markov_logic`, averaged over chains."""
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


def belief_propagation(network, n_iter=200, damping=0.3, tol=1e-8):
    """Estimate P(atom) by loopy belief propagation; exact if the ground network is a tree.

    A ground clause with weight w tells a literal, whose fellows are all false with probability u,
    the log-odds  -log(1 - u + u exp(-w))  of being true.  Messages that are equal by symmetry are
    computed once, see `_counting`.

    A `ConvergenceWarning` tells if messages still move after `n_iter` rounds.

    Returns
    -------
    ndarray of shape (n_atoms,)
    """
    atoms, clauses = color_passing(network)
    _, first, n_like = np.unique(clauses, return_index=True, return_counts=True)
    _, atoms, size = np.unique(atoms, return_inverse=True, return_counts=True)
    n = len(size)  # classes; the padding comes after them
    literals = np.append(atoms, n)[network.literals[first]]
    signs, weights = network.signs[first], network.weights[first]
    times = n_like[:, None] / np.append(size, 1)[literals]  # how often an atom gets this message

    alone = (literals < n).sum(axis=1) == 1  # no fellows: the message is the weight
    own = ((2.0 * signs - 1) * weights[:, None] * times)[alone]
    bias = np.bincount(literals[alone].ravel(), own.ravel(), minlength=n + 1)
    ids, times, real, direction = (
        part[~alone] for part in (literals, times, literals < n, 2.0 * signs - 1)
    )
    messages = np.zeros(ids.shape)  # log-odds of the atom, from clause to atom
    change = np.expm1(-weights[~alone])[:, None]

    def fields():
        return bias + np.bincount(ids[real], (times * messages)[real], minlength=n + 1)

    for _ in range(n_iter):
        cavity = fields()[ids] - messages
        log_false = np.where(real, -np.logaddexp(0, direction * cavity), 0.0)
        fellows = np.exp(log_false.sum(axis=1, keepdims=True) - log_false)  # u
        fresh = np.where(real, -direction * np.log1p(fellows * change), 0.0)
        step = np.abs(fresh - messages).max(initial=0.0)
        messages = damping * messages + (1 - damping) * fresh
        if step < tol:
            break
    else:
        warnings.warn(
            f"belief propagation stopped after {n_iter} rounds, messages still move by {step:.1e}",
            ConvergenceWarning,
            stacklevel=2,
        )
    return expit(fields()[atoms])
