"""TransRKELM, transfer by a reduced kernel extreme learning machine.

Deng W.-Y., Zheng Q.-H., Wang Z.-M. Cross-person activity recognition using
reduced kernel extreme learning machine. Neural Networks 53, 2014, 1-7.
https://doi.org/10.1016/j.neunet.2014.01.008

A ridge regression on kernel values to a few support rows is learned on the
source.  Confident samples of the target then enter by exact recursive least
squares.  Of the source, the support rows are needed, and no other sample.

    k(x) = (exp(-gamma |x - s_1|^2), ..., exp(-gamma |x - s_m|^2)),   f(x) = k(x) beta
    T_ic = 1 if sample i is of class c, else -1                             (1)
    P = (I / C + K'K)^-1,   beta = P K' T                                 source            (2)
    P <- P - P K1' (I + K1 P K1')^-1 K1 P                                 new rows K1, T1   (3)
    beta <- beta + P K1' (T1 - K1 beta)                                   with the new P
    target row j is confident:  f_best(x_j) - f_second(x_j) > margin        (4)

    K     (ns, m)  kernel values of the source     S  (m, d)  support, random rows of the source
    beta  (m, n_classes)                           P  (m, m)  inverse of the ridge matrix

After (3) beta is the solution of (2) on all rows, old and new, to rounding
errors.

Cost: O(n d log n + n m (d + m) + m^3) time, O(n (d + m)) memory: (2) once, then
(3) for blocks of `ROWS` new rows.

Deviations.  The rule (4) for confidence and its default are this book's choice.
"""

from copy import deepcopy

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted

from tlbook.base import COUNT, NON_NEGATIVE, POSITIVE, ModelEstimator
from tlbook.kernels import (
    gaussian_kernel,
    gaussian_product,
    median_gamma,
    row_blocks,
)
from tlbook.model._kernel_machine import (
    batch_solution,
    output_margins,
    recursive_solution,
    signed_targets,
)
from tlbook.ties import first_largest, tie_ranks
from tlbook.validation import (
    CheckedScore,
    check_classes,
    check_labeled,
    check_matrix,
    check_rows,
)

ROWS = 2000  # of an update at once


