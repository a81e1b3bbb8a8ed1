"""Diagnosis of chains: by hand, on chains of known correlation, and no silent error."""

import numpy as np
import pytest
from sklearn.exceptions import ConvergenceWarning

from benchmarks.inference import METHODS, answer, random_network
from tlbook.relation import MarkovLogicNetwork, parse_db, parse_mln
from tlbook.relation.logic.chains import Halves, diagnose


def test_by_hand():
    """Half chains of 11 worlds with shares 0 and 1, 0.5 and 0.5, and 0 and 0."""
    r_hat, ess = diagnose(
        np.array([[0.0, 1.0], [0.5, 0.5], [0.0, 0.0], [0.4, 0.6]]), 11
    )
    # the last: W (h - 1)/h = .24, B = .02
    assert r_hat.tolist() == [
        np.inf,
        1,
        1,
        pytest.approx(np.sqrt(0.26 / (0.24 * 1.1))),
    ]
    assert ess.tolist() == [2, 22, 22, 22]
    assert diagnose(np.array([[0.2, 0.8]]), 1000)[1][0] == pytest.approx(
        2 * 0.34 / 0.18
    )


@pytest.mark.parametrize("stay", [0.0, 0.5, 0.9])
def test_effective_sample_size_of_a_lazy_chain(stay):
    """A coin that is tossed with probability 1 - s: N worlds are worth N (1 - s)/(1 + s)."""
    rng, n_chains, n_worlds = np.random.default_rng(0), 200, 1000
    world = rng.random((20, n_chains)) < 0.5
    halves = Halves(20, n_chains, n_worlds)
    for step in range(n_worlds):
        fresh = rng.random(world.shape) < 0.5
        world = np.where(rng.random(world.shape) < stay, world, fresh)
        halves.add(step, world)
    found = halves.judge(np.full(20, 0.5), "coins")
    expected = n_chains * n_worlds * (1 - stay) / (1 + stay)
    assert np.mean(found.ess) == pytest.approx(expected, rel=0.1)
    assert found.r_hat.max() < 1.1


def test_halves_leave_out_the_middle():
    halves = Halves(1, 1, 5)
    for step, value in enumerate([1, 1, 1, 0, 1]):
        halves.add(step, np.array([[bool(value)]]))
    assert halves.counts.ravel().tolist() == [2, 1]


def test_chains_that_disagree_are_named():
    predicates, clauses = parse_mln("s(p)\nr(p, p)\n6 r(x, y) ^ s(x) => s(y)")
    pairs = [(i, (i + 1) % 8) for i in range(8)]
    facts = "\n".join(f"r(P{i}, P{j})\nr(P{j}, P{i})" for i, j in pairs)
    db, network = (
        parse_db(facts, predicates),
        MarkovLogicNetwork(predicates, clauses),
    )
    with pytest.warns(
        ConvergenceWarning, match=r"gibbs is not .* 8 of 8 atoms; 50 chains"
    ):
        network.marginals(db, ["s"], "gibbs")
    assert network.sampled_.r_hat.max() > 1.1
    network.marginals(db, ["s"])
    assert network.sampled_ is None


@pytest.mark.parametrize("method", METHODS)
def test_no_silent_error(method):
    """The benchmark `inference` asks all 200; here is a part of them."""
    for seed in range(0, 200, 25):
        error, warned = answer(method, random_network(seed))
        assert warned or error < 0.1


def test_warnings_are_no_habit():
    """Weak networks get no warning, and are right."""
    for seed in range(5):
        network = random_network(seed, scale=0.3)
        for method in METHODS:
            error, warned = answer(method, network)
            assert not warned
            assert error < 0.05
