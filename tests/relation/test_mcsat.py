"""MC-SAT: the slice by frequencies, SampleSAT by counting solutions, marginals by enumeration."""

import itertools

import numpy as np
import pytest
from sklearn.exceptions import ConvergenceWarning
from worlds import marginals_by_worlds, small_world

from tlbook.relation import Clause, MarkovLogicNetwork, parse_db, parse_mln
from tlbook.relation.logic.exact import exact_marginals
from tlbook.relation.logic.gibbs import gibbs_marginals
from tlbook.relation.logic.ground_network import GroundNetwork
from tlbook.relation.logic.grounding import ground
from tlbook.relation.logic.mcsat import (
    draw_slice,
    first_world,
    mcsat_marginals,
    propagate_units,
    sample_sat,
)

CLAUSES, DB = small_world()


def network_of(*weighted, n=None):
    """Write ground clauses as (weight, {atom: sign}); atoms are numbers."""
    n = 1 + max(a for _, clause in weighted for a in clause) if n is None else n
    width = max(len(clause) for _, clause in weighted)
    literals, signs = (
        np.full((len(weighted), width), n),
        np.ones((len(weighted), width), bool),
    )
    for row, (_, clause) in enumerate(weighted):
        literals[row, : len(clause)] = list(clause)
        signs[row, : len(clause)] = list(clause.values())
    return GroundNetwork(
        list(range(n)), literals, signs, np.array([float(w) for w, _ in weighted])
    )


def keeps(network, world):
    """Tell which clauses a world makes true, literal by literal."""
    n = len(network.atoms)
    return [
        any(a < n and bool(world[a]) == bool(s) for a, s in zip(atoms, signs))
        for atoms, signs in zip(network.literals, network.signs)
    ]


def chances_of_worlds(network):
    """P(world) of all worlds, those that break a hard clause excluded."""
    worlds = list(itertools.product((False, True), repeat=len(network.atoms)))
    scores = []
    for world in worlds:
        kept, score = keeps(network, world), 0.0
        for weight, true in zip(network.weights, kept):
            if np.isinf(weight):
                score = score if true == (weight > 0) else -np.inf
            else:
                score += weight * true
        scores.append(np.exp(score))
    return np.array(worlds), np.array(scores) / np.sum(scores)


HARD = network_of(
    (np.inf, {0: True, 1: True}),
    (np.inf, {1: False, 2: True, 3: True}),
    (-np.inf, {4: True, 0: False}),  # atom 4 is false and atom 0 true
    (0.8, {2: True}),
    (-0.6, {3: True, 1: True}),
    (0.4, {5: False, 2: False}),
    (-np.inf, {6: False}),
)


def test_probabilities_of_the_slice():
    """True in x with w > 0, or false in x with w < 0: kept by 1 - exp(-|w|); else never."""
    weights = [0.3, 1.0, -0.5, -2.0, np.inf, 0.0, 0.7, -0.7]
    truths = [True, True, False, False, True, True, False, True]
    network = network_of(
        *((w, {i: t}) for i, (w, t) in enumerate(zip(weights, truths)))
    )
    state, rng = np.array([True] * 8 + [False]), np.random.default_rng(0)
    n, kept, fixed = 20_000, np.zeros(8), np.zeros(8)
    for _ in range(n):
        rows, atoms = draw_slice(network, state, rng)
        kept[rows] += 1
        fixed += atoms[:-1]
        assert atoms[-1]
    e = np.exp(-np.abs(weights))
    np.testing.assert_allclose(
        kept / n, [1 - e[0], 1 - e[1], 0, 0, 1, 0, 0, 0], atol=0.015
    )
    np.testing.assert_allclose(
        fixed / n, [0, 0, 1 - e[2], 1 - e[3], 0, 0, 0, 0], atol=0.015
    )


def test_unit_propagation_by_hand():
    """Atom 0 is known; 1 and then 2 follow; 3 v 4 is open; 5 is in a clause that 0 settles."""
    network = network_of(
        (1, {0: False, 1: True}),
        (1, {1: False, 2: False}),
        (1, {3: True, 4: True}),
        (1, {0: True, 5: True}),
    )
    state = np.array([True, True, False, True, True, False, False])
    fixed = np.array([True, False, False, False, False, False, True])
    found = propagate_units(network.literals, network.signs, state, fixed)
    assert found.tolist() == [True, True, True, False, False, False, True]
    assert fixed.sum() == 2  # the input is left alone


