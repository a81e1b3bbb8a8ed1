"""GroupDRO, IRM and V-REx, domain generalization: several sources, and no target at all.

Sagawa S., Koh P. W., Hashimoto T., Liang P. Distributionally robust neural
networks for group shifts. ICLR 2020. https://openreview.net/forum?id=ryxGuJrFvS
Arjovsky M., Bottou L., Gulrajani I., Lopez-Paz D. Invariant risk minimization.
2019. https://doi.org/10.48550/arXiv.1907.02893
Krueger D., Caballero E., Jacobsen J.-H., Zhang A., Binas J., Zhang D., Le Priol R.,
Courville A. Out-of-distribution generalization via risk extrapolation (REx). ICML
2021, 5815-5826. https://proceedings.mlr.press/v139/krueger21a.html

The source consists of m groups: persons, hospitals, cameras.  R_g is the mean
loss of group g.

    ERM       min_W  mean loss over all samples                                         (1)
    GroupDRO  min_W  max_q  sum_g q_g R_g(W),    q_g >= 0, sum_g q_g = 1                 (2)
              q_g  <-  q_g exp(eta R_g) / sum_h q_h exp(eta R_h)                        (3)
    IRM       min_W  mean_g R_g(W) + lambda mean_g D_g(W)^2                             (4)
              D_g = d/ds R_g(s W) at s = 1                                              (5)
    V-REx     min_W  mean_g R_g(W) + beta mean_g (R_g(W) - mean_h R_h(W))^2             (6)

    W    (d + 1, c)  weights and bias of a linear softmax classifier
    q    (m,)        weights of the groups: GroupDRO listens to the worst
    D_g              zero where no group wants the logits scaled: the classifier is the best at its
                     scale in every group at once

The classifier is linear and starts at zero, each step sees all samples.  So a fit
is deterministic.

Deviations.  The papers draw batches and train deep networks.  The risks of (6) are
averaged, the paper sums them: its beta is m times this one.

Cost: O(n d c) time a step, O(n (d + c)) memory.
"""

import numpy as np
import torch
from scipy.special import softmax
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils.validation import check_is_fitted, column_or_1d
from torch.nn import functional as F

from tlbook._warn import warn
from tlbook.base import COUNT, NON_NEGATIVE, POSITIVE
from tlbook.since._group_risks import (
    group_risks,
    lean_to_worst,
    risk_variance,
    scale_slopes,
)
from tlbook.validation import (
    CheckedScore,
    check_labeled,
    check_matrix,
    check_rows,
)

LATE = 0.1  # share of the steps in which the loss should not fall any more
TOLERANCE = 0.05  # by more than this part of its whole fall


class ERM(CheckedScore, ClassifierMixin, BaseEstimator):
    """Empirical risk minimization: forget the groups, minimize the mean loss.

    Parameters
    ----------
    l2 : float >= 0
        The objective gets l2 / 2 |W|^2.
    lr : float > 0
        Learning rate of Adam.
    max_iter : int
        Steps.  A loss that still falls in the last of them is told by a
        `ConvergenceWarning`.

    Attributes
    ----------
    coef_ : ndarray of shape (d, n_classes)
    intercept_ : ndarray of shape (n_classes,)
    classes_ : ndarray of shape (n_classes,)
    groups_ : ndarray of shape (m,), names of the groups
    risks_ : ndarray of shape (m,), loss of each group at the end

    References
    ----------
    Gulrajani I., Lopez-Paz D. In search of lost domain generalization. ICLR 2021:
    hard to beat.
    """

    _parameter_constraints = {
        "l2": NON_NEGATIVE,
        "lr": POSITIVE,
        "max_iter": COUNT,
    }

    def __init__(self, l2=1e-3, lr=0.05, max_iter=300):
        self.l2 = l2
        self.lr = lr
        self.max_iter = max_iter

    def fit(self, X, y, groups=None):
        """Learn from the samples of all groups.

        Parameters
        ----------
        X, y : array-like of shape (n, d) and (n,)
        groups : array-like of shape (n,), default=None
            Names of the groups, numbers or strings; None is one group.

        Returns
        -------
        self

        Raises
        ------
        ValueError
            On bad input, or one group label too many or too few.
        """
        self._validate_params()
        X, y = check_labeled(X, y, self)
        groups = np.zeros(len(X)) if groups is None else column_or_1d(groups)
        check_rows(X, "X", groups=groups)
        self.classes_, y = np.unique(y, return_inverse=True)
        self.groups_, groups = np.unique(groups, return_inverse=True)
        X, y, groups = map(
            torch.from_numpy, (np.ascontiguousarray(X, dtype=float), y, groups)
        )
        W = torch.zeros(
            X.shape[1], len(self.classes_), dtype=X.dtype, requires_grad=True
        )
        b = torch.zeros(len(self.classes_), dtype=X.dtype, requires_grad=True)
        optimizer = torch.optim.Adam([W, b], lr=self.lr)
        self._begin(len(self.groups_))

        def loss(progress):
            risk = self._objective(X @ W + b, y, groups, progress)
            return risk + self.l2 / 2 * W.square().sum()

        # at the start, late and at the end
        late, losses = max(1, round(LATE * self.max_iter)), []
        for step in range(self.max_iter):
            if step in (0, self.max_iter - late):
                losses.append(float(loss(1.0).detach()))
            self._lean(X @ W + b, y, groups)
            optimizer.zero_grad()
            loss(step / self.max_iter).backward()
            optimizer.step()
        self._tell_unfinished([*losses, float(loss(1.0).detach())])
        with torch.no_grad():
            self.risks_ = group_risks(X @ W + b, y, groups).numpy()
        self.coef_, self.intercept_ = W.detach().numpy(), b.detach().numpy()
        return self

    def _begin(self, n_groups):
        """Prepare what changes through the training."""

    def _lean(self, logits, y, groups):
        """Change before a step what the objective depends on beside the network."""

    def _tell_unfinished(self, losses):
        """Warn if a part of the whole fall of the loss came late, or if it has not fallen."""
        start, late, end = losses[0], losses[-2], losses[-1]
        if end > start or late - end > TOLERANCE * (start - end):
            warn(
                f"{type(self).__name__} was stopped by max_iter={self.max_iter} "
                f"while its loss still moved, from {late:.4f} to {end:.4f} in "
                "the last steps: raise max_iter or lr",
                ConvergenceWarning,
            )

    def _objective(self, logits, y, groups, progress):
        """Return what a step descends on; `progress` grows from 0 to nearly 1."""
        return F.cross_entropy(logits, y)

    def predict_proba(self, X):
        """Predict class probabilities, columns in the order of `classes_`.

        Parameters
        ----------
        X : array-like of shape (n, d)

        Returns
        -------
        ndarray of shape (n, n_classes)
        """
        check_is_fitted(self)
        X = check_matrix(X, "X", self, reset=False)
        return softmax(X @ self.coef_ + self.intercept_, axis=1)

    def predict(self, X):
        """Predict the class of samples of any group, also of one never seen.

        Parameters
        ----------
        X : array-like of shape (n, d)

        Returns
        -------
        ndarray of shape (n,)
        """
        return self.classes_[self.predict_proba(X).argmax(axis=1)]


