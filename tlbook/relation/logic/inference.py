"""Inference in Markov logic: P(atom) given the evidence, by four methods.

exact                 all worlds; see `exact`
gibbs                 resample one atom after the other; see `gibbs`
belief propagation    exact on trees, approximate on loops; see `propagation`
mc-sat                sample whole worlds, for strong and hard clauses; see `mcsat`
"""

import numpy as np

from tlbook.relation.logic.exact import exact_marginals
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


def marginals(clauses, db, query, method="exact", **options):
    """Return P(atom = 1 | evidence) of all atoms of the query predicates.

    Parameters
    ----------
    clauses : list of Clause
    db : Database
        Evidence: the facts of all predicates that are not in `query`.
    query : list of str
    method : {"exact", "gibbs", "belief propagation", "mc-sat"}
    **options
        Passed to the method.

    Returns
    -------
    dict of str to ndarray, in the shape of `db.table(predicate)`

    Raises
    ------
    ValueError
        See `MarkovLogicNetwork.marginals`.
    """
    if method not in METHODS:
        raise ValueError(f"method must be one of {sorted(METHODS)}, not {method!r}")
    if method in ("gibbs", "belief propagation"):
        refuse_hard_clauses(clauses, method)
    unknown = [name for name in query if name not in db.predicates]
    if unknown:
        raise ValueError(f"unknown predicate {unknown[0]!r} in the query")
    build = LazyNetwork if method == "belief propagation" else ground
    chances = METHODS[method](build(clauses, db, list(query)), **options)
    cuts = np.cumsum([np.prod(db.shape(name)) for name in query])[:-1]
    parts = np.split(chances, cuts.astype(int))
    return {name: part.reshape(db.shape(name)) for name, part in zip(query, parts)}
