"""SCL, structural correspondence learning.

Blitzer J., McDonald R., Pereira F. Domain adaptation with structural
correspondence learning. EMNLP 2006, 120-128. https://aclanthology.org/W06-1615/
Pivots by mutual information: Blitzer J., Dredze M., Pereira F. Biographies,
Bollywood, boom-boxes and blenders: domain adaptation for sentiment
classification. ACL 2007, 440-447. https://aclanthology.org/P07-1056/

Pivots are words that both domains use often, and that tell about the label.
Words of either domain that help to predict the same pivots correspond:

    pivots: words in more than m documents of each domain with the highest I(w; y) in the source
    w_l    = argmin 1/n sum_i L(t_il x_i'w) + reg/2 |w|^2   x without all pivots                 (1)
    L(u)   = max(0, 1 - u)^2 for u >= -1, else -4u         modified Huber loss of a margin u     (2)
    W      = [w_1 ... w_p] = U S V',   theta = first k columns of U                              (3)
    new x  = [x, alpha c x theta]                                                                (4)

    X  (n, d)  documents of both domains, unlabeled    T  (n, p)  +1 if pivot l is in i, else -1
    W  (d, p)  pivot predictors                        theta  (d, k)  correspondences

With the square loss (1 - u)^2 in place of (2) all p problems (1) have a closed
form together: one Cholesky factorization, of size min(n, d).  Under (2) the same
factorization serves each step of an accelerated gradient method on all pivots at
once, which stops where strong convexity bounds the distance to the minimizer.

Cost: O(n d min(n, d) + min(n, d)^3 + n d p + d p^2) time, O(n d + d p) memory;
ridge: O(n d min(n, d) + min(n, d)^3 + n d p) time, O(n d + d p) memory for p
pivots.  The first is an iteration of it: some hundred where words are many and
reg is small.  8 GB hold min(n, d) = 22,000, and more are refused.

Deviations.  The length of x theta is arbitrary, so c gives it the mean length
sum_j |x_j| of x over the training documents, and alpha is free of units.
"""

import numpy as np
from scipy import sparse
from sklearn.utils._param_validation import StrOptions

from tlbook.base import (
    COUNT,
    ESTIMATOR,
    NON_NEGATIVE,
    POSITIVE,
    AlignmentEstimator,
)
from tlbook.feature._pivot_predictors import BLOCK as BLOCK
from tlbook.feature._pivot_predictors import CHECK as CHECK
from tlbook.feature._pivot_predictors import MAX_ITER as MAX_ITER
from tlbook.feature._pivot_predictors import gram as gram
from tlbook.feature._pivot_predictors import huber_duals as huber_duals
from tlbook.feature._pivot_predictors import huber_predictors, ridge_predictors
from tlbook.feature._pivot_predictors import modified_huber as modified_huber
from tlbook.feature._pivot_predictors import (
    modified_huber_slope as modified_huber_slope,
)
from tlbook.feature._pivot_predictors import ridge_solver as ridge_solver
from tlbook.feature._words import (
    augment,
    document_counts,
    left_singular_vectors,
    mean_length,
    mutual_information,
    presence,
    warn_of_dense,
    word_learner,
)
from tlbook.kernels import pooled
from tlbook.ties import largest_first


def choose_pivots(
    Bs, ys, Bt, n_pivots, min_count, selection="mutual_information"
):
    """Return the pivots, best first.

    Parameters
    ----------
    Bs, Bt : csr_array of shape (ns, d) and (nt, d), presence of the words
    ys : ndarray of shape (ns,), or None where the frequency selects
    n_pivots : int
    min_count : int
        A pivot is in more documents than this, in each domain.
    selection : {"mutual_information", "frequency"}
        What makes a frequent word a better pivot: what it tells about the label
        (2007), or its document count in the domain where it is rarer (2006).

    Returns
    -------
    ndarray of int, at most `n_pivots`
        Ties go to the more frequent word, then to the earlier column.

    Raises
    ------
    ValueError
        If no word is frequent in both domains.
    """
    score = rarer = np.minimum(Bs.sum(axis=0), Bt.sum(axis=0))
    if selection == "mutual_information":
        of_class = document_counts(Bs, ys)  # (classes, d)
        score = mutual_information(of_class, np.unique(ys, return_counts=True)[1])
    order = largest_first(score, rarer)
    pivots = order[rarer[order] > min_count][:n_pivots]
    if len(pivots) == 0:
        raise ValueError(
            f"no word is in more than {min_count} documents of both X (source "
            "domain) and X_target (target domain): there is no pivot"
        )
    return pivots


