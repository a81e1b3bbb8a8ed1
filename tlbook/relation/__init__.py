"""Relation-based transfer: carry rules from one relational world to another."""

from tlbook.relation._structure import learn_structure
from tlbook.relation._syntax import (
    Clause,
    Database,
    Literal,
    Predicate,
    SyntaxProblem,
    format_db,
    format_mln,
    parse_db,
    parse_mln,
    read_db,
    read_mln,
)
from tlbook.relation.dtm import DTM
from tlbook.relation.markov_logic import MarkovLogicNetwork
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
