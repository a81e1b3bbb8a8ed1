"""Structure learning for Markov logic: which clauses, not only which weights.

Kok S., Domingos P. Learning the structure of Markov logic networks. ICML 2005,
441-448. https://doi.org/10.1145/1102351.1102407

A network grows clause by clause.  The gain of a clause is what it adds to the
weighted pseudo-log-likelihood with the best weight of its own, all other weights
held fixed:

    gain(c) = max_w  WPLL(network + w c) - WPLL(network)
                     - penalty * (number of literals)                         (12)

`gains` solves it.  A beam keeps the most promising clauses of each length and extends
them, see `refinement`; the best clause that also helps on facts on which it was not
chosen, see `heldout`, joins the network, and all weights are learned again.

Cost: O(R B c u^3) time, O(u^2) memory for R clauses learned, B the beam, c the
extensions of a clause, u constants of a type.
"""

from tqdm import tqdm

from tlbook.relation.logic.checks import check_number
from tlbook.relation.logic.growth import Growth
from tlbook.relation.logic.inference import refuse_hard_clauses
from tlbook.relation.logic.learning import PRIOR_SCALE, as_list
from tlbook.relation.logic.markov_logic import MarkovLogicNetwork
from tlbook.relation.logic.refinement import longer_clauses
from tlbook.relation.logic.terms import Clause


def best_clauses(growth, max_literals, max_variables, beam, min_gain):
    """Search the beam for the clauses with the largest gains.

    Parameters
    ----------
    growth : Growth
    max_literals, max_variables, beam : int
    min_gain : float
        See `learn_structure`.

    Returns
    -------
    list of Clause
        With their weights, best first; each gains more than `min_gain`.
    """
    seeds, found = [Clause(())], []
    for _ in range(max_literals):
        pool = {
            c.literals: c
            for seed in seeds
            for c in longer_clauses(
                seed, growth.network.predicates, max_variables
            )
        }
        scored = [(*growth.gain(clause), clause) for clause in pool.values()]
        scored.sort(key=lambda one: -one[0])
        seeds = [clause for _, _, clause in scored[:beam]]
        found += [
            one
            for one in scored
            if one[0] > min_gain and not growth.knows(one[2])
        ]
    found.sort(key=lambda one: -one[0])
    return [clause.with_weight(weight) for _, weight, clause in found]


def learn_structure(
    databases,
    network=None,
    max_clauses=15,
    max_literals=3,
    max_variables=3,
    beam=5,
    penalty=0.002,
    min_gain=1e-3,
    prior_scale=PRIOR_SCALE,
    progress=False,
):
    """Learn clauses and weights from scratch, or on top of a network.

    Parameters
    ----------
    databases : Database or list of Database
    network : MarkovLogicNetwork, optional
        Start; unit clauses by default.
    max_clauses : int
        Clauses added at most.
    max_literals, max_variables : int
        Size of a clause at most.
    beam : int
        Clauses of each length that are extended.
    penalty : float
        Price of one literal, in units of the pseudo-log-likelihood.
    min_gain : float
        Stop when no clause adds more.
    prior_scale : float > 0
        See `MarkovLogicNetwork.fit`.
    progress : bool
        Show a progress bar.

    Returns
    -------
    MarkovLogicNetwork
    """
    for name, value in (
        ("max_clauses", max_clauses),
        ("max_literals", max_literals),
        ("max_variables", max_variables),
        ("beam", beam),
    ):
        check_number(name, value, 1, whole=True)
    check_number("penalty", penalty, 0)
    check_number("min_gain", min_gain, 0)
    check_number("prior_scale", prior_scale, 0, above=True)
    databases = as_list(databases)
    if network is not None:
        network = MarkovLogicNetwork(network.predicates, network.clauses)
        refuse_hard_clauses(network.clauses, "structure learning")
        network.fit(databases, prior_scale=prior_scale)
    growth = Growth(databases, network, prior_scale, penalty)
    for _ in tqdm(range(max_clauses), desc="clauses", disable=not progress):
        proposals = best_clauses(
            growth, max_literals, max_variables, beam, min_gain
        )
        if not growth.add_first(proposals):
            break
    return growth.finished()
