"""Self-training: a classifier labels the target, the surest samples first, and learns from them.

Lee D. H. Pseudo-label: the simple and efficient semi-supervised learning method for
deep neural networks. ICML 2013, workshop on challenges in representation learning.
Zou Y., Yu Z., Kumar B. V. K. V., Wang J. Unsupervised domain adaptation for
semantic segmentation via class-balanced self-training. ECCV 2018.
https://arxiv.org/abs/1810.07911
Cascante-Bonilla P., Tan F., Qi Y., Ordonez V. Curriculum labeling: revisiting
pseudo-labeling for semi-supervised learning. AAAI 2021.
https://arxiv.org/abs/2001.06001
Kumar A., Ma T., Liang P. Understanding self-training for gradual domain adaptation.
ICML 2020. https://arxiv.org/abs/2002.11361

    l_j = argmax_c h(x_j)_c,   s_j = max_c h(x_j)_c                              (1)
    A = {j : s_j >= threshold, and j is among the surest q of those called l_j}  (2)
    h <- Learner(source and (x_j, l_j) for j in A)                               (3)

in rounds r = 1, ..., R with the share q = r / R, so that the sure ones come first
and all in the end.  Without `balanced` j is among the surest q of all samples.

    h_i <- Learner((x_j, l_j) for j in A), x_j in step i, l_j called by h_(i-1)  (4)

is gradual self-training along a target that moves: each step is labeled by the
classifier of the step before, and what came before it is forgotten.

    l (nt,)  pseudo-labels      s (nt,)  confidence      h (nt, C)  probabilities

Cost: O(n (d + C) + n log n) time, O(n (d + C)) memory with a learner that is
linear in n, fitted R + 1 times.

Deviations.  Lee trains one network with all pseudo-labels, whose weight grows;
the share that is taken grows instead in the curriculum.  Zou et al. stop at a part
of the target.
"""

import math

import numpy as np
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression

from tlbook._warn import warn
from tlbook.base import COUNT, ESTIMATOR, FRACTION, ModelEstimator
from tlbook.contract import check_speaks_of_chances
from tlbook.kernels import pooled
from tlbook.ties import first_largest, tie_ranks


def pseudo_labels(P):
    """Return l and s of equation (1).

    Parameters
    ----------
    P : ndarray of shape (n, n_classes)
        Class probabilities.

    Returns
    -------
    labels : ndarray of int, shape (n,)
        Columns of P, the first of those that tie.
    confidence : ndarray of shape (n,)
    """
    return first_largest(P, axis=1), P.max(axis=1)


def confident(P, share, threshold=0.0, balanced=True):
    """Return which samples are in A, equation (2).

    Parameters
    ----------
    P : ndarray of shape (n, n_classes)
        Class probabilities.
    share : float in (0, 1]
        q; of n samples the surest q n, rounded up, and what ties with the last.
    threshold : float in [0, 1]
    balanced : bool
        Whether to take the share of those called each class, or of all.

    Returns
    -------
    ndarray of bool, shape (n,)
    """
    labels, s = pseudo_labels(P)
    ranks, kept = tie_ranks(s), np.zeros(len(s), dtype=bool)
    groups = labels if balanced else np.zeros_like(labels)
    for group in np.unique(groups):
        rows = groups == group
        count = math.ceil(share * rows.sum())
        kept[rows] = ranks[rows] >= np.sort(ranks[rows])[-count]
    return kept & (s >= threshold)


def gradual_self_training(model, steps, share=0.9):
    """Follow a target that moves, equation (4).

    Parameters
    ----------
    model : classifier with predict_proba, fitted on the source
        It is not changed.
    steps : iterable of ndarray of shape (n_i, d)
        Unlabeled samples, in the order of the way.
    share : float in (0, 1]
        q of those called each class.

    Yields
    ------
    classifier
        Fitted on the pseudo-labels of its step.  Where one class alone is called
        there is nothing to learn, and the one before stays.
    """
    for X in steps:
        P = model.predict_proba(X)
        A, labels = confident(P, share), model.classes_[pseudo_labels(P)[0]]
        if len(np.unique(labels)) > 1:
            model = clone(model).fit(X[A], labels[A])
        yield model


class SelfTraining(ModelEstimator):
    """Learn from the source and from one's own calls of the target, the surest first.

    Parameters
    ----------
    estimator : classifier with predict_proba, default=None
        None is logistic regression.
    threshold : float in [0, 1]
        Least probability of a pseudo-label.
    n_rounds : int
        R; 1 takes all at once.
    balanced : bool
        Whether the surest of each class come first, or the surest of all.

    Attributes
    ----------
    pseudo_labels_ : ndarray of shape (nt,)
        Of the last round.
    confident_ : ndarray of bool, shape (nt,)
        Those that the last round learned from.
    source_model_ : the learner, fitted on the source alone
    estimator_ : the learner, fitted on the source and the confident target samples

    References
    ----------
    Lee 2013; Zou et al. 2018; Cascante-Bonilla et al. 2021.
    """

    _needs_classes = "KMM or LinearOT, which know no classes"
    _measures_distances = False
    _accept_sparse = True
    _parameter_constraints = {
        "estimator": ESTIMATOR,
        "threshold": FRACTION,
        "n_rounds": COUNT,
        "balanced": ["boolean"],
    }

    def __init__(self, estimator=None, threshold=0.0, n_rounds=10, balanced=True):
        self.estimator = estimator
        self.threshold = threshold
        self.n_rounds = n_rounds
        self.balanced = balanced

    @staticmethod
    def _default_estimator():
        return LogisticRegression(max_iter=1000)

    def _adapt(self, Xs, ys, Xt):
        check_speaks_of_chances(self._learner())
        model = self.source_model_
        for r in range(1, self.n_rounds + 1):
            P = model.predict_proba(Xt)
            share = r / self.n_rounds
            A = confident(P, share, self.threshold, self.balanced)
            labels = self.classes_[pseudo_labels(P)[0]]
            if not A.any():
                warn(
                    "no target sample is called with a probability of "
                    f"threshold={self.threshold} or more: SelfTraining learns "
                    "from the others only; a lower threshold lets it begin"
                )
                break
            model = clone(self._learner()).fit(
                pooled(Xs, Xt[A]), np.concatenate([ys, labels[A]])
            )
        self.pseudo_labels_, self.confident_ = labels, A
        return model
