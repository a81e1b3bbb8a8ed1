"""Sums over the rows of a kernel matrix that is kept, or made anew block by block.

Cost: O(n m) time, O(n m) memory; of `GaussianBlocks` that of one block.
"""

import numpy as np

from tlbook.kernels import row_blocks


def blocks_of(Phi):
    """Return an iterable over blocks of rows, those of a matrix such as stay in the cache."""
    if not isinstance(Phi, np.ndarray):
        return Phi
    return (Phi[rows] for rows in row_blocks(*Phi.shape))


def mean_row(Phi):
    """Return the mean over the rows of a matrix or `GaussianBlocks`, shape (m,)."""
    return sum(block.sum(axis=0) for block in blocks_of(Phi)) / len(Phi)


def product(Phi, alpha):
    """Return Phi alpha for a matrix or `GaussianBlocks`, shape (n,)."""
    return np.concatenate([block @ alpha for block in blocks_of(Phi)])
