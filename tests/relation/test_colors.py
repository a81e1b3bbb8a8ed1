"""Counting belief propagation: classes by hand, messages against a plain loop over all edges."""

from collections import Counter

import numpy as np
import pytest
from worlds import every_clause, small_world

from tlbook.relation import parse_db, parse_mln
from tlbook.relation.logic.colors import (
    atom_colors,
    clause_colors,
    color_passing,
    mixed,
)
from tlbook.relation.logic.ground_network import GroundNetwork
from tlbook.relation.logic.grounding import LazyNetwork, ground
from tlbook.relation.logic.propagation import belief_propagation

CLAUSES, DB = small_world()


def classes(colors):
    """Number the colors by first appearance."""
    return [
        list(dict.fromkeys(colors.tolist())).index(color)
        for color in colors.tolist()
    ]


def plain_propagation(network, n_iter, damping):
    """Send the message of every literal of every ground clause, one by one."""
    n = len(network.atoms)
    clauses = [
        {int(a): bool(s) for a, s in zip(ids, signs) if a < n}
        for ids, signs in zip(network.literals, network.signs)
    ]
    messages = {
        (c, atom): 0.0 for c, clause in enumerate(clauses) for atom in clause
    }

    def field(atom):
        return sum(m for (_, a), m in messages.items() if a == atom)

    for _ in range(n_iter):
        fields = {atom: field(atom) for atom in range(n)}
        fresh = {}
        for c, atom in messages:
            false = 1.0  # the chance that all fellows are false
            for other, positive in clauses[c].items():
                if other != atom:
                    true = 1 / (1 + np.exp(-(fields[other] - messages[c, other])))
                    false *= 1 - true if positive else true
            pull = -np.log(1 - false + false * np.exp(-network.weights[c]))
            fresh[c, atom] = pull if clauses[c][atom] else -pull
        for edge in messages:
            c, atom = edge
            old = 0.0 if len(clauses[c]) == 1 else damping * messages[edge]
            messages[edge] = (
                old + (1.0 if len(clauses[c]) == 1 else 1 - damping) * fresh[edge]
            )
    return np.array([1 / (1 + np.exp(-field(atom))) for atom in range(n)])


@pytest.mark.parametrize("query", [["s"], ["r"], ["q"], ["s", "r"]])
def test_messages_on_classes_are_those_on_atoms(query):
    network = ground(CLAUSES, DB, query)
    expected = plain_propagation(network, 400, 0.5)
    found = belief_propagation(network, n_iter=400, damping=0.5)
    np.testing.assert_allclose(found, expected, atol=1e-7)


def test_classes_by_hand():
    """Two equal pairs; the mark on A3 is felt by B3."""
    predicates, clauses = parse_mln(
        "s(p)\nr(p, p)\nt(p)\n0.8 !r(x, y) v !s(x) v s(y)\n0.3 s(x)\n-0.7 t(x) v !s(x)"
    )
    db = parse_db("r(A1, B1)\nr(A2, B2)\nr(A3, B3)\nt(A3)", predicates)
    assert db.constants["p"] == ["A1", "A2", "A3", "B1", "B2", "B3"]
    atoms, _ = color_passing(ground(clauses, db, ["s"]))
    assert classes(atoms) == [0, 0, 1, 2, 2, 3]


def test_equal_worlds_share_their_classes():
    """Fifty copies of a pair make two classes of atoms and a few of clauses."""
    predicates, clauses = parse_mln(
        "s(p)\nr(p, p)\n0.8 !r(x, y) v !s(x) v s(y)\n0.3 s(x)"
    )
    facts = "\n".join(f"r(A{i}, B{i})" for i in range(50))
    db = parse_db(facts, predicates)
    network = ground(clauses, db, ["s"])
    atoms, rules = color_passing(network)
    assert len(set(atoms.tolist())) == 2
    assert sorted(rules.counts.tolist()) == [
        50,
        50,
        50,
    ]  # the pair, and one unit clause for each of its atoms
    np.testing.assert_allclose(
        belief_propagation(network),
        plain_propagation(network, 200, 0.3),
        atol=1e-7,
    )


