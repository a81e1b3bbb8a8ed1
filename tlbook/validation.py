"""The one gate for data: everything that a public entry is given is checked here.

A message stands in one line and names the argument with its domain, the column or row, both
numbers, and the way out.  Samples come back in floating point: integers, booleans and pixels are
computed as numbers, never in their own type.
"""

import sys
import warnings

import numpy as np
from array_api_compat import is_numpy_array, is_torch_array
from scipy import sparse
from sklearn.pipeline import Pipeline
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import (
    check_array,
    check_consistent_length,
    column_or_1d,
    validate_data,
)

UNLABELED = -1
FLOATS = (np.float64, np.float32)
WIDE = 1e6  # ratio of the spreads of two columns at which a method says so
SOURCE, TARGET = "X (source domain)", "X_target (target domain)"


# --- The target on its way through scikit-learn --------------------------------------------------


class WholeTarget(tuple):
    """Target samples, or their labels, that scikit-learn hands on whole.

    `cross_validate` and `GridSearchCV` cut every array in `params` whose length equals that of X
    into folds, without a word.  This is a tuple of one array, which they leave alone, and which
    `Pipeline(..., transform_input=["X_target"])` passes through its steps:

        cross_validate(model, X, y, params={"X_target": WholeTarget(Xt)})

    Parameters
    ----------
    array : array-like, sparse matrix or data frame
        Target samples, or target labels.
    """

    def __new__(cls, array):
        return super().__new__(cls, (array,))

    def __getnewargs__(self):
        return tuple(self)


def unwrap(array):
    """Return the array inside a `WholeTarget`, anything else as it is."""
    return array[0] if isinstance(array, tuple) and len(array) == 1 else array


def steps_before(estimator):
    """Return the steps of the `Pipeline` that is fitting `estimator` and that change X alone.

    scikit-learn does not tell a step which pipeline it stands in, so the calls are read.  Steps
    that X_target passes too, by `transform_input`, are not among them.

    Parameters
    ----------
    estimator : estimator that is being fitted

    Returns
    -------
    list of str, names of steps
    """
    frame = sys._getframe()
    while frame is not None:
        caller = frame.f_locals.get("self")
        if isinstance(caller, Pipeline) and frame.f_code.co_name in (
            "fit",
            "_fit",
            "fit_transform",
        ):
            break
        frame = frame.f_back
    else:
        return []
    position = frame.f_locals.get("step_idx", len(caller.steps) - 1)
    if frame.f_code.co_name != "_fit" and caller.steps[-1][1] is not estimator:
        return []
    if "X_target" in (caller.transform_input or ()):
        return []
    return [name for name, step in caller.steps[:position] if step not in (None, "passthrough")]


# --- Samples -------------------------------------------------------------------------------------


def is_missing(value):
    """Tell whether a value is NaN, None or pandas.NA, the marks of what is not known."""
    if value is None or type(value).__name__ in ("NAType", "NaTType"):
        return True
    return isinstance(value, (float, np.floating)) and bool(value != value)


def columns_of(X):
    """Yield (name, values) of the columns of a data frame, an array or nested lists."""
    names = getattr(X, "columns", None)
    if names is not None:
        for name in names:
            yield f"column {name!r}", np.asarray(X[name], dtype=object).ravel()
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
                f"contains NaN in {name} ({missing.sum()} of {len(values)} rows): "
                "fill it, for example by SimpleImputer, or leave such rows out"
            )
        for value in values:
            try:
                number = float(value)
            except (TypeError, ValueError):
                if not isinstance(value, str):
                    return None  # scikit-learn has the word for it
                return (
                    f"has text in {name}, such as {value!r}: could not convert string to float; "
                    "encode it, for example by OneHotEncoder"
                )
            if np.isinf(number):
                return f"contains infinity in {name}: cut the value off or leave the row out"
    return None


def check_matrix(X, name, estimator=None, reset=True, **options):
    """Return samples as a floating-point matrix, or say what is wrong with them.

    Parameters
    ----------
    X : array-like, data frame or sparse matrix of shape (n, d)
    name : str
        What an error calls them, such as "X (source domain)".
    estimator : estimator, optional
        That remembers, or compares, the number and the names of the features.
    reset : bool
        Whether it remembers them.
    **options
        Of `sklearn.utils.check_array`, such as accept_sparse or ensure_min_samples.

    Returns
    -------
    ndarray or sparse matrix of shape (n, d), float64, or float32 as given

    Raises
    ------
    ValueError, TypeError
        For what is not a table of finite numbers; names the column.
    """
    options = {"dtype": FLOATS} | options
    try:
        if estimator is None:
            return check_array(X, **options)
        return validate_data(estimator, X, reset=reset, **options)
    except (TypeError, ValueError) as error:
        text = str(error)
        data_is_wrong = any(word in text for word in ("NaN", "infinity", "convert", "NAType"))
        fault = fault_of(X) if data_is_wrong else None
        raise type(error)(f"{name} {fault}" if fault else f"{name}: {text}") from error


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


