"""Density ratio estimation: KLIEP, uLSIF, and the probabilistic classifier.

Sugiyama M. et al. Direct importance estimation with model selection and its
application to covariate shift adaptation. NIPS 2007 (KLIEP). Kanamori T., Hido
S., Sugiyama M. A least-squares approach to direct importance estimation. JMLR 10,
2009, 1391-1445 (uLSIF).

Under covariate shift, learning with the weights w(x) = p_t(x) / p_s(x) on the
source is learning on the target.  Estimate w itself, not the two densities:

    w(x) = sum_l alpha_l k(x, c_l),   k(x, c) = exp(-gamma |x - c|^2),  alpha >= 0          (1)

with centers c_l among the target samples.

    uLSIF   min  1/2 alpha' H alpha - h' alpha + lam/2 |alpha|^2               (2)
            H = Phi_s' Phi_s / ns,  h = mean_t Phi_t,  then alpha = max(alpha, 0)
    KLIEP   max  mean_t log w(x)   s.t.  mean_s w(x) = 1                    (3)
    classifier   w(x) = (ns / nt) P(target | x) / P(source | x)                (4)

    Phi_s  (ns, m)  kernels of source samples to the centers      Phi_t  (nt, m)  of the target

The mean of 1 / w over the target is the part of the source that lies where the
target does,

    E_t[1 / w] = P_s(p_t > 0)                                                (5)

and far below 1 where the domains hardly overlap: KLIEP's constraint hides that
from the weights.

Model selection needs no target label: KLIEP takes the width of largest
cross-validated (3); uLSIF takes width and lam by the leave-one-out error of (2),
which is closed form.

Cost: O(n m (d + m) + m^3) time, O(n m) memory; LogisticRatio: O(n d^2 + d^3)
time, O(n) memory for m centers, a walk over the samples; KLIEP takes some ten
walks, uLSIF one, the classifier some ten. Up to `SAMPLE` rows of each domain the
kernels are kept.  Of more rows that many, seeded, choose the width and the ridge,
and the sums over all rows are formed in blocks.
"""

import numpy as np
from sklearn.linear_model import LogisticRegression

from tlbook._warn import warn
from tlbook.base import COUNT, ESTIMATOR, POSITIVE, ReweightingEstimator
from tlbook.blocks import map_rows
from tlbook.instance._kernel_rows import mean_row, product
from tlbook.instance._kliep import kliep_score, kliep_weights, reached
from tlbook.instance._logistic import domain_classifier
from tlbook.instance._ulsif import ulsif_leave_one_out, ulsif_weights
from tlbook.kernels import (
    GaussianBlocks,
    gamma_of_median,
    gaussian_product,
    squared_distances,
)
from tlbook.ties import first_largest, first_smallest

# factors of 1 / (2 median^2), of distances to the centers
WIDTHS = 2.0 ** np.arange(-3, 4)
RIDGES = 10.0 ** np.arange(-3, 2)
# rows of each domain, at most, on which width and ridge are chosen
SAMPLE = 20_000
# of the source where the target lies, below which weights are doubtful
LEAST_SHARE = 0.02


def sample_of(X, rng):
    """Return the rows of X, or `SAMPLE` of them if there are more, in their order."""
    if len(X) <= SAMPLE:
        return X
    return X[np.sort(rng.choice(len(X), SAMPLE, replace=False))]


class _KernelRatio(ReweightingEstimator):
    """What KLIEP and uLSIF share: centers, widths, and the ratio as a function."""

    @staticmethod
    def _default_estimator():
        return LogisticRegression(max_iter=1000)

    def _weigh(self, Xs, Xt):
        rng = np.random.default_rng(self.random_state)
        chosen = np.arange(len(Xt))
        if len(Xt) > self.n_centers:
            chosen = np.sort(rng.choice(len(Xt), self.n_centers, replace=False))
        self.centers_ = Xt[chosen]  # (m, d)
        Ds, Dt = (
            squared_distances(sample_of(X, rng), self.centers_).astype(
                np.float64, copy=False
            )
            for X in (Xs, Xt)
        )
        gammas = [self.gamma]
        if self.gamma is None:
            gammas = WIDTHS * gamma_of_median(np.concatenate([Ds, Dt]))
        self._select(Ds, Dt, gammas)
        Phi_s, Phi_t = np.exp(-self.gamma_ * Ds), np.exp(-self.gamma_ * Dt)
        self.alpha_ = self._solve(Phi_s, Phi_t)
        if len(Ds) < len(Xs) or len(Dt) < len(Xt):
            Phi_s, Phi_t = (
                GaussianBlocks(X, self.centers_, self.gamma_) for X in (Xs, Xt)
            )
            self.alpha_ = self._solve(Phi_s, Phi_t, self.alpha_)
        self._doubt(Phi_s, Phi_t)
        return product(Phi_s, self.alpha_)

    def _doubt(self, Phi_s, Phi_t):
        """Warn where the weights are not to be trusted."""

    def ratio(self, X):
        """Return the estimated density ratio p_t(x) / p_s(x), equation (1).

        Parameters
        ----------
        X : array-like of shape (n, d)

        Returns
        -------
        ndarray of shape (n,)
        """
        X = self._check_ratio(X)
        return gaussian_product(X, self.centers_, self.gamma_, self.alpha_)


