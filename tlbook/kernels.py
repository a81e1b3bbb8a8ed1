"""Distances, of NumPy arrays and Torch tensors alike (array API), and the Gaussian kernel.

NumPy arrays are worked on in place, some rows at a time: a kernel matrix costs
one n x m block of memory, not three, and what follows the matrix product stays in
the cache.
"""

import numpy as np
from array_api_compat import array_namespace
from scipy import sparse
from scipy.spatial.distance import pdist

AT_ONCE = 2**16  # numbers of a matrix that fit into the cache
BLOCK = 2**23  # numbers of a block of a matrix that is not held whole, 64 MB
MEDIAN_ROWS = 4000  # of which the median distance is exact
MEMORY = 8e9  # bytes that the matrices of a method may take


def check_memory(matrices, n, m, method, way_out):
    """Refuse what would need more than `MEMORY` for matrices of n x m numbers.

    Raises
    ------
    MemoryError
        Names the size, the largest one that fits, and the way out.
    """
    needed = 8 * matrices * n * m
    if needed > MEMORY:
        largest = int(np.sqrt(MEMORY / (8 * matrices)))
        raise MemoryError(
            f"{method} holds {matrices} matrices of {n:,} x {m:,} numbers, "
            f"{needed / 1e9:.0f} GB; {MEMORY / 1e9:.0f} GB, {largest:,} x "
            f"{largest:,} numbers, are the limit: {way_out}"
        )


