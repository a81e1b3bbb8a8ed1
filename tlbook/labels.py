"""Labels at the gate (tlbook.validation): classes, numbers, and what marks an unlabeled row."""

import numpy as np
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import column_or_1d

UNLABELED = -1


def is_missing(value):
    """Tell whether a value is NaN, None or pandas.NA, the marks of what is not known."""
    if value is None or type(value).__name__ in ("NAType", "NaTType"):
        return True
    return isinstance(value, (float, np.floating)) and bool(value != value)


def is_masked(array):
    """Tell whether an array of NumPy hides some of its entries, which `np.asarray` brings back."""
    return isinstance(array, np.ma.MaskedArray) and np.ma.is_masked(array)


def label_vector(y, name):
    """Return labels in one plain vector: of lists, columns, frames, nullable and object types.

    Parameters
    ----------
    y : array-like of shape (n,) or (n, 1)
    name : str

    Returns
    -------
    ndarray of shape (n,)

    Raises
    ------
    ValueError, TypeError
        For another shape, complex, masked or missing labels, and text among other
        values.
    """
    if is_masked(y):
        raise ValueError(f"{name} has masked entries: leave such rows out")
    a_list = isinstance(y, (list, tuple))
    y = (
        np.array(y, dtype=object)
        if a_list
        else np.asarray(y)
        if is_table(y)
        else y
    )
    try:
        y = column_or_1d(y, warn=True)
    except (TypeError, ValueError) as error:
        if "Complex data" in str(error):
            raise ValueError(
                f"{name}: Complex data not supported; give real numbers"
            ) from error
        raise type(error)(f"{name}: {error}") from error
    if not len(y):
        raise ValueError(f"{name} is empty: give one label a sample")
    check_known(y, name)
    if y.dtype != object:
        return y
    text = [isinstance(label, str) for label in y]
    if any(text) and not all(text):
        other = y[text.index(False)]
        raise ValueError(
            f"{name} mixes text and other values, such as "
            f"{y[text.index(True)]!r} and {other!r}: give one kind"
        )
    plain = np.array(y.tolist())
    return plain if a_list or plain.dtype.kind in "biuf" else y


def is_table(y):
    """Tell whether labels come as an array or a column of a frame."""
    return hasattr(y, "dtype") or hasattr(y, "columns")


