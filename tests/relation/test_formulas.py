"""Clausal form: it says what the formula says, in every world of small domains."""

import itertools

import numpy as np
import pytest
from worlds import holds_everywhere

from tlbook.relation import SyntaxProblem, parse_mln
from tlbook.relation.logic.formulas import Joined, Not, Quantified
from tlbook.relation.logic.terms import Literal

DECLARATIONS = "s(thing)\nr(thing, thing)\nraining\nq(thing, place)\n"
NAMES = "ABC"


def all_worlds(size):
    """Return the truth of every atom in every world of `size` things and one place."""
    shapes = {"s": (size,), "r": (size, size), "raining": (), "q": (size, 1)}
    widths = [int(np.prod(shape)) for shape in shapes.values()]
    bits = np.arange(2 ** sum(widths))[:, None] >> np.arange(sum(widths)) & 1
    parts = np.split(bits.astype(bool), np.cumsum(widths)[:-1], axis=1)
    return {
        name: part.reshape(-1, *shape)
        for (name, shape), part in zip(shapes.items(), parts)
    }


def truth(formula, worlds, values, size):
    """Tell in which worlds a formula holds, by what its connectives mean."""
    if isinstance(formula, Literal):
        index = [
            values[a] if a in values else NAMES.index(a) for a in formula.args
        ]
        if formula.predicate == "=":
            return np.full(
                len(worlds["raining"]), (index[0] == index[1]) == formula.positive
            )
        return (
            worlds[formula.predicate][(slice(None), *index)] == formula.positive
        )
    if isinstance(formula, Not):
        return ~truth(formula.body, worlds, values, size)
    if isinstance(formula, Quantified):
        ranges = [range(1 if v.startswith("m") else size) for v in formula.bound]
        parts = [
            truth(
                formula.body,
                worlds,
                values | dict(zip(formula.bound, choice)),
                size,
            )
            for choice in itertools.product(*ranges)
        ]
        return (
            np.any(parts, axis=0)
            if formula.quantifier == "EXIST"
            else np.all(parts, axis=0)
        )
    a, b = (truth(part, worlds, values, size) for part in formula.parts)
    return {"^": a & b, "v": a | b, "=>": ~a | b, "<=>": a == b}[formula.mark]


def text_of(formula):
    if isinstance(formula, Literal):
        return str(formula)
    if isinstance(formula, Not):
        return f"!({text_of(formula.body)})"
    if isinstance(formula, Quantified):
        return f"({formula.quantifier} {', '.join(formula.bound)} {text_of(formula.body)})"
    a, b = map(text_of, formula.parts)
    return f"({a} {formula.mark} {b})"


def random_formula(rng, depth, variables, exists=False):
    """Make a formula; no FORALL under an EXIST, and nothing that turns into one."""
    kind = (
        rng.choice(["atom", "not", "join", "join", "quantify"])
        if depth
        else "atom"
    )
    if kind == "not" and not exists:
        return Not(random_formula(rng, depth - 1, variables))
    if kind == "join" or (kind == "not" and exists):
        marks = ["^", "v"] if exists else ["^", "v", "=>", "<=>"]
        parts = [
            random_formula(rng, depth - 1, variables, exists) for _ in range(2)
        ]
        return Joined(str(rng.choice(marks)), tuple(parts))
    if kind == "quantify":
        quantifier = "EXIST" if exists else str(rng.choice(["EXIST", "FORALL"]))
        bound = str(rng.choice(["x", "y", "z"]))  # it may hide another
        inner = random_formula(rng, depth - 1, [*variables, bound], True)
        return Quantified(quantifier, (bound,), inner)
    name = str(rng.choice(["s", "r", "raining", "q", "="]))
    places = {"s": 1, "r": 2, "raining": 0, "q": 1, "=": 2}[name]
    args = [
        str(rng.choice([*variables, *variables, "A", "B"])) for _ in range(places)
    ]
    if name == "q":
        args.append("m")
    return Literal(name, tuple(args), bool(rng.random() < 0.6))


def closed(formula, variables):
    """Bind the free variables, as a file does."""
    return Quantified("FORALL", tuple(variables), formula)


