"""Feature-based transfer: map both domains into one space."""

from tlbook.feature.bda import BDA
from tlbook.feature.coral import CORAL
from tlbook.feature.feature_augmentation import (
    FeatureAugmentation,
    MultiSourceAugmentation,
)
from tlbook.feature.gfk import GFK
from tlbook.feature.heterogeneous import ManifoldAlignment
from tlbook.feature.jda import JDA
from tlbook.feature.scl import SCL
from tlbook.feature.sfa import SFA
from tlbook.feature.subspace_alignment import SubspaceAlignment
from tlbook.feature.tca import TCA
from tlbook.feature.tjm import TJM
from tlbook.feature.tkl import TKL

__all__ = [
    "BDA",
    "CORAL",
    "GFK",
    "JDA",
    "SCL",
    "SFA",
    "TCA",
    "TJM",
    "TKL",
    "FeatureAugmentation",
    "ManifoldAlignment",
    "MultiSourceAugmentation",
    "SubspaceAlignment",
]
