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

The factors and their rounds stand in `_ttl_factors`, triples in `_ttl_triples`.

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

from itertools import pairwise

import numpy as np
from scipy import sparse
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression
from sklearn.utils import check_random_state
from sklearn.utils.metaestimators import available_if

from tlbook.base import COUNT, ESTIMATOR, wraps
from tlbook.contract import TransitiveEstimator
from tlbook.frontiers._ttl_factors import TINY as TINY
from tlbook.frontiers._ttl_factors import Term as Term
from tlbook.frontiers._ttl_factors import (
    chain_terms,
    check_non_negative,
    explained,
    memberships,
    multiplicative_round,
    objective,
)
from tlbook.frontiers._ttl_factors import gradient_parts as gradient_parts
from tlbook.frontiers._ttl_triples import complexity as complexity
from tlbook.frontiers._ttl_triples import fit_selector as fit_selector
from tlbook.frontiers._ttl_triples import triple_features
from tlbook.ties import first_largest
from tlbook.validation import (
    SOURCE,
    TARGET,
    check_columns,
    check_matrix,
    check_width,
)

DOUBT = 1e-3  # added to first memberships: what is zero stays zero under (3)


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
