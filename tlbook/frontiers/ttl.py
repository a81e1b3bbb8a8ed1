"""TTL, transitive transfer learning.

Tan B., Song Y., Zhong E., Yang Q. Transitive transfer learning. KDD 2015,
1155-1164. https://doi.org/10.1145/2783258.2783295

Source and target share (almost) no feature.  An intermediate domain shares some
with each.  Every domain is explained by prototypes, one column of features per
class, and the prototypes of two neighboring domains have a part in common:

    |Xs - Gs Ps'|^2 + |Xi - Gi Pi'|^2 + |Xi - Gi Qi'|^2 + |Xt - Gt Pt'|^2      (1)
    Ps = F A + Fs As,       Pi = F A + Fi Ai          the link s - i shares F and A
    Qi = F' A' + F'i A'i,   Pt = F' A' + Ft At        the link i - t shares F' and A'  (2)
    U <- U * sqrt([-gradient]_+ / [gradient]_+)       for every factor U but Gs        (3)
    class of x_j = argmax_c G_jc (1' P_c)             the largest explained part of x_j  (4)

    Xs (ns, d), Xi (ni, d), Xt (nt, d)  non-negative samples in rows, each scaled to |X|_F = 1
    F  (d, p), A (p, C)   shared clusters of features and what they say about the classes
    Fs (d, q), As (q, C)  the domain's own clusters; likewise Fi, F'i, Ft
    G  (n, C)             memberships; Gs is given by the labels, Gi stands in both links

Which intermediate?  A logistic model of six numbers, three complexities and three
A-distances, learned from triples of domains whose outcome is known, see
`select_intermediate`.

Cost: O(nnz (p + q + C)) time a round, O(nnz + (n + d) (p + q + C)) memory for X
with nnz entries; no n x d array.

Deviations.  The paper's code is not public and not all of its details are known
here.  After each round the paper scales the columns of F and the rows of G to sum
1; no such step is taken, so that (1) falls in every round, and (4) weighs the
columns of G, whose scale is then arbitrary, instead. The memberships start from a
chain of classifiers: one learned on the source guesses the intermediate, one
learned on these guesses guesses the target.  Words are counted as rare below a
share of the samples.
"""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from scipy import sparse
from scipy.sparse.linalg import svds
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils import check_random_state
from sklearn.utils.metaestimators import available_if

from tlbook.base import COUNT, ESTIMATOR, wraps
from tlbook.contract import TransitiveEstimator
from tlbook.discrepancy import proxy_a_distance
from tlbook.ties import first_largest
from tlbook.validation import (
    SOURCE,
    TARGET,
    check_columns,
    check_matrix,
    check_rows,
    check_width,
)

TINY = np.finfo(float).tiny
DOUBT = 1e-3  # added to first memberships: what is zero stays zero under (3)


@dataclass(frozen=True)
class Term:
    """One summand |X - G P'|^2 of (1): the samples, and the names of its factors.

    P = F1 A1 + F2 A2 + ..., with F and A named in the same order.
    """

    X: object
    G: str
    F: tuple
    A: tuple

    def prototypes(self, factors):
        """Return P, equation (2), of shape (d, C)."""
        return sum(factors[f] @ factors[a] for f, a in zip(self.F, self.A))


def chain_terms(domains):
    """Return the terms of (1) for a chain of domains; neighbors share one block of F and of A.

    Parameters
    ----------
    domains : list of (n_i, d) matrices, source first, target last

    Returns
    -------
    list of Term, two for each link
    """
    terms = []
    for link in range(len(domains) - 1):
        for domain in (link, link + 1):
            own = f"{link}.{domain}"
            terms.append(
                Term(
                    domains[domain],
                    f"G{domain}",
                    (f"F{link}", f"F{own}"),
                    (f"A{link}", f"A{own}"),
                )
            )
    return terms


def objective(terms, factors):
    """Return (1).

    Parameters
    ----------
    terms : list of Term
    factors : dict of str to ndarray

    Returns
    -------
    float
    """
    total = 0.0
    for term in terms:
        P, G = term.prototypes(factors), factors[term.G]
        total += term.X.multiply(term.X).sum() - 2 * np.sum((term.X.T @ G) * P)
        total += np.sum((G.T @ G) * (P.T @ P))
    return float(total)


