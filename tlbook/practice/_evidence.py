"""Evidence of a shift from unlabeled samples: what `diagnose` measures.

A story says how the target came from the source: not at all, by other shares of
the classes, by a drift of the features.  It turns the source into samples A with
weights w that should look like the target T.  A classifier g is then asked to
tell the two apart, on samples that it was not fitted on:

    AUC = P_w(g(a) < g(t)),   standard error  sqrt((na + nt + 1) / (12 na nt))    (1)

with na = (sum w)^2 / sum w^2, the error that AUC has if the two are alike.  A story
fits if AUC is not above 1/2 by more than three of them.  Where they differ the error
is another one (DeLong et al. 1988): with p_t = P_w(g(a) < g(t)) of each target
sample and p_a = P(g(a) < g(t)) of each sample of the story,

    spread^2 = var(p_t) / nt + sum w^2 (p_a - AUC)^2 / (sum w)^2                (2)

Two stories A and B that both fit are held against each other:

    z = mean g(t) / (sd g(t) / sqrt(nt)),   g = log P(A | x) / P(B | x)            (3)

The mean of g over the target is the log likelihood ratio per sample; it is above
zero where A is nearer to the target in the sense of Kullback and Leibler.

DeLong E. R., DeLong D. M., Clarke-Pearson D. L. Comparing the areas under two or
more correlated receiver operating characteristic curves: a nonparametric approach.
Biometrics 44(3), 1988. https://doi.org/10.2307/2531595
"""

import numpy as np
from sklearn.kernel_approximation import Nystroem
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.metrics import roc_auc_score
from sklearn.neighbors import NearestNeighbors
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from tlbook.since.linear_ot import LinearOT

FOLDS = 5
LANDMARKS = 100  # of the kernel
NEAREST = 5
USUAL = 0.95  # share of the source that is no outlier of the source
FAR = 4.0  # the largest log ratio of one sample
EVEN = 3.0  # standard errors


class Landmarks(Nystroem):
    """A map to a Gaussian kernel, with no more landmarks than there are rows."""

    def fit(self, X, y=None):
        most = self.n_components
        self.n_components = min(most, len(X))
        try:
            return super().fit(X, y)
        finally:
            self.n_components = most


def reader(n_features, numbers=False):
    """Return a learner for borders of any form whose cost is linear in the rows."""
    last = (
        Ridge(1e-3)
        if numbers
        else LogisticRegression(C=10, max_iter=1000, tol=1e-3)
    )
    kernel = Landmarks(
        gamma=1 / n_features, n_components=LANDMARKS, random_state=0
    )
    return make_pipeline(StandardScaler(), kernel, last)


def folds_of(n, seed):
    """Return the fold of each of n rows."""
    return np.random.default_rng(seed).permutation(np.arange(n) % FOLDS)


def held_out(A, B, weights, folds, T=None):
    """Return log P(A | x) / P(B | x) of the rows of A and B, each from a fit without its fold.

    Parameters
    ----------
    A, B : ndarray of shape (na, d) and (nb, d)
    weights : pair of ndarray of shape (na,) and (nb,)
    folds : pair of ndarray of int, shape (na,) and (nb,)
    T : ndarray of shape (nt, d), default=None
        Rows that belong to neither: they get the mean of all fits.

    Returns
    -------
    scores : ndarray of shape (na + nb,)
    of_T : ndarray of shape (nt,), None without T
    """
    X, fold = np.concatenate([A, B]), np.concatenate(folds)
    from_A = np.arange(len(X)) < len(A)
    w = np.concatenate([w / w.mean() / len(w) for w in weights]) * len(X) / 2
    scores, of_T = np.empty(len(X)), None if T is None else np.zeros(len(T))
    for k in range(FOLDS):
        fit, rest = fold != k, fold == k
        model = reader(X.shape[1])
        Z = model[:-1].fit_transform(X[fit])  # the same with metadata routing
        model[-1].fit(Z, from_A[fit], sample_weight=w[fit])
        scores[rest] = model.decision_function(X[rest])
        if T is not None:
            of_T += np.clip(model.decision_function(T), -FAR, FAR) / FOLDS
    return scores, of_T


def told_apart(A, T, weights):
    """Return how well a story A can be told from the target, equations (1) and (2).

    Parameters
    ----------
    A, T : ndarray of shape (na, d) and (nt, d)
    weights : ndarray of shape (na,)

    Returns
    -------
    auc, error, spread : float
        The error is that of two that are alike, the spread that of these two.
    """
    na, nt = weights.sum() ** 2 / np.sum(weights**2), len(T)
    both = (np.ones(nt), weights)
    scores, _ = held_out(T, A, both, (folds_of(nt, 1), folds_of(len(A), 0)))
    of_T = np.arange(len(scores)) < nt
    auc = roc_auc_score(of_T, scores, sample_weight=np.concatenate(both))
    of_t = below(scores[nt:], weights, scores[:nt])
    of_a = 1 - below(scores[:nt], np.ones(nt), scores[nt:])
    variance = np.var(of_t, ddof=1) / nt + (
        np.sum(weights**2 * (of_a - auc) ** 2) / weights.sum() ** 2
    )
    error = np.sqrt((na + nt + 1) / (12 * na * nt))
    return auc, error, np.sqrt(variance)


def below(a, weights, at):
    """Return the share of the weight of `a` that lies below each place, of a tie a half.

    Parameters
    ----------
    a, weights : ndarray of shape (na,)
    at : ndarray of shape (n,)

    Returns
    -------
    ndarray of shape (n,)
    """
    order = np.argsort(a, kind="stable")
    mass = np.concatenate([[0.0], np.cumsum(weights[order])])
    sides = [np.searchsorted(a[order], at, side) for side in ("left", "right")]
    return (mass[sides[0]] + mass[sides[1]]) / 2 / mass[-1]


def nearer(A, B, weights, T):
    """Return by how many standard errors A is nearer to the target than B, equation (3).

    Row i of A and of B came from the same sample of the source.
    """
    fold = folds_of(len(A), 0)
    _, g = held_out(A, B, weights, (fold, fold), T)
    return g.mean() / max(g.std() / np.sqrt(len(T)), 1e-12)


def covered(Xs, Xt):
    """Return the share of target rows that lie where the source has samples.

    Such a row has its fifth neighbor of the source no farther than 95 of 100
    source rows have theirs.

    Parameters
    ----------
    Xs, Xt : ndarray of shape (ns, d) and (nt, d)

    Returns
    -------
    float
    """
    scale = StandardScaler().fit(Xs)
    k = min(NEAREST, len(Xs) - 1)
    near = NearestNeighbors(n_neighbors=k).fit(scale.transform(Xs))
    own = near.kneighbors()[0][:, -1]  # without the row itself
    far = near.kneighbors(scale.transform(Xt))[0][:, -1]
    return float(np.mean(far <= np.quantile(own, USUAL)))


def moments_matched(Xs, Xt):
    """Return the source moved and stretched to the target's mean and covariance."""
    return LinearOT().fit_map(Xs, Xt).transform(Xs, domain="source")


def has_form(X):
    """Tell whether samples can be told from a normal distribution of the same moments.

    If they cannot, a drift to another normal distribution is no evidence: it
    always fits.
    """
    n, d = X.shape
    C = np.atleast_2d(np.cov(X.T))
    noise = np.random.default_rng(0).standard_normal((n, d))
    values, vectors = np.linalg.eigh(C)
    root = vectors * np.sqrt(np.maximum(values, 0))
    auc, error, _ = told_apart(X.mean(axis=0) + noise @ root.T, X, np.ones(n))
    return auc - 0.5 >= EVEN * error
