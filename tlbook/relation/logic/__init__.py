"""Markov logic: its language, counting, learning and inference; nothing here knows of transfer.

language     terms, database, language
counting     counting
learning     learning, structure
inference    grounding, twins, colors; exact, gibbs, propagation, mcsat; inference
"""

from tlbook.relation.logic.database import Database
from tlbook.relation.logic.language import (
    SyntaxProblem,
    format_db,
    format_mln,
    parse_db,
    parse_mln,
    read_db,
    read_mln,
)
from tlbook.relation.logic.markov_logic import MarkovLogicNetwork
from tlbook.relation.logic.structure import learn_structure
from tlbook.relation.logic.terms import Clause, Literal, Predicate

__all__ = [
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
