"""Networks in the syntax of Alchemy: declarations, domains and weighted formulas.

    person = {Anna, Bob}                    // constants; ranges are {1, ..., 10}
    publication(title, person)              // a predicate and the types of its arguments
    position(person, rank!)                 // exactly one rank for each person
    raining                                 // a predicate without arguments
    1.5 publication(t, a) ^ publication(t, b) => advisedBy(a, b) v a = b
    advisedBy(a, b) => professor(b) ^ !student(b).      // a full stop: hard
    student(a) => EXIST b advisedBy(a, b)   // no weight: it is to be learned
    hasWord(+w, t) => topic(t, +c)          // a weight for each word and each topic
    *student(a) v *professor(a)             // four formulas, with and without each `!`

Variables begin with a lowercase letter; constants with an uppercase letter or a digit, or they
stand in double quotes.  From tight to loose: !, ^, v, =>, <=>, then EXIST and FORALL.

A weighted formula of several clauses shares its weight equally among them, as in Alchemy.
"""

import difflib
import itertools
import re
from pathlib import Path

import numpy as np

from tlbook.relation.logic.formulas import (
    Joined,
    Not,
    Quantified,
    apart,
    clausal_form,
    free_variables,
    literals_of,
    simplified,
)
from tlbook.relation.logic.scanner import EQUALITIES, QUANTIFIERS, TOKEN, read_text, statements
from tlbook.relation.logic.terms import (
    EQUAL,
    Clause,
    Declarations,
    Literal,
    Predicate,
    is_variable,
    plain_literals,
    positive_weights,
    variable_types,
)

TERM = ("name", "number", "string")
LOOSEST_FIRST = ("<=>", "=>", "v", "^")
UNSUPPORTED = ("<", ">", "<=", ">=", "#")
NO_ARITHMETIC = "arithmetic and comparisons are not supported"
CLOSE = 0.8  # similarity from which a name is taken for a slip of another


def arguments(statement, term):
    """Read `(one, two, ...)`, each by a function; nothing if no parenthesis comes."""
    found = []
    if not statement.comes("("):
        return found
    statement.take("(")
    if statement.comes(")"):  # a proposition may be written raining()
        statement.take(")")
        return found
    while True:
        found.append(term())
        if statement.take(",", ")").text == ")":
            return found


def ground_term(statement):
    """Read a variable or a constant.

    Raises
    ------
    SyntaxProblem
        If it is a function of others.
    """
    token = statement.take(*TERM)
    if statement.comes("("):
        raise statement.problem(f"functions are not supported: {token.text}(...)", token)
    signed = statement.peek().kind == "number" and statement.peek().text[0] in "+-"
    if signed or statement.comes("+", "*", *UNSUPPORTED):
        raise statement.problem(NO_ARITHMETIC)
    return token.text


def known_atom(statement, predicates, term):
    """Read `name(arg, ...)` of a declared predicate.

    Returns
    -------
    name : str
    args : tuple of str

    Raises
    ------
    SyntaxProblem
        On an unknown predicate or a wrong number of arguments.
    """
    first = statement.take("name")
    if first.text not in predicates:
        near = difflib.get_close_matches(first.text, predicates, 1, CLOSE)
        hint = f"; did you mean {near[0]!r}?" if near else ""
        raise statement.problem(f"unknown predicate {first.text!r}{hint}", first)
    args = tuple(arguments(statement, term))
    expected = len(predicates[first.text].types)
    if len(args) != expected:
        raise statement.problem(f"{first.text} takes {expected} arguments, not {len(args)}", first)
    return first.text, args


