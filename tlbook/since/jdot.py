"""JDOT, joint distribution optimal transport.

Courty N., Flamary R., Habrard A., Rakotomamonjy A. Joint distribution optimal
transportation for domain adaptation. NIPS 2017.
https://doi.org/10.48550/arXiv.1705.08848

OTDA moves samples and lets their labels ride along.  Here the labels have a say
in where they go: mass travels from the pair (xs_i, ys_i) to the pair (xt_j,
f(xt_j)), and f is what is learned.

    C_ij = alpha |xs_i - xt_j|^2 / median + loss(ys_i, f(xt_j))               (1)
    min_{f, P}  <P, C(f)> + reg sum_ij P_ij log P_ij,   P as in OTDA          (2)

Of the two unknowns each is found where the other stands still.  P is a transport
plan.  f sees the target, with the labels that the plan brings there:

    numbers   yt_j = nt sum_i P_ij ys_i,   loss (y - f)^2 / var(ys)           (3)
    classes   each xt_j once for each class c, with weight
              Wt_jc = nt sum_i P_ij [ys_i = c],   loss -log p_c               (4)
              or, where the learner has a decision function f and no
              probabilities, the hinge  max(0, 1 + max_{k != c} f_k - f_c)    (5)

For the square (3) is exact, because sum_i P_ij (ys_i - f_j)^2 is
(yt_j - f_j)^2 / nt and something that does not depend on f.  Neither half step
raises (2) together with the learner's own regularizer; (2) alone may rise a
little where the regularizer gains more.

    P   (ns, nt)  plan          yt, Wt  (nt,), (nt, C)  labels that arrive

Cost: O(r (ns nt (d + s) + F)) time, O(ns nt) memory for r rounds of s sweeps of
Sinkhorn and a fit in F time.  As in OTDA 8 GB hold 14,100 + 14,100 samples, and
more are refused.

Deviations.  The paper's alpha is in units of the largest distance; one far sample
would scale all others away, and OTDA's unit, the median, is taken.  Squares are
divided by the variance of the source's labels, so that alpha has no unit for
numbers either.  The hinge of more than two classes is that of the margin, not a
sum over one class against the rest.  The plan is entropic by default, and exact,
as in the paper, for reg=0.
"""

import numpy as np
from scipy.special import entr
from sklearn.base import clone
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression

from tlbook._warn import warn
from tlbook.base import (
    COUNT,
    ESTIMATOR,
    NON_NEGATIVE,
    POSITIVE,
    ModelEstimator,
    fit_weighted,
)
from tlbook.since.optimal_transport import transport_cost, transport_plan

TINY = 1e-12  # the least probability that has a logarithm here
STILL = 1e-3  # mean change of the labels, in their spread, that is none
LIGHT = 1e-6  # weight of a sample in a class that is not worth a row


def log_loss(P):
    """Return -log p_c, equation (4), of probabilities (nt, C)."""
    return -np.log(np.maximum(P, TINY))


def hinge_loss(F):
    """Return the hinge of each class, equation (5).

    Parameters
    ----------
    F : ndarray of shape (nt, C), or (nt,) of two classes

    Returns
    -------
    ndarray of shape (nt, C)
    """
    if F.ndim == 1:
        F = np.column_stack([-F / 2, F / 2])
    losses = np.empty_like(F)
    for c in range(F.shape[1]):
        others = np.delete(F, c, axis=1).max(axis=1)
        losses[:, c] = np.maximum(0, 1 + others - F[:, c])
    return losses


def class_loss(model, X):
    """Return the loss that a fitted classifier would have for each class, (nt, C).

    Raises
    ------
    ValueError
        If it has neither predict_proba nor decision_function.
    """
    if hasattr(model, "predict_proba"):
        return log_loss(model.predict_proba(X))
    if hasattr(model, "decision_function"):
        return hinge_loss(model.decision_function(X))
    raise ValueError(
        f"{type(model).__name__} has neither predict_proba nor "
        "decision_function: the cost of a label cannot be told; choose a "
        "classifier that has, such as LogisticRegression"
    )


