"""Sums and maps over blocks of rows, of arrays in memory and of Dask arrays alike.

What most methods need of many samples are sums: means, scatter matrices, class
means, gradients. `block_sums` forms them over blocks of rows, each in double
precision, so that single-precision samples stay as they are and nothing of the
size of the samples is formed.  A Dask array is another source of blocks: each of
its chunks is summed where it lies, and the sums meet in a tree.

    c           any point near the samples, here the mean of the first rows
    m = c + 1/n sum_i (x_i - c)                                              (1)
    S = sum_i (x_i - c)(x_i - c)' - n (m - c)(m - c)'                        (2)
    S = S1 + S2 + n1 n2 / (n1 + n2) (m1 - m2)(m1 - m2)',  pooled             (3)

Cost: O(n d^2) time, O(d^2) memory.
"""

from dataclasses import dataclass

import numpy as np
from array_api_compat import is_dask_array
from scipy import sparse
from sklearn.base import clone, is_classifier

from tlbook.kernels import AT_ONCE, BLOCK, check_memory, row_blocks

FIRST = 100  # rows whose mean is the point near the samples
FAN = 8  # sums of chunks that are added at a time


def rows_at_once(d):
    """Return how many rows of d numbers make a block: many beside d, that d^2 sums cost little."""
    return max(1, min(BLOCK // d, max(AT_ONCE // d, 4 * d)))


def sums_in_memory(function, X, *columns):
    """Return what `block_sums` does, of an array in memory."""
    if sparse.issparse(X):
        return function(X.astype(float), *columns)
    n, d = X.shape
    step, total = rows_at_once(max(1, d)), None
    for start in range(0, max(n, 1), step):
        rows = slice(start, start + step)
        part = function(
            X[rows].astype(float, copy=False),
            *(column[rows] for column in columns),
        )
        total = part if total is None else added([total, part])
    return total


def added(sums):
    """Return tuples of arrays added up, in their order."""
    total, *others = sums
    for part in others:
        total = tuple(a + b for a, b in zip(total, part))
    return total


def chunk_rows(X):
    """Return the slices over the rows of a Dask array that its chunks hold."""
    ends = np.cumsum(X.chunks[0]).tolist()
    return [slice(end - size, end) for end, size in zip(ends, X.chunks[0])]


def block_sums(function, X, *columns):
    """Return the sums of function(block, ...) over blocks of rows, in their order.

    Parameters
    ----------
    function : callable, (rows, d) in float64, and those rows of each column -> tuple of arrays
        It must not write into what it is given; for a Dask array it goes to the
        workers.
    X : ndarray or sparse matrix of shape (n, d), or Dask array in chunks of whole rows
        A sparse matrix is one block.
    *columns : ndarray of shape (n, ...), or Dask array where X is one
        What belongs to the rows: labels, weights.

    Returns
    -------
    tuple of arrays
    """
    if not is_dask_array(X):
        return sums_in_memory(function, X, *columns)
    from dask import delayed

    rows, parts = chunk_rows(X), [X.to_delayed(optimize_graph=False)[:, 0]]
    for column in columns:
        if is_dask_array(column):
            chunks = column.rechunk({0: X.chunks[0]}).to_delayed(
                optimize_graph=False
            )
            parts.append(chunks.reshape(len(rows)))
        else:
            parts.append([column[part] for part in rows])
    sums = [delayed(sums_in_memory)(function, *part) for part in zip(*parts)]
    while len(sums) > 1:
        sums = [
            delayed(added)(sums[start : start + FAN])
            for start in range(0, len(sums), FAN)
        ]
    return sums[0].compute()


def map_rows(function, X):
    """Return function(block) of all blocks of rows, one below the other.

    Parameters
    ----------
    function : callable, (rows, d) -> (rows,) or (rows, k)
        Of each row by itself.
    X : ndarray or sparse matrix of shape (n, d), or Dask array in chunks of whole rows

    Returns
    -------
    array of shape (n,) or (n, k); of a Dask array a Dask array, not yet computed
    """
    if is_dask_array(X):
        one = function(np.zeros((1, X.shape[1]), dtype=X.dtype))
        chunks = (X.chunks[0], *((size,) for size in one.shape[1:]))
        drop = [1] if one.ndim == 1 else None
        return X.map_blocks(
            function, dtype=one.dtype, chunks=chunks, drop_axis=drop, meta=one[:0]
        )
    n, d = X.shape
    if sparse.issparse(X) or n * d <= BLOCK:
        return function(X)
    mapped = None
    for rows in row_blocks(n, d, BLOCK):
        part = function(X[rows])
        if mapped is None:
            mapped = np.empty((n, *part.shape[1:]), dtype=part.dtype)
        elif part.dtype != mapped.dtype:  # names of classes of another length
            mapped = mapped.astype(np.result_type(mapped, part))
        mapped[rows] = part
    return mapped


def fit_rows(estimator, Z, y, weights=None):
    """Return a clone of an estimator, fitted on samples in memory or in a Dask array.

    From a Dask array an estimator with `partial_fit` learns chunk by chunk, once,
    in their order; for any other the samples are brought together.

    Parameters
    ----------
    estimator : estimator, not yet fitted
    Z : ndarray or Dask array of shape (n, k)
    y : ndarray of shape (n,)
    weights : ndarray of shape (n,), optional

    Raises
    ------
    MemoryError
        If samples of more than 8 GB would be brought together.
    """
    learner = clone(estimator)

    def weighed(rows=slice(None)):
        return {} if weights is None else {"sample_weight": weights[rows]}

    if is_dask_array(Z) and hasattr(learner, "partial_fit"):
        classes = {"classes": np.unique(y)} if is_classifier(learner) else {}
        for rows, block in zip(chunk_rows(Z), Z.blocks):
            learner.partial_fit(
                block.compute(), y[rows], **classes, **weighed(rows)
            )
        return learner
    return learner.fit(in_memory(Z, type(learner).__name__), y, **weighed())


def in_memory(Z, learner):
    """Return samples for a learner that needs them together; those of a Dask array are computed.

    Raises
    ------
    MemoryError
        If they would take more than 8 GB.
    """
    if not is_dask_array(Z):
        return Z
    check_memory(
        1,
        *Z.shape,
        learner,
        "take a learner with partial_fit, such as SGDClassifier",
    )
    return Z.compute()


@dataclass
class Moments:
    """Number, mean (d,) and scatter matrix (d, d) of samples."""

    n: int
    mean: np.ndarray
    scatter: np.ndarray

    def __add__(self, other):
        """Return the moments of both samples together, equation (3)."""
        n, gap = self.n + other.n, self.mean - other.mean
        between = self.n * other.n / n * np.outer(gap, gap)
        mean = other.mean + self.n / n * gap
        return Moments(n, mean, self.scatter + other.scatter + between)


def near(X):
    """Return the mean of the first rows, exactly that of rows that coincide."""
    first = X[:FIRST]
    first = np.asarray(
        first.compute() if is_dask_array(X) else first, dtype=float
    )
    return first[0] + np.mean(first - first[0], axis=0)


def moments(X):
    """Return the moments of samples, equations (1) and (2).

    Parameters
    ----------
    X : ndarray or Dask array of shape (n, d)

    Returns
    -------
    Moments, in float64; a constant column has variance zero exactly
    """
    center, n = near(X), X.shape[0]

    def sums(rows):
        C = rows - center
        return C.sum(axis=0), C.T @ C

    total, scatter = block_sums(sums, X)
    shift = total / n
    return Moments(n, center + shift, scatter - n * np.outer(shift, shift))


def mean_and_squares(X):
    """Return the mean (d,) of samples and the sums of squares around it (d,), in float64.

    Parameters
    ----------
    X : ndarray or Dask array of shape (n, d)
    """
    center, n = near(X), X.shape[0]

    def sums(rows):
        total, squares = np.zeros((2, len(center)))
        for some in row_blocks(*rows.shape):  # what stays in the cache
            C = rows[some] - center
            total += C.sum(axis=0)
            squares += np.sum(np.multiply(C, C, out=C), axis=0)
        return total, squares

    total, squares = block_sums(sums, X)
    shift = total / n
    return center + shift, np.maximum(squares - n * shift**2, 0)


def class_sums(X, labels, classes):
    """Return the number (C,) and the sum (C, d) of the samples of each class.

    Parameters
    ----------
    X : ndarray or Dask array of shape (n, d)
    labels : ndarray or Dask array of shape (n,)
    classes : ndarray of shape (C,)
    """

    def sums(rows, labels):
        member = (labels[:, None] == classes).astype(float)  # (rows, C)
        return member.sum(axis=0), member.T @ rows

    return block_sums(sums, X, labels)
