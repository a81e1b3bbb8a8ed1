"""Partial transfer: the target holds some of the source's classes only.

Cao Z., Ma L., Long M., Wang J. Partial adversarial domain adaptation. ECCV 2018.
https://arxiv.org/abs/1808.04205

Nobody says which classes are missing, and whatever brings the whole source and
the whole target together puts samples where there are none.  The shares of the
classes in the target follow from the learner itself, and weigh the source; the
weighted source moves, and the learner learns anew:

    z_i = x_i + mean(xt) - sum_c q_c m_c                                     (1)
    w_c = q_c / p_c,   h_q <- Learner((z_i, y_i), weighted w_(y_i))          (2)
    q_c <- 1/nt sum_j h_q(x_j)_c                                             (3)

from the shares that the source's own learner calls, until q is still.  The move
(1) takes the mean of the weighted source to that of the target; `align=False`
leaves it out.  If class c moves by d from source to target and holds the share t_c
of it, (1) is wrong by

    (mean(xt) - sum_c q_c m_c) - d = sum_c (t_c - q_c) m_c                   (4)

which is zero at the true shares, and for q = p the larger the more is missing.

    p, q, t (C,)  shares of the classes in the source, as weighted, in the target
    m (C, d)      means of the classes in the source      w (C,)  class weights

Where h is the rule of Bayes, (2) and (3) are one step of the EM for label shift
(tlbook.instance.label_shift): the learner is corrected by learning anew.

Cost: O(n (d + C)) time, O(n (d + C)) memory with a learner that is linear in n,
fitted once in each of at most 200 rounds.

Deviations.  The paper trains an adversarial network and weighs by q_c / max(q).
Where the classes of the source are not of one size, that multiplies their sizes
into the weights in every round, and the largest class takes all: here q_c is
divided by p_c.  Means are brought together in place of an adversary.
"""

import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression

from tlbook._overlap import doubt_overlap
from tlbook._warn import warn
from tlbook.base import ESTIMATOR, ModelEstimator, fit_weighted
from tlbook.contract import check_speaks_of_chances

ROUNDS, STILL = 200, 1e-3  # of (3)


def weighted_shift(Xt, means, shares):
    """Return the move of the source in equation (1), (d,).

    Parameters
    ----------
    Xt : ndarray of shape (nt, d)
    means : ndarray of shape (C, d)
        Of the classes in the source.
    shares : ndarray of shape (C,), of sum 1
    """
    return Xt.mean(axis=0) - shares @ means


class PartialTransfer(ModelEstimator):
    """Weigh the source's classes by their estimated shares in the target.

    Parameters
    ----------
    estimator : classifier with predict_proba and sample weights, default=None
        None is logistic regression.
    align : bool
        Whether to move the weighted source to the mean of the target, equation
        (1).

    Attributes
    ----------
    target_prior_ : ndarray of shape (n_classes,)
        q, estimated shares of the classes in the target: near zero where a class
        is missing.
    class_weights_ : ndarray of shape (n_classes,)
        q by the shares in the source.
    shift_ : ndarray of shape (d,)
        What is added to source samples, in units of the features.
    n_iter_ : int
        Rounds.
    source_model_ : the learner, fitted on the source alone
    estimator_ : the learner, fitted on the weighted source

    References
    ----------
    Cao et al. 2018.
    """

    _needs_classes = "KMM or LinearOT, which know no classes"
    _parameter_constraints = {"estimator": ESTIMATOR, "align": ["boolean"]}

    def __init__(self, estimator=None, align=True):
        self.estimator = estimator
        self.align = align

    @staticmethod
    def _default_estimator():
        return LogisticRegression(max_iter=1000)

    def _fit(self, Xs, ys, Xt, yt):
        self.shift_ = np.zeros(Xs.shape[1], dtype=Xs.dtype)
        super()._fit(Xs, ys, Xt, yt)

    def _adapt(self, Xs, ys, Xt):
        learner = self._learner()
        check_speaks_of_chances(learner)
        places = np.searchsorted(self.classes_, ys)
        p = np.bincount(places) / len(ys)
        means = np.array([Xs[ys == c].mean(axis=0) for c in self.classes_])
        q, gap = self.source_model_.predict_proba(Xt).mean(axis=0), np.inf
        for self.n_iter_ in range(1, ROUNDS + 1):
            if self.align:
                self.shift_ = weighted_shift(Xt, means, q).astype(Xs.dtype)
            model = fit_weighted(learner, Xs + self.shift_, ys, (q / p)[places])
            before, q = q, model.predict_proba(Xt).mean(axis=0)
            gap = np.max(np.abs(q - before))
            if gap < STILL:
                break
        else:
            warn(
                f"the shares of the classes still change by {gap:.3g} after "
                f"{ROUNDS} rounds; choose a smoother learner, or align=False",
                ConvergenceWarning,
            )
        self.target_prior_, self.class_weights_ = q, q / p
        names = getattr(self, "feature_names_in_", None)
        doubt_overlap(Xs + self.shift_, Xt, self.class_weights_[places], names)
        return model

    def _features(self, X, domain):
        return X + self.shift_ if domain == "source" else X
