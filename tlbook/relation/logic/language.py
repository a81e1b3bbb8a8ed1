"""Predicates, clauses and relational databases, in the syntax of Alchemy.

A `.mln` file declares predicates with the types of their arguments, then lists weighted clauses:

    publication(title, person)              // a declaration
    advisedBy(person, person)
    1.5 !publication(t, a) v !publication(t, b) v advisedBy(a, b)
    0.7 advisedBy(a, b) => professor(b)     // the same as  !advisedBy(a, b) v professor(b)
    professor(a) => !student(a).            // a period: a hard clause, its weight is infinite

A `.db` file lists the true facts; what it does not list is false (closed world):

    advisedBy(Anna, Bob)

Variables begin with a lowercase letter, constants with an uppercase letter, a digit or a quote.
"""

import re
from dataclasses import replace
from pathlib import Path

import numpy as np

from tlbook.relation.logic.database import make_database
from tlbook.relation.logic.terms import Clause, Literal, Predicate, is_variable, variable_types

TOKEN = re.compile(
    r"""\s*(?: (?P<comment>//.*) | (?P<arrow>=>)
    | (?P<number>[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?(?!\w))
    | (?P<string>"[^"]*") | (?P<name>\w[\w'-]*) | (?P<mark>[!(),.{}=^]) )""",
    re.VERBOSE,
)


class SyntaxProblem(ValueError):
    """A `.db` or `.mln` text that cannot be read; the message has line and column."""


class _Line:
    """One line of text, read token by token."""

    def __init__(self, text, number, origin):
        self.text, self.number, self.origin = text, number, origin
        self.tokens, self.at = [], 0
        position = 0
        while text[position:].strip():
            match = TOKEN.match(text, position)
            if match is None:
                column = position + len(text[position:]) - len(text[position:].lstrip())
                raise self.problem(f"unexpected character {text[column]!r}", column)
            if match.lastgroup == "comment":
                break
            self.tokens.append(
                (match.lastgroup, match[match.lastgroup], match.start(match.lastgroup))
            )
            position = match.end()

    def problem(self, message, column=None):
        if column is None:
            column = self.tokens[self.at][2] if self.at < len(self.tokens) else len(self.text)
        return SyntaxProblem(f"{self.origin}, line {self.number}, column {column + 1}: {message}")

    def peek(self):
        return self.tokens[self.at][:2] if self.at < len(self.tokens) else ("end", "end of line")

    def take(self, *expected):
        """Consume a token whose kind or text is one of `expected`."""
        kind, text = self.peek()
        if kind not in expected and text not in expected:
            raise self.problem(f"expected {' or '.join(expected)}, found {text!r}")
        self.at += 1
        return text

    def atom(self, predicates=None):
        """Read `name(arg, ...)`; check name and arity if the predicates are known."""
        start = self.at
        name = self.take("name")
        self.take("(")
        args = [self.take("name", "number", "string")]
        while self.peek()[1] == ",":
            self.take(",")
            args.append(self.take("name", "number", "string"))
        self.take(")")
        if predicates is not None:
            end, self.at = self.at, start
            if name not in predicates:
                raise self.problem(f"unknown predicate {name!r}")
            if len(args) != len(predicates[name].types):
                expected = len(predicates[name].types)
                raise self.problem(f"{name} takes {expected} arguments, not {len(args)}")
            self.at = end
        return name, tuple(args)

    def literal(self, predicates):
        positive = True
        while self.peek()[1] == "!":
            self.take("!")
            positive = not positive
        return Literal(*self.atom(predicates), positive)

    def clause(self, predicates):
        """Read `l1 v l2 v ...` or `l1 ^ l2 ^ ... => l v ...`."""
        literals = [self.literal(predicates)]
        if self.peek()[1] in ("^", "=>"):
            while self.peek()[1] == "^":
                self.take("^")
                literals.append(self.literal(predicates))
            self.take("=>")
            literals = [replace(literal, positive=not literal.positive) for literal in literals]
            literals.append(self.literal(predicates))
        while self.peek()[1] == "v":
            self.take("v")
            literals.append(self.literal(predicates))
        return tuple(literals)


