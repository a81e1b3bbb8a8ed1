"""Model-based transfer: hand over parts of a model of the source.

`TRCNN` trains a network and is imported on first access: this package needs no
torch.
"""

from tlbook import _extras
from tlbook.model.adaptive_svm import AdaptiveSVM
from tlbook.model.multisource import MultiSourceTrAdaBoost, TaskTrAdaBoost
from tlbook.model.regular_transfer import RegularTransfer
from tlbook.model.source_mixture import SourceMixture
from tlbook.model.transemdt import TransEMDT
from tlbook.model.transfer_trees import TransferForest, TransferTree
from tlbook.model.transrkelm import RKELM, TransRKELM
from tlbook.model.will_it_transfer import h_score, leep, log_me, nce, trans_rate

_NETWORKS = {"TRCNN": "trcnn"}

__all__ = [
    "RKELM",
    "TRCNN",
    "AdaptiveSVM",
    "MultiSourceTrAdaBoost",
    "RegularTransfer",
    "SourceMixture",
    "TaskTrAdaBoost",
    "TransEMDT",
    "TransRKELM",
    "TransferForest",
    "TransferTree",
    "h_score",
    "leep",
    "log_me",
    "nce",
    "trans_rate",
]


def __getattr__(name):
    if name == "TRCNN":
        return _extras.load("tlbook.model.trcnn").TRCNN
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__():
    return sorted([*globals(), *_NETWORKS])
