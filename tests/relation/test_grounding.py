"""Grounding: what is known is evaluated atom by atom; against all worlds."""

import itertools
import time

import numpy as np
import pytest
from sklearn.exceptions import ConvergenceWarning
from test_counting import CLAUSES, DB, PREDICATES
from worlds import every_clause, random_clause, true_groundings

from tlbook.relation import MarkovLogicNetwork, parse_db, parse_mln
from tlbook.relation.logic.counting import is_absent
from tlbook.relation.logic.exact import exact_marginals
from tlbook.relation.logic.ground_network import merge_clauses
from tlbook.relation.logic.grounding import LazyNetwork, ground, stored
from tlbook.relation.logic.propagation import belief_propagation
from tlbook.relation.logic.terms import typed, variable_types

UNKNOWN = "?r(Anna, Bob)\n?r(Bob, Carl)\n?s(Anna)\n?s(Carl)\n?raining\n?num(1, 1)\n?grade(Carl, 1)"


def weighted(clauses, seed=0):
    rng = np.random.default_rng(seed)
    return [clause.with_weight(rng.normal()) for clause in clauses]


def completions(db, query=()):
    """Yield every world that agrees with what is known."""
    atoms = [
        (name, index) for name in query for index in np.ndindex(db.shape(name))
    ]
    atoms += [
        (n, tuple(row))
        for n, rows in db.unknown.items()
        if n not in query
        for row in rows
    ]
    for bits in itertools.product((0, 1), repeat=len(atoms)):
        tables = {name: db.known_true(name).copy() for name in db.predicates}
        for (name, index), bit in zip(atoms, bits):
            tables[name][index] = bit
        world = db
        for name, table in tables.items():
            world = world.with_facts(name, table)
        yield world


def by_worlds(clauses, db, query=()):
    """P(atom) of every atom, from the weights of all worlds; a hard clause must hold."""
    total, sums = 0.0, {name: np.zeros(db.shape(name)) for name in db.predicates}
    for world in completions(db, query):
        score = 0.0
        for clause in clauses:
            true = true_groundings(clause, world)
            if np.isinf(clause.weight):
                everything = all_groundings(clause, world)
                kept = true == everything if clause.weight > 0 else true == 0
                score = score if kept else -np.inf
            else:
                score += clause.weight * true
        total += np.exp(score)
        for name in sums:
            sums[name] += np.exp(score) * world.table(name)
    return {name: table / total for name, table in sums.items()}


def all_groundings(clause, db):
    """Count the bindings of the free variables."""
    kinds = variable_types(clause, db.predicates)
    return int(np.prod([len(db.constants[kinds[v]]) for v in clause.variables]))


def compare(clauses, db, query=()):
    expected = by_worlds(clauses, db, query)
    found = MarkovLogicNetwork(db.predicates, clauses).marginals(db, list(query))
    assert set(found) == {
        *query,
        *(n for n, rows in db.unknown.items() if len(rows)),
    }
    for name, table in found.items():
        np.testing.assert_allclose(table, expected[name], atol=1e-12)


# one literal at most under an EXIST
PLAIN = [c for c in CLAUSES if "^" not in str(c)]


@pytest.mark.parametrize("clause", PLAIN, ids=str)
def test_some_atoms_are_unknown(clause):
    db = parse_db(DB.replace("r(Anna, Bob)\n", "") + UNKNOWN, PREDICATES)
    compare(weighted([clause]), db)


def test_all_clauses_together():
    db = parse_db(DB.replace("r(Anna, Bob)\n", "") + UNKNOWN, PREDICATES)
    compare(weighted(PLAIN), db)
    compare(weighted(PLAIN), db, ["s"])


def test_an_exist_of_a_conjunction_with_one_unknown():
    db = parse_db(
        DB.replace("s(Bob)\n", "")
        + "?s(Anna)\n?s(Bob)\n?s(Carl)\n?q(Carl, Rome)",
        PREDICATES,
    )
    compare(weighted(CLAUSES), db)


