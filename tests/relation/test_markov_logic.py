"""Markov logic against brute force: groundings, worlds, finite differences."""

import doctest

import numpy as np
import pytest
from sklearn.exceptions import ConvergenceWarning
from worlds import flipped, marginals_by_worlds, small_world, true_groundings

from tlbook.relation import (
    DTM,
    TAMAR,
    Clause,
    Literal,
    MarkovLogicNetwork,
    format_mln,
    learn_structure,
    logic,
    parse_db,
    parse_mln,
)
from tlbook.relation.logic.counting import (
    count_groundings,
    count_true_groundings,
    flip_counts,
)
from tlbook.relation.logic.learning import Blankets, merge_rows

CLAUSES, DB = small_world()
each_clause = pytest.mark.parametrize("clause", CLAUSES, ids=str)


@each_clause
def test_counts_of_true_groundings(clause):
    assert count_true_groundings(clause, DB) == true_groundings(clause, DB)


def test_counts_by_hand():
    assert count_groundings(CLAUSES[0], DB) == 27
    assert count_groundings(CLAUSES[3], DB) == 18
    assert count_true_groundings(CLAUSES[7], DB) == 1  # s(x): Anna alone
    # r(x,y) v r(y,x): Anna-Anna, Bob-Bob, Anna-Bob twice, Anna-Carl twice
    assert count_true_groundings(CLAUSES[1], DB) == 6


@each_clause
@pytest.mark.parametrize("name", DB.predicates)
def test_flip_counts(clause, name):
    delta = flip_counts(clause, DB, name)
    for atom in np.ndindex(DB.shape(name)):
        with_atom = true_groundings(clause, flipped(DB, name, atom, 1))
        without = true_groundings(clause, flipped(DB, name, atom, 0))
        assert delta[atom] == pytest.approx(with_atom - without, abs=1e-9)


def test_pseudo_likelihood_from_its_definition():
    weights = np.array([c.weight for c in CLAUSES])
    expected = 0.0
    for name in DB.predicates:
        field = sum(
            w * flip_counts(c, DB, name) for w, c in zip(weights, CLAUSES)
        )
        chance = 1 / (1 + np.exp(-field))
        table = DB.table(name)
        expected += np.mean(np.log(np.where(table == 1, chance, 1 - chance)))
    value, _ = Blankets(CLAUSES, DB).wpll(weights)
    assert value == pytest.approx(expected, abs=1e-12)
    with_prior, _ = Blankets(CLAUSES, DB).wpll(weights, prior_scale=2.0)
    prior = 0.0
    # each prior counts as one atom of the rarest predicate
    for w, c in zip(weights, CLAUSES):
        prior += w**2 / 8 / min(DB.table(l.predicate).size for l in c.literals)
    assert with_prior == pytest.approx(expected - prior, abs=1e-12)


def test_gradient_by_finite_differences():
    blankets, rng = Blankets(CLAUSES, DB), np.random.default_rng(0)
    weights, step = rng.standard_normal(len(CLAUSES)), 1e-6
    _, gradient = blankets.wpll(weights, prior_scale=1.5)
    for i, unit in enumerate(np.eye(len(CLAUSES)) * step):
        up, down = (
            blankets.wpll(weights + s * unit, prior_scale=1.5)[0] for s in (1, -1)
        )
        assert gradient[i] == pytest.approx((up - down) / (2 * step), abs=1e-7)


def test_several_databases_are_averaged():
    other = DB.with_facts("s", np.array([0, 1, 1]))
    weights = np.linspace(-1, 1, len(CLAUSES))
    one, two = (Blankets(CLAUSES, db).wpll(weights)[0] for db in (DB, other))
    both = Blankets(CLAUSES, [DB, other]).wpll(weights)[0]
    assert both == pytest.approx((one + two) / 2, abs=1e-12)


def test_only_the_asked_predicates_are_predicted():
    weights = np.linspace(-1, 1, len(CLAUSES))
    parts = [
        Blankets(CLAUSES, DB, [name]).wpll(weights)[0] for name in DB.predicates
    ]
    assert Blankets(CLAUSES, DB).wpll(weights)[0] == pytest.approx(
        sum(parts), abs=1e-12
    )


def test_learned_weights_are_stationary():
    network = MarkovLogicNetwork(DB.predicates, CLAUSES).fit(DB, prior_scale=1.0)
    weights = np.array([c.weight for c in network.clauses])
    blankets = Blankets(CLAUSES, DB)
    value, gradient = blankets.wpll(weights, prior_scale=1.0)
    assert np.abs(gradient).max() < 1e-4
    assert blankets.best_weights(prior_scale=1.0)[1] == pytest.approx(
        value, abs=1e-6
    )


