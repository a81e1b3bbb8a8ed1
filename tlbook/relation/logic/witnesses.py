"""Witnesses: the choices that make an EXIST true, one by one.

A ground clause with `EXIST` is a disjunction of conjunctions: one for each choice
of the bound variables, its witnesses if they are true, and one for each plain
literal.
"""

import numpy as np

from tlbook.relation.logic.terms import (
    EQUAL,
    Some,
    is_variable,
    variable_types,
)

BLOCK = 2**19  # choices that are looked at together


def choices(part, bindings, kinds, db):
    """Return every choice of the variables that a member of a clause binds.

    Parameters
    ----------
    part : Literal or Some
    bindings : dict of str to ndarray of shape (rows,)
        Of the free variables.
    kinds : dict of str to str
    db : Database

    Returns
    -------
    literals : tuple of Literal
        The conjunction that has to be true.
    bindings : dict of str to ndarray of shape (rows, choices)
    """
    rows = {arg: np.reshape(values, (-1, 1)) for arg, values in bindings.items()}
    if not isinstance(part, Some):
        return (part,), rows
    sizes = [len(db.constants[kinds[v]]) for v in part.bound]
    grid = np.indices(sizes).reshape(len(sizes), 1, -1)
    return part.parts, rows | dict(zip(part.bound, grid))


def places(literal, bindings, kinds, db):
    """Return the index of each argument of a literal, arrays that broadcast."""
    return tuple(
        bindings[arg] if is_variable(arg) else np.array(db.place(arg))
        for arg in literal.args
    )


def holds(literal, bindings, kinds, db, table):
    """Tell where a literal is true, its atoms looked up in `table`; an equality needs none."""
    index = places(literal, bindings, kinds, db)
    truth = (
        index[0] == index[1] if literal.predicate == EQUAL else table[index] > 0
    )
    return truth if literal.positive else ~truth


def free_bindings(clause, kinds, db, rows):
    """Yield the bindings of the free variables of a clause, some rows at a time."""
    sizes = [len(db.constants[kinds[v]]) for v in clause.variables]
    total = int(np.prod(sizes))
    for start in range(0, total, rows):
        flat = np.arange(start, min(start + rows, total))
        values = np.unravel_index(flat, sizes) if sizes else ()
        yield dict(zip(clause.variables, values)), len(flat)


def most_choices(clause, kinds, db):
    """Return how many choices the members of a clause have at most."""
    bound = [part.bound for part in clause.literals if isinstance(part, Some)]
    return max(
        (int(np.prod([len(db.constants[kinds[v]]) for v in b])) for b in bound),
        default=1,
    )


def flips_of_witnesses(clause, db, predicate):
    """Return delta of equation (2) for a clause with `EXIST`, see `flip_counts`.

    Parameters
    ----------
    clause : Clause
        Typed.
    db : Database
    predicate : str

    Returns
    -------
    ndarray, in the shape of `db.table(predicate)`
    """
    kinds = variable_types(clause, db.predicates)
    table = db.table(predicate)
    delta = np.zeros(table.size)
    step = max(1, BLOCK // max(1, most_choices(clause, kinds, db)))
    for bindings, n_rows in free_bindings(clause, kinds, db, step):
        n_true = np.zeros(n_rows, dtype=int)  # conjunctions that are true now
        touched = []  # (row, atom, what its flip adds to n_true)
        for part in clause.literals:
            literals, inner = choices(part, bindings, kinds, db)
            shape = np.broadcast_shapes(
                (n_rows, 1), *(np.shape(v) for v in inner.values())
            )
            truth, atoms = [], []
            for literal in literals:
                there = (
                    None
                    if literal.predicate == EQUAL
                    else db.table(literal.predicate)
                )
                truth.append(
                    np.broadcast_to(
                        holds(literal, inner, kinds, db, there), shape
                    )
                )
                if literal.predicate == predicate:
                    index = places(literal, inner, kinds, db)
                    flat = (
                        np.ravel_multi_index(index, table.shape)
                        if index
                        else np.array(0)
                    )
                    atoms.append(np.broadcast_to(flat, shape))
                else:
                    atoms.append(np.full(shape, -1))
            now = np.all(truth, axis=0)
            n_true += now.sum(axis=1)
            for i, atom in enumerate(atoms):
                if literals[i].predicate != predicate:
                    continue
                after = np.all(
                    [t ^ (a == atom) for t, a in zip(truth, atoms)], axis=0
                )
                first = np.all([a != atom for a in atoms[:i]], axis=0)
                rows, columns = np.nonzero(first & (after != now))
                change = np.where(after[rows, columns], 1, -1)
                touched.append((rows, atom[rows, columns], change))
        if touched:
            delta += changes(touched, n_true, table.size)
    return (delta * (1 - 2 * table.ravel())).reshape(table.shape)


def changes(touched, n_true, n_atoms):
    """Return by how much the flip of each atom changes the number of true rows."""
    rows, atoms, change = (np.concatenate(part) for part in zip(*touched))
    keys, inverse = np.unique(rows * n_atoms + atoms, return_inverse=True)
    total = np.bincount(inverse, change, minlength=len(keys))
    before = n_true[keys // n_atoms]
    step = (before + np.rint(total) > 0).astype(int) - (before > 0)
    return np.bincount(keys % n_atoms, step, minlength=n_atoms)