def check_pair(Xs, Xt, least=1):
    """Return two samples of one space for a distance, NumPy arrays or Torch tensors.

    Parameters
    ----------
    Xs, Xt : array-like of shape (ns, d) and (nt, d), or Torch tensors
    least : int
        Samples that each needs.

    Returns
    -------
    Xs, Xt : arrays in floating point, Torch tensors stay tensors

    Raises
    ------
    ValueError, TypeError
        For other widths, too few samples, NaN, and what is not numbers.
    """
    check_columns(Xt, "Xt (target domain)", getattr(Xs, "columns", None), "Xs (source domain)")
    pair = []
    for X, name in ((Xs, "Xs (source domain)"), (Xt, "Xt (target domain)")):
        if is_torch_array(X):
            if X.ndim != 2:
                raise ValueError(f"{name} has shape {tuple(X.shape)}; samples in rows are needed")
            X = X if X.dtype.is_floating_point else X.double()
        else:
            X = check_matrix(X, name, ensure_min_samples=0)
        if X.shape[0] < least:
            raise ValueError(f"{name} has {X.shape[0]} samples; at least {least} are needed")
        pair.append(X)
    check_width(pair[1], "Xt (target domain)", pair[0].shape[1], "Xs (source domain)")
    if is_numpy_array(pair[0]) != is_numpy_array(pair[1]):
        raise TypeError("one of Xs and Xt is a Torch tensor, the other is not; give two of a kind")
    return pair


def same_samples(Xs, Xt):
    """Tell whether two sample matrices of either kind, dense or sparse, are equal."""
    if Xs.shape != Xt.shape or sparse.issparse(Xs) != sparse.issparse(Xt):
        return False
    return (Xs != Xt).nnz == 0 if sparse.issparse(Xs) else np.array_equal(Xs, Xt)


def warn_if_same(Xs, Xt, stacklevel):
    """Warn where source and target are one sample."""
    if same_samples(Xs, Xt):
        warnings.warn(
            f"{SOURCE} and {TARGET} hold the same samples: there is nothing to adapt to",
            UserWarning,
            stacklevel=stacklevel,
        )


def warn_of_scales(X, names, stacklevel):
    """Warn where one column is so wide that distances are its distances alone.

    Parameters
    ----------
    X : ndarray or sparse matrix of shape (n, d); sparse ones are counts and pass
    names : sequence of str, or None where columns have numbers
    stacklevel : int
    """
    if sparse.issparse(X):
        return
    spread = X.std(axis=0, dtype=float)
    wide, varied = int(np.argmax(spread)), spread > 0
    if not varied.any() or spread[wide] <= WIDE * spread[varied].min():
        return
    narrow = int(np.flatnonzero(varied)[np.argmin(spread[varied])])
    first, second = (k if names is None else repr(str(names[k])) for k in (wide, narrow))
    warnings.warn(
        f"{SOURCE}: column {first} spreads {spread[wide] / spread[narrow]:.0e} times as wide as "
        f"column {second}: distances see nothing else; scale the columns, for example by "
        "StandardScaler",
        UserWarning,
        stacklevel=stacklevel,
    )


# --- Labels --------------------------------------------------------------------------------------


def check_known(y, name):
    """Refuse labels some of which are NaN, None or pandas.NA.

    Raises
    ------
    ValueError
        Names the first such row and their number.
    """
    missing = [
        i for i, label in enumerate(np.asarray(y, dtype=object).ravel()) if is_missing(label)
    ]
    if missing:
        raise ValueError(
            f"{name} contains NaN: {len(missing)} of {len(y)} rows have no label, the first is "
            f"row {missing[0]}; leave them out"
        )


