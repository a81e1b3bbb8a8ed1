"""The classifier two-sample test: folds of whole groups, and areas under the curve of a classifier.

The numbers of equations are those of `is_there_a_shift`.
"""

import numpy as np
from scipy.stats import rankdata
from sklearn.base import clone
from sklearn.kernel_approximation import Nystroem
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

FOLDS = 5
LANDMARKS = 100  # of the default classifier


def dealt(group, of_target, rng):
    """Return the fold of each row: the groups of each domain are dealt at random."""
    fold = np.empty(len(group), dtype=int)
    for domain in (~of_target, of_target):
        own, member = np.unique(group[domain], return_inverse=True)
        if len(own) < FOLDS:
            raise ValueError(
                f"a domain has {len(own)} groups; at least {FOLDS} are needed"
            )
        fold[domain] = (rng.permutation(len(own)) % FOLDS)[member]
    return fold


def default_classifier(Z, fold):
    """Return a classifier for borders of any form whose cost is linear in the rows."""
    landmarks = min(LANDMARKS, int(np.sum(fold == 0)))
    kernel = Nystroem(
        gamma=1 / Z.shape[1], n_components=landmarks, random_state=0
    )
    last = LogisticRegression(max_iter=1000)
    return make_pipeline(StandardScaler(), kernel, last)


def scores_of(estimator, X, of_target, held):
    """Return how much held-out rows look like the target to a classifier fitted on others."""
    model = clone(estimator).fit(X, of_target)
    if hasattr(model, "decision_function"):
        return model.decision_function(held)
    return model.predict_proba(held)[:, 1]


def areas(scores, target):
    """Return the area under the curve of equation (3), for every column of labels.

    Parameters
    ----------
    scores : ndarray of shape (m,)
    target : ndarray of bool, shape (m, k)

    Returns
    -------
    ndarray of shape (k,)
        A tie counts one half.
    """
    nt = target.sum(axis=0)
    R = rankdata(scores) @ target
    return (R - nt * (nt + 1) / 2) / ((len(scores) - nt) * nt)
