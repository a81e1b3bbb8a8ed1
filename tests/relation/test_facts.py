"""Databases in Alchemy's format: what is read, what is written, what is refused and where."""

import re
import sys

import numpy as np
import pytest
from corpus import CORPUS, files, marked

from tlbook.relation import (
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
from tlbook.relation.logic.terms import Declarations

DECLARATIONS = (
    "advisedBy(person, person)\nprofessor(person)\nwrote(person, paper)\n"
)
DECLARED, _ = read_mln(CORPUS / "declarations.mln")


def test_database_is_typed_and_sorted():
    predicates, _ = parse_mln(DECLARATIONS)
    db = parse_db(
        'wrote(Bob, "P 1")\nwrote(Anna, P2)\n!professor(Carl)\nprofessor(Bob)',
        predicates,
    )
    assert db.constants == {
        "person": ["Anna", "Bob", "Carl"],
        "paper": ['"P 1"', "P2"],
    }
    assert db.table("wrote").tolist() == [[0, 1], [1, 0], [0, 0]]
    assert db.table("professor").tolist() == [0, 1, 0]
    assert db.shape("advisedBy") == (3, 3)
    assert len(db) == 3


def test_domains_may_be_larger_than_the_facts():
    predicates, _ = parse_mln(DECLARATIONS)
    db = make_database(
        predicates, [Literal("professor", ("Bob",))], {"person": ["Anna", "Carl"]}
    )
    assert db.constants["person"] == ["Anna", "Bob", "Carl"]


def test_files_round_trip(tmp_path):
    predicates, clauses = parse_mln(
        DECLARATIONS + "0.25 !wrote(a, p) v professor(a)\n"
    )
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
        (
            "wrote(Anna)",
            r"facts.db, line 1, column 1: wrote takes 2 arguments, not 1",
        ),
        (
            "professor(Anna)\n\nstudent(Anna)",
            r"line 3, column 1: unknown predicate 'student'",
        ),
        ("professor(anna)", r"line 1, column 1: .*'anna' is a variable"),
        (
            "professor(Anna) v professor(Bob)",
            r"line 1, column 17: expected the end",
        ),
        ("professor(Anna) $", r"line 1, column 17: unexpected character '\$'"),
        ("// nothing", r"facts.db: no fact"),
    ],
)
def test_bad_db_says_where(tmp_path, text, message):
    (tmp_path / "facts.db").write_text(text)
    with pytest.raises(SyntaxProblem, match=message):
        read_db(tmp_path / "facts.db", parse_mln(DECLARATIONS)[0])


def same_database(one, other):
    """Tell whether two databases know the same."""
    return one.constants == other.constants and all(
        np.array_equal(one.known_true(name), other.known_true(name))
        and {*map(tuple, one.unknown_atoms(name))}
        == {*map(tuple, other.unknown_atoms(name))}
        for name in one.predicates
    )


@pytest.mark.parametrize(
    "path", files("features", ".db"), ids=lambda path: path.stem
)
def test_features(path):
    """Each file says what is known after reading; what is written is read as the same."""
    db = read_db(path, DECLARED)
    assert format_db(db).splitlines() == marked(path, "//> ")
    assert same_database(parse_db(format_db(db), DECLARED), db)


@pytest.mark.parametrize(
    "path", files("mistakes", ".db"), ids=lambda path: path.stem
)
def test_mistakes(path):
    """Each file says what its error says, and where."""
    [message] = marked(path, "//! ")
    start = path.name if message.startswith(":") else f"{path.name}, "
    with pytest.raises(SyntaxProblem, match=re.escape(start + message)):
        read_db(path, DECLARED)


def test_what_is_known_of_an_atom():
    db = parse_db(
        "smokes(Anna)\n!smokes(Bob)\n?smokes(Carl)\nfriends(Anna, Bob)", DECLARED
    )
    assert db.known_true("smokes").tolist() == [1, 0, 0]
    assert db.unknown_atoms("smokes").tolist() == [[2]]
    with pytest.raises(
        ValueError, match=r"1 atoms of 'smokes' are unknown, .* smokes\(Carl\)"
    ):
        db.table("smokes")
    assert db.table("friends").sum() == 1
    assert db.with_facts("smokes", [0, 0, 1]).table("smokes").tolist() == [
        0,
        0,
        1,
    ]


def test_the_open_world():
    """What is not listed is unknown; what is listed as false is known to be."""
    text = "smokes(Anna)\n!smokes(Bob)\nfriends(Anna, Carl)"
    db = parse_db(text, DECLARED, open_world=["smokes"])
    assert db.unknown_atoms("smokes").tolist() == [[2]]
    assert len(db.unknown_atoms("friends")) == 0
    assert same_database(parse_db(format_db(db), DECLARED), db)
    with pytest.raises(ValueError, match=r"unknown predicates: \['sings'\]"):
        parse_db(text, DECLARED, open_world=["sings"])


