"""tlbook: transfer learning, one tested module per method."""

from tlbook.exercises import check
from tlbook.listing import show

__all__ = ["check", "show"]
__version__ = "0.1.0"