def test_weight_of_a_unit_clause_is_the_log_odds():
    predicates, clauses = parse_mln("s(p)\nt(p)\n0 s(x)")
    db = parse_db("s(Anna)\ns(Bob)\nt(Anna)\nt(Bob)\nt(Carl)", predicates)
    network = MarkovLogicNetwork(predicates, clauses).fit(db, prior_scale=1e4)
    assert network.clauses[0].weight == pytest.approx(np.log(2), abs=1e-4)


@pytest.mark.parametrize("query", [["s"], ["q"], ["s", "q"]])
def test_exact_marginals(query):
    found = MarkovLogicNetwork(DB.predicates, CLAUSES).marginals(DB, query)
    flat = np.concatenate([found[name].ravel() for name in query])
    np.testing.assert_allclose(
        flat, marginals_by_worlds(CLAUSES, DB, query), atol=1e-12
    )


def test_conditionals_are_exact_marginals_of_one_atom():
    predicates, clauses = parse_mln(
        "s(p)\nr(p, p)\n1.2 s(x) ^ r(x, y) => s(y)\n-0.4 s(x)"
    )
    db = parse_db("s(Anna)\nr(Anna, Bob)", predicates)
    network = MarkovLogicNetwork(predicates, clauses)
    for atom in np.ndindex(db.shape("s")):
        scores = [
            np.exp(
                sum(
                    c.weight * true_groundings(c, flipped(db, "s", atom, v))
                    for c in clauses
                )
            )
            for v in (0, 1)
        ]
        expected = scores[1] / sum(scores)
        assert network.conditionals(db, "s")[atom] == pytest.approx(
            expected, abs=1e-12
        )


def test_bad_queries():
    network = MarkovLogicNetwork(DB.predicates, CLAUSES)
    with pytest.raises(ValueError, match="unknown predicate 'z'"):
        network.marginals(DB, ["z"])
    with pytest.raises(ValueError, match="method must be one of"):
        network.marginals(DB, ["s"], "guess")


def test_methods_reach_the_samplers():
    network = MarkovLogicNetwork(DB.predicates, CLAUSES)
    exact = network.marginals(DB, ["s"])["s"]
    for method in ("gibbs", "belief propagation", "mc-sat"):
        near = network.marginals(DB, ["s"], method)["s"]
        assert near.shape == (3,)
        np.testing.assert_allclose(near, exact, atol=0.1)


def test_rows_are_merged_with_their_counts():
    rng = np.random.default_rng(0)
    rows = rng.integers(-2, 3, size=(500, 3)).astype(float)
    distinct, counts = merge_rows(rows)
    expected, times = np.unique(rows, axis=0, return_counts=True)
    order = np.lexsort(distinct.T[::-1])
    np.testing.assert_array_equal(distinct[order], expected)
    np.testing.assert_array_equal(counts[order], times)


def test_what_clauses_say_is_kept_sparse():
    """A weight for each pair of word and class: 40 x 30 atoms of two hundred clauses."""
    text = "has(p, word)\ntopic(p, class)\n0 has(x, +w) => topic(x, +c)"
    predicates, clauses = parse_mln(text)
    rng, n = np.random.default_rng(0), 40
    lines = [f"topic(P{i}, C{rng.integers(5)})" for i in range(n)]
    lines += [
        f"has(P{i}, W{w})" for i in range(n) for w in rng.choice(40, 4, False)
    ]
    db = parse_db("\n".join(lines), predicates)
    network = MarkovLogicNetwork(predicates, clauses).fit(db, ["topic"])
    blankets = Blankets(network.clauses, db, ["topic"])
    assert len(network.clauses) == 5 * len(db.constants["word"])
    # a page of four words: four clauses speak of each of its topics
    assert blankets.deltas.nnz <= 4 * db.table("topic").size
    weights = np.array([c.weight for c in network.clauses])
    chance = network.conditionals(db, "topic")
    truth = db.table("topic") == 1
    expected = np.log(np.where(truth, chance, 1 - chance)).mean()
    assert blankets.wpll(weights)[0] == pytest.approx(expected)


FUNCTIONAL = """
kind(person, value!)
r(person, person)
1 kind(x, v) ^ r(x, y) => kind(y, v)
"""


