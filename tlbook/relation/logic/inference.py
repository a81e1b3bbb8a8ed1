"""Inference in Markov logic: P(atom) given the evidence, by four methods.

    exact                 all worlds; see `exact`
    gibbs                 resample one atom after the other; see `gibbs`
    belief propagation    exact on trees, approximate on loops; see `propagation`
    mc-sat                sample whole worlds; see `mcsat`

Strong and hard clauses want the last.
"""

import numpy as np

from tlbook.relation.logic.exact import exact_marginals
from tlbook.relation.logic.expansion import refuse_strangers
from tlbook.relation.logic.gibbs import gibbs_marginals
from tlbook.relation.logic.grounding import LazyNetwork, ground
from tlbook.relation.logic.mcsat import mcsat_marginals
from tlbook.relation.logic.propagation import belief_propagation

METHODS = {
    "exact": exact_marginals,
    "gibbs": gibbs_marginals,
    "belief propagation": belief_propagation,
    "mc-sat": mcsat_marginals,
}


def refuse_hard_clauses(clauses, user):
    """Raise a ValueError if a clause is hard."""
    hard = [clause for clause in clauses if np.isinf(clause.weight)]
    if hard:
        raise ValueError(f"{user} needs finite weights, and {hard[0]} is a hard clause")


def marginals(clauses, db, query=None, method="exact", declared=None, **options):
    """Return P(atom = 1 | evidence) of all atoms of some predicates.

    Parameters
    ----------
    clauses : list of Clause
    db : Database
        Evidence: all that it knows of predicates that are not in `query`.
    query : list of str, optional
        Predicates all of whose atoms are unknown, beside the unknown atoms of `db`.
    method : {"exact", "gibbs", "belief propagation", "mc-sat"}
    declared : Declarations, optional
        The predicates of the clauses, and constants that they may name although `db` does not
        have them.
    **options
        Passed to the method.

    Returns
    -------
    dict of str to ndarray, in the shape of `db.table(predicate)`
        One entry for each predicate with unknown atoms; 0 or 1 where an atom is known.

    Raises
    ------
    ValueError
        See `MarkovLogicNetwork.marginals`.
    """
    if method not in METHODS:
        raise ValueError(f"method must be one of {sorted(METHODS)}, not {method!r}")
    query = [query] if isinstance(query, str) else list(query or ())
    known = set(db.predicates) & set(db.predicates if declared is None else declared)
    unknown = [name for name in query if name not in known]
    if unknown:
        raise ValueError(f"unknown predicate {unknown[0]!r} in the query")
    if not query and not any(map(len, db.unknown.values())):
        raise ValueError(
            "nothing is unknown: name predicates in `query`, or mark atoms of the database as"
            " unknown, by `?` in its file or by `db.hidden`"
        )
    refuse_strangers(clauses, [db], declared)
    if method in ("gibbs", "belief propagation"):
        refuse_hard_clauses(clauses, method)
    lazy = method == "belief propagation"
    network = (LazyNetwork if lazy else ground)(clauses, db, query)
    if network.exclusive:
        if method in ("gibbs", "belief propagation"):
            raise ValueError(f"{method} cannot take functional predicates; mc-sat can")
        network = network.with_exclusion()
    chances = METHODS[method](network, **options)
    settled, found = db.settled(), {}
    for (name, index), chance in zip(network.atoms, chances.tolist()):
        if name not in found:
            found[name] = settled.known_true(name).copy()
        found[name][index] = chance
    return found
