"""Counting: how many groundings of a clause are true, without visiting them one by one.

A grounding is false when all of its literals are.  The number of false groundings is a sum of
products of truth tables, one table per literal, shared variables being summed once: a tensor
contraction.  For delta, equation (2) of `markov_logic`, sets T of literals that fall on the same
atom are opened one after the other, so that clauses such as r(x, y) v r(y, x) are counted exactly
where x = y.

Cost: O(L u^3) time, O(u^2) memory for L literals that form a chain over u constants of a type, one
contraction each; every further variable that a literal ties adds a power of u to both.
"""

import itertools
import string

import numpy as np

from tlbook.relation.logic.terms import Literal, is_variable, variable_types


def _false_tables(literals, db):
    """Return for each literal the table in which 1 means that the literal is false."""
    tables = []
    for literal in literals:
        table = db.table(literal.predicate)
        table = 1 - table if literal.positive else table
        for axis, (arg, kind) in enumerate(
            zip(literal.args, db.predicates[literal.predicate].types)
        ):
            if not is_variable(arg):  # a constant keeps its own row only
                table = table.take([db.index(kind, arg)], axis=axis)
        tables.append(table)
    return tables


def _contract(literals, tables, output, sizes):
    """Sum the product of the tables over all variables that are not in `output`."""
    letters = dict(zip(sizes, string.ascii_letters))

    def subscripts(args):
        return "".join(letters[arg] for arg in args)

    inputs = [subscripts(literal.args) for literal in literals]
    loose = [arg for arg in sizes if not any(arg in literal.args for literal in literals)]
    operands = tables + [np.ones(sizes[arg]) for arg in loose]
    inputs += [letters[arg] for arg in loose]
    return np.einsum(f"{','.join(inputs)}->{subscripts(output)}", *operands, optimize="greedy")


def _sizes(clause, db):
    kinds = variable_types(clause, db.predicates)
    constants = {arg: 1 for l in clause.literals for arg in l.args if not is_variable(arg)}
    return {v: len(db.constants[kind]) for v, kind in kinds.items()} | constants


def count_groundings(clause, db):
    """Return the number of groundings of a clause, true and false."""
    return int(np.prod([float(size) for size in _sizes(clause, db).values()]))


def count_true_groundings(clause, db):
    """Return n_i(x), the number of true groundings of a clause, in equation (1).

    Parameters
    ----------
    clause : Clause
    db : Database
        The world x.

    Returns
    -------
    int
    """
    tables = _false_tables(clause.literals, db)
    false = _contract(clause.literals, tables, (), _sizes(clause, db))
    return count_groundings(clause, db) - round(float(false))


def _unify(literals, head):
    """Rename the variables of `literals` so that all of them become the atom `head`.

    Returns
    -------
    dict of renamed terms, or None if two different constants would have to be equal
    """
    renamed = {}

    def find(term):
        while term in renamed:
            term = renamed[term]
        return term

    for literal in literals:
        for arg, goal in zip(literal.args, head.args):
            a, b = find(arg), find(goal)
            if a == b:
                continue
            if not is_variable(a):
                a, b = b, a
            if not is_variable(a):
                return None
            renamed[a] = b
    return {term: find(term) for term in renamed}


def flip_counts(clause, db, predicate):
    """Return delta_i(g) of equation (2) for every ground atom g of a predicate.

    Parameters
    ----------
    clause : Clause
    db : Database
    predicate : str

    Returns
    -------
    ndarray, one entry per ground atom, in the shape of `db.table(predicate)`
    """
    here = [l for l in clause.literals if l.predicate == predicate]
    sign = 1 - 2 * db.table(predicate)  # +1 where the atom is false, -1 where it is true
    delta = np.zeros(db.shape(predicate))
    for count in range(1, len(here) + 1):
        for opened in itertools.combinations(here, count):
            rest = list(clause.literals)
            for literal in opened:
                rest.remove(literal)
            rename = _unify(opened[1:], opened[0])
            if rename is None:
                continue
            direction = np.prod([-1 if literal.positive else 1 for literal in opened])
            falls = _false_where(opened[0], rest, rename, clause, db)
            delta -= sign ** (count + 1) * direction * falls
    return delta


def _false_where(head, rest, rename, clause, db):
    """Count, for each atom that `head` may become, the groundings where `rest` is false."""

    def renamed(literal):
        args = tuple(rename.get(arg, arg) for arg in literal.args)
        return Literal(literal.predicate, args, literal.positive)

    head, rest = renamed(head), [renamed(literal) for literal in rest]
    sizes = {rename.get(arg, arg): size for arg, size in reversed(_sizes(clause, db).items())}
    sizes.update((arg, 1) for arg in sizes if not is_variable(arg))
    output = tuple(dict.fromkeys(head.args))  # a repeated variable appears once
    counts = _contract(rest, _false_tables(rest, db), output, sizes)
    table = np.zeros(db.shape(head.predicate))
    kinds = db.predicates[head.predicate].types
    places = []
    for arg, kind in zip(head.args, kinds):
        if is_variable(arg):
            index = np.arange(len(db.constants[kind]))
        else:
            index = np.array([db.index(kind, arg)])
        shape = [1] * len(output)
        shape[output.index(arg)] = len(index)
        places.append(index.reshape(shape))
    table[tuple(places)] = counts
    return table