def check_classes(y, name, owner, least=2):
    """Return labels of classes, or say what is wrong with them.

    Parameters
    ----------
    y : array-like of shape (n,)
    name : str
        Such as "y (labels of the source domain)".
    owner : str
        Name of the method that needs them.
    least : int
        Classes that it needs.

    Returns
    -------
    ndarray of shape (n,)

    Raises
    ------
    ValueError
        For labels that are missing, continuous, not one-dimensional or of too few classes.
    """
    y = column_or_1d(y, warn=True)
    check_known(y, name)
    try:
        check_classification_targets(y)
    except ValueError as error:
        raise ValueError(
            f"{name}: {error}; {owner} as it is learns classes: where it can learn numbers, "
            "wrap a regressor, such as Ridge()"
        ) from error
    if len(np.unique(y)) < least:
        raise ValueError(
            f"{name} has one class only, {y[:1].tolist()[0]!r}; {owner} needs at least {least}"
        )
    return y


def check_numbers(y, name):
    """Return labels that are numbers, in floating point, or say what is wrong with them.

    Raises
    ------
    ValueError
        For labels that are missing, infinite or text.
    """
    y = column_or_1d(y, warn=True)
    check_known(y, name)
    try:
        y = y.astype(float)
    except (TypeError, ValueError) as error:
        raise ValueError(
            f"{name} must hold numbers for a regressor: {error}; for classes wrap a classifier"
        ) from error
    if np.isinf(y).any():
        raise ValueError(f"{name} contains infinity in row {np.flatnonzero(np.isinf(y))[0]}")
    return y


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
            f"{type(estimator).__name__} requires y to be passed, but the target y is None"
        )
    y = check_classes(y, "y", type(estimator).__name__, least)
    check_consistent_length(X, y)
    return X, y


def is_labeled(y_target):
    """Return a mask of the labeled target rows; -1 marks the others, NaN where labels are numbers.

    Parameters
    ----------
    y_target : ndarray of shape (nt,)

    Returns
    -------
    ndarray of bool, shape (nt,)
    """
    return np.array([label != UNLABELED and label == label for label in y_target], dtype=bool)


def check_target_labels(y_target, n_target, name="y_target"):
    """Return target labels as an array of the samples' length, -1 where unlabeled.

    Parameters
    ----------
    y_target : array-like of shape (nt,)
        Numbers or strings; a list may mix strings and -1.
    n_target : int

    Returns
    -------
    ndarray of shape (nt,), of object type where strings and -1 are mixed

    Raises
    ------
    ValueError
        For another length, for NaN, pandas.NA, None or "-1" in place of -1.
    """
    yt = np.asarray(y_target, dtype=object)
    if yt.ndim == 2 and yt.shape[1] == 1:
        yt = yt.ravel()
    if yt.ndim != 1:
        raise ValueError(f"{name} has shape {yt.shape}; one label per target sample is needed")
    if len(yt) != n_target:
        raise ValueError(f"{name} has {len(yt)} labels, X_target has {n_target} samples")
    for row, label in enumerate(yt):
        if is_missing(label) or (isinstance(label, str) and label == str(UNLABELED)):
            shown = "'-1', a text" if isinstance(label, str) else type(label).__name__
            if isinstance(label, float):
                shown = "NaN"
            raise ValueError(
                f"{name} has {shown} in row {row}: unlabeled rows are marked by the number "
                f"{UNLABELED}; with labels that are text, give a list or an array of objects"
            )
    plain = np.array(yt.tolist())
    return plain if plain.dtype.kind in "biuf" or not (yt == UNLABELED).any() else yt


def check_target_numbers(y_target, n_target, name="y_target"):
    """Return target labels that are numbers, NaN where unlabeled.

    Raises
    ------
    ValueError
        For another length, or text.
    """
    yt = np.asarray(y_target, dtype=object).ravel()
    if len(yt) != n_target:
        raise ValueError(f"{name} has {len(yt)} labels, X_target has {n_target} samples")
    try:
        return np.array([np.nan if is_missing(label) else float(label) for label in yt])
    except (TypeError, ValueError) as error:
        raise ValueError(
            f"{name} must hold numbers, NaN where unlabeled, for a regressor: {error}"
        ) from error


# --- Several arrays that belong together ---------------------------------------------------------


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
            raise ValueError(f"{name} has {m} entries, {first} has {n}; give as many")


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
        raise ValueError(f"{name} has {len(x)} entries, {of} has {n}; give as many")
    if not np.isfinite(x).all():
        raise ValueError(
            f"{name} contains NaN or infinity in row {np.flatnonzero(~np.isfinite(x))[0]}"
        )
    return x