def test_sample_sat_is_nearly_uniform():
    """All solutions of a formula come up, none twice as often as its share or half as often."""
    network = network_of(
        (1, {0: True, 1: True, 2: True}),
        (1, {0: False, 3: True}),
        (1, {1: False, 3: False, 4: True}),
    )
    rng, fixed = np.random.default_rng(0), np.arange(6) == 5
    solutions = [
        w for w in itertools.product((0, 1), repeat=5) if all(keeps(network, w))
    ]
    counts = dict.fromkeys(solutions, 0)
    for _ in range(4000):
        world = sample_sat(
            network.literals, network.signs, np.zeros(6, bool), fixed, rng
        )
        # a KeyError if it is no solution
        counts[tuple(world[:-1].astype(int).tolist())] += 1
    shares = np.array(list(counts.values())) / 4000 * len(solutions)
    assert shares.min() > 0.6
    assert shares.max() < 1.6


def test_sample_sat_leaves_fixed_atoms():
    network = network_of((1, {0: True, 1: True}), (1, {1: True, 2: True}))
    state, fixed = (
        np.array([True, False, True, False]),
        np.array([False, True, False, True]),
    )
    rng, seen = np.random.default_rng(0), set()
    for _ in range(50):
        world = sample_sat(network.literals, network.signs, state, fixed, rng)
        assert world[:-1].tolist() == [True, False, True]
    loose = network_of((1, {0: True, 1: True}), n=3)
    for _ in range(100):
        world = sample_sat(loose.literals, loose.signs, state[:4], fixed, rng)
        seen.add(bool(world[2]))
    assert seen == {False, True}  # an atom without clauses is tossed


def test_sample_sat_finds_what_is_rare():
    """A chain of implications with its ends given: one solution of 2^12."""
    chain = [(1, {i: False, i + 1: True}) for i in range(11)]
    network = network_of((1, {0: True}), *chain)
    fixed = np.arange(13) == 12
    world = sample_sat(
        network.literals,
        network.signs,
        np.zeros(13, bool),
        fixed,
        np.random.default_rng(0),
    )
    assert world[:-1].all()


def test_every_sample_keeps_the_hard_clauses_and_the_slice():
    rng = np.random.default_rng(0)
    hard = np.isinf(HARD.weights)
    state = first_world(HARD, rng, 1000)
    for _ in range(300):
        kept, fixed = draw_slice(HARD, state, rng)
        fixed = propagate_units(
            HARD.literals[kept], HARD.signs[kept], state, fixed
        )
        new = sample_sat(HARD.literals[kept], HARD.signs[kept], state, fixed, rng)
        true = np.array(keeps(HARD, new))
        assert true[kept].all()
        np.testing.assert_array_equal(new[fixed], state[fixed])
        assert (true[hard] == (HARD.weights[hard] > 0)).all()
        assert not new[-1]
        state = new


def test_marginals_with_hard_clauses():
    worlds, chances = chances_of_worlds(HARD)
    expected = chances @ worlds
    np.testing.assert_allclose(exact_marginals(HARD), expected, atol=1e-12)
    np.testing.assert_allclose(
        mcsat_marginals(HARD, n_samples=300).chances, expected, atol=0.05
    )
    assert expected[[0, 4, 6]].tolist() == [1, 0, 1]


@pytest.mark.parametrize("query", [["s"], ["r"], ["q"], ["s", "q"]])
def test_marginals_by_enumeration(query):
    expected = marginals_by_worlds(CLAUSES, DB, query)
    found = mcsat_marginals(ground(CLAUSES, DB, query), n_samples=250).chances
    np.testing.assert_allclose(found, expected, atol=0.07)
    assert np.abs(found - expected).mean() < 0.035


