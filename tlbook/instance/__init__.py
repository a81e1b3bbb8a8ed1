"""Instance-based transfer: weigh the samples of the source."""

from tlbook.instance.density_ratio import KLIEP, ULSIF, LogisticRatio

__all__ = ["KLIEP", "ULSIF", "LogisticRatio"]
