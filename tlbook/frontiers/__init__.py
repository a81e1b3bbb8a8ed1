"""Frontiers of the talk: transitive and distant transfer, physics, learning to transfer.

The methods that train networks are imported on first access, so that this package
needs no torch.
"""

from tlbook import _extras
from tlbook.frontiers.l2t import L2T
from tlbook.frontiers.ttl import TTL, select_intermediate

_NETWORKS = {"PhysicsSupervised": "physics", "SLA": "sla", "DDTL": "sla"}

__all__ = [
    "DDTL",
    "L2T",
    "SLA",
    "TTL",
    "PhysicsSupervised",
    "select_intermediate",
]


def __getattr__(name):
    if name in _NETWORKS:
        return getattr(_extras.load(f"tlbook.frontiers.{_NETWORKS[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__():
    return sorted([*globals(), *_NETWORKS])
