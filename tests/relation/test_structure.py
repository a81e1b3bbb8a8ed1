"""Structure learning: gains against L-BFGS, neighbors by hand, a planted rule found."""

from dataclasses import replace

import numpy as np
import pytest
from worlds import small_world

from tlbook.relation import (
    Clause,
    Literal,
    MarkovLogicNetwork,
    parse_db,
    parse_mln,
)
from tlbook.relation.logic.counting import flip_counts
from tlbook.relation.logic.gains import (
    fields,
    gain,
    merge_atoms,
    touched_atoms,
)
from tlbook.relation.logic.growth import Growth, unit_network
from tlbook.relation.logic.learning import PRIOR_SCALE, Blankets
from tlbook.relation.logic.refinement import (
    canonical,
    is_tautology,
    longer_clauses,
    shorter_clauses,
)
from tlbook.relation.logic.structure import best_clauses, learn_structure

CLAUSES, DB = small_world()


def clause(text):
    declarations = "\n".join(str(p) for p in DB.predicates.values())
    return parse_mln(f"{declarations}\n1 {text}")[1][0]


def test_fields_sum_weighted_flips():
    network = MarkovLogicNetwork(DB.predicates, CLAUSES)
    [found] = fields(network, DB)
    for name in DB.predicates:
        expected = sum(c.weight * flip_counts(c, DB, name) for c in CLAUSES)
        np.testing.assert_allclose(found[name], expected, atol=1e-12)


# -12: a full Newton step goes much too far
@pytest.mark.parametrize("told", [None, -12.0])
@pytest.mark.parametrize(
    "text", ["!r(x, y) v r(y, x)", "!q(x, m) v !q(y, m) v r(x, y)", "s(x)"]
)
def test_gain_is_the_best_single_weight(text, told):
    """Against a scan of the weight, the rest of the network held fixed."""
    units = unit_network(DB)
    if told is not None:
        units = MarkovLogicNetwork(
            DB.predicates, [c.with_weight(told) for c in units.clauses]
        )
    added = clause(text)
    value, weight = gain(added, DB, fields(units, DB))
    blankets = Blankets([*units.clauses, added], DB)
    fixed = np.array([c.weight for c in units.clauses])

    def wpll(w):
        prior = w**2 / (2 * PRIOR_SCALE**2) * blankets.units[-1]
        return blankets.wpll(np.append(fixed, w))[0] - prior

    grid = weight + np.append(np.linspace(-2, 2, 2001), np.linspace(-40, 40, 801))
    assert max(wpll(w) for w in grid) <= wpll(weight) + 1e-9
    assert value == pytest.approx(wpll(weight) - wpll(0.0), abs=1e-8)


def test_gain_charges_each_literal():
    added, current = clause("!r(x, y) v r(y, x)"), fields(unit_network(DB), DB)
    free, dear = (gain(added, DB, current, penalty)[0] for penalty in (0.0, 0.1))
    assert free - dear == pytest.approx(0.2)


def test_gain_over_two_databases_is_their_mean():
    other = DB.with_facts("r", DB.table("r").T)
    network, added = unit_network(DB), clause("!r(x, y) v r(y, x)")
    value, weight = gain(added, [DB, other], fields(network, [DB, other]))
    blankets = Blankets([*network.clauses, added], [DB, other])
    fixed = np.array([c.weight for c in network.clauses])
    expected = (
        blankets.wpll(np.append(fixed, weight))[0]
        - blankets.wpll(np.append(fixed, 0))[0]
    )
    prior = weight**2 / (2 * PRIOR_SCALE**2) / (2 * DB.table("r").size)
    assert value == pytest.approx(expected - prior, abs=1e-9)


def test_canonical_forms():
    same = [clause("!r(a, b) v r(b, a)"), clause("r(x, y) v !r(y, x)")]
    assert canonical(same[0]).literals == canonical(same[1]).literals
    assert (
        canonical(clause("r(a, b)")).literals
        != canonical(clause("r(a, a)")).literals
    )
    assert (
        canonical(clause("!r(a, b) v s(a)")).literals
        != canonical(clause("!r(a, b) v s(b)")).literals
    )
    assert canonical(clause("r(x, Anna)")).literals[0].args == ("x1", "Anna")
    assert len(canonical(clause("s(x) v s(x)")).literals) == 1


def test_a_clause_with_an_exist_stays_as_it_is():
    some = clause("s(y) v (EXIST x r(x, y))")
    assert canonical(some) == some
    network = MarkovLogicNetwork(DB.predicates, [some])
    grown = learn_structure(
        DB, network, max_clauses=1, max_literals=1, max_variables=1
    )
    assert grown.clauses[0].literals == some.literals


def test_tautologies():
    r, s = clause("r(x, y) v s(x)").literals
    with_negation = Clause((r, s, replace(r, positive=False)))
    assert is_tautology(with_negation)
    assert not is_tautology(clause("r(x, y) v !r(y, x)"))


def test_longer_clauses_share_a_variable():
    found = longer_clauses(clause("s(x)"), DB.predicates, max_variables=2)
    texts = {str(c) for c in found}
    # s with a new person does not share; r has 3 places for x, q has one; each with two signs
    assert len(found) == 8
    assert all(len(c.variables) <= 2 for c in found)
    assert "r(x1, x2) v s(x1)" in texts
    assert "!q(x1, x2) v s(x1)" in texts


