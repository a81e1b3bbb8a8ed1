"""A network that grows, clause by clause, by what helps on facts that did not choose it."""

import numpy as np

from tlbook.relation.logic.gains import fields, gain
from tlbook.relation.logic.heldout import helps, split
from tlbook.relation.logic.inference import refuse_functional
from tlbook.relation.logic.learning import PRIOR_SCALE, Blankets, as_list
from tlbook.relation.logic.markov_logic import MarkovLogicNetwork
from tlbook.relation.logic.refinement import canonical
from tlbook.relation.logic.terms import Clause, Literal

LOOKS = 50  # clauses that are tried on held-out facts before the search gives up


def unit_network(databases, prior_scale=PRIOR_SCALE):
    """Return the network of unit clauses, which knows how common each predicate is."""
    predicates = as_list(databases)[0].predicates
    units = [
        Clause(
            (Literal(p.name, tuple(f"x{i + 1}" for i in range(len(p.types)))),)
        )
        for p in predicates.values()
    ]
    return MarkovLogicNetwork(predicates, units).fit(
        databases, prior_scale=prior_scale
    )


class Growth:
    """A network that takes clauses which help on facts that they were not chosen on.

    Parameters
    ----------
    databases : list of Database
    network : MarkovLogicNetwork, optional
        Start; unit clauses by default.
    prior_scale : float > 0
        See `MarkovLogicNetwork.fit`.
    penalty : float >= 0
        Price of one literal.

    Attributes
    ----------
    kept, held : list of dict
        The atoms for choosing and the held-out ones, see `heldout.split`.
    current : list of dict
        What the network says of each atom, see `fields`.
    asked : int
        Clauses that the held-out atoms were asked about, see `heldout`.
    """

    def __init__(
        self,
        databases,
        network=None,
        prior_scale=PRIOR_SCALE,
        penalty=0.0,
    ):
        refuse_functional(
            databases[0].predicates.values(), "the search for clauses"
        )
        self.databases, self.prior_scale, self.penalty = (
            databases,
            prior_scale,
            penalty,
        )
        self.kept, self.held = split(databases)
        self.refused, self.asked = set(), 0
        start = (
            unit_network(databases, prior_scale) if network is None else network
        )
        self._learn(MarkovLogicNetwork(start.predicates, start.clauses))

    def _learn(self, network):
        clauses = network.clauses
        blankets = Blankets(clauses, self.databases, part=self.kept)
        weights, _ = blankets.best_weights(
            [c.weight for c in clauses], self.prior_scale
        )
        network.clauses = [c.with_weight(w) for c, w in zip(clauses, weights)]
        self.network, self.current = network, fields(network, self.databases)

    def gain(self, clause):
        """Return gain and weight of a clause on the facts for choosing, equation (12)."""
        return gain(
            clause,
            self.databases,
            self.current,
            self.penalty,
            self.prior_scale,
            self.kept,
        )

    def knows(self, clause):
        """Tell whether a clause is in the network, or was refused."""
        literals = canonical(clause).literals
        known = {canonical(c).literals for c in self.network.clauses}
        return literals in known or literals in self.refused

    def add(self, clause):
        """Add a clause if it helps on the held-out facts, see `heldout`; tell whether it did."""
        if self.knows(clause):
            return False
        weighted = clause.with_weight(self.gain(clause)[1])
        asked, self.asked = self.asked, self.asked + 1
        if not helps(weighted, self.databases, self.current, self.held, asked):
            self.refused.add(canonical(clause).literals)
            return False
        network = self.network
        self._learn(
            MarkovLogicNetwork(network.predicates, [*network.clauses, weighted])
        )
        return True

    def add_first(self, clauses):
        """Add the first of some clauses that helps; tell whether there was one."""
        tried = [clause for clause in clauses if not self.knows(clause)][:LOOKS]
        return any(self.add(clause) for clause in tried)

    def add_all(self, clauses, min_gain, most=np.inf):
        """Add clauses one by one, best first, while they gain more than `min_gain` and help.

        Parameters
        ----------
        clauses : list of Clause
        min_gain : float
        most : int
            Clauses added at most.
        """
        added, grown = 0, True
        while grown and added < most:
            scored = [(self.gain(clause)[0], clause) for clause in clauses]
            scored = [pair for pair in scored if pair[0] > min_gain]
            scored.sort(key=lambda pair: -pair[0])
            clauses = [clause for _, clause in scored]
            grown = self.add_first(clauses)
            added += grown

    def finished(self):
        """Return the network with weights learned on all facts."""
        network = MarkovLogicNetwork(
            self.network.predicates, self.network.clauses
        )
        return network.fit(self.databases, prior_scale=self.prior_scale)
