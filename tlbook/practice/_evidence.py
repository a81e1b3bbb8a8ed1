"""Evidence of a shift from unlabeled samples: what `diagnose` measures.

A story says how the target came from the source: not at all, by other shares of
the classes, by a drift of the features.  It turns the source into samples A with
weights w that should look like the target T.  A classifier g is then asked to
tell the two apart, on samples that it was not fitted on:

    AUC = P_w(g(a) < g(t)),   standard error  sqrt((na + nt + 1) / (12 na nt))    (1)

with na = (sum w)^2 / sum w^2, the error that AUC has if the two are alike.  A story
fits if AUC is not above 1/2 by more than three of them.  (1) takes g as given: that g
was learned from the same samples can make the true error half as large again.

Where the two differ the error is another one: with the placements p_t =
P_w(g(a) < g(t)) of each target sample and p_a = P(g(a) < g(t)) of each sample of the
story, and their differences d_t, d_a between two classifiers that learned from
different thirds of the samples and judge one of the rest,

    spread^2 = var(p_t) / nt + sum w^2 (p_a - AUC)^2 / (sum w)^2
               + K / (K - 1) [mean d_t^2 / nt + sum w^2 d_a^2 / (sum w)^2] / 2  (2)

The first line is that of a classifier that is given (DeLong et al. 1988).  The second
is what learning adds in K folds: two samples of different folds each judge what the
other has taught, so that their placements go together.  Where a placement is the
classifier's choice alone, the sum is the factor 1 + K / (K - 1) of Nadeau and Bengio
(2003).  An interval is taken of log AUC / (1 - AUC), for an area ends at 1.

Two stories A and B that both fit are held against each other:

    z = mean g(t) / (sd g(t) / sqrt(nt)),   g = log P(A | x) / P(B | x)            (3)

The mean of g over the target is the log likelihood ratio per sample; it is above
zero where A is nearer to the target in the sense of Kullback and Leibler.

DeLong E. R., DeLong D. M., Clarke-Pearson D. L. Comparing the areas under two or
more correlated receiver operating characteristic curves: a nonparametric approach.
Biometrics 44(3), 1988. https://doi.org/10.2307/2531595

Nadeau C., Bengio Y. Inference for the generalization error. Machine Learning 52, 2003.
https://doi.org/10.1023/A:1024068626366
"""

import numpy as np
from scipy.special import expit, logit
from sklearn.kernel_approximation import Nystroem
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.neighbors import NearestNeighbors
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from tlbook.since.linear_ot import LinearOT

FOLDS = 5
PARTS = 3  # of the samples, each learned from alone
LANDMARKS = 100  # of the kernel
NEAREST = 5
USUAL = 0.95  # share of the source that is no outlier of the source
FAR = 4.0  # the largest log ratio of one sample
EVEN = 3.0  # standard errors
SURE = 1.96  # standard errors on either side: 95 %


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


def folds_of(n, seed, folds=FOLDS):
    """Return the fold of each of n rows."""
    return np.random.default_rng(seed).permutation(np.arange(n) % folds)


def both_of(A, B, weights):
    """Return the rows of A and B, which are of A, and weights of which both have as much."""
    X = np.concatenate([A, B])
    w = np.concatenate([w / w.mean() / len(w) for w in weights]) * len(X) / 2
    return X, np.arange(len(X)) < len(A), w


def fitted(X, from_A, w):
    """Return a reader that learned which rows are of A."""
    model = reader(X.shape[1])
    Z = model[:-1].fit_transform(X)  # the same with metadata routing
    model[-1].fit(Z, from_A, sample_weight=w)
    return model


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
    X, from_A, w = both_of(A, B, weights)
    fold = np.concatenate(folds)
    scores, of_T = np.empty(len(X)), None if T is None else np.zeros(len(T))
    for k in range(FOLDS):
        fit, rest = fold != k, fold == k
        model = fitted(X[fit], from_A[fit], w[fit])
        scores[rest] = model.decision_function(X[rest])
        if T is not None:
            of_T += np.clip(model.decision_function(T), -FAR, FAR) / FOLDS
    return scores, of_T


def judged_twice(A, B, weights, parts):
    """Return two scores of each row, from fits on two parts of the rows that are not its own.

    Parameters
    ----------
    A, B : ndarray of shape (na, d) and (nb, d)
    weights : pair of ndarray of shape (na,) and (nb,)
    parts : pair of ndarray of int, shape (na,) and (nb,)

    Returns
    -------
    ndarray of shape (2, na + nb)
    """
    X, from_A, w = both_of(A, B, weights)
    part = np.concatenate(parts)
    scores = np.empty((PARTS - 1, len(X)))
    for k in range(PARTS):
        own = part == k
        model = fitted(X[own], from_A[own], w[own])
        for row, of_row in enumerate(scores):
            rest = part == (k + 1 + row) % PARTS
            of_row[rest] = model.decision_function(X[rest])
    return scores


def told_apart(A, T, weights):
    """Return how well a story A can be told from the target, equation (1).

    Parameters
    ----------
    A, T : ndarray of shape (na, d) and (nt, d)
    weights : ndarray of shape (na,)

    Returns
    -------
    auc, error : float
        The error is that of two that are alike.
    scores : ndarray of shape (nt + na,)
        How much each row looks like the target, those of the target first.
    """
    na, nt = weights.sum() ** 2 / np.sum(weights**2), len(T)
    both = (np.ones(nt), weights)
    scores, _ = held_out(T, A, both, (folds_of(nt, 1), folds_of(len(A), 0)))
    of_t, _ = placements(scores, weights)
    return of_t.mean(), np.sqrt((na + nt + 1) / (12 * na * nt)), scores


def area_interval(A, T, weights, scores):
    """Return the 95 % interval of an area, equation (2).

    Its least width is that of half a sample of the smaller side.

    Parameters
    ----------
    A, T, weights
        As in `told_apart`.
    scores : ndarray of shape (nt + na,)
        From there.

    Returns
    -------
    least, most : float
    """
    nt = len(T)
    parts = folds_of(nt, 3, PARTS), folds_of(len(A), 2, PARTS)
    twice = judged_twice(T, A, (np.ones(nt), weights), parts)
    of_t, of_a = placements(scores, weights)
    auc = of_t.mean()
    (t, a), (other_t, other_a) = (placements(s, weights) for s in twice)
    share = weights / weights.sum()
    given = np.var(of_t, ddof=1) / nt + np.sum((share * (of_a - auc)) ** 2)
    learned = np.mean((t - other_t) ** 2) / nt
    learned += np.sum((share * (a - other_a)) ** 2)
    spread = np.sqrt(given + FOLDS / (FOLDS - 1) * learned / 2)
    half = 0.5 / min(nt, 1 / np.sum(share**2))
    inner = np.clip(auc, half, 1 - half)
    width = SURE * max(spread, half) / (inner * (1 - inner))
    least, most = expit(logit(inner) + width * np.array([-1, 1]))
    return float(min(least, auc)), float(max(most, auc))


def placements(scores, weights):
    """Return of each target sample what lies below it, of each of the story what lies above.

    Parameters
    ----------
    scores : ndarray of shape (nt + na,)
    weights : ndarray of shape (na,)

    Returns
    -------
    of_t, of_a : ndarray of shape (nt,) and (na,)
    """
    t, a = np.split(scores, [len(scores) - len(weights)])
    return below(a, weights, t), 1 - below(t, np.ones(len(t)), a)


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
