"""Which data a network takes: arrays, tensors, datasets, loaders, and their labels and weights."""

import numpy as np
import torch
from scipy import sparse
from sklearn.utils.validation import _check_sample_weight
from torch.utils.data import (
    DataLoader,
    Dataset,
    IterableDataset,
    Subset,
    default_collate,
)

from tlbook.validation import (
    SOURCE,
    check_matrix,
    check_rows,
    label_vector,
    refuse_no_table,
)


def dataset_of(X):
    """Return the dataset of a DataLoader; what is none comes back as it is."""
    return X.dataset if isinstance(X, DataLoader) else X


def _sample(item):
    """Return the sample of a dataset's item, which may be (sample, label)."""
    return item[0] if isinstance(item, tuple | list) else item


def stacked(items):
    """Return the samples of some items as one float32 tensor."""
    return default_collate([_sample(item) for item in items]).to(torch.float32)


def check_samples(X, name, like=None, least=2, any_shape=False, series=False):
    """Validate the samples of one domain.

    Parameters
    ----------
    X : array-like of shape (n, d) or (n, channels, height, width), or a map-style torch Dataset
        Gray images may come as (n, height, width).  Of a DataLoader the dataset
        and the number of workers count: batches are drawn here.
    name : str
        What an error calls them.
    like : tuple of int, optional
        Shape that one sample must have.
    least : int
        Number of samples that are needed.
    any_shape : bool
        A network of one's own takes series (n, channels, length), films and whatever it says.
        Square (n, height, width) are gray images there too, unless they are said to be
        series.
    series : bool
        (n, channels, length) are series whatever their lengths, as they were in `fit`.

    Returns
    -------
    X : ndarray of float32, shape (n, ...), or the Dataset
    shape : tuple of int, shape of one sample

    Raises
    ------
    ValueError
        For NaN or infinite values, fewer samples than needed, other shapes,
        complex numbers, images whose channels come last.
    TypeError
        For what is not numbers, or a Dataset without length.
    """
    dataset = dataset_of(X)
    if isinstance(dataset, Dataset):
        if isinstance(dataset, IterableDataset) or not hasattr(
            dataset, "__len__"
        ):
            raise TypeError(
                f"{name} is a dataset without length: a map-style Dataset is "
                "needed"
            )
        if not len(dataset):
            raise ValueError(f"{name} has 0 samples; at least {least} are needed")
        shape = item_shape(dataset[0], name)
    else:
        X = _numbers(X.detach().cpu() if isinstance(X, torch.Tensor) else X, name)
        if X.ndim == 3:
            square = X.shape[1] == X.shape[2] and not series
            if not square and not any_shape:
                raise ValueError(
                    f"{name} has shape {X.shape}: gray images of another shape "
                    "than square, and series, are ambiguous; give images as (n, "
                    "1, height, width), series to a network of their own"
                )
            X = X[:, None] if square else X
        shape = X.shape[1:]
    count = len(dataset) if isinstance(dataset, Dataset) else len(X)
    if count < least:
        raise ValueError(
            f"{name} has {count} samples; at least {least} are needed"
        )
    if len(shape) not in (1, 3) and not (any_shape and shape):
        raise ValueError(
            f"{name} has samples of shape {shape}; feature vectors (d,) or "
            "images (channels, height, width) are needed"
        )
    if (
        len(shape) == 3
        and not any_shape
        and min(shape[:2]) > 4
        and shape[2] in (1, 3, 4 if shape[0] == shape[1] else 3)
    ):
        raise ValueError(
            f"{name} has samples of shape {shape}, channels last; networks take "
            "(channels, height, width): transpose(0, 3, 1, 2) brings them there"
        )
    if like is not None:
        check_shape(shape, name, like)
    return X, shape


def item_shape(item, name):
    """Return the shape of a dataset's first sample, which must be an array or a tensor."""
    sample = _sample(item)
    if not isinstance(
        sample, torch.Tensor | np.ndarray | np.number | int | float
    ):
        raise TypeError(
            f"{name} is a dataset of {type(sample).__name__}; its samples must "
            "be tensors or arrays of one shape: give it a transform that makes "
            "them"
        )
    return tuple(np.shape(sample))


def check_shape(shape, name, known):
    """Refuse samples of another shape than those of the source.

    Raises
    ------
    ValueError
        Names both shapes.
    """
    if shape != known:
        raise ValueError(
            f"{name} has samples of shape {shape}, {SOURCE} has {known}"
        )


def _numbers(X, name):
    refuse_no_table(X, name)
    if sparse.issparse(X) or np.asarray(X).ndim == 2:
        X = check_matrix(X, name, ensure_min_samples=0)
    X = np.asarray(X)
    if X.dtype.kind == "c":
        raise ValueError(
            f"{name} holds complex numbers: give real ones, such as their parts"
        )
    try:
        with np.errstate(over="ignore"):  # it is said below
            X = np.ascontiguousarray(X, dtype=np.float32)
    except (TypeError, ValueError) as error:
        raise TypeError(f"{name} must hold numbers: {error}") from error
    if not np.isfinite(X).all():
        kind = (
            "NaN"
            if np.isnan(X).any()
            else "infinity, or values beyond single precision"
        )
        raise ValueError(f"{name} contains {kind}: leave such samples out")
    return X.copy() if not X.flags.writeable else X


def labels_of(X, y, name):
    """Return the labels of a domain: `y`, or those of the Dataset `X`.

    A dataset's `targets` are read where it has them, so that no image is decoded
    for its label; its `classes`, if it has them, name the numbers.

    Raises
    ------
    ValueError
        Without labels, or if there are more or fewer than samples.
    """
    X = dataset_of(X)
    if y is None and isinstance(X, Dataset):
        y = dataset_labels(X)
        y = y if len(y) else None
    if y is None:
        raise ValueError(
            f"{name} has no labels: y should be a 1d array, one label a sample"
        )
    its = f"the y of {name}"
    y = label_vector(y, its)
    check_rows(X, name, **{its: y})
    return y


def check_weights(weights, X):
    """Return the weights of samples, scaled to a mean of 1; None stays None.

    Raises
    ------
    ValueError
        If there are more or fewer than samples, one is negative, or all are 0.
    """
    if weights is None:
        return None
    if not np.any(np.asarray(weights)):
        raise ValueError("sample_weight is zero for all samples")
    rows = np.empty(len(dataset_of(X)))  # of a Dataset the length counts
    if np.asarray(weights).ndim:
        check_rows(rows, SOURCE, sample_weight=weights)
    weights = _check_sample_weight(
        weights, rows, dtype=np.float64, ensure_non_negative=True
    )
    return weights / weights.mean()


def dataset_labels(dataset):
    """Return the labels of a dataset, a sequence; empty if its items have none."""
    targets = _targets(dataset)
    if targets is not None:
        return targets
    if not isinstance(dataset[0], tuple | list):
        return []  # no item is drawn in vain
    items = (dataset[i] for i in range(len(dataset)))
    return [
        item[1]
        for item in items
        if isinstance(item, tuple | list) and len(item) > 1
    ]


def _targets(dataset):
    """Return what `targets` and `classes` of a dataset say without drawing an item, or None."""
    if isinstance(dataset, Subset):
        targets = _targets(dataset.dataset)
        return None if targets is None else targets[np.asarray(dataset.indices)]
    if getattr(dataset, "targets", None) is None:
        return None
    targets, names = (
        np.asarray(dataset.targets),
        getattr(dataset, "classes", None),
    )
    named = names is not None and targets.dtype.kind in "iu"
    return np.asarray(names)[targets] if named else targets
