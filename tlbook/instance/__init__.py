"""Instance-based transfer: weigh the samples of the source."""

from tlbook.instance.density_ratio import KLIEP, ULSIF, LogisticRatio
from tlbook.instance.kmm import KMM
from tlbook.instance.label_shift import LabelShift
from tlbook.instance.tradaboost import TrAdaBoost
from tlbook.instance.tradaboost_r2 import TrAdaBoostR2, TwoStageTrAdaBoostR2

__all__ = [
    "KLIEP",
    "KMM",
    "ULSIF",
    "LabelShift",
    "LogisticRatio",
    "TrAdaBoost",
    "TrAdaBoostR2",
    "TwoStageTrAdaBoostR2",
]
