"""Model-based transfer: hand over parts of a model of the source."""

from tlbook.model.transemdt import TransEMDT

__all__ = ["TransEMDT"]
