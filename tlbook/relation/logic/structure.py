"""Structure learning for Markov logic: which clauses, not only which weights.

Kok S., Domingos P. Learning the structure of Markov logic networks. ICML 2005,
441-448. https://doi.org/10.1145/1102351.1102407

A network grows clause by clause.  The gain of a clause is what it adds to the
weighted pseudo-log-likelihood with the best weight of its own, all other weights
held fixed:

    gain(c) = max_w  WPLL(network + w c) - WPLL(network)
                     - penalty * (number of literals)                         (12)

It is a concave problem in one number, solved by Newton's method on the atoms of
the predicates that the clause mentions.  A beam keeps the most promising clauses
of each length and extends them; the best clause that also helps on facts on which
it was not chosen, see `heldout`, joins the network, and all weights are learned
again.

Cost: O(R B c u^3) time, O(u^2) memory for R clauses learned, B the beam, c the
extensions of a clause, u constants of a type.
"""

import itertools

import numpy as np
from scipy.special import expit, log_expit
from tqdm import tqdm

from tlbook.relation.logic.checks import check_number
from tlbook.relation.logic.colors import mixed
from tlbook.relation.logic.counting import flip_counts
from tlbook.relation.logic.heldout import ERRORS, held_out_gain, split
from tlbook.relation.logic.inference import (
    refuse_functional,
    refuse_hard_clauses,
)
from tlbook.relation.logic.learning import (
    PRIOR_SCALE,
    Blankets,
    as_list,
    data_unit,
)
from tlbook.relation.logic.markov_logic import MarkovLogicNetwork
from tlbook.relation.logic.terms import (
    Clause,
    Literal,
    Some,
    is_variable,
    variable_types,
)

MOST_KEPT = 4096  # atoms
LOOKS = 50  # clauses that are tried on held-out facts before the search gives up


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


def canonical(clause):
    """Return the clause with sorted literals and variables named by first appearance.

    Two clauses that differ only by the order of literals or the names of
    variables become equal. A clause with an EXIST stays as it is.
    """
    if any(isinstance(part, Some) for part in clause.literals):
        return clause

    def shape(literal):
        pattern = tuple(literal.args.index(arg) for arg in literal.args)
        return (literal.predicate, literal.positive, pattern)

    best = None
    groups = sorted(set(clause.literals), key=lambda l: (shape(l), l.args))
    keyed = [list(group) for _, group in itertools.groupby(groups, key=shape)]
    for orders in itertools.product(
        *(itertools.permutations(group) for group in keyed)
    ):
        literals = [literal for group in orders for literal in group]
        names = {}
        for literal in literals:
            for arg in literal.args:
                if is_variable(arg):
                    names.setdefault(arg, f"x{len(names) + 1}")
        renamed = tuple(
            Literal(
                l.predicate, tuple(names.get(a, a) for a in l.args), l.positive
            )
            for l in literals
        )
        if best is None or str(renamed) < str(best):
            best = renamed
    return Clause(best, clause.weight)


def is_tautology(clause):
    """Tell whether a clause holds an atom and its negation."""
    atoms = {(l.predicate, l.args, l.positive) for l in clause.literals}
    return any(
        (name, args, not positive) in atoms for name, args, positive in atoms
    )


def longer_clauses(clause, predicates, max_variables):
    """Return the clauses with one literal more that share a variable with what is there.

    Parameters
    ----------
    clause : Clause
        May be empty.
    predicates : dict of str to Predicate
    max_variables : int

    Returns
    -------
    list of Clause, canonical, without tautologies or repetitions
    """
    kinds = variable_types(clause, predicates)
    found = {}
    for predicate in predicates.values():
        choices = []
        for place, kind in enumerate(predicate.types):
            known = [v for v, k in kinds.items() if k == kind]
            choices.append([*known, f"new{place}"])
        for args in itertools.product(*choices):
            if clause.literals and not set(args) & set(kinds):
                continue
            if len(set(kinds) | set(args)) > max_variables:
                continue
            for positive in (True, False):
                literal = Literal(predicate.name, args, positive)
                if literal in clause.literals:
                    continue
                candidate = canonical(Clause((*clause.literals, literal)))
                if not is_tautology(candidate):
                    found[candidate.literals] = candidate
    return list(found.values())


def shorter_clauses(clause):
    """Return the clauses with one literal less."""
    found = {}
    for i in range(len(clause.literals)):
        rest = clause.literals[:i] + clause.literals[i + 1 :]
        if rest:
            candidate = canonical(Clause(rest))
            found[candidate.literals] = candidate
    return list(found.values())


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
        self.refused = set()
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
        value, error = held_out_gain(
            weighted, self.databases, self.current, self.held
        )
        if value <= ERRORS * error:
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
