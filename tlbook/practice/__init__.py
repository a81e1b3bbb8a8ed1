"""Practice: one's own data, what has shifted in it, and how far an answer can be trusted."""

from tlbook.practice.selection import (
    deep_embedded_risk,
    importance_weighted_risk,
    matrix_norm,
    mixture_consistency,
    prediction_entropy,
    reverse_risk,
    soft_neighborhood_density,
)
from tlbook.practice.weighted_conformal import WeightedConformal

__all__ = [
    "WeightedConformal",
    "deep_embedded_risk",
    "importance_weighted_risk",
    "matrix_norm",
    "mixture_consistency",
    "prediction_entropy",
    "reverse_risk",
    "soft_neighborhood_density",
]
