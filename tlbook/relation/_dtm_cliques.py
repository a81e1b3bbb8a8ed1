"""DTM: second-order cliques, their scores, equations (1) and (2), and their clauses."""

import itertools
import string
from dataclasses import dataclass

import numpy as np

from tlbook.relation.logic.learning import as_list
from tlbook.relation.logic.refinement import canonical, is_tautology
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
