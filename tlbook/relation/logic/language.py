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

Variables begin with a lowercase letter; constants with an uppercase letter or a
digit, or they stand in double quotes.  From tight to loose: !, ^, v, =>, <=>,
then EXIST and FORALL.

A weighted formula of several clauses shares its weight equally among them, as in
Alchemy.
"""

import difflib
import re
from pathlib import Path

import numpy as np

from tlbook.relation.logic.domains import read_domain
from tlbook.relation.logic.formulas import (
    apart,
    clausal_form,
    free_variables,
    literals_of,
)
from tlbook.relation.logic.reader import (
    CLOSE,
    TERM,
    FormulaReader,
    arguments,
    starred_formulas,
)
from tlbook.relation.logic.scanner import (
    QUANTIFIERS,
    read_text,
    statements,
    way_out,
)
from tlbook.relation.logic.terms import (
    EQUAL,
    Clause,
    Declarations,
    Predicate,
    is_variable,
    plain_literals,
    variable_types,
)

WHAT_JOINS = " (quantifiers are EXIST and FORALL)"


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
            comment = way_out("#") if second.text != "include" else ""
            raise statement.problem(f"#{second.text} is not supported{comment}")
        if (
            first.text == "*"
            and second.kind == "name"
            and second.text not in self.declared
        ):
            raise statement.problem(
                f"unknown predicate {second.text!r}; a declaration has no * "
                "before it",
                second,
            )
        if (
            first.kind == "name"
            and second.text == EQUAL
            and statement.peek(2).text == "{"
        ):
            kind, constants = read_domain(statement)
            known = self.declared.domains.get(kind, ())
            self.declared.domains[kind] = tuple(
                dict.fromkeys([*known, *constants])
            )
        elif (
            first.kind == second.kind == "name"
            and second.text != "v"
            and first.text not in QUANTIFIERS
        ):
            if statement.peek(2).text != "(":
                raise statement.problem(
                    f"nothing joins {first.text!r} and {second.text!r}"
                    f"{way_out(first.text) or WHAT_JOINS}"
                )
            if first.text.lower() in ("nan", "inf", "infinity", "not"):
                raise statement.problem(
                    f"{first.text!r} cannot stand here{way_out(first.text)}"
                )
            raise statement.problem(
                f"functions are not supported: {first.text} {second.text}(...)"
            )
        elif self._declares(statement):
            self._declaration(statement)
        else:
            self._formula(statement)

    def _declares(self, statement):
        """Tell whether a statement is `name` or `name(type, ...)` and nothing else."""
        first, *rest = [
            token for token in statement.tokens[:-1] if token.text != "!"
        ]
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
            raise statement.problem(
                f"{first.text!r} cannot name a predicate", first
            )
        places = []

        def place():
            token = statement.take("name")
            if not is_variable(token.text):
                raise statement.problem(
                    f"{first.text!r} is not declared; a type begins with a "
                    f"lowercase letter, {token.text!r} does not",
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
                    f"{first.text} was declared as {self.declared[first.text]} "
                    f"in line {self.lines[first.text]}, and as {made} here",
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
            for name in difflib.get_close_matches(
                made.name, self.declared, 3, CLOSE
            )
            if len(self.declared[name].types) == len(made.types)
            and re.sub(r"\d", "", name) != re.sub(r"\d", "", made.name)
        ]
        known = self._types().intersection(made.types)
        late = self.clauses and (near or not known)
        if late or (near and made.types and not known):
            hint = f"; did you mean {near[0]!r}?" if near else ""
            raise statement.problem(
                f"unknown predicate {made.name!r}{hint} (a declaration after "
                "the first formula has a type that stands before)",
                token,
            )

    def _formula(self, statement):
        first, weight = statement.peek(), None
        if first.kind == "number":
            weight = float(statement.take("number").text)
            if statement.comes(","):
                raise statement.problem("a number has a point, no comma")
        reader = FormulaReader(statement, self.declared)
        formula = reader.formula()
        hard = statement.comes(".")
        if hard and weight is not None:
            raise statement.problem(
                "a formula has a weight or a full stop, not both"
            )
        if hard:
            statement.take(".")
        if weight is None and statement.peek().kind == "number":
            raise statement.problem("a weight stands before its formula")
        statement.take("end")
        if weight is not None and not np.isfinite(weight):
            raise statement.problem("a weight is a finite number", first)
        bound = set(reader.plus) - free_variables(formula)
        if bound:
            raise statement.problem(
                f"+{min(bound)} stands under a quantifier", first
            )
        try:
            for one in starred_formulas(formula, reader.starred):
                self._add(
                    one,
                    np.inf if hard else weight,
                    reader.plus,
                    not reader.starred,
                )
        except ValueError as error:
            raise statement.problem(str(error), first) from error

    def _add(self, formula, weight, plus, sure):
        formula = apart(formula, free_variables(formula))
        about = [
            l for l in literals_of(formula) if l.variables or l.predicate != EQUAL
        ]
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
            if all(l.predicate == EQUAL for l in plain_literals(clause)):
                if np.isinf(share):
                    raise ValueError(
                        f"{clause}, a part of a hard formula, speaks of no atom"
                    )
                continue  # as true in every world
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
        Of infinite weight where a formula ends with a full stop; of weight 0
        where it has none.

    Raises
    ------
    SyntaxProblem
        With line and column: wrong characters, unknown predicates, wrong arity, a
        variable with two types, a formula that is always true or never, what is
        not supported.
    """
    reader = NetworkReader()
    for statement in statements(text, origin):
        first = statement.peek()
        try:
            reader.read(statement)
        except RecursionError:
            raise statement.problem(
                "the formula is nested too deeply", first
            ) from None
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