def test_the_partition_is_stable():
    """Atoms of one class stand in equally many clauses of each class, with each sign."""
    network = ground(CLAUSES, DB, ["r", "s"])
    atoms, classes = color_passing(network)
    padded = np.append(atoms, np.uint64(1))
    clauses = clause_colors(next(network.blocks()), padded)
    assert dict(zip(classes.colors.tolist(), classes.counts.tolist())) == Counter(
        clauses.tolist()
    )
    for color in set(atoms.tolist()):
        counts = []
        for atom in np.flatnonzero(atoms == color):
            rows, places = np.nonzero(network.literals == atom)
            kinds = zip(
                clauses[rows].tolist(), network.signs[rows, places].tolist()
            )
            counts.append(sorted(kinds))
        assert all(count == counts[0] for count in counts)
    for color in set(clauses.tolist()):
        rows = np.flatnonzero(clauses == color)
        kinds = [
            sorted(
                zip(
                    padded[network.literals[row]].tolist(),
                    network.signs[row].tolist(),
                )
            )
            for row in rows
        ]
        assert all(kind == kinds[0] for kind in kinds)
        assert len(set(network.weights[rows].tolist())) == 1


@pytest.mark.parametrize("part", ["sign", "weight", "fellow"])
def test_what_tells_two_atoms_apart(part):
    """Two atoms in one clause each: another sign, weight or fellow makes them unlike."""
    literals = np.array([[0, 2], [1, 3], [3, 4]])
    signs = np.array([[True, True], [True, True], [False, True]])
    weights = np.array([1.0, 1.0, 0.5])
    like = GroundNetwork(list("abcd"), literals[:2], signs[:2], weights[:2])
    assert classes(color_passing(like)[0]) == [0, 0, 0, 0]
    if part == "sign":
        signs = np.array([[True, True], [False, True]])
        network = GroundNetwork(list("abcd"), literals[:2], signs, weights[:2])
    elif part == "weight":
        network = GroundNetwork(
            list("abcd"), literals[:2], signs[:2], np.array([1.0, 2.0])
        )
    else:
        network = GroundNetwork(list("abcd"), literals, signs, weights)
    found = color_passing(network)[0]
    assert found[0] != found[1]


def test_order_of_literals_does_not_matter():
    first = GroundNetwork(
        [0, 1], np.array([[0, 1], [1, 0]]), np.ones((2, 2), bool), np.ones(2)
    )
    atoms, clauses = color_passing(first)
    assert len(set(atoms.tolist())) == len(clauses.counts) == 1
    assert clauses.counts.tolist() == [2]


def test_the_padding_keeps_its_color():
    network = ground(CLAUSES, DB, ["r", "s"])
    color = np.arange(len(network.atoms) + 1, dtype=np.uint64)
    assert atom_colors(network, color)[-1] == color[-1]


def test_hashes_spread():
    hashed = mixed(np.arange(100_000, dtype=np.uint64))
    assert len(np.unique(hashed)) == 100_000
    bits = (hashed[:, None] >> np.arange(64, dtype=np.uint64)) & np.uint64(1)
    assert np.abs(bits.mean(axis=0) - 0.5).max() < 0.01


def test_a_network_without_clauses():
    network = GroundNetwork(
        ["a", "b"], np.empty((0, 1), int), np.empty((0, 1), bool), np.empty(0)
    )
    atoms, clauses = color_passing(network)
    assert len(set(atoms.tolist())) == 1
    assert len(clauses.counts) == 0
    np.testing.assert_allclose(belief_propagation(network), 0.5)


def test_blocks_change_nothing(monkeypatch):
    """Few rows at a time, stored or made anew: the same classes and the same beliefs."""
    whole = every_clause(CLAUSES, DB, ["r", "s"])
    expected = belief_propagation(whole, n_iter=400, damping=0.5)
    monkeypatch.setattr("tlbook.relation.logic.bindings.BLOCK", 7)
    lazy = LazyNetwork(CLAUSES, DB, ["r", "s"])
    assert max(len(block[2]) for block in lazy.blocks()) <= 7
    for network in (whole, lazy):
        found = belief_propagation(network, n_iter=400, damping=0.5)
        np.testing.assert_allclose(found, expected, atol=1e-12)
    again = every_clause(CLAUSES, DB, ["r", "s"])
    for part in ("literals", "signs", "weights"):
        np.testing.assert_array_equal(getattr(again, part), getattr(whole, part))
