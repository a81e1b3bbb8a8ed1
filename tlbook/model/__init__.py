"""Model-based transfer: hand over parts of a model of the source."""

from tlbook.model.transemdt import TransEMDT
from tlbook.model.transrkelm import RKELM, TransRKELM

__all__ = ["RKELM", "TransEMDT", "TransRKELM"]
