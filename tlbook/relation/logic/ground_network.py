"""Ground clauses over the unknown atoms, stored."""

from dataclasses import dataclass

import numpy as np

from tlbook.relation.logic import bindings
from tlbook.relation.logic.colors import mixed


@dataclass
class GroundNetwork:
    """Ground clauses over the unknown atoms, padded to equal length.

    Parameters
    ----------
    atoms : list of (predicate, index tuple)
    literals : ndarray of shape (m, k)
        Atom of each literal; the padding `len(atoms)` is an atom that is always
        false.
    signs : ndarray of bool, shape (m, k)
    weights : ndarray of shape (m,)
    exclusive : sequence of ndarray of int
        Atoms of which exactly one is true, from functional predicates.
    """

    atoms: list
    literals: np.ndarray
    signs: np.ndarray
    weights: np.ndarray
    exclusive: tuple = ()

    @property
    def orbits(self):
        """Each atom stands for itself, see `LazyNetwork`."""
        return np.arange(len(self.atoms))

    def blocks(self):
        """Yield literals, signs, weights and how often each counts, some rows at a time."""
        for start in range(0, len(self.weights), bindings.BLOCK):
            rows = slice(start, start + bindings.BLOCK)
            once = np.ones(len(self.weights[rows]), dtype=np.int64)
            yield self.literals[rows], self.signs[rows], self.weights[rows], once

    def with_exclusion(self):
        """Return a network in which hard clauses say what `exclusive` says."""
        clauses = []
        for group in self.exclusive:
            clauses.append((group, True))
            first, second = np.triu_indices(len(group), 1)
            clauses += [
                ((group[i], group[j]), False) for i, j in zip(first, second)
            ]
        width = max(
            [self.literals.shape[1], *(len(group) for group in self.exclusive)]
        )
        ids = np.full(
            (len(self.weights) + len(clauses), width), len(self.atoms), np.int32
        )
        signs = np.ones(ids.shape, dtype=bool)
        ids[: len(self.weights), : self.literals.shape[1]] = self.literals
        signs[: len(self.weights), : self.literals.shape[1]] = self.signs
        for row, (group, sign) in enumerate(clauses, start=len(self.weights)):
            ids[row, : len(group)], signs[row, : len(group)] = group, sign
        weights = np.concatenate([self.weights, np.full(len(clauses), np.inf)])
        return GroundNetwork(self.atoms, ids, signs, weights)


def merge_clauses(literals, signs, weights, padding):
    """Keep one of equal ground clauses, with the sum of their weights.

    Two rows with the same literals, in whatever order, have the same sum of
    64-bit hashes; two others among a million have it with a chance below 1e-7.

    Parameters
    ----------
    literals : ndarray of int, shape (m, k)
    signs : ndarray of bool, shape (m, k)
    weights : ndarray of shape (m,)
    padding : int

    Returns
    -------
    literals, signs, weights : ndarray
    """
    key = np.zeros(len(weights), dtype=np.uint64)
    for atoms, sign in zip(literals.T, signs.T):
        code = mixed((2 * atoms.astype(np.uint64)) + sign)
        key += np.where(atoms == padding, np.uint64(0), code)
    _, first, inverse = np.unique(key, return_index=True, return_inverse=True)
    total = np.zeros(len(first))
    np.add.at(total, inverse, weights)
    order = np.argsort(first)
    return literals[first[order]], signs[first[order]], total[order]
