"""Distances between domains."""

from tlbook.discrepancy.a_distance import proxy_a_distance
from tlbook.discrepancy.correlation import coral_distance
from tlbook.discrepancy.gaussian import gaussian_kl, jeffreys
from tlbook.discrepancy.mmd import jmmd2, mk_mmd2, mmd2
from tlbook.discrepancy.wasserstein import sliced_wasserstein

__all__ = [
    "coral_distance",
    "gaussian_kl",
    "jeffreys",
    "jmmd2",
    "mk_mmd2",
    "mmd2",
    "proxy_a_distance",
    "sliced_wasserstein",
]
