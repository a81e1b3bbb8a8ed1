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

Counting.  A grounding is false when all of its literals are.  The number of false groundings is a
sum of products of truth tables, one table per literal, shared variables being summed once: a
tensor contraction, which never visits the groundings one by one.  For delta, sets T of literals
that fall on the same atom are opened one after the other, so that clauses such as
r(x, y) v r(y, x) are counted exactly where x = y.

Cost: O(L u^3) time, O(u^2) memory for L literals that form a chain over u constants of a type, one
contraction each; every further variable that a literal ties adds a power of u to both.
"""

import itertools
import string

import numpy as np
from scipy.optimize import minimize
from scipy.special import expit, log_expit

from tlbook.relation._inference import (
    LazyNetwork,
    belief_propagation,
    exact_marginals,
    gibbs_marginals,
    ground,
)
from tlbook.relation._mcsat import mcsat_marginals
from tlbook.relation._syntax import Database, Literal, is_variable, variable_types


def _false_tables(literals, db):
    """Return for each literal the table in which 1 means that the literal is false."""
    tables = []
    for literal in literals:
        table = db.table(literal.predicate)
        table = 1 - table if literal.positive else table
        for axis, (arg, kind) in enumerate(
            zip(literal.args, db.predicates[literal.predicate].types)
        ):
            if not is_variable(arg):  # a constant keeps its own row only
                table = table.take([db.index(kind, arg)], axis=axis)
        tables.append(table)
    return tables


def _contract(literals, tables, output, sizes):
    """Sum the product of the tables over all variables that are not in `output`."""
    letters = dict(zip(sizes, string.ascii_letters))

    def subscripts(args):
        return "".join(letters[arg] for arg in args)

    inputs = [subscripts(literal.args) for literal in literals]
    loose = [arg for arg in sizes if not any(arg in literal.args for literal in literals)]
    operands = tables + [np.ones(sizes[arg]) for arg in loose]
    inputs += [letters[arg] for arg in loose]
    return np.einsum(f"{','.join(inputs)}->{subscripts(output)}", *operands, optimize="greedy")


def _sizes(clause, db):
    kinds = variable_types(clause, db.predicates)
    constants = {arg: 1 for l in clause.literals for arg in l.args if not is_variable(arg)}
    return {v: len(db.constants[kind]) for v, kind in kinds.items()} | constants


def count_groundings(clause, db):
    """Return the number of groundings of a clause, true and false."""
    return int(np.prod([float(size) for size in _sizes(clause, db).values()]))


def count_true_groundings(clause, db):
    """Return n_i(x), the number of true groundings of a clause, in equation (1).

    Parameters
    ----------
    clause : Clause
    db : Database
        The world x.

    Returns
    -------
    int
    """
    tables = _false_tables(clause.literals, db)
    false = _contract(clause.literals, tables, (), _sizes(clause, db))
    return count_groundings(clause, db) - round(float(false))


def _unify(literals, head):
    """Rename the variables of `literals` so that all of them become the atom `head`.

    Returns
    -------
    dict of renamed terms, or None if two different constants would have to be equal
    """
    renamed = {}

    def find(term):
        while term in renamed:
            term = renamed[term]
        return term

    for literal in literals:
        for arg, goal in zip(literal.args, head.args):
            a, b = find(arg), find(goal)
            if a == b:
                continue
            if not is_variable(a):
                a, b = b, a
            if not is_variable(a):
                return None
            renamed[a] = b
    return {term: find(term) for term in renamed}


def flip_counts(clause, db, predicate):
    """Return delta_i(g) of equation (2) for every ground atom g of a predicate.

    Parameters
    ----------
    clause : Clause
    db : Database
    predicate : str

    Returns
    -------
    ndarray, one entry per ground atom, in the shape of `db.table(predicate)`
    """
    here = [l for l in clause.literals if l.predicate == predicate]
    sign = 1 - 2 * db.table(predicate)  # +1 where the atom is false, -1 where it is true
    delta = np.zeros(db.shape(predicate))
    for count in range(1, len(here) + 1):
        for opened in itertools.combinations(here, count):
            rest = list(clause.literals)
            for literal in opened:
                rest.remove(literal)
            rename = _unify(opened[1:], opened[0])
            if rename is None:
                continue
            direction = np.prod([-1 if literal.positive else 1 for literal in opened])
            falls = _false_where(opened[0], rest, rename, clause, db)
            delta -= sign ** (count + 1) * direction * falls
    return delta


def _false_where(head, rest, rename, clause, db):
    """Count, for each atom that `head` may become, the groundings where `rest` is false."""

    def renamed(literal):
        args = tuple(rename.get(arg, arg) for arg in literal.args)
        return Literal(literal.predicate, args, literal.positive)

    head, rest = renamed(head), [renamed(literal) for literal in rest]
    sizes = {rename.get(arg, arg): size for arg, size in reversed(_sizes(clause, db).items())}
    sizes.update((arg, 1) for arg in sizes if not is_variable(arg))
    output = tuple(dict.fromkeys(head.args))  # a repeated variable appears once
    counts = _contract(rest, _false_tables(rest, db), output, sizes)
    table = np.zeros(db.shape(head.predicate))
    kinds = db.predicates[head.predicate].types
    places = []
    for arg, kind in zip(head.args, kinds):
        if is_variable(arg):
            index = np.arange(len(db.constants[kind]))
        else:
            index = np.array([db.index(kind, arg)])
        shape = [1] * len(output)
        shape[output.index(arg)] = len(index)
        places.append(index.reshape(shape))
    table[tuple(places)] = counts
    return table


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
        self._refuse_hard_clauses("learning")
        blankets = Blankets(self.clauses, db, predicates)
        weights, _ = blankets.best_weights([c.weight for c in self.clauses], prior_scale)
        self.clauses = [c.with_weight(w) for c, w in zip(self.clauses, weights)]
        return self

    def _refuse_hard_clauses(self, user):
        hard = [clause for clause in self.clauses if np.isinf(clause.weight)]
        if hard:
            raise ValueError(f"{user} needs finite weights, and {hard[0]} is a hard clause")

    def conditionals(self, db, predicate):
        """Return P(g = 1 | all other atoms) for each atom of a predicate, equation (2)."""
        self._refuse_hard_clauses("equation (2)")
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
        methods = {
            "exact": exact_marginals,
            "gibbs": gibbs_marginals,
            "belief propagation": belief_propagation,
            "mc-sat": mcsat_marginals,
        }
        if method not in methods:
            raise ValueError(f"method must be one of {sorted(methods)}, not {method!r}")
        if method in ("gibbs", "belief propagation"):
            self._refuse_hard_clauses(method)
        unknown = [name for name in query if name not in self.predicates]
        if unknown:
            raise ValueError(f"unknown predicate {unknown[0]!r} in the query")
        build = LazyNetwork if method == "belief propagation" else ground
        chances = methods[method](build(self.clauses, db, list(query)), **options)
        cuts = np.cumsum([np.prod(db.shape(name)) for name in query])[:-1]
        parts = np.split(chances, cuts.astype(int))
        return {name: part.reshape(db.shape(name)) for name, part in zip(query, parts)}
