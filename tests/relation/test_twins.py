"""Twins: sets by hand, orbits by exchanging constants, bindings by visiting all of them."""

import itertools
from collections import Counter

import numpy as np
import pytest
from worlds import every_clause, small_world

from tlbook.relation import parse_db, parse_mln
from tlbook.relation.logic.bindings import binding_blocks
from tlbook.relation.logic.grounding import LazyNetwork
from tlbook.relation.logic.propagation import belief_propagation
from tlbook.relation.logic.terms import variable_types
from tlbook.relation.logic.twins import Twins

PREDICATES, CLAUSES = parse_mln("""
r(p, p)
s(p)
q(p, m)
0.7 !r(x, y) v !r(x, z) v r(y, z)
-0.4 q(x, a) v !q(y, a) v !s(x)
0.3 !q(x, a) v !q(x, b) v !q(y, a) v q(y, b)
0.5 s(x) v !q(x, a) v r(x, y)
0.2 r(x, x)
0.6 !r(x, A1) v s(x)
""")
DB = parse_db(
    """
s(A1)
s(A2)
s(A3)
s(A4)
r(B1, B2)
r(B2, B1)
q(B1, M1)
q(B1, M2)
q(C, M3)
q(D, M3)
""",
    PREDICATES,
)
QUERIES = [["r"], ["q"], ["s"], ["q", "r"]]


def sets_of(twins, kind):
    groups = {}
    for name, number in zip(DB.constants[kind], twins.sets[kind]):
        groups.setdefault(number, []).append(name)
    return sorted(groups.values())


def test_sets_by_hand():
    """A1 is named by a clause; B1 and B2 differ by their m; C and D share M3."""
    twins = Twins(CLAUSES, DB, ["r"])
    assert sets_of(twins, "p") == [
        ["A1"],
        ["A2", "A3", "A4"],
        ["B1"],
        ["B2"],
        ["C", "D"],
    ]
    assert sets_of(twins, "m") == [["M1", "M2"], ["M3"]]
    free = Twins(CLAUSES[:5], DB, ["r", "q"])
    assert sets_of(free, "p") == [
        ["A1", "A2", "A3", "A4"],
        ["B1", "B2", "C", "D"],
    ]
    assert sets_of(free, "m") == [["M1", "M2", "M3"]]
    assert twins.size["p"].tolist() == [1, 3, 3, 3, 1, 1, 2, 2]
    assert twins.rank["p"].tolist() == [0, 0, 1, 2, 0, 0, 0, 1]


def exchanges(twins, db):
    """All pairs of twins of a type."""
    for kind, sets in twins.sets.items():
        for a, b in itertools.combinations(range(len(sets)), 2):
            if sets[a] == sets[b]:
                yield kind, a, b


def exchanged(rows, types, kind, a, b):
    """Exchange two constants in rows of indices."""
    swap = {a: b, b: a}
    return [
        tuple(swap.get(i, i) if t == kind else i for i, t in zip(r, types))
        for r in rows
    ]


@pytest.mark.parametrize("query", QUERIES)
def test_to_exchange_twins_keeps_the_evidence(query):
    twins = Twins(CLAUSES, DB, query)
    for kind, a, b in exchanges(twins, DB):
        for name in DB.predicates.keys() - set(query):
            rows = [tuple(row) for row in DB.facts[name].tolist()]
            types = DB.predicates[name].types
            assert sorted(exchanged(rows, types, kind, a, b)) == sorted(rows)


@pytest.mark.parametrize("query", QUERIES)
def test_orbits_are_what_exchange_reaches(query):
    twins = Twins(CLAUSES, DB, query)
    for name in query:
        orbits, shape = twins.orbits(DB, name), DB.shape(name)
        group = np.arange(len(orbits))  # the smallest atom that exchange reaches
        for _ in range(len(orbits)):
            before = group.copy()
            for kind, a, b in exchanges(twins, DB):
                atoms = exchanged(
                    np.ndindex(shape), DB.predicates[name].types, kind, a, b
                )
                group = np.minimum(
                    group, group[[np.ravel_multi_index(i, shape) for i in atoms]]
                )
            if (group == before).all():
                break
        assert len(set(zip(group.tolist(), orbits.tolist()))) == len(
            set(group.tolist())
        )
        assert len(set(orbits.tolist())) == len(set(group.tolist()))
        np.testing.assert_array_equal(orbits[orbits], orbits)
        np.testing.assert_array_equal(group[orbits], group)


