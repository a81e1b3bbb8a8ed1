"""Inference: joins by hand, three ways to marginals against the enumeration of all worlds."""

import itertools

import numpy as np
import pytest
from sklearn.exceptions import ConvergenceWarning
from worlds import indices, marginals_by_worlds, small_world, true_groundings

from tlbook.relation import Clause, MarkovLogicNetwork, parse_db, parse_mln
from tlbook.relation.logic.bindings import join, open_bindings
from tlbook.relation.logic.exact import exact_marginals
from tlbook.relation.logic.gibbs import Worlds, gibbs_marginals
from tlbook.relation.logic.ground_network import GroundNetwork
from tlbook.relation.logic.grounding import ground
from tlbook.relation.logic.propagation import Messages, belief_propagation
from tlbook.relation.logic.terms import variable_types

CLAUSES, DB = small_world()
QUERIES = [["s"], ["r"], ["q"], ["s", "q"]]


@pytest.mark.parametrize("query", QUERIES)
def test_exact_marginals(query):
    found = exact_marginals(ground(CLAUSES, DB, query))
    np.testing.assert_allclose(
        found, marginals_by_worlds(CLAUSES, DB, query), atol=1e-12
    )


def test_marginals_by_hand():
    """Two atoms, one clause a v b of weight w: three worlds of four satisfy it."""
    w = 1.3
    network = GroundNetwork(
        ["a", "b"], np.array([[0, 1]]), np.ones((1, 2), bool), np.array([w])
    )
    expected = 2 * np.exp(w) / (3 * np.exp(w) + 1)
    np.testing.assert_allclose(exact_marginals(network), expected)
    np.testing.assert_allclose(belief_propagation(network), expected, atol=1e-8)
    np.testing.assert_allclose(
        gibbs_marginals(network, 200, 500).chances, expected, atol=0.01
    )


@pytest.mark.parametrize("clause", CLAUSES, ids=str)
@pytest.mark.parametrize("query", [set(), {"s"}, {"r"}, {"r", "s"}])
def test_open_bindings_are_those_that_the_evidence_leaves(clause, query):
    kinds = variable_types(clause, DB.predicates)
    expected = []
    for values in itertools.product(
        *(range(len(DB.constants[kind])) for kind in kinds.values())
    ):
        binding = dict(zip(kinds, values))
        known = [l for l in clause.literals if l.predicate not in query]
        if all(
            bool(DB.table(l.predicate)[indices(l, binding, DB)]) != l.positive
            for l in known
        ):
            expected.append(values)
    bindings, n_rows = open_bindings(clause, DB, query)
    assert sorted(zip(*(bindings[v].tolist() for v in kinds))) == sorted(expected)
    assert n_rows == len(expected)
    if not query:  # nothing is left open but what is false
        total = np.prod([len(DB.constants[kind]) for kind in kinds.values()])
        assert total - n_rows == true_groundings(clause, DB)


def test_join_matches_rows_with_facts():
    _, [clause] = parse_mln("r(p, p)\n1 r(x, y)")
    predicates, _ = parse_mln("r(p, p)")
    db = parse_db("r(Anna, Bob)\nr(Anna, Carl)\nr(Carl, Bob)", predicates)
    rows, n_rows = join({"x": np.array([0, 1, 2])}, 3, clause.literals[0], db, {})
    assert sorted(zip(rows["x"].tolist(), rows["y"].tolist())) == [
        (0, 1),
        (0, 2),
        (2, 1),
    ]
    assert n_rows == 3
    rows, n_rows = join(
        {"x": np.array([0, 1]), "y": np.array([2, 2])},
        2,
        *[clause.literals[0]],
        db,
        {},
    )
    assert (rows["x"].tolist(), rows["y"].tolist(), n_rows) == ([0], [2], 1)


def test_what_shares_a_variable_is_joined_first():
    """Two short lists that share nothing would make 50 x 50 pairs; the chain makes 1."""
    predicates, [clause] = parse_mln(
        "a(p)\nb(q)\nr(p, q)\ns(p)\n1 !a(x) v !b(y) v !r(x, y) v s(x)"
    )
    facts = [f"a(P{i})\nb(Q{i})" for i in range(50)] + [
        f"r(P{i}, Q{i})" for i in range(60)
    ]
    db = parse_db("\n".join(facts) + "\ns(P1)", predicates)
    sizes = []

    def counted(bindings, n_rows, *rest):
        joined = join(bindings, n_rows, *rest)
        sizes.append(joined[1])
        return joined

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("tlbook.relation.logic.bindings.join", counted)
        assert open_bindings(clause, db, {"s"})[1] == 50
    assert max(sizes) == 50


