"""Relational databases: typed constants and what is known about them.

An atom is known to be true, known to be false, or unknown.  What is not listed is
false: the closed world.
"""

from dataclasses import dataclass, field

import numpy as np

from tlbook.relation.logic.terms import Constant


@dataclass
class Database:
    """Typed constants and what is known about them.

    Parameters
    ----------
    predicates : dict of str to Predicate
    constants : dict of str to list of str
        The domain of each type, sorted.
    facts : dict of str to ndarray of shape (n_facts, arity)
        Indices into `constants`, one row per true ground atom.
    unknown : dict of str to ndarray of shape (n_unknown, arity), optional
        The atoms of which nobody knows whether they are true.
    """

    predicates: dict
    constants: dict
    facts: dict
    unknown: dict = field(default_factory=dict)
    _tables: dict = field(default_factory=dict, repr=False)
    _places: dict = field(default_factory=dict, repr=False)
    # see `structure.touched_atoms`
    _flips: dict = field(default_factory=dict, repr=False)

    def shape(self, name):
        """Return the number of constants of each argument of a predicate."""
        return tuple(
            len(self.constants[kind]) for kind in self.predicates[name].types
        )

    def unknown_atoms(self, name):
        """Return the unknown atoms of a predicate, an array of shape (n_unknown, arity)."""
        none = np.empty((0, len(self.predicates[name].types)), dtype=int)
        return self.unknown.get(name, none)

    def candidates(self, name):
        """Return the atoms of a predicate that may be true: the facts and the unknown."""
        return np.concatenate([self.facts[name], self.unknown_atoms(name)])

    def known_true(self, name):
        """Return a table with ones where an atom is known to be true."""
        if name not in self._tables:
            self._tables[name] = table_of(self.facts[name], self.shape(name))
        return self._tables[name]

    def table(self, name):
        """Return the truth of all ground atoms of a predicate, an array of zeros and ones.

        Raises
        ------
        ValueError
            If an atom of the predicate is unknown.
        """
        rows = self.unknown_atoms(name)
        if len(rows):
            raise ValueError(
                f"{len(rows)} atoms of {name!r} are unknown, the first is "
                f"{self.atom(name, rows[0])}: learning and counting need all of "
                "them; give their truth by `with_facts`, or ask for them by "
                "`marginals`"
            )
        return self.known_true(name)

    def atom(self, name, index):
        """Return a ground atom as it is written."""
        args = [
            self.constants[k][i]
            for k, i in zip(self.predicates[name].types, index)
        ]
        return f"{name}({', '.join(args)})" if args else name

    def place(self, constant):
        """Return the number of a constant among those of its type, None if it is not there.

        Parameters
        ----------
        constant : Constant
        """
        if constant.kind not in self._places:
            names = self.constants[constant.kind]
            self._places[constant.kind] = {
                name: i for i, name in enumerate(names)
            }
        return self._places[constant.kind].get(constant.name)

    def index(self, kind, constant):
        """Return the number of a constant among those of its type.

        Raises
        ------
        ValueError
            If the type has no such constant.
        """
        place = self.place(Constant(kind, constant))
        if place is None:
            raise ValueError(
                f"the database has no constant {constant!r} of type {kind!r}"
            )
        return place

    def with_facts(self, name, table):
        """Return a database in which one predicate has other true atoms, and none unknown."""
        unknown = {
            other: rows for other, rows in self.unknown.items() if other != name
        }
        facts = {**self.facts, name: rows_of(table)}
        return Database(self.predicates, self.constants, facts, unknown)

    def hidden(self, name, table=True):
        """Return a database in which some atoms of a predicate are unknown.

        Parameters
        ----------
        name : str
        table : bool or array-like of bool, in the shape of `table(name)`
            True where an atom is to be unknown.

        Returns
        -------
        Database
        """
        hide = np.broadcast_to(np.asarray(table, dtype=bool), self.shape(name))
        hide = hide | table_of(self.unknown_atoms(name), self.shape(name)).astype(
            bool
        )
        facts = {**self.facts, name: rows_of(self.known_true(name) * ~hide)}
        unknown = {**self.unknown, name: rows_of(hide)}
        return Database(self.predicates, self.constants, facts, unknown)

    def settled(self):
        """Return a database in which what stands beside the one value of a place is false.

        That place is one of a functional predicate, whose other atoms may have
        been unknown.
        """
        unknown = dict(self.unknown)
        for name, rows in self.unknown.items():
            functional = self.predicates[name].functional
            if functional:
                taken = self.known_true(name).any(axis=functional, keepdims=True)
                taken = np.broadcast_to(taken, self.shape(name))
                unknown[name] = rows[~taken[tuple(rows.T)]]
        return Database(
            self.predicates, self.constants, self.facts, unknown, self._tables
        )

    def __len__(self):
        return sum(len(rows) for rows in self.facts.values())


def table_of(rows, shape):
    """Return a table with ones at some indices.

    Parameters
    ----------
    rows : ndarray of int, shape (n, arity)
    shape : tuple of int

    Returns
    -------
    ndarray of float
    """
    table = np.zeros(shape)
    if len(rows):
        table[tuple(rows.T)] = 1
    return table


def rows_of(table):
    """Return the indices where a table is not zero, shape (n, arity)."""
    table = np.asarray(table)
    return np.argwhere(table).reshape(np.count_nonzero(table), table.ndim)


def make_database(predicates, atoms, domains=None, unknown=()):
    """Collect ground atoms in a database.

    Parameters
    ----------
    predicates : dict of str to Predicate
        The constants that `Declarations` declare exist too.
    atoms : iterable of Literal
        True facts; only constants as arguments.
    domains : dict of str to iterable of str, optional
        Constants that no atom may mention, by type.
    unknown : iterable of Literal
        Atoms of which nobody knows whether they are true.

    Returns
    -------
    Database
    """
    constants = {kind: set() for p in predicates.values() for kind in p.types}
    for given in (getattr(predicates, "domains", {}), domains or {}):
        for kind, names in given.items():
            constants.setdefault(kind, set()).update(names)
    rows = [{name: set() for name in predicates} for _ in range(2)]
    for found, some in zip(rows, (atoms, unknown)):
        for atom in some:
            found[atom.predicate].add(atom.args)
            for kind, constant in zip(
                predicates[atom.predicate].types, atom.args
            ):
                constants[kind].add(constant)
    constants = {kind: sorted(names) for kind, names in constants.items()}
    index = {
        kind: {c: i for i, c in enumerate(names)}
        for kind, names in constants.items()
    }
    facts, unknown = (
        {
            name: np.array(
                [
                    [
                        index[kind][c]
                        for kind, c in zip(predicates[name].types, args)
                    ]
                    for args in sorted(tuples)
                ],
                dtype=int,
            ).reshape(len(tuples), len(predicates[name].types))
            for name, tuples in found.items()
        }
        for found in rows
    )
    unknown = {name: rows for name, rows in unknown.items() if len(rows)}
    return Database(predicates, constants, facts, unknown)
