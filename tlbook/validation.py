"""The one gate for data: everything that a public entry is given is checked here.

A message stands in one line and names the argument with its domain, the column or
row, both numbers, and the way out.  Samples come back in floating point:
integers, booleans and pixels are computed as numbers, never in their own type.
"""

from functools import partial
from numbers import Integral

import numpy as np
from array_api_compat import is_dask_array, is_torch_array
from scipy import sparse
from sklearn.utils.validation import (
    check_array,
    check_consistent_length,
    validate_data,
)

from tlbook._warn import warn
from tlbook.blocks import block_sums, mean_and_squares
from tlbook.chunks import check_chunks, refuse_dask
from tlbook.kernels import row_blocks
from tlbook.labels import UNLABELED as UNLABELED
from tlbook.labels import check_classes, is_masked, is_missing
from tlbook.labels import check_known as check_known
from tlbook.labels import check_numbers as check_numbers
from tlbook.labels import check_target_labels as check_target_labels
from tlbook.labels import check_target_numbers as check_target_numbers
from tlbook.labels import check_training_labels as check_training_labels
from tlbook.labels import check_use as check_use
from tlbook.labels import is_labeled as is_labeled
from tlbook.labels import label_vector as label_vector
from tlbook.routing import WholeTarget as WholeTarget
from tlbook.routing import check_way as check_way
from tlbook.routing import unwrap as unwrap

FLOATS = (np.float64, np.float32)
HEADROOM = 1e3  # between the largest magnitude and the root of the largest number
WIDE = 1e6  # ratio of the spreads of two columns at which a method says so
SOURCE, TARGET = "X (source domain)", "X_target (target domain)"
TWO = ("Xs (source domain)", "Xt (target domain)")  # of a function of two samples


def columns_of(X):
    """Yield (name, values) of the columns of a data frame, an array or nested lists."""
    names = getattr(X, "columns", None)
    if names is not None:
        for name in names:
            yield f"column {name!r}", np.asarray(X[name], dtype=object)
    else:
        table = np.asarray(X, dtype=object)
        for position in range(table.shape[1] if table.ndim == 2 else 0):
            yield f"column {position}", table[:, position]


def fault_of(X):
    """Say which column of a table cannot be computed with, and the way out; None if all can.

    Parameters
    ----------
    X : data frame, array-like or sparse matrix

    Returns
    -------
    str or None
    """
    if sparse.issparse(X):
        entries = sparse.coo_array(X)
        bad = np.flatnonzero(~np.isfinite(entries.data.astype(float)))
        if not len(bad):
            return None
        kind = "NaN" if np.isnan(entries.data[bad[0]]) else "infinity"
        return f"contains {kind} in column {entries.coords[1][bad[0]]}: leave such rows out"
    for name, values in columns_of(X):
        missing = np.array([is_missing(value) for value in values], dtype=bool)
        if missing.any():
            return (
                f"contains NaN in {name} ({missing.sum()} of {len(values)} "
                "rows): fill it, for example by SimpleImputer, or leave such "
                "rows out"
            )
        for value in values:
            try:
                number = float(value)
            except (TypeError, ValueError):
                if not isinstance(value, str):
                    return None  # scikit-learn has the word for it
                return (
                    f"has text in {name}, such as {value!r}: could not convert "
                    "string to float; encode it, for example by OneHotEncoder"
                )
            if np.isinf(number):
                return f"contains infinity in {name}: cut the value off or leave the row out"
    return None


def refuse_no_table(X, name):
    """Refuse what NumPy would turn into numbers, or into no table, without a word.

    Parameters
    ----------
    X : anything
    name : str

    Raises
    ------
    ValueError
        For columns of one name, dates and durations, masked entries, and what is
        no table (n, d).
    """
    columns = list(getattr(X, "columns", ()))
    twice = [column for k, column in enumerate(columns) if column in columns[:k]]
    if twice:
        raise ValueError(f"{name} has two columns named {twice[0]!r}: rename one")
    kinds = [
        getattr(dtype, "kind", "") for dtype in (X.dtypes if columns else [])
    ]
    dates = [
        f"column {c!r}" for c, kind in zip(columns, kinds) if kind in ("m", "M")
    ]
    if dates or getattr(getattr(X, "dtype", None), "kind", "") in ("m", "M"):
        raise ValueError(
            f"{name} has dates in {dates[0] if dates else 'all columns'}: "
            "turn them into numbers, such as days since the first"
        )
    if is_masked(X):
        hidden = np.ma.getmaskarray(X).reshape(len(X), -1).sum(axis=0)
        first = int(np.flatnonzero(hidden)[0])
        raise ValueError(
            f"{name} has masked entries in column {first} ({hidden[first]} of "
            f"{len(X)} rows): fill them, or leave such rows out"
        )
    if not sparse.issparse(X) and not columns:
        try:
            shape = np.asarray(X).shape
        except ValueError:
            raise ValueError(
                f"{name} has rows of different lengths: a table (n, d) is needed"
            ) from None
        if len(shape) < 2:
            raise ValueError(
                f"{name} has shape {shape}: a table (n, d) is needed. Reshape "
                "your data, reshape(-1, 1) if it is one column, reshape(1, -1) "
                "if it is one row"
            )


