"""Gibbs sampling against the sum over all worlds, on random networks."""

import itertools
import warnings
from dataclasses import replace

import numpy as np
import pytest
from sklearn.exceptions import ConvergenceWarning

from tlbook.relation.logic.gibbs import Worlds, gibbs_marginals
from tlbook.relation.logic.ground_network import GroundNetwork


def random_network(seed, n=6, m=10, scale=1.0, exclusive=()):
    """Return a network of n atoms in m clauses of one to three literals."""
    rng = np.random.default_rng(seed)
    literals, signs = np.full((m, 3), n), rng.random((m, 3)) < 0.5
    for row in range(m):
        size = rng.integers(1, 4)
        literals[row, :size] = rng.choice(n, size, replace=False)
    weights = rng.normal(0, scale, m)
    return GroundNetwork(list(range(n)), literals, signs, weights, exclusive)


def log_weight(network, world):
    """Return the sum of the weights of the clauses that a world makes true."""
    return sum(
        weight
        for atoms, signs, weight in zip(
            network.literals.tolist(), network.signs.tolist(), network.weights
        )
        if any(
            world[atom] == sign
            for atom, sign in zip(atoms, signs)
            if atom < len(world)
        )
    )


def marginals_by_hand(network):
    """Return P(atom) by visiting all worlds in which each group has one true atom."""
    total, sums = 0.0, 0.0
    for world in itertools.product((False, True), repeat=len(network.atoms)):
        world = np.array(world)
        if all(world[group].sum() == 1 for group in network.exclusive):
            weight = np.exp(log_weight(network, world))
            total, sums = total + weight, sums + weight * world
    return sums / total


@pytest.mark.parametrize("seed", range(8))
def test_the_field_is_the_log_odds_of_an_atom(seed):
    network, rng = random_network(seed), np.random.default_rng(seed)
    state = rng.random((6, 5)) < 0.5
    worlds = Worlds(network, state.copy())
    for _ in range(30):
        atom, values = rng.integers(6), rng.random(5) < 0.5
        for chain in range(5):
            with_atom, without = state[:, chain].copy(), state[:, chain].copy()
            with_atom[atom], without[atom] = True, False
            expected = log_weight(network, with_atom) - log_weight(
                network, without
            )
            assert worlds.field(atom)[chain] == pytest.approx(expected, abs=1e-9)
        worlds.set(atom, values)
        state[atom] = values
        np.testing.assert_array_equal(worlds.state, state)


@pytest.mark.parametrize("seed", range(100, 106))
def test_random_networks(seed):
    network = random_network(seed)
    found = gibbs_marginals(network, n_chains=100, n_sweeps=400)
    np.testing.assert_allclose(
        found.chances, marginals_by_hand(network), atol=0.02
    )


@pytest.mark.parametrize("seed", range(200, 206))
def test_random_networks_with_functional_groups(seed):
    groups = (np.array([0, 3]), np.array([1, 2, 5]))
    network = random_network(seed, exclusive=groups)
    found = gibbs_marginals(network, n_chains=100, n_sweeps=400).chances
    np.testing.assert_allclose(found, marginals_by_hand(network), atol=0.02)
    for group in groups:
        assert found[group].sum() == pytest.approx(1)


def test_atoms_on_their_own_are_exact():
    """Chances are averaged, not tosses: without neighbors nothing is left to luck."""
    weights = np.array([0.3, -2.0, 1.1])
    network = GroundNetwork(
        list(range(3)), np.arange(3)[:, None], np.ones((3, 1), bool), weights
    )
    found = gibbs_marginals(network, n_chains=4, n_sweeps=200)
    np.testing.assert_allclose(found.chances, 1 / (1 + np.exp(-weights)))
    group = replace(network, exclusive=(np.arange(3),))
    found = gibbs_marginals(group, n_chains=4, n_sweeps=200)
    np.testing.assert_allclose(
        found.chances, np.exp(weights) / np.exp(weights).sum()
    )


def test_sweeps_before_the_average_do_not_count():
    network = random_network(1)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        found = gibbs_marginals(network, n_chains=3, n_sweeps=20, n_burn=7)
    assert (found.n_chains, found.n_worlds) == (3, 20)
    again = gibbs_marginals(network, 50, 100, random_state=3).chances
    np.testing.assert_array_equal(
        again, gibbs_marginals(network, 50, 100, random_state=3).chances
    )
    assert (
        again != gibbs_marginals(network, 50, 100, random_state=4).chances
    ).any()


def test_burning_in_forgets_the_start():
    """A long chain of strong links: the start is half true, the answer is not."""
    n = 12
    links = np.column_stack([np.arange(n - 1), np.arange(1, n)])
    literals = np.concatenate([[[0, n]], links])
    signs = np.concatenate([[[True, True]], np.tile([False, True], (n - 1, 1))])
    weights = np.append(6.0, np.full(n - 1, 3.0))
    network = GroundNetwork(list(range(n)), literals, signs, weights)
    expected = marginals_by_hand(network)[-1]
    errors = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        for n_burn in (0, 100):
            found = gibbs_marginals(network, 1000, 4, n_burn)
            errors.append(abs(found.chances[-1] - expected))
    assert errors[1] < 0.02 < errors[0]


def test_two_worlds_that_are_never_left_are_told():
    """Two atoms that must be equal: each chain stays where it began."""
    network = GroundNetwork(
        [0, 1],
        np.array([[0, 1], [0, 1]]),
        np.array([[True, False], [False, True]]),
        np.array([12.0, 12.0]),
    )
    with pytest.warns(
        ConvergenceWarning, match="gibbs is not to be trusted on 2"
    ):
        gibbs_marginals(network)