@pytest.mark.parametrize(
    "use",
    [
        lambda network, db: network.conditionals(db, "kind"),
        lambda network, db: learn_structure(db),
        lambda network, db: TAMAR().fit(network, db),
        lambda network, db: DTM().fit(db, db),
    ],
)
def test_who_takes_atoms_one_by_one_refuses_functional_predicates(use):
    predicates, clauses = parse_mln(FUNCTIONAL)
    db = parse_db("kind(Anna, A)\nkind(Bob, B)\nr(Anna, Bob)", predicates)
    network = MarkovLogicNetwork(predicates, clauses)
    with pytest.raises(ValueError, match=r"kind\(person, value!\) is functional"):
        use(network, db)
    assert np.isfinite(network.fit(db, ["r"]).clauses[0].weight)
    assert network.conditionals(db, "r").shape == (2, 2)
    with pytest.raises(ValueError, match="cannot take functional predicates"):
        network.marginals(db, ["kind"], "belief propagation")


def test_bad_networks_and_databases():
    with pytest.raises(ValueError, match="unknown predicate 'z' in the clause z"):
        MarkovLogicNetwork(DB.predicates, [Clause((Literal("z", ("x",)),))])
    with pytest.raises(ValueError, match=r"s\(x, y\) has 2 arguments, not 1"):
        MarkovLogicNetwork(DB.predicates, [Clause((Literal("s", ("x", "y")),))])
    network = MarkovLogicNetwork(
        DB.predicates, [Clause((Literal("r", ("x", "Zoe")),), 1.0)]
    )
    for use in (network.fit, lambda db: network.marginals(db, ["r"])):
        with pytest.raises(
            ValueError, match="no constant 'Zoe' of type 'person'"
        ):
            use(DB)
    with pytest.raises(ValueError, match="the domain has no database"):
        network.fit([])
    other, _ = parse_mln("s(person)")
    with pytest.raises(ValueError, match="declare different predicates"):
        network.fit([DB, parse_db("s(Anna)", other)])


def test_hard_clauses_are_refused_where_a_weight_must_be_finite():
    predicates, clauses = parse_mln("s(p)\nt(p)\n0.5 s(x)\ns(x) => t(x).")
    db = parse_db("s(Anna)\nt(Bob)", predicates)
    network = MarkovLogicNetwork(predicates, clauses)
    for use in (
        lambda db: network.conditionals(db, "s"),
        lambda db: network.marginals(db, ["s"], "gibbs"),
        lambda db: network.marginals(db, ["s"], "belief propagation"),
    ):
        with pytest.raises(
            ValueError, match=r"needs finite weights, and .* is a hard clause"
        ):
            use(db)


def test_learning_beside_a_hard_clause():
    """s needs t.  Of the atoms that are free, s holds for 2 of 3 and t for 1 of 3."""
    text = "s(p)\nt(p)\n0 s(x)\n0 t(x)\ns(x) => t(x)."
    predicates, clauses = parse_mln(text)
    db = parse_db(
        "s(Anna)\nt(Anna)\ns(Bob)\nt(Bob)\nt(Carl)\n!t(Dora)\n!t(Eve)", predicates
    )
    network = MarkovLogicNetwork(predicates, clauses).fit(db, prior_scale=np.inf)
    weights = [clause.weight for clause in network.clauses]
    assert weights[2] == np.inf
    np.testing.assert_allclose(weights[:2], [np.log(2), -np.log(2)], atol=1e-5)
    with pytest.raises(ValueError, match="the facts break the hard clause"):
        network.fit(parse_db("s(Anna)\n!t(Anna)", predicates))


@pytest.mark.parametrize(("n", "true"), [(1000, 9), (1000, 3), (40, 1)])
def test_unit_clauses_learn_base_rates(n, true):
    """With the default prior, which weighs as a part of one atom does."""
    predicates, clauses = parse_mln("s(p)\n0 s(x)")
    facts = [f"{'' if i < true else '!'}s(P{i})" for i in range(n)]
    network = MarkovLogicNetwork(predicates, clauses).fit(
        parse_db("\n".join(facts), predicates)
    )
    rate = 1 / (1 + np.exp(-network.clauses[0].weight))
    assert rate * n == pytest.approx(true, abs=0.07)  # |w| / s^2 of an atom


def test_weights_that_are_not_the_best_are_named(monkeypatch):
    monkeypatch.setattr("tlbook.relation.logic.learning.LBFGS", {"maxiter": 1})
    with pytest.warns(ConvergenceWarning, match="L-BFGS stopped after 1 steps"):
        MarkovLogicNetwork(DB.predicates, CLAUSES).fit(DB)


