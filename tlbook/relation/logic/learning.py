"""Weight learning: the weighted pseudo-log-likelihood, equation (3) of `markov_logic`.

A clause with a constant says something of few atoms.  What clauses say, delta, is a
sparse matrix of atoms and clauses, in which equal rows are one.  A functional
predicate has one term for each block of atoms, see `functional`.

Cost: O(E) time a step of L-BFGS and O(E) memory, for E pairs of a clause and an atom
of which it says something.
"""

import numpy as np
from scipy import sparse
from scipy.optimize import minimize
from scipy.special import expit, log_expit
from sklearn.exceptions import ConvergenceWarning

from tlbook._warn import warn
from tlbook.relation.logic.counting import (
    count_groundings,
    count_true_groundings,
    flip_counts,
)
from tlbook.relation.logic.database import Database
from tlbook.relation.logic.functional import (
    block_likelihood,
    blocks_of,
    value_counts,
)
from tlbook.relation.logic.terms import plain_literals

PRIOR_SCALE = 10.0
LBFGS, MOST_SLOPE = {"ftol": 1e-14, "gtol": 1e-7}, 1e-4


def as_list(databases, domain="domain"):
    """Return a list of databases; one database is a list of one.

    Raises
    ------
    ValueError
        If there is none, or if they declare different predicates.
    """
    databases = (
        [databases] if isinstance(databases, Database) else list(databases)
    )
    if not databases:
        raise ValueError(f"the {domain} has no database")
    if any(db.predicates != databases[0].predicates for db in databases):
        raise ValueError(
            f"the databases of the {domain} declare different predicates"
        )
    return databases


def merge_rows(rows):
    """Return the distinct rows of a matrix, dense or sparse, of whole numbers, and their counts.

    Rows are told apart by a random 64-bit sum; for a million rows two that differ
    would have the same sum with a chance below 1e-7.
    """
    factors = np.random.default_rng(0).integers(2**63, size=rows.shape[1])
    _, first, counts = np.unique(
        rows.astype(np.int64) @ factors, return_index=True, return_counts=True
    )
    return rows[first], counts


def data_unit(clause, databases, predicates=None, part=None):
    """Return 1/N_i of equation (3): what one atom counts, of the clause's rarest predicate.

    Parameters
    ----------
    clause : Clause
    databases : list of Database
    predicates : list of str, optional
        Predicates whose atoms are predicted; all by default.
    part : list of dict, optional
        Atoms that count, see `Blankets`.
    """
    names = {l.predicate for l in plain_literals(clause)} & set(
        predicates or databases[0].facts
    )
    sizes = [
        sum(
            db.table(name).size if part is None else part[i][name].sum()
            for i, db in enumerate(databases)
        )
        for name in names
    ]
    return 1 / max(1, min(sizes, default=1))


def free_atoms(hard, databases):
    """Tell which atoms no hard clause fixes: P(x_g | rest) of the others is 1 whatever the weights.

    Of a functional predicate, tell which values no hard clause excludes.

    Returns
    -------
    list of dict of str to ndarray of bool, see `Blankets`

    Raises
    ------
    ValueError
        If the facts break a hard clause.
    """
    free = []
    for db in databases:
        free.append(
            {
                name: np.ones(db.table(name).size, dtype=bool)
                for name in db.predicates
            }
        )
        for clause in hard:
            wanted = count_groundings(clause, db) if clause.weight > 0 else 0
            if count_true_groundings(clause, db) != wanted:
                raise ValueError(f"the facts break the hard clause {clause}")
            for name, mask in free[-1].items():
                if db.predicates[name].functional:
                    counts = value_counts(clause, db, name).ravel()
                    atoms, values = blocks_of(db, name)
                    now = np.take_along_axis(counts[atoms], values[:, None], 1)
                    mask[atoms] &= np.rint(counts[atoms] - now) == 0
                    continue
                delta = flip_counts(clause, db, name).ravel()
                mask &= np.rint(delta) == 0
    return free


def delta_matrix(clauses, db, name):
    """Return what each clause says of each atom, or of each value, of a predicate.

    Returns
    -------
    sparse array of shape (n_atoms, n_clauses), by columns
    """
    values, rows, ends = [], [], [0]
    counts = value_counts if db.predicates[name].functional else flip_counts
    for clause in clauses:
        delta = np.rint(counts(clause, db, name).ravel())
        touched = np.flatnonzero(delta)
        values.append(delta[touched])
        rows.append(touched.astype(np.int32))
        ends.append(ends[-1] + len(touched))
    shape = (db.table(name).size, len(clauses))
    if not clauses:
        return sparse.csc_array(shape)
    return sparse.csc_array(
        (np.concatenate(values), np.concatenate(rows), ends), shape
    )


