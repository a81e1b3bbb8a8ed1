"""GFK, the geodesic flow kernel.

Gong B., Shi Y., Sha F., Grauman K. Geodesic flow kernel for unsupervised domain
adaptation. CVPR 2012, 2066-2073. https://doi.org/10.1109/CVPR.2012.6247911

The principal subspaces of the two domains are two points on the manifold of all
k-dimensional subspaces.  The shortest path between them runs through infinitely
many subspaces; the kernel compares two samples in all of them at once:

    Ps' Pt = U cos(theta) V',   A = Ps U,   R = Pt V - A cos(theta)         (1)
    Phi(t) = A cos(t theta) + R sin(t theta) / sin(theta),   0 <= t <= 1    (2)
    x' G y = integral of (Phi(t)' x)' (Phi(t)' y) over t                    (3)
    G = L L' = [A R] [[a, b], [b, c]] [A R]'                                (4)
        a = (1 + sinc(2 theta)) / 2,   b = sinc(theta) / 2,
        c = (1 - sinc(2 theta)) / (2 sin(theta)^2),   sinc(x) = sin(x) / x
    disagreement D(k) = (sin alpha_k + sin beta_k) / 2, the sines of the largest angles of Ps and
        of Pt with the pooled subspace; take the first k at which D is 1    (5)
    rank of domain = 1/k sum_i theta_i [KL(s_i|t_i) + KL(t_i|s_i)]
                   = 1/k sum_i theta_i [(q_i + 1 / q_i) / 2 - 1]            (6)

    Xs, Xt  (ns, d), (nt, d)  samples             theta  (k,)  principal angles
    Ps, Pt  (d, k)  principal directions          A, R   (d, k)  start and direction of the path
    a, b, c (k,)    diagonals of the blocks       L      (d, 2k) factor of the kernel
    s_i, t_i        centered Gaussians fitted to the source along A_i, to the target along Pt V_i
    q_i             quotient of their variances

R is the paper's B sin(theta).  With it (4) has no division by zero: equal
directions give a = 1, b = 1/2, c = 1/3 and R = 0.

Cost: O(n d min(n, d) + min(n, d)^3 + d k^2) time, O(n k + d min(n, d)) memory:
two principal component analyses, then thin algebra; (5) adds one analysis of the
pooled samples and O(k^3) per candidate k.  G (d, d) is never formed.  The scatter
matrices are sums over blocks of rows (`tlbook.blocks`): single precision stays,
and Dask arrays are taken.

Deviations.  The factor 1/2 in a, b, c, which the paper drops, is kept: G is the
integral itself, so equal subspaces give the projector Ps Ps'.  Nearest neighbors
do not notice, the C of an SVM does. Principal components and (6) are of each
domain around its own mean, pooled ones too, as in the paper's standardized
domains.  On finite samples D(k) comes near to 1 without reaching it: (5) takes
the first k with D(k) >= 0.99, or the k of the largest D.
"""

import numpy as np
from sklearn.utils._param_validation import StrOptions

from tlbook.base import COUNT, ESTIMATOR, AlignmentEstimator
from tlbook.feature._subspaces import (
    Spread,
    check_n_components,
    half_of_features,
    principal_directions,
)
from tlbook.ties import first_largest
from tlbook.validation import SOURCE, TARGET

FULL = 0.99  # disagreement that counts as 1
# below this angle c = 1/3 is exact enough: it is multiplied by sin(theta)^2
SMALL = 1e-4


def principal_vectors(Ps, Pt):
    """Return A, R and the principal angles of two subspaces, equation (1).

    Parameters
    ----------
    Ps, Pt : ndarray of shape (d, k), orthonormal columns

    Returns
    -------
    A : ndarray of shape (d, k), orthonormal basis of the span of Ps
    R : ndarray of shape (d, k), orthogonal to A; columns of length sin(theta)
    theta : ndarray of shape (k,), ascending, in [0, pi / 2]
    """
    U, cosine, Vt = np.linalg.svd(Ps.T @ Pt)
    A = Ps @ U
    R = Pt @ Vt.T - A * cosine
    return A, R, np.arctan2(np.linalg.norm(R, axis=0), cosine)


def geodesic(A, R, theta, t):
    """Return an orthonormal basis of the subspace at time t of the path, equation (2).

    Parameters
    ----------
    A, R, theta : see `principal_vectors`
    t : float
        0 is the source, 1 the target.

    Returns
    -------
    ndarray of shape (d, k)
    """
    # sin(t theta) / sin(theta)
    ratio = t * np.sinc(t * theta / np.pi) / np.sinc(theta / np.pi)
    return A * np.cos(t * theta) + R * ratio


