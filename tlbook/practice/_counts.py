"""Tests of many features: counts of categories by chi-square, and many p corrected for one another.

The numbers of equations are those of `is_there_a_shift`.
"""

import numpy as np
from scipy import stats

from tlbook.practice._permutations import permutation_p

RARE = 5  # expected count below which (4) has no chi-square distribution
DRAWS = 9999  # of the counts instead


def chi_square(a, b):
    """Return X^2 of equation (4), the total variation, and p.

    Parameters
    ----------
    a, b : ndarray of shape (ns,) and (nt,)
        Categories.
    """
    codes = np.unique(np.concatenate([a, b]), return_inverse=True)[1]
    counts = np.bincount(codes)
    O = np.bincount(codes[: len(a)], minlength=len(counts))
    n = len(codes)
    E = counts * len(a) / n
    weights = 1 / E + 1 / (counts - E)

    def statistic(O):
        return np.sum((O - E) ** 2 * weights, axis=-1)

    X2 = statistic(O)
    if min(E.min(), (counts - E).min()) >= RARE:
        p = stats.chi2.sf(X2, len(counts) - 1) if len(counts) > 1 else 1.0
    else:
        rng = np.random.default_rng(0)
        drawn = rng.multivariate_hypergeometric(counts, len(a), DRAWS)
        p = permutation_p(np.append(X2, statistic(drawn)))
    distance = np.abs(O / len(a) - (counts - O) / len(b)).sum() / 2
    return X2, distance, p


def holm(p):
    """Return the corrected p of equation (5)."""
    order = np.argsort(p, kind="stable")
    scaled = np.minimum(1, np.arange(len(p), 0, -1) * p[order])
    corrected = np.empty(len(p))
    corrected[order] = np.maximum.accumulate(scaled)
    return corrected
