"""Open set: the target holds classes that the source has never seen.

Panareda Busto P., Gall J. Open set domain adaptation. ICCV 2017.
https://doi.org/10.1109/ICCV.2017.88
Otsu N. A threshold selection method from gray-level histograms. IEEE Transactions
on Systems, Man, and Cybernetics 9(1), 1979.
https://doi.org/10.1109/TSMC.1979.4310076
Bucci S., Loghmani M. R., Tommasi T. On the effectiveness of image rotation for open
set domain adaptation. ECCV 2020. https://arxiv.org/abs/2007.12360

A classifier gives every sample one of its own classes, with high probability also
to what belongs to none.  Far from all of them is what the distance tells:

    u(x) = log min_c (x - m_c)' S^(-1) (x - m_c)                             (1)

No target label says from which distance on a sample is unknown.  The target's
scores themselves do: they are cut into two groups such that the variance between
the groups is largest,

    t = argmax_t  n0 n1 (mean1 - mean0)^2,   group 1 = {j : u(x_j) > t}      (2)

which needs no source scores: those of the target's known classes are larger, by
the shift between the domains.  A cut is found in every target.  It stands for
unknown classes if more of the target lies beyond it than of source samples that
the distance was not fitted on, beyond what chance does to counts of that size:

    b - a > 3 sqrt(r (1 - r) (1/ns + 1/nt)),   r = (ns a + nt b) / (ns + nt)   (3)

with a = share of source samples and b = share of target samples beyond t; else
t = infinity.  Two errors are made, and one must not be bought by the other:

    known    K = mean over known classes of the share that is called right
    unknown  R = share of unknown samples that are called unknown
    together H = 2 K R / (K + R)                                             (4)

    m (C, d)  means of the source's classes      S (d, d)  covariance within them

Cost: O(n d^2 + n log n) time, O(n (d + C)) memory with a learner that is linear
in n; the distance is fitted six times.

Deviations.  The papers match source and target by an assignment or a network, and
choose the threshold by hand.  S is shrunk as Ledoit and Wolf (2004) do.
"""

from typing import NamedTuple

import numpy as np
from sklearn.covariance import ledoit_wolf
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold

from tlbook.base import ESTIMATOR, ModelEstimator
from tlbook.labels import UNLABELED
from tlbook.ties import first_largest

FOLDS = 5  # that source samples are held out in
SIGMAS = 3  # of (3)
TINY = 1e-12  # the least squared distance that has a logarithm here
UNKNOWN = "unknown"  # the label where labels are text


class ClassDistance(NamedTuple):
    """What equation (1) needs: means of the classes, and what whitens S."""

    means: np.ndarray  # (C, d)
    whiten: np.ndarray  # (d, d)

    def score(self, X):
        """Return u(x) of equation (1), (n,)."""
        Z, M = X @ self.whiten, self.means @ self.whiten
        squares = np.min([np.sum((Z - m) ** 2, axis=1) for m in M], axis=0)
        return np.log(np.maximum(squares, TINY))


def class_distance(X, y):
    """Return the distance to the classes of labeled samples.

    Parameters
    ----------
    X, y : ndarray of shape (n, d) and (n,)

    Returns
    -------
    ClassDistance

    Raises
    ------
    ValueError
        If no class has a spread.
    """
    classes, places = np.unique(y, return_inverse=True)
    means = np.array([X[places == c].mean(axis=0) for c in range(len(classes))])
    rest = X - means[places]
    if np.abs(rest).max() <= TINY * np.abs(X).max():
        raise ValueError(
            "all samples of a class in X (source domain) coincide: there is no "
            "spread to measure distances by"
        )
    S, _ = ledoit_wolf(rest, assume_centered=True)
    values, V = np.linalg.eigh(S)
    return ClassDistance(means, V / np.sqrt(values))


def best_cut(u):
    """Return the threshold of equation (2), midway between two scores.

    Parameters
    ----------
    u : ndarray of shape (n,), n >= 2

    Returns
    -------
    float
    """
    u = np.sort(u)
    n0 = np.arange(1, len(u))
    n1 = len(u) - n0
    below = np.cumsum(u)[:-1]
    gap = (u.sum() - below) / n1 - below / n0
    k = int(first_largest(n0 * n1 * gap**2))
    return (u[k] + u[k + 1]) / 2


