"""What KLIEP and uLSIF share: a ratio that is a sum of Gaussian bumps around target samples.

    w(x) = sum_l alpha_l k(x, c_l),   k(x, c) = exp(-gamma |x - c|^2),  alpha >= 0          (1)

The number of the equation is that of `density_ratio`, which says where it comes
from.

Cost: O(n m (d + m) + m^3) time, O(n m) memory, for m centers.  Up to `SAMPLE`
rows of each domain the kernels are kept.  Of more rows that many, seeded, choose
the width and the ridge, and the sums over all rows are formed in blocks.
"""

import numpy as np
from sklearn.linear_model import LogisticRegression

from tlbook.base import ReweightingEstimator
from tlbook.instance._kernel_rows import product
from tlbook.kernels import (
    GaussianBlocks,
    gamma_of_median,
    gaussian_product,
    squared_distances,
)

# factors of 1 / (2 median^2), of distances to the centers
WIDTHS = 2.0 ** np.arange(-3, 4)
# rows of each domain, at most, on which width and ridge are chosen
SAMPLE = 20_000


def sample_of(X, rng):
    """Return the rows of X, or `SAMPLE` of them if there are more, in their order."""
    if len(X) <= SAMPLE:
        return X
    return X[np.sort(rng.choice(len(X), SAMPLE, replace=False))]


class _KernelRatio(ReweightingEstimator):
    """Centers, widths, and the ratio as a function."""

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
