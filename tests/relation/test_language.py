"""Alchemy's file formats: what is read, what is written, what is refused and where."""

import re
from dataclasses import replace

import numpy as np
import pytest
from corpus import CORPUS, files, marked

from tlbook.relation import (
    Clause,
    Literal,
    MarkovLogicNetwork,
    Predicate,
    SyntaxProblem,
    format_mln,
    parse_mln,
    read_mln,
)
from tlbook.relation.logic.formulas import simplified
from tlbook.relation.logic.terms import Declarations, Some, positive_weights
from tlbook.relation.logic.writing import format_clause

DECLARATIONS = (
    "advisedBy(person, person)\nprofessor(person)\nwrote(person, paper)\n"
)


def test_declarations_and_clauses():
    predicates, clauses = parse_mln(
        DECLARATIONS + "-1.5 !advisedBy(a, b) v professor(b) // why\n"
    )
    assert predicates["wrote"].types == ("person", "paper")
    assert clauses == [
        Clause(
            (
                Literal("advisedBy", ("a", "b"), False),
                Literal("professor", ("b",), True),
            ),
            -1.5,
        )
    ]


def test_implication_is_a_disjunction():
    text = (
        DECLARATIONS
        + "2 wrote(a, p) ^ !professor(a) => advisedBy(a, b) v professor(b)\n"
    )
    _, [clause] = parse_mln(text)
    assert (
        str(clause)
        == "!wrote(a, p) v professor(a) v advisedBy(a, b) v professor(b)"
    )
    assert clause.weight == 2.0
    assert clause.variables == ["a", "p", "b"]


def test_weights_of_all_forms():
    text = (
        DECLARATIONS
        + "1e-3 professor(a)\n-.5 professor(a)\n3 professor(a)\nprofessor(a)\n"
    )
    assert [c.weight for c in parse_mln(text)[1]] == [1e-3, -0.5, 3.0, 0.0]


def test_a_period_makes_a_clause_hard():
    predicates, [hard] = parse_mln(
        DECLARATIONS + "advisedBy(a, b) => professor(b).\n"
    )
    assert hard.weight == float("inf")
    assert str(hard) == "!advisedBy(a, b) v professor(b)"
    text = format_mln(predicates, [hard])
    assert text.endswith("!advisedBy(a, b) v professor(b).\n")
    assert parse_mln(text)[1] == [hard]
    with pytest.raises(
        SyntaxProblem, match="line 4, column 16: a formula has a weight or"
    ):
        parse_mln(DECLARATIONS + "2 professor(a) .\n")


def test_double_negation():
    _, [clause] = parse_mln(DECLARATIONS + "1 !!professor(a)\n")
    assert clause.literals[0].positive


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "1 professor(a",
            r"line 4, column 14: expected ',' or '\)', found 'end of line'",
        ),
        (
            "1 professor(a, b)",
            r"line 4, column 3: professor takes 1 arguments, not 2",
        ),
        ("1 student(a)", r"line 4, column 3: unknown predicate 'student'"),
        (
            "1 professor(a) & professor(b)",
            r"line 4, column 16: unexpected character '&'",
        ),
        (
            "1 wrote(a, p) v professor(p)",
            r"line 4, column 1: variable 'p' has two types",
        ),
        ("1 professor(a) professor(b)", r"line 4, column 16: expected the end"),
        ("1", r"line 4, column 2: expected a name"),
    ],
)
def test_bad_mln_says_where(text, message):
    with pytest.raises(SyntaxProblem, match=message):
        parse_mln(DECLARATIONS + text)


@pytest.mark.parametrize(
    "path", files("features", ".mln"), ids=lambda path: path.stem
)
def test_features(path):
    """Each file says what is read; what is written is read as the same."""
    predicates, clauses = read_mln(path)
    assert [format_clause(clause) for clause in clauses] == marked(path, "//> ")
    again, same = parse_mln(format_mln(predicates, clauses))
    assert again == predicates
    assert again.domains == predicates.domains
    assert same == clauses


@pytest.mark.parametrize(
    "path", files("mistakes", ".mln"), ids=lambda path: path.stem
)
def test_mistakes(path):
    """Each file says what its error says, and where."""
    [message] = marked(path, "//! ")
    with pytest.raises(SyntaxProblem, match=re.escape(f"{path.name}, {message}")):
        read_mln(path)


def test_declarations():
    predicates, clauses = read_mln(CORPUS / "features" / "functional.mln")
    assert predicates["topic"].functional == (1,)
    assert predicates["place"].functional == (0, 1)
    assert predicates["topic"].types == ("page", "subject")
    predicates, clauses = read_mln(CORPUS / "features" / "domains.mln")
    assert predicates.domains == {
        "person": ("Anna", "Bob", "Carl"),
        "year": ("1990", "1991", "1992", "1993"),
        "day": ("Monday", "Tuesday", "Friday"),
    }
    predicates, clauses = read_mln(
        CORPUS / "features" / "weight_for_each_constant.mln"
    )
    assert [clause.plus for clause in clauses] == [("w", "t"), ("t",)]


