"""TJM, transfer joint matching.

Long M., Wang J., Ding G., Sun J., Yu P. S. Transfer joint matching for
unsupervised domain adaptation. CVPR 2014, 1410-1417.
https://doi.org/10.1109/CVPR.2014.183

TCA keeps all source samples.  TJM can switch some off, ideally those unlike the
target: each row of A belongs to a sample, and a norm that is not squared drives
whole source rows to zero.

    minimize  tr(A' K M K A) + lam (sum_i |a_i| over the source + sum_j |a_j|^2 over the target)
    subject to  A' K H K A = I                                                (1)
    G = diag(g),  g_i = 1 / (2 |a_i|) (source), g_j = 1 (target)
    (K M K + lam G) A = K H K A diag(1 / values),  the largest values         (2)

Start from G = I and repeat (2): with A as in (1), no round makes (1) worse.
Where the target samples span the components, all source rows go to zero in the
end: the norm of a short row costs more than its square.  n_iter says how far on
that way one stops.

    X  (n, d)  pooled samples, source first    K  (n, n)  kernel matrix of X
    M  (n, n)  e e' / |e e'|_F, see TCA        H  (n, n)  I - 11' / n
    A  (n, k)  coefficients, rows a_i          G  (n, n)  row penalties

With B = G^(1/2) A, (2) is TCA's problem for the features K G^(-1/2).

Cost: O(n d^2 + r n d k) time, O(n d + d^2) memory; rbf: O(n^2 (d + r k)) time,
O(n^2) memory for r rounds; 8 GB hold 31,000 pooled samples, and more are refused.

Deviations.  M has unit norm, as in JDA's program.  A source row that is zero
stays zero, the limit of (2): only G^(-1/2), whose entry is then 0, is ever used;
the paper sets g_i = 0, which would leave the row free and (2) singular.  Columns
of the final A have unit length, as in TCA.
"""

import numpy as np
from sklearn.utils._param_validation import StrOptions

from tlbook.base import COUNT, ESTIMATOR, POSITIVE, AlignmentEstimator
from tlbook.feature._components import SharedMap, total_variance
from tlbook.feature.jda import unit_factor
from tlbook.feature.tca import mmd_vector, transfer_components

MOST = 20  # components if their number is left open, as in the paper


class SampleSpace:
    """The linear kernel with one coefficient per sample: F = K = XX', never formed.

    Parameters
    ----------
    X : ndarray of shape (n, d), pooled samples
    """

    def __init__(self, X):
        centered = X - X.mean(axis=0)
        self.X, self.n, self.size, self.rank = X, len(X), len(X), min(X.shape)
        self._total = centered.T @ centered  # (d, d)

    def scatter(self, V):
        """Return F'HF V, for V of shape (n, b)."""
        return self.X @ (self._total @ (self.X.T @ V))

    def trace(self):
        """Return the trace of F'HF."""
        return np.sum(self.X * (self.X @ self._total))

    def adjoint(self, E):
        """Return F'E, for E of shape (n, b)."""
        return self.X @ (self.X.T @ E)

    def project(self, A):
        """Return the map (d, k) with which X gives the features F A."""
        return self.X.T @ A


class ScaledSpace:
    """The features F diag(scale) of a space with features F.

    Parameters
    ----------
    space : feature space of `size` n
    scale : ndarray of shape (n,)
    """

    def __init__(self, space, scale):
        self.space, self.scale, self.n = space, scale[:, None], space.n
        self.size, self.rank = space.size, space.rank

    def scatter(self, V):
        """Return diag(scale) F'HF diag(scale) V."""
        return self.scale * self.space.scatter(self.scale * V)

    def trace(self):
        """Return the trace of F'HF before the scaling."""
        return self.space.trace()

    def adjoint(self, E):
        """Return diag(scale) F'E."""
        return self.scale * self.space.adjoint(E)


