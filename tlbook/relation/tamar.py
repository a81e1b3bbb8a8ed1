"""TAMAR: transfer a Markov logic network by mapping its predicates, then revising its clauses.

Mihalkova L., Huynh T., Mooney R. Mapping and revising Markov logic networks for
transfer learning. AAAI 2007, 608-614.

Map.  Every clause of the source is carried over on its own.  A mapping m sends
each of its predicates to a target predicate of the same arity, or to nothing,
which drops the literal.  It is legal if each type of argument goes to one type.
All legal mappings are tried, and

    m* = argmax_m  WPLL(units + { m(clause) }),  its weight being learned      (1)

is kept.  The unit clauses of the target, which say how common each predicate is,
stand beside the clause; without them, the best clause would be the one that best
says "mostly false".

Judge.  A clause with the conclusion l says: where all other literals are false
(its body holds), l is true.  Over the ground atoms g of l's predicate,

    precision = share of atoms as concluded, among those whose body holds      (2)
    recall    = share of atoms whose body holds, among those as concluded       (3)

A clause with low precision fires wrongly: it is too short.  One with low recall
rarely fires: it is too long.

Revise.  A beam search shortens only what is too long and lengthens only what is
too short.  Clauses that no source clause suggests are found by relational
path-finding: a path of true facts between the constants of a true atom, its
constants replaced by variables.  A third of the facts is held out of all of this,
see `heldout`: the revision of largest pseudo-log-likelihood that also helps on
them is kept, or none.  At last all weights are learned, on all facts.

Cost: O(S m u^3) time, O(u^2) memory for S clauses of the source with m legal
mappings each, u constants of a type; the search that revises costs as
`learn_structure`.

Deviations.  The paper sorts ground literals into four bins and marks clauses by
the share in each; (2) and (3) are these shares.  Conclusions are the positive
literals of a clause, or all literals if none is positive, because in a closed
world most atoms are false.  The paper holds nothing out.
"""

import itertools
from numbers import Real

from sklearn.base import BaseEstimator
from sklearn.utils._param_validation import Interval

from tlbook.contract import COUNT, NON_NEGATIVE, POSITIVE, SEVERAL
from tlbook.relation._tamar_mapping import (
    Mapping,
    best_mapping,
    legal_mappings,
    mapped_clause,
    refuse_what_is_not_plain,
)
from tlbook.relation._tamar_revision import (
    body_holds,
    judge,
    relational_paths,
    variabilize,
)
from tlbook.relation.logic.gains import fields
from tlbook.relation.logic.growth import Growth, unit_network
from tlbook.relation.logic.learning import PRIOR_SCALE, as_list
from tlbook.relation.logic.markov_logic import MarkovLogicNetwork
from tlbook.relation.logic.refinement import (
    canonical,
    longer_clauses,
    shorter_clauses,
)

__all__ = [
    "TAMAR",
    "Mapping",
    "best_mapping",
    "body_holds",
    "judge",
    "legal_mappings",
    "mapped_clause",
    "relational_paths",
    "variabilize",
]


