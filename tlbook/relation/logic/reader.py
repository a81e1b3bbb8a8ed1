"""The grammar of Alchemy's formulas: atoms, terms and what joins them."""

import difflib
import itertools

from tlbook.relation.logic.formulas import Joined, Not, Quantified
from tlbook.relation.logic.scanner import EQUALITIES, QUANTIFIERS, way_out
from tlbook.relation.logic.terms import EQUAL, Literal, is_variable

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
    if token.kind == "number" and token.text.endswith("."):
        raise statement.problem(
            "put a space between the number and the full stop", token
        )
    if statement.comes("("):
        raise statement.problem(
            f"functions are not supported: {token.text}(...)", token
        )
    signed = (
        statement.peek().kind == "number" and statement.peek().text[0] in "+-"
    )
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
        hint = f"; did you mean {near[0]!r}?" if near else way_out(first.text)
        raise statement.problem(f"unknown predicate {first.text!r}{hint}", first)
    args = tuple(arguments(statement, term))
    expected = len(predicates[first.text].types)
    if len(args) != expected:
        raise statement.problem(
            f"{first.text} takes {expected} arguments, not {len(args)}", first
        )
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
        if (
            statement.peek(1).text in UNSUPPORTED
            and statement.peek().kind in TERM
        ):
            raise statement.problem(NO_ARITHMETIC, statement.peek(1))
        equality = (
            statement.peek(1).text in EQUALITIES and statement.peek().kind in TERM
        )
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
            return Joined(
                part.mark, tuple(with_signs(one, signs) for one in part.parts)
            )
        return Quantified(
            part.quantifier, part.bound, with_signs(part.body, signs)
        )

    places = [id(literal) for literal in starred]
    for signs in itertools.product((True, False), repeat=len(places)):
        yield with_signs(formula, dict(zip(places, signs)))
