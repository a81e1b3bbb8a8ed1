"""TCA, transfer component analysis.

Pan S. J., Tsang I. W., Kwok J. T., Yang Q. Domain adaptation via transfer
component analysis. IEEE Transactions on Neural Networks 22(2), 2011, 199-210.
https://doi.org/10.1109/TNN.2010.2091281

Find directions that vary much over both domains and on which the two means agree:

    e_i = 1 / ns for source samples, -1 / nt for target samples               (1)
    MMD^2 = tr(K e e'),  after the map Z = K W:  |W' K e|^2                   (2)
    minimize  |W' K e|^2 + mu |W|^2   subject to  W' K H K W = I              (3)
    (K e e' K + mu I) W = K H K W diag(1 / values),  the largest values       (4)
    z(x) = W' k(x)

    X  (n, d)  pooled samples, source first    K  (n, n)  kernel matrix of X
    e  (n,)    signed weights, e e' is the MMD matrix L of the paper
    H  (n, n)  I - 11' / n, centers            W  (n, k)  coefficients of the components

With e e' of rank one, (mu I + K e e' K)^(-1/2) has a closed form and (4) becomes
a symmetric eigenproblem.  kernel="primal" puts X in the place of K and W (d, k)
on the features: the ridge then sits on other coefficients, so this is another
estimator than kernel="linear".

Cost: O(n d^2 + d^3) time, O(n k + d^2) memory; rbf: O(n^2 (d + k)) time, O(n^2)
memory: 8 GB hold 31,000 pooled samples, and more are refused.  Fewer samples than
features take O(n^2 d + n^3) for the linear kernel and the primal form.  Means and
the scatter matrix are sums over blocks of rows (`tlbook.blocks`): single
precision stays, and both forms take Dask arrays.

Deviations.  The columns of W are scaled to unit Euclidean length, not to W'KHKW =
I as in (3): the span is the same, but (3) blows every component up to unit
variance, and nearest neighbors then drown in those that carry little.  The
published accuracies come from unit columns.
"""

import numpy as np
from sklearn.utils._param_validation import StrOptions

from tlbook._warn import warn
from tlbook.base import COUNT, ESTIMATOR, POSITIVE, AlignmentEstimator
from tlbook.feature._components import (
    KERNELS,
    RESOLUTION,
    SharedMap,
    leading_eigenpairs,
)

VOID = 100  # times the gap: a ridge that large leaves no adaptation
NOTABLE = 4  # times the gap of shuffled domains: there is something to adapt
MOST = 100  # components if their number is left open, as in the papers' tables


def mmd_vector(ns, nt):
    """Return e with e_i = 1 / ns for the source and -1 / nt for the target, equation (1).

    Parameters
    ----------
    ns, nt : int, or arrays
        Samples of each domain; arrays where a row stands for several, with as
        many as each does.

    Returns
    -------
    ndarray with one entry per row; of a row that stands for m samples m^(1/2)
    times theirs
    """
    ms, mt = (np.ones(m) if np.ndim(m) == 0 else m for m in (ns, nt))
    return np.concatenate([np.sqrt(ms) / ms.sum(), -np.sqrt(mt) / mt.sum()])


def inverse_root(U, ridge):
    """Return the function V -> (ridge I + U U')^(-1/2) V.

    With the thin SVD U = Q diag(s) R', the matrix is ridge + s^2 along Q and
    ridge elsewhere.

    Parameters
    ----------
    U : ndarray of shape (size, r)
    ridge : float > 0

    Returns
    -------
    callable, (size, m) -> (size, m)
    """
    Q, s, _ = np.linalg.svd(U, full_matrices=False)
    shrink = 1 - np.sqrt(ridge / (ridge + s**2))
    return lambda V: (V - Q @ (shrink[:, None] * (Q.T @ V))) / np.sqrt(ridge)