def gradient_parts(name, terms, factors):
    """Return the positive and the negative part of half the gradient of (1) in one factor.

    A factor that stands in several terms, a shared block, gets the sum over them.

    Returns
    -------
    up, down : ndarray of the shape of the factor; the gradient is 2 (up - down)
    """
    up = down = 0.0
    for term in terms:
        if name not in (term.G, *term.F, *term.A):
            continue
        P, G = term.prototypes(factors), factors[term.G]
        if name == term.G:
            up, down = up + G @ (P.T @ P), down + term.X @ P
            continue
        toward, from_here = term.X.T @ G, P @ (G.T @ G)  # (d, C)
        if name in term.F:
            A = factors[term.A[term.F.index(name)]]
            up, down = up + from_here @ A.T, down + toward @ A.T
        else:
            F = factors[term.F[term.A.index(name)]]
            up, down = up + F.T @ from_here, down + F.T @ toward
    return up, down


def multiplicative_round(terms, factors, names):
    """Apply (3) to the named factors, one after the other, in place."""
    for name in names:
        up, down = gradient_parts(name, terms, factors)
        factors[name] *= np.sqrt(down / np.maximum(up, TINY))


def memberships(X, P, G, n_iter):
    """Apply (3) to the memberships alone, with the prototypes as they are.

    Parameters
    ----------
    X : csr_array of shape (n, d), non-negative
    P : ndarray of shape (d, C), non-negative
    G : ndarray of shape (n, C), positive
        Where to start from.
    n_iter : int

    Returns
    -------
    ndarray of shape (n, C)
    """
    XP, PP = X @ P, P.T @ P
    for _ in range(n_iter):
        G = G * np.sqrt(XP / np.maximum(G @ PP, TINY))
    return G


def explained(G, P):
    """Return how much of each sample each class explains, equation (4), of shape (n, C)."""
    return G * P.sum(axis=0)


def complexity(X, rare=0.02):
    """Return the share of a domain's features that stand in few of its samples: its long tail.

    Parameters
    ----------
    X : csr_array or ndarray of shape (n, d)
    rare : float
        Few is fewer than this share of the samples.

    Returns
    -------
    float from 0 to 1
    """
    counts = np.asarray((sparse.csr_array(X) != 0).sum(axis=0)).ravel()
    counts = counts[counts > 0]
    return float(np.mean(counts < rare * X.shape[0]))


def triple_features(Xs, Xi, Xt, n_directions=30):
    """Return what the choice of an intermediate domain is based on.

    Parameters
    ----------
    Xs, Xi, Xt : csr_array or ndarray of shape (n, d)
    n_directions : int
        The A-distance of two domains is taken in this many singular directions of
        both together, or in all if there are no more.

    Returns
    -------
    ndarray of shape (6,): complexity of s, i, t; A-distance of s-i, i-t, s-t
    """

    def distance(Xa, Xb):
        pool = sparse.vstack([sparse.csr_array(Xa), sparse.csr_array(Xb)]).astype(
            float
        )
        if min(pool.shape) <= n_directions:  # all directions that there are
            U, S, _ = np.linalg.svd(pool.toarray(), full_matrices=False)
        else:
            U, S, _ = svds(pool, n_directions, rng=0)
        Z = U * S
        return proxy_a_distance(Z[: Xa.shape[0]], Z[Xa.shape[0] :])

    pairs = ((Xs, Xi), (Xi, Xt), (Xs, Xt))
    return np.array(
        [*map(complexity, (Xs, Xi, Xt)), *(distance(a, b) for a, b in pairs)]
    )


def fit_selector(features, helped):
    """Learn from known triples when an intermediate domain helps.

    Parameters
    ----------
    features : array-like of shape (m, 6)
        One row of `triple_features` per triple.
    helped : array-like of bool, shape (m,)
        Whether the transfer through the intermediate beat the direct one.

    Returns
    -------
    fitted logistic regression of the standardized features
    """
    check_rows(features, "features", helped=helped)
    return make_pipeline(StandardScaler(), LogisticRegression()).fit(
        features, helped
    )


