"""Learning with functional predicates: blocks against all worlds that give each one value."""

import numpy as np
import pytest
from scipy.special import logsumexp, softmax
from worlds import true_groundings

from tlbook.relation import (
    Clause,
    MarkovLogicNetwork,
    learn_structure,
    parse_db,
    parse_mln,
)
from tlbook.relation.logic.functional import blocks_of, value_counts
from tlbook.relation.logic.learning import Blankets, free_atoms

MLN = """
hue = {Red, Green, Blue}
color(cell, hue!)
at(cell!, hue!, time)
king(cell!)
next(cell, cell)
dark
1.1 color(x, Red) v next(x, x)
0.6 next(x, y) ^ color(x, c) => color(y, c)
-0.8 !next(x, y) v !color(x, Red) v color(y, Green)
0.3 color(x, c) v color(y, d) v next(x, y)
0.7 color(x, c) ^ color(x, d) => dark v next(x, x)
-0.4 color(x, c) ^ color(y, d) => color(x, d) v next(x, y)
0.9 color(x, c) => EXIST y (next(x, y) ^ color(y, c))
-1.2 at(x, c, t) => color(x, c)
0.5 at(x, c, t) v !at(y, c, u) v dark
0.4 king(x) ^ next(x, y) => !king(y)
-0.7 king(A) ^ color(A, Blue) => dark
0.2 color(x, c) v color(x, c) v dark
"""
DB = """
color(A, Red)
color(B, Green)
color(C, Red)
at(A, Blue, 1)
at(C, Red, 2)
king(B)
next(A, B)
next(B, C)
next(C, C)
next(A, A)
"""
PREDICATES, CLAUSES = parse_mln(MLN)
DATA = parse_db(DB, PREDICATES)
FUNCTIONAL = ["color", "at", "king"]


def world(db, name, atoms, value=None):
    """Return the database in which a block has a value, or none."""
    table = db.table(name).ravel().copy()
    table[atoms] = 0
    if value is not None:
        table[value] = 1
    return db.with_facts(name, table.reshape(db.shape(name)))


def log_block(clauses, db, name, block):
    """Return the log-weight of each value of a block, by counting groundings."""
    return [
        sum(
            c.weight * true_groundings(c, world(db, name, block, v))
            for c in clauses
        )
        for v in block
    ]


@pytest.mark.parametrize("name", FUNCTIONAL)
@pytest.mark.parametrize("clause", CLAUSES, ids=str)
def test_what_a_value_adds_to_a_block_without_one(clause, name):
    found = value_counts(clause, DATA, name).ravel()
    for block in blocks_of(DATA, name)[0]:
        empty = true_groundings(clause, world(DATA, name, block))
        for v in block:
            there = true_groundings(clause, world(DATA, name, block, v))
            assert found[v] == there - empty


def test_the_blocks():
    """at(cell!, hue!, time): one cell and hue for each time."""
    atoms, values = blocks_of(DATA, "at")
    assert atoms.shape == (2, 9)
    assert [
        DATA.table("at").ravel()[row[v]] for row, v in zip(atoms, values)
    ] == [1, 1]
    assert blocks_of(DATA, "king")[0].shape == (1, 3)


@pytest.mark.parametrize("scale", [np.inf, 2.0])
def test_the_pseudo_likelihood_and_its_gradient(scale):
    blankets = Blankets(CLAUSES, [DATA, DATA])
    weights = np.array([c.weight for c in CLAUSES])
    expected = -np.sum(blankets.units * weights**2) / 2 / scale**2
    for name in PREDICATES:
        size = DATA.table(name).size
        if name in FUNCTIONAL:
            blocks, values = blocks_of(DATA, name)
        else:  # an atom is a block of its own, true or false
            blocks = np.arange(size)[:, None]
        for i, block in enumerate(blocks):
            logs = log_block(CLAUSES, DATA, name, block)
            if name in FUNCTIONAL:
                chosen = logs[values[i]]
            else:
                false = world(DATA, name, block)
                logs += [
                    sum(c.weight * true_groundings(c, false) for c in CLAUSES)
                ]
                chosen = logs[1 - int(DATA.table(name).ravel()[block[0]])]
            expected += (chosen - logsumexp(logs)) / len(blocks)
    value, gradient = blankets.wpll(weights, scale)
    assert value == pytest.approx(expected, abs=1e-9)
    for i in range(len(weights)):
        step = 1e-5 * np.eye(len(weights))[i]
        up, down = (
            blankets.wpll(w, scale)[0] for w in (weights + step, weights - step)
        )
        assert gradient[i] == pytest.approx((up - down) / 2e-5, abs=1e-7)


