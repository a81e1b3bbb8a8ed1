"""Instance-based transfer: weigh the samples of the source."""

from tlbook.instance.density_ratio import KLIEP, ULSIF, LogisticRatio
from tlbook.instance.kmm import KMM
from tlbook.instance.tradaboost import TrAdaBoost

__all__ = ["KLIEP", "KMM", "ULSIF", "LogisticRatio", "TrAdaBoost"]