def check_known(y, name):
    """Refuse labels some of which are NaN, None or pandas.NA.

    Raises
    ------
    ValueError
        Names the first such row and their number.
    """
    missing = [
        i
        for i, label in enumerate(np.asarray(y, dtype=object).ravel())
        if is_missing(label)
    ]
    if missing:
        raise ValueError(
            f"{name} contains NaN: {len(missing)} of {len(y)} rows have no "
            f"label, the first is row {missing[0]}; leave them out"
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
        For labels that are missing, continuous, not one-dimensional or of too few
        classes.
    """
    y = label_vector(y, name)
    try:
        check_classification_targets(y)
    except (TypeError, ValueError) as error:
        way_out = (
            f"; {owner} as it is learns classes: where it can learn numbers, "
            "wrap a regressor, such as Ridge()"
        )
        told = way_out if "continuous" in str(error) else ""
        raise type(error)(f"{name}: {error}{told}") from error
    if len(np.unique(y)) < least:
        raise ValueError(
            f"{name} has one class only, {y[:1].tolist()[0]!r}; {owner} needs at "
            f"least {least}"
        )
    return y


def check_numbers(y, name):
    """Return labels that are numbers, in floating point, or say what is wrong with them.

    Raises
    ------
    ValueError
        For labels that are missing, infinite or text.
    """
    y = label_vector(y, name)
    if y.dtype.kind in "mM":
        raise ValueError(
            f"{name} has dates: turn them into numbers, such as days since the "
            "first"
        )
    try:
        y = y.astype(float)
    except (TypeError, ValueError) as error:
        raise ValueError(
            f"{name} must hold numbers for a regressor: {error}; for classes "
            "wrap a classifier"
        ) from error
    if np.isinf(y).any():
        raise ValueError(
            f"{name} contains infinity in row {np.flatnonzero(np.isinf(y))[0]}"
        )
    return y


def is_labeled(y_target):
    """Return a mask of the labeled target rows; -1 marks the others, NaN where labels are numbers.

    Parameters
    ----------
    y_target : ndarray of shape (nt,)

    Returns
    -------
    ndarray of bool, shape (nt,)
    """
    return np.array(
        [label != UNLABELED and label == label for label in y_target], dtype=bool
    )


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
    if is_masked(y_target):
        raise ValueError(
            f"{name} has masked entries: unlabeled rows are marked by {UNLABELED}"
        )
    yt = np.asarray(y_target, dtype=object)
    if yt.ndim == 2 and yt.shape[1] == 1:
        yt = yt.ravel()
    if yt.ndim != 1:
        raise ValueError(
            f"{name} has shape {yt.shape}; one label per target sample is needed"
        )
    if len(yt) != n_target:
        raise ValueError(
            f"{name} has {len(yt)} labels, X_target has {n_target} samples"
        )
    for row, label in enumerate(yt):
        if is_missing(label) or (
            isinstance(label, str) and label == str(UNLABELED)
        ):
            shown = (
                "'-1', a text" if isinstance(label, str) else type(label).__name__
            )
            if isinstance(label, float):
                shown = "NaN"
            raise ValueError(
                f"{name} has {shown} in row {row}: unlabeled rows are marked by "
                f"the number {UNLABELED}; with labels that are text, give a list "
                "or an array of objects"
            )
    plain = np.array(yt.tolist())
    return (
        plain if plain.dtype.kind in "biuf" or not (yt == UNLABELED).any() else yt
    )


def check_target_numbers(y_target, n_target, name="y_target"):
    """Return target labels that are numbers, NaN where unlabeled.

    Raises
    ------
    ValueError
        For another length, or text.
    """
    yt = np.asarray(y_target, dtype=object).ravel()
    if len(yt) != n_target:
        raise ValueError(
            f"{name} has {len(yt)} labels, X_target has {n_target} samples"
        )
    try:
        return np.array(
            [np.nan if is_missing(label) else float(label) for label in yt]
        )
    except (TypeError, ValueError) as error:
        raise ValueError(
            f"{name} must hold numbers, NaN where unlabeled, for a regressor: "
            f"{error}"
        ) from error


def check_training_labels(
    y_target, n_target, classes, owner, used=True, needed=False
):
    """Return the classes of target rows that fit may learn from, -1 where unlabeled.

    Parameters
    ----------
    y_target : array-like of shape (nt,), or None for no labels
    n_target : int
    classes : ndarray of shape (n_classes,), those of the source
    owner : str
        Name of the method.
    used, needed : bool
        Whether the method learns from such labels, and whether it must have some.

    Returns
    -------
    ndarray of shape (nt,)

    Raises
    ------
    ValueError
        See `check_target_labels`; for labels that the method cannot use, lacks,
        or does not know.
    """
    if y_target is None:
        yt = np.full(n_target, UNLABELED)
    else:
        yt = check_target_labels(y_target, n_target)
    labeled = is_labeled(yt)
    check_use(labeled, owner, used, needed, UNLABELED)
    if not labeled.any():
        return yt
    unknown = sorted(set(yt[labeled].tolist()) - set(classes.tolist()), key=str)
    if unknown:
        raise ValueError(
            f"y_target has classes that y (source domain) has not: {unknown}; "
            "leave such rows unlabeled, or give the source samples of them"
        )
    if UNLABELED in classes.tolist():
        raise ValueError(
            f"{UNLABELED} marks unlabeled target rows; it cannot be a class of "
            "y: rename it"
        )
    return yt


def check_use(labeled, owner, used, needed, mark):
    """Refuse target labels where a method learns without, and none where it needs some.

    Raises
    ------
    ValueError
        Names the number of labels, or the mark of unlabeled rows.
    """
    if labeled.any() and not used:
        raise ValueError(
            f"{owner} learns without target labels, but y_target has "
            f"{labeled.sum()} labels; mark unlabeled rows with {mark} or leave "
            "it out"
        )
    if needed and not labeled.any():
        raise ValueError(
            f"{owner} needs labeled target rows: y_target is missing or {mark} "
            "throughout"
        )
