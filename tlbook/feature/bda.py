"""BDA, balanced distribution adaptation, and its weighted form W-BDA.

Wang J., Chen Y., Hao S., Feng W., Shen Z. Balanced distribution adaptation for
transfer learning. ICDM 2017, 1129-1134. https://doi.org/10.1109/ICDM.2017.150

JDA counts the marginal and the class-conditional distances alike.  BDA weighs
them:

    M = (1 - mu) e0 e0' + mu sum_c ec ec',  divided by its norm               (1)
    (K M K + lam I) A = K H K A diag(1 / values),  the largest values

and W-BDA gives each class-conditional mean the weight of its class in its own
domain:

    ec_i = P_s(c)^(1/2) / ns^c (source), -P_t(c)^(1/2) / nt^c (target)

    e0, ec  (n,)  marginal and class-wise mean differences, see JDA
    P_s(c) = ns^c / ns, P_t(c) = nt^c / nt with guessed target labels
    M, K, H (n, n), A (n, k) as in JDA

mu = 0 is TCA, with the ridge relative to |M|_F.  mu = 1/2 is the M of JDA's
paper, mu = 1 / (C + 1) that of JDA's program, which counts the marginal term C
times.  In the first round there are no guesses and the marginal term stands
alone, whatever mu.

Cost: O(n d (d + r k + r C) + d^3 + r d^2 k) time, O(n k + d^2) memory; rbf: O(n^2
(d + r k)) time, O(n^2) memory for r rounds, as JDA; 8 GB hold 31,000 pooled
samples, and more are refused.

Deviations.  M is divided by its norm, and columns of A have unit length, as in
JDA.  W-BDA leaves a mean difference of zero only where both class weights agree:
under other class priors in the target it does not ask that the class means
coincide.  That is the paper's definition.
"""

import numpy as np

from tlbook.base import FRACTION
from tlbook.feature.jda import JDA, class_mmd_vectors
from tlbook.feature.tca import mmd_vector


def class_weights(ys, guesses, classes, sizes=(1, 1)):
    """Return what W-BDA multiplies each class-wise vector by.

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
        P_s(c)^(1/2) in source rows, P_t(c)^(1/2) in target rows; of classes that
        the target has.
    """
    Ps, Pt = (
        np.average(
            y[:, None] == classes, axis=0, weights=np.broadcast_to(m, len(y))
        )
        for y, m in zip((ys, guesses), sizes)
    )  # (C,)
    rows = [
        np.tile(np.sqrt(P[Pt > 0]), (len(y), 1))
        for P, y in ((Ps, ys), (Pt, guesses))
    ]
    return np.concatenate(rows)


class BDA(JDA):
    """Balanced distribution adaptation: JDA with a balance of its two kinds of terms.

    Parameters
    ----------
    estimator : classifier, default=None
        Learner on the components, which also guesses; None is the nearest
        neighbor of rows scaled to unit length.
    n_components : int, default=None
        None takes 100, or the rank of the scatter if that is smaller.
    mu : float in [0, 1], default=0.5
        Balance: 0 matches the marginals only, 1 the class-conditionals only.
    lam : float > 0, default=1.0
        Ridge on A against the MMD matrix of unit norm, in the unit that it has in
        `JDA`.
    kernel : {"linear", "rbf", "primal"}, default="linear"
    n_iter : int, default=10
        Rounds.
    weighted : bool, default=False
        W-BDA: the class-wise vectors multiplied by `class_weights`.
    gamma : float > 0, default=None
        Of the Gaussian kernel, see `JDA`.

    Attributes
    ----------
    estimator_, projection_, eigenvalues_, guesses_ : as in `JDA`

    References
    ----------
    Wang, Chen, Hao, Feng, Shen, ICDM 2017, https://doi.org/10.1109/ICDM.2017.150
    """

    _parameter_constraints = {
        **JDA._parameter_constraints,
        "mu": FRACTION,
        "weighted": ["boolean"],
    }

    def __init__(
        self,
        estimator=None,
        n_components=None,
        mu=0.5,
        lam=1.0,
        kernel="linear",
        n_iter=10,
        weighted=False,
        gamma=None,
    ):
        super().__init__(estimator, n_components, lam, kernel, n_iter, gamma)
        self.mu = mu
        self.weighted = weighted

    def _mmd_factor(self, ys, guesses, sizes):
        """Return E with M = E E' before the division by its norm, equation (1)."""
        e0 = mmd_vector(*sizes)[:, None]
        Ec = class_mmd_vectors(ys, guesses, self.classes_, sizes)
        if self.weighted:
            Ec = Ec * class_weights(ys, guesses, self.classes_, sizes)
        return np.hstack([np.sqrt(1 - self.mu) * e0, np.sqrt(self.mu) * Ec])
