"""Counting: how many groundings of a clause are true, without visiting them one by one.

A grounding is false when all of its literals are.  The number of false groundings
is a sum of products of truth tables, one table per literal, shared variables
being summed once: a tensor contraction.  For delta, equation (2) of
`markov_logic`, sets T of literals that fall on the same atom are opened one after
the other, so that clauses such as r(x, y) v r(y, x) are counted exactly where x =
y.

A clause with `EXIST` is false where no choice makes its member true.  Its delta
is counted by `witnesses`, choice by choice.

Cost: O(L u^3) time, O(u^2) memory for L literals that form a chain over u
constants of a type, one contraction each; every further variable that a literal
ties adds a power of u to both.  With `EXIST`, u^v for v variables, those of the
EXIST included.
"""

import string

import numpy as np

from tlbook.relation.logic.terms import (
    EQUAL,
    Constant,
    Some,
    argument_types,
    is_variable,
    plain_literals,
    substituted,
    typed,
    variable_types,
)
from tlbook.relation.logic.witnesses import flips_of_witnesses

MOST_SETS = 4096


def has_members(clause):
    """Tell whether a clause has an EXIST."""
    return any(isinstance(part, Some) for part in clause.literals)


def is_absent(clause, db):
    """Tell whether a typed clause names a constant that a database does not have."""
    return any(
        isinstance(arg, Constant) and db.place(arg) is None
        for literal in plain_literals(clause)
        for arg in literal.args
    )


def truth_table(literal, kinds, db):
    """Return the table of a literal's atom, a constant keeping its own row only."""
    types = argument_types(literal, kinds, db.predicates)
    if literal.predicate == EQUAL:
        table = np.eye(len(db.constants[types[0]]))
    else:
        table = db.table(literal.predicate)
    for axis, arg in enumerate(literal.args):
        if not is_variable(arg):
            table = table.take([db.place(arg)], axis=axis)
    return table


def _false_tables(parts, kinds, db):
    """Return for each member of a clause the table in which 1 means that it is false."""
    tables = []
    for part in parts:
        if isinstance(part, Some):
            own = [truth_table(l, kinds, db) for l in part.parts]
            own = [t if l.positive else 1 - t for t, l in zip(own, part.parts)]
            sizes = _sizes(part.parts, kinds, db)
            found = _contract(
                [l.args for l in part.parts], own, part.variables, sizes
            )
            tables.append((found < 0.5).astype(float))
        else:
            table = truth_table(part, kinds, db)
            tables.append(1 - table if part.positive else table)
    return tables


def _contract(arguments, tables, output, sizes):
    """Sum the product of the tables over all variables that are not in `output`."""
    letters = dict(zip(sizes, string.ascii_letters))

    def subscripts(args):
        return "".join(letters[arg] for arg in args)

    inputs = [subscripts(args) for args in arguments]
    loose = [arg for arg in sizes if not any(arg in args for args in arguments)]
    operands = tables + [np.ones(sizes[arg]) for arg in loose]
    inputs += [letters[arg] for arg in loose]
    if not inputs:
        return np.array(1.0)
    equation = f"{','.join(inputs)}->{subscripts(output)}"
    return np.einsum(equation, *operands, optimize="greedy")


def _sizes(literals, kinds, db):
    """Return how many values each term of some literals has: a constant has one."""
    args = dict.fromkeys(arg for literal in literals for arg in literal.args)
    return {a: len(db.constants[kinds[a]]) if is_variable(a) else 1 for a in args}


def _arguments(parts):
    return [
        part.variables if isinstance(part, Some) else part.args for part in parts
    ]


def _free_sizes(clause, kinds, db):
    """Return how many values each term has, those that an EXIST binds left out."""
    args = dict.fromkeys(
        arg for args in _arguments(clause.literals) for arg in args
    )
    return {a: len(db.constants[kinds[a]]) if is_variable(a) else 1 for a in args}


