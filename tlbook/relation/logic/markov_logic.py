"""Markov logic: weighted first-order clauses as a distribution over possible worlds.

Richardson M., Domingos P. Markov logic networks. Machine Learning 62, 2006,
107-136. https://doi.org/10.1007/s10994-006-5833-1

A world x gives every ground atom a truth value.  Clause i with weight w_i has
n_i(x) true groundings:

    P(x) = exp( sum_i w_i n_i(x) ) / Z                                    (1)

Given all other atoms (its Markov blanket), one atom g is true with the
probability

    P(g = 1 | rest) = 1 / (1 + exp(-sum_i w_i delta_i(g)))                (2)
    delta_i(g) = n_i(x with g = 1) - n_i(x with g = 0)

Weights maximize the weighted pseudo-log-likelihood, with a Gaussian prior on the
weights,

    WPLL(w) = sum_r 1/|G_r| sum_{g in G_r} log P(x_g | rest) - sum_i w_i^2 / (2
    s^2 N_i)  (3)

over the predicates r with ground atoms G_r.  The prior is in units of data: N_i
is the number of atoms of the clause's rarest predicate, so that it weighs as a
fraction of one atom does, and a unit clause learns the base rate.  (3) is
concave; its gradient needs no inference.

Cost: O(L u^3) time, O(u^2) memory for L literals over u constants of a type, see
`counting`.
"""

import numpy as np
from scipy.special import expit

from tlbook.relation.logic.checks import check_number
from tlbook.relation.logic.counting import flip_counts
from tlbook.relation.logic.expansion import (
    constants_of,
    expanded,
    refuse_strangers,
)
from tlbook.relation.logic.inference import (
    marginals,
    most_probable,
    refuse_functional,
    refuse_hard_clauses,
)
from tlbook.relation.logic.learning import (
    PRIOR_SCALE,
    Blankets,
    as_list,
    free_atoms,
)
from tlbook.relation.logic.terms import Declarations, variable_types


class MarkovLogicNetwork:
    """A set of weighted clauses over declared predicates.

    Parameters
    ----------
    predicates : dict of str to Predicate
    clauses : list of Clause

    Attributes
    ----------
    sampled_ : Sampled or None
        How far the chains agreed that gave the last marginals, see `chains`; None
        if their method was no sampler.

    References
    ----------
    Richardson, Domingos, Machine Learning 62, 2006,
    https://doi.org/10.1007/s10994-006-5833-1
    """

    def __init__(self, predicates, clauses):
        for clause in clauses:
            variable_types(clause, predicates)
            if np.isnan(clause.weight):
                raise ValueError(f"the clause {clause} has the weight nan")
        self.predicates, self.clauses = Declarations(predicates), list(clauses)

    def __str__(self):
        return "\n".join(
            f"{clause.weight:7.3f}  {clause}" for clause in self.clauses
        )

    def fit(self, db, predicates=None, prior_scale=PRIOR_SCALE):
        """Learn the weights of the clauses by weighted pseudo-log-likelihood, equation (3).

        A clause with variables marked `+` becomes one clause for each of their
        constants, which are declared from then on.  Hard clauses stay hard; atoms
        that they fix say nothing about the weights.

        Parameters
        ----------
        db : Database or list of Database
        predicates : list of str, optional
            Predicates to be predicted; all by default.
        prior_scale : float > 0
            Standard deviation of the Gaussian prior on the weights, whose log
            counts as much as one atom does; infinite means none.

        Returns
        -------
        self

        Raises
        ------
        ValueError
            If the facts break a hard clause, an atom is unknown, a functional
            predicate has no value or several, or a clause names a constant that
            is nowhere; see also `as_list`.
        """
        check_number("prior_scale", prior_scale, 0, above=True)
        databases = as_list(db)
        strangers = [
            name for name in predicates or () if name not in self.predicates
        ]
        if strangers:
            raise ValueError(
                f"unknown predicate {strangers[0]!r} in `predicates`"
            )
        refuse_strangers(self.clauses, databases, self.predicates)
        for clause in self.clauses:
            kinds = variable_types(clause, self.predicates)
            for kind in {kinds[v] for v in clause.plus}:
                names = constants_of(kind, databases, self.predicates)
                self.predicates.domains[kind] = tuple(names)
        clauses = expanded(self.clauses, databases, self.predicates)
        hard = [clause for clause in clauses if np.isinf(clause.weight)]
        soft = [clause for clause in clauses if np.isfinite(clause.weight)]
        part = free_atoms(hard, databases) if hard else None
        blankets = Blankets(soft, databases, predicates, part)
        weights, _ = blankets.best_weights([c.weight for c in soft], prior_scale)
        learned = iter(weights)
        self.clauses = [
            c if np.isinf(c.weight) else c.with_weight(next(learned))
            for c in clauses
        ]
        return self

    def conditionals(self, db, predicate):
        """Return P(g = 1 | all other atoms) for each atom of a predicate, equation (2).

        Parameters
        ----------
        db : Database
            All of whose atoms are known.
        predicate : str

        Returns
        -------
        ndarray, in the shape of `db.table(predicate)`
        """
        refuse_hard_clauses(self.clauses, "equation (2)")
        refuse_strangers(self.clauses, [db], self.predicates)
        if predicate not in db.predicates:
            raise ValueError(f"unknown predicate {predicate!r}")
        refuse_functional([db.predicates[predicate]], "equation (2)")
        field = np.zeros(db.shape(predicate))
        for clause in self.clauses:
            field += clause.weight * flip_counts(clause, db, predicate)
        return expit(field)

    def marginals(self, db, query=None, method="exact", **options):
        """Return P(atom = 1 | evidence) of all atoms of some predicates.

        Parameters
        ----------
        db : Database
            Evidence: all that it knows of predicates that are not in `query`.
        query : list of str, optional
            Predicates all of whose atoms are unknown, beside the unknown atoms of
            `db`; by default these alone.
        method : {"exact", "gibbs", "belief propagation", "mc-sat"}
            Hard clauses, those of infinite weight, need "exact" or "mc-sat";
            functional predicates need one of these or "gibbs".
        **options
            Passed to the sampler.

        Returns
        -------
        dict of str to ndarray, in the shape of `db.table(predicate)`
            One entry for each predicate with unknown atoms; 0 or 1 where an atom
            is known.

        Raises
        ------
        ValueError
            On an unknown method or predicate, nothing to ask, a hard clause that
            the method cannot take, hard clauses that no world keeps, a clause
            that names a constant which is nowhere.

        Warns
        -----
        ConvergenceWarning
            If the answer is not to be trusted, with the numbers that say so.
        """
        found, self.sampled_ = marginals(
            self.clauses, db, query, method, self.predicates, **options
        )
        return found

    def most_probable(self, db, query=None, **options):
        """Return the most probable world that MaxWalkSAT finds.

        Parameters
        ----------
        db : Database
        query : iterable of str, optional
            Both as in `marginals`.
        **options
            Passed to `max_walk_sat`.

        Returns
        -------
        dict of str to ndarray of 0 and 1, in the shape of `db.table(predicate)`

        Raises
        ------
        ValueError
            As `marginals`; if no world that keeps the hard clauses was found.
        """
        return most_probable(self.clauses, db, query, self.predicates, **options)