def inverse_root_penalties(A, ns):
    """Return the diagonal of G^(-1/2): (2 |a_i|)^(1/2) for the source, 1 for the target, (2).

    Parameters
    ----------
    A : ndarray of shape (n, k)
    ns : int

    Returns
    -------
    ndarray of shape (n,)
    """
    source = np.sqrt(2 * np.linalg.norm(A[:ns], axis=1))
    return np.concatenate([source, np.ones(len(A) - ns)])


def reweighted_components(space, e, scale, lam, n_components=None, start=None):
    """Return one round of (2): TCA for the features K G^(-1/2).

    Parameters
    ----------
    space : feature space with features K
    e : ndarray of shape (n, 1), M = e e'
    scale : ndarray of shape (n,)
        Diagonal of G^(-1/2).
    lam : float > 0
    n_components : int, optional
    start : ndarray of shape (n, k), optional
        B of the round before.

    Returns
    -------
    values : ndarray of shape (k,), descending
    A : ndarray of shape (n, k), A' K H K A = I as in (1)
    B : ndarray of shape (n, k), G^(1/2) A with columns of unit length
    """
    scaled = ScaledSpace(space, scale)
    values, B = transfer_components(scaled, e, lam, n_components, start, MOST)
    variance = np.sum(B * scaled.scatter(B), axis=0)  # (k,)
    return values, scale[:, None] * B / np.sqrt(variance), B


class TJM(SharedMap, AlignmentEstimator):
    """Transfer joint matching: TCA that can also switch single source samples off.

    Parameters
    ----------
    estimator : classifier, default=None
        Learner on the components; None is the nearest neighbor.
    n_components : int, default=None
        None takes 20, or the rank of the scatter if that is smaller.
    lam : float > 0, default=1.0
        Weight of the row penalties, equation (1), in the unit of K^2: |x|^4 for
        the linear kernel, none for the Gaussian one.
    kernel : {"linear", "rbf"}, default="linear"
    n_iter : int, default=10
        Rounds.
    gamma : float > 0, default=None
        Of the Gaussian kernel exp(-gamma |x - y|^2); None takes 1 / (2 sigma^2),
        sigma^2 the mean squared distance of the pooled samples.

    Attributes
    ----------
    estimator_ : fitted learner
    projection_ : ndarray of shape (d, k), or (n, k) for kernel="rbf"
        Map of samples, or of their kernel values with `samples_`.
    eigenvalues_ : ndarray of shape (k,), descending
    row_norms_ : ndarray of shape (ns,)
        |a_i| of the source samples, A as in (1): what each of them counts.

    References
    ----------
    Long, Wang, Ding, Sun, Yu, CVPR 2014, https://doi.org/10.1109/CVPR.2014.183
    """

    _accept_dask = False
    _parameter_constraints = {
        "estimator": ESTIMATOR,
        "n_components": [*COUNT, None],
        "lam": POSITIVE,
        "kernel": [StrOptions({"linear", "rbf"})],
        "n_iter": COUNT,
        "gamma": [*POSITIVE, None],
    }

    def __init__(
        self,
        estimator=None,
        n_components=None,
        lam=1.0,
        kernel="linear",
        n_iter=10,
        gamma=None,
    ):
        self.estimator = estimator
        self.n_components = n_components
        self.lam = lam
        self.kernel = kernel
        self.n_iter = n_iter
        self.gamma = gamma

    def _linear_space(self, Xs, Xt):
        X = np.concatenate([Xs, Xt]).astype(float)
        total_variance(X)
        return SampleSpace(X)

    def _align(self, Xs, ys, Xt):
        ns = len(Xs)
        space = self._space(Xs, Xt)
        e = unit_factor(mmd_vector(ns, len(Xt))[:, None])
        scale, B = np.ones(space.n), None
        for _ in range(self.n_iter):
            values, A, B = reweighted_components(
                space, e, scale, self.lam, self.n_components, B
            )
            scale = inverse_root_penalties(A, ns)
        self.row_norms_ = np.linalg.norm(A[:ns], axis=1)
        self._remember(
            space.project(A / np.linalg.norm(A, axis=0)), values, Xs.dtype
        )
