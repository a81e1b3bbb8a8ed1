"""Proxy A-distance: how well a classifier tells two domains apart.

Ben-David S., Blitzer J., Crammer K., Pereira F. Analysis of representations for
domain adaptation. NIPS 2006, 137-144.

    d_A = 2 (1 - 2 error)

with the error of a linear classifier of the domains on samples that it has not
seen.  0 means that it guesses, 2 that it never fails.  On the training samples
the error of d >= n features is always 0 and the distance always 2, whatever the
domains: hence the cross-validation.  Rows that were made from one thing, such as
the windows of a recording, must not stand on both sides of it: the classifier
would know the recording again, not the domain.

Cost: O(n d) time an iteration of the classifier, O(n d) memory.
"""

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import (
    GroupKFold,
    PredefinedSplit,
    StratifiedKFold,
    cross_val_predict,
)
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from tlbook.validation import check_groups, check_pair

FOLDS = 5


def proxy_a_distance(Xs, Xt, C=0.01, random_state=0, groups=None):
    """Return the proxy A-distance of two samples, by 5-fold cross-validation.

    Both domains count the same, however many samples they have.

    Parameters
    ----------
    Xs : ndarray of shape (ns, d)
    Xt : ndarray of shape (nt, d)
    C : float > 0
        Inverse strength of the ridge of the logistic regression.
    random_state : int
        Of the folds.
    groups : pair of array-like, (ns,) and (nt,), optional
        What each row was made from, such as `source_ids` and `target_ids` of a
        `DomainPair`.  Rows of one group are all learned from or all judged.  With
        fewer than 5 groups in a domain there are as many folds.  Without it every
        row is a group of its own.

    Returns
    -------
    float, from -2 to 2
        Of few samples it is noisy, and far below 0 where the folds happen to be
        unlike each other: with ten samples -1.6 was seen.  Expect 0 for one
        distribution only with some hundreds, and with few groups count these, not
        the rows.

    Raises
    ------
    ValueError
        On bad input, with fewer than 5 samples or 2 groups in a domain, or if a
        group stands in both domains.
    """
    Xs, Xt = check_pair(Xs, Xt, least=FOLDS)
    X = np.concatenate([Xs, Xt])
    domain = np.repeat([0, 1], [len(Xs), len(Xt)])
    model = make_pipeline(
        StandardScaler(),
        LogisticRegression(C=C, class_weight="balanced", max_iter=1000),
    )
    if groups is None:
        folds = StratifiedKFold(FOLDS, shuffle=True, random_state=random_state)
    else:
        folds = PredefinedSplit(
            group_folds(groups, (len(Xs), len(Xt)), random_state)
        )
    wrong = cross_val_predict(model, X, domain, cv=folds) != domain
    error = (wrong[domain == 0].mean() + wrong[domain == 1].mean()) / 2
    return 2 * (1 - 2 * float(error))


def group_folds(groups, lengths, random_state):
    """Return the fold of each row, whole groups to a fold, groups of both domains in each.

    Parameters
    ----------
    groups : pair of array-like
    lengths : pair of int
        Rows of the two domains.
    random_state : int

    Returns
    -------
    ndarray of int, shape (ns + nt,)
    """
    groups, fewest = check_groups(groups, lengths)
    splitter = GroupKFold(
        min(FOLDS, fewest), shuffle=True, random_state=random_state
    )
    fold = [np.empty(n, dtype=int) for n in lengths]
    for mine, ids in zip(fold, groups):
        for k, (_, rows) in enumerate(splitter.split(mine, groups=ids)):
            mine[rows] = k
    return np.concatenate(fold)