@pytest.mark.parametrize("block", range(3))
def test_a_block_given_the_rest_is_what_exact_inference_says(block):
    """Exact inference sums over the worlds in which the cell has one color."""
    hidden = DATA.hidden("color", np.arange(3)[:, None] == block)
    plain = [c for c in CLAUSES if "EXIST" not in str(c)]
    found = MarkovLogicNetwork(PREDICATES, plain).marginals(hidden)["color"][
        block
    ]
    said = sum(c.weight * value_counts(c, DATA, "color") for c in plain)
    np.testing.assert_allclose(softmax(said[block]), found, atol=1e-12)


def test_shares_are_learned():
    """A weight for each value learns how many blocks have it."""
    predicates, clauses = parse_mln("topic(page, sub!)\n0 topic(p, +s)")
    topics = ["Art"] * 5 + ["Law"] * 3 + ["War"] * 2
    db = parse_db(
        "\n".join(f"topic(P{i}, {t})" for i, t in enumerate(topics)), predicates
    )
    network = MarkovLogicNetwork(predicates, clauses).fit(db, prior_scale=np.inf)
    weights = [c.weight for c in network.clauses]
    np.testing.assert_allclose(softmax(weights), [0.5, 0.3, 0.2], atol=1e-5)
    found = network.marginals(
        parse_db("?topic(Q, Art)\n?topic(Q, Law)\n?topic(Q, War)", predicates)
    )
    np.testing.assert_allclose(found["topic"], [[0.5, 0.3, 0.2]], atol=1e-5)


def test_values_that_a_hard_clause_excludes():
    """A cell beside a red one is not red; of the three that may be, two are."""
    text = "hue = {Red, Green, Blue}\ncolor(cell, hue!)\nnext(cell, cell)\n"
    predicates, clauses = parse_mln(
        text + "0 color(x, +c)\nnext(x, y) ^ color(x, Red) => !color(y, Red)."
    )
    db = parse_db(
        "color(A, Red)\ncolor(B, Green)\ncolor(C, Red)\ncolor(D, Blue)\nnext(A, B)",
        predicates,
    )
    [free] = free_atoms([clauses[-1]], [db])
    assert free["color"].reshape(4, 3).tolist() == [
        [True, True, True],  # blue, green, red
        [True, True, False],
        [True, True, True],
        [True, True, True],
    ]
    _, [needed] = parse_mln(text + "color(D, Blue) v color(D, Green).")
    [free] = free_atoms([needed], [db])
    assert free["color"].reshape(4, 3)[3].tolist() == [True, True, False]
    network = MarkovLogicNetwork(predicates, clauses).fit(db, ["color"], np.inf)
    blue, green, red = softmax([c.weight for c in network.clauses[:3]])
    assert green == pytest.approx(blue, abs=1e-5)
    assert 3 * red == pytest.approx(2, abs=1e-4)
    with pytest.raises(ValueError, match="the facts break the hard clause"):
        network.fit(
            parse_db("color(A, Red)\ncolor(B, Red)\nnext(A, B)", predicates)
        )


def test_what_is_refused():
    missing = parse_db(
        "color(A, Red)\nat(A, Red, 1)\nking(A)\nnext(A, B)", PREDICATES
    )
    with pytest.raises(
        ValueError, match=r"one value each, and 0 are true where color\(B, Blue"
    ):
        MarkovLogicNetwork(PREDICATES, CLAUSES[:1]).fit(missing)
    twice = DATA.with_facts("king", [1, 0, 1])
    with pytest.raises(ValueError, match="and 2 are true where king"):
        MarkovLogicNetwork(PREDICATES, CLAUSES[:1]).fit(twice)
    with pytest.raises(
        ValueError, match="the search for clauses takes atoms one by one"
    ):
        learn_structure(DATA)
    unit = Clause(CLAUSES[0].literals[:1], 1.0)
    with pytest.raises(
        ValueError, match=r"equation \(2\) takes atoms one by one"
    ):
        MarkovLogicNetwork(PREDICATES, [unit]).conditionals(DATA, "color")