class Blankets:
    """What the pseudo-likelihood needs of databases: delta and truth, equal rows merged.

    Parameters
    ----------
    clauses : list of Clause
    databases : Database or list of Database
        Equation (3) is averaged over several databases.
    predicates : list of str, optional
        Predicates whose atoms are predicted; all by default.
    part : list of dict of str to ndarray of bool, optional
        For each database and predicate, the atoms (flat) that count; all by
        default.

    Attributes
    ----------
    deltas : sparse array of shape (m, n_clauses), the distinct rows of delta
    truth : ndarray of shape (m,), 0 or 1
    mass : ndarray of shape (m,), share 1/|G_r| of the merged atoms in equation (3)
    units : ndarray of shape (n_clauses,), 1/N_i of equation (3)
    blocks : list of tuple
        For functional predicates: what is said of each value, where each block
        begins, which value is true, and the share of a block.
    """

    def __init__(self, clauses, databases, predicates=None, part=None):
        databases = as_list(databases)
        self.units = np.array(
            [data_unit(c, databases, predicates, part) for c in clauses]
        )
        blocks, self.blocks = [], []
        for i, db in enumerate(databases):
            for name in predicates or list(db.predicates):
                if db.predicates[name].functional:
                    counts = None if part is None else part[i][name]
                    self._add_blocks(clauses, db, name, len(databases), counts)
                    continue
                truth = db.table(name).reshape(-1, 1)
                deltas = delta_matrix(clauses, db, name)
                rows = sparse.hstack([deltas, truth], format="csr")
                rows = rows if part is None else rows[part[i][name]]
                distinct, counts = merge_rows(rows)
                total = max(rows.shape[0], 1) * len(databases)
                blocks.append((distinct, counts / total))
        none = sparse.csr_array((0, len(clauses) + 1)), np.empty(0)
        rows, masses = zip(none, *blocks)
        rows, self.mass = sparse.vstack(rows, "csr"), np.concatenate(masses)
        self.deltas = rows[:, : len(clauses)]
        self.truth = rows[:, [len(clauses)]].toarray()[:, 0]

    def _add_blocks(self, clauses, db, name, n_databases, part):
        atoms, values = blocks_of(db, name)
        if not atoms.size:
            return
        true = np.arange(atoms.shape[1]) == values[:, None]
        counts = np.ones(atoms.shape, bool) if part is None else part[atoms]
        said = delta_matrix(clauses, db, name).tocsr()[atoms[counts]]
        sizes = counts.sum(axis=1)
        self.blocks.append(
            (
                said,
                np.cumsum(sizes) - sizes,
                true[counts],
                1 / len(atoms) / n_databases,
            )
        )

    def wpll(self, weights, prior_scale=np.inf):
        """Return equation (3) and its gradient.

        Parameters
        ----------
        weights : ndarray of shape (n_clauses,)
        prior_scale : float
            Standard deviation s of the Gaussian prior; infinite means none.

        Returns
        -------
        value : float
        gradient : ndarray of shape (n_clauses,)
        """
        field = self.deltas @ weights  # (m,)
        signs = 2 * self.truth - 1
        pull = self.units * weights / prior_scale**2
        value = self.mass @ log_expit(signs * field) - weights @ pull / 2
        residual = self.mass * (self.truth - expit(field))
        gradient = self.deltas.T @ residual - pull
        for said, starts, true, share in self.blocks:
            logs, chances = block_likelihood(said @ weights, starts, true)
            value += share * logs.sum()
            gradient += share * (said.T @ (true - chances))
        return value, gradient

    def best_weights(self, start=None, prior_scale=PRIOR_SCALE):
        """Maximize equation (3) by L-BFGS.

        Returns
        -------
        weights : ndarray of shape (n_clauses,)
        value : float, the maximum

        Warns
        -----
        ConvergenceWarning
            If L-BFGS stops where (3) still rises.
        """

        def negative(weights):
            value, gradient = self.wpll(weights, prior_scale)
            return -value, -gradient

        start = (
            np.zeros(self.deltas.shape[1])
            if start is None
            else np.asarray(start, float)
        )
        found = minimize(
            negative, start, jac=True, method="L-BFGS-B", options=LBFGS
        )
        slope = np.abs(found.jac).max(initial=0.0)
        if not found.success and slope > MOST_SLOPE:
            warn(
                "the weights are not the best: L-BFGS stopped after "
                f"{found.nit} steps at a slope of {slope:.1e}, {found.message}",
                ConvergenceWarning,
            )
        return found.x, -found.fun