def without_pivots(X, pivots):
    """Return X with the columns of all pivots set to zero: no pivot may predict a pivot."""
    mask = np.ones(X.shape[1], dtype=X.dtype)
    mask[pivots] = 0
    return (
        sparse.csr_array(X @ sparse.diags_array(mask))
        if sparse.issparse(X)
        else X * mask
    )


class SCL(AlignmentEstimator):
    """Structural correspondence learning of word counts or other features.

    Parameters
    ----------
    estimator : classifier, default=None
        Learner on the augmented source; None is logistic regression, see
        `word_learner`.
    n_pivots : int, default=1000
        Pivots p, at most half of the words.
    n_components : int, default=50
        Correspondences k, at most the rank of the predictors.
    min_count : int, default=5
        A pivot is in more documents than this, in each domain.
    selection : {"mutual_information", "frequency"}, default="mutual_information"
        Which frequent words are pivots, see `choose_pivots`.
    loss : {"modified_huber", "ridge"}, default="modified_huber"
        Loss of the pivot predictors: the paper's, or the square loss in closed
        form.
    reg : float > 0, default=1e-4
        Ridge of the pivot predictors.
    alpha : float >= 0, default=1.0
        Weight of the new features; at 1 they are on average as long as the words.

    Attributes
    ----------
    estimator_ : fitted learner
    pivots_ : ndarray of int
        Columns of the pivots, best first.
    predictors_ : ndarray of shape (d, p)
        W, zero in the rows of the pivots.
    components_ : ndarray of shape (d, k)
        theta, the correspondences.
    scale_ : float
        alpha c, the factor of x theta.

    References
    ----------
    Blitzer, McDonald, Pereira, EMNLP 2006, https://aclanthology.org/W06-1615/
    Blitzer, Dredze, Pereira, ACL 2007, https://aclanthology.org/P07-1056/
    """

    _accept_sparse = True

    @property
    def _needs_classes(self):
        return (
            self.selection == "mutual_information"
            and "SCL(selection='frequency')"
        )

    _parameter_constraints = {
        "estimator": ESTIMATOR,
        "n_pivots": COUNT,
        "n_components": COUNT,
        "min_count": COUNT,
        "selection": [StrOptions({"mutual_information", "frequency"})],
        "loss": [StrOptions({"modified_huber", "ridge"})],
        "reg": POSITIVE,
        "alpha": NON_NEGATIVE,
    }

    def __init__(
        self,
        estimator=None,
        n_pivots=1000,
        n_components=50,
        min_count=5,
        selection="mutual_information",
        loss="modified_huber",
        reg=1e-4,
        alpha=1.0,
    ):
        self.estimator = estimator
        self.n_pivots = n_pivots
        self.n_components = n_components
        self.min_count = min_count
        self.selection = selection
        self.loss = loss
        self.reg = reg
        self.alpha = alpha

    _default_estimator = staticmethod(word_learner)

    def _align(self, Xs, ys, Xt):
        Bs, Bt = presence(Xs), presence(Xt)
        warn_of_dense(sparse.vstack([Bs, Bt]), "SCL")
        most = max(1, min(self.n_pivots, Xs.shape[1] // 2))
        self.pivots_ = choose_pivots(
            Bs, ys, Bt, most, self.min_count, self.selection
        )
        X = without_pivots(pooled(Xs, Xt), self.pivots_).astype(float)
        B = sparse.csc_array(sparse.vstack([Bs, Bt]))
        T = 2 * B[:, self.pivots_].toarray() - 1  # (n, p)
        predict = (
            huber_predictors
            if self.loss == "modified_huber"
            else ridge_predictors
        )
        self.predictors_ = predict(X, T, self.reg)
        theta, self.singular_values_ = left_singular_vectors(
            self.predictors_, self.n_components
        )
        self.components_ = theta.astype(Xs.dtype)
        words = mean_length(Xs) + mean_length(Xt)
        features = mean_length(Xs @ self.components_) + mean_length(
            Xt @ self.components_
        )
        self.scale_ = self.alpha * words / features

    def _map(self, X, domain):
        return augment(X, self.scale_ * (X @ self.components_))