def test_an_exist_of_a_conjunction_with_two_unknown():
    """Soft, it is no clause; hard, its clauses are distributed."""
    text = "r(person, person)\ns(person)\n"
    predicates, [clause] = parse_mln(text + "1.0 (EXIST y r(x, y) ^ s(y))")
    db = parse_db(
        "r(Anna, Bob)\n?r(Bob, Anna)\n?s(Anna)\n?s(Bob)\n?r(Anna, Anna)",
        predicates,
    )
    with pytest.raises(ValueError, match="two atoms under one EXIST are unknown"):
        ground([clause], db)
    soft = parse_mln(text + "0.7 s(x)\n-0.4 r(x, y)")[1]
    expected = [
        world
        for world in completions(db)
        if true_groundings(clause, world) == len(db.constants["person"])
    ]
    weights = [
        np.exp(sum(c.weight * true_groundings(c, w) for c in soft))
        for w in expected
    ]
    network = MarkovLogicNetwork(predicates, [*soft, clause.with_weight(np.inf)])
    found = network.marginals(db)
    for name in ("r", "s"):
        tables = [
            weight * world.table(name) for weight, world in zip(weights, expected)
        ]
        np.testing.assert_allclose(
            found[name], np.sum(tables, axis=0) / sum(weights), atol=1e-12
        )


def test_collective_classification_with_some_labels():
    """The label of Anna is known, that of her friends is not: it spreads."""
    predicates, clauses = parse_mln(
        "r(person, person)\ns(person)\n2 r(x, y) ^ s(x) => s(y)\n-1 s(x)"
    )
    facts = "r(Anna, Bob)\nr(Bob, Carl)\nr(Dora, Carl)\n"
    near = parse_db(facts + "s(Anna)\n!s(Dora)", predicates, open_world=["s"])
    compare(clauses, near)
    network = MarkovLogicNetwork(predicates, clauses)
    found = network.marginals(near)["s"]
    assert found[[0, 3]].tolist() == [1.0, 0.0]
    without = parse_db(facts + "!s(Anna)\n!s(Dora)", predicates, open_world=["s"])
    assert found[1] > network.marginals(without)["s"][1] + 0.3


@pytest.mark.parametrize("method", ["gibbs", "belief propagation", "mc-sat"])
def test_samplers_take_single_atoms_as_evidence(method):
    predicates, clauses = parse_mln(
        "r(person, person)\ns(person)\n0.8 r(x, y) ^ s(x) => s(y)\n-0.5 s(x)"
    )
    text = "r(Anna, Bob)\nr(Bob, Carl)\nr(Bob, Dora)\ns(Anna)\n?s(Bob)\n?s(Carl)\n?r(Dora, Anna)"
    db = parse_db(text, predicates)
    expected = by_worlds(clauses, db)
    found = MarkovLogicNetwork(predicates, clauses).marginals(db, method=method)
    assert set(found) == {"r", "s"}
    for name, table in found.items():
        np.testing.assert_allclose(table, expected[name], atol=0.05)


def test_functional_predicates_have_one_value():
    predicates, clauses = parse_mln(
        "link(page, page)\ntopic(page, subject!)\n1.2 link(x, y) ^ topic(x, t) => topic(y, t)\n"
        "0.5 topic(x, Art)"
    )
    facts = "link(P1, P2)\nlink(P2, P3)\ntopic(P1, Art)\n!topic(P3, Law)\n!topic(P2, Sports)"
    db = parse_db(facts, predicates, open_world=["topic"])
    network = MarkovLogicNetwork(predicates, clauses)
    worlds = [
        w
        for w in completions(db.settled())
        if (w.table("topic").sum(axis=1) == 1).all()
    ]
    weights = [
        np.exp(sum(c.weight * true_groundings(c, w) for c in clauses))
        for w in worlds
    ]
    tables = [
        weight * world.table("topic") for weight, world in zip(weights, worlds)
    ]
    expected = np.sum(tables, axis=0) / sum(weights)
    found = network.marginals(db)["topic"]
    np.testing.assert_allclose(found, expected, atol=1e-12)
    np.testing.assert_allclose(found.sum(axis=1), 1)
    sampled = network.marginals(db, method="mc-sat", n_samples=300)["topic"]
    np.testing.assert_allclose(sampled, expected, atol=0.05)
    exclusive = ground(clauses, db).exclusive
    assert sorted(map(len, exclusive)) == [2, 2]  # P2: Art, Law; P3: Art, Sports
    everything = ground(clauses, db, ["topic"])
    assert sorted(map(len, everything.exclusive)) == [3, 3, 3]


