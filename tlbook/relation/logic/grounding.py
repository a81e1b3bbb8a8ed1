"""Grounding: the clauses over the unknown atoms, built by joins with what is known.

Only groundings that the evidence leaves open are built.  A literal whose facts are known bounds
its variables by a join with the facts; a variable runs over its whole type only if no known
literal bounds it.
"""

from collections import Counter
from dataclasses import dataclass

import numpy as np

from tlbook.relation.logic.terms import is_variable, variable_types
from tlbook.relation.logic.twins import Twins

BLOCK = 2**19  # ground clauses that are handled at a time


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

    @property
    def orbits(self):
        """Each atom stands for itself, see `LazyNetwork`."""
        return np.arange(len(self.atoms))

    def blocks(self):
        """Yield literals, signs, weights and how often each counts, some rows at a time."""
        for start in range(0, len(self.weights), BLOCK):
            rows = slice(start, start + BLOCK)
            once = np.ones(len(self.weights[rows]), dtype=np.int64)
            yield self.literals[rows], self.signs[rows], self.weights[rows], once


class LazyNetwork:
    """Ground clauses that are made again whenever they are asked for, and never stored.

    With `twins`, one atom stands for its orbit and one ground clause for those like it, see
    `twins`.

    Parameters
    ----------
    clauses : list of Clause
    db : Database
        The evidence; facts of query predicates are ignored.
    query : list of str
        Predicates whose atoms are unknown.
    twins : bool

    Attributes
    ----------
    atoms : list of (predicate, index tuple)
    orbits : ndarray of int, shape (n_atoms,)
        The atom that stands for each atom.
    """

    def __init__(self, clauses, db, query, twins=True):
        self.clauses, self.db, self.query = clauses, db, query
        self.twins = Twins(clauses, db, query) if twins else None
        self.atoms = [(name, index) for name in query for index in np.ndindex(db.shape(name))]
        sizes = [int(np.prod(db.shape(name))) for name in query]
        self.offsets = dict(zip(query, np.cumsum([0, *sizes])))
        self.orbits = np.arange(len(self.atoms))
        if twins:
            parts = [self.offsets[name] + self.twins.orbits(db, name) for name in query]
            self.orbits = np.concatenate([*parts, self.orbits[:0]])
        lengths = [sum(l.predicate in query for l in clause.literals) for clause in clauses]
        self.longest = max(lengths, default=0)

    def blocks(self):
        """Yield literals, signs, weights and how often each counts, some rows at a time."""
        stands_for = np.append(self.orbits, len(self.atoms)).astype(np.int32)
        for clause in self.clauses:
            unknown = [literal for literal in clause.literals if literal.predicate in self.query]
            if not unknown:
                continue
            for bindings, n_rows, times in binding_blocks(
                clause, self.db, set(self.query), self.twins
            ):
                ids = np.full((n_rows, self.longest), len(self.atoms), dtype=np.int32)
                signs = np.ones((n_rows, self.longest), dtype=bool)
                for place, literal in enumerate(unknown):
                    columns = [np.broadcast_to(bindings[arg], n_rows) for arg in literal.args]
                    ids[:, place] = self.offsets[literal.predicate] + np.ravel_multi_index(
                        columns, self.db.shape(literal.predicate)
                    )
                    signs[:, place] = literal.positive
                kept = _merge_repeats(ids, signs, len(self.atoms))
                weights = np.full(len(kept), clause.weight)
                yield stands_for[ids[kept]], signs[kept], weights, times[kept]


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


def binding_blocks(clause, db, query, twins=None):
    """Yield the bindings of a clause's terms under which all known literals are false.

    Parameters
    ----------
    clause : Clause
    db : Database
    query : set of str
        Predicates whose atoms are unknown.
    twins : Twins, optional
        Yield one of the bindings that differ by twins only.

    Yields
    ------
    bindings : dict of str to ndarray of shape (rows,)
        One entry per variable; a constant has its one index.
    n_rows : int
    times : ndarray of int, shape (rows,)
        For how many bindings each stands.
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
    positive = [literal for literal in known if literal.positive]
    early = [literal for literal in positive if bindings.keys() >= set(literal.args)]
    bindings, n_rows = _where_false(early, bindings, n_rows, db)
    late = [literal for literal in positive if literal not in early]
    bound = {v: kind for v, kind in kinds.items() if v in bindings}
    loose = {v: kind for v, kind in kinds.items() if v not in bindings}
    domains = [np.arange(len(db.constants[kind])) for kind in loose.values()]
    if twins is not None:
        like = Counter(kinds.values())
        domains = [d[twins.rank[k] < like[k]] for d, k in zip(domains, loose.values())]
        rows = np.flatnonzero(np.broadcast_to(twins.times(bindings, bound), n_rows))
        bindings, n_rows = _picked(bindings, rows), len(rows)
    shape = (n_rows, *map(len, domains))
    n_total = int(np.prod(shape))
    for start in range(0, n_total, BLOCK):
        flat = np.arange(start, min(start + BLOCK, n_total))
        rows, *values = np.unravel_index(flat, shape)
        values = [domain[value] for domain, value in zip(domains, values)]
        block = _picked(bindings, rows) | dict(zip(loose, values))
        block, n_block = _where_false(late, block, len(rows), db)
        times = np.ones(n_block, dtype=np.int64)
        if twins is not None:
            times = np.broadcast_to(twins.times(block, bound | loose), n_block)
            rows = np.flatnonzero(times)
            block, n_block, times = _picked(block, rows), len(rows), times[rows]
        yield block, n_block, times


def open_bindings(clause, db, query):
    """Return all bindings of `binding_blocks` at once."""
    blocks = list(binding_blocks(clause, db, query))
    if not blocks:
        return {v: np.empty(0, dtype=int) for v in clause.variables}, 0
    bindings = {
        arg: np.concatenate([block[arg] for block, *_ in blocks]) if values.ndim else values
        for arg, values in blocks[0][0].items()
    }
    return bindings, sum(n_rows for _, n_rows, _ in blocks)


def _where_false(literals, bindings, n_rows, db):
    """Keep the rows in which all of these known literals are false."""
    for literal in literals:
        truth = db.table(literal.predicate)[tuple(bindings[arg] for arg in literal.args)]
        keep = np.flatnonzero(np.broadcast_to(truth == 0, n_rows))
        bindings, n_rows = _picked(bindings, keep), len(keep)
    return bindings, n_rows


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
    lazy = LazyNetwork(clauses, db, query, twins=False)
    shape = (0, lazy.longest)
    empty = np.empty(shape, dtype=np.int32), np.empty(shape, dtype=bool), np.empty(0)
    parts = zip(empty, *(block[:3] for block in lazy.blocks()))
    return GroundNetwork(lazy.atoms, *(np.concatenate(part) for part in parts))


def _merge_repeats(ids, signs, padding):
    """Keep one of equal literals, in place; return the rows without an atom and its negation."""
    always_true = np.zeros(len(ids), dtype=bool)
    for i in range(ids.shape[1]):
        for j in range(i):
            same = (ids[:, i] == ids[:, j]) & (ids[:, i] != padding)
            always_true |= same & (signs[:, i] != signs[:, j])
            ids[same, i], signs[same, i] = padding, True
    return np.flatnonzero(~always_true)
