"""One table at the gate (tlbook.validation): can it be computed with, and what are its columns."""

from functools import partial

import numpy as np
from array_api_compat import is_dask_array
from scipy import sparse
from sklearn.utils.validation import check_array, validate_data

from tlbook.chunks import check_chunks, refuse_dask
from tlbook.labels import is_masked, is_missing

FLOATS = (np.float64, np.float32)
HEADROOM = 1e3  # between the largest magnitude and the root of the largest number
SOURCE, TARGET = "X (source domain)", "X_target (target domain)"
COMPLEX = (complex, np.complexfloating)
DATES = ("date", "datetime", "time", "timedelta", "Timestamp", "Period")
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


def no_number(value):
    """Return what a value is that is no number and no text, and the way out.

    Parameters
    ----------
    value : object

    Returns
    -------
    what, way_out : str
    """
    kind = type(value).__name__
    if isinstance(value, COMPLEX):
        return "complex numbers", "give real numbers, such as their parts"
    if kind in DATES:
        return "dates", "turn them into numbers, such as days since the first"
    return f"a {kind}", "turn it into numbers, or into text and encode that"


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
        if missing.all() and len(values):
            return (
                f"contains NaN in {name} ({len(values)} of {len(values)} rows): "
                "leave the column out; if it had numbers, they were too large "
                "for a step before, such as a scaler"
            )
        if missing.any():
            return (
                f"contains NaN in {name} ({missing.sum()} of {len(values)} "
                "rows): fill it, for example by SimpleImputer, or leave such "
                "rows out"
            )
        for value in values:
            try:
                number = float(value)
            except (TypeError, ValueError) as error:
                if not isinstance(value, str):
                    what, way_out = no_number(value)
                    return f"has {what} in {name}: {way_out} ({error})"
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
        refuse_complex(text, name, X)
        data_is_wrong = any(
            word in text
            for word in (
                "NaN",
                "infinity",
                "convert",
                "NAType",
                "float()",
                "sequence",
            )
        )
        fault = fault_of(X) if data_is_wrong else None
        raise type(error)(
            f"{name} {fault}" if fault else f"{name}: {text}"
        ) from error
    refuse_huge(Z, name)
    return short_indices(Z) if sparse.issparse(Z) else Z


def refuse_complex(text, name, X):
    """Say in one line, with the column, what scikit-learn says with the whole array."""
    if "Complex data" in text:
        where = (
            f" in {column}"
            for column, values in columns_of(X)
            if any(isinstance(value, COMPLEX) for value in values)
        )
        raise ValueError(
            f"{name}: Complex data not supported{next(where, '')}; give real "
            "numbers, such as their parts"
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