def check_matrix(
    X, name, estimator=None, reset=True, accept_dask=False, **options
):
    """Return samples as a floating-point matrix, or say what is wrong with them.

    Parameters
    ----------
    X : array-like, data frame, sparse matrix or Dask array of shape (n, d)
    name : str
        What an error calls them, such as "X (source domain)".
    estimator : estimator, optional
        That remembers, or compares, the number and the names of the features.
    reset : bool
        Whether it remembers them.
    accept_dask : bool
        Whether a Dask array is taken; its chunks are checked where they are
        computed.
    **options
        Of `sklearn.utils.check_array`, such as accept_sparse or
        ensure_min_samples.

    Returns
    -------
    ndarray, sparse matrix or Dask array of shape (n, d), float64, or float32 as
    given

    Raises
    ------
    ValueError, TypeError
        For what is not a table of finite numbers; names the column.
    """
    options = {"dtype": FLOATS} | options
    if accept_dask and is_dask_array(X):
        check = partial(
            check_matrix, name=f"a chunk of {name}", ensure_min_samples=0
        )
        least = {
            k: options[k] for k in ("dtype", "ensure_min_samples") if k in options
        }
        return check_chunks(X, name, check, estimator, reset, **least)
    if is_dask_array(X) or hasattr(X, "to_dask_array"):
        refuse_dask(X, name, accept_dask)
    refuse_no_table(X, name)
    try:
        if estimator is None:
            Z = check_array(X, **options)
        else:
            Z = validate_data(estimator, X, reset=reset, **options)
    except (TypeError, ValueError) as error:
        text = str(error)
        refuse_complex(text, name)
        data_is_wrong = any(
            word in text for word in ("NaN", "infinity", "convert", "NAType")
        )
        fault = fault_of(X) if data_is_wrong else None
        raise type(error)(
            f"{name} {fault}" if fault else f"{name}: {text}"
        ) from error
    refuse_huge(Z, name)
    return short_indices(Z) if sparse.issparse(Z) else Z


def refuse_complex(text, name):
    """Say in one line what scikit-learn says with the whole array."""
    if "Complex data" in text:
        raise ValueError(
            f"{name}: Complex data not supported; give real numbers, such as "
            "their parts"
        )


def short_indices(X):
    """Return a sparse matrix with 32-bit indices where they suffice: some learners need them."""
    if (
        X.indices.dtype == np.int32
        or max(X.nnz, *X.shape) > np.iinfo(np.int32).max
    ):
        return X
    parts = X.data, X.indices.astype(np.int32), X.indptr.astype(np.int32)
    return type(X)(parts, shape=X.shape)


def refuse_huge(X, name):
    """Refuse numbers whose squares and sums of squares leave the floating-point range.

    Raises
    ------
    ValueError
        Names the largest magnitude.
    """
    values = X.data if sparse.issparse(X) else X
    if not values.size:
        return
    largest = max(float(values.max()), -float(values.min()))
    if largest > np.finfo(values.dtype).max ** 0.5 / HEADROOM:
        raise ValueError(
            f"{name} has values up to {largest:.0e}, whose squares leave the "
            f"range of {values.dtype}: scale the columns, for example by "
            "StandardScaler"
        )


def check_columns(X, name, known, known_name):
    """Refuse a data frame whose columns are others, or in another order, than those known.

    Parameters
    ----------
    X : anything; only a data frame has columns
    name : str
    known : sequence of str or None
        None where the first domain had no names.
    known_name : str

    Raises
    ------
    ValueError
        Names the first columns that differ.
    """
    columns = getattr(X, "columns", None)
    if known is None or columns is None or list(known) == list(columns):
        return
    way_out = f"bring the columns into the order of {known_name}"
    if sorted(map(str, known)) != sorted(map(str, columns)):
        way_out = "give both the same columns"
    other = [f"{a!r} / {b!r}" for a, b in zip(known, columns) if a != b][:3]
    raise ValueError(
        f"{name} has other column names than {known_name}: "
        + (", ".join(other) or f"{len(columns)} columns instead of {len(known)}")
        + f"; {way_out}"
    )


def check_width(X, name, width, known_name):
    """Refuse samples with another number of features.

    Raises
    ------
    ValueError
        Names both numbers.
    """
    if X.shape[1] != width:
        raise ValueError(
            f"{name} has {X.shape[1]} features, {known_name} has {width}; "
            "give both the same features"
        )


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


