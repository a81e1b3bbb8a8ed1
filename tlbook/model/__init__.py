"""Model-based transfer: hand over parts of a model of the source."""

from tlbook.model.adaptive_svm import AdaptiveSVM
from tlbook.model.multisource import MultiSourceTrAdaBoost, TaskTrAdaBoost
from tlbook.model.transemdt import TransEMDT
from tlbook.model.transrkelm import RKELM, TransRKELM

__all__ = [
    "RKELM",
    "AdaptiveSVM",
    "MultiSourceTrAdaBoost",
    "TaskTrAdaBoost",
    "TransEMDT",
    "TransRKELM",
]
