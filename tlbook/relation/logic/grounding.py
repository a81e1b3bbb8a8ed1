"""Grounding: the clauses over the unknown atoms.

What is known is evaluated: a ground clause that it makes true is left out, a
literal that it makes false too.  Equal ground clauses are merged, their weights
added.
"""

import numpy as np

from tlbook.relation.logic import bindings as bindings_
from tlbook.relation.logic.bindings import binding_blocks, without_inequalities
from tlbook.relation.logic.formulas import distributed
from tlbook.relation.logic.ground_network import GroundNetwork, merge_clauses
from tlbook.relation.logic.terms import (
    EQUAL,
    Some,
    plain_literals,
    positive_weights,
    typed,
    variable_types,
)
from tlbook.relation.logic.twins import Twins
from tlbook.relation.logic.witnesses import choices, holds, places


class LazyNetwork:
    """Ground clauses that are made again whenever they are asked for, and never stored.

    With `twins`, one atom stands for its orbit and one ground clause for those
    like it, see `twins`.

    Parameters
    ----------
    clauses : list of Clause
    db : Database
        The evidence; facts of query predicates are ignored.
    query : list of str
        Predicates all of whose atoms are unknown, beside the unknown atoms of
        `db`.
    twins : bool

    Attributes
    ----------
    atoms : list of (predicate, index tuple)
    numbers : dict of str to ndarray of int
        The number of each atom of a predicate, -1 where it is known.
    orbits : ndarray of int, shape (n_atoms,)
        The atom that stands for each atom.
    exclusive : list of ndarray of int
        Atoms of which exactly one is true.
    """

    def __init__(self, clauses, db, query, twins=True):
        self.db, self.query = db.settled(), set(query)
        clauses = [typed(clause, db.predicates) for clause in clauses]
        self.clauses = [
            one for clause in clauses for one in positive_weights(clause)
        ]
        self.twins = Twins(clauses, self.db, self.query) if twins else None
        self.atoms, self.numbers, self.exclusive, orbits = [], {}, [], []
        partly = [name for name, rows in self.db.unknown.items() if len(rows)]
        for name in dict.fromkeys([*query, *partly]):
            self._number(name)
            if twins:
                number = self.numbers[name].ravel()
                orbits.append(
                    number[self.twins.orbits(self.db, name)[number >= 0]]
                )
        self.orbits = (
            np.concatenate(orbits) if orbits else np.arange(len(self.atoms))
        )
        self.longest = max([1, *map(self._length, self.clauses)])

    def _number(self, name):
        shape, first = self.db.shape(name), len(self.atoms)
        if name in self.query:
            number = first + np.arange(
                int(np.prod(shape)), dtype=np.int32
            ).reshape(shape)
            self.atoms += [(name, index) for index in np.ndindex(shape)]
        else:
            rows = self.db.unknown[name]
            number = np.full(shape, -1, dtype=np.int32)
            number[tuple(rows.T) if shape else ...] = first + np.arange(
                len(rows)
            ).reshape(len(rows) if shape else ())
            self.atoms += [(name, tuple(row)) for row in rows.tolist()]
        self.numbers[name] = number
        functional = self.db.predicates[name].functional
        if functional:
            ends = range(len(shape) - len(functional), len(shape))
            size = int(np.prod([shape[axis] for axis in functional]))
            groups = np.moveaxis(number, functional, ends).reshape(-1, size)
            self.exclusive += [
                group[group >= 0] for group in groups if (group >= 0).any()
            ]

    def _length(self, clause):
        """Return the number of literals of a ground clause at most."""
        kinds = variable_types(clause, self.db.predicates)
        sizes = {v: len(self.db.constants[kind]) for v, kind in kinds.items()}
        return sum(
            int(np.prod([sizes[v] for v in part.bound]))
            if isinstance(part, Some)
            else part.predicate in self.numbers
            for part in clause.literals
        )

    def blocks(self):
        """Yield literals, signs, weights and how often each counts, some rows at a time.

        Raises
        ------
        ValueError
            If the evidence breaks a hard clause.
        """
        stands_for = np.append(self.orbits, len(self.atoms)).astype(np.int32)
        for clause in self.clauses:
            clause = without_inequalities(clause)
            if clause is None:
                continue
            open_ = any(
                l.predicate in self.numbers for l in plain_literals(clause)
            )
            if not open_ and np.isfinite(clause.weight):
                continue
            for block in binding_blocks(clause, self.db, self.query, self.twins):
                for ids, signs, times in self._ground(clause, *block):
                    kept = _merge_repeats(ids, signs, len(self.atoms))
                    ids, signs, times = ids[kept], signs[kept], times[kept]
                    empty = (ids == len(self.atoms)).all(axis=1)
                    if empty.any() and np.isinf(clause.weight):
                        raise ValueError(
                            f"the evidence breaks the hard clause {clause}"
                        )
                    some = np.flatnonzero(~empty)
                    weights = np.full(len(some), clause.weight)
                    yield stands_for[ids[some]], signs[some], weights, times[some]

    def _ground(self, clause, bindings, n_rows, times):
        """Yield atoms and signs of the ground clauses of some bindings."""
        kinds = variable_types(clause, self.db.predicates)
        padding = len(self.atoms)
        long = any(isinstance(member, Some) for member in clause.literals)
        step = max(1, bindings_.BLOCK // self.longest if long else n_rows)
        for start in range(0, n_rows, step):
            rows = np.arange(start, min(start + step, n_rows))
            part = {a: v[rows] if np.ndim(v) else v for a, v in bindings.items()}
            ids = np.full((len(rows), self.longest), padding, dtype=np.int32)
            signs = np.ones(ids.shape, dtype=bool)
            true, tangled, column = np.zeros(len(rows), dtype=bool), [], 0
            for member in clause.literals:
                found = self._open(member, part, kinds, len(rows))
                if found is None:
                    continue
                # (rows, choices, literals), and (rows, choices)
                atoms, positive, dead = found
                true |= (~dead & (atoms < 0).all(axis=2)).any(axis=1)
                several = (~dead & ((atoms >= 0).sum(axis=2) > 1)).any(axis=1)
                tangled.append((atoms, positive, dead, several))
                width = atoms.shape[1]
                best = np.argmax(atoms, axis=2)[..., None]
                one = np.take_along_axis(atoms, best, axis=2)[..., 0]
                sign = np.take_along_axis(positive, best, axis=2)[..., 0]
                ids[:, column : column + width] = np.where(dead, padding, one)
                signs[:, column : column + width] = dead | sign
                column += width
            several = (
                np.any([part[3] for part in tangled], axis=0)
                if tangled
                else true & False
            )
            yield (
                *_rows(~true & ~several, ids, signs),
                times[rows][~true & ~several],
            )
            for row in np.flatnonzero(~true & several):
                yield self._untangled(
                    clause, [part[:3] for part in tangled], row, times[rows]
                )

    def _open(self, member, bindings, kinds, n_rows):
        """Return the unknown atoms of a member of a clause, for each choice of its variables.

        Returns
        -------
        atoms : ndarray of int, shape (rows, choices, literals)
            -1 for a literal that is true.
        signs : ndarray of bool, shape (rows, choices, literals)
        dead : ndarray of bool, shape (rows, choices)
            Choices that are false whatever the unknown atoms are.
        """
        single = not isinstance(member, Some)
        if single and member.predicate not in self.numbers:
            return None  # it is false, or the binding would not be here
        literals, inner = choices(member, bindings, kinds, self.db)
        shape = np.broadcast_shapes(
            (n_rows, 1), *(np.shape(v) for v in inner.values())
        )
        atoms = np.full((*shape, len(literals)), -1, dtype=np.int32)
        signs, dead = (
            np.ones(atoms.shape, dtype=bool),
            np.zeros(shape, dtype=bool),
        )
        for i, literal in enumerate(literals):
            index = places(literal, inner, kinds, self.db)
            signs[..., i] = literal.positive
            if literal.predicate in self.numbers:
                atoms[..., i] = self.numbers[literal.predicate][index]
            table = None
            if literal.predicate != EQUAL:
                table = self.db.known_true(literal.predicate)
            false = ~holds(literal, inner, kinds, self.db, table)
            dead |= np.broadcast_to(false, shape) & (atoms[..., i] < 0)
            for j in range(i):
                same = (atoms[..., i] == atoms[..., j]) & (atoms[..., i] >= 0)
                dead |= same & (signs[..., i] != signs[..., j])
                atoms[..., i][same] = -1
        return atoms, signs, dead

    def _untangled(self, clause, members, row, times):
        """Return the ground clauses of one binding with unknown atoms under one EXIST."""
        if np.isfinite(clause.weight):
            raise ValueError(
                f"in {clause} two atoms under one EXIST are unknown, so that it "
                "is no clause; give their conjunction a name, by a hard formula "
                "such as  both(x, y) <=> p(x, y) ^ q(y)."
            )
        ways = []
        for atoms, signs, dead in members:
            for choice in np.flatnonzero(~dead[row]):
                literals = [
                    ((int(atom), bool(sign)),)
                    for atom, sign in zip(atoms[row, choice], signs[row, choice])
                    if atom >= 0
                ]
                ways.append(literals)
        found = distributed(ways)
        ids = np.full((len(found), self.longest), len(self.atoms), dtype=np.int32)
        signs = np.ones(ids.shape, dtype=bool)
        for place, literals in enumerate(found):
            ids[place, : len(literals)] = [atom for atom, _ in literals]
            signs[place, : len(literals)] = [sign for _, sign in literals]
        return ids, signs, np.full(len(found), times[row])


def _rows(chosen, *arrays):
    return tuple(array[chosen] for array in arrays)


def ground(clauses, db, query=()):
    """Ground weighted clauses over the unknown atoms; equal ground clauses are merged.

    Parameters
    ----------
    clauses : list of Clause
    db : Database
        The evidence; facts of query predicates are ignored.
    query : list of str
        Predicates all of whose atoms are unknown, beside the unknown atoms of
        `db`.

    Returns
    -------
    GroundNetwork

    Raises
    ------
    ValueError
        If the evidence breaks a hard clause.
    """
    network = stored(LazyNetwork(clauses, db, query, twins=False))
    merged = merge_clauses(
        network.literals, network.signs, network.weights, len(network.atoms)
    )
    return GroundNetwork(network.atoms, *merged, network.exclusive)


def stored(lazy):
    """Return the ground clauses of a `LazyNetwork` as they come, equal ones too."""
    shape = (0, lazy.longest)
    empty = (
        np.empty(shape, dtype=np.int32),
        np.empty(shape, dtype=bool),
        np.empty(0),
    )
    parts = zip(empty, *(block[:3] for block in lazy.blocks()))
    arrays = (np.concatenate(part) for part in parts)
    return GroundNetwork(lazy.atoms, *arrays, tuple(lazy.exclusive))


def _merge_repeats(ids, signs, padding):
    """Keep one of equal literals, in place; return the rows without an atom and its negation."""
    order = np.argsort(2 * ids.astype(np.int64) + signs, axis=1, kind="stable")
    atoms, sides = (
        np.take_along_axis(ids, order, 1),
        np.take_along_axis(signs, order, 1),
    )
    same = (atoms[:, 1:] == atoms[:, :-1]) & (atoms[:, 1:] != padding)
    always_true = (same & (sides[:, 1:] != sides[:, :-1])).any(axis=1)
    again = np.zeros(ids.shape, dtype=bool)
    np.put_along_axis(again, order[:, 1:], same, 1)
    ids[again], signs[again] = padding, True
    return np.flatnonzero(~always_true)