@pytest.mark.parametrize("weight", [1.0, 3.0, 6.0, 12.0, np.inf])
def test_strong_rules_do_not_hold_it(weight):
    """Neighbors on a ring of three are alike; a bias says which way."""
    predicates, clauses = parse_mln(
        "r(p, p)\ns(p)\n1 !r(x, y) v !s(x) v s(y)\n0.2 s(x)"
    )
    clauses[0] = clauses[0].with_weight(weight)
    db = parse_db("r(Anna, Bob)\nr(Bob, Carl)\nr(Carl, Anna)", predicates)
    network = ground(clauses, db, ["s"])
    worlds, chances = chances_of_worlds(network)
    found = mcsat_marginals(network, n_samples=250).chances
    np.testing.assert_allclose(found, chances @ worlds, atol=0.05)


def test_gibbs_is_stuck_where_mcsat_moves():
    predicates, clauses = parse_mln("r(p, p)\ns(p)\n9 !r(x, y) v !s(x) v s(y)")
    db = parse_db("r(Anna, Bob)\nr(Bob, Carl)\nr(Carl, Anna)", predicates)
    network = ground(clauses, db, ["s"])
    np.testing.assert_allclose(
        marginals_by_worlds(clauses, db, ["s"]), 0.5, atol=1e-3
    )
    for seed in range(3):
        stuck = gibbs_marginals(
            network, n_chains=1, n_sweeps=500, random_state=seed
        ).chances
        assert np.abs(stuck - 0.5).min() > 0.4
        moving = mcsat_marginals(
            network, n_samples=100, random_state=seed
        ).chances
        assert np.abs(moving - 0.5).max() < 0.08


def test_same_seed_same_worlds():
    network = ground(CLAUSES, DB, ["r"])
    first, again, other = (
        mcsat_marginals(network, 5, 20, random_state=s).chances for s in (3, 3, 4)
    )
    np.testing.assert_array_equal(first, again)
    assert (first != other).any()


def test_burn_in_is_left_out():
    """Eight worlds by hand: all of them count without burn-in, only the last four after four."""
    network = network_of(
        (0.5, {0: True}), (0.5, {1: True}), (-0.3, {0: True, 1: True})
    )
    late = mcsat_marginals(network, 1, n_samples=4, n_burn=4).chances
    both = mcsat_marginals(network, 1, n_samples=8, n_burn=0).chances
    rng = np.random.default_rng(0)
    state = first_world(network, rng, 10_000)
    seen = []
    for _ in range(8):
        kept, fixed = draw_slice(network, state, rng)
        fixed = propagate_units(
            network.literals[kept], network.signs[kept], state, fixed
        )
        state = sample_sat(
            network.literals[kept], network.signs[kept], state, fixed, rng
        )
        seen.append(state[:-1])
    np.testing.assert_allclose(both, np.mean(seen, axis=0))
    np.testing.assert_allclose(late, np.mean(seen[4:], axis=0))


def test_no_world_keeps_contradictions():
    against = network_of((np.inf, {0: True}), (-np.inf, {0: True}))
    with pytest.raises(
        ValueError, match="no world that keeps all hard clauses was found in 500"
    ):
        mcsat_marginals(against, max_flips=500)
    with pytest.raises(ValueError, match="no world keeps all hard clauses"):
        exact_marginals(against)


def test_a_failed_search_is_told():
    chain = [(20.0, {i: False, i + 1: True}) for i in range(11)]
    with pytest.warns(
        ConvergenceWarning, match="SampleSAT found no world for .* of 300 slices"
    ):
        mcsat_marginals(network_of(*chain), n_samples=20, n_burn=10, max_flips=1)


@pytest.mark.parametrize(
    "option",
    [{"n_samples": 3}, {"n_chains": 0}, {"n_burn": -1}, {"max_flips": 0}],
)
def test_bad_numbers(option):
    with pytest.raises(ValueError, match="must be a whole number of at least"):
        mcsat_marginals(HARD, **option)


def test_through_the_network():
    network = MarkovLogicNetwork(DB.predicates, CLAUSES)
    found = network.marginals(DB, ["q"], "mc-sat", n_samples=20)["q"]
    assert found.shape == DB.shape("q")
    ruled = MarkovLogicNetwork(
        DB.predicates, [Clause(CLAUSES[7].literals, np.inf)]
    )
    assert (ruled.marginals(DB, ["s"], "mc-sat", n_samples=5)["s"] == 1).all()