class RKELM(CheckedScore, ClassifierMixin, BaseEstimator):
    """Reduced kernel extreme learning machine that can take in further samples.

    Parameters
    ----------
    C : float > 0
        Weight of the samples against the ridge.
    gamma : float > 0, default=None
        Of the Gaussian kernel; None is the median heuristic.
    n_support : int
        Random rows that the kernel compares with; all rows if there are fewer.
    random_state : int, RandomState or None

    Attributes
    ----------
    support_ : ndarray of shape (m, d)
    beta_ : ndarray of shape (m, n_classes)
    P_ : ndarray of shape (m, m)
    gamma_ : float

    References
    ----------
    Deng et al., Neural Networks 53, 2014.
    """

    _parameter_constraints = {
        "C": POSITIVE,
        "gamma": [*POSITIVE, None],
        "n_support": COUNT,
        "random_state": ["random_state"],
    }

    def __init__(self, C=100.0, gamma=None, n_support=100, random_state=0):
        self.C = C
        self.gamma = gamma
        self.n_support = n_support
        self.random_state = random_state

    def fit(self, X, y):
        """Choose the support and solve (2).

        Parameters
        ----------
        X, y : array-like of shape (n, d) and (n,)

        Returns
        -------
        self

        Raises
        ------
        ValueError
            On bad input, one class only, or if the median distance is zero and
            gamma is None.
        """
        self._validate_params()
        X, y = check_labeled(X, y, self)
        self.classes_ = np.unique(y)
        self.gamma_ = median_gamma(X) if self.gamma is None else self.gamma
        rows = X[
            np.lexsort([tie_ranks(x) for x in X.T])
        ]  # so that the choice does not depend on the order of X
        chosen = check_random_state(self.random_state).permutation(len(X))[
            : self.n_support
        ]
        self.support_ = rows[chosen]
        T = signed_targets(np.searchsorted(self.classes_, y), len(self.classes_))
        self.P_, self.beta_ = batch_solution(self._kernel(X), T, self.C)
        return self

    def update(self, X, y):
        """Take in further samples by (3).

        Parameters
        ----------
        X, y : array-like of shape (r, d) and (r,)
            Labels among `classes_`.

        Returns
        -------
        self

        Raises
        ------
        ValueError
            On bad input, or a label that `fit` has not seen.
        """
        check_is_fitted(self)
        X = check_matrix(X, "X", self, reset=False)
        y = check_classes(y, "y", "RKELM.update", least=1)
        check_rows(X, "X", y=y)
        unknown = sorted(set(y.tolist()) - set(self.classes_.tolist()), key=str)
        if unknown:
            raise ValueError(
                f"y has the classes {unknown}, fit has seen "
                f"{self.classes_.tolist()} alone; fit again with all of them"
            )
        T = signed_targets(np.searchsorted(self.classes_, y), len(self.classes_))
        for rows in row_blocks(len(X), 1, ROWS):
            K = self._kernel(X[rows])
            self.P_, self.beta_ = recursive_solution(
                self.P_, self.beta_, K, T[rows]
            )
        return self

    def _kernel(self, X):
        return gaussian_kernel(
            X.astype(np.float64), self.support_.astype(np.float64), self.gamma_
        )

    def outputs(self, X):
        """Return f(x), one column per class.

        Parameters
        ----------
        X : array-like of shape (n, d)

        Returns
        -------
        ndarray of shape (n, n_classes)
        """
        check_is_fitted(self)
        X = check_matrix(X, "X", self, reset=False)
        X, support = X.astype(np.float64), self.support_.astype(np.float64)
        return gaussian_product(X, support, self.gamma_, self.beta_)

    def predict(self, X):
        """Predict the class of the largest output.

        Parameters
        ----------
        X : array-like of shape (n, d)

        Returns
        -------
        ndarray of shape (n,)
        """
        best = first_largest(self.outputs(X), axis=1)
        return self.classes_[best]


class TransRKELM(ModelEstimator):
    """Kernel ELM of the source that takes in the confident samples of the target.

    Scale both domains first, for instance to z-scores of each person.

    Parameters
    ----------
    estimator : RKELM, default=None
        None is `RKELM()`.
    margin : float >= 0
        Lead of the best output at which a target sample is confident; outputs are
        near -1 and 1.
    max_rounds : int
        Most rounds of (4) and (3); a sample is taken in once, with the class it
        then has.

    Attributes
    ----------
    source_model_ : RKELM
        Before the transfer.
    estimator_ : RKELM
        After it.
    round_ : ndarray of int, shape (nt,)
        Round in which a target sample was taken in, 0 if never.

    References
    ----------
    Deng et al., Neural Networks 53, 2014.
    """

    _needs_classes = "KMM around a regressor"
    _parameter_constraints = {
        "estimator": [RKELM, None],
        "margin": NON_NEGATIVE,
        "max_rounds": COUNT,
    }

    def __init__(self, estimator=None, margin=0.5, max_rounds=20):
        self.estimator = estimator
        self.margin = margin
        self.max_rounds = max_rounds

    @staticmethod
    def _default_estimator():
        return RKELM()

    def _adapt(self, Xs, ys, Xt):
        elm, self.round_ = (
            deepcopy(self.source_model_),
            np.zeros(len(Xt), dtype=int),
        )
        for t in range(1, self.max_rounds + 1):
            outputs = elm.outputs(Xt)
            new = (output_margins(outputs) > self.margin) & (self.round_ == 0)
            if not new.any():
                break
            elm.update(
                Xt[new], self.classes_[first_largest(outputs[new], axis=1)]
            )
            self.round_[new] = t
        return elm
