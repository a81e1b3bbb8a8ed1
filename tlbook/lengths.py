"""Lengths at the gate (tlbook.validation): lists side by side, vectors, numbers of samples."""

from numbers import Integral

import numpy as np
from sklearn.utils.validation import _num_samples


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


def check_rows(X, name, **others):
    """Refuse what does not have one entry for each sample.

    Parameters
    ----------
    X : array-like with samples in rows
    name : str
    **others : array-like, or None where it was not given

    Raises
    ------
    ValueError
        Names both arguments and both numbers.
    """
    if X is None or np.isscalar(X):
        return  # no table: it has its word where it is read
    n = _num_samples(X)
    for other, entries in others.items():
        if entries is not None and (m := _num_samples(entries)) != n:
            raise ValueError(
                f"{other} has {m} entries, {name} has {n} samples; give one a "
                "sample"
            )


class CheckedScore:
    """Mixin before scikit-learn's: its `score` names the argument that is too short."""

    def score(self, X, y, sample_weight=None):
        """Return the accuracy on samples of the target.

        Parameters
        ----------
        X, y : array-like of shape (n, d) and (n,)
        sample_weight : array-like of shape (n,), optional

        Returns
        -------
        float

        Raises
        ------
        ValueError
            If the lengths differ.
        """
        check_rows(X, "X", y=y, sample_weight=sample_weight)
        return super().score(X, y, sample_weight)


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
