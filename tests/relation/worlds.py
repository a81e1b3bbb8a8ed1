"""Oracles for relational tests: everything by visiting every grounding and every world."""

import itertools

import numpy as np

from tlbook.relation import Clause, parse_db, parse_mln
from tlbook.relation.logic.grounding import LazyNetwork, stored
from tlbook.relation.logic.terms import Literal, Some, variable_types

SMALL_MLN = """
r(person, person)  // a relation
s(person)
q(person, place)
1.5 !r(x, y) v !r(y, z) v r(x, z)
0.5 r(x, y) v r(y, x)
-0.3 s(x) ^ r(x, y) => s(y)
0.2 q(x, m) v !q(y, m) v r(x, y)
0.7 !r(x, y) v r(y, x)
0.1 r(x, Anna) v s(x)
0.4 !r(x, Bob) v !r(Bob, x) v s(x)
-0.6 s(x)
0.15 !q(x, m) v !q(y, m) v !q(x, n) v r(x, y)
0.3 r(x, x) v r(x, y) v r(y, y)
"""
SMALL_DB = """
r(Anna, Bob)
r(Bob, Bob)
r(Carl, Anna)
r(Anna, Anna)
s(Anna)
q(Anna, Paris)
q(Bob, Paris)
q(Carl, Rome)
"""


def small_world():
    predicates, clauses = parse_mln(SMALL_MLN)
    return clauses, parse_db(SMALL_DB, predicates)


def is_true(part, binding, kinds, db):
    """Tell whether a literal, or a member EXIST of a clause, holds for a binding."""
    if isinstance(part, Some):
        ranges = [range(len(db.constants[kinds[v]])) for v in part.bound]
        return any(
            all(
                is_true(one, binding | dict(zip(part.bound, values)), kinds, db)
                for one in part.parts
            )
            for values in itertools.product(*ranges)
        )
    if part.predicate == "=":
        names = [binding.get(arg, arg) for arg in part.args]
        kind = next(kinds[arg] for arg in part.args if arg in kinds)
        names = [
            db.constants[kind].index(n) if isinstance(n, str) else n
            for n in names
        ]
        return (names[0] == names[1]) == part.positive
    return (
        bool(db.table(part.predicate)[indices(part, binding, db)])
        == part.positive
    )


def true_groundings(clause, db):
    """Count the true groundings of a clause one by one."""
    kinds = variable_types(clause, db.predicates)
    free = clause.variables
    count = 0
    for values in itertools.product(
        *(range(len(db.constants[kinds[v]])) for v in free)
    ):
        binding = dict(zip(free, values))
        count += any(
            is_true(part, binding, kinds, db) for part in clause.literals
        )
    return count


def indices(literal, binding, db):
    kinds = db.predicates[literal.predicate].types
    return tuple(
        binding[arg] if arg in binding else db.constants[kind].index(arg)
        for arg, kind in zip(literal.args, kinds)
    )


def holds_everywhere(clause, worlds, names):
    """Tell in which worlds all groundings of a clause over one type are true.

    Parameters
    ----------
    clause : Clause
        Its variables that begin with m have one value, the others run over `names`.
    worlds : dict of str to ndarray of bool, shape (n_worlds, ...)
    names : str
    """

    def ranges(variables):
        return [range(1 if v.startswith("m") else len(names)) for v in variables]

    def truth(part, values):
        if isinstance(part, Some):
            found = [
                np.all(
                    [
                        truth(one, values | dict(zip(part.bound, c)))
                        for one in part.parts
                    ],
                    0,
                )
                for c in itertools.product(*ranges(part.bound))
            ]
            return np.any(found, axis=0)
        index = [values[a] if a in values else names.index(a) for a in part.args]
        if part.predicate == "=":
            return np.full(n_worlds, (index[0] == index[1]) == part.positive)
        return worlds[part.predicate][(slice(None), *index)] == part.positive

    n_worlds = len(next(iter(worlds.values())))
    rows = [
        np.any(
            [
                truth(part, dict(zip(clause.variables, c)))
                for part in clause.literals
            ],
            axis=0,
        )
        for c in itertools.product(*ranges(clause.variables))
    ]
    return np.all(rows, axis=0)


def flipped(db, name, atom, value):
    table = db.table(name).copy()
    table[atom] = value
    return db.with_facts(name, table)


def marginals_by_worlds(clauses, db, query):
    """P(atom) by summing exp(sum of weights x counts) over all worlds of the query predicates."""
    atoms = [
        (name, index) for name in query for index in np.ndindex(db.shape(name))
    ]
    total, sums = 0.0, np.zeros(len(atoms))
    for bits in itertools.product((0, 1), repeat=len(atoms)):
        world = db
        for name in query:
            table = np.zeros(db.shape(name))
            for (owner, index), bit in zip(atoms, bits):
                if owner == name:
                    table[index] = bit
            world = world.with_facts(name, table)
        weight = np.exp(
            sum(c.weight * true_groundings(c, world) for c in clauses)
        )
        total += weight
        sums += weight * np.array(bits)
    return sums / total


def every_clause(clauses, db, query):
    """Return the ground network with equal ground clauses side by side."""
    return stored(LazyNetwork(clauses, db, query, twins=False))


def random_clause(rng, predicates):
    """Return a clause over r(p, p), s(p), q(p, m), rain and equalities, some with an EXIST."""
    places = {"r": 2, "s": 1, "q": 1, "rain": 0, "=": 2}

    def literal(terms):
        name = str(rng.choice(list(places)))
        args = [
            str(rng.choice([*terms, *terms, "A", "B", "Zed"]))
            for _ in range(places[name])
        ]
        args += [str(rng.choice(["m", "M1"]))] if name == "q" else []
        return Literal(name, tuple(args), bool(rng.random() < 0.5))

    while True:
        parts = [literal(["x", "y"]) for _ in range(rng.integers(1, 4))]
        inner = [literal(["x", "w", "w"]) for _ in range(rng.integers(1, 3))]
        if rng.random() < 0.4 and any("w" in one.args for one in inner):
            parts.append(Some(("w",), tuple(dict.fromkeys(inner))))
        clause = Clause(tuple(dict.fromkeys(parts)), float(rng.normal(0, 1.5)))
        try:
            variable_types(clause, predicates)
        except ValueError:
            continue  # an equality of what has no type
        return clause