def _lines(text, origin):
    for number, line in enumerate(text.splitlines(), 1):
        parsed = _Line(line, number, origin)
        if parsed.tokens:
            yield parsed


def parse_mln(text, origin="text"):
    """Read declarations and weighted clauses from Alchemy's `.mln` syntax.

    Parameters
    ----------
    text : str
    origin : str
        Name of the text in error messages.

    Returns
    -------
    predicates : dict of str to Predicate
    clauses : list of Clause

    Raises
    ------
    SyntaxProblem
        With line and column: wrong characters, unknown predicates, wrong arity, a variable with
        two types.
    """
    predicates, clauses = {}, []
    for line in _lines(text, origin):
        weight = float(line.take("number")) if line.peek()[0] == "number" else None
        kinds = [text for _, text, _ in line.tokens]
        if (
            weight is None
            and kinds[1] == "("
            and kinds.count("(") == 1
            and kinds[0] not in predicates
        ):
            name, types = line.atom()
            line.take("end")
            predicates[name] = Predicate(name, types)
            continue
        clause = Clause(line.clause(predicates), 0.0 if weight is None else weight)
        if weight is None and line.peek()[1] == ".":
            line.take(".")
            clause = clause.with_weight(np.inf)
        line.take("end")
        _check_types(clause, predicates, line)
        clauses.append(clause)
    return predicates, clauses


def _check_types(clause, predicates, line):
    try:
        variable_types(clause, predicates)
    except ValueError as error:
        raise line.problem(str(error), 0) from error


def parse_db(text, predicates, origin="text"):
    """Read true facts from Alchemy's `.db` syntax.

    A negated fact says nothing new in a closed world, but its constants exist.

    Parameters
    ----------
    text : str
    predicates : dict of str to Predicate
    origin : str
        Name of the text in error messages.

    Returns
    -------
    Database

    Raises
    ------
    SyntaxProblem
        With line and column: wrong characters, unknown predicates, wrong arity, a variable in a
        fact, no fact at all.
    """
    atoms, domains = [], {}
    for line in _lines(text, origin):
        literal = line.literal(predicates)
        line.take("end")
        variables = [arg for arg in literal.args if is_variable(arg)]
        if variables:
            raise line.problem(f"a fact has constants only, {variables[0]!r} is a variable", 0)
        if literal.positive:
            atoms.append(literal)
        for kind, constant in zip(predicates[literal.predicate].types, literal.args):
            domains.setdefault(kind, set()).add(constant)
    if not atoms:
        raise SyntaxProblem(f"{origin}: no true fact in it")
    return make_database(predicates, atoms, domains)


def read_mln(path):
    """Read a `.mln` file; see `parse_mln`.

    Parameters
    ----------
    path : str or Path

    Returns
    -------
    predicates : dict of str to Predicate
    clauses : list of Clause
    """
    return parse_mln(Path(path).read_text(encoding="utf-8"), Path(path).name)


def read_db(path, predicates):
    """Read a `.db` file; see `parse_db`.

    Parameters
    ----------
    path : str or Path
    predicates : dict of str to Predicate

    Returns
    -------
    Database
    """
    return parse_db(Path(path).read_text(encoding="utf-8"), predicates, Path(path).name)


def format_mln(predicates, clauses):
    """Return declarations and weighted clauses in the syntax that `parse_mln` reads.

    Parameters
    ----------
    predicates : dict of str to Predicate
    clauses : sequence of Clause

    Returns
    -------
    str
    """
    lines = [str(predicate) for predicate in predicates.values()]
    lines += [f"{c}." if c.weight == np.inf else f"{c.weight!r} {c}" for c in clauses]
    return "\n".join(lines) + "\n"


def format_db(db):
    """Return the true facts in the syntax that `parse_db` reads.

    Parameters
    ----------
    db : Database

    Returns
    -------
    str
    """
    lines = []
    for name, rows in db.facts.items():
        kinds = db.predicates[name].types
        for row in rows:
            args = ", ".join(db.constants[kind][i] for kind, i in zip(kinds, row))
            lines.append(f"{name}({args})")
    return "\n".join(lines) + "\n"
