"""Density ratio estimation: KLIEP, uLSIF, and the probabilistic classifier.

Sugiyama M. et al. Direct importance estimation with model selection and its
application to covariate shift adaptation. NIPS 2007 (KLIEP). Kanamori T., Hido
S., Sugiyama M. A least-squares approach to direct importance estimation. JMLR 10,
2009, 1391-1445 (uLSIF).  Shimodaira H. Improving predictive inference under
covariate shift by weighting the log-likelihood function. Journal of Statistical
Planning and Inference 90, 2000, 227-244 (flattening).

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

Weights cost samples.  A learner with d parameters pays d / (2 n_eff) nats for
having to estimate them from n_eff effective samples.  The odds of a classifier
know no bound: columns that tell the domains apart leave some ten samples.  So
they are flattened (Shimodaira 2000) until ten effective samples are left for each
column, and the price is at most 1/20:

    v_i = w(x_i)^tau,   the largest tau <= 1 with  (sum v)^2 / sum v^2 >= 10 d      (6)

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
from tlbook.instance._flattening import flattened
from tlbook.instance._kernel_ratio import _KernelRatio
from tlbook.instance._kernel_rows import mean_row, product
from tlbook.instance._kliep import kliep_score, kliep_weights, reached
from tlbook.instance._logistic import domain_classifier
from tlbook.instance._ulsif import ulsif_leave_one_out, ulsif_weights
from tlbook.ties import first_largest, first_smallest

RIDGES = 10.0 ** np.arange(-3, 2)
# of the source where the target lies, below which weights are doubtful
LEAST_SHARE = 0.02
PER_COLUMN = 10  # effective samples that weights leave
FLAT = 0.5  # power of the weights below which they are said to be flat


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

    The weights are the flattened ones of (6), with mean 1; `ratio` gives (4) as it
    is.

    Parameters
    ----------
    estimator : classifier with sample weights, default=None
        None is logistic regression.
    C : float > 0
        Inverse strength of the ridge of the domain classifier, on columns of
        variance 1.

    Attributes
    ----------
    weights_ : ndarray of shape (ns,), mean 1
    power_ : float
        tau of (6): 1 where the ratio serves as it is, 0 where all weights are
        equal.
    domain_classifier_ : fitted LogisticRegression
        Of the columns as they are given; class 0 is the source, class 1 the
        target.

    References
    ----------
    Bickel, Brueckner, Scheffer, Discriminative learning under covariate shift,
    JMLR 10, 2009.  Shimodaira, Journal of Statistical Planning and Inference 90,
    2000.
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
        log_odds = np.asarray(
            map_rows(self.domain_classifier_.decision_function, Xs)
        )
        self._mean_odds = self._prior * np.mean(np.exp(log_odds))
        n, d = Xs.shape
        self.power_, weights = flattened(log_odds, PER_COLUMN * d)
        if self.power_ == 0:
            warn(
                f"LogisticRatio gives all source rows one weight: {n} rows of {d} "
                f"columns are less than {PER_COLUMN} a column, too few to be "
                "weighed; take fewer columns, for example by PCA"
            )
        elif self.power_ < FLAT:
            warn(
                f"LogisticRatio raises the importance weights to the power "
                f"{self.power_:.2f}, which leaves {PER_COLUMN * d} effective "
                "samples: source and target hardly overlap"
            )
        return weights

    def _mean_ratio(self, weights):
        return self._mean_odds

    def ratio(self, X):
        """Return the estimated density ratio p_t(x) / p_s(x), equation (4).

        Parameters
        ----------
        X : array-like, sparse matrix or Dask array of shape (n, d)

        Returns
        -------
        ndarray of shape (n,); of a Dask array a Dask array, not yet computed
        """
        log_odds, prior = self.domain_classifier_.decision_function, self._prior
        return map_rows(
            lambda rows: prior * np.exp(log_odds(rows)), self._check_ratio(X)
        )