def flow_factor(A, R, theta):
    """Return L with G = L L', equation (4): Cholesky factors of k blocks of 2 x 2.

    Parameters
    ----------
    A, R, theta : see `principal_vectors`

    Returns
    -------
    ndarray of shape (d, 2k)
    """
    # numpy's sinc has pi inside
    double, small = np.sinc(2 * theta / np.pi), theta < SMALL
    a = (1 + double) / 2
    b = np.sinc(theta / np.pi) / 2
    c = np.where(
        small, 1 / 3, (1 - double) / (2 * np.sin(np.where(small, 1, theta)) ** 2)
    )
    root = np.sqrt(a)
    return np.hstack([A * root + R * (b / root), R * np.sqrt(c - b**2 / a)])


def subspace_disagreement(Ps, Pt, pooled):
    """Yield D(1), D(2), ... for nested bases, equation (5).

    Parameters
    ----------
    Ps, Pt, pooled : ndarray of shape (d, k)
        Principal directions of source, target and both, by falling variance.

    Yields
    ------
    float in [0, 1], k of them
    """

    def largest_sine(products):
        cosines = np.linalg.svd(products, compute_uv=False)
        return np.sqrt(max(0.0, 1 - cosines[-1] ** 2))

    Ms, Mt = Ps.T @ pooled, Pt.T @ pooled  # (k, k)
    for k in range(1, len(Ms) + 1):
        yield (largest_sine(Ms[:k, :k]) + largest_sine(Mt[:k, :k])) / 2


def agreeing_components(Ps, Pt, pooled):
    """Return the first number of components of full disagreement, or else of the largest.

    Parameters
    ----------
    Ps, Pt, pooled : see `subspace_disagreement`

    Returns
    -------
    int, from 1 to k
    """
    seen = []
    for disagreement in subspace_disagreement(Ps, Pt, pooled):
        seen.append(disagreement)
        if disagreement >= FULL:
            break
    return 1 + int(first_largest(seen))


def rank_of_domain(Xs, Xt, n_components):
    """Return how ill a source suits a target: the smaller, the better, equation (6).

    Parameters
    ----------
    Xs : ndarray of shape (ns, d)
    Xt : ndarray of shape (nt, d)
    n_components : int

    Returns
    -------
    float >= 0

    Raises
    ------
    ValueError
        If n_components is greater than the rank of a domain, or all samples of
        one coincide.
    """
    spreads = Spread(Xs, "Xs"), Spread(Xt, "Xt")
    Ps, Pt = (
        principal_directions(spread, most=n_components) for spread in spreads
    )
    check_n_components(n_components, Ps, Pt)
    A, R, theta = principal_vectors(Ps[:, :n_components], Pt[:, :n_components])
    Zs, Zt = (
        (Xs - spreads[0].mean) @ A,
        (Xt - spreads[1].mean) @ geodesic(A, R, theta, 1.0),
    )
    quotient = Zs.var(axis=0, ddof=1) / Zt.var(axis=0, ddof=1)
    return float(np.mean(theta * ((quotient + 1 / quotient) / 2 - 1)))


class GFK(AlignmentEstimator):
    """Geodesic flow kernel: compare samples in all subspaces between source and target.

    Parameters
    ----------
    estimator : classifier, default=None
        Learner on the features; None is the nearest neighbor.
    n_components : int or "auto", default="auto"
        Principal directions of each domain; "auto" takes them by subspace
        disagreement.  Half of the features, and the smaller rank of the two
        domains, are the limits.

    Attributes
    ----------
    estimator_ : fitted learner
    n_components_ : int
    angles_ : ndarray of shape (n_components_,)
        Principal angles between the domains, in radians, ascending.
    projection_ : ndarray of shape (d, 2 * n_components_)
        Factor L of the kernel G = L L', the map of both domains.

    References
    ----------
    Gong, Shi, Sha, Grauman, CVPR 2012, https://doi.org/10.1109/CVPR.2012.6247911
    """

    _accept_dask = True
    _parameter_constraints = {
        "estimator": ESTIMATOR,
        "n_components": [*COUNT, StrOptions({"auto"})],
    }

    def __init__(self, estimator=None, n_components="auto"):
        self.estimator = estimator
        self.n_components = n_components

    def _align(self, Xs, ys, Xt):
        spreads = Spread(Xs, SOURCE), Spread(Xt, TARGET)
        auto = self.n_components == "auto"
        most = None if auto else self.n_components
        Ps, Pt = (principal_directions(spread, most=most) for spread in spreads)
        if auto:
            pooled = principal_directions(*spreads)
            most = min(Ps.shape[1], Pt.shape[1], half_of_features(Ps))
            k = agreeing_components(*(P[:, :most] for P in (Ps, Pt, pooled)))
        else:
            k = self.n_components
            check_n_components(k, Ps, Pt, half=True)
        self.n_components_ = k
        A, R, self.angles_ = principal_vectors(Ps[:, :k], Pt[:, :k])
        self.projection_ = flow_factor(A, R, self.angles_).astype(Xs.dtype)

    def _map(self, X, domain):
        return X @ self.projection_