class FormulaReader:
    """Reads one formula of a statement.

    Parameters
    ----------
    statement : Statement
    predicates : dict of str to Predicate

    Attributes
    ----------
    plus : list of str
        Variables marked `+`.
    starred : list of Literal
        Literals marked `*`.
    """

    def __init__(self, statement, predicates):
        self.statement, self.predicates = statement, predicates
        self.plus, self.starred = [], []

    def formula(self, level=0):
        """Read formulas joined by a connective, or by a tighter one."""
        if level == len(LOOSEST_FIRST):
            return self.unit()
        mark = LOOSEST_FIRST[level]
        parts = [self.formula(level + 1)]
        while self.statement.comes(mark):
            self.statement.take(mark)
            parts.append(self.formula(level + 1))
        if mark in ("^", "v"):
            return Joined(mark, tuple(parts)) if len(parts) > 1 else parts[0]
        if mark == "=>":  # to the right: a => b => c is a => (b => c)
            parts.reverse()
        whole = parts[0]
        for part in parts[1:]:
            pair = (part, whole) if mark == "=>" else (whole, part)
            whole = Joined(mark, pair)
        return whole

    def unit(self):
        """Read what stands between connectives."""
        statement = self.statement
        if statement.comes("!"):
            statement.take("!")
            return Not(self.unit())
        if statement.comes("("):
            statement.take("(")
            inner = self.formula()
            statement.take(")")
            return inner
        if statement.comes(*QUANTIFIERS):
            quantifier = statement.take(*QUANTIFIERS).text
            bound = [self.variable()]
            while statement.comes(","):
                statement.take(",")
                bound.append(self.variable())
            return Quantified(quantifier, tuple(bound), self.formula())
        if statement.comes("*"):
            statement.take("*")
            literal = self.atom()
            self.starred.append(literal)
            return literal
        return self.atom()

    def variable(self):
        """Read the variable of a quantifier."""
        token = self.statement.take("name")
        if not is_variable(token.text):
            raise self.statement.problem(f"{token.text!r} is no variable", token)
        return token.text

    def term(self):
        """Read an argument, and note its `+`."""
        if self.statement.comes("+"):
            self.statement.take("+")
            self.plus.append(self.variable())
            return self.plus[-1]
        return ground_term(self.statement)

    def atom(self):
        """Read an atom or an equality."""
        statement = self.statement
        if statement.comes(*UNSUPPORTED):
            raise statement.problem(f"{statement.peek().text!r} is not supported")
        if statement.peek(1).text in UNSUPPORTED and statement.peek().kind in TERM:
            raise statement.problem(NO_ARITHMETIC, statement.peek(1))
        equality = statement.peek(1).text in EQUALITIES and statement.peek().kind in TERM
        if equality or statement.comes("+"):
            left = self.term()
            positive = statement.take(*EQUALITIES).text == EQUAL
            return Literal(EQUAL, (left, self.term()), positive)
        return Literal(*known_atom(statement, self.predicates, self.term))


def starred_formulas(formula, starred):
    """Return a formula once for each way to put `!` before its starred literals or not."""

    def with_signs(part, signs):
        if isinstance(part, Literal):
            return part if signs.get(id(part), True) else Not(part)
        if isinstance(part, Not):
            return Not(with_signs(part.body, signs))
        if isinstance(part, Joined):
            return Joined(part.mark, tuple(with_signs(one, signs) for one in part.parts))
        return Quantified(part.quantifier, part.bound, with_signs(part.body, signs))

    places = [id(literal) for literal in starred]
    for signs in itertools.product((True, False), repeat=len(places)):
        yield with_signs(formula, dict(zip(places, signs)))


def read_domain(statement):
    """Read `person = {Anna, Bob}` or `year = {1, ..., 9}`; return the type and its constants."""
    kind = statement.take("name").text
    statement.take(EQUAL)
    statement.take("{")
    constants = []
    while not statement.comes("}"):
        if constants:
            statement.take(",")
        if statement.comes("..."):
            statement.take("...")
            statement.take(",")
            last = statement.take("number")
            try:
                numbers = range(int(constants[-1]) + 1, int(last.text) + 1)
            except (IndexError, ValueError):
                raise statement.problem(
                    "a range goes from one whole number to another", last
                ) from None
            constants += [str(number) for number in numbers]
            continue
        token = statement.take(*TERM)
        if is_variable(token.text):
            raise statement.problem(f"{token.text!r} is a variable, no constant", token)
        constants.append(token.text)
    statement.take("}")
    statement.take("end")
    return kind, tuple(dict.fromkeys(constants))


