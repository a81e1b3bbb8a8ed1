"""Practice: one's own data, what has shifted in it, and how far an answer can be trusted."""

from tlbook.practice.diagnosis import Report, SourceOnly, diagnose
from tlbook.practice.is_there_a_shift import (
    classifier_test,
    marginal_tests,
    mmd_test,
)
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
    "Report",
    "SourceOnly",
    "WeightedConformal",
    "classifier_test",
    "deep_embedded_risk",
    "diagnose",
    "importance_weighted_risk",
    "marginal_tests",
    "matrix_norm",
    "mixture_consistency",
    "mmd_test",
    "prediction_entropy",
    "reverse_risk",
    "soft_neighborhood_density",
]
