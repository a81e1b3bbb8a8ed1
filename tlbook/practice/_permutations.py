"""Draws under the hypothesis of no shift: who is of the target, drawn again in whole groups.

The numbers of equations are those of `is_there_a_shift`.
"""

import numpy as np

from tlbook.validation import check_groups

TIE = 1e-9  # below which two statistics are equal


def grouped(groups, ns, nt):
    """Return the group of every pooled row, and whether it is of the target."""
    if groups is None:
        group = np.arange(ns + nt)
    else:
        groups, _ = check_groups(groups, (ns, nt))
        group = np.unique(np.concatenate(groups), return_inverse=True)[1]
    return group, np.arange(ns + nt) >= ns


def relabelings(group, of_target, n_permutations, rng):
    """Return who is of the target: as it is, and B times after whole groups were permuted.

    Parameters
    ----------
    group : ndarray of int, shape (n,)
    of_target : ndarray of bool, shape (n,)
    n_permutations : int
    rng : Generator

    Returns
    -------
    ndarray of bool, shape (n, 1 + B)
    """
    _, first, member = np.unique(group, return_index=True, return_inverse=True)
    observed = of_target[first]
    drawn = rng.permuted(np.tile(observed, (n_permutations, 1)), axis=1)
    return np.vstack([observed, drawn]).T[member]


def permutation_p(T):
    """Return p of equation (1); the first of T is the observed one."""
    observed = T[0] - TIE
    return float(np.mean(observed < T))
