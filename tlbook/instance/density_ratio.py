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
from scipy.optimize import nnls
from sklearn.linear_model import LogisticRegression

from tlbook._warn import warn
from tlbook.base import COUNT, ESTIMATOR, POSITIVE, ReweightingEstimator
from tlbook.blocks import map_rows
from tlbook.instance._logistic import domain_classifier
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
NOTHING = 1e-12  # a kernel value that counts as none
# rows of each domain, at most, on which width and ridge are chosen
SAMPLE = 20_000
# of the source where the target lies, below which weights are doubtful
LEAST_SHARE = 0.02
EM_STEPS = 5  # before the quadratic programs


def blocks_of(Phi):
    """Return an iterable over blocks of rows: a matrix is one block."""
    return [Phi] if isinstance(Phi, np.ndarray) else Phi


def mean_row(Phi):
    """Return the mean over the rows of a matrix or `GaussianBlocks`, shape (m,)."""
    return sum(block.sum(axis=0) for block in blocks_of(Phi)) / len(Phi)


def product(Phi, alpha):
    """Return Phi alpha for a matrix or `GaussianBlocks`, shape (n,)."""
    return np.concatenate([block @ alpha for block in blocks_of(Phi)])


def kliep_weights(Phi_s, Phi_t, tol=1e-9, max_iter=100, start=None):
    """Return alpha of equation (3) by sequential quadratic programming.

    With p_l = alpha_l mean(Phi_s)_l, (3) asks for a distribution p.  Its
    multiplier is known to be 1, so the problem is

        max  mean log w - sum(p),   p >= 0,

    and each quadratic model of it is a non-negative least-squares problem.  The
    duality gap at a distribution p is max(g) - 1, with g the gradient of mean log
    w in p.

    Parameters
    ----------
    Phi_s : ndarray of shape (ns, m), or `GaussianBlocks`
    Phi_t : ndarray of shape (nt, m), or `GaussianBlocks`
    tol : float
        Duality gap at which to stop, in nats.
    max_iter : int
    start : ndarray of shape (m,), optional
        An alpha to start from, without entries of zero; by default some steps of
        expectation maximization from the uniform p.

    Returns
    -------
    alpha : ndarray of shape (m,)
    gap : float

    Raises
    ------
    ValueError
        If no target row is near a center that the source reaches.
    """
    b = mean_row(Phi_s)  # (m,)
    centers, rows = reached(b, Phi_t)
    if not rows.any():
        raise ValueError(
            "the domains share no region: no source sample is near a center "
            "near a target sample; look for columns in which they lie apart, or "
            "choose a smaller gamma"
        )
    # alpha b_max = scale p
    scale = np.where(centers, b.max() / np.where(centers, b, 1), 0)
    p = centers.astype(float) if start is None else start * b * centers
    p /= p.sum()
    for _ in range(EM_STEPS if start is None else 0):
        p = p * scale * gradient(Phi_t, rows, scale * p)
    value, g, H = log_likelihood(Phi_t, rows, scale * p)
    for _ in range(max_iter):
        gap = np.max(scale * g) - 1
        if gap < tol:
            break
        q = quadratic_model(scale * g, scale[:, None] * H * scale, p)
        p, value, g, H = line_search(Phi_t, rows, scale, p, q, (value, g, H))
    return scale * p / b.max(), float(gap)


def reached(b, Phi_t):
    """Return masks of the centers that the source reaches, and of the target rows near them.

    Kernel values that sum to less than `NOTHING` are none: the logarithm of (3)
    would be that of rounding errors, and one such row would decide over all
    others.

    Parameters
    ----------
    b : ndarray of shape (m,)
        Mean kernel values of the source.
    Phi_t : ndarray of shape (nt, m), or `GaussianBlocks`

    Returns
    -------
    centers : ndarray of bool, shape (m,)
    rows : ndarray of bool, shape (nt,)
    """
    centers = b > max(NOTHING * b.max(), np.finfo(float).tiny)
    return centers, np.concatenate(
        [block @ centers > NOTHING for block in blocks_of(Phi_t)]
    )


def walk(Phi, rows):
    """Yield the blocks of rows of Phi, each with its part of the mask `rows`."""
    start = 0
    for block in blocks_of(Phi):
        yield block, rows[start : start + len(block)]
        start += len(block)


