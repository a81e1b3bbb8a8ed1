"""Belief propagation: messages by summing over fellows, trees against all worlds, one ring."""

import itertools
import sys
import warnings
from pathlib import Path

import numpy as np
import pytest
from scipy.special import expit, logit
from sklearn.exceptions import ConvergenceWarning
from test_colors import plain_propagation
from test_gibbs import marginals_by_hand, random_network

from tlbook.relation.logic.ground_network import GroundNetwork
from tlbook.relation.logic.propagation import (
    MOST_CLAMPED,
    Messages,
    belief_propagation,
)

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from benchmarks import inference


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


def clamped(network, atom, value):
    """Return the network with a rule that no other can outweigh: the atom is true, or false."""
    n, k = len(network.atoms), network.literals.shape[1]
    return GroundNetwork(
        network.atoms,
        np.vstack([network.literals, [atom] + [n] * (k - 1)]),
        np.vstack([network.signs, [value] + [True] * (k - 1)]),
        np.append(network.weights, 300.0),
    )


def disagreement_by_hand(network):
    """Return what Bayes' rule makes of the plain messages of clamped networks, pair by pair."""
    n = len(network.atoms)
    alone = plain_propagation(network, 150, 0.3)
    given = {
        (b, v): plain_propagation(clamped(network, b, v), 150, 0.3)
        for b in range(n)
        for v in (True, False)
    }
    found = []
    for a, b in itertools.permutations(range(n), 2):
        gap = 0.0
        for v in (True, False):
            # P(a = v), and the same if b is true, if b is false
            chance, if_true, if_false = (
                p[a] if v else 1 - p[a]
                for p in (alone, given[b, True], given[b, False])
            )
            odds = logit(given[a, v][b]) + np.log(if_false / if_true)
            gap += chance * abs(expit(odds) - alone[b])
        found.append(gap)
    return max(found)


@pytest.mark.parametrize("seed", range(6))
def test_bayes_rule_on_plain_messages(seed):
    network = random_network(seed, n=4, m=7, scale=1.5)
    passing = Messages(network)
    assert passing.clampable
    messages, _ = passing.settle(np.zeros(passing.ids.shape), 200, 0.3, 1e-9)
    found = passing.disagreement(messages, 0.3)
    assert found == pytest.approx(disagreement_by_hand(network), abs=1e-3)


@pytest.mark.parametrize("seed", range(12))
def test_bayes_rule_agrees_on_a_tree(seed):
    passing = Messages(random_tree(seed))
    messages, _ = passing.settle(np.zeros(passing.ids.shape), 200, 0.3, 1e-9)
    assert passing.disagreement(messages, 0.3) < 1e-3


def test_the_loops_judge_where_atoms_are_alike_or_too_many():
    """On both rings most of a change is left; where atoms can be clamped this is no matter."""
    rng = np.random.default_rng(0)

    def unlike(n):
        whole = ring(n, 4.0)
        return GroundNetwork(
            whole.atoms, whole.literals, whole.signs, rng.uniform(3, 4, n)
        )

    assert not Messages(ring(5, 4.0)).clampable
    assert Messages(unlike(MOST_CLAMPED)).clampable
    many = unlike(MOST_CLAMPED + 1)
    assert not Messages(many).clampable
    with pytest.warns(ConvergenceWarning, match="settled where loops are strong"):
        belief_propagation(many)


def judged(networks):
    """Return the worst errors, and the warnings, of belief propagation."""
    rows = []
    for network in networks:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always", ConvergenceWarning)
            found = belief_propagation(network)
        error = np.abs(found - marginals_by_hand(network)).max()
        rows.append((error, " ".join(str(one.message) for one in caught)))
    error, words = zip(*rows)
    return np.array(error), np.array(words)


def test_wrong_answers_come_with_a_warning_and_most_good_ones_without():
    error, words = judged(
        random_network(seed, n=7, m=16, scale=2.0) for seed in range(300, 500)
    )
    wrong = error > 0.1
    assert np.all(words[wrong] != "")
    assert np.sum(wrong) > 3  # or there was nothing to warn of
    assert np.mean(words[~wrong] != "") < 0.4


def test_a_wrong_answer_where_little_of_a_change_is_left():
    """The one of 1,500 networks of the benchmark that a bound on what is left let pass."""
    network = inference.random_network(229)
    passing = Messages(network)
    messages, _ = passing.settle(np.zeros(passing.ids.shape), 200, 0.3, 1e-9)
    assert passing.contraction(messages) < 0.25
    [error], [words] = judged([network])
    assert error > 0.1
    assert "contradicts itself" in words
