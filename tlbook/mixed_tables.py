"""Tables of numbers and words at the gate (tlbook.validation), in which entries may be missing."""

import numpy as np
from array_api_compat import is_dask_array
from sklearn.utils.validation import check_array

from tlbook.chunks import refuse_dask
from tlbook.labels import is_missing
from tlbook.tables import (
    TWO,
    check_columns,
    columns_of,
    no_number,
    refuse_complex,
    refuse_no_table,
)


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
        refuse_complex(str(error), name, X)
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
        what, way_out = no_number(next(filter(is_no_number, known)))
        raise type(error)(f"{where} has {what}: {way_out}") from error
    if np.isinf(read).any():
        raise ValueError(
            f"{where} contains infinity: cut the value off or leave the row out"
        )
    return "numbers", read


def is_no_number(value):
    """Tell whether a value cannot be taken for a number."""
    try:
        return float(value) is None
    except (TypeError, ValueError):
        return True