def arriving(P, Y):
    """Return what the plan brings to each target sample on average, (3) and (4).

    Parameters
    ----------
    P : ndarray of shape (ns, nt)
    Y : ndarray of shape (ns,) or (ns, C)
        Numbers, or the indicators of the classes.

    Returns
    -------
    ndarray of shape (nt,) or (nt, C)
    """
    mass = P.sum(axis=0)  # 1/nt, up to the tolerance of Sinkhorn
    return (P.T @ Y) / (mass if Y.ndim == 1 else mass[:, None])


def objective(P, C, reg):
    """Return the value of (2)."""
    return float(np.sum(P * C) - reg * np.sum(entr(P)))


class JDOT(ModelEstimator):
    """Joint distribution optimal transport: move samples and labels together, and learn there.

    Parameters
    ----------
    estimator : classifier or regressor, default=None
        None is logistic regression.  A classifier takes sample weights, and has
        probabilities or a decision function.
    alpha : float > 0
        What the median squared distance between the domains costs, where a wrong
        label costs its loss.
    reg : float >= 0
        Of the entropy, in the same units; 0 is the exact plan.
    n_rounds : int >= 1
        Plans and fits at most.

    Attributes
    ----------
    source_model_ : the learner, fitted on the source, where the descent begins
    estimator_ : the learner, fitted on the target with the labels that arrive
    plan_ : ndarray of shape (ns, nt)
    objective_ : ndarray of shape (n_half_steps,)
        (2) after each half step: a plan, a fit, a plan, ...
    labels_ : ndarray of shape (nt,) or (nt, n_classes)
        What the last plan brings to the target samples: numbers, or shares of the
        classes.

    References
    ----------
    Courty, Flamary, Habrard, Rakotomamonjy, NIPS 2017.
    """

    _parameter_constraints = {
        "estimator": ESTIMATOR,
        "alpha": POSITIVE,
        "reg": NON_NEGATIVE,
        "n_rounds": COUNT,
    }

    def __init__(self, estimator=None, alpha=0.5, reg=0.1, n_rounds=100):
        self.estimator = estimator
        self.alpha = alpha
        self.reg = reg
        self.n_rounds = n_rounds

    @staticmethod
    def _default_estimator():
        return LogisticRegression(max_iter=1000)

    def _adapt(self, Xs, ys, Xt):
        moves = self.alpha * transport_cost(Xs, Xt)
        numbers = self._predicts_numbers()
        Y, loss, refit = (self._numbers if numbers else self._classes)(ys, Xt)
        spread = np.std(Y) if np.ptp(Y) > 0 else 1.0
        C = moves + loss(self.source_model_)
        P = transport_plan(C, ys, self.reg, reg_class=0)
        values, labels = [objective(P, C, self.reg)], arriving(P, Y)
        for _ in range(self.n_rounds):
            model, before = refit(labels), labels
            C = moves + loss(model)
            values.append(objective(P, C, self.reg))
            P = transport_plan(C, ys, self.reg, reg_class=0)
            values.append(objective(P, C, self.reg))
            labels = arriving(P, Y)
            change = np.mean(np.abs(labels - before)) / spread
            if change < STILL:
                break
        else:
            warn(
                f"JDOT: in round {self.n_rounds} the labels that arrive still "
                f"changed by {change:.1e} of their spread; a larger n_rounds "
                "lets them come to rest",
                ConvergenceWarning,
            )
        self.plan_, self.labels_ = P, labels
        self.objective_ = np.array(values)
        return model

    def _numbers(self, ys, Xt):
        """Return what travels, its loss by a learner, and how one learns of it."""
        variance = np.var(ys) if np.ptp(ys) > 0 else 1.0

        def loss(model):
            return (ys[:, None] - model.predict(Xt)) ** 2 / variance

        def refit(labels):
            return clone(self._learner()).fit(Xt, labels)

        return ys, loss, refit

    def _classes(self, ys, Xt):
        """Return the same of classes."""
        codes = np.searchsorted(self.classes_, ys)

        def loss(model):
            return class_loss(model, Xt)[:, codes].T

        def refit(weights):
            rows, columns = np.nonzero(weights > LIGHT)
            return fit_weighted(
                self._learner(),
                Xt[rows],
                self.classes_[columns],
                weights[rows, columns],
            )

        return np.eye(len(self.classes_))[codes], loss, refit
