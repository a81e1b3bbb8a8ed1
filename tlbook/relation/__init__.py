"""Relation-based transfer: carry rules from one relational world to another."""

from tlbook.relation.dtm import DTM
from tlbook.relation.logic import (
    Clause,
    Database,
    Literal,
    MarkovLogicNetwork,
    Predicate,
    SyntaxProblem,
    format_db,
    format_mln,
    learn_structure,
    parse_db,
    parse_mln,
    read_db,
    read_mln,
)
from tlbook.relation.tamar import TAMAR

__all__ = [
    "DTM",
    "TAMAR",
    "Clause",
    "Database",
    "Literal",
    "MarkovLogicNetwork",
    "Predicate",
    "SyntaxProblem",
    "format_db",
    "format_mln",
    "learn_structure",
    "parse_db",
    "parse_mln",
    "read_db",
    "read_mln",
]
