"""Density ratio estimation: KLIEP, uLSIF, and the probabilistic classifier.

Sugiyama M. et al. Direct importance estimation with model selection and its application to
covariate shift adaptation. NIPS 2007 (KLIEP).
Kanamori T., Hido S., Sugiyama M. A least-squares approach to direct importance estimation.
JMLR 10, 2009, 1391-1445 (uLSIF).

Under covariate shift, learning with the weights w(x) = p_t(x) / p_s(x) on the source is learning on
the target.  Estimate w itself, not the two densities:

    w(x) = sum_l alpha_l k(x, c_l),   k(x, c) = exp(-gamma |x - c|^2),  alpha >= 0          (1)

with centers c_l among the target samples.

    uLSIF   min  1/2 alpha' H alpha - h' alpha + lam/2 |alpha|^2                            (2)
            H = Phi_s' Phi_s / ns,  h = mean_t Phi_t,  then alpha = max(alpha, 0)
    KLIEP   max  mean_t log w(x)   s.t.  mean_s w(x) = 1                                   (3)
    classifier   w(x) = (ns / nt) P(target | x) / P(source | x)                            (4)

    Phi_s  (ns, m)  kernels of source samples to the centers      Phi_t  (nt, m)  of the target

Model selection needs no target label: KLIEP takes the width of largest cross-validated (3); uLSIF
takes width and lam by the leave-one-out error of (2), which is closed form.

Cost: O((ns + nt) m d) for the kernels, once; then O(m^3 + n m^2) per width.
"""

import warnings

import numpy as np
from scipy.optimize import nnls
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from tlbook.base import COUNT, ESTIMATOR, POSITIVE, ReweightingEstimator
from tlbook.kernels import gamma_of_median, gaussian_product, squared_distances
from tlbook.ties import first_largest, first_smallest

WIDTHS = 2.0 ** np.arange(-3, 4)  # factors of 1 / (2 median^2), of distances to the centers
RIDGES = 10.0 ** np.arange(-3, 2)
NOTHING = 1e-12  # a kernel value that counts as none


def kliep_weights(Phi_s, Phi_t, tol=1e-9, max_iter=100):
    """Return alpha of equation (3) by sequential quadratic programming.

    With p_l = alpha_l mean(Phi_s)_l and A = Phi_t / mean(Phi_s), (3) asks for a distribution p:
    max mean log(A p).  Its multiplier is known to be 1, so the problem is

        max  mean log(A p) - sum(p),   p >= 0,

    and each quadratic model of it is a non-negative least-squares problem.  The duality gap at a
    distribution p is max(g) - 1, with g the gradient of mean log(A p).

    Parameters
    ----------
    Phi_s : ndarray of shape (ns, m)
    Phi_t : ndarray of shape (nt, m)
    tol : float
        Duality gap at which to stop, in nats.
    max_iter : int

    Returns
    -------
    alpha : ndarray of shape (m,)
    gap : float

    Raises
    ------
    ValueError
        If no target row is near a center that the source reaches.
    """
    b = Phi_s.mean(axis=0)  # (m,)
    centers, rows = reached(Phi_s, Phi_t)
    if not rows.any():
        raise ValueError(
            "the domains share no region: no source sample is near a center near a target sample; "
            "look for columns in which they lie apart, or choose a smaller gamma"
        )
    A = Phi_t[np.ix_(rows, centers)] / b[centers]  # (nt, m)
    p, gap = np.full(A.shape[1], 1 / A.shape[1]), np.inf
    for _ in range(max_iter):
        R = A / (A @ p)[:, None]
        g = R.mean(axis=0)
        gap = g.max() - 1
        if gap < tol:
            break
        p = quadratic_step(A, R, g, p)
    alpha = np.zeros(len(b))
    alpha[centers] = p / b[centers]
    return alpha, float(gap)


def reached(Phi_s, Phi_t):
    """Return masks of the centers that the source reaches, and of the target rows near them.

    A kernel value below `NOTHING` is none: the logarithm of (2) would be that of rounding errors,
    and one such row would decide over all others.

    Parameters
    ----------
    Phi_s, Phi_t : ndarray of shape (ns, m) and (nt, m)

    Returns
    -------
    centers : ndarray of bool, shape (m,)
    rows : ndarray of bool, shape (nt,)
    """
    b = Phi_s.mean(axis=0)
    centers = b > max(NOTHING * b.max(), np.finfo(float).tiny)
    return centers, (Phi_t[:, centers] > NOTHING).any(axis=1)