def gradient(Phi_t, rows, alpha):
    """Return the gradient of mean log w in alpha, over the masked rows, shape (m,)."""
    g = 0.0
    for block, keep in walk(Phi_t, rows):
        g = g + (keep / np.where(keep, block @ alpha, 1)) @ block
    return g / rows.sum()


def log_likelihood(Phi_t, rows, alpha):
    """Return the mean of log w over the masked rows, its gradient and its negative Hessian.

    Parameters
    ----------
    Phi_t : ndarray of shape (nt, m), or `GaussianBlocks`
    rows : ndarray of bool, shape (nt,)
    alpha : ndarray of shape (m,)

    Returns
    -------
    value : float, -inf where w is zero at a row
    gradient : ndarray of shape (m,)
    H : ndarray of shape (m, m)
    """
    value, g, H = 0.0, 0.0, 0.0
    for block, keep in walk(Phi_t, rows):
        w = np.where(keep, block @ alpha, 1)  # (rows,)
        if w.min() <= 0:
            return -np.inf, g, H
        R = block * (keep / w)[:, None]  # (rows, m)
        value, g, H = value + np.log(w).sum(), g + R.sum(axis=0), H + R.T @ R
    n = rows.sum()
    return value / n, g / n, H / n


def quadratic_model(g, H, p):
    """Return the maximum q >= 0 of the quadratic model of mean log w - sum(p) at p.

    Parameters
    ----------
    g : ndarray of shape (m,), gradient in p
    H : ndarray of shape (m, m), negative Hessian; H p = g
    p : ndarray of shape (m,), on the simplex

    Returns
    -------
    ndarray of shape (m,)
    """
    # of the step, so that it does not move the optimum
    ridge = 1e-8 * np.trace(H) / len(p)
    L = np.linalg.cholesky(H + ridge * np.eye(len(p)))
    q, _ = nnls(
        L.T, np.linalg.solve(L, 2 * g - 1 + ridge * p), maxiter=100 * len(p)
    )
    return q


def line_search(Phi_t, rows, scale, p, q, here):
    """Return the next p and the likelihood there: from p towards q, halved until it gains.

    Parameters
    ----------
    Phi_t, rows : see `log_likelihood`
    scale : ndarray of shape (m,), alpha = scale p
    p, q : ndarray of shape (m,)
    here : (value, gradient, H) at p

    Returns
    -------
    p : ndarray of shape (m,), on the simplex
    value, gradient, H : see `log_likelihood`
    """
    # near the optimum a gain is below the rounding error
    least = here[0] - 1e-15 * abs(here[0])
    step = 1.0
    while step > 1e-8:
        new = p + step * (q - p)
        new = np.where(scale > 0, new, 0)
        new /= new.sum()
        there = log_likelihood(Phi_t, rows, scale * new)
        if there[0] > least:
            return new, *there
        step /= 2
    new = p * scale * here[1]  # a step of expectation maximization never loses
    return new, *log_likelihood(Phi_t, rows, scale * new)


def kliep_score(Phi_s, Phi_t, n_folds=5):
    """Return the cross-validated mean log w of held-out target samples, equation (3)."""
    folds, b = np.arange(len(Phi_t)) % min(n_folds, len(Phi_t)), mean_row(Phi_s)
    scores = []
    for fold in np.unique(folds):
        train = Phi_t[folds != fold]
        if not reached(b, train)[1].any():
            return -np.inf
        alpha, _ = kliep_weights(Phi_s, train, tol=1e-6)
        scores.append(np.log(np.maximum(Phi_t[folds == fold] @ alpha, 1e-300)))
    return float(np.concatenate(scores).mean())


def ulsif_weights(Phi_s, Phi_t, lam):
    """Return alpha of equation (2), cut at zero; for matrices, or `GaussianBlocks`."""
    H = sum(block.T @ block for block in blocks_of(Phi_s)) / len(Phi_s)  # (m, m)
    h = mean_row(Phi_t)
    return np.maximum(np.linalg.solve(H + lam * np.eye(len(h)), h), 0)


def ulsif_leave_one_out(Phi_s, Phi_t, lams):
    """Return the leave-one-out error of equation (2) for each lam, in closed form.

    Fold i leaves out source sample i and target sample i, for i up to n = min(ns,
    nt).  One eigendecomposition of H serves all lam; a left-out row is a change
    of rank one (Sherman-Morrison).

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
        # H without row i is (ns H - s s') / (ns - 1); multiply the system by (ns
        # - 1) / ns
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
