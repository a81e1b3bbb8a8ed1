"""Markov logic: its language, counting, learning and inference; no transfer in it.

    terms, database                      what all others speak of
    scanner, reader, formulas, domains   from text to clauses
    language, facts, writing             the files of Alchemy
    counting, witnesses, expansion       how often a clause is true
    learning, functional                 weights
    gains, refinement, heldout           which clause helps
    growth, structure                    networks that grow by such clauses
    bindings, grounding, ground_network  the clauses over the unknown atoms
    twins, colors                        what is alike is kept once
    exact, gibbs, propagation, mcsat     P(atom), by the method that `inference` picks
    chains                               can a sampler be trusted?
    maxwalksat                           the most probable world

`markov_logic` has the network, which learns and answers:

>>> from tlbook.relation.logic import MarkovLogicNetwork, parse_db, parse_mln
>>> network = MarkovLogicNetwork(*parse_mln('''
...     friend(person, person)
...     smokes(person)
...     1.5 friend(x, y) ^ smokes(x) => smokes(y)
... '''))
>>> village = parse_db('''
...     friend(Anna, Bob)
...     smokes(Anna)
...     ?smokes(Bob)
... ''', network.predicates)
>>> network.marginals(village)["smokes"].round(2).tolist()
[1.0, 0.82]
"""

from tlbook.relation.logic.database import Database
from tlbook.relation.logic.facts import format_db, parse_db, read_db
from tlbook.relation.logic.language import parse_mln, read_mln
from tlbook.relation.logic.markov_logic import MarkovLogicNetwork
from tlbook.relation.logic.scanner import SyntaxProblem
from tlbook.relation.logic.structure import learn_structure
from tlbook.relation.logic.terms import Clause, Literal, Predicate
from tlbook.relation.logic.writing import format_mln

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