def test_longer_clauses_of_nothing_are_single_literals():
    found = longer_clauses(Clause(()), DB.predicates, max_variables=2)
    assert {str(c) for c in found} == {
        f"{sign}{atom}"
        for sign in ("", "!")
        for atom in ("r(x1, x2)", "s(x1)", "q(x1, x2)")
    }


def test_shorter_clauses_drop_one_literal_each():
    texts = {str(c) for c in shorter_clauses(clause("!q(x, m) v s(x) v r(x, y)"))}
    assert texts == {
        "r(x1, x2) v s(x1)",
        "!q(x1, x2) v r(x1, x3)",
        "!q(x1, x2) v s(x1)",
    }
    assert shorter_clauses(clause("s(x)")) == []


def planted(n=30, seed=0):
    """Smoking spreads along friendship: s(y) follows exactly from r(x, y) and s(x)."""
    rng = np.random.default_rng(seed)
    group = rng.random(n) < 0.5
    lines = [f"s(P{i})" for i in range(n) if group[i]]
    for i in range(n):
        for j in rng.choice(n, 4, replace=False):
            if group[i] == group[j] and i != j:
                lines.append(f"r(P{i}, P{j})")
    predicates, _ = parse_mln("s(person)\nr(person, person)")
    return parse_db("\n".join(lines), predicates)


def test_a_planted_rule_is_found():
    db = planted()
    network = learn_structure(db, max_clauses=2, max_literals=3, max_variables=2)
    learned = {str(canonical(c)) for c in network.clauses[2:]}
    rules = {"!r(x1, x2) v !s(x1) v s(x2)", "!r(x1, x2) v s(x1) v !s(x2)"}
    assert learned & rules
    units = unit_network(db)
    weights = np.array([c.weight for c in network.clauses])
    better = Blankets(network.clauses, db).wpll(weights)[0]
    start = Blankets(units.clauses, db).wpll(
        np.array([c.weight for c in units.clauses])
    )[0]
    assert better > start + 0.05


def test_nothing_is_added_where_nothing_is_gained():
    assert best_clauses(Growth([DB]), 2, 2, beam=3, min_gain=1e3) == []


def test_known_clauses_are_not_added_twice():
    db = planted()
    network = learn_structure(db, max_clauses=6, max_literals=2, max_variables=2)
    forms = [canonical(c).literals for c in network.clauses]
    assert len(set(forms)) == len(forms)
    assert Literal("s", ("x1",)) in forms[0]


def test_small_deltas_are_kept_and_large_ones_are_not(monkeypatch):
    db, added = planted(), clause("s(x)")
    monkeypatch.setattr(
        "tlbook.relation.logic.gains.MOST_KEPT", int(np.prod(db.shape("s")))
    )
    for name in ("s", "r"):
        rule = Clause(
            (Literal(name, added.literals[0].args * len(db.shape(name))),)
        )
        for _ in range(2):
            touched, delta = touched_atoms(rule, db, name)
            expected = flip_counts(rule, db, name).ravel()
            np.testing.assert_array_equal(touched, np.flatnonzero(expected))
            np.testing.assert_array_equal(delta, expected[touched])
    wide = Clause((Literal("r", ("x", "y")),))
    touched_atoms(wide, db, "r")
    assert {(str(Clause(literals)), name) for literals, name in db._flips} == {
        ("s(x)", "s"),
        ("r(x, x)", "r"),
    }


def test_equal_atoms_are_merged_with_their_mass():
    rng = np.random.default_rng(0)
    delta = rng.integers(-2, 3, size=400).astype(float)
    sign = rng.choice([-1.0, 1.0], size=400)
    base = rng.choice([-0.3, 0.0, 1.7], size=400)
    mass = rng.random(400)
    merged = np.column_stack(merge_atoms(delta, sign, base, mass))
    expected = {}
    for *key, m in zip(delta, sign, base, mass):
        expected[tuple(key)] = expected.get(tuple(key), 0.0) + m
    assert len(merged) == len(expected) == 5 * 2 * 3
    for *key, m in merged:
        assert m == pytest.approx(expected[tuple(key)])


def test_clauses_that_say_the_same_are_ties():
    """s(x) and !s(x), with the opposite weight, are one statement."""
    current = fields(unit_network(DB), DB)
    up, down = (gain(clause(text), DB, current)[0] for text in ("s(x)", "!s(x)"))
    assert up == down
    assert up == round(up, 9)


@pytest.mark.parametrize(
    ("option", "value"),
    [
        *(("beam", v) for v in (0, 1.5)),
        *((name, 0) for name in ("max_clauses", "max_literals", "max_variables")),
        *(
            (name, v)
            for name in ("penalty", "min_gain")
            for v in (-1, float("nan"), "small")
        ),
    ],
)
def test_bad_numbers_are_named(option, value):
    with pytest.raises(
        ValueError, match=f"{option} must be a (whole )?number of at least"
    ):
        learn_structure(DB, **{option: value})
