"""Weight learning: the weighted pseudo-log-likelihood, equation (3) of `markov_logic`."""

import numpy as np
from scipy.optimize import minimize
from scipy.special import expit, log_expit

from tlbook.relation.logic.counting import flip_counts
from tlbook.relation.logic.database import Database


def as_list(databases, domain="domain"):
    """Return a list of databases; one database is a list of one.

    Raises
    ------
    ValueError
        If there is none, or if they declare different predicates.
    """
    databases = [databases] if isinstance(databases, Database) else list(databases)
    if not databases:
        raise ValueError(f"the {domain} has no database")
    if any(db.predicates != databases[0].predicates for db in databases):
        raise ValueError(f"the databases of the {domain} declare different predicates")
    return databases


def merge_rows(rows):
    """Return the distinct rows of a matrix of whole numbers, and how often each occurs.

    Rows are told apart by a random 64-bit sum; for a million rows two that differ would have the
    same sum with a chance below 1e-7.
    """
    factors = np.random.default_rng(0).integers(2**63, size=rows.shape[1])
    _, first, counts = np.unique(
        rows.astype(np.int64) @ factors, return_index=True, return_counts=True
    )
    return rows[first], counts


class Blankets:
    """What the pseudo-likelihood needs of databases: delta and truth, equal rows merged.

    Parameters
    ----------
    clauses : list of Clause
    databases : Database or list of Database
        Equation (3) is averaged over several databases.
    predicates : list of str, optional
        Predicates whose atoms are predicted; all by default.

    Attributes
    ----------
    deltas : ndarray of shape (m, n_clauses), the distinct rows of delta
    truth : ndarray of shape (m,), 0 or 1
    mass : ndarray of shape (m,), share 1/|G_r| of the merged atoms in equation (3)
    """

    def __init__(self, clauses, databases, predicates=None):
        databases = as_list(databases)
        blocks = []
        for db in databases:
            for name in predicates or list(db.predicates):
                columns = [flip_counts(clause, db, name).ravel() for clause in clauses]
                rows = np.column_stack([*columns, db.table(name).ravel()])
                distinct, counts = merge_rows(np.rint(rows))
                blocks.append((distinct, counts / (max(len(rows), 1) * len(databases))))
        rows, masses = zip(*blocks)
        self.mass = np.concatenate(masses)
        self.deltas, self.truth = np.split(np.concatenate(rows), [len(clauses)], axis=1)
        self.truth = self.truth[:, 0]

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
        value = self.mass @ log_expit(signs * field) - weights @ weights / (2 * prior_scale**2)
        residual = self.mass * (self.truth - expit(field))
        return value, self.deltas.T @ residual - weights / prior_scale**2

    def best_weights(self, start=None, prior_scale=10.0):
        """Maximize equation (3) by L-BFGS.

        Returns
        -------
        weights : ndarray of shape (n_clauses,)
        value : float, the maximum
        """

        def negative(weights):
            value, gradient = self.wpll(weights, prior_scale)
            return -value, -gradient

        start = np.zeros(self.deltas.shape[1]) if start is None else np.asarray(start, float)
        found = minimize(negative, start, jac=True, method="L-BFGS-B", options={"ftol": 1e-12})
        return found.x, -found.fun
