"""DTM: deep transfer, patterns of relations carried over by second-order Markov logic.

Davis J., Domingos P. Deep transfer via second-order Markov logic. ICML 2009,
217-224. https://doi.org/10.1145/1553374.1553402

Replace the predicates of a set of literals by predicate variables: {Friends(x,y),
Smokes(x), Smokes(y)} becomes the clique {r(x,y), s(x), s(y)}, which speaks of no
domain.  Transfer cliques.

Score.  An instantiation of a clique with predicates has 2^k truth states; p is
their empirical distribution over all bindings of its variables to different
constants.  If two parts A and B of the clique explain it on their own, p = p_A x
p_B, and the clique is not worth keeping:

    score(instantiation) = min over splits (A, B) of  KL( p || p_A x p_B ),  in nats      (1)
    score(clique)        = mean of the `top` best instantiations in the source            (2)

Transfer.  The best `n_cliques` cliques are instantiated with the predicates of
the target.  Every pattern of signs is a clause.  Clauses join the network greedily
while they gain pseudo-log-likelihood and also help on the third of the facts that
is held out, see `heldout`; at last all weights are learned, on all facts.  (The
paper holds nothing out.)

Scoring the cliques inside the target, with no transfer at all, is `fit(target,
target)`: the control of Moore and Danyluk (StarAI 2010).

Cost: O(I 2^k u^3) time, O(u^2) memory for I instantiations of k literals: 2^k
contractions of tables over u constants each.
"""

import itertools
import string
from dataclasses import dataclass

import numpy as np
from sklearn.base import BaseEstimator

from tlbook.contract import COUNT, NON_NEGATIVE, POSITIVE, SEVERAL
from tlbook.relation.logic.learning import PRIOR_SCALE, as_list
from tlbook.relation.logic.structure import Growth, canonical, is_tautology
from tlbook.relation.logic.terms import Clause, Literal, variable_types


@dataclass(frozen=True)
class Clique:
    """A set of second-order atoms, `((predicate variable, variables), ...)`, and its score."""

    atoms: tuple
    score: float = 0.0

    def __str__(self):
        return (
            "{"
            + ", ".join(f"{r}({', '.join(args)})" for r, args in self.atoms)
            + "}"
        )


def lift(atoms):
    """Replace predicates by predicate variables; return the canonical clique.

    Parameters
    ----------
    atoms : iterable of (predicate, tuple of variables)

    Returns
    -------
    tuple of (predicate variable, tuple of variables)
    """
    best = None
    for order in itertools.permutations(atoms):
        predicates, variables = {}, {}
        lifted = tuple(
            (
                predicates.setdefault(name, f"r{len(predicates) + 1}"),
                tuple(
                    variables.setdefault(arg, f"x{len(variables) + 1}")
                    for arg in args
                ),
            )
            for name, args in order
        )
        if best is None or lifted < best:
            best = lifted
    return best


def atom_sets(predicates, max_atoms, max_variables):
    """Yield connected sets of first-order atoms over at most `max_variables` typed variables.

    Parameters
    ----------
    predicates : dict of str to Predicate
    max_atoms, max_variables : int

    Yields
    ------
    tuple of (predicate, tuple of variables)
    """
    variables = [f"x{i + 1}" for i in range(max_variables)]
    atoms = [
        (p.name, args)
        for p in predicates.values()
        for args in itertools.permutations(variables, len(p.types))
    ]
    for size in range(2, max_atoms + 1):
        for chosen in itertools.combinations(atoms, size):
            used = list(dict.fromkeys(arg for _, args in chosen for arg in args))
            if (
                used == variables[: len(used)]
                and _connected(chosen)
                and _typed(chosen, predicates)
            ):
                yield chosen


def _connected(atoms):
    reached, rest = set(atoms[0][1]), list(atoms[1:])
    while rest:
        touching = [atom for atom in rest if reached & set(atom[1])]
        if not touching:
            return False
        reached.update(arg for _, args in touching for arg in args)
        rest = [atom for atom in rest if atom not in touching]
    return True


def _typed(atoms, predicates):
    try:
        variable_types(_clause(atoms, (True,) * len(atoms)), predicates)
    except ValueError:
        return False
    return True


def _clause(atoms, signs):
    return Clause(
        tuple(
            Literal(name, args, sign) for (name, args), sign in zip(atoms, signs)
        )
    )


def state_counts(atoms, db):
    """Count the 2^k truth states of k atoms over all bindings to different constants.

    Parameters
    ----------
    atoms : tuple of (predicate, tuple of variables)
    db : Database

    Returns
    -------
    ndarray of shape (2, ..., 2), k axes; zeros if no binding exists
    """
    kinds = variable_types(_clause(atoms, (True,) * len(atoms)), db.predicates)
    letters = dict(zip(kinds, string.ascii_letters))
    scripts = ["".join(letters[arg] for arg in args) for _, args in atoms]
    unequal = [
        (a, b)
        for a, b in itertools.combinations(kinds, 2)
        if kinds[a] == kinds[b]
    ]
    differ = [1 - np.eye(len(db.constants[kinds[a]])) for a, _ in unequal]
    equation = (
        ",".join(scripts + [letters[a] + letters[b] for a, b in unequal]) + "->"
    )
    counts = np.empty((2,) * len(atoms))
    for state in np.ndindex(counts.shape):
        tables = [
            db.table(name) if true else 1 - db.table(name)
            for (name, _), true in zip(atoms, state)
        ]
        counts[state] = np.einsum(equation, *tables, *differ, optimize="greedy")
    return counts


