"""Relational databases: typed constants and what is known about them."""

from dataclasses import dataclass, field

import numpy as np


@dataclass
class Database:
    """Typed constants and the true facts about them; everything else is false.

    Attributes
    ----------
    predicates : dict of str to Predicate
    constants : dict of str to list of str
        The domain of each type, sorted.
    facts : dict of str to ndarray of shape (n_facts, arity)
        Indices into `constants`, one row per true ground atom.
    """

    predicates: dict
    constants: dict
    facts: dict
    _tables: dict = field(default_factory=dict, repr=False)
    _flips: dict = field(default_factory=dict, repr=False)  # see `structure.touched_atoms`

    def shape(self, name):
        """Return the number of constants of each argument of a predicate."""
        return tuple(len(self.constants[kind]) for kind in self.predicates[name].types)

    def table(self, name):
        """Return the truth of all ground atoms of a predicate, an array of zeros and ones."""
        if name not in self._tables:
            table = np.zeros(self.shape(name))
            table[tuple(self.facts[name].T)] = 1
            self._tables[name] = table
        return self._tables[name]

    def index(self, kind, constant):
        """Return the number of a constant among those of its type.

        Raises
        ------
        ValueError
            If the type has no such constant.
        """
        if constant not in self.constants[kind]:
            raise ValueError(f"the database has no constant {constant!r} of type {kind!r}")
        return self.constants[kind].index(constant)

    def with_facts(self, name, table):
        """Return a database in which one predicate has other true atoms."""
        facts = {**self.facts, name: np.argwhere(table)}
        return Database(self.predicates, self.constants, facts)

    def __len__(self):
        return sum(len(rows) for rows in self.facts.values())


def make_database(predicates, atoms, domains=None):
    """Collect ground atoms in a database.

    Parameters
    ----------
    predicates : dict of str to Predicate
    atoms : iterable of Literal
        True facts; only constants as arguments.
    domains : dict of str to iterable of str, optional
        Constants that no atom may mention, by type.

    Returns
    -------
    Database
    """
    domains = {} if domains is None else domains
    constants = {kind: set(domains.get(kind, ())) for p in predicates.values() for kind in p.types}
    rows = {name: set() for name in predicates}
    for atom in atoms:
        rows[atom.predicate].add(atom.args)
        for kind, constant in zip(predicates[atom.predicate].types, atom.args):
            constants[kind].add(constant)
    constants = {kind: sorted(names) for kind, names in constants.items()}
    index = {kind: {c: i for i, c in enumerate(names)} for kind, names in constants.items()}
    facts = {}
    for name, tuples in rows.items():
        types = predicates[name].types
        numbers = [[index[k][c] for k, c in zip(types, args)] for args in sorted(tuples)]
        facts[name] = np.array(numbers, dtype=int).reshape(-1, len(types))
    return Database(predicates, constants, facts)
