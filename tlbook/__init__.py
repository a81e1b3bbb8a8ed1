"""tlbook: transfer learning, one tested module per method."""

from tlbook.listing import show

__all__ = ["show"]
__version__ = "0.1.0"
