"""Does a clause help on facts that it was not chosen on?

A search tries thousands of clauses, and the best of them fits its facts by luck
as well.  So a third of the atoms of each predicate is held out, of the true and
of the false ones alike.  Clauses are chosen, and weights learned, on the rest.  A
clause stays if on the held-out atoms

    mean of  log P(x_g | rest, with the clause) - log P(x_g | rest, without it)          (11)

summed over predicates as in equation (3), is above `ERRORS` of its standard
errors, and if the sum over all of them, the log of a likelihood ratio, is above

    log (k + 1)(k + 2) / RISK,    k the clauses that were asked about before         (14)

for many clauses are asked about the same facts.  If the network without the clause is
right, a likelihood ratio has a mean of one, so it exceeds 1 / a with a probability of
at most a, and sum_k RISK / (k + 1)(k + 2) = RISK.  Held-out atoms are still seen in the blankets of
the others: (11) is a conditional likelihood, and neither rule is exact, since atoms
that share a constant are not independent.  In 300 databases of independent coin
tosses, with 10 to 30 persons, the first rule alone keeps a clause in 92, both
together in 4: a kept clause is a proposal, to be confirmed on fresh facts.
"""

import numpy as np
from scipy.special import log_expit

from tlbook.relation.logic.counting import flip_counts
from tlbook.relation.logic.terms import EQUAL, plain_literals

SHARE, ERRORS, RISK = 1 / 3, 2.0, 0.1


def split(databases, random_state=0):
    """Tell which atoms are held out.

    Parameters
    ----------
    databases : list of Database
    random_state : int

    Returns
    -------
    kept, held : list of dict of str to ndarray of bool, flat as `db.table(name).ravel()`
    """
    rng, held = np.random.default_rng(random_state), []
    for db in databases:
        held.append({})
        for name in db.predicates:
            table = db.table(name).ravel()
            held[-1][name] = np.zeros(len(table), dtype=bool)
            for truth in (0, 1):
                atoms = rng.permutation(np.flatnonzero(table == truth))
                held[-1][name][atoms[: int(len(atoms) * SHARE)]] = True
    return [{name: ~out for name, out in db.items()} for db in held], held


def told_apart(clause, databases, current, held):
    """Yield how much likelier a clause makes held-out atoms, for each database and predicate.

    Parameters
    ----------
    clause : Clause
        With its weight.
    databases : list of Database
    current : list of dict
        What the network without it says of each atom, see `gains.fields`.
    held : list of dict
        See `split`.

    Yields
    ------
    ndarray of shape (m,)
        log P(x_g | rest, with the clause) - log P(x_g | rest, without it).
    """
    for db, field, part in zip(databases, current, held):
        for name in {l.predicate for l in plain_literals(clause)} - {EQUAL}:
            out = part[name]
            told = clause.weight * flip_counts(clause, db, name).ravel()[out]
            sign = 2 * db.table(name).ravel()[out] - 1
            base = field[name].ravel()[out]
            yield log_expit(sign * (base + told)) - log_expit(sign * base)


def held_out_gain(clause, databases, current, held):
    """Return (11) for a clause with its weight, its standard error, and the log ratio of (14).

    Parameters
    ----------
    clause : Clause
    databases : list of Database
    current, held : list of dict
        See `told_apart`.

    Returns
    -------
    gain, error, log_ratio : float
    """
    gain = variance = log_ratio = 0.0
    for gains in told_apart(clause, databases, current, held):
        log_ratio += gains.sum()
        if len(gains) > 1:
            gain += gains.mean() / len(databases)
            variance += gains.var(ddof=1) / len(gains) / len(databases) ** 2
    return gain, np.sqrt(variance), log_ratio


def helps(clause, databases, current, held, asked):
    """Tell whether a clause helps on the held-out atoms, see (11) and (14).

    Parameters
    ----------
    clause : Clause
    databases : list of Database
    current, held : list of dict
        See `told_apart`.
    asked : int
        Clauses that the same held-out atoms were asked about before.

    Returns
    -------
    bool
    """
    gain, error, log_ratio = held_out_gain(clause, databases, current, held)
    enough = np.log((asked + 1) * (asked + 2) / RISK)
    return bool(gain > ERRORS * error and log_ratio > enough)
