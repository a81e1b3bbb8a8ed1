"""How L2T looks at two domains: discrepancy, its variance, and discriminability under a map.

    h_k(i,j) = k(s_i,s_j) + k(t_i,t_j) - k(s_i,t_j) - k(s_j,t_i)                       (1)
    d_k = mean_{i != j} h_k(i,j),  Q_kl = cov_{i != j}(h_k, h_l)       MMD^2, variance   (2)
    tau_k = sum_ij w^N_k,ij |t_i - t_j|^2 / sum_ij w^L_k,ij |t_i - t_j|^2                (3)

The numbers of equations and the symbols are those of `l2t`.

Cost: O(K m^2 + m^2 k) time, O(K m^2) memory for K kernels and maps to k columns.
"""

from typing import NamedTuple

import numpy as np
from sklearn.utils import check_random_state

from tlbook.kernels import squared_distances
from tlbook.ties import smallest_first

GAMMAS = 0.5 * 2.0 ** np.arange(-3, 4)  # (K,), around the mean squared distance 2
NEIGHBORS = 5


class Pair(NamedTuple):
    """Two domains as the reflection sees them.

    Xs, Xt : (m, d) drawn samples; S : (d, d) their pooled covariance;
    far, near : (K, m, m) weights w^N and w^L of the pairs of target samples, each
    of sum 1.
    """

    Xs: np.ndarray
    Xt: np.ndarray
    S: np.ndarray
    far: np.ndarray
    near: np.ndarray


class Statistics(NamedTuple):
    """What equation (4) is computed from: d (K,), Q (K, K) and tau (K,)."""

    d: np.ndarray
    Q: np.ndarray
    tau: np.ndarray


def unit_spread(W, S):
    """Return W scaled so that tr(W' S W) = 1, for the pooled covariance S of shape (d, d)."""
    return W / np.sqrt(np.sum(W * (S @ W)))


def mmd_terms(Zs, Zt, gammas=GAMMAS):
    """Return h of equation (1) for all i != j.

    Parameters
    ----------
    Zs, Zt : ndarray of shape (m, k)

    Returns
    -------
    ndarray of shape (K, m (m - 1))
    """
    off = ~np.eye(len(Zs), dtype=bool)
    distances = [
        squared_distances(*pair) for pair in ((Zs, Zs), (Zt, Zt), (Zs, Zt))
    ]
    terms = []
    for gamma in gammas:
        ss, tt, st = (np.exp(-gamma * D) for D in distances)
        terms.append((ss + tt - st - st.T)[off])
    return np.array(terms)


def neighbor_graph(D, k=NEIGHBORS):
    """Return which samples are among the k nearest of one another, in either direction.

    Parameters
    ----------
    D : ndarray of shape (m, m), distances

    Returns
    -------
    ndarray of bool, shape (m, m), symmetric, the diagonal False
    """
    m = len(D)
    others = D + np.diag(np.full(m, np.inf))
    nearest = np.array([smallest_first(row)[: min(k, m - 1)] for row in others])
    graph = np.zeros((m, m), dtype=bool)
    graph[np.arange(m)[:, None], nearest] = True
    return graph | graph.T


def target_graphs(Xt, gammas=GAMMAS):
    """Return w^N and w^L of equation (3), weighted by each kernel.

    Parameters
    ----------
    Xt : ndarray of shape (m, d)

    Returns
    -------
    far, near : ndarray of shape (K, m, m), symmetric, each of the K matrices with sum 1

    Raises
    ------
    ValueError
        If every target sample is a neighbor of every other: there are too few.
    """
    D = squared_distances(Xt)
    graph, off = neighbor_graph(D), ~np.eye(len(D), dtype=bool)
    if not np.any(off & ~graph):
        raise ValueError(
            f"{len(D)} samples are too few: all are among {NEIGHBORS} neighbors"
        )
    kernels = [np.exp(-gamma * 2 * D / D.mean()) * off for gamma in gammas]
    # (2, K, m, m)
    sides = np.array([[K * side for K in kernels] for side in (~graph, graph)])
    far, near = sides / sides.sum(axis=(2, 3), keepdims=True)
    return far, near


def discriminability(Zt, far, near):
    """Return the numerators and denominators of tau, equation (3).

    Parameters
    ----------
    Zt : ndarray of shape (m, k)
        Mapped target samples.
    far, near : ndarray of shape (K, m, m)

    Returns
    -------
    apart, together : ndarray of shape (K,)
        Mean squared distance of samples that are not neighbors, and of neighbors.
    """
    D = squared_distances(Zt)
    return tuple(np.tensordot(side, D, axes=2) for side in (far, near))


def look_at(Xs, Xt, max_samples=200, random_state=0):
    """Draw equally many samples of two domains and prepare their statistics.

    Parameters
    ----------
    Xs, Xt : ndarray of shape (ns, d) and (nt, d)
    max_samples : int
        Of each domain.
    random_state : int, RandomState or None

    Returns
    -------
    Pair
    """
    rng = check_random_state(random_state)
    m = min(len(Xs), len(Xt), max_samples)
    drawn = [np.sort(rng.permutation(len(X))[:m]) for X in (Xs, Xt)]
    As, At = (np.asarray(X[i], dtype=float) for X, i in zip((Xs, Xt), drawn))
    center = (As.mean(axis=0) + At.mean(axis=0)) / 2
    As, At = As - center, At - center
    S = (As.T @ As + At.T @ At) / (2 * m)
    return Pair(As, At, S, *target_graphs(At))


def statistics_of(pair, W):
    """Return d, Q and tau of a map, equations (2) and (3).

    Parameters
    ----------
    pair : Pair
    W : ndarray of shape (d, k)

    Returns
    -------
    Statistics
    """
    W = unit_spread(W, pair.S)
    H = mmd_terms(pair.Xs @ W, pair.Xt @ W)
    apart, together = discriminability(pair.Xt @ W, pair.far, pair.near)
    return Statistics(H.mean(axis=1), np.cov(H), apart / together)