def test_gibbs_agrees_with_enumeration():
    for query in (["s"], ["r"]):
        network = ground(CLAUSES, DB, query)
        exact = marginals_by_worlds(CLAUSES, DB, query)
        sampled = gibbs_marginals(
            network, n_chains=100, n_sweeps=400, random_state=1
        ).chances
        np.testing.assert_allclose(sampled, exact, atol=0.02)


def test_belief_propagation_is_exact_on_a_tree():
    predicates, clauses = parse_mln(
        "s(p)\nr(p, p)\n1.2 !s(x) v !r(x, y) v s(y)\n-0.4 s(x)"
    )
    db = parse_db("r(Anna, Bob)\nr(Bob, Carl)\nr(Bob, Dora)", predicates)
    network = ground(clauses, db, ["s"])
    marginals = belief_propagation(network)
    np.testing.assert_allclose(
        marginals, marginals_by_worlds(clauses, db, ["s"]), atol=1e-7
    )


def test_belief_propagation_is_near_on_loops():
    exact = marginals_by_worlds(CLAUSES, DB, ["r"])
    loopy = belief_propagation(ground(CLAUSES, DB, ["r"]))
    assert np.abs(exact - loopy).max() < 0.1
    assert np.corrcoef(exact, loopy)[0, 1] > 0.95


def test_grounding_joins_and_never_multiplies():
    """60 people and 3 facts: 3 open bindings, not 60^3."""
    predicates, [clause] = parse_mln(
        "r(p, p)\nt(p, p)\ns(p)\n1 !r(x, y) v !t(y, z) v s(z)"
    )
    facts = "\n".join(f"s(P{i})" for i in range(60))
    db = parse_db(
        f"{facts}\nr(P1, P2)\nr(P3, P2)\nr(P4, P5)\nt(P2, P6)", predicates
    )
    bindings, n_rows = open_bindings(clause, db, {"s"})
    assert n_rows == 2
    names = [db.constants["p"][i] for i in bindings["x"]]
    assert sorted(names) == ["P1", "P3"]
    assert {db.constants["p"][i] for i in bindings["z"]} == {"P6"}
    # s(P6) is true: the evidence settles it
    assert open_bindings(clause, db, set())[1] == 0


def test_evidence_bounds_repeated_variables_and_constants():
    predicates, clauses = parse_mln(
        "r(p, p)\ns(p)\n1 !r(x, x) v s(x)\n1 !r(Anna, y) v s(y)"
    )
    db = parse_db(
        "r(Anna, Anna)\nr(Bob, Anna)\nr(Anna, Bob)\ns(Carl)", predicates
    )
    assert open_bindings(clauses[0], db, {"s"})[1] == 1
    assert open_bindings(clauses[1], db, {"s"})[1] == 2


def test_ground_clauses_merge_repeats_and_drop_tautologies():
    predicates, clauses = parse_mln(
        "r(p, p)\n1 r(x, y) v r(y, x)\n2 !r(x, y) v r(y, x)"
    )
    db = parse_db("r(Anna, Bob)", predicates)
    network = ground(clauses, db, ["r"])
    # the second clause is a tautology where x = y
    assert len(network.weights) == 3 + 2
    # the first has one literal left where x = y
    assert (network.literals == 4).sum() == 2
    both = (network.literals < 4).all(axis=1) & network.signs.all(axis=1)
    assert network.weights[both].tolist() == [2.0]  # x, y and y, x say the same


def test_belief_propagation_says_when_it_does_not_converge():
    network = ground(CLAUSES, DB, ["r"])
    with pytest.warns(ConvergenceWarning, match="stopped after 8 rounds"):
        belief_propagation(network, n_iter=2)


def test_damping_slows_and_keeps_the_fixed_point():
    network = ground(CLAUSES, DB, ["r"])
    np.testing.assert_allclose(
        belief_propagation(network, damping=0.0),
        belief_propagation(network, damping=0.7),
        atol=1e-6,
    )


