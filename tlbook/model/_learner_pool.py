"""The learners that TaskTrAdaBoost hands over: pools of the sources, the best one for the target.

    a(e) = ln((1 - e) / e) + ln(L - 1)                                                      (5)
    phase 1: w_i <- w_i exp(a(e_t))^[h_t(x_i) != y_i] on a source; h_t joins if a(e_t) > gamma
    phase 2: h_t = the h of the pool of largest a(e), e its error on D_T; it leaves the pool

The numbers of equations and the symbols are those of `multisource`.

Cost: one fit of the learner and O(n) time a round, O(n) memory.
"""

import numpy as np

from tlbook.base import fit_weighted
from tlbook.instance.tradaboost import target_error
from tlbook.ties import CLOSE, first_largest


def least_error(n_target):
    """Return the smallest error that a learner is credited with on n labeled samples.

    Half a sample: an error that the labels cannot tell from zero.
    """
    return 1 / (2 * n_target)


def vote_weight(error, n_classes, floor):
    """Return a(e) of equation (5).

    Parameters
    ----------
    error : float in [0, 1]
    n_classes : int
    floor : float
        Errors are cut off at `floor` and 1 - `floor`.

    Returns
    -------
    float
        Positive for a learner that is better than guessing.
    """
    error = min(max(error, floor), 1 - floor)
    return float(np.log((1 - error) / error) + np.log(n_classes - 1))


def boosted_pool(learner, X, y, n_rounds, gamma):
    """Return the learners of phase 1: AdaBoost on one source.

    Parameters
    ----------
    learner : classifier with sample weights
    X, y : ndarray of shape (n, d) and (n,)
    n_rounds : int
    gamma : float
        A learner joins the pool if its a(e) is larger.

    Returns
    -------
    list of fitted learners
    """
    n, n_classes = X.shape[0], len(np.unique(y))
    w, pool = np.full(n, 1 / n), []
    for _ in range(n_rounds):
        h = fit_weighted(learner, X, y, w * n)
        wrong = h.predict(X) != y
        a = vote_weight(target_error(w, wrong), n_classes, least_error(n))
        if a <= CLOSE:  # guessing, but for rounding
            break
        if a > gamma:
            pool.append(h)
        w *= np.exp(a) ** wrong
        w /= w.sum()
    return pool


def best_of_pool(answers, y, w, n_classes):
    """Return the position of the learner of largest a(e) and that a(e), for phase 2.

    Parameters
    ----------
    answers : ndarray of shape (n_learners, n)
        What each learner of the pool predicts.
    y, w : ndarray of shape (n,)
        Labels and weights of the target.
    n_classes : int

    Returns
    -------
    position : int
    a : float
        Negative, with two classes, for a learner that is turned around.
    """
    floor = least_error(len(y))
    a = np.array(
        [vote_weight(target_error(w, h != y), n_classes, floor) for h in answers]
    )
    position = int(first_largest(np.abs(a) if n_classes == 2 else a))
    return position, float(a[position])
