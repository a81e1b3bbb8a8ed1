"""Bindings: which constants the variables of a clause stand for where evidence leaves it open.

A literal of whose predicate something is known bounds its variables by a join
with the atoms that may be true; a variable runs over its whole type only if no
such literal bounds it.
"""

from collections import Counter
from dataclasses import replace

import numpy as np

from tlbook.relation.logic.terms import (
    EQUAL,
    Constant,
    Some,
    is_variable,
    plain_literals,
    substituted,
    typed,
    variable_types,
)

BLOCK = 2**19  # ground clauses that are handled at a time


def without_inequalities(clause):
    """Return a clause with x put for y where it says x != y; None if it is always true.

    Where x and y differ, `x != y v ...` is true: nothing is open there.
    """
    literals = clause.literals
    while True:
        unequal = [
            part
            for part in literals
            if not isinstance(part, Some)
            and part.predicate == EQUAL
            and not part.positive
        ]
        if not unequal:
            return replace(clause, literals=literals)
        a, b = unequal[0].args
        if not is_variable(a):
            a, b = b, a
        if not is_variable(a) and a != b:
            return None  # two constants are two things
        literals = tuple(part for part in literals if part is not unequal[0])
        literals = tuple(
            dict.fromkeys(substituted(part, {a: b}) for part in literals)
        )


def join(bindings, n_rows, literal, db, constants):
    """Extend rows of variable bindings by the atoms of a literal's predicate that may be true.

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
    facts = db.candidates(literal.predicate)  # (n_facts, arity)
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
        base = (
            max(
                bindings[arg].max(initial=0),
                facts[:, columns[arg]].max(initial=0),
            )
            + 1
        )
        left, right = (
            left * base + bindings[arg],
            right * base + facts[:, columns[arg]],
        )
    order = np.argsort(right, kind="stable")
    first, last = (
        np.searchsorted(right[order], left, side=side)
        for side in ("left", "right")
    )
    matches = last - first
    rows = np.repeat(np.arange(n_rows), matches)
    within = np.arange(len(rows)) - np.repeat(
        np.cumsum(matches) - matches, matches
    )
    partners = order[np.repeat(first, matches) + within]
    joined = {arg: values[rows] for arg, values in bindings.items()}
    return joined | {
        arg: facts[partners, axis] for arg, axis in columns.items()
    }, len(rows)


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
    clause = without_inequalities(typed(clause, db.predicates))
    if clause is None:
        return
    kinds = variable_types(clause, db.predicates)
    kinds = {v: kinds[v] for v in clause.variables}
    constants = {
        arg: db.place(arg)
        for literal in plain_literals(clause)
        for arg in literal.args
        if isinstance(arg, Constant)
    }
    # nothing is said of a constant that is not there
    if None in constants.values():
        return
    known = [
        part
        for part in clause.literals
        if not isinstance(part, Some) and part.predicate not in query
    ]
    bindings, n_rows = {}, 1
    waiting = [literal for literal in known if not literal.positive]
    while waiting:  # what is bound already first, then what has few facts
        literal = min(
            waiting,
            key=lambda l: (
                bindings.keys().isdisjoint(l.args),
                len(db.candidates(l.predicate)),
            ),
        )
        waiting.remove(literal)
        bindings, n_rows = join(bindings, n_rows, literal, db, constants)
    bindings |= {
        constant: np.array(index) for constant, index in constants.items()
    }
    positive = [literal for literal in known if literal.positive]
    early = [
        literal for literal in positive if bindings.keys() >= set(literal.args)
    ]
    bindings, n_rows = _where_false(early, bindings, n_rows, db)
    late = [literal for literal in positive if literal not in early]
    bound = {v: kind for v, kind in kinds.items() if v in bindings}
    loose = {v: kind for v, kind in kinds.items() if v not in bindings}
    domains = [np.arange(len(db.constants[kind])) for kind in loose.values()]
    if twins is not None:
        like = Counter(kinds.values())
        domains = [
            d[twins.rank[k] < like[k]] for d, k in zip(domains, loose.values())
        ]
        rows = np.flatnonzero(
            np.broadcast_to(twins.times(bindings, bound), n_rows)
        )
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
        arg: np.concatenate([block[arg] for block, *_ in blocks])
        if values.ndim
        else values
        for arg, values in blocks[0][0].items()
    }
    return bindings, sum(n_rows for _, n_rows, _ in blocks)


def _where_false(literals, bindings, n_rows, db):
    """Keep the rows in which all of these known literals are false."""
    for literal in literals:
        index = tuple(bindings[arg] for arg in literal.args)
        if literal.predicate == EQUAL:
            truth = index[0] == index[1]
        else:
            truth = db.known_true(literal.predicate)[index]
        keep = np.flatnonzero(np.broadcast_to(truth == 0, n_rows))
        bindings, n_rows = _picked(bindings, keep), len(keep)
    return bindings, n_rows


def _picked(bindings, rows):
    """Return chosen rows; a constant has no rows."""
    return {
        arg: values[rows] if values.ndim else values
        for arg, values in bindings.items()
    }
