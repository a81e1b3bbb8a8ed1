"""The two domains of a deep method: checked once, then handed out in batches."""

import itertools
import math
from typing import NamedTuple

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

from tlbook.validation import SOURCE, check_matrix, label_vector, refuse_no_table


class Batch(NamedTuple):
    """One step's samples.

    Xs (b, ...) and ys (b,) from the source, None in a pass over the target alone;
    Xt (b, ...) from the target and their row numbers rows (b,), None without a
    target; Xl (m, ...) and yl (m,) labeled target samples, None without any;
    progress in [0, 1) through the phase; ws (b,) the weights of the source samples,
    None if all are 1; ks (b,) which of several sources they are from, None of one.
    Classes and sources are numbers 0, 1, ... here.
    """

    Xs: torch.Tensor
    ys: torch.Tensor
    Xt: torch.Tensor
    rows: torch.Tensor
    Xl: torch.Tensor
    yl: torch.Tensor
    progress: float
    ws: torch.Tensor = None
    ks: torch.Tensor = None


class Domain:
    """Samples, and labels if there are any: `domain[rows]` is a float32 tensor on the device.

    Parameters
    ----------
    X : ndarray of shape (n, ...), map-style Dataset or DataLoader, as `check_samples` returns it
    device : torch.device
        Arrays are moved there at once, items of a dataset when they are drawn.
    y : ndarray of int, shape (n,), optional
    weights : ndarray of shape (n,), optional
    """

    def __init__(self, X, device, y=None, weights=None):
        self.device = device
        self.workers = X.num_workers if isinstance(X, DataLoader) else 0
        X = dataset_of(X)
        self.dataset = X if isinstance(X, Dataset) else None
        self.X = (
            None if self.dataset is not None else torch.from_numpy(X).to(device)
        )
        self.y = (
            None
            if y is None
            else torch.from_numpy(np.asarray(y, dtype=np.int64)).to(device)
        )
        self.weights = (
            None
            if weights is None
            else torch.from_numpy(np.asarray(weights, np.float32)).to(device)
        )
        self.origin = None

    def tell_apart(self, origin):
        """Remember from which of several sources the samples are, (n,) or None of one."""
        if origin is not None:
            self.origin = torch.from_numpy(origin).to(self.device)

    def __len__(self):
        return len(self.X if self.dataset is None else self.dataset)

    def __getitem__(self, rows):
        if self.dataset is None:
            return self.X[rows]
        return _stacked([self.dataset[int(row)] for row in rows]).to(self.device)

    def chunks(self, size, rows=None):
        """Yield the samples of some rows, all by default, `size` at a time."""
        rows = (torch.arange(len(self)) if rows is None else rows).split(size)
        if self.dataset is None or not self.workers:
            yield from (self[part] for part in rows)
            return
        generator = torch.Generator().manual_seed(int(torch.randint(2**31, ())))
        parts = [part.tolist() for part in rows]
        options = {
            "num_workers": self.workers,
            "collate_fn": _stacked,
            "generator": generator,
        }
        for chunk in DataLoader(self.dataset, batch_sampler=parts, **options):
            yield chunk.to(self.device)


class Domains(NamedTuple):
    """Source, target (or None), labeled part of the target (or None), and the size of a batch.

    In adaptation to the target alone the source is None.  A smaller domain makes
    a batch smaller.
    """

    source: Domain
    target: Domain
    labeled: Domain
    batch_size: int

    def size(self, over="source"):
        """Return the size of a batch in a pass over that domain."""
        theirs = [self.target] if over == "target" else [self.source, self.target]
        return min(
            self.batch_size,
            *(len(domain) for domain in theirs if domain is not None),
        )

    def n_steps(self, over="source"):
        """Return the steps of a pass: whole batches in that domain."""
        return len(getattr(self, over)) // self.size(over)

    def batches(self, epoch, n_epochs, over="source"):
        """Yield the batches of an epoch, one pass over a domain in random order.

        Over the source, the target is drawn in random order, again and again if
        it is smaller. Over the target, no source sample is read.
        """
        b, steps = self.size(over), self.n_steps(over)
        rows_s = (
            None if over == "target" else shuffled(len(self.source), b * steps)
        )
        rows_t = (
            None if self.target is None else shuffled(len(self.target), b * steps)
        )
        alone = over == "target" or self.labeled is None
        m = 0 if alone else min(b, len(self.labeled))
        rows_l = shuffled(len(self.labeled), m * steps) if m else None
        draws = (
            drawn(self.source, rows_s, b),
            drawn(self.target, rows_t, b),
            drawn(self.labeled, rows_l, m),
        )
        for i, ((Xs, s), (Xt, t), (Xl, l)) in zip(range(steps), zip(*draws)):
            yield Batch(
                Xs,
                None if s is None else self.source.y[s],
                Xt,
                t,
                Xl,
                None if l is None else self.labeled.y[l],
                (epoch * steps + i) / (n_epochs * steps),
                None
                if s is None or self.source.weights is None
                else self.source.weights[s],
                None
                if s is None or self.source.origin is None
                else self.source.origin[s],
            )


def drawn(domain, rows, size):
    """Yield samples and their rows, `size` at a time; None for ever without rows."""
    if rows is None:
        yield from itertools.repeat((None, None))
    else:
        yield from zip(domain.chunks(size, rows), rows.split(size))


def shuffled(n, count):
    """Return `count` row numbers: random orders of all `n` rows, one after the other."""
    return torch.cat([torch.randperm(n) for _ in range(math.ceil(count / n))])[
        :count
    ]


def dataset_of(X):
    """Return the dataset of a DataLoader; what is none comes back as it is."""
    return X.dataset if isinstance(X, DataLoader) else X


def _sample(item):
    """Return the sample of a dataset's item, which may be (sample, label)."""
    return item[0] if isinstance(item, tuple | list) else item


def _stacked(items):
    """Return the samples of some items as one float32 tensor."""
    return default_collate([_sample(item) for item in items]).to(torch.float32)


def check_samples(X, name, like=None, least=2, any_shape=False):
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
        Square (n, height, width) are gray images there too.

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
            square = X.shape[1] == X.shape[2]
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
    y = label_vector(y, f"the y of {name}")
    if len(y) != len(X):
        raise ValueError(
            f"{name} has {len(X)} samples and labels of shape {y.shape}; give "
            "one label a sample"
        )
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