def test_one_value_over_two_places():
    predicates, clauses = parse_mln(
        "at(day, x_!, y_!)\n0.5 at(d, A, m)".replace("_", "")
    )
    db = parse_db("day = {Monday}\nx = {A, B}\ny = {C, D}", predicates)
    found = MarkovLogicNetwork(predicates, clauses).marginals(db, ["at"])["at"]
    e = np.exp(0.5)
    np.testing.assert_allclose(
        found, [[[e, e], [1, 1]] / (2 * e + 2)], atol=1e-12
    )


def test_hard_clauses_and_evidence():
    predicates, clauses = parse_mln("s(p)\nt(p)\n0.3 s(x)\ns(x) => t(x).")
    db = parse_db("s(Anna)\n?t(Anna)\n?s(Bob)\n!t(Bob)", predicates)
    found = MarkovLogicNetwork(predicates, clauses).marginals(db)
    assert found["t"].tolist() == [1.0, 0.0]
    assert found["s"].tolist() == [1.0, 0.0]
    for broken in ("s(Anna)\n!t(Anna)\n?s(Bob)", "s(Anna)\n!t(Anna)\n?t(Bob)"):
        with pytest.raises(
            ValueError, match=r"the evidence breaks the hard clause !s\(x\) v t"
        ):
            ground(clauses, parse_db(broken, predicates))
    # s and not t, everywhere
    both = [clauses[0], clauses[1].with_weight(-np.inf)]
    db = parse_db("?s(Anna)\n?t(Anna)", predicates)
    found = MarkovLogicNetwork(predicates, both).marginals(db)
    assert (found["s"].tolist(), found["t"].tolist()) == ([1.0], [0.0])
    with pytest.raises(ValueError, match="the evidence breaks the hard clause"):
        ground(both, parse_db("?s(Anna)\nt(Anna)", predicates))


def test_equal_ground_clauses_are_merged():
    predicates, clauses = parse_mln(
        "s(p)\nt(p)\n1 s(x) v t(y)\n0.5 t(x) v s(y)\n2 s(x) v s(y)"
    )
    db = parse_db("?s(Anna)\n?s(Bob)\n?t(Anna)\n?t(Bob)", predicates)
    network = ground(clauses, db)
    plain = stored(LazyNetwork(clauses, db, [], twins=False))
    assert len(plain.weights) == 12
    assert sorted(network.weights.tolist()) == [1.5] * 4 + [2.0] * 2 + [4.0]
    np.testing.assert_allclose(
        exact_marginals(network), exact_marginals(plain), atol=1e-12
    )


def test_merging_tells_literals_apart():
    """The order of literals does not matter; signs, atoms and padding do."""
    literals = np.array([[0, 1], [1, 0], [0, 1], [0, 2], [2, 0], [1, 2]])
    signs = np.array([[1, 0], [0, 1], [1, 1], [1, 1], [1, 1], [1, 1]], dtype=bool)
    weights = np.array([1.0, 2.0, 4.0, 8.0, np.inf, 16.0])
    _, _, found = merge_clauses(literals, signs, weights, padding=2)
    assert found.tolist() == [3.0, 4.0, np.inf, 16.0]


def test_a_predicate_that_no_clause_mentions():
    predicates, clauses = parse_mln("s(p)\nt(p)\n1 s(x)")
    network = MarkovLogicNetwork(predicates, clauses)
    db = parse_db("s(Anna)\nt(Bob)", predicates)
    for method in ("exact", "gibbs", "belief propagation", "mc-sat"):
        found = network.marginals(db, ["t"], method)
        np.testing.assert_allclose(found["t"], 0.5, atol=0.06)
    network = MarkovLogicNetwork(predicates, [])
    np.testing.assert_allclose(network.marginals(db, ["t"])["t"], 0.5)