def transfer_components(space, E, ridge, n_components, start=None, most=MOST):
    """Return the leading solutions of (F'EE'F + ridge I) A = F'HF A diag(1 / values), (4).

    Parameters
    ----------
    space : feature space F (n, size) of the pooled samples
    E : ndarray of shape (rows of the space, r)
        Factor of the MMD matrix M = E E'.
    ridge : float > 0
    n_components : int or None
        None takes the rank, at most `most`.
    start : ndarray of shape (size, m), optional
        Guess of A.
    most : int

    Returns
    -------
    values : ndarray of shape (k,), descending
    A : ndarray of shape (size, k), columns of unit length

    Raises
    ------
    ValueError
        If there are fewer than `n_components` directions in which the samples
        vary.

    Warns
    -----
    UserWarning
        If the ridge drowns the domain gap, so that nothing is adapted.
    """
    k = min(most if n_components is None else n_components, space.rank)
    U = space.adjoint(E)
    root = inverse_root(U, ridge)
    values, V = leading_eigenpairs(
        lambda V: root(space.scatter(root(V))), space.size, k, start
    )
    A = root(V)
    lengths = np.linalg.norm(A, axis=0)
    A /= lengths
    variance = values / lengths**2  # of F A
    varied = variance > RESOLUTION * np.max(variance)
    if not varied.any():
        raise ValueError(
            "beside their size the pooled samples do not vary: subtract large "
            "constants, for example by StandardScaler"
        )
    if start is None:
        _warn_if_void(space, np.sum(U**2), np.sum(E**2), ridge)
    if n_components is not None and np.sum(varied) < n_components:
        raise ValueError(
            f"n_components={n_components}, but the scatter of the pooled samples "
            f"has numerical rank {np.sum(varied)}"
        )
    return values[varied], A[:, varied]


def _warn_if_void(space, gap, squares, ridge):
    """Warn where the means lie apart and the ridge is far above their squared distance."""
    if ridge <= VOID * gap:  # both of the features F
        return
    # what the gap of shuffled domains would be
    spread = space.trace() * squares / space.n
    if gap > NOTABLE * spread:
        warn(
            f"the ridge, {ridge:.3g}, is {ridge / gap:.0f} times the squared "
            "distance of the domains: nothing is adapted; it has the unit of "
            "that distance, so scale the samples or take a smaller mu or lam"
        )


class TCA(SharedMap, AlignmentEstimator):
    """Transfer component analysis: components on which the two domains have one mean.

    Parameters
    ----------
    estimator : classifier, default=None
        Learner on the components; None is the nearest neighbor.
    n_components : int, default=None
        None takes 100, or the rank of the scatter if that is smaller.
    mu : float > 0, default=1.0
        Ridge on W against the squared MMD, equation (3).  It has the unit of |K
        e|^2: |x|^4 for the linear kernel, |x|^2 in the primal form, none for the
        Gaussian kernel.
    kernel : {"linear", "rbf", "primal"}, default="linear"
    gamma : float > 0, default=None
        Of the Gaussian kernel exp(-gamma |x - y|^2); None takes 1 / (2 sigma^2),
        sigma^2 the mean squared distance of the pooled samples.

    Attributes
    ----------
    estimator_ : fitted learner
    projection_ : ndarray of shape (d, k), or (n, k) for kernel="rbf"
        Map of samples, or of their kernel values with `samples_`.
    eigenvalues_ : ndarray of shape (k,), descending

    References
    ----------
    Pan, Tsang, Kwok, Yang, IEEE TNN 22(2), 2011,
    https://doi.org/10.1109/TNN.2010.2091281
    """

    _parameter_constraints = {
        "estimator": ESTIMATOR,
        "n_components": [*COUNT, None],
        "mu": POSITIVE,
        "kernel": [StrOptions(set(KERNELS))],
        "gamma": [*POSITIVE, None],
    }

    def __init__(
        self,
        estimator=None,
        n_components=None,
        mu=1.0,
        kernel="linear",
        gamma=None,
    ):
        self.estimator = estimator
        self.n_components = n_components
        self.mu = mu
        self.kernel = kernel
        self.gamma = gamma

    def _align(self, Xs, ys, Xt):
        space = self._space(Xs, Xt)
        e = mmd_vector(*space.sizes)[:, None]
        values, A = transfer_components(space, e, self.mu, self.n_components)
        self._remember(space.project(A), values, Xs.dtype)