def quadratic_step(A, R, g, p):
    """Return the next p: the maximum of the quadratic model at p, halved until it gains.

    Parameters
    ----------
    A, R : ndarray of shape (nt, m), R = A / (A p)
    g : ndarray of shape (m,), gradient of mean log(A p)
    p : ndarray of shape (m,), on the simplex

    Returns
    -------
    ndarray of shape (m,), on the simplex
    """
    H = R.T @ R / len(R)  # negative Hessian; H p = g
    ridge = 1e-8 * np.trace(H) / len(p)  # of the step, so that it does not move the optimum
    L = np.linalg.cholesky(H + ridge * np.eye(len(p)))
    q, _ = nnls(L.T, np.linalg.solve(L, 2 * g - 1 + ridge * p), maxiter=100 * len(p))
    start, step = np.log(A @ p).mean(), 1.0
    least = start - 1e-15 * abs(start)  # near the optimum a gain is below the rounding error
    while step > 1e-8:
        new = p + step * (q - p)
        new /= new.sum()
        mixture = A @ new
        if mixture.min() > 0 and np.log(mixture).mean() > least:
            return new
        step /= 2
    return p * g  # a step of expectation maximization never loses


def kliep_score(Phi_s, Phi_t, n_folds=5):
    """Return the cross-validated mean log w of held-out target samples, equation (3)."""
    folds = np.arange(len(Phi_t)) % min(n_folds, len(Phi_t))
    scores = []
    for fold in np.unique(folds):
        train = Phi_t[folds != fold]
        if not reached(Phi_s, train)[1].any():
            return -np.inf
        alpha, _ = kliep_weights(Phi_s, train, tol=1e-6)
        scores.append(np.log(np.maximum(Phi_t[folds == fold] @ alpha, 1e-300)))
    return float(np.concatenate(scores).mean())


def ulsif_weights(Phi_s, Phi_t, lam):
    """Return alpha of equation (2), cut at zero."""
    H, h = Phi_s.T @ Phi_s / len(Phi_s), Phi_t.mean(axis=0)
    return np.maximum(np.linalg.solve(H + lam * np.eye(len(h)), h), 0)


def ulsif_leave_one_out(Phi_s, Phi_t, lams):
    """Return the leave-one-out error of equation (2) for each lam, in closed form.

    Fold i leaves out source sample i and target sample i, for i up to n = min(ns, nt).  One
    eigendecomposition of H serves all lam; a left-out row is a change of rank one
    (Sherman-Morrison).

    Parameters
    ----------
    Phi_s : ndarray of shape (ns, m)
    Phi_t : ndarray of shape (nt, m)
    lams : sequence of float > 0

    Returns
    -------
    ndarray of shape (len(lams),)
    """
    ns, nt, n = len(Phi_s), len(Phi_t), min(len(Phi_s), len(Phi_t))
    values, V = np.linalg.eigh(Phi_s.T @ Phi_s / ns)
    S, T = Phi_s[:n] @ V, Phi_t[:n] @ V  # (n, m), in the eigenbasis
    h = Phi_t.mean(axis=0) @ V
    h_left = (nt * h - T) / (nt - 1)  # (n, m): mean without row i
    scores = []
    for lam in lams:
        # H without row i is (ns H - s s') / (ns - 1); multiply the system by (ns - 1) / ns
        inverse = 1 / (values + lam * (ns - 1) / ns)
        Si, hi = S * inverse, h_left * inverse
        lever = np.sum(S * Si, axis=1)  # (n,)
        shared = np.sum(S * hi, axis=1) / (ns - lever)
        alpha = (ns - 1) / ns * (hi + shared[:, None] * Si) @ V.T  # (n, m)
        alpha = np.maximum(alpha, 0)
        on_source = np.sum(Phi_s[:n] * alpha, axis=1)
        on_target = np.sum(Phi_t[:n] * alpha, axis=1)
        scores.append(np.mean(on_source**2) / 2 - np.mean(on_target))
    return np.array(scores)


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
        Ds, Dt = squared_distances(Xs, self.centers_), squared_distances(Xt, self.centers_)
        gammas = [self.gamma]
        if self.gamma is None:
            gammas = WIDTHS * gamma_of_median(np.concatenate([Ds, Dt]))
        self._select(Ds, Dt, gammas)
        return np.exp(-self.gamma_ * Ds) @ self.alpha_

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
        X = X.astype(self.centers_.dtype)
        return gaussian_product(X, self.centers_, self.gamma_, self.alpha_)