def select_intermediate(selector, Xs, Xt, candidates):
    """Return the candidate that most probably helps, and all probabilities.

    Parameters
    ----------
    selector : what `fit_selector` returns
    Xs, Xt : csr_array or ndarray of shape (n, d)
        Source and target.
    candidates : dict of str to csr_array or ndarray of shape (n, d)

    Returns
    -------
    name : str
    probabilities : dict of str to float

    Raises
    ------
    ValueError
        If there is no candidate, or on bad input.
    """
    if not candidates:
        raise ValueError(
            "candidates is empty: there is no intermediate domain to select"
        )
    names = getattr(Xs, "columns", None)
    for X, name in (
        (Xt, TARGET),
        *((X, f"candidates[{k!r}]") for k, X in candidates.items()),
    ):
        check_columns(X, name, names, SOURCE)
    Xs = check_matrix(Xs, SOURCE, accept_sparse="csr")
    Xt = check_matrix(Xt, TARGET, accept_sparse="csr")
    candidates = {
        k: check_matrix(X, f"candidates[{k!r}]", accept_sparse="csr")
        for k, X in candidates.items()
    }
    check_width(Xt, TARGET, Xs.shape[1], SOURCE)
    for k, X in candidates.items():
        check_width(X, f"candidates[{k!r}]", Xs.shape[1], SOURCE)
    Z = np.array([triple_features(Xs, Xi, Xt) for Xi in candidates.values()])
    p = selector.predict_proba(Z)[:, 1]
    names = list(candidates)
    return names[first_largest(p)], dict(zip(names, p.tolist()))


def check_non_negative(X, name):
    """Refuse samples that a non-negative factorization cannot explain.

    Raises
    ------
    ValueError
        If X has negative values, or rows without any feature.
    """
    if X.min() < 0:
        raise ValueError(
            f"{name} has negative values; TTL factors non-negative ones"
        )
    empty = int(np.sum(np.asarray(X.sum(axis=1)).ravel() == 0))
    if empty:
        raise ValueError(
            f"{name} has {empty} samples without any feature; leave them out"
        )