class NetworkReader:
    """Reads the statements of a `.mln` text.

    Attributes
    ----------
    declared : Declarations
    clauses : list of Clause
    lines : dict of str to int
        Where each predicate was declared.
    """

    def __init__(self):
        self.declared, self.clauses, self.lines = Declarations(), [], {}

    def read(self, statement):
        """Read one statement."""
        first, second = statement.peek(), statement.peek(1)
        if first.text == "#":
            raise statement.problem(f"#{second.text} is not supported")
        if first.kind == "name" and second.text == EQUAL and statement.peek(2).text == "{":
            kind, constants = read_domain(statement)
            known = self.declared.domains.get(kind, ())
            self.declared.domains[kind] = tuple(dict.fromkeys([*known, *constants]))
        elif (
            first.kind == second.kind == "name"
            and second.text != "v"
            and first.text not in QUANTIFIERS
        ):
            raise statement.problem(f"functions are not supported: {first.text} {second.text}(...)")
        elif self._declares(statement):
            self._declaration(statement)
        else:
            self._formula(statement)

    def _declares(self, statement):
        """Tell whether a statement is `name` or `name(type, ...)` and nothing else."""
        first, *rest = [token for token in statement.tokens[:-1] if token.text != "!"]
        texts = [token.text for token in rest]
        if statement.peek().kind != "name" or first.text in QUANTIFIERS:
            return False
        if rest and (texts[0] != "(" or ")" in texts[:-1]):
            return False
        if first.text not in self.declared:
            return True
        given = {token.text for token in rest if token.kind in TERM}
        marked = len(rest) + 1 < len(statement.tokens) - 1
        return marked or (given <= self._types() if given else not self.clauses)

    def _types(self):
        types = {kind for one in self.declared.values() for kind in one.types}
        return types | set(self.declared.domains)

    def _declaration(self, statement):
        first = statement.take("name")
        if first.text in (*QUANTIFIERS, "v"):
            raise statement.problem(f"{first.text!r} cannot name a predicate", first)
        places = []

        def place():
            token = statement.take("name")
            if not is_variable(token.text):
                raise statement.problem(
                    f"{first.text!r} is not declared; a type begins with a lowercase letter,"
                    f" {token.text!r} does not",
                    token,
                )
            marked = statement.comes("!")
            if marked:
                statement.take("!")
            places.append(marked)
            return token.text

        types = tuple(arguments(statement, place))
        statement.take("end")
        functional = tuple(i for i, marked in enumerate(places) if marked)
        made = Predicate(first.text, types, functional)
        if first.text in self.declared:
            if made != self.declared[first.text]:
                raise statement.problem(
                    f"{first.text} was declared as {self.declared[first.text]} in line"
                    f" {self.lines[first.text]}, and as {made} here",
                    first,
                )
            return
        self._refuse_slips(statement, made, first)
        self.declared[first.text] = made
        self.lines[first.text] = first.line

    def _refuse_slips(self, statement, made, token):
        """A unit clause with a slip in its name looks like a declaration."""
        near = [
            name
            for name in difflib.get_close_matches(made.name, self.declared, 3, CLOSE)
            if len(self.declared[name].types) == len(made.types)
            and re.sub(r"\d", "", name) != re.sub(r"\d", "", made.name)
        ]
        strange = bool(made.types) and self._types().isdisjoint(made.types)
        if self.clauses or (near and strange):
            hint = f"; did you mean {near[0]!r}?" if near else ""
            raise statement.problem(
                f"unknown predicate {made.name!r}{hint} (declarations stand before the"
                " first formula)",
                token,
            )

    def _formula(self, statement):
        first, weight = statement.peek(), None
        if first.kind == "number":
            weight = float(statement.take("number").text)
        reader = FormulaReader(statement, self.declared)
        formula = reader.formula()
        hard = statement.comes(".")
        if hard and weight is not None:
            raise statement.problem("a formula has a weight or a full stop, not both")
        if hard:
            statement.take(".")
        statement.take("end")
        if weight is not None and not np.isfinite(weight):
            raise statement.problem("a weight is a finite number", first)
        bound = set(reader.plus) - free_variables(formula)
        if bound:
            raise statement.problem(f"+{min(bound)} stands under a quantifier", first)
        try:
            for one in starred_formulas(formula, reader.starred):
                self._add(one, np.inf if hard else weight, reader.plus, not reader.starred)
        except ValueError as error:
            raise statement.problem(str(error), first) from error

    def _add(self, formula, weight, plus, sure):
        formula = apart(formula, free_variables(formula))
        about = [l for l in literals_of(formula) if l.variables or l.predicate != EQUAL]
        variable_types(Clause(tuple(about)), self.declared)
        parts = clausal_form(formula)
        if not parts and not sure:
            return  # one of the signs of a starred literal
        if not parts:
            raise ValueError("the formula is always true")
        share = 0.0 if weight is None else weight / len(parts)
        for literals in parts:
            own = dict.fromkeys(plus) if np.isfinite(share) else ()
            there = Clause(literals).variables
            clause = Clause(literals, share, tuple(v for v in own if v in there))
            variable_types(clause, self.declared)
            self.clauses.append(clause)


