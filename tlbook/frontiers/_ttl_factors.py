"""The factors of a chain of domains in TTL, and a round of updates that betters each of them.

    |Xs - Gs Ps'|^2 + |Xi - Gi Pi'|^2 + |Xi - Gi Qi'|^2 + |Xt - Gt Pt'|^2      (1)
    Ps = F A + Fs As,       Pi = F A + Fi Ai          the link s - i shares F and A
    Qi = F' A' + F'i A'i,   Pt = F' A' + Ft At        the link i - t shares F' and A'  (2)
    U <- U * sqrt([-gradient]_+ / [gradient]_+)       for every factor U but Gs        (3)
    class of x_j = argmax_c G_jc (1' P_c)             the largest explained part of x_j  (4)

The numbers of equations and the symbols are those of `ttl`.

Cost: O(nnz (p + q + C)) time a round, O(nnz + (n + d) (p + q + C)) memory.
"""

from dataclasses import dataclass

import numpy as np

TINY = np.finfo(float).tiny


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
