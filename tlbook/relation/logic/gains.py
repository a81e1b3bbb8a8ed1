"""What a clause adds to the pseudo-log-likelihood, all other weights held fixed.

The gain of equation (12), see `structure`, is a concave problem in one number,
solved by Newton's method on the atoms of the predicates that the clause mentions.

Cost: O(g) time, O(u^2) memory for the g groundings of the clause, u constants of a
type.
"""

import numpy as np
from scipy.special import expit, log_expit

from tlbook.relation.logic.colors import mixed
from tlbook.relation.logic.counting import flip_counts
from tlbook.relation.logic.learning import PRIOR_SCALE, as_list, data_unit

MOST_KEPT = 4096  # atoms


def fields(network, databases):
    """Return sum_i w_i delta_i(g) for every ground atom, per database and predicate.

    Returns
    -------
    list of dict of str to ndarray
    """
    return [
        {
            name: sum(
                (c.weight * flip_counts(c, db, name) for c in network.clauses),
                np.zeros(db.shape(name)),
            )
            for name in db.predicates
        }
        for db in as_list(databases)
    ]


def touched_atoms(clause, db, name):
    """Return the atoms of a predicate that a clause says something about, and delta of each.

    What is small is kept for the next round of the search, in which most clauses
    come again.

    Returns
    -------
    touched : ndarray of shape (m,), flat indices into `db.table(name)`
    delta : ndarray of shape (m,)
    """
    key = (clause.literals, name)
    if key not in db._flips:
        delta = flip_counts(clause, db, name).ravel()
        touched = np.flatnonzero(delta)
        found = touched.astype(np.int32), delta[touched]
        if len(touched) > MOST_KEPT:
            return found
        db._flips[key] = found
    return db._flips[key]


def merge_atoms(delta, sign, base, mass):
    """Keep one of the atoms with equal delta, sign and base, with the mass of all of them."""
    whole = (2 * np.rint(delta) + (sign > 0)).astype(np.int64)
    key = mixed(base.view(np.uint64)) + mixed(whole.view(np.uint64))
    _, first, inverse = np.unique(key, return_index=True, return_inverse=True)
    return delta[first], sign[first], base[first], np.bincount(inverse, mass)


def gain(
    clause, databases, current, penalty=0.0, prior_scale=PRIOR_SCALE, part=None
):
    """Return what a clause adds to the pseudo-log-likelihood, and its weight.

    Parameters
    ----------
    clause : Clause
    databases : Database or list of Database
    current : list of dict
        See `fields`: what the rest of the network says of each atom.
    penalty : float >= 0
        Price of one literal.
    prior_scale : float > 0
        See `MarkovLogicNetwork.fit`.
    part : list of dict, optional
        Atoms that count, see `Blankets`; all by default.

    Returns
    -------
    gain : float
        Rounded, so that clauses which say the same of every atom are ties on
        every machine.
    weight : float
    """
    databases = as_list(databases)
    deltas, signs, bases, masses = [], [], [], []
    for i, (db, field) in enumerate(zip(databases, current)):
        for name in {literal.predicate for literal in clause.literals}:
            touched, delta = touched_atoms(clause, db, name)
            counted = db.table(name).size
            if part is not None:
                counts, counted = part[i][name][touched], part[i][name].sum()
                touched, delta = touched[counts], delta[counts]
            deltas.append(delta)
            signs.append(2 * db.table(name).ravel()[touched] - 1)
            bases.append(field[name].ravel()[touched])
            masses.append(
                np.full(len(touched), 1 / (max(counted, 1) * len(databases)))
            )
    delta, sign, base, mass = merge_atoms(
        *map(np.concatenate, (deltas, signs, bases, masses))
    )
    pull = data_unit(clause, databases, part=part) / prior_scale**2
    start = mass @ log_expit(sign * base)
    weight, value = 0.0, start
    for _ in range(50):
        chance = expit(base + weight * delta)
        slope = mass @ (delta * ((sign > 0) - chance)) - weight * pull
        curvature = mass @ (delta**2 * chance * (1 - chance)) + pull
        step = slope / curvature
        for _ in range(30):  # halve the Newton step until the value grows
            new = mass @ log_expit(sign * (base + (weight + step) * delta))
            new -= (weight + step) ** 2 * pull / 2
            if new >= value:
                break
            step /= 2
        weight, value, grown = weight + step, new, new - value
        if grown < 1e-9:
            break
    return round(value - start - penalty * len(clause.literals), 9), weight