class TTL(TransitiveEstimator):
    """Transitive transfer: source to target through an intermediate domain.

    Parameters
    ----------
    estimator : classifier, default=None
        Guesses the first memberships; None is logistic regression with balanced
        classes.
    n_shared, n_own : int, default=10
        Clusters p of features that neighboring domains share, and q that each has
        for itself.
    n_iter : int, default=20
        Rounds of (3).  More explain the texts better, not always their classes:
        see the chapter.
    random_state : int, RandomState or None, default=0
        Of the first F and A.

    Attributes
    ----------
    estimator_ : classifier that made the first guess of the target
    prototypes_ : ndarray of shape (d, C)
        Pt, what the classes look like in the target.
    scale_ : float
        |Xt|_F, by which samples of the target are divided.
    intermediate_labels_ : ndarray of shape (ni,)
        Classes of the intermediate samples, if there are any.
    objective_ : ndarray of shape (n_iter,)
        Value of (1) after each round.

    References
    ----------
    Tan, Song, Zhong, Yang, KDD 2015, https://doi.org/10.1145/2783258.2783295
    """

    _accept_sparse = True
    _needs_classes = "SFA"
    _parameter_constraints = {
        "estimator": ESTIMATOR,
        "n_shared": COUNT,
        "n_own": COUNT,
        "n_iter": COUNT,
        "random_state": ["random_state"],
    }

    def __init__(
        self, estimator=None, n_shared=10, n_own=10, n_iter=20, random_state=0
    ):
        self.estimator = estimator
        self.n_shared = n_shared
        self.n_own = n_own
        self.n_iter = n_iter
        self.random_state = random_state

    @staticmethod
    def _default_estimator():
        return LogisticRegression(C=10, class_weight="balanced", max_iter=1000)

    def _fit(self, Xs, ys, Xt, yt, Xi):
        if Xt is None:
            self.prototypes_ = None
            self.estimator_ = clone(self._learner()).fit(Xs, ys)
            return
        chain = {SOURCE: Xs, "X_intermediate": Xi, TARGET: Xt}
        domains = {name: X for name, X in chain.items() if X is not None}
        for name, samples in domains.items():
            check_non_negative(samples, name)
        self._factor(
            [sparse.csr_array(A).astype(float) for A in domains.values()], ys
        )

    def _factor(self, domains, ys):
        rng = check_random_state(self.random_state)
        C, d = len(self.classes_), domains[0].shape[1]
        factors = {
            f"G{i}": G for i, G in enumerate(self._first_memberships(domains, ys))
        }
        terms = chain_terms([X / sparse.linalg.norm(X) for X in domains])
        for term in terms:
            for F, A, p in zip(term.F, term.A, (self.n_shared, self.n_own)):
                if F not in factors:
                    factors[F], factors[A] = (
                        rng.random((d, p)) / d,
                        rng.random((p, C)),
                    )
        free = [name for name in factors if name != "G0"]
        # A, F, then G: at first only G is better than chance
        free.sort(key=lambda name: name[0])
        self.objective_ = np.empty(self.n_iter)
        for step in range(self.n_iter):
            multiplicative_round(terms, factors, free)
            self.objective_[step] = objective(terms, factors)
        self.prototypes_ = terms[-1].prototypes(factors)
        self.scale_ = sparse.linalg.norm(domains[-1])
        if len(domains) == 3:
            parts = explained(factors["G1"], terms[1].prototypes(factors))
            self.intermediate_labels_ = self.classes_[parts.argmax(axis=1)]

    def _first_memberships(self, domains, ys):
        """Return a (n_i, C) matrix per domain: the labels, then the guesses along the chain."""
        chain = [np.eye(len(self.classes_))[np.searchsorted(self.classes_, ys)]]
        for known, X in pairwise(domains):
            labels = self.classes_[chain[-1].argmax(axis=1)]
            if len(np.unique(labels)) < 2:
                raise ValueError(
                    "the first guess puts all intermediate samples into class "
                    f"{labels[0]!r}: source and intermediate share too little"
                )
            self.estimator_ = clone(self._learner()).fit(known, labels)
            chain.append(self._guess(X))
        return chain

    def _guess(self, X):
        """Return positive memberships (n, C) from the estimator's probabilities or classes."""
        G = np.full((X.shape[0], len(self.classes_)), DOUBT)
        if hasattr(self.estimator_, "predict_proba"):
            columns = np.searchsorted(self.classes_, self.estimator_.classes_)
            G[:, columns] += self.estimator_.predict_proba(X)
        else:
            labels = np.searchsorted(self.classes_, self.estimator_.predict(X))
            G[np.arange(len(labels)), labels] += 1
        return G

    def _parts(self, X):
        check_non_negative(X, "X")
        X = sparse.csr_array(X).astype(float)
        G = memberships(
            X / self.scale_, self.prototypes_, self._guess(X), self.n_iter
        )
        return explained(G, self.prototypes_)

    def predict(self, X):
        """Predict the class of target samples: the one that explains most of each, equation (4).

        As in fit, the memberships start from the guess of `estimator_` and take
        `n_iter` rounds.

        Parameters
        ----------
        X : non-negative array-like or sparse of shape (n, d)

        Returns
        -------
        ndarray of shape (n,)

        Raises
        ------
        ValueError
            On negative values, or a sample without any feature.
        """
        X = self._check_predict(X)
        if self.prototypes_ is None:
            return self.estimator_.predict(X)
        return self.classes_[self._parts(X).argmax(axis=1)]

    @available_if(wraps("predict_proba"))
    def predict_proba(self, X):
        """Return the share of each class in what is explained of target samples.

        Parameters
        ----------
        X : non-negative array-like or sparse of shape (n, d)

        Returns
        -------
        ndarray of shape (n, n_classes), columns in the order of `classes_`
        """
        X = self._check_predict(X)
        if self.prototypes_ is None:
            return self.estimator_.predict_proba(X)
        parts = self._parts(X)
        return parts / parts.sum(axis=1, keepdims=True)