def split_score(p):
    """Return the smallest divergence of p from a product of two parts, equation (1).

    Parameters
    ----------
    p : ndarray of shape (2, ..., 2)

    Returns
    -------
    float >= 0, in nats
    """
    k = p.ndim
    divergences = []
    for size in range(1, k // 2 + 1):
        for part in itertools.combinations(range(k), size):
            rest = tuple(axis for axis in range(k) if axis not in part)
            product = p.sum(axis=rest, keepdims=True) * p.sum(
                axis=part, keepdims=True
            )
            seen = p > 0  # 0 log 0 = 0
            divergences.append(np.sum(p[seen] * np.log(p[seen] / product[seen])))
    return float(min(divergences))


def score_cliques(databases, max_atoms, max_variables, top):
    """Return all second-order cliques of the databases, best first, equation (2).

    Returns
    -------
    list of Clique
    """
    databases = as_list(databases, "source")
    scores, seen = {}, set()
    for atoms in atom_sets(databases[0].predicates, max_atoms, max_variables):
        key = canonical(_clause(atoms, (True,) * len(atoms))).literals
        if key in seen:
            continue
        seen.add(key)
        counts = sum(state_counts(atoms, db) for db in databases)
        if counts.any():
            scores.setdefault(lift(atoms), []).append(
                split_score(counts / counts.sum())
            )
    cliques = [
        # ties are ties
        Clique(atoms, round(float(np.mean(sorted(values)[-top:])), 12))
        for atoms, values in scores.items()
    ]
    return sorted(cliques, key=lambda clique: (-clique.score, clique.atoms))


def instantiate(clique, predicates):
    """Return all first-order clauses of a clique: every choice of predicates and of signs.

    Parameters
    ----------
    clique : Clique
    predicates : dict of str to Predicate

    Returns
    -------
    list of Clause
    """
    arity = {r: len(args) for r, args in clique.atoms}
    choices = [
        [p.name for p in predicates.values() if len(p.types) == places]
        for places in arity.values()
    ]
    found = {}
    for names in itertools.product(*choices):
        chosen = dict(zip(arity, names))
        atoms = tuple((chosen[r], args) for r, args in clique.atoms)
        if len(set(atoms)) < len(atoms) or not _typed(atoms, predicates):
            continue
        for signs in itertools.product((True, False), repeat=len(atoms)):
            clause = canonical(_clause(atoms, signs))
            if not is_tautology(clause):
                found[clause.literals] = clause
    return list(found.values())


class DTM(BaseEstimator):
    """Transfer second-order cliques from a source to a target database.

    Parameters
    ----------
    n_cliques : int
        Cliques that are carried over.
    max_atoms, max_variables : int
        Size of a clique at most.
    top : int
        Instantiations that the score of a clique averages.
    max_clauses : int
        Clauses in the target network at most.
    penalty : float
        Price of one literal, in units of the pseudo-log-likelihood.
    min_gain : float
        A clause has to add this much.
    prior_scale : float > 0
        See `MarkovLogicNetwork.fit`.

    Attributes
    ----------
    cliques_ : list of Clique
        All cliques of the source, best first; the first `n_cliques` are used.
    network_ : MarkovLogicNetwork

    References
    ----------
    Davis, Domingos, ICML 2009, https://doi.org/10.1145/1553374.1553402
    """

    _parameter_constraints: dict = {
        "n_cliques": COUNT,
        "max_atoms": SEVERAL,
        "max_variables": COUNT,
        "top": COUNT,
        "max_clauses": COUNT,
        "penalty": NON_NEGATIVE,
        "min_gain": NON_NEGATIVE,
        "prior_scale": POSITIVE,
    }

    def __init__(
        self,
        n_cliques=5,
        max_atoms=3,
        max_variables=3,
        top=3,
        max_clauses=15,
        penalty=0.002,
        min_gain=1e-3,
        prior_scale=PRIOR_SCALE,
    ):
        self.n_cliques = n_cliques
        self.max_atoms = max_atoms
        self.max_variables = max_variables
        self.top = top
        self.max_clauses = max_clauses
        self.penalty = penalty
        self.min_gain = min_gain
        self.prior_scale = prior_scale

    def fit(self, source, target):
        """Score cliques in the source, then build a network of them in the target.

        Parameters
        ----------
        source, target : Database or list of Database

        Returns
        -------
        self

        Raises
        ------
        ValueError
            If a domain has no database, the source has no clique, or no carried
            clique fits the predicates of the target.
        """
        self._validate_params()
        source, target = as_list(source, "source"), as_list(target, "target")
        self.cliques_ = score_cliques(
            source, self.max_atoms, self.max_variables, self.top
        )
        if not self.cliques_:
            raise ValueError("the source has no two atoms that share a variable")
        growth = Growth(target, None, self.prior_scale, self.penalty)
        candidates = {
            clause.literals: clause
            for clique in self.cliques_[: self.n_cliques]
            for clause in instantiate(clique, growth.network.predicates)
        }
        if not candidates:
            raise ValueError(
                f"no clique fits the predicates of the target: {self.report()}"
            )
        growth.add_all(list(candidates.values()), self.min_gain, self.max_clauses)
        self.network_ = growth.finished()
        return self

    def report(self):
        """Return, as text, the carried cliques with their scores."""
        return "\n".join(
            f"{c.score:.4f}  {c}" for c in self.cliques_[: self.n_cliques]
        )