class TAMAR(BaseEstimator):
    """Map a source network to a target domain, then revise it.

    Parameters
    ----------
    revise : bool
        Revise the mapped clauses, and keep those that help on held-out facts; False trusts the
        source: every mapped clause stays, and all facts learn the weights.
    threshold : float in (0, 1)
        Precision below it marks a clause too short, recall below it too long.
    max_literals, max_variables : int
        Size of a revised or discovered clause at most.
    beam : int
        Revisions that are followed further.
    penalty : float
        Price of one literal, in units of the pseudo-log-likelihood.
    min_gain : float
        A clause has to add this much.
    prior_scale : float > 0
        See `MarkovLogicNetwork.fit`.

    Attributes
    ----------
    mappings_ : list of Mapping
    network_ : MarkovLogicNetwork

    References
    ----------
    Mihalkova, Huynh, Mooney, AAAI 2007, 608-614.
    """

    _parameter_constraints: dict = {
        "revise": ["boolean"],
        "threshold": [Interval(Real, 0, 1, closed="neither")],
        "max_literals": SEVERAL,
        "max_variables": COUNT,
        "beam": COUNT,
        "penalty": NON_NEGATIVE,
        "min_gain": NON_NEGATIVE,
        "prior_scale": POSITIVE,
    }

    def __init__(
        self,
        revise=True,
        threshold=0.8,
        max_literals=4,
        max_variables=4,
        beam=5,
        penalty=0.002,
        min_gain=1e-3,
        prior_scale=PRIOR_SCALE,
    ):
        self.revise = revise
        self.threshold = threshold
        self.max_literals = max_literals
        self.max_variables = max_variables
        self.beam = beam
        self.penalty = penalty
        self.min_gain = min_gain
        self.prior_scale = prior_scale

    def fit(self, source, target):
        """Carry the clauses of a source network over to target databases.

        Parameters
        ----------
        source : MarkovLogicNetwork
        target : Database or list of Database

        Returns
        -------
        self

        Raises
        ------
        ValueError
            If the source has no clause of two literals, or one with an EXIST, an
            equality or a constant, or no clause has a legal mapping.
        """
        self._validate_params()
        databases = as_list(target, "target")
        if not source.clauses:
            raise ValueError("the source network has no clauses to transfer")
        for clause in source.clauses:
            refuse_what_is_not_plain(clause)
        long_enough = [
            clause for clause in source.clauses if len(clause.literals) > 1
        ]
        if not long_enough:
            raise ValueError(
                "the source network has unit clauses alone, which say how common "
                "its predicates are; there is no rule to transfer"
            )
        units = unit_network(databases, self.prior_scale)
        growth = Growth(databases, units, self.prior_scale, self.penalty)
        if self.revise:
            current, part = growth.current, growth.kept
        else:
            current, part = fields(units, databases), None
        mapped = [
            best_mapping(
                clause,
                source.predicates,
                databases,
                current,
                self.prior_scale,
                part,
            )
            for clause in long_enough
        ]
        self.mappings_ = [mapping for mapping in mapped if mapping is not None]
        if not self.mappings_:
            raise ValueError(
                "no clause of the source has a legal mapping to the target "
                "predicates"
            )
        clauses = {
            canonical(m.target).literals: canonical(m.target)
            for m in self.mappings_
        }
        if self.revise:
            for clause in clauses.values():
                growth.add_first(self._revisions(clause, growth))
            growth.add_all(self._paths(growth), self.min_gain)
            self.network_ = growth.finished()
        else:
            self.network_ = MarkovLogicNetwork(
                units.predicates, [*units.clauses, *clauses.values()]
            ).fit(databases, prior_scale=self.prior_scale)
        return self

    def _revisions(self, clause, growth):
        """Return the revisions of a clause that gain enough, itself included, best first."""
        found, best = [], self.min_gain
        pool, seen, better = [clause], set(), True
        while pool and better:
            scored = [
                (growth.gain(candidate)[0], candidate) for candidate in pool
            ]
            scored.sort(key=lambda pair: -pair[0])
            found += [pair for pair in scored if pair[0] > self.min_gain]
            better = not seen or scored[0][0] > best
            best = max(best, scored[0][0])
            seen.update(candidate.literals for candidate in pool)
            grown = {
                c.literals: c
                for _, parent in scored[: self.beam]
                for c in self._neighbors(parent, growth)
            }
            pool = [c for literals, c in grown.items() if literals not in seen]
        found.sort(key=lambda pair: -pair[0])
        return [candidate for _, candidate in found]

    def _neighbors(self, clause, growth):
        """Return shorter clauses if it is too long, longer ones if it is too short."""
        precision, recall = judge(clause, growth.databases, growth.kept)
        found = []
        if not recall >= self.threshold:
            found += shorter_clauses(clause)
        if (
            not precision >= self.threshold
            and len(clause.literals) < self.max_literals
        ):
            found += longer_clauses(
                clause, growth.network.predicates, self.max_variables
            )
        return found

    def _paths(self, growth):
        """Return the clauses that relational path-finding proposes."""
        proposals = {}
        for (db, kept), name in itertools.product(
            zip(growth.databases, growth.kept), growth.network.predicates
        ):
            for clause in relational_paths(
                db, name, self.max_literals - 1, limit=20, part=kept
            ):
                if len(clause.variables) <= self.max_variables:
                    proposals[clause.literals] = clause
        return list(proposals.values())

    def report(self):
        """Return, as text, each source clause, its mapping and the mapped clause."""
        return "\n\n".join(str(mapping) for mapping in self.mappings_)
