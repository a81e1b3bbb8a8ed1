"""The gate for Dask arrays: what can be seen of them at once, and a check of each chunk.

The entries of a Dask array are not there yet.  Each of its chunks is checked
where it is computed, and the error comes from there.
"""

import numpy as np
from sklearn.utils.validation import validate_data

METHODS = (
    "CORAL, SubspaceAlignment, GFK, LogisticRatio, TCA, JDA and BDA (not "
    "kernel='rbf'), and mmd2 (not with gamma)"
)


def check_chunks(
    X, name, check, estimator=None, reset=True, dtype=None, ensure_min_samples=1
):
    """Return a Dask array in chunks of whole rows that check themselves.

    Parameters
    ----------
    X : Dask array of shape (n, d)
    name : str
        What an error calls it.
    check : callable, chunk -> chunk
    estimator, reset : see `tlbook.validation.check_matrix`
    dtype : data type, or several of which the first is taken where the array has none of them
    ensure_min_samples : int

    Raises
    ------
    ValueError
        For another shape, chunks of unknown size, too few samples, and what is
        not real numbers.
    """
    if X.ndim != 2:
        raise ValueError(f"{name} has shape {X.shape}: a table (n, d) is needed")
    if np.isnan(X.shape).any():
        raise ValueError(
            f"{name} has chunks of unknown size: call its compute_chunk_sizes() "
            "first"
        )
    if X.dtype.kind not in "fiub":
        raise ValueError(
            f"{name} is a Dask array of {X.dtype}; real numbers are needed"
        )
    if X.shape[0] < ensure_min_samples or not X.shape[1]:
        raise ValueError(
            f"{name} has shape {X.shape}; at least {max(1, ensure_min_samples)} "
            "samples with a feature are needed"
        )
    if estimator is not None:
        validate_data(estimator, X, reset=reset, skip_check_array=True)
    kinds = [
        np.dtype(kind)
        for kind in (dtype if isinstance(dtype, tuple) else (dtype,))
    ]
    kind = X.dtype if X.dtype in kinds else kinds[0]
    # learners take no empty chunk
    rows = tuple(size for size in X.chunks[0] if size) or (0,)
    X = X.rechunk({0: rows, 1: -1}).astype(kind)
    return X.map_blocks(
        check, dtype=kind, meta=np.empty((0, X.shape[1]), dtype=kind)
    )


def refuse_dask(X, name, accept_dask):
    """Refuse what belongs to Dask where a method computes in memory, and data frames everywhere.

    Raises
    ------
    TypeError
        Says which methods take Dask arrays.
    """
    way_out = "give an array in memory, by compute()"
    if accept_dask:
        way_out = "give a Dask array, by to_dask_array(lengths=True)"
    raise TypeError(
        f"{name} is a Dask {type(X).__name__}: {way_out}; Dask arrays are taken "
        f"by {METHODS}"
    )
