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