def test_hard_clauses_by_hand():
    """Anna has no t, so she cannot have s; Bob may: his chance is that of the unit clause."""
    predicates, clauses = parse_mln("s(p)\nt(p)\n0.5 s(x)\ns(x) => t(x).")
    db = parse_db("s(Anna)\nt(Bob)", predicates)
    network = MarkovLogicNetwork(predicates, clauses)
    expected = [0.0, 1 / (1 + np.exp(-0.5))]
    np.testing.assert_allclose(
        network.marginals(db, ["s"])["s"], expected, atol=1e-12
    )
    sampled = network.marginals(db, ["s"], "mc-sat", n_samples=300)["s"]
    assert sampled[0] == 0.0
    np.testing.assert_allclose(sampled, expected, atol=0.05)


def test_a_weight_for_each_constant():
    """A clause with `+` learns what one clause for each constant learns, and can be written."""
    text = "word = {Goal, Vote}\nhas(word, page)\ntopic(page, subject)\n"
    predicates, clauses = parse_mln(
        text + "has(+w, p) => topic(p, +t)\n0.5 topic(p, +t)"
    )
    facts = "has(Goal, P1)\nhas(Vote, P2)\nhas(Goal, P3)\ntopic(P1, Sports)\ntopic(P3, Sports)\n"
    databases = [parse_db(facts + "topic(P2, State)", predicates)]
    databases.append(
        parse_db(facts.replace("P", "Q") + "has(Ball, Q2)", predicates)
    )
    network = MarkovLogicNetwork(predicates, clauses).fit(databases)
    pairs = [
        (w, t) for w in ("Ball", "Goal", "Vote") for t in ("Sports", "State")
    ]
    by_hand = [f"0 has({w}, p) => topic(p, {t})" for w, t in pairs]
    by_hand += ["0.5 topic(p, Sports)", "0.5 topic(p, State)"]
    declared, plain = parse_mln(
        text.replace("Vote}", "Vote, Ball}") + "\n".join(by_hand)
    )
    expected = MarkovLogicNetwork(declared, plain).fit(databases)
    assert [str(c) for c in network.clauses] == [str(c) for c in expected.clauses]
    weights = [c.weight for c in network.clauses]
    np.testing.assert_allclose(
        weights, [c.weight for c in expected.clauses], atol=1e-6
    )
    # Goal speaks for sports, against the state
    assert weights[2] > 0.5 > 0 > weights[3]
    again, same = parse_mln(format_mln(network.predicates, network.clauses))
    assert same == network.clauses
    assert again.domains["word"] == ("Ball", "Goal", "Vote")
    # a word of which this page knows nothing has no groundings here
    new = parse_db("has(Goal, P9)\n?topic(P9, Sports)", predicates)
    chance = network.marginals(new)["topic"][0, 0]
    assert chance == pytest.approx(1 / (1 + np.exp(-weights[2] - weights[6])))


def test_constants_of_two_types_may_share_a_name():
    """2 grade(1) v num(1): each 1 is that of its own type."""
    predicates, clauses = parse_mln(
        "grade(mark)\nnum(number)\n2 grade(1) v num(1)"
    )
    db = parse_db("!grade(1)\n!num(0)\n!num(1)\n!num(2)", predicates)
    found = MarkovLogicNetwork(predicates, clauses).marginals(db, ["grade"])[
        "grade"
    ]
    assert found[0] == pytest.approx(1 / (1 + np.exp(-2)))
    found = MarkovLogicNetwork(predicates, clauses).marginals(db, ["num"])["num"]
    np.testing.assert_allclose(found, [0.5, 1 / (1 + np.exp(-2)), 0.5])


@pytest.mark.parametrize("scale", [0, -1, np.nan, "wide", None])
def test_bad_priors(scale):
    network = MarkovLogicNetwork(DB.predicates, CLAUSES)
    with pytest.raises(ValueError, match="prior_scale must be a number above 0"):
        network.fit(DB, prior_scale=scale)


def test_what_cannot_be_learned_or_asked():
    network = MarkovLogicNetwork(DB.predicates, CLAUSES)
    with pytest.raises(ValueError, match="unknown predicate 'z' in `predicates`"):
        network.fit(DB, ["z"])
    with pytest.raises(ValueError, match="unknown predicate 'z'"):
        network.conditionals(DB, "z")
    hidden = DB.hidden("s", [True, False, False])
    for use in (network.fit, lambda db: network.conditionals(db, "s")):
        with pytest.raises(
            ValueError,
            match=r"1 atoms of 's' are unknown, the first is s\(Anna\)",
        ):
            use(hidden)
    with pytest.raises(ValueError, match="has the weight nan"):
        MarkovLogicNetwork(DB.predicates, [CLAUSES[0].with_weight(np.nan)])


def test_the_example_of_the_room_runs():
    result = doctest.testmod(logic)
    assert result.attempted >= 4
    assert result.failed == 0
