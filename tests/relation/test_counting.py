"""Counting of clauses beyond plain ones: EXIST, equality, propositions, constants by type."""

import itertools

import numpy as np
import pytest
from worlds import flipped, random_clause, true_groundings

from tlbook.relation import parse_db, parse_mln
from tlbook.relation.logic.counting import (
    count_groundings,
    count_true_groundings,
    flip_counts,
)

MLN = """
r(person, person)
s(person)
q(person, place)
raining
grade(person, mark)
num(mark, number)
1 s(x) v (EXIST y r(x, y))
1 (EXIST y r(x, y) ^ s(y))
1 !s(x) v (EXIST y, m r(x, y) ^ !r(y, x) ^ q(y, m)) v raining
1 (EXIST y r(y, y)) v (EXIST z s(z) ^ r(z, x))
1 (EXIST y r(x, y) ^ r(y, x))
1 s(x) v (EXIST y r(x, y) ^ y != x)
1 (EXIST y r(y, Anna) ^ s(y)) v q(Anna, m)
1 !r(x, y) v !r(x, z) v y = z
1 !r(x, y) v x != y v s(x)
1 s(x) v x = Anna
1 raining v s(x)
1 !raining
1 raining v !raining v s(x)
1 grade(x, 1) v num(y, 1)
1 num(1, 1) v grade(x, y)
1 !num(x, 0) v grade(y, x) v y = Bob
1 s(x) v r(y, z) v y = x
1 EXIST x, y r(x, y) ^ q(y, Rome) ^ x != y
"""
MLN = MLN.replace("1 raining v !raining v s(x)\n", "")  # it is always true
DB = """
r(Anna, Bob)
r(Bob, Bob)
r(Carl, Anna)
s(Bob)
q(Anna, Paris)
q(Bob, Rome)
grade(Anna, 1)
grade(Bob, 2)
num(1, 0)
num(2, 1)
num(1, 7)
"""
PREDICATES, CLAUSES = parse_mln(MLN)
WORLDS = [parse_db(DB, PREDICATES)]
for seed in range(2):
    rng, world = np.random.default_rng(seed), WORLDS[0]
    for name in PREDICATES:
        world = world.with_facts(name, rng.random(world.shape(name)) < 0.4)
    WORLDS.append(world)


@pytest.mark.parametrize("clause", CLAUSES, ids=str)
def test_counts(clause):
    for db in WORLDS:
        assert count_true_groundings(clause, db) == true_groundings(clause, db)


@pytest.mark.parametrize("clause", CLAUSES, ids=str)
def test_flip_counts(clause):
    for db, name in itertools.product(WORLDS, PREDICATES):
        delta = flip_counts(clause, db, name)
        assert delta.shape == db.shape(name)
        for atom in np.ndindex(db.shape(name)):
            counts = [
                true_groundings(clause, flipped(db, name, atom, v))
                for v in (1, 0)
            ]
            assert delta[atom] == pytest.approx(counts[0] - counts[1], abs=1e-9)


def test_groundings_by_hand():
    """Variables under an EXIST are not counted; constants have one value."""
    db = WORLDS[0]
    assert count_groundings(CLAUSES[0], db) == 3
    assert count_groundings(CLAUSES[3], db) == 3
    assert count_true_groundings(CLAUSES[1], db) == 2  # Anna and Bob know Bob
    assert count_groundings(parse_mln(MLN + "1 grade(Anna, 1)")[1][-1], db) == 1


def test_a_constant_that_is_not_there_has_no_groundings():
    _, [*_, clause] = parse_mln(MLN + "1 s(Zoe) v r(x, y)")
    assert (
        count_groundings(clause, WORLDS[0])
        == count_true_groundings(clause, WORLDS[0])
        == 0
    )
    assert not flip_counts(clause, WORLDS[0], "r").any()


def test_choices_in_blocks(monkeypatch):
    whole = [flip_counts(clause, WORLDS[1], "r") for clause in CLAUSES[:6]]
    monkeypatch.setattr("tlbook.relation.logic.witnesses.BLOCK", 4)
    for clause, expected in zip(CLAUSES, whole):
        np.testing.assert_array_equal(
            flip_counts(clause, WORLDS[1], "r"), expected
        )


@pytest.mark.parametrize("seed", range(3))
def test_random_clauses(seed):
    rng = np.random.default_rng(seed)
    predicates, _ = parse_mln("r(p, p)\ns(p)\nq(p, m)\nrain")
    db = parse_db("p = {A, B, Zed}\nm = {M1, M2}", predicates)
    for _ in range(25):
        clause = random_clause(rng, predicates)
        for name in predicates:
            db = db.with_facts(name, rng.random(db.shape(name)) < 0.5)
        assert count_true_groundings(clause, db) == true_groundings(clause, db), (
            str(clause)
        )
        for name in predicates:
            delta = flip_counts(clause, db, name)
            for atom in np.ndindex(db.shape(name)):
                counts = [
                    true_groundings(clause, flipped(db, name, atom, v))
                    for v in (1, 0)
                ]
                assert delta[atom] == pytest.approx(counts[0] - counts[1]), str(
                    clause
                )


def test_many_literals_of_one_predicate():
    """Sets that cannot fall on one atom are never formed; too many that can are refused."""
    names = [f"A{i}" for i in range(40)]
    predicates, [clause, chain] = parse_mln(
        f"s(p)\nr(p, p)\n1 {' v '.join(f's({name})' for name in names)}\n1 "
        + " v ".join(f"r(x{i}, x{i + 1})" for i in range(20))
    )
    db = parse_db("\n".join(f"!s({name})" for name in names), predicates)
    np.testing.assert_array_equal(flip_counts(clause, db, "s"), 1)
    db = db.with_facts("s", np.arange(40) == 7)
    np.testing.assert_array_equal(
        flip_counts(clause, db, "s"), np.arange(40) == 7
    )
    with pytest.raises(ValueError, match="20 literals more than 4096 sets"):
        flip_counts(chain, db, "r")
