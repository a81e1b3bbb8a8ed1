"""Pseudo-likelihood of functional predicates: one variable with several values a block.

Of the atoms of a block, topic(P1, Art), topic(P1, Law), ..., exactly one is true.  Flipping
one alone leads out of the worlds that exist; the block takes another value as a whole:

    P(block = v | rest) = exp(sum_i w_i s_i(v)) / sum_u exp(sum_i w_i s_i(u))           (13)
    s_i(v) = n_i(x with v true, the rest of the block false) - n_i(x with no value)

With one literal of the predicate in the clause, s is delta of equation (2).  With two, they
may fall on the present value c and on v.  Delta, which sees c true, is corrected by these
groundings, with a sign for each of the two literals: + for a negated one.

Cost: as `flip_counts`; for three literals and more, or an EXIST, once for each block.
"""

import itertools

import numpy as np

from tlbook.relation.logic.counting import (
    false_where,
    flip_counts,
    is_absent,
    unify,
)
from tlbook.relation.logic.terms import (
    Literal,
    Some,
    plain_literals,
    typed,
    variable_types,
)


def blocks_of(db, name):
    """Return the atoms of each block of a functional predicate, and which of them is true.

    Returns
    -------
    atoms : ndarray of int, shape (n_blocks, n_values)
        Flat indices into `db.table(name)`.
    values : ndarray of int, shape (n_blocks,)
        The column of the true atom.

    Raises
    ------
    ValueError
        If a block has no true atom, or several.
    """
    shape, places = db.shape(name), db.predicates[name].functional
    numbers = np.arange(int(np.prod(shape))).reshape(shape)
    ends = range(len(shape) - len(places), len(shape))
    size = int(np.prod([shape[place] for place in places]))
    atoms = np.moveaxis(numbers, places, ends).reshape(-1, size)
    truth = db.table(name).ravel()[atoms]
    wrong = np.flatnonzero(truth.sum(axis=1) != 1)
    if len(wrong):
        first = np.unravel_index(atoms[wrong[0], 0], shape)
        raise ValueError(
            f"{db.predicates[name]} has one value each, and "
            f"{int(truth[wrong[0]].sum())} are true where "
            f"{db.atom(name, first)} stands"
        )
    return atoms, truth.argmax(axis=1)


def value_counts(clause, db, name):
    """Return s_i(v) of equation (13) for every atom v of a functional predicate.

    Parameters
    ----------
    clause : Clause
    db : Database
    name : str

    Returns
    -------
    ndarray, in the shape of `db.table(name)`
    """
    clause = typed(clause, db.predicates)
    counts = flip_counts(clause, db, name)
    here = [l for l in plain_literals(clause) if l.predicate == name]
    if is_absent(clause, db) or len(here) < 2:
        return counts
    if len(here) > 2 or any(isinstance(l, Some) for l in clause.literals):
        return _block_by_block(clause, db, name)
    kinds = variable_types(clause, db.predicates)
    rest = [l for l in clause.literals if l not in here]
    fixed = [
        place
        for place in range(len(db.shape(name)))
        if place not in db.predicates[name].functional
    ]
    for at_present, at_v in itertools.permutations(here):
        one, other = (
            Literal(name, tuple(l.args[place] for place in fixed))
            for l in (at_present, at_v)
        )
        rename = unify([one], other)
        if rename is None:
            continue
        sign = 1 if at_present.positive == at_v.positive else -1
        present = Literal(name, at_present.args, False)  # false where it is true
        both = false_where(at_v, [*rest, present], rename, kinds, db)
        counts = counts + sign * both * (1 - db.table(name))
    return counts


def _block_by_block(clause, db, name):
    """Count with each block without a value, one after the other."""
    table, counts = db.table(name), np.zeros(db.table(name).size)
    for atoms in blocks_of(db, name)[0]:
        empty = table.ravel().copy()
        empty[atoms] = 0
        without = db.with_facts(name, empty.reshape(table.shape))
        counts[atoms] = flip_counts(clause, without, name).ravel()[atoms]
    return counts.reshape(table.shape)


def block_likelihood(field, starts, true):
    """Return log P(block = its value), equation (13), and the chance of every value.

    Parameters
    ----------
    field : ndarray of shape (m,)
        sum_i w_i s_i(v), one block after the other.
    starts : ndarray of int, shape (n_blocks,)
        Where each block begins.
    true : ndarray of bool, shape (m,)

    Returns
    -------
    logs : ndarray of shape (n_blocks,)
    chances : ndarray of shape (m,)
    """
    sizes = np.diff([*starts, len(field)])
    shifted = field - np.repeat(np.maximum.reduceat(field, starts), sizes)
    total = np.log(np.add.reduceat(np.exp(shifted), starts))
    logs = shifted - np.repeat(total, sizes)
    return logs[true], np.exp(logs)