def row_blocks(n, m, at_once=AT_ONCE):
    """Yield slices over the rows of an (n, m) matrix, each of some `at_once` numbers."""
    step = max(1, at_once // max(1, m))
    for start in range(0, n, step):
        yield slice(start, start + step)


def pooled(Xs, Xt):
    """Return the samples of both domains, one below the other, sparse if one of them is."""
    if sparse.issparse(Xs) or sparse.issparse(Xt):
        return sparse.vstack([Xs, Xt], format="csr")
    return np.concatenate([Xs, Xt])


def products(X, Y):
    """Return the inner products x_i'y_j as an ndarray, of dense or sparse samples."""
    K = X @ Y.T
    return K.toarray() if sparse.issparse(K) else K


def squared_norms(X):
    """Return |x_i|^2 of dense or sparse samples, shape (n,)."""
    return (
        np.asarray(sparse.csr_array(X).power(2).sum(axis=1))
        if sparse.issparse(X)
        else np.vecdot(X, X)
    )


def squared_distances(X, Y=None):
    """Return the squared Euclidean distances |x_i - y_j|^2.

    One matrix product and the norms: |x|^2 - 2 x.y + |y|^2.  Both samples are
    shifted by the mean of X first, because rounding errors grow with the norms;
    what falls below zero is cut.

    Parameters
    ----------
    X : array or sparse matrix of shape (n, d)
        Sparse samples stay where they are: most of their entries are zero.
    Y : array or sparse matrix of shape (m, d), optional
        Without it, the distances within X.

    Returns
    -------
    array of shape (n, m)
    """
    if sparse.issparse(X) or sparse.issparse(Y):
        Y = X if Y is None else Y
        return completed(products(X, Y), squared_norms(X), squared_norms(Y))
    xp = array_namespace(X)
    center = xp.mean(X, axis=0)
    if isinstance(X, np.ndarray) and Y is not None:
        return across(X, Y - center, center)
    X = X - center
    Y = X if Y is None else Y - center
    D, x, y = X @ Y.T, xp.vecdot(X, X), xp.vecdot(Y, Y)  # (n, m), (n,), (m,)
    return (
        completed(D, x, y)
        if isinstance(D, np.ndarray)
        else xp.clip(-2 * D + x[:, None] + y, min=0)
    )


def across(X, Y, center):
    """Return |x_i - center - y_j|^2, some rows of X at a time."""
    D, y = np.empty((len(X), len(Y)), dtype=np.result_type(X, Y)), np.vecdot(Y, Y)
    for rows in row_blocks(len(X), max(Y.shape), 4 * AT_ONCE):
        Z = X[rows] - center
        np.matmul(Z, Y.T, out=D[rows])
        completed(D[rows], np.vecdot(Z, Z), y)
    return D


def completed(D, x, y):
    """Turn inner products D into squared distances, in place, given the squared norms of both."""
    for rows in row_blocks(*D.shape):
        D[rows] *= -2
        D[rows] += x[rows, None]
        D[rows] += y
        np.maximum(D[rows], 0, out=D[rows])
    return D


def gaussian_kernel(X, Y=None, gamma=1.0):
    """Return the Gaussian kernel k(x, y) = exp(-gamma |x - y|^2).

    Parameters
    ----------
    X : ndarray of shape (n, d)
    Y : ndarray of shape (m, d), optional
        Without it, the kernel within X.
    gamma : float > 0
        1 / (2 sigma^2) for a bandwidth sigma, in units of 1 / |x|^2.

    Returns
    -------
    array of shape (n, m)
    """
    K = squared_distances(X, Y)
    for rows in row_blocks(*K.shape):
        K[rows] *= -gamma
        np.exp(K[rows], out=K[rows])
    return K


def gaussian_product(X, Y, gamma, B):
    """Return K(X, Y) B for the Gaussian kernel, some rows of K at a time.

    Parameters
    ----------
    X : ndarray or sparse matrix of shape (n, d)
    Y : ndarray or sparse matrix of shape (m, d)
    gamma : float > 0
    B : ndarray of shape (m,) or (m, k)
        The result has the data type of all three, in which it is computed.

    Returns
    -------
    ndarray of shape (n,) or (n, k)
    """
    dtype = np.result_type(X.dtype, Y.dtype, B.dtype)
    n, width = X.shape[0], Y.shape[0] if sparse.issparse(Y) else max(Y.shape)
    product, Y = (
        np.empty((n, *B.shape[1:]), dtype=dtype),
        Y.astype(dtype, copy=False),
    )
    for rows in row_blocks(n, width, BLOCK):
        product[rows] = (
            gaussian_kernel(X[rows].astype(dtype, copy=False), Y, gamma) @ B
        )
    return product


class GaussianBlocks:
    """The Gaussian kernel of many samples with a few others, computed anew on each walk over it.

    It stands for a matrix of shape (n, m) that is too large to keep, in a
    computation that needs sums over its rows only: `for K in blocks` yields the
    rows in their order, in double precision.

    Parameters
    ----------
    X : ndarray of shape (n, d)
    Y : ndarray of shape (m, d)
    gamma : float > 0
    """

    def __init__(self, X, Y, gamma):
        self.X, self.Y, self.gamma = X, Y.astype(np.float64), gamma

    def __len__(self):
        return len(self.X)

    def __iter__(self):
        for rows in row_blocks(len(self.X), max(self.Y.shape), BLOCK // 8):
            yield gaussian_kernel(
                self.X[rows].astype(np.float64), self.Y, self.gamma
            )


def median_gamma(X, Y=None):
    """Return gamma = 1 / (2 sigma^2), sigma the median distance among the pooled samples.

    Of more than `MEDIAN_ROWS` samples that many are drawn, seeded: with 8 million
    distances the median of all is met to about 1 percent.

    Parameters
    ----------
    X : ndarray of shape (n, d)
    Y : ndarray of shape (m, d), optional
        Pooled with X.

    Returns
    -------
    float

    Raises
    ------
    ValueError
        If the median distance is zero, at least half of the pairs coincide, or
        no finite number.

    References
    ----------
    Gretton et al., A kernel two-sample test, JMLR 13, 2012, section 8.
    """
    first = X.shape[0]
    n = first + (0 if Y is None else Y.shape[0])
    rows = np.arange(n)
    if n > MEDIAN_ROWS:
        rows = np.sort(
            np.random.default_rng(0).choice(n, MEDIAN_ROWS, replace=False)
        )
    Z = X[rows[rows < first]]
    if Y is not None:
        Z = pooled(Z, Y[rows[rows >= first] - first])
    if sparse.issparse(Z):
        D = squared_distances(Z)[np.triu_indices(Z.shape[0], 1)]
    else:
        D = pdist(Z, "sqeuclidean")
    return gamma_of_median(D)


def gamma_of_median(D):
    """Return gamma = 1 / (2 sigma^2), sigma^2 the median of the squared distances in D.

    Parameters
    ----------
    D : ndarray

    Returns
    -------
    float

    Raises
    ------
    ValueError
        If the median is zero, for at least half of the pairs coincide, or no
        finite number: D is empty, or samples hold NaN or infinity.
    """
    median = float(np.median(D)) if D.size else np.nan
    if not np.isfinite(median):
        raise ValueError(
            "the median distance between samples is no finite number: two "
            "samples at least, without NaN or infinity, are needed"
        )
    if median <= 1e-12 * float(np.max(D, initial=0.0)):
        raise ValueError(
            "the median distance between samples is zero: at least half of the "
            "pairs coincide; pass gamma yourself"
        )
    return 1 / (2 * median)