class KLIEP(_KernelRatio):
    """Reweight the source by the Kullback-Leibler importance estimate.

    Parameters
    ----------
    estimator : classifier with sample weights, default=None
        None is logistic regression.
    gamma : float > 0, default=None
        Of the Gaussian kernel; None chooses among multiples of 1 / (2 median^2), of the distances
        to the centers, by the cross-validated likelihood of target samples.
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
        if len(gammas) > 1:
            scores = [kliep_score(np.exp(-g * Ds), np.exp(-g * Dt)) for g in gammas]
            self.gamma_ = gammas[int(first_largest(scores))]
        else:
            self.gamma_ = gammas[0]
        Phi_s, Phi_t = np.exp(-self.gamma_ * Ds), np.exp(-self.gamma_ * Dt)
        self.alpha_, _ = kliep_weights(Phi_s, Phi_t)
        lost = np.flatnonzero(~reached(Phi_s, Phi_t)[1])
        if len(lost):
            warnings.warn(
                f"KLIEP leaves out {len(lost)} of {len(Phi_t)} rows of X_target (target domain), "
                f"the first is row {lost[0]}: they lie where no source sample is",
                UserWarning,
                stacklevel=7,
            )


class ULSIF(_KernelRatio):
    """Reweight the source by unconstrained least-squares importance fitting.

    Parameters
    ----------
    estimator : classifier with sample weights, default=None
        None is logistic regression.
    gamma : float > 0, default=None
        Of the Gaussian kernel; None chooses by the leave-one-out error, with `lam`.
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

    _parameter_constraints = {**KLIEP._parameter_constraints, "lam": [*POSITIVE, None]}

    def __init__(self, estimator=None, gamma=None, lam=None, n_centers=100, random_state=0):
        self.estimator = estimator
        self.gamma = gamma
        self.lam = lam
        self.n_centers = n_centers
        self.random_state = random_state

    def _select(self, Ds, Dt, gammas):
        lams = RIDGES if self.lam is None else [self.lam]
        scores = [ulsif_leave_one_out(np.exp(-g * Ds), np.exp(-g * Dt), lams) for g in gammas]
        width, ridge = np.unravel_index(first_smallest(scores), np.shape(scores))
        self.gamma_, self.lam_ = gammas[width], lams[ridge]
        Phi_s, Phi_t = np.exp(-self.gamma_ * Ds), np.exp(-self.gamma_ * Dt)
        self.alpha_ = ulsif_weights(Phi_s, Phi_t, self.lam_)


class LogisticRatio(ReweightingEstimator):
    """Reweight the source by the odds of a classifier of the domains, equation (4).

    Parameters
    ----------
    estimator : classifier with sample weights, default=None
        None is logistic regression.
    C : float > 0
        Inverse strength of the ridge of the domain classifier.

    Attributes
    ----------
    weights_ : ndarray of shape (ns,)
    domain_classifier_ : fitted pipeline

    References
    ----------
    Bickel, Brueckner, Scheffer, Discriminative learning under covariate shift, JMLR 10, 2009.
    """

    _measures_distances = False
    _parameter_constraints = {"estimator": ESTIMATOR, "C": POSITIVE}

    def __init__(self, estimator=None, C=1.0):
        self.estimator = estimator
        self.C = C

    @staticmethod
    def _default_estimator():
        return LogisticRegression(max_iter=1000)

    def _weigh(self, Xs, Xt):
        domain = np.repeat([0, 1], [len(Xs), len(Xt)])
        model = make_pipeline(StandardScaler(), LogisticRegression(C=self.C, max_iter=1000))
        self.domain_classifier_ = model.fit(np.concatenate([Xs, Xt]), domain)
        self._prior = len(Xs) / len(Xt)
        return self._odds(Xs)

    def ratio(self, X):
        """Return the estimated density ratio p_t(x) / p_s(x), equation (4).

        Parameters
        ----------
        X : array-like of shape (n, d)

        Returns
        -------
        ndarray of shape (n,)
        """
        return self._odds(self._check_ratio(X))

    def _odds(self, X):
        return self._prior * np.exp(self.domain_classifier_.decision_function(X))