@pytest.mark.parametrize("seed", range(3))
def test_random_networks(seed):
    """Any clauses, any evidence: all worlds, stored, merged and with twins agree."""
    rng, compared = np.random.default_rng(seed), 0
    predicates, _ = parse_mln("r(p, p)\ns(p)\nq(p, m)\nrain")
    for _ in range(40):
        clauses = [random_clause(rng, predicates) for _ in range(3)]
        lines = [
            "p = {A, B, Zed}" if rng.random() < 0.7 else "p = {A, B}",
            "m = {M1}",
            "?rain",
        ]
        for atom in (
            "s(A)",
            "s(B)",
            "r(A, A)",
            "r(A, B)",
            "r(B, A)",
            "q(A, M1)",
            "q(B, M1)",
        ):
            lines.append(str(rng.choice([atom, f"?{atom}", f"!{atom}"])))
        db, query = (
            parse_db("\n".join(lines), predicates),
            ["s"] if rng.random() < 0.3 else [],
        )
        hard = [
            c.with_weight(np.inf) if rng.random() < 0.1 else c for c in clauses
        ]
        said = [c for c in hard if not is_absent(typed(c, predicates), db)]
        with np.errstate(invalid="ignore"):
            expected = by_worlds(said, db, query)
        try:
            network = ground(hard, db, query)
            found = exact_marginals(network)
        except ValueError as error:
            if "two atoms under one EXIST" not in str(error):
                # no world keeps the hard clauses
                assert np.isnan(expected["rain"])
            continue
        expected = [expected[name][index] for name, index in network.atoms]
        np.testing.assert_allclose(found, expected, atol=1e-9)
        if said == clauses:
            options = {"n_iter": 60, "damping": 0.5, "tol": 0}
            with pytest.warns(ConvergenceWarning):
                whole = belief_propagation(
                    every_clause(clauses, db, query), **options
                )
            with pytest.warns(ConvergenceWarning):
                lifted = belief_propagation(
                    LazyNetwork(clauses, db, query), **options
                )
            np.testing.assert_allclose(lifted, whole, atol=1e-6)
        compared += 1
    assert compared > 25


def test_nothing_to_ask():
    predicates, clauses = parse_mln("s(p)\n1 s(x)")
    network = MarkovLogicNetwork(predicates, clauses)
    with pytest.raises(ValueError, match="nothing is unknown"):
        network.marginals(parse_db("s(Anna)", predicates))


def test_twins_differ_where_one_is_unknown():
    """Two people with the same facts, of one of whom a fact is unknown, are no twins."""
    predicates, clauses = parse_mln(
        "r(p, p)\ns(p)\n0.8 r(x, y) ^ s(x) => s(y)\n0.3 s(x)"
    )
    db = parse_db(
        "r(Anna, Bob)\nr(Anna, Carl)\n!s(Dora)\n?r(Anna, Dora)", predicates
    )
    lazy = LazyNetwork(clauses, db, ["s"])
    orbit = {lazy.db.atom(*lazy.atoms[i]): o for i, o in enumerate(lazy.orbits)}
    assert orbit["s(Bob)"] == orbit["s(Carl)"] != orbit["s(Dora)"]
    compare(clauses, db, ["s"])


def test_set_up_is_linear():
    """8,000 unknown atoms: time grows as the number of ground clauses does."""
    predicates, clauses = parse_mln(
        "r(p, p)\ns(p)\n1 r(x, y) ^ s(x) => s(y)\n-1 s(x)"
    )
    text = "\n".join(f"r(P{i}, P{(7 * i + 1) % 8000})" for i in range(8000))
    db = parse_db(text, predicates)
    start = time.process_time()
    network = ground(clauses, db, ["s"])
    assert len(network.atoms) == 8000
    assert time.process_time() - start < 1