def check_mixed(Xs, Xt):
    """Return the columns of two tables of numbers and words, in which entries may be missing.

    Text is words, whatever it spells, and so are a data frame's categories.

    Parameters
    ----------
    Xs, Xt : data frame or array-like of shape (ns, d) and (nt, d)

    Returns
    -------
    list of (name, are_numbers, (of_source, of_target))
        The values of a column in both domains: float with NaN where one is
        missing, or object with None.

    Raises
    ------
    ValueError, TypeError
        For no table, other columns, infinity, and a column of two kinds; names
        the column.
    """
    check_columns(Xt, TWO[1], getattr(Xs, "columns", None), TWO[0])
    source, target = (mixed_table(X, name) for X, name in zip((Xs, Xt), TWO))
    if len(source) != len(target):
        raise ValueError(
            f"{TWO[1]} has {len(target)} features, {TWO[0]} has {len(source)}; "
            "give both the same features"
        )
    names = getattr(Xs, "columns", range(len(source)))
    columns = []
    for name, (kind, a), (kind_t, b) in zip(names, source, target):
        if None not in (kind, kind_t) and kind != kind_t:
            raise ValueError(
                f"column {name!r} has {kind} in {TWO[0]} and {kind_t} in "
                f"{TWO[1]}: give one kind"
            )
        numbers = "words" not in (kind, kind_t)
        dtype = float if numbers else object
        columns.append((name, numbers, (a.astype(dtype), b.astype(dtype))))
    return columns


def mixed_table(X, name):
    """Return (kind, values) of the columns of one table of numbers and words."""
    if is_dask_array(X) or hasattr(X, "to_dask_array"):
        refuse_dask(X, name, False)
    refuse_no_table(X, name)
    try:
        check_array(X, dtype=None, ensure_all_finite=False)
    except (TypeError, ValueError) as error:
        refuse_complex(str(error), name)
        raise type(error)(f"{name}: {error}") from error
    kinds = [str(dtype) for dtype in getattr(X, "dtypes", ())]
    return [
        read_mixed(values, kinds[k : k + 1] == ["category"], f"{name}: {column}")
        for k, (column, values) in enumerate(columns_of(X))
    ]


def read_mixed(values, are_categories, where):
    """Return "numbers" or "words", None for a column of gaps, and the values of a column."""
    missing = np.array([is_missing(value) for value in values], dtype=bool)
    known = values[~missing]
    if not len(known):
        return None, np.full(len(values), None)
    words = [isinstance(value, str) for value in known]
    if are_categories or all(words):
        read = np.full(len(values), None)
        read[~missing] = [str(value) for value in known]
        return "words", read
    if any(words):
        text, other = known[words.index(True)], known[words.index(False)]
        raise ValueError(
            f"{where} mixes text and other values, such as {text!r} and "
            f"{other!r}: give one kind"
        )
    read = np.full(len(values), np.nan)
    try:
        read[~missing] = known.astype(float)
    except (TypeError, ValueError) as error:
        raise type(error)(f"{where}: {error}") from error
    if np.isinf(read).any():
        raise ValueError(
            f"{where} contains infinity: cut the value off or leave the row out"
        )
    return "numbers", read


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
    for name, ids, n in zip((SOURCE, TARGET), groups, lengths, strict=True):
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
    check_consistent_length(X, y)
    return X, y


def check_lengths(**lists):
    """Refuse lists of other lengths where they are read side by side.

    Raises
    ------
    ValueError
        Names both arguments and both lengths.
    """
    (first, n), *others = ((name, len(one)) for name, one in lists.items())
    for name, m in others:
        if m != n:
            raise ValueError(
                f"{name} has {m} entries, {first} has {n}; give as many"
            )


def check_count(n, name):
    """Refuse a number of samples that is none.

    Raises
    ------
    ValueError
    """
    if not isinstance(n, Integral) or isinstance(n, bool) or n < 1:
        raise ValueError(f"{name} must be an integer from 1 on, not {n!r}")


def check_vector(x, name, n=None, of=None):
    """Return a vector of finite numbers in floating point.

    Parameters
    ----------
    x : array-like of shape (n,); a column (n, 1) is taken too
    name : str
    n : int, optional
        Length that it must have, that of the argument named `of`.

    Raises
    ------
    ValueError
        For another shape or length, NaN, infinity, text, or no entry.
    """
    try:
        x = np.asarray(x, dtype=float)
    except (TypeError, ValueError) as error:
        raise ValueError(f"{name} must hold numbers: {error}") from error
    x = x[:, 0] if x.ndim == 2 and x.shape[1] == 1 else x
    if x.ndim != 1 or not len(x):
        raise ValueError(f"{name} has shape {x.shape}; a vector (n,) is needed")
    if n is not None and len(x) != n:
        raise ValueError(
            f"{name} has {len(x)} entries, {of} has {n}; give as many"
        )
    if not np.isfinite(x).all():
        raise ValueError(
            f"{name} contains NaN or infinity in row "
            f"{np.flatnonzero(~np.isfinite(x))[0]}"
        )
    return x
