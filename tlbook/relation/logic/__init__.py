"""Markov logic: its language, counting, learning and inference; nothing here knows of transfer.

language     terms, database, language
counting     counting
learning     learning, structure
inference    bindings, grounding, twins, colors; exact, gibbs, propagation, mcsat; inference
"""

from tlbook.relation.logic.database import Database
from tlbook.relation.logic.facts import format_db, parse_db, read_db
from tlbook.relation.logic.language import format_mln, parse_mln, read_mln
from tlbook.relation.logic.markov_logic import MarkovLogicNetwork
from tlbook.relation.logic.scanner import SyntaxProblem
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