def random_clause(rng):
    """Return a clause of any form that can be made, sensible or not."""
    places = {"s": 1, "r": 2, "raining": 0, "q": 1, "=": 2}
    terms = ["x", "y", "z'", "v", "Anna", '"A b"', "10.0.0.1"]

    def literal(more=()):
        name = str(rng.choice(list(places)))
        args = [str(rng.choice([*terms, *more])) for _ in range(places[name])]
        args += ["m"] if name == "q" else []
        return Literal(name, tuple(args), bool(rng.random() < 0.5))

    parts = [literal() for _ in range(rng.integers(1, 4))]
    if rng.random() < 0.4:
        inner = [literal(["w", "w"]) for _ in range(rng.integers(1, 3))]
        if all("w" in one.args for one in inner):
            parts.append(Some(("w",), tuple(dict.fromkeys(inner))))
    kinds = ["soft"] * 4 + ["hard", "broken"]
    kind = str(rng.choice(kinds))
    weight = {"hard": np.inf, "broken": -np.inf}.get(
        kind, float(rng.normal(0, 10.0))
    )
    clause = Clause(tuple(parts), weight)
    plus = tuple(
        v for v in clause.variables if rng.random() < 0.3 and np.isfinite(weight)
    )
    return Clause(tuple(parts), weight, plus)


def as_read(clause):
    """Return what a clause is after it was written and read."""
    parts = simplified(clause.literals)
    if not parts:
        return []  # it says nothing
    if clause.weight == -np.inf:
        return positive_weights(Clause(parts, -np.inf))
    there = Clause(parts).variables
    return [
        Clause(parts, clause.weight, tuple(v for v in clause.plus if v in there))
    ]


def test_what_is_written_is_read():
    rng, compared, refused = np.random.default_rng(0), 0, []
    domains = {"thing": ("Anna", '"A b"', "10.0.0.1"), "place": ("Rome",)}
    predicates, _ = parse_mln(
        "s(thing)\nr(thing, thing!)\nraining\nq(thing, place)"
    )
    declared = Declarations(predicates, domains)
    for _ in range(300):
        clauses = [random_clause(rng) for _ in range(2)]
        try:
            MarkovLogicNetwork(declared, clauses)
            text = format_mln(declared, clauses)
        except ValueError as error:
            refused.append(str(error))
            continue
        again, same = parse_mln(text)
        assert (again, again.domains) == (declared, domains)
        expected = [one for clause in clauses for one in as_read(clause)]
        assert {
            (one.weight, frozenset(one.literals), frozenset(one.plus))
            for one in same
        } == {
            (one.weight, frozenset(one.literals), frozenset(one.plus))
            for one in expected
            if simplified(one.literals)
        }
        compared += 1
    assert compared > 120
    assert all(re.search("type of|no world keeps", reason) for reason in refused)


@pytest.mark.parametrize(
    ("predicate", "literal", "message"),
    [
        (
            Predicate("s", ("thing",)),
            Literal("s", ("New York",)),
            "'New York' cannot be written",
        ),
        (Predicate("s", ("thing",)), Literal("s", ("x-",)), None),
        (
            Predicate("s", ("Thing",)),
            Literal("s", ("x",)),
            "type 'Thing' cannot be written",
        ),
        (
            Predicate("a b", ("thing",)),
            Literal("a b", ("x",)),
            "name 'a b' cannot be written",
        ),
        (
            Predicate("v", ("thing",)),
            Literal("v", ("x",)),
            "name 'v' cannot be written",
        ),
    ],
)
def test_what_cannot_be_read_is_not_written(predicate, literal, message):
    if message is None:
        text = format_mln({"s": predicate}, [Clause((literal,), 1.0)])
        assert parse_mln(text)[1] == [Clause((literal,), 1.0)]
    else:
        with pytest.raises(ValueError, match=message):
            format_mln({predicate.name: predicate}, [Clause((literal,), 1.0)])


def test_weights_that_cannot_be_written():
    declared, [clause] = parse_mln("s(thing)\n1 s(x)")
    with pytest.raises(ValueError, match="weight nan"):
        format_mln(declared, [clause.with_weight(np.nan)])
    same = Clause(
        (*clause.literals, replace(clause.literals[0], positive=False)), -np.inf
    )
    with pytest.raises(ValueError, match="no world keeps"):
        format_mln(declared, [same])
    with pytest.raises(ValueError, match="the type of"):
        format_mln(
            declared,
            [Clause((*clause.literals, Literal("=", ("x", "y"))), -np.inf)],
        )