class GroupDRO(ERM):
    """Group distributionally robust optimization: minimize the loss of the worst group.

    Parameters
    ----------
    eta : float > 0
        Step of the group weights, equation (3).
    l2 : float >= 0
    lr : float > 0
    max_iter : int
        As in `ERM`.

    Attributes
    ----------
    weights_ : ndarray of shape (m,)
        q at the end of the training.

    References
    ----------
    Sagawa et al., ICLR 2020.
    """

    _parameter_constraints = {**ERM._parameter_constraints, "eta": POSITIVE}

    def __init__(self, eta=0.1, l2=1e-3, lr=0.05, max_iter=300):
        super().__init__(l2, lr, max_iter)
        self.eta = eta

    def _begin(self, n_groups):
        self.weights_ = np.full(n_groups, 1 / n_groups)

    def _lean(self, logits, y, groups):
        risks = group_risks(logits, y, groups)
        self.weights_ = lean_to_worst(
            torch.from_numpy(self.weights_), risks, self.eta
        ).numpy()

    def _objective(self, logits, y, groups, progress):
        return torch.from_numpy(self.weights_) @ group_risks(logits, y, groups)


class _Penalized(ERM):
    """The mean risk with a penalty that grows from zero; a method says which."""

    _parameter_constraints = {
        **ERM._parameter_constraints,
        "penalty": NON_NEGATIVE,
    }

    def __init__(self, penalty=1000.0, l2=0.0, lr=0.05, max_iter=300):
        super().__init__(l2, lr, max_iter)
        self.penalty = penalty

    def _objective(self, logits, y, groups, progress):
        risks = group_risks(logits, y, groups)
        strain = self._strain(risks, logits, y, groups)
        return risks.mean() + self.penalty * progress * strain


class IRM(_Penalized):
    """Invariant risk minimization: one classifier that is at its best in each group.

    Parameters
    ----------
    penalty : float >= 0
        lambda of equation (4) at the end of the training; it grows from zero, for
        W = 0 satisfies every penalty.
    l2 : float >= 0
    lr : float > 0
    max_iter : int
        As in `ERM`.

    References
    ----------
    Arjovsky et al., 2019.
    """

    def _strain(self, risks, logits, y, groups):
        return scale_slopes(logits, y, groups).square().mean()


class VREx(_Penalized):
    """Risk extrapolation: one classifier that fares alike in each group.

    Parameters
    ----------
    penalty : float >= 0
        beta of equation (6) at the end of the training; it grows from zero, for
        W = 0 fares alike everywhere.
    l2 : float >= 0
    lr : float > 0
    max_iter : int
        As in `ERM`.

    References
    ----------
    Krueger et al., ICML 2021.
    """

    def _strain(self, risks, logits, y, groups):
        return risk_variance(risks)