@pytest.mark.parametrize("query", QUERIES)
@pytest.mark.parametrize("clause", CLAUSES, ids=str)
def test_kept_bindings_stand_for_all(clause, query):
    """Every binding is of the kind of one that is kept, as many as its number says."""
    twins, kinds = Twins(CLAUSES, DB, query), variable_types(clause, PREDICATES)

    def pattern(values):  # what no exchange of twins changes
        named = {}
        for value, kind in zip(values, kinds.values()):
            number = int(twins.sets[kind][value])
            seen = named.setdefault((kind, number), [])
            if value not in seen:
                seen.append(value)
            yield kind, number, seen.index(value)

    def count(bindings, times):
        columns = (np.asarray(bindings[v]).tolist() for v in kinds)
        patterns = Counter()
        for row, n in zip(zip(*columns), times.tolist()):
            patterns[tuple(pattern(row))] += n
        return patterns

    expected, found, n_kept = Counter(), Counter(), 0
    for bindings, _, times in binding_blocks(clause, DB, set(query)):
        expected += count(bindings, times)
    for bindings, n_rows, times in binding_blocks(clause, DB, set(query), twins):
        found += count(bindings, times)
        n_kept += n_rows
    assert found == expected
    assert n_kept == len(expected)


@pytest.mark.parametrize("query", QUERIES)
def test_beliefs_stay_the_same(query):
    whole = belief_propagation(
        every_clause(CLAUSES, DB, query), n_iter=600, damping=0.6
    )
    twins = belief_propagation(
        LazyNetwork(CLAUSES, DB, query), n_iter=600, damping=0.6
    )
    np.testing.assert_allclose(twins, whole, atol=1e-7)
    clauses, db = small_world()
    for names in (["s"], ["r"], ["q"]):
        whole = belief_propagation(every_clause(clauses, db, names), damping=0.6)
        twins = belief_propagation(LazyNetwork(clauses, db, names), damping=0.6)
        np.testing.assert_allclose(twins, whole, atol=1e-7)


def test_twins_save_ground_clauses():
    """Forty papers nobody tells apart: a rectangle of two papers and two people."""
    predicates, [clause] = parse_mln(
        "w(m, p)\ns(p)\n1 !w(a, x) v !w(a, y) v !w(b, x) v w(b, y)"
    )
    people = "\n".join(f"s(P{i})" for i in range(5))
    db = parse_db(
        people + "\n" + "\n".join(f"w(M{i}, Q)" for i in range(40)), predicates
    )
    lazy = LazyNetwork([clause], db, ["w"])
    rows = sum(len(block[2]) for block in lazy.blocks())
    times = sum(block[3].sum() for block in lazy.blocks())
    assert times == 40 * 39 * 6 * 5  # the others hold an atom and its negation
    # two papers; two of the five, Q and one of them, one of them and Q
    assert rows == 3
    assert len(set(lazy.orbits.tolist())) == 2


def test_how_many_twins_there_are_is_counted():
    """A has three, B has two; each of them is one ground clause more for A or for B."""
    predicates, clauses = parse_mln("u(p, m)\nt(p)\n0.7 !u(x, y) v t(x)")
    db = parse_db("u(A, M1)\nu(A, M2)\nu(A, M3)\nu(B, N1)\nu(B, N2)", predicates)
    found = belief_propagation(LazyNetwork(clauses, db, ["t"]))
    np.testing.assert_allclose(
        found, 1 / (1 + np.exp([-3 * 0.7, -2 * 0.7])), atol=1e-9
    )