def test_damping_is_raised_by_itself():
    """Five people, each unlike all others: undamped messages circle."""
    pairs = np.array(list(itertools.combinations(range(5), 2)))
    literals = np.concatenate([pairs, pairs, [[0, 5], [2, 5]]])
    signs = np.repeat(
        [[True, True], [False, False], [True, True]], [10, 10, 2], axis=0
    )
    weights = np.append(np.full(20, 2.0), [0.5, 0.8])
    network = GroundNetwork(list(range(5)), literals, signs, weights)
    settled = Messages(network)
    messages = np.zeros(settled.ids.shape)
    for _ in range(200):
        fresh = settled.round(messages)
        step, messages = np.abs(fresh - messages).max(), fresh
    with pytest.warns(ConvergenceWarning, match="settled where loops are strong"):
        found = belief_propagation(network, damping=0.0)
    slow = 0.05 * settled.round(messages) + 0.95 * messages
    for _ in range(3000):
        slow = 0.05 * settled.round(slow) + 0.95 * slow
    expected = 1 / (1 + np.exp(-settled.fields(slow)[settled.atoms]))
    np.testing.assert_allclose(found, expected, atol=1e-4)
    assert step > 0.01  # without damping they still move


@pytest.mark.parametrize("evidence", ["", "kind(Bob, C)\n"])
def test_gibbs_resamples_functional_groups(evidence):
    text = "value = {A, B, C}\nkind(p, value!)\nr(p, p)\n0.7 kind(x, A)\n"
    text += "1.5 r(x, y) ^ kind(x, v) => kind(y, v)\n-0.4 kind(x, B) v kind(x, C)"
    predicates, clauses = parse_mln(text)
    people = ("Anna", "Bob", "Carl") if not evidence else ("Anna", "Carl")
    unknown = "\n".join(f"?kind({p}, {v})" for p in people for v in "ABC")
    db = parse_db(f"{evidence}r(Anna, Bob)\nr(Bob, Carl)\n{unknown}", predicates)
    network = MarkovLogicNetwork(predicates, clauses)
    exact = network.marginals(db)["kind"]
    found = network.marginals(db, method="gibbs")["kind"]
    np.testing.assert_allclose(found.sum(axis=1), 1)
    np.testing.assert_allclose(found, exact, atol=0.02)


def test_cost_of_gibbs_is_linear():
    """A chain of 8,000 atoms is set up in a pass over its literals."""
    n = 8000
    links = np.column_stack([np.arange(n - 1), np.arange(1, n)])
    signs = np.tile([False, True], (n - 1, 1))
    network = GroundNetwork(list(range(n)), links, signs, np.ones(n - 1))
    worlds = Worlds(network, np.zeros((n, 2), dtype=bool))
    visited = sum(len(rows) for rows, _, _ in worlds.around)
    assert visited == 2 * (n - 1)


def test_a_network_without_open_clauses():
    network = ground([Clause(CLAUSES[7].literals, 0.4)], DB, ["r"])
    assert len(network.weights) == 0
    for method in (exact_marginals, gibbs_marginals, belief_propagation):
        found = method(network)
        np.testing.assert_allclose(
            getattr(found, "chances", found), 0.5, atol=1e-12
        )


def test_too_many_worlds_are_refused():
    predicates, clauses = parse_mln("r(p, p)\n1 r(x, y)")
    db = parse_db("\n".join(f"r(P{i}, P{i})" for i in range(5)), predicates)
    with pytest.raises(ValueError, match="25 unknown atoms"):
        MarkovLogicNetwork(predicates, clauses).marginals(db, ["r"])


@pytest.mark.parametrize(
    ("method", "option", "value"),
    [
        ("gibbs", "n_sweeps", 0),
        ("gibbs", "n_sweeps", 2.5),
        ("gibbs", "n_chains", 0),
        ("gibbs", "n_burn", -1),
        ("belief propagation", "n_iter", 0),
        ("belief propagation", "damping", 1),
        ("belief propagation", "damping", float("nan")),
        ("belief propagation", "tol", -1),
        ("mc-sat", "n_samples", True),
    ],
)
def test_bad_numbers_are_named(method, option, value):
    network = MarkovLogicNetwork(DB.predicates, CLAUSES)
    with pytest.raises(
        ValueError, match=f"{option} must be a (whole )?number of at least"
    ):
        network.marginals(DB, ["s"], method, **{option: value})