class KLIEP(_KernelRatio):
    """Reweight the source by the Kullback-Leibler importance estimate.

    Parameters
    ----------
    estimator : classifier with sample weights, default=None
        None is logistic regression.
    gamma : float > 0, default=None
        Of the Gaussian kernel; None chooses among multiples of 1 / (2 median^2),
        of the distances to the centers, by the cross-validated likelihood of
        target samples.
    n_centers : int
        Target samples that serve as centers, at most.
    random_state : int
        Of the choice of centers.

    Attributes
    ----------
    weights_ : ndarray of shape (ns,), mean 1
    gamma_ : float
    alpha_, centers_ : coefficients (m,) and centers (m, d)

    References
    ----------
    Sugiyama et al., NIPS 2007.
    """

    _parameter_constraints = {
        "estimator": ESTIMATOR,
        "gamma": [*POSITIVE, None],
        "n_centers": COUNT,
        "random_state": ["random_state"],
    }

    def __init__(self, estimator=None, gamma=None, n_centers=100, random_state=0):
        self.estimator = estimator
        self.gamma = gamma
        self.n_centers = n_centers
        self.random_state = random_state

    def _select(self, Ds, Dt, gammas):
        self.gamma_ = gammas[0]
        if len(gammas) > 1:
            scores = [
                kliep_score(np.exp(-g * Ds), np.exp(-g * Dt)) for g in gammas
            ]
            self.gamma_ = gammas[int(first_largest(scores))]

    def _solve(self, Phi_s, Phi_t, start=None):
        if start is not None:
            start = 0.99 * start + 0.01 * start.mean()  # no entry of zero
        return kliep_weights(Phi_s, Phi_t, start=start)[0]

    def _doubt(self, Phi_s, Phi_t):
        near = reached(mean_row(Phi_s), Phi_t)[1]
        lost = np.flatnonzero(~near)
        if len(lost):
            warn(
                f"KLIEP leaves out {len(lost)} of {len(near)} rows of X_target "
                f"(target domain), the first is row {lost[0]}: they lie where "
                "no source sample is"
            )
        share = np.mean(1 / product(Phi_t, self.alpha_)[near])  # (5)
        if share < LEAST_SHARE:
            warn(
                f"by KLIEP's weights {100 * share:.2g} % of the source lie "
                "where the target is: source and target hardly overlap, and "
                "the weights are not to be trusted"
            )


class ULSIF(_KernelRatio):
    """Reweight the source by unconstrained least-squares importance fitting.

    Parameters
    ----------
    estimator : classifier with sample weights, default=None
        None is logistic regression.
    gamma : float > 0, default=None
        Of the Gaussian kernel; None chooses by the leave-one-out error, with
        `lam`.
    lam : float > 0, default=None
        Ridge; None chooses by the leave-one-out error.
    n_centers : int
        Target samples that serve as centers, at most.
    random_state : int
        Of the choice of centers.

    Attributes
    ----------
    weights_ : ndarray of shape (ns,)
    gamma_, lam_ : float
    alpha_, centers_ : coefficients (m,) and centers (m, d)

    References
    ----------
    Kanamori, Hido, Sugiyama, JMLR 10, 2009.
    """

    _parameter_constraints = {
        **KLIEP._parameter_constraints,
        "lam": [*POSITIVE, None],
    }

    def __init__(
        self, estimator=None, gamma=None, lam=None, n_centers=100, random_state=0
    ):
        self.estimator = estimator
        self.gamma = gamma
        self.lam = lam
        self.n_centers = n_centers
        self.random_state = random_state

    def _select(self, Ds, Dt, gammas):
        lams = RIDGES if self.lam is None else [self.lam]
        scores = [
            ulsif_leave_one_out(np.exp(-g * Ds), np.exp(-g * Dt), lams)
            for g in gammas
        ]
        width, ridge = np.unravel_index(first_smallest(scores), np.shape(scores))
        self.gamma_, self.lam_ = gammas[width], lams[ridge]

    def _solve(self, Phi_s, Phi_t, start=None):
        return ulsif_weights(Phi_s, Phi_t, self.lam_)


class LogisticRatio(ReweightingEstimator):
    """Reweight the source by the odds of a classifier of the domains, equation (4).

    Parameters
    ----------
    estimator : classifier with sample weights, default=None
        None is logistic regression.
    C : float > 0
        Inverse strength of the ridge of the domain classifier, on columns of
        variance 1.

    Attributes
    ----------
    weights_ : ndarray of shape (ns,)
    domain_classifier_ : fitted LogisticRegression
        Of the columns as they are given; class 0 is the source, class 1 the
        target.

    References
    ----------
    Bickel, Brueckner, Scheffer, Discriminative learning under covariate shift,
    JMLR 10, 2009.
    """

    _measures_distances = False
    _accept_sparse = True
    _accept_dask = True
    _parameter_constraints = {"estimator": ESTIMATOR, "C": POSITIVE}

    def __init__(self, estimator=None, C=1.0):
        self.estimator = estimator
        self.C = C

    @staticmethod
    def _default_estimator():
        return LogisticRegression(max_iter=1000)

    def _weigh(self, Xs, Xt):
        self.domain_classifier_ = domain_classifier(Xs, Xt, self.C)
        self._prior = Xs.shape[0] / Xt.shape[0]
        return np.asarray(self._odds(Xs))

    def ratio(self, X):
        """Return the estimated density ratio p_t(x) / p_s(x), equation (4).

        Parameters
        ----------
        X : array-like, sparse matrix or Dask array of shape (n, d)

        Returns
        -------
        ndarray of shape (n,); of a Dask array a Dask array, not yet computed
        """
        return self._odds(self._check_ratio(X))

    def _odds(self, X):
        log_odds, prior = self.domain_classifier_.decision_function, self._prior
        return map_rows(lambda rows: prior * np.exp(log_odds(rows)), X)