def parse_mln(text, origin="text"):
    """Read declarations and weighted formulas from Alchemy's `.mln` syntax.

    Parameters
    ----------
    text : str
    origin : str
        Name of the text in error messages.

    Returns
    -------
    predicates : Declarations
        A dict of str to Predicate; its `domains` are the declared constants.
    clauses : list of Clause
        Of infinite weight where a formula ends with a full stop; of weight 0 where it has none.

    Raises
    ------
    SyntaxProblem
        With line and column: wrong characters, unknown predicates, wrong arity, a variable with
        two types, a formula that is always true or never, what is not supported.
    """
    reader = NetworkReader()
    for statement in statements(text, origin):
        reader.read(statement)
    return reader.declared, reader.clauses


def read_mln(path):
    """Read a `.mln` file; see `parse_mln`.

    Parameters
    ----------
    path : str or Path

    Returns
    -------
    predicates : Declarations
    clauses : list of Clause
    """
    return parse_mln(read_text(path), Path(path).name)


def checked(name, what, good=True):
    """Refuse a name that cannot be read again."""
    match = TOKEN.fullmatch(name)
    if not good or match is None or match.lastgroup != "name":
        raise ValueError(f"the {what} {name!r} cannot be written")


def checked_constant(name):
    """Refuse a constant that cannot be read again.

    Raises
    ------
    ValueError
    """
    match = TOKEN.fullmatch(name)
    if match is None or match.lastgroup not in TERM or is_variable(name):
        raise ValueError(
            f"the constant {name!r} cannot be written: it begins with an uppercase letter or"
            " a digit and has letters, digits and - ' . only, or it stands in double quotes"
        )


def format_clause(clause):
    """Return a clause as one line of Alchemy's syntax; as a comment if it says nothing.

    Raises
    ------
    ValueError
        If its weight is nan, or it is hard and never true.
    """
    if np.isnan(clause.weight):
        raise ValueError(f"the clause {clause} has the weight nan")
    parts = simplified(clause.literals)
    if not parts:
        if np.isinf(clause.weight) and (clause.weight > 0) == (parts == ()):
            raise ValueError(f"no world keeps the clause {clause} of weight {clause.weight}")
        return f"// {clause}, which is always {'false' if parts == () else 'true'}"
    if clause.weight == np.inf:
        return f"{clause}."
    if clause.weight == -np.inf:
        return f"!({clause})."
    return f"{float(clause.weight)!r} {clause}"


def format_mln(predicates, clauses):
    """Return declarations and weighted clauses in the syntax that `parse_mln` reads.

    Parameters
    ----------
    predicates : dict of str to Predicate
    clauses : sequence of Clause
        One of weight minus infinity is written as the negation of a hard clause.

    Returns
    -------
    str

    Raises
    ------
    ValueError
        If a weight is nan.
    """
    domains = getattr(predicates, "domains", {})
    for predicate in predicates.values():
        checked(predicate.name, "name", predicate.name not in (*QUANTIFIERS, "v"))
        for kind in predicate.types:
            checked(kind, "type", is_variable(kind))
    for kind, names in domains.items():
        checked(kind, "type", is_variable(kind))
        for name in names:
            checked_constant(name)
    for clause in clauses:
        for one in (clause, *positive_weights(clause)):
            variable_types(one, predicates)
        for arg in (arg for literal in plain_literals(clause) for arg in literal.args):
            if is_variable(arg):
                checked(arg, "variable")
            else:
                checked_constant(str(arg))
    lines = [f"{kind} = {{{', '.join(names)}}}" for kind, names in domains.items()]
    lines += [str(predicate) for predicate in predicates.values()]
    lines += [format_clause(clause) for clause in clauses]
    return "\n".join(lines) + "\n"
