"""What boosting of numbers does in a round: errors, weights of either domain, and the median vote.

The numbers of equations and the symbols are those of `tradaboost_r2`.
"""

import numpy as np
from scipy.optimize import brentq

from tlbook.base import fit_weighted
from tlbook.instance.tradaboost import target_error
from tlbook.ties import CLOSE


def adjusted_errors(residuals):
    """Return e of equation (1), zero where nothing is wrong.

    Parameters
    ----------
    residuals : ndarray of shape (n,)

    Returns
    -------
    ndarray of shape (n,), in [0, 1]
    """
    sizes = np.abs(residuals)
    return sizes / sizes.max() if sizes.max() > 0 else sizes


def weighted_median(values, weights):
    """Return the smallest value at which half of the weight is reached, equation (4).

    Parameters
    ----------
    values : ndarray of shape (T, n)
    weights : ndarray of shape (T,), positive

    Returns
    -------
    ndarray of shape (n,)
    """
    order = np.argsort(values, axis=0, kind="stable")
    reached = np.cumsum(weights[order], axis=0) >= weights.sum() * (0.5 - CLOSE)
    first = reached.argmax(axis=0)
    columns = np.arange(values.shape[1])
    return values[order[first, columns], columns]


def faded_source(w, errors, n_source, share):
    """Return the weights after equation (5).

    Parameters
    ----------
    w, errors : ndarray of shape (n,), source first
    n_source : int
    share : float in (0, 1]
        Of the target in all weight, afterwards.

    Returns
    -------
    ndarray of shape (n,), sum 1
    """
    source, target, e = w[:n_source], w[n_source:], errors[:n_source]
    # of the source, before all is scaled to sum 1
    wanted = target.sum() * (1 - share) / share

    def excess(b):
        return np.sum(source * b**e) - wanted

    if wanted == 0:
        faded = np.zeros_like(source)
    elif (
        excess(0.0) >= 0
    ):  # samples without error do not fade: they scale down together
        faded = source * (e == 0)
        faded = faded * (wanted / faded.sum())
    elif excess(1.0) <= 0:
        faded = source
    else:
        faded = source * brentq(excess, 0.0, 1.0, xtol=1e-15) ** e
    moved = np.concatenate([faded, target])
    return moved / moved.sum()


def boosted_target(learner, X, y, w, n_source, n_rounds):
    """Return the learners and votes of AdaBoost.R2', equation (6).

    Parameters
    ----------
    learner : regressor with sample weights
    X, y, w : ndarray of shape (n, d), (n,) and (n,), source first
    n_source, n_rounds : int

    Returns
    -------
    learners : list of fitted regressors
    votes : ndarray of shape (len(learners),)
    """
    w, mass = w.copy(), w[n_source:].sum()
    learners, votes = [], []
    for _ in range(n_rounds):
        h = fit_weighted(learner, X, y, w * len(w))
        e = adjusted_errors(y[n_source:] - h.predict(X[n_source:]))
        eps = target_error(w[n_source:], e)
        if eps == 0:
            return [h], np.ones(1)
        if eps >= 0.5:
            break
        learners.append(h)
        votes.append(np.log((1 - eps) / eps))
        w[n_source:] *= (eps / (1 - eps)) ** (1 - e)
        w[n_source:] *= mass / w[n_source:].sum()
    return (learners, np.array(votes)) if learners else ([h], np.ones(1))