@pytest.mark.parametrize("seed", range(4))
def test_clausal_form_holds_where_the_formula_does(seed):
    """The text of random formulas is read and compared in all worlds of one and two things."""
    rng, compared = np.random.default_rng(seed), 0
    for _ in range(60):
        formula = random_formula(rng, 3, ["x", "y"])
        try:
            _, clauses = parse_mln(f"{DECLARATIONS}{text_of(formula)}.")
        except SyntaxProblem as problem:
            said = str(problem)
            expected = {"always true": True, "never true": False}
            end = next(
                (value for words, value in expected.items() if words in said),
                None,
            )
            if end is None:
                known = ("the type of", "of no atom", "FORALL under")
                assert any(words in said for words in known)
                continue
            sizes = [2] if "=" in text_of(formula) else [1, 2]
            for size in sizes:
                worlds = all_worlds(size)
                found = truth(closed(formula, ["x", "y", "m"]), worlds, {}, size)
                assert (found == end).all(), text_of(formula)
            continue
        for size in (1, 2) if not {"A", "B"} & set(text_of(formula)) else (2,):
            worlds = all_worlds(size)
            expected = truth(closed(formula, ["x", "y", "m"]), worlds, {}, size)
            found = np.all(
                [holds_everywhere(c, worlds, NAMES[:size]) for c in clauses],
                axis=0,
            )
            np.testing.assert_array_equal(
                found, expected, err_msg=text_of(formula)
            )
            compared += 1
    assert compared > 40


@pytest.mark.parametrize(
    ("text", "clauses"),
    [
        ("s(x) ^ raining v s(A)", ["s(x) v s(A)", "raining v s(A)"]),
        ("!s(x) ^ raining => s(A)", ["s(x) v !raining v s(A)"]),
        ("raining => s(x) => s(A)", ["!raining v !s(x) v s(A)"]),
        (
            "raining <=> s(x) v s(A)",
            ["!raining v s(x) v s(A)", "raining v !s(x)", "raining v !s(A)"],
        ),
        ("s(x) => s(y) ^ raining", ["!s(x) v s(y)", "!s(x) v raining"]),
        ("!(s(x) => raining)", ["s(x)", "!raining"]),
        ("EXIST y r(x, y) v raining", ["(EXIST y r(x, y)) v raining"]),
        ("EXIST y r(x, y) ^ raining", ["(EXIST y r(x, y))", "raining"]),
        ("EXIST y r(x, y) ^ s(y)", ["(EXIST y r(x, y) ^ s(y))"]),
        (
            "s(x) => (EXIST y r(x, y)) ^ raining",
            ["!s(x) v (EXIST y r(x, y))", "!s(x) v raining"],
        ),
        ("!(EXIST y r(x, y))", ["!r(x, y)"]),
        (
            "EXIST y ((FORALL z r(x, z)) => s(y))",
            ["(EXIST z !r(x, z)) v (EXIST y s(y))"],
        ),
        ("(FORALL x s(x)) v (FORALL x r(x, x))", ["s(x) v r(x2, x2)"]),
        ("r(x, y) ^ r(x, z) => y = z", ["!r(x, y) v !r(x, z) v y = z"]),
        ("r(x, y) => !(x = y)", ["!r(x, y) v x != y"]),
        ("s(x) v s(x) v !(!s(x))", ["s(x)"]),
        ("(s(x) v raining) ^ (raining v s(x))", ["s(x) v raining"]),
    ],
)
def test_clauses_by_hand(text, clauses):
    try:
        _, found = parse_mln(f"{DECLARATIONS}{text}.")
    except SyntaxProblem as problem:
        pytest.fail(str(problem))
    assert [str(clause) for clause in found] == clauses


def test_a_weight_is_shared_by_the_clauses():
    _, clauses = parse_mln(f"{DECLARATIONS}3 s(x) => raining ^ s(A) ^ r(x, A)")
    assert [clause.weight for clause in clauses] == [1.0, 1.0, 1.0]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("s(x) v !s(x)", "the formula is always true"),
        ("s(x) ^ A = B", "the formula is never true"),
        ("EXIST y (FORALL z r(y, z))", "a FORALL under an EXIST"),
        ("EXIST y !(EXIST z r(y, z))", "a FORALL under an EXIST"),
        ("A = x", "nothing tells the type of 'A'"),
        ("q(x, m) ^ s(m)", "variable 'm' has two types"),
        ("s(x) ^ x = A", "x = A, a part of a hard formula, speaks of no atom"),
        ("q(x, m) ^ x = m", "variable '.' has two types"),
        (" <=> ".join(f"s(x{i})" for i in range(20)), "more than 4096 clauses"),
    ],
)
def test_what_has_no_clausal_form(text, message):
    with pytest.raises(SyntaxProblem, match=message):
        parse_mln(f"{DECLARATIONS}{text}.")