def count_groundings(clause, db):
    """Return the number of groundings of a clause, true and false."""
    clause = typed(clause, db.predicates)
    if is_absent(clause, db):
        return 0
    kinds = variable_types(clause, db.predicates)
    return int(
        np.prod([float(size) for size in _free_sizes(clause, kinds, db).values()])
    )


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
        0 if the clause names a constant that the database does not have.
    """
    clause = typed(clause, db.predicates)
    if is_absent(clause, db):
        return 0
    kinds = variable_types(clause, db.predicates)
    tables = _false_tables(clause.literals, kinds, db)
    sizes = _free_sizes(clause, kinds, db)
    false = _contract(_arguments(clause.literals), tables, (), sizes)
    return count_groundings(clause, db) - round(float(false))


def unify(literals, head):
    """Rename the variables of `literals` so that all of them become the atom `head`.

    Returns
    -------
    dict of renamed terms, or None if two different constants would have to be
    equal
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


def _opened_sets(clause, predicate):
    """Return the sets T of literals that may fall on one atom, grown literal by literal.

    Returns
    -------
    list of (tuple of int, dict)
        Places in the clause, and how `unify` renames its terms.

    Raises
    ------
    ValueError
        If there are more than `MOST_SETS`.
    """
    here = [i for i, l in enumerate(clause.literals) if l.predicate == predicate]
    found = [((i,), {}) for i in here]
    for opened, _ in found:  # grows while it is read
        head = clause.literals[opened[0]]
        for i in here[here.index(opened[-1]) + 1 :]:
            more = (*opened, i)
            rename = unify([clause.literals[j] for j in more[1:]], head)
            if rename is not None:
                found.append((more, rename))
        if len(found) > MOST_SETS:
            raise ValueError(
                f"in a clause of {len(clause.literals)} literals more than "
                f"{MOST_SETS} sets of literals may fall on one atom of "
                f"{predicate}; give a part of it a name, by a hard formula"
            )
    return found


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
        Zeros if the clause names a constant that the database does not have.
    """
    clause = typed(clause, db.predicates)
    delta = np.zeros(db.shape(predicate))
    if is_absent(clause, db):
        return delta
    if has_members(clause):
        return flips_of_witnesses(clause, db, predicate)
    kinds = variable_types(clause, db.predicates)
    for opened, rename in _opened_sets(clause, predicate):
        rest = [
            literal
            for i, literal in enumerate(clause.literals)
            if i not in opened
        ]
        literals = [clause.literals[i] for i in opened]
        direction = np.prod(
            [-1 if literal.positive else 1 for literal in literals]
        )
        falls = false_where(literals[0], rest, rename, kinds, db)
        if (
            len(opened) % 2 == 0
        ):  # +1 where the atom is false, -1 where it is true
            falls = falls * (1 - 2 * db.table(predicate))
        delta -= direction * falls
    return delta


def false_where(head, rest, rename, kinds, db):
    """Count, for each atom that `head` may become, the groundings where `rest` is false."""
    every = [head, *rest]
    terms = dict.fromkeys(
        rename.get(arg, arg) for one in every for arg in one.args
    )
    head, *rest = (substituted(literal, rename) for literal in every)
    sizes = {
        a: len(db.constants[kinds[a]]) if is_variable(a) else 1 for a in terms
    }
    output = tuple(dict.fromkeys(head.args))  # a repeated variable appears once
    tables = _false_tables(rest, kinds, db)
    counts = _contract([l.args for l in rest], tables, output, sizes)
    table = np.zeros(db.shape(head.predicate))
    places = []
    for arg, size in zip(head.args, table.shape):
        index = np.arange(size) if is_variable(arg) else np.array([db.place(arg)])
        shape = [1] * len(output)
        shape[output.index(arg)] = len(index)
        places.append(index.reshape(shape))
    table[tuple(places)] = counts
    return table
