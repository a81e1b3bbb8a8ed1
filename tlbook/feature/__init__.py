"""Feature-based transfer: map both domains into one space."""

from tlbook.feature.coral import CORAL

__all__ = ["CORAL"]
