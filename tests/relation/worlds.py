"""Oracles for relational tests: everything by visiting every grounding and every world."""

import itertools

import numpy as np

from tlbook.relation import parse_db, parse_mln
from tlbook.relation.logic.grounding import LazyNetwork, stored
from tlbook.relation.logic.terms import variable_types

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


def true_groundings(clause, db):
    """Count the true groundings of a clause one by one."""
    kinds = variable_types(clause, db.predicates)
    count = 0
    for values in itertools.product(*(range(len(db.constants[k])) for k in kinds.values())):
        binding = dict(zip(kinds, values))
        count += any(
            bool(db.table(literal.predicate)[indices(literal, binding, db)]) == literal.positive
            for literal in clause.literals
        )
    return count


def indices(literal, binding, db):
    kinds = db.predicates[literal.predicate].types
    return tuple(
        binding[arg] if arg in binding else db.constants[kind].index(arg)
        for arg, kind in zip(literal.args, kinds)
    )


def flipped(db, name, atom, value):
    table = db.table(name).copy()
    table[atom] = value
    return db.with_facts(name, table)


def marginals_by_worlds(clauses, db, query):
    """P(atom) by summing exp(sum of weights x counts) over all worlds of the query predicates."""
    atoms = [(name, index) for name in query for index in np.ndindex(db.shape(name))]
    total, sums = 0.0, np.zeros(len(atoms))
    for bits in itertools.product((0, 1), repeat=len(atoms)):
        world = db
        for name in query:
            table = np.zeros(db.shape(name))
            for (owner, index), bit in zip(atoms, bits):
                if owner == name:
                    table[index] = bit
            world = world.with_facts(name, table)
        weight = np.exp(sum(c.weight * true_groundings(c, world) for c in clauses))
        total += weight
        sums += weight * np.array(bits)
    return sums / total


def every_clause(clauses, db, query):
    """Return the ground network with equal ground clauses side by side."""
    return stored(LazyNetwork(clauses, db, query, twins=False))
