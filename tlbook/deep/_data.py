"""The two domains of a deep method, handed out in batches."""

import itertools
import math
from typing import NamedTuple

import numpy as np
import torch
from torch.utils.data import DataLoader, Dataset

from tlbook.deep._samples import dataset_of, stacked


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
        return stacked([self.dataset[int(row)] for row in rows]).to(self.device)

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
            "collate_fn": stacked,
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
