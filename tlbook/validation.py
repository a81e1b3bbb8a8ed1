"""The one gate for data: everything that a public entry is given is checked here.

A message stands in one line and names the argument with its domain, the column or
row, both numbers, and the way out.  Samples come back in floating point:
integers, booleans and pixels are computed as numbers, never in their own type.

What concerns one table stands in `tables` and `mixed_tables`, labels in `labels`,
vectors and lengths in `lengths`, the way of the target through a pipeline in
`routing`; here, what concerns two domains.  All are imported from here.
"""

import numpy as np
from array_api_compat import is_dask_array, is_torch_array
from scipy import sparse

from tlbook._warn import warn
from tlbook.blocks import block_sums, mean_and_squares
from tlbook.kernels import row_blocks
from tlbook.labels import UNLABELED as UNLABELED
from tlbook.labels import check_classes
from tlbook.labels import check_known as check_known
from tlbook.labels import check_numbers as check_numbers
from tlbook.labels import check_target_labels as check_target_labels
from tlbook.labels import check_target_numbers as check_target_numbers
from tlbook.labels import check_training_labels as check_training_labels
from tlbook.labels import check_use as check_use
from tlbook.labels import is_labeled as is_labeled
from tlbook.labels import label_vector as label_vector
from tlbook.lengths import CheckedScore as CheckedScore
from tlbook.lengths import check_count as check_count
from tlbook.lengths import check_lengths as check_lengths
from tlbook.lengths import check_rows as check_rows
from tlbook.lengths import check_vector as check_vector
from tlbook.mixed_tables import check_mixed as check_mixed
from tlbook.routing import WholeTarget as WholeTarget
from tlbook.routing import check_way as check_way
from tlbook.routing import unwrap as unwrap
from tlbook.tables import (
    SOURCE,
    TWO,
    check_columns,
    check_matrix,
    check_width,
)
from tlbook.tables import TARGET as TARGET
from tlbook.tables import refuse_no_table as refuse_no_table

WIDE = 1e6  # ratio of the spreads of two columns at which a method says so


def check_pair(Xs, Xt, least=1, accept_dask=False):
    """Return two samples of one space for a distance, NumPy arrays or Torch tensors.

    Parameters
    ----------
    Xs, Xt : array-like of shape (ns, d) and (nt, d), or Torch tensors
    least : int
        Samples that each needs.
    accept_dask : bool
        Whether Dask arrays are taken.

    Returns
    -------
    Xs, Xt : arrays in floating point, Torch tensors and Dask arrays stay what they are

    Raises
    ------
    ValueError, TypeError
        For other widths, too few samples, NaN, and what is not numbers.
    """
    check_columns(Xt, TWO[1], getattr(Xs, "columns", None), TWO[0])
    pair = []
    for X, name in zip((Xs, Xt), TWO):
        if is_torch_array(X):
            if X.ndim != 2:
                raise ValueError(
                    f"{name} has shape {tuple(X.shape)}; samples in rows are "
                    "needed"
                )
            X = X if X.dtype.is_floating_point else X.double()
        else:
            X = check_matrix(
                X, name, ensure_min_samples=0, accept_dask=accept_dask
            )
        if X.shape[0] < least:
            raise ValueError(
                f"{name} has {X.shape[0]} samples; at least {least} are needed"
            )
        pair.append(X)
    check_width(pair[1], TWO[1], pair[0].shape[1], TWO[0])
    if is_torch_array(pair[0]) != is_torch_array(pair[1]):
        raise TypeError(
            "one of Xs and Xt is a Torch tensor, the other is not; give two of "
            "a kind"
        )
    return pair


def check_groups(groups, lengths):
    """Return the groups that the rows of two domains were made from, and the fewer of the two.

    Parameters
    ----------
    groups : pair of array-like, (ns,) and (nt,)
    lengths : pair of int
        ns and nt.

    Returns
    -------
    groups : list of two ndarray
    fewest : int
        The number of groups in the domain that has fewer.

    Raises
    ------
    ValueError
        For other lengths, a group in both domains, and a domain of one group.
    """
    groups = [np.asarray(ids) for ids in groups]
    for name, ids, n in zip(TWO, groups, lengths, strict=True):
        if ids.shape != (n,):
            raise ValueError(
                f"groups of {name} have shape {ids.shape}; it has {n} rows"
            )
    if len(shared := np.intersect1d(*groups)):
        raise ValueError(
            f"{len(shared)} groups stand in both domains, such as {shared[0]}; "
            "number the groups of the target apart, or leave such rows out"
        )
    fewest = min(len(np.unique(ids)) for ids in groups)
    if fewest < 2:
        raise ValueError(
            "a domain has 1 group; to learn from one and judge another takes 2"
        )
    return groups, fewest


def same_samples(Xs, Xt):
    """Tell whether two sample matrices of one kind, dense, sparse or of Dask, are equal."""
    if Xs.shape != Xt.shape or type(Xs) is not type(Xt):
        return False
    if sparse.issparse(Xs):
        return (Xs != Xt).nnz == 0
    if is_dask_array(Xs):
        alike = not (Xs[:1] != Xt[:1]).any().compute()
        return alike and block_sums(unequal, Xs, Xt)[0] == 0
    return all(
        np.array_equal(Xs[rows], Xt[rows]) for rows in row_blocks(*Xs.shape)
    )


def unequal(block, other):
    """Return how many entries of two blocks differ."""
    return (np.sum(block != other),)


def warn_if_same(Xs, Xt, name):
    """Warn where the source and the samples of that name are one sample."""
    if same_samples(Xs, Xt):
        warn(
            f"{SOURCE} and {name} hold the same samples: there is nothing to "
            "adapt to"
        )


def warn_of_scales(X, names):
    """Warn where one column is so wide that distances are its distances alone.

    Parameters
    ----------
    X : ndarray, Dask array or sparse matrix of shape (n, d); sparse ones are counts and pass
    names : sequence of str, or None where columns have numbers
    """
    if sparse.issparse(X):
        return
    spread = np.sqrt(mean_and_squares(X)[1] / X.shape[0])
    wide, varied = int(np.argmax(spread)), spread > 0
    if not varied.any() or spread[wide] <= WIDE * spread[varied].min():
        return
    narrow = int(np.flatnonzero(varied)[np.argmin(spread[varied])])
    first, second = (
        k if names is None else repr(str(names[k])) for k in (wide, narrow)
    )
    warn(
        f"{SOURCE}: column {first} spreads {spread[wide] / spread[narrow]:.0e} "
        f"times as wide as column {second}: distances see nothing else; scale "
        "the columns, for example by StandardScaler"
    )


def check_labeled(X, y, estimator, least=2):
    """Return samples and their classes, of a classifier that learns from one domain.

    Parameters
    ----------
    X, y : array-like of shape (n, d) and (n,)
    estimator : estimator that remembers the features
    least : int
        Classes that it needs.

    Returns
    -------
    X : ndarray of shape (n, d)
    y : ndarray of shape (n,)

    Raises
    ------
    ValueError
        See `check_matrix` and `check_classes`; if the lengths differ.
    """
    X = check_matrix(X, "X", estimator)
    if y is None:
        raise ValueError(
            f"{type(estimator).__name__} requires y to be passed, but the target "
            "y is None"
        )
    y = check_classes(y, "y", type(estimator).__name__, least)
    check_rows(X, "X", y=y)
    return X, y
