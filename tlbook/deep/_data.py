"""The two domains of a deep method: checked once, then handed out in batches."""

import math
from typing import NamedTuple

import numpy as np
import torch
from scipy import sparse
from torch.utils.data import Dataset, IterableDataset, default_collate

from tlbook.validation import SOURCE, check_matrix, label_vector, refuse_no_table


class Batch(NamedTuple):
    """One step's samples.

    Xs (b, ...) and ys (b,) from the source; Xt (b, ...) from the target and their row numbers
    rows (b,), None without a target; Xl (m, ...) and yl (m,) labeled target samples, None without
    any; progress in [0, 1) through the phase.  Classes are numbers 0, 1, ... here.
    """

    Xs: torch.Tensor
    ys: torch.Tensor
    Xt: torch.Tensor
    rows: torch.Tensor
    Xl: torch.Tensor
    yl: torch.Tensor
    progress: float


class Domain:
    """Samples, and labels if there are any: `domain[rows]` is a float32 tensor on the device.

    Parameters
    ----------
    X : ndarray of shape (n, ...) or map-style Dataset, as `check_samples` returns it
    device : torch.device
        Arrays are moved there at once, items of a dataset when they are drawn.
    y : ndarray of int, shape (n,), optional
    """

    def __init__(self, X, device, y=None):
        self.device = device
        self.dataset = X if isinstance(X, Dataset) else None
        self.X = None if self.dataset is not None else torch.from_numpy(X).to(device)
        self.y = None if y is None else torch.from_numpy(np.asarray(y, dtype=np.int64)).to(device)

    def __len__(self):
        return len(self.X if self.dataset is None else self.dataset)

    def __getitem__(self, rows):
        if self.dataset is None:
            return self.X[rows]
        items = [_sample(self.dataset[int(row)]) for row in rows]
        return default_collate(items).to(self.device, torch.float32)

    def chunks(self, size=1024):
        """Yield all samples in order, `size` at a time."""
        for start in range(0, len(self), size):
            yield self[torch.arange(start, min(start + size, len(self)))]


class Domains(NamedTuple):
    """Source, target (or None), labeled part of the target (or None), and the size of a batch."""

    source: Domain
    target: Domain
    labeled: Domain
    batch_size: int

    @property
    def n_steps(self):
        """Steps of an epoch: whole batches in the source."""
        return len(self.source) // self.batch_size

    def batches(self, epoch, n_epochs):
        """Yield the batches of an epoch, one pass over the source in random order.

        The target is drawn in random order, again and again if it is smaller.
        """
        b, steps = self.batch_size, self.n_steps
        rows_s = shuffled(len(self.source), b * steps)
        rows_t = None if self.target is None else shuffled(len(self.target), b * steps)
        m = 0 if self.labeled is None else min(b, len(self.labeled))
        rows_l = shuffled(len(self.labeled), m * steps) if m else None
        for i in range(steps):
            s = rows_s[i * b : (i + 1) * b]
            t = None if rows_t is None else rows_t[i * b : (i + 1) * b]
            l = None if rows_l is None else rows_l[i * m : (i + 1) * m]
            yield Batch(
                self.source[s],
                self.source.y[s],
                None if t is None else self.target[t],
                t,
                None if l is None else self.labeled[l],
                None if l is None else self.labeled.y[l],
                (epoch * steps + i) / (n_epochs * steps),
            )


def shuffled(n, count):
    """Return `count` row numbers: random orders of all `n` rows, one after the other."""
    return torch.cat([torch.randperm(n) for _ in range(math.ceil(count / n))])[:count]


def _sample(item):
    """Return the sample of a dataset's item, which may be (sample, label)."""
    return item[0] if isinstance(item, tuple | list) else item


def check_samples(X, name, like=None, least=2):
    """Validate the samples of one domain.

    Parameters
    ----------
    X : array-like of shape (n, d) or (n, channels, height, width), or a map-style torch Dataset
        Gray images may come as (n, height, width).
    name : str
        What an error calls them.
    like : tuple of int, optional
        Shape that one sample must have.
    least : int
        Number of samples that are needed.

    Returns
    -------
    X : ndarray of float32, shape (n, ...), or the Dataset
    shape : tuple of int, shape of one sample

    Raises
    ------
    ValueError
        For NaN or infinite values, fewer samples than needed, other shapes, complex numbers,
        images whose channels come last.
    TypeError
        For what is not numbers, or a Dataset without length.
    """
    if isinstance(X, Dataset):
        if isinstance(X, IterableDataset) or not hasattr(X, "__len__"):
            raise TypeError(f"{name} is a dataset without length: a map-style Dataset is needed")
        shape = tuple(np.shape(_sample(X[0]))) if len(X) else ()
    else:
        X = _numbers(X.detach().cpu() if isinstance(X, torch.Tensor) else X, name)
        if X.ndim == 3:
            if X.shape[1] != X.shape[2]:
                raise ValueError(
                    f"{name} has shape {X.shape}: gray images of another shape than square, and "
                    "series, are ambiguous; give images as (n, 1, height, width)"
                )
            X = X[:, None]
        shape = X.shape[1:]
    if len(X) < least:
        raise ValueError(f"{name} has {len(X)} samples; at least {least} are needed")
    if len(shape) not in (1, 3):
        raise ValueError(
            f"{name} has samples of shape {shape}; feature vectors (d,) or images "
            "(channels, height, width) are needed"
        )
    if (
        len(shape) == 3
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


def check_shape(shape, name, known):
    """Refuse samples of another shape than those of the source.

    Raises
    ------
    ValueError
        Names both shapes.
    """
    if shape != known:
        raise ValueError(f"{name} has samples of shape {shape}, {SOURCE} has {known}")


def _numbers(X, name):
    refuse_no_table(X, name)
    if sparse.issparse(X) or np.asarray(X).ndim == 2:
        X = check_matrix(X, name, ensure_min_samples=0)
    X = np.asarray(X)
    if X.dtype.kind == "c":
        raise ValueError(f"{name} holds complex numbers: give real ones, such as their parts")
    try:
        with np.errstate(over="ignore"):  # it is said below
            X = np.ascontiguousarray(X, dtype=np.float32)
    except (TypeError, ValueError) as error:
        raise TypeError(f"{name} must hold numbers: {error}") from error
    if not np.isfinite(X).all():
        kind = "NaN" if np.isnan(X).any() else "infinity, or values beyond single precision"
        raise ValueError(f"{name} contains {kind}: leave such samples out")
    return X.copy() if not X.flags.writeable else X


def labels_of(X, y, name):
    """Return the labels of a domain: `y`, or those in the items of the Dataset `X`.

    Raises
    ------
    ValueError
        Without labels, or if there are more or fewer than samples.
    """
    if y is None and isinstance(X, Dataset):
        y = [item[1] for item in (X[i] for i in range(len(X))) if isinstance(item, tuple | list)]
    if y is None:
        raise ValueError(f"{name} has no labels: y should be a 1d array, one label a sample")
    y = label_vector(y, f"the y of {name}")
    if len(y) != len(X):
        raise ValueError(
            f"{name} has {len(X)} samples and labels of shape {y.shape}; give one label a sample"
        )
    return y
