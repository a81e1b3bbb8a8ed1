"""TCA, JDA, BDA and TJM in the straightforward form: n x n matrices, loops, one dense solver.

The oracle of their tests.  It shares no mathematics with `tlbook`.
"""

import numpy as np
import pytest
from scipy.linalg import eigh
from scipy.spatial.distance import cdist

from tlbook.datasets.cache import cache_folder

PAPERS_DATA = (
    "office_caltech10/amazon_SURF_L10.mat",
    "mnist_usps/MNIST_vs_USPS.mat",
)
needs_papers_data = pytest.mark.skipif(
    not all((cache_folder() / name).exists() for name in PAPERS_DATA),
    reason="the papers' data are not in the cache (TLBOOK_DATA)",
)


def make_pair(ns=14, nt=11, d=4, seed=0, n_classes=3):
    """Gaussian classes, the target moved and stretched."""
    rng = np.random.default_rng(seed)
    means = 2 * rng.standard_normal((n_classes, d))
    ys, yt = np.arange(ns) % n_classes, np.arange(nt) % n_classes
    Xs = means[ys] + rng.standard_normal((ns, d))
    Xt = 1.3 * means[yt] + rng.standard_normal((nt, d)) + 0.7
    return Xs, ys, Xt, yt


def kernel_of(X, kernel, gamma):
    """The n x n kernel matrix, or the samples themselves in the primal form."""
    if kernel == "primal":
        return X
    return (
        X @ X.T
        if kernel == "linear"
        else np.exp(-gamma * cdist(X, X, "sqeuclidean"))
    )


def mean_difference(source, target, ns, nt, weights=(1.0, 1.0)):
    """The matrix ee' of the difference between the means of two index sets."""
    n = ns + nt
    M = np.zeros((n, n))
    source, target = set(source), {ns + j for j in target}
    for i in range(n):
        for j in range(n):
            a = 0.0
            if i in source and j in source:
                a = weights[0] / len(source) ** 2
            elif i in target and j in target:
                a = weights[1] / len(target) ** 2
            elif (i in source and j in target) or (i in target and j in source):
                a = -np.sqrt(weights[0] * weights[1]) / (
                    len(source) * len(target)
                )
            M[i, j] = a
    return M


def marginal(ns, nt):
    return mean_difference(range(ns), range(nt), ns, nt)


def conditionals(ys, guesses, weighted=False):
    """Sum of the class-wise matrices; classes without a guess are left out."""
    ns, nt = len(ys), len(guesses)
    M = np.zeros((ns + nt, ns + nt))
    for c in set(ys) & set(guesses):
        source = [i for i in range(ns) if ys[i] == c]
        target = [j for j in range(nt) if guesses[j] == c]
        weights = (len(source) / ns, len(target) / nt) if weighted else (1.0, 1.0)
        M += mean_difference(source, target, ns, nt, weights)
    return M


def solve(F, M, ridge, k):
    """Largest solutions of F'HF a = value (F'MF + diag(ridge)) a, scaled to a'F'HF a = 1."""
    n = len(F)
    H = np.eye(n) - np.ones((n, n)) / n
    left, right = (
        F.T @ H @ F,
        F.T @ M @ F + np.diag(np.broadcast_to(ridge, F.shape[1])),
    )
    values, A = eigh((left + left.T) / 2, (right + right.T) / 2)
    values, A = values[::-1][:k], A[:, ::-1][:, :k]
    return values, A / np.sqrt(np.sum(A * (left @ A), axis=0))


def unit_columns(A):
    return A / np.linalg.norm(A, axis=0)


def dense_rounds(Xs, ys, Xt, F, learner, lam, k, n_iter, mmd):
    """The loop of JDA and BDA; `mmd(ys, guesses)` gives M of the later rounds."""
    ns, nt = len(Xs), len(Xt)
    M, guesses = marginal(ns, nt), []
    for _ in range(n_iter):
        values, A = solve(F, M / np.linalg.norm(M), lam, k)
        Z = F @ unit_columns(A)
        guesses.append(learner.fit(Z[:ns], ys).predict(Z[ns:]))
        M = mmd(ys, guesses[-1])
    return values, Z, guesses


def assert_same_embedding(Z, expected, rtol=1e-8):
    """Equal up to the signs of the columns."""
    assert Z.shape == expected.shape
    gram, wanted = Z @ Z.T, expected @ expected.T
    np.testing.assert_allclose(
        gram, wanted, atol=rtol * np.abs(wanted).max(), rtol=0
    )
