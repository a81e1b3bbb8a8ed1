"""Markov logic: weighted first-order clauses as a distribution over possible worlds.

Richardson M., Domingos P. Markov logic networks. Machine Learning 62, 2006, 107-136.
https://doi.org/10.1007/s10994-006-5833-1

A world x gives every ground atom a truth value.  Clause i with weight w_i has n_i(x) true
groundings:

    P(x) = exp( sum_i w_i n_i(x) ) / Z                                    (1)

Given all other atoms (its Markov blanket), one atom g is true with the probability

    P(g = 1 | rest) = 1 / (1 + exp(-sum_i w_i delta_i(g)))                (2)
    delta_i(g) = n_i(x with g = 1) - n_i(x with g = 0)

Weights maximize the weighted pseudo-log-likelihood, with a Gaussian prior on the weights,

    WPLL(w) = sum_r 1/|G_r| sum_{g in G_r} log P(x_g | rest) - sum_i w_i^2 / (2 s^2)    (3)

over the predicates r with ground atoms G_r.  It is concave; its gradient needs no inference.

Cost: O(L u^3) time, O(u^2) memory for L literals over u constants of a type, see `counting`.
"""

from scipy.special import expit

from tlbook.relation.logic.counting import flip_counts
from tlbook.relation.logic.inference import marginals, refuse_hard_clauses
from tlbook.relation.logic.learning import Blankets
from tlbook.relation.logic.terms import variable_types


class MarkovLogicNetwork:
    """A set of weighted clauses over declared predicates.

    Parameters
    ----------
    predicates : dict of str to Predicate
    clauses : list of Clause

    References
    ----------
    Richardson, Domingos, Machine Learning 62, 2006, https://doi.org/10.1007/s10994-006-5833-1
    """

    def __init__(self, predicates, clauses):
        for clause in clauses:
            variable_types(clause, predicates)
        self.predicates, self.clauses = dict(predicates), list(clauses)

    def __str__(self):
        return "\n".join(f"{clause.weight:7.3f}  {clause}" for clause in self.clauses)

    def fit(self, db, predicates=None, prior_scale=10.0):
        """Learn the weights of the clauses by weighted pseudo-log-likelihood, equation (3).

        Parameters
        ----------
        db : Database or list of Database
        predicates : list of str, optional
            Predicates to be predicted; all by default.
        prior_scale : float
            Standard deviation of the Gaussian prior on the weights.

        Returns
        -------
        self

        Raises
        ------
        ValueError
            If a clause is hard; see also `as_list`.
        """
        refuse_hard_clauses(self.clauses, "learning")
        blankets = Blankets(self.clauses, db, predicates)
        weights, _ = blankets.best_weights([c.weight for c in self.clauses], prior_scale)
        self.clauses = [c.with_weight(w) for c, w in zip(self.clauses, weights)]
        return self

    def conditionals(self, db, predicate):
        """Return P(g = 1 | all other atoms) for each atom of a predicate, equation (2)."""
        refuse_hard_clauses(self.clauses, "equation (2)")
        field = sum(c.weight * flip_counts(c, db, predicate) for c in self.clauses)
        return expit(field)

    def marginals(self, db, query, method="exact", **options):
        """Return P(atom = 1 | evidence) of all atoms of the query predicates.

        Parameters
        ----------
        db : Database
            Evidence: the facts of all predicates that are not in `query`.
        query : list of str
        method : {"exact", "gibbs", "belief propagation", "mc-sat"}
            Hard clauses, those of infinite weight, need "exact" or "mc-sat".
        **options
            Passed to the sampler.

        Returns
        -------
        dict of str to ndarray, in the shape of `db.table(predicate)`

        Raises
        ------
        ValueError
            On an unknown method or predicate, a hard clause that the method cannot take, hard
            clauses that no world keeps.
        """
        return marginals(self.clauses, db, query, method, **options)