def is_more(a, b, ns, nt):
    """Return whether a share b of nt exceeds a share a of ns by more than chance, equation (3)."""
    r = (ns * a + nt * b) / (ns + nt)
    return b - a > SIGMAS * np.sqrt(r * (1 - r) * (1 / ns + 1 / nt))


def open_set_scores(y, predicted, known):
    """Return K, R and H of equation (4).

    Parameters
    ----------
    y : ndarray of shape (n,)
        True labels; those that are not in `known` are unknown, whatever they are.
    predicted : ndarray of shape (n,)
        Labels that are not in `known` stand for unknown.
    known : array-like of the source's classes

    Returns
    -------
    K, R, H : float in [0, 1]
        NaN where the samples have no known, or no unknown, class.
    """
    y, predicted = np.asarray(y), np.asarray(predicted)
    hits = [np.mean(predicted[y == c] == c) for c in known if np.any(y == c)]
    strange = ~np.isin(y, known)
    K = float(np.mean(hits)) if hits else np.nan
    R = np.nan
    if strange.any():
        R = float(np.mean(~np.isin(predicted[strange], known)))
    return K, R, 2 * K * R / (K + R) if K + R else K + R


class OpenSet(ModelEstimator):
    """Call samples unknown that lie far from all classes of the source.

    Parameters
    ----------
    estimator : classifier, default=None
        Names the class of a known sample; None is logistic regression.

    Attributes
    ----------
    threshold_ : float
        t; samples of the target with a larger score are unknown. Infinite where
        none seems to be.
    unknown_ : label of unknown samples
        -1 where classes are numbers, as for unlabeled rows; "unknown" where they
        are text.
    unknown_share_ : float in [0, 1]
        (b - a) / (1 - a), estimated share of unknown samples in the target.
    distance_ : ClassDistance, fitted on the source
    source_model_, estimator_ : the classifier, fitted on the source

    References
    ----------
    Panareda Busto and Gall 2017; Otsu 1979; Bucci et al. 2020.
    """

    _needs_classes = "KMM or LinearOT, where nothing is unknown"
    _parameter_constraints = {"estimator": ESTIMATOR}

    def __init__(self, estimator=None):
        self.estimator = estimator

    @staticmethod
    def _default_estimator():
        return LogisticRegression(max_iter=1000)

    def _fit(self, Xs, ys, Xt, yt):
        self.threshold_, self.unknown_share_ = np.inf, 0.0
        text = self.classes_.dtype.kind in "OSU"
        self.unknown_ = UNKNOWN if text else UNLABELED
        super()._fit(Xs, ys, Xt, yt)

    def _adapt(self, Xs, ys, Xt):
        if self.unknown_ in self.classes_.tolist():
            raise ValueError(
                f"{self.unknown_!r} is the label of unknown samples; it cannot "
                "be a class of y (labels of the source domain): rename it"
            )
        folds = min(FOLDS, int(np.unique(ys, return_counts=True)[1].min()))
        if folds < 2:
            raise ValueError(
                "a class of y (labels of the source domain) has one sample "
                "only; OpenSet needs two of each, to hold samples out"
            )
        self.distance_ = class_distance(Xs, ys)
        u = self.distance_.score(Xt)
        held_out = np.empty(len(ys))
        cv = StratifiedKFold(folds, shuffle=True, random_state=0)
        for fitted, rest in cv.split(Xs, ys):
            distance = class_distance(Xs[fitted], ys[fitted])
            held_out[rest] = distance.score(Xs[rest])
        t = best_cut(u)
        a, b = np.mean(held_out > t), np.mean(u > t)
        if is_more(a, b, len(held_out), len(u)):
            self.threshold_ = float(t)
            self.unknown_share_ = float((b - a) / (1 - a))
        return self.source_model_

    def unknown_score(self, X):
        """Return u(x) of equation (1), the larger the stranger.

        Parameters
        ----------
        X : array-like of shape (n, d)

        Returns
        -------
        ndarray of shape (n,)
        """
        return self.distance_.score(self._check_predict(X))

    def predict(self, X, domain="target"):
        """Predict the class of samples, or `unknown_` for those of the target.

        Parameters
        ----------
        X : array-like of shape (n, d)
        domain : {"target", "source"}
            All samples of the source are known.

        Returns
        -------
        ndarray of shape (n,)
        """
        known = super().predict(X, domain)
        if domain == "source" or np.isinf(self.threshold_):
            return known
        strange = self.unknown_score(X) > self.threshold_
        if known.dtype.kind in "bu":
            known = known.astype(int)
        return np.where(strange, self.unknown_, known)
