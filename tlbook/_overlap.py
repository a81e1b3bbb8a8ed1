"""Whether source and target overlap, seen from the weights of the source.

A weighted mean of source rows lies within the source.  So where the domains do
not overlap, no weights bring it to the target, whatever the method, and the
standardized difference of the means that is left in a column tells,

    z_j = |sum_i w_i xs_ij / sum_i w_i - mean xt_j| / sqrt((var xs_j + var xt_j) / 2)   (1)

the usual measure of balance (Austin P. C. Balance diagnostics for comparing the
distribution of baseline covariates between treatment groups in propensity-score
matched samples. Statistics in Medicine 28, 2009, 3083-3107).  Two free checks
beside it: E_s[w] = 1 for a ratio, and the effective sample size.

Cost: O(n d) time, O(d) memory beside a block.
"""

import numpy as np
from scipy import sparse

from tlbook._warn import warn
from tlbook.blocks import block_sums, mean_and_squares
from tlbook.validation import check_vector

# of importance weights over the source, beyond which they are doubtful
MEAN_WEIGHT = (0.05, 3.0)
# standard deviations between the means, after weighing, from which on they are too
LEFT_APART = 5.0
ROUNDING = 1e-9  # of a column's values, below which a spread or a gap is none


def effective_sample_size(weights):
    """Return Kish's effective sample size (sum w)^2 / (sum w^2).

    Equal weights give the number of samples; one dominating weight gives 1.

    Parameters
    ----------
    weights : array-like of shape (n,), non-negative, not all zero

    Returns
    -------
    float

    Raises
    ------
    ValueError
        For what is no such vector.
    """
    weights = check_vector(weights, "weights")
    if weights.min() < 0 or not weights.any():
        raise ValueError("weights must be non-negative and not all zero")
    return float(weights.sum() ** 2 / np.square(weights).sum())


def mean_and_variance(X):
    """Return mean and variance of the columns of samples, (d,) each."""
    if not sparse.issparse(X):
        mean, squares = mean_and_squares(X)
        return mean, squares / X.shape[0]
    mean = np.ravel(X.mean(axis=0, dtype=float))
    second = np.ravel(X.multiply(X).mean(axis=0, dtype=float))
    return mean, np.maximum(second - mean**2, 0)


def left_apart(Xs, Xt, weights):
    """Return z of equation (1), infinite where two constants differ.

    Parameters
    ----------
    Xs : ndarray, sparse matrix or Dask array of shape (ns, d)
    Xt : the same, of shape (nt, d)
    weights : ndarray of shape (ns,), non-negative, not all zero

    Returns
    -------
    ndarray of shape (d,)
    """
    (ms, vs), (mt, vt) = mean_and_variance(Xs), mean_and_variance(Xt)

    def sums(rows, w):
        return (np.ravel(rows.T @ w),)

    (total,) = block_sums(sums, Xs, weights)
    gap, spread = abs(total / weights.sum() - mt), np.sqrt((vs + vt) / 2)
    least = ROUNDING * np.maximum(abs(ms), abs(mt))
    gap = np.where(gap > least, gap, 0)
    z = np.where(gap > 0, np.inf, 0.0)
    return np.divide(gap, spread, out=z, where=spread > least)


def doubt_mean(mean):
    """Warn where the mean weight of the source is far from 1."""
    low, high = MEAN_WEIGHT
    if not low < mean < high:
        warn(
            f"the importance weights have mean {mean:.3g} over the source "
            "instead of 1: source and target hardly overlap, and the weights "
            "are not to be trusted"
        )


def doubt_size(size, n):
    """Warn where few of n source samples have all the weight."""
    if size < max(2.0, 0.01 * n):
        warn(
            "the importance weights leave an effective sample size of "
            f"{size:.1f} out of {n}: few source samples carry the whole fit"
        )


def doubt_overlap(Xs, Xt, weights, names=None):
    """Warn where the weighted source stays far from the target, equation (1).

    Parameters
    ----------
    Xs, Xt, weights : see `left_apart`
    names : sequence of str, or None where columns have numbers
    """
    z = left_apart(Xs, Xt, weights)
    worst = int(np.argmax(z))
    if z[worst] > LEFT_APART:
        column = worst if names is None else repr(str(names[worst]))
        warn(
            f"in column {column} the weighted source lies {z[worst]:.3g} "
            "standard deviations from the target: source and target hardly "
            "overlap, and the weights are not to be trusted"
        )
