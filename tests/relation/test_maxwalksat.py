"""MaxWalkSAT against the enumeration of all worlds."""

import numpy as np
import pytest
from test_mcsat import HARD, chances_of_worlds, keeps, network_of

from benchmarks.inference import random_network
from tlbook.relation import MarkovLogicNetwork, parse_db, parse_mln
from tlbook.relation.logic.maxwalksat import Bag, max_walk_sat


@pytest.mark.parametrize("seed", range(12))
def test_the_most_probable_of_all_worlds(seed):
    network = random_network(seed)
    worlds, chances = chances_of_worlds(network)
    found, cost = max_walk_sat(network, n_tries=5, n_flips=500)
    assert chances[(worlds == found).all(axis=1)][0] == pytest.approx(
        chances.max()
    )
    kept = network.weights @ np.array(keeps(network, found))
    # (10)
    assert kept == pytest.approx(np.maximum(network.weights, 0).sum() - cost)


def test_hard_clauses_are_kept():
    worlds, chances = chances_of_worlds(HARD)
    found, _ = max_walk_sat(HARD)
    assert chances[(worlds == found).all(axis=1)][0] == pytest.approx(
        chances.max()
    )
    impossible = network_of((np.inf, {0: True}), (np.inf, {0: False}))
    with pytest.raises(ValueError, match="no world that keeps all hard clauses"):
        max_walk_sat(impossible)


def test_the_cost_is_that_of_the_broken_clauses():
    """1.5 against 1 for atom 0, and a negative weight that is broken by being true."""
    network = network_of(
        (1.5, {0: True}), (1.0, {0: False}), (-2.0, {0: False, 1: True})
    )
    found, cost = max_walk_sat(network)
    assert (found.tolist(), cost) == ([True, False], 1.0)


def test_functional_predicates_get_one_value():
    predicates, clauses = parse_mln(
        "grade = {A, B, C}\nhas(p, grade!)\n1 has(x, B)\n2 has(x, C)"
    )
    db = parse_db("?has(Ann, A)\n?has(Ann, B)\n?has(Ann, C)", predicates)
    network = MarkovLogicNetwork(predicates, clauses)
    assert network.most_probable(db)["has"].tolist() == [[0, 0, 1]]


def test_a_bag_is_a_set():
    rng, bag, rows = np.random.default_rng(0), Bag(np.array([1, 4]), 6), {1, 4}
    for _ in range(200):
        row, inside = int(rng.integers(6)), rng.random() < 0.5
        bag.put(row, inside)
        (rows.add if inside else rows.discard)(row)
        assert sorted(bag.rows) == sorted(rows)
        assert len(bag) == len(rows)
