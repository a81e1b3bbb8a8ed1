"""Inference in Markov logic: P(atom) given the evidence, by four methods.

    exact                 all worlds; see `exact`
    gibbs                 resample one atom, or one functional group, after the other; see `gibbs`
    belief propagation    exact on trees, approximate on loops; see `propagation`
    mc-sat                sample whole worlds; see `mcsat`

Strong and hard clauses want the last.  What cannot be trusted comes with a
`ConvergenceWarning`: chains that disagree, messages that circle, beliefs that
contradict Bayes' rule, or loops that are strong.
"""

import numpy as np

from tlbook.relation.logic.chains import Sampled
from tlbook.relation.logic.exact import exact_marginals
from tlbook.relation.logic.expansion import refuse_strangers
from tlbook.relation.logic.gibbs import gibbs_marginals
from tlbook.relation.logic.grounding import LazyNetwork, ground
from tlbook.relation.logic.maxwalksat import max_walk_sat
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
        raise ValueError(
            f"{user} needs finite weights, and {hard[0]} is a hard clause"
        )


def refuse_functional(predicates, user):
    """Raise a ValueError if a predicate is functional, of whose atoms one in a group is true.

    Parameters
    ----------
    predicates : iterable of Predicate
    user : str
    """
    for predicate in predicates:
        if predicate.functional:
            raise ValueError(
                f"{user} takes atoms one by one, and {predicate} is functional: "
                "exactly one atom of a group is true"
            )


def refuse_bad_question(clauses, db, query, declared):
    """Raise a ValueError if nothing is asked, or what the network does not know."""
    query = as_names(query)
    known = set(db.predicates) & set(
        db.predicates if declared is None else declared
    )
    unknown = [name for name in query if name not in known]
    if unknown:
        raise ValueError(f"unknown predicate {unknown[0]!r} in the query")
    if not query and not any(map(len, db.unknown.values())):
        raise ValueError(
            "nothing is unknown: name predicates in `query`, or mark atoms of "
            "the database as unknown, by `?` in its file or by `db.hidden`"
        )
    refuse_strangers(clauses, [db], declared)


def marginals(clauses, db, query=None, method="exact", declared=None, **options):
    """Return P(atom = 1 | evidence) of all atoms of some predicates.

    Parameters
    ----------
    clauses : list of Clause
    db : Database
        Evidence: all that it knows of predicates that are not in `query`.
    query : list of str, optional
        Predicates all of whose atoms are unknown, beside the unknown atoms of
        `db`.
    method : {"exact", "gibbs", "belief propagation", "mc-sat"}
    declared : Declarations, optional
        The predicates of the clauses, and constants that they may name although
        `db` does not have them.
    **options
        Passed to the method.

    Returns
    -------
    found : dict of str to ndarray, in the shape of `db.table(predicate)`
        One entry for each predicate with unknown atoms; 0 or 1 where an atom is
        known.
    sampled : Sampled or None
        How far the chains of a sampler agree, see `chains`.

    Raises
    ------
    ValueError
        See `MarkovLogicNetwork.marginals`.
    """
    if method not in METHODS:
        raise ValueError(
            f"method must be one of {sorted(METHODS)}, not {method!r}"
        )
    refuse_bad_question(clauses, db, query, declared)
    query = as_names(query)
    if method in ("gibbs", "belief propagation"):
        refuse_hard_clauses(clauses, method)
    lazy = method == "belief propagation"
    network = (LazyNetwork if lazy else ground)(clauses, db, query)
    if network.exclusive and method != "gibbs":
        if method == "belief propagation":
            raise ValueError(
                "belief propagation cannot take functional predicates; gibbs "
                "and mc-sat can"
            )
        network = network.with_exclusion()
    answer = METHODS[method](network, **options)
    sampled = answer if isinstance(answer, Sampled) else None
    return tables(
        network, db, answer if sampled is None else sampled.chances
    ), sampled


def most_probable(clauses, db, query=None, declared=None, **options):
    """Return the most probable world that MaxWalkSAT finds, see `maxwalksat`.

    Returns
    -------
    dict of str to ndarray of 0 and 1, in the shape of `db.table(predicate)`
    """
    refuse_bad_question(clauses, db, query, declared)
    network = ground(clauses, db, as_names(query)).with_exclusion()
    world, _ = max_walk_sat(network, **options)
    return tables(network, db, world.astype(float))


def as_names(query):
    """Return the names of the predicates that are asked for."""
    return [query] if isinstance(query, str) else list(query or ())


def tables(network, db, chances):
    """Lay the values of the unknown atoms into the tables of their predicates."""
    settled, found = db.settled(), {}
    for (name, index), chance in zip(network.atoms, chances.tolist()):
        if name not in found:
            found[name] = settled.known_true(name).copy()
        found[name][index] = chance
    return found
