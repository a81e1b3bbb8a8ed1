"""JDA, joint distribution adaptation.

Long M., Wang J., Ding G., Sun J., Yu P. S. Transfer feature learning with joint
distribution adaptation. ICCV 2013, 2200-2207.
https://doi.org/10.1109/ICCV.2013.274

TCA brings the means of the two domains together.  JDA does it for the means of
each class as well, with guessed labels in the target, which it guesses again
after each round:

    e0_i = 1 / ns (source), -1 / nt (target)
    ec_i = 1 / ns^c (source of class c), -1 / nt^c (target guessed as c)      (1)
    M = (C e0 e0' + sum_c ec ec') / |C e0 e0' + sum_c ec ec'|_F               (2)
    (K M K + lam I) A = K H K A diag(1 / values),  the largest values         (3)
    Z = K A;  learn on the source rows of Z, guess the target labels, repeat

    X  (n, d)  pooled samples, source first    K  (n, n)  kernel matrix of X
    M  (n, n)  MMD matrix, of rank C + 1       H  (n, n)  I - 11' / n
    C  number of classes                       A  (n, k)  coefficients of the components

The first round has no guesses and M = e0 e0' / |e0 e0'|_F: it is TCA with mu =
lam |e0|^2.

Cost: O(n d (d + r k + r C) + d^3 + r d^2 k) time, O(n k + d^2) memory; rbf: O(n^2
(d + r k)) time, O(n^2) memory for r rounds beside the learner's: K or the scatter
once, then a low-rank change and a warm start each round; 8 GB hold 31,000 pooled
samples, and more are refused.  The means of the classes and the scatter are sums
over blocks of rows (`tlbook.blocks`): single precision stays, and the linear
kernel and the primal form take Dask arrays.  Of those a learner with
`partial_fit` learns, and guesses, chunk by chunk.

Deviations.  The factor C and the norm in (2) are those of the authors' program,
not of the paper; the published tables come from them.  Columns of A have unit
length, as in TCA.  A class that no target sample is guessed to be has no target
mean: its term is left out.  "Joint" is the authors' word: matched are the
marginal and the class-conditionals, not P(x, y).
"""

import numpy as np
from array_api_compat import is_dask_array
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import Normalizer
from sklearn.utils._param_validation import StrOptions

from tlbook.base import COUNT, ESTIMATOR, POSITIVE, AlignmentEstimator
from tlbook.blocks import fit_rows, map_rows
from tlbook.feature._components import KERNELS, SharedMap
from tlbook.feature.tca import mmd_vector, transfer_components


def class_mmd_vectors(ys, guesses, classes, sizes=(1, 1)):
    """Return the vectors ec as columns, equation (1), of the classes that the target has.

    Parameters
    ----------
    ys : ndarray of shape (ns,)
    guesses : ndarray of shape (nt,)
        Pseudo labels of the target.
    classes : ndarray of shape (C,)
    sizes : pair of arrays of shape (ns,) and (nt,), optional
        For how many samples each row stands, see `tlbook.feature._components`.

    Returns
    -------
    ndarray of shape (ns + nt, at most C)
    """
    # (ns, C), (nt, C)
    source, target = ys[:, None] == classes, guesses[:, None] == classes
    present = target.any(axis=0)
    ms, mt = (
        np.broadcast_to(m, len(y))[:, None] for m, y in zip(sizes, (ys, guesses))
    )
    source, target = source[:, present], target[:, present]
    source = np.sqrt(ms) * source / np.sum(ms * source, axis=0)
    target = np.sqrt(mt) * target / np.sum(mt * target, axis=0)
    return np.concatenate([source, -target])


def unit_factor(E):
    """Return E / |EE'|_F^(1/2): the factor of an MMD matrix of unit Frobenius norm, equation (2).

    Parameters
    ----------
    E : ndarray of shape (n, r)

    Returns
    -------
    ndarray of shape (n, r)
    """
    return E / np.sqrt(np.linalg.norm(E.T @ E))


class JDA(SharedMap, AlignmentEstimator):
    """Joint distribution adaptation: match the means of the domains and of their classes.

    Parameters
    ----------
    estimator : classifier, default=None
        Learner on the components, which also guesses; None is the paper's, the
        nearest neighbor of rows scaled to unit length.  With kernel="linear" the
        components are long, |x|^2 times the root of n: scale them for a linear
        learner, for example by Normalizer.
    n_components : int, default=None
        None takes 100, or the rank of the scatter if that is smaller.
    lam : float > 0, default=1.0
        Ridge on A against the MMD matrix of unit norm, equation (3), in the unit
        of K^2: |x|^4 for the linear kernel, |x|^2 in the primal form, none for
        the Gaussian kernel.
    kernel : {"linear", "rbf", "primal"}, default="linear"
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
    guesses_ : ndarray of shape (n_iter - 1, nt)
        Target labels guessed after each round but the last; of a Dask array they
        are not kept.

    References
    ----------
    Long, Wang, Ding, Sun, Yu, ICCV 2013, https://doi.org/10.1109/ICCV.2013.274
    """

    _needs_classes = "TCA"
    _parameter_constraints = {
        "estimator": ESTIMATOR,
        "n_components": [*COUNT, None],
        "lam": POSITIVE,
        "kernel": [StrOptions(set(KERNELS))],
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

    @staticmethod
    def _default_estimator():
        return make_pipeline(Normalizer(), KNeighborsClassifier(1))

    def _mmd_factor(self, ys, guesses, sizes):
        """Return E with M = E E' before the division by its norm, equation (2)."""
        C = len(self.classes_)
        e0 = mmd_vector(*sizes)[:, None]
        return np.hstack(
            [
                np.sqrt(C) * e0,
                class_mmd_vectors(ys, guesses, self.classes_, sizes),
            ]
        )

    def _align(self, Xs, ys, Xt):
        space = self._space(Xs, Xt)
        E, A, guesses = mmd_vector(*space.sizes)[:, None], None, []
        for _ in range(self.n_iter):
            if A is not None:
                projection = space.project(A)
                learner = fit_rows(
                    self._learner(), space.embed(projection, 0), ys
                )
                guesses.append(
                    map_rows(learner.predict, space.embed(projection, 1))
                )
                E = self._mmd_factor(
                    *space.by_class(ys, guesses[-1], self.classes_)
                )
            values, A = transfer_components(
                space, unit_factor(E), self.lam, self.n_components, A
            )
        if not is_dask_array(Xt):
            self.guesses_ = np.array(guesses, dtype=ys.dtype).reshape(-1, len(Xt))
        self._remember(space.project(A), values, Xs.dtype)
