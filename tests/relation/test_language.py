"""Alchemy's file formats: what is read, what is written, what is refused and where."""

import pytest

from tlbook.relation import (
    Clause,
    Literal,
    SyntaxProblem,
    format_db,
    format_mln,
    parse_db,
    parse_mln,
    read_db,
    read_mln,
)
from tlbook.relation.logic.database import make_database

DECLARATIONS = "advisedBy(person, person)\nprofessor(person)\nwrote(person, paper)\n"


def test_declarations_and_clauses():
    predicates, clauses = parse_mln(DECLARATIONS + "-1.5 !advisedBy(a, b) v professor(b) // why\n")
    assert predicates["wrote"].types == ("person", "paper")
    assert clauses == [
        Clause((Literal("advisedBy", ("a", "b"), False), Literal("professor", ("b",), True)), -1.5)
    ]


def test_implication_is_a_disjunction():
    text = DECLARATIONS + "2 wrote(a, p) ^ !professor(a) => advisedBy(a, b) v professor(b)\n"
    _, [clause] = parse_mln(text)
    assert str(clause) == "!wrote(a, p) v professor(a) v advisedBy(a, b) v professor(b)"
    assert clause.weight == 2.0
    assert clause.variables == ["a", "p", "b"]


def test_weights_of_all_forms():
    text = DECLARATIONS + "1e-3 professor(a)\n-.5 professor(a)\n3 professor(a)\nprofessor(a)\n"
    assert [c.weight for c in parse_mln(text)[1]] == [1e-3, -0.5, 3.0, 0.0]


def test_a_period_makes_a_clause_hard():
    predicates, [hard] = parse_mln(DECLARATIONS + "advisedBy(a, b) => professor(b).\n")
    assert hard.weight == float("inf")
    assert str(hard) == "!advisedBy(a, b) v professor(b)"
    text = format_mln(predicates, [hard])
    assert text.endswith("!advisedBy(a, b) v professor(b).\n")
    assert parse_mln(text)[1] == [hard]
    with pytest.raises(SyntaxProblem, match="line 4, column 16: a formula has a weight or"):
        parse_mln(DECLARATIONS + "2 professor(a) .\n")


def test_double_negation():
    _, [clause] = parse_mln(DECLARATIONS + "1 !!professor(a)\n")
    assert clause.literals[0].positive


def test_database_is_typed_and_sorted():
    predicates, _ = parse_mln(DECLARATIONS)
    db = parse_db(
        'wrote(Bob, "P 1")\nwrote(Anna, P2)\n!professor(Carl)\nprofessor(Bob)', predicates
    )
    assert db.constants == {"person": ["Anna", "Bob", "Carl"], "paper": ['"P 1"', "P2"]}
    assert db.table("wrote").tolist() == [[0, 1], [1, 0], [0, 0]]
    assert db.table("professor").tolist() == [0, 1, 0]
    assert db.shape("advisedBy") == (3, 3)
    assert len(db) == 3


def test_domains_may_be_larger_than_the_facts():
    predicates, _ = parse_mln(DECLARATIONS)
    db = make_database(predicates, [Literal("professor", ("Bob",))], {"person": ["Anna", "Carl"]})
    assert db.constants["person"] == ["Anna", "Bob", "Carl"]


def test_files_round_trip(tmp_path):
    predicates, clauses = parse_mln(DECLARATIONS + "0.25 !wrote(a, p) v professor(a)\n")
    db = parse_db("wrote(Anna, P1)\nprofessor(Bob)", predicates)
    (tmp_path / "a.mln").write_text(format_mln(predicates, clauses))
    (tmp_path / "a.db").write_text(format_db(db))
    assert read_mln(tmp_path / "a.mln") == (predicates, clauses)
    again = read_db(tmp_path / "a.db", predicates)
    assert again.constants == db.constants
    assert all((again.table(name) == db.table(name)).all() for name in predicates)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("1 professor(a", r"line 4, column 14: expected , or \), found 'end of line'"),
        ("1 professor(a, b)", r"line 4, column 3: professor takes 1 arguments, not 2"),
        ("1 student(a)", r"line 4, column 3: unknown predicate 'student'"),
        ("1 professor(a) & professor(b)", r"line 4, column 16: unexpected character '&'"),
        ("1 wrote(a, p) v professor(p)", r"line 4, column 1: variable 'p' has two types"),
        ("1 professor(a) professor(b)", r"line 4, column 16: expected end"),
        ("1", r"line 4, column 2: expected name"),
    ],
)
def test_bad_mln_says_where(text, message):
    with pytest.raises(SyntaxProblem, match=message):
        parse_mln(DECLARATIONS + text)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("wrote(Anna)", r"facts.db, line 1, column 1: wrote takes 2 arguments, not 1"),
        ("professor(Anna)\n\nstudent(Anna)", r"line 3, column 1: unknown predicate 'student'"),
        ("professor(anna)", r"line 1, column 1: .*'anna' is a variable"),
        ("professor(Anna) v professor(Bob)", r"line 1, column 17: expected end"),
        ("professor(Anna) $", r"line 1, column 17: unexpected character '\$'"),
        ("// nothing", r"facts.db: no fact"),
    ],
)
def test_bad_db_says_where(tmp_path, text, message):
    (tmp_path / "facts.db").write_text(text)
    with pytest.raises(SyntaxProblem, match=message):
        read_db(tmp_path / "facts.db", parse_mln(DECLARATIONS)[0])
