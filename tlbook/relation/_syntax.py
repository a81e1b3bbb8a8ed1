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
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

TOKEN = re.compile(
    r"""\s*(?: (?P<comment>//.*) | (?P<arrow>=>)
    | (?P<number>[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?(?!\w))
    | (?P<string>"[^"]*") | (?P<name>\w[\w'-]*) | (?P<mark>[!(),.{}=^]) )""",
    re.VERBOSE,
)


class SyntaxProblem(ValueError):
    """A `.db` or `.mln` text that cannot be read; the message has line and column."""


@dataclass(frozen=True)
class Predicate:
    """A relation: its name and the type of each argument."""

    name: str
    types: tuple

    def __str__(self):
        return f"{self.name}({', '.join(self.types)})"


@dataclass(frozen=True)
class Literal:
    """A predicate applied to variables or constants, or its negation."""

    predicate: str
    args: tuple
    positive: bool = True

    def __str__(self):
        return f"{'' if self.positive else '!'}{self.predicate}({', '.join(self.args)})"


@dataclass(frozen=True)
class Clause:
    """A weighted disjunction of literals; its variables are universally quantified."""

    literals: tuple
    weight: float = 0.0

    @property
    def variables(self):
        """Variables in the order of their first appearance."""
        args = (arg for literal in self.literals for arg in literal.args)
        return list(dict.fromkeys(arg for arg in args if is_variable(arg)))

    def with_weight(self, weight):
        """Return the same clause with another weight."""
        return replace(self, weight=float(weight))

    def __str__(self):
        return " v ".join(str(literal) for literal in self.literals)


def is_variable(term):
    """Tell whether a term is a variable: it begins with a lowercase letter."""
    return term[0].islower()


@dataclass
class Database:
    """Typed constants and the true facts about them; everything else is false.

    Attributes
    ----------
    predicates : dict of str to Predicate
    constants : dict of str to list of str
        The domain of each type, sorted.
    facts : dict of str to ndarray of shape (n_facts, arity)
        Indices into `constants`, one row per true ground atom.
    """

    predicates: dict
    constants: dict
    facts: dict
    _tables: dict = field(default_factory=dict, repr=False)
    _flips: dict = field(default_factory=dict, repr=False)  # see `_structure.touched_atoms`

    def shape(self, name):
        """Return the number of constants of each argument of a predicate."""
        return tuple(len(self.constants[kind]) for kind in self.predicates[name].types)

    def table(self, name):
        """Return the truth of all ground atoms of a predicate, an array of zeros and ones."""
        if name not in self._tables:
            table = np.zeros(self.shape(name))
            table[tuple(self.facts[name].T)] = 1
            self._tables[name] = table
        return self._tables[name]

    def index(self, kind, constant):
        """Return the number of a constant among those of its type.

        Raises
        ------
        ValueError
            If the type has no such constant.
        """
        if constant not in self.constants[kind]:
            raise ValueError(f"the database has no constant {constant!r} of type {kind!r}")
        return self.constants[kind].index(constant)

    def with_facts(self, name, table):
        """Return a database in which one predicate has other true atoms."""
        facts = {**self.facts, name: np.argwhere(table)}
        return Database(self.predicates, self.constants, facts)

    def __len__(self):
        return sum(len(rows) for rows in self.facts.values())


def make_database(predicates, atoms, domains=None):
    """Collect ground atoms in a database.

    Parameters
    ----------
    predicates : dict of str to Predicate
    atoms : iterable of Literal
        True facts; only constants as arguments.
    domains : dict of str to iterable of str, optional
        Constants that no atom may mention, by type.

    Returns
    -------
    Database
    """
    domains = {} if domains is None else domains
    constants = {kind: set(domains.get(kind, ())) for p in predicates.values() for kind in p.types}
    rows = {name: set() for name in predicates}
    for atom in atoms:
        rows[atom.predicate].add(atom.args)
        for kind, constant in zip(predicates[atom.predicate].types, atom.args):
            constants[kind].add(constant)
    constants = {kind: sorted(names) for kind, names in constants.items()}
    index = {kind: {c: i for i, c in enumerate(names)} for kind, names in constants.items()}
    facts = {}
    for name, tuples in rows.items():
        types = predicates[name].types
        numbers = [[index[k][c] for k, c in zip(types, args)] for args in sorted(tuples)]
        facts[name] = np.array(numbers, dtype=int).reshape(-1, len(types))
    return Database(predicates, constants, facts)


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


def variable_types(clause, predicates):
    """Return the type of each variable of a clause.

    Raises
    ------
    ValueError
        On an unknown predicate, a wrong number of arguments, or a variable at places of different
        types.
    """
    kinds = {}
    for literal in clause.literals:
        if literal.predicate not in predicates:
            raise ValueError(f"unknown predicate {literal.predicate!r} in the clause {clause}")
        types = predicates[literal.predicate].types
        if len(literal.args) != len(types):
            raise ValueError(f"{literal} has {len(literal.args)} arguments, not {len(types)}")
        for arg, kind in zip(literal.args, types):
            if is_variable(arg) and kinds.setdefault(arg, kind) != kind:
                raise ValueError(f"variable {arg!r} has two types, {kinds[arg]!r} and {kind!r}")
    return kinds


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