def test_the_open_world_of_a_functional_predicate():
    """A page has one subject: the others are false once it is known."""
    text = "topic(P1, Sports)\n!topic(P2, Art)\n?topic(P3, Law)"
    db = parse_db(text, DECLARED, open_world=["topic"])
    assert db.constants["subject"] == ["Art", "Law", "Sports"]
    assert db.unknown_atoms("topic").tolist() == [
        [1, 1],
        [1, 2],
        [2, 0],
        [2, 1],
        [2, 2],
    ]


def test_hidden_atoms():
    db = parse_db("smokes(Anna)\nsmokes(Bob)\nfriends(Anna, Carl)", DECLARED)
    some = db.hidden("smokes", [True, False, True])
    assert some.unknown_atoms("smokes").tolist() == [[0], [2]]
    assert some.known_true("smokes").tolist() == [0, 1, 0]
    more = some.hidden("smokes", [False, True, False])
    assert len(more.unknown_atoms("smokes")) == 3
    assert len(db.hidden("friends").unknown_atoms("friends")) == 9
    assert db.table("smokes").tolist() == [1, 1, 0]  # the first is as it was


def test_utf_16_without_a_mark(tmp_path):
    (tmp_path / "facts.db").write_bytes("smokes(Anna)".encode("utf-16-le"))
    with pytest.raises(SyntaxProblem, match=r"facts.db, line 1.* may be UTF-16"):
        read_db(tmp_path / "facts.db", DECLARED)


@pytest.mark.parametrize("text", ["person = {Anna}\nsmokes(person)", "raining"])
def test_a_world_without_a_true_fact(text):
    """It is no mistake if its constants are declared, or if it needs none."""
    declared, _ = parse_mln(text)
    db = parse_db("", declared)
    assert len(db) == 0
    assert db.known_true(next(iter(declared))).size == 1
    assert same_database(parse_db(format_db(db), declared), db)


def test_declared_constants_exist():
    declared, _ = parse_mln("person = {Anna, Zoe}\nsmokes(person)")
    db = parse_db("smokes(Bob)", declared)
    assert db.constants["person"] == ["Anna", "Bob", "Zoe"]
    assert format_db(db) == "smokes(Bob)\n"  # the declarations say the rest
    assert same_database(parse_db(format_db(db), declared), db)


def test_constants_are_known_by_their_type():
    declared, _ = parse_mln("grade(mark)\nnum(number)")
    db = parse_db("grade(1)\nnum(0)\nnum(1)\nnum(2)", declared)
    assert db.constants == {"mark": ["1"], "number": ["0", "1", "2"]}
    assert (db.index("mark", "1"), db.index("number", "1")) == (0, 1)


def test_what_is_written_is_read():
    """Random databases survive a round trip, with constants that no fact names."""
    rng = np.random.default_rng(0)
    names = ["Anna", "B-1", '"C d"', "10.0.0.1", "7", "-1.5", "Ünal"]
    predicates = Declarations({k: p for k, p in DECLARED.items() if k != "topic"})
    for _ in range(100):
        atoms = {"true": [], "unknown": []}
        for name, predicate in predicates.items():
            for _ in range(rng.integers(4)):
                args = tuple(str(rng.choice(names)) for _ in predicate.types)
                atom, where = (
                    Literal(name, args),
                    "true" if rng.random() < 0.6 else "unknown",
                )
                if atom not in atoms["true"] + atoms["unknown"]:
                    atoms[where].append(atom)
        domains = {"person": rng.choice(names, 2).tolist(), "address": ["Z"]}
        predicates.domains = {"person": ("Anna",)} if rng.random() < 0.5 else {}
        db = make_database(predicates, atoms["true"], domains, atoms["unknown"])
        assert same_database(parse_db(format_db(db), predicates), db)


def test_what_cannot_be_read_is_not_written():
    for name in ("New York", "anna", "", "(", '"open'):
        db = make_database(DECLARED, [Literal("smokes", (name,))])
        with pytest.raises(
            ValueError,
            match=f"constant {re.escape(repr(name))} cannot be written",
        ):
            format_db(db)
    with pytest.raises(ValueError, match="the database is empty"):
        format_db(make_database(DECLARED, []))


def test_a_large_file_is_read_in_linear_time():
    """Twice the facts take about twice the time: no step looks at all facts again."""
    text = "\n".join(f"friends(P{i}, P{(7 * i) % 4001})" for i in range(4001))
    assert len(parse_db(text, DECLARED)) == 4001
    steps = [count_steps(text[: len(text) * k // 4]) for k in (1, 2, 4)]
    assert steps[1] < 2.3 * steps[0]
    assert steps[2] < 2.3 * steps[1]


def count_steps(text):
    """Return how many lines of Python run while a text is read."""
    count = 0

    def trace(frame, event, arg):
        nonlocal count
        count += event == "line"
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        parse_db(text.rpartition("\n")[0], DECLARED)
    finally:
        sys.settrace(before)
    return count
