"""Belief propagation: messages by summing over fellows, trees against all worlds, one ring."""

import itertools
import warnings

import numpy as np
import pytest
from sklearn.exceptions import ConvergenceWarning
from test_gibbs import marginals_by_hand, random_network

from tlbook.relation.logic.ground_network import GroundNetwork
from tlbook.relation.logic.propagation import Messages, belief_propagation


def random_tree(seed, n_clauses=5):
    """Return a network in which each clause shares one atom with those before it."""
    rng = np.random.default_rng(seed)
    n, rows = 1, []
    for _ in range(n_clauses):
        new = int(rng.integers(1, 3))
        rows.append([int(rng.integers(n)), *range(n, n + new)])
        n += new
    rows += [[atom] for atom in range(n)]
    literals = np.full((len(rows), 3), n)
    for row, atoms in zip(literals, rows):
        row[: len(atoms)] = atoms
    signs = rng.random(literals.shape) < 0.5
    return GroundNetwork(
        list(range(n)), literals, signs, rng.normal(0, 2, len(rows))
    )


@pytest.mark.parametrize("seed", range(12))
def test_exact_on_random_trees_and_sure_of_it(seed):
    network = random_tree(seed)
    with warnings.catch_warnings():
        warnings.simplefilter("error", ConvergenceWarning)
        found = belief_propagation(network)
    np.testing.assert_allclose(found, marginals_by_hand(network), atol=1e-7)


@pytest.mark.parametrize(
    "signs", list(itertools.product([True, False], repeat=3))
)
def test_a_message_sums_over_the_states_of_the_fellows(signs):
    """One clause of three; unit clauses of three other weights are the cavities."""
    cavities, weight = np.array([0.4, -1.2, 2.1]), 1.7
    network = GroundNetwork(
        [0, 1, 2],
        np.array([[0, 1, 2], [0, 3, 3], [1, 3, 3], [2, 3, 3]]),
        np.array([signs, *[[True] * 3] * 3]),
        np.append(weight, cavities),
    )
    passing = Messages(network)
    [told] = passing.round(np.zeros(passing.ids.shape))
    [ids] = passing.ids
    for atom in range(3):
        odds = [0.0, 0.0]
        for world in itertools.product((False, True), repeat=3):
            prior = np.prod(
                [
                    np.exp(c * v)
                    for i, (c, v) in enumerate(zip(cavities, world))
                    if i != atom
                ]
            )
            satisfied = any(v == s for v, s in zip(world, signs))
            odds[world[atom]] += prior * np.exp(weight * satisfied)
        place = list(ids).index(passing.atoms[atom])
        assert told[place] == pytest.approx(np.log(odds[1] / odds[0]))


def ring(n, weight):
    """Return n atoms, each of which implies the next, around."""
    atoms = np.arange(n)
    links = np.column_stack([atoms, np.roll(atoms, -1)])
    signs = np.tile([False, True], (n, 1))
    return GroundNetwork(list(range(n)), links, signs, np.full(n, float(weight)))


@pytest.mark.parametrize("weight", [0.5, 2.0, 4.0])
def test_what_a_ring_leaves_of_a_change(weight):
    """All messages forward are one number m, and it answers to itself.

    With u = 1 / (1 + exp(-m)), the new m is -log(1 - u + u exp(-w)); its slope
    at the fixed point is u (1 - u) (1 - exp(-w)) / (1 - u + u exp(-w)).
    """
    m = 0.0
    for _ in range(200):
        u = 1 / (1 + np.exp(-m))
        m = -np.log(1 - u + u * np.exp(-weight))
    u = 1 / (1 + np.exp(-m))
    slope = u * (1 - u) * (1 - np.exp(-weight)) / (1 - u + u * np.exp(-weight))
    passing = Messages(ring(5, weight))
    messages = np.zeros(passing.ids.shape)
    for _ in range(200):
        messages = passing.round(messages)
    np.testing.assert_allclose(np.abs(messages), m, atol=1e-9)
    assert passing.contraction(messages) == pytest.approx(slope, rel=1e-2)


def test_a_strong_ring_is_doubted_and_a_weak_one_is_not():
    with warnings.catch_warnings():
        warnings.simplefilter("error", ConvergenceWarning)
        np.testing.assert_allclose(belief_propagation(ring(5, 0.5)), 0.5)
    with pytest.warns(ConvergenceWarning, match="settled where loops are strong"):
        np.testing.assert_allclose(belief_propagation(ring(5, 4.0)), 0.5)


def test_wrong_answers_on_random_networks_come_with_a_warning():
    wrong = 0
    for seed in range(300, 500):
        network = random_network(seed, n=7, m=16, scale=2.0)
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always", ConvergenceWarning)
            found = belief_propagation(network)
        error = np.abs(found - marginals_by_hand(network)).max()
        assert error < 0.1 or caught, seed
        wrong += error > 0.1
    assert wrong > 3  # or there was nothing to warn of
