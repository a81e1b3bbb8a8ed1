"""Held-out gains against their definition; luck is refused, a planted rule is kept."""

import numpy as np
import pytest
from worlds import flipped, small_world, true_groundings

from tlbook.relation import Clause, Literal, learn_structure, parse_db, parse_mln
from tlbook.relation.logic.gains import fields
from tlbook.relation.logic.growth import Growth, unit_network
from tlbook.relation.logic.heldout import RISK, held_out_gain, helps, split

CLAUSES, DB = small_world()


def friends(seed, n=30, rule=True):
    """Return a database in which friends of smokers smoke, or in which they do not."""
    predicates, _ = parse_mln("friend(p, p)\nsmokes(p)")
    rng = np.random.default_rng(seed)
    group = np.arange(n) // 3
    smokes = rng.random(n) < 0.4
    if rule:
        smokes = (rng.random(n) < 0.4)[group]
    facts = [f"{'' if s else '!'}smokes(P{i})" for i, s in enumerate(smokes)]
    for i in range(n):
        facts += [
            f"friend(P{i}, P{j})"
            for j in range(n)
            if i != j and group[i] == group[j]
        ]
    return parse_db("\n".join(facts), predicates)


def tossed(seed, n=20):
    """Return a database of nothing but luck."""
    rng = np.random.default_rng(seed)
    predicates, _ = parse_mln("r(p, p)\ns(p)")
    lines = [
        f"{'' if true else '!'}s(P{i})"
        for i, true in enumerate(rng.random(n) < 0.4)
    ]
    lines += [f"r(P{i}, P{j})" for i, j in np.argwhere(rng.random((n, n)) < 0.2)]
    return parse_db("\n".join(lines), predicates)


def test_split_takes_a_third_of_true_and_false_atoms():
    kept, held = split([DB, DB])
    for part, out in zip(kept, held):
        for name in DB.predicates:
            table = DB.table(name).ravel()
            assert (part[name] != out[name]).all()
            for truth in (0, 1):
                assert (
                    out[name][table == truth].sum() == (table == truth).sum() // 3
                )
    assert any((held[0][name] != held[1][name]).any() for name in DB.predicates)


@pytest.mark.parametrize("clause", CLAUSES[:5], ids=str)
def test_held_out_gain_from_its_definition(clause):
    current = fields(unit_network(DB), DB)
    _, held = split([DB])
    expected = variance = log_ratio = 0.0
    for name in {l.predicate for l in clause.literals}:
        gains = []
        for atom, out in zip(np.ndindex(DB.shape(name)), held[0][name]):
            if not out:
                continue
            ones, zeros = (
                true_groundings(clause, flipped(DB, name, atom, v))
                for v in (1, 0)
            )
            base, truth = current[0][name][atom], DB.table(name)[atom]
            before, after = base, base + clause.weight * (ones - zeros)
            chances = [
                1 / (1 + np.exp(-(2 * truth - 1) * f)) for f in (before, after)
            ]
            gains.append(np.log(chances[1] / chances[0]))
        log_ratio += np.sum(gains)
        if len(gains) > 1:
            expected += np.mean(gains)
            variance += np.var(gains, ddof=1) / len(gains)
    gain, error, ratio = held_out_gain(clause, [DB], current, held)
    assert gain == pytest.approx(expected, abs=1e-12)
    assert error == pytest.approx(np.sqrt(variance), abs=1e-12)
    assert ratio == pytest.approx(log_ratio, abs=1e-12)


def asks(growth, rule):
    """Return from how many earlier questions on a rule is refused, and its log ratio."""
    weighted = rule.with_weight(growth.gain(rule)[1])
    facts = ([growth.databases[0]], growth.current, growth.held)
    ratio = held_out_gain(weighted, *facts)[2]
    answers = [helps(weighted, *facts, asked) for asked in range(400)]
    assert answers == sorted(answers, reverse=True)
    return answers.index(False), ratio


def test_each_question_asks_for_more():
    """All of them together spend RISK, whatever their number."""
    _, [rule] = parse_mln(
        "friend(p, p)\nsmokes(p)\n1 friend(x, y) ^ smokes(x) => smokes(y)"
    )
    first, ratio = asks(Growth([friends(3, n=18)]), rule)
    assert first > 0
    spent = [RISK / (k + 1) / (k + 2) for k in range(100_000)]
    assert sum(spent) == pytest.approx(RISK, rel=1e-4)
    assert np.exp(-ratio) < spent[first - 1]
    assert np.exp(-ratio) >= spent[first]


def test_every_question_is_counted():
    """Answered with yes or with no, and only those that were asked."""
    _, [rule] = parse_mln(
        "friend(p, p)\nsmokes(p)\n1 friend(x, y) ^ smokes(x) => smokes(y)"
    )
    growth = Growth([friends(0, n=60)])
    refused = Clause((Literal("smokes", ("x",), False),))
    for clause, asked in ((refused, 1), (refused, 1), (rule, 2), (rule, 2)):
        growth.add(clause)
        assert growth.asked == asked


@pytest.mark.parametrize("positive", [True, False])
@pytest.mark.parametrize("seed", range(3))
def test_a_second_copy_of_a_unit_clause_never_gains(seed, positive):
    db = friends(seed)
    growth = Growth([db])
    for name, predicate in db.predicates.items():
        args = tuple("uv"[: len(predicate.types)])
        copy = Clause((Literal(name, args, positive),))
        assert growth.gain(copy)[0] < 1e-4
    literals = [
        sorted(str(l) for l in c.literals) for c in learn_structure(db).clauses
    ]
    assert not any(
        one in (["!smokes(x1)"], ["!friend(x1, x2)"]) for one in literals
    )


def test_a_planted_rule_is_kept():
    """It holds in groups of three; where smoking is tossed it does not."""
    _, [rule] = parse_mln(
        "friend(p, p)\nsmokes(p)\n1 friend(x, y) ^ smokes(x) => smokes(y)"
    )
    growth = Growth([friends(0, n=60)])
    assert growth.add(rule)
    assert not Growth([friends(0, n=60, rule=False)]).add(rule)
    assert growth.finished().clauses[-1].weight > 1


def test_clauses_are_added_best_first_while_they_gain_and_help():
    predicates, [rule] = parse_mln(
        "friend(p, p)\nsmokes(p)\n1 friend(x, y) ^ smokes(x) => smokes(y)"
    )
    copy = Clause((Literal("smokes", ("x",)),))
    growth = Growth([friends(0, n=60)])
    worth = growth.gain(rule)[0]
    growth.add_all([copy, rule], min_gain=worth)
    assert len(growth.network.clauses) == 2
    growth.add_all([copy, rule], min_gain=worth / 2, most=0)
    assert len(growth.network.clauses) == 2
    growth.add_all([copy, rule], min_gain=worth / 2)
    assert len(growth.network.clauses) == 3
    again = Growth([friends(0, n=60)])
    refused = Clause((Literal("smokes", ("x",), False),))
    assert again.add_first([refused, rule])  # the second of them
    assert again.knows(refused)
    assert [len(c.literals) for c in again.network.clauses] == [1, 1, 3]
    assert not again.add_first([refused, rule])


def test_luck_is_refused():
    """Nothing but coin tosses: a clause is kept by luck alone."""
    kept = [
        len(learn_structure(tossed(seed, n), max_clauses=1).clauses) > 2
        for n in (10, 20)
        for seed in range(30)
    ]
    assert sum(kept) <= 4


def test_luck_about_smokers_is_refused():
    """Smoking is tossed for each person: a rule about it is kept by luck alone."""
    lucky = 0
    for seed in range(10):
        network = learn_structure(
            friends(seed, rule=False), max_clauses=3, min_gain=0.0
        )
        kept = [c for c in network.clauses if len(c.literals) > 1]
        lucky += any("smokes" in str(clause) for clause in kept)
    assert lucky <= 1


def test_a_refused_clause_is_not_asked_again():
    growth = Growth([friends(0, rule=False)])
    silly = Clause((Literal("smokes", ("x",)), Literal("smokes", ("y",), False)))
    assert not growth.knows(silly)
    assert not growth.add(silly)
    assert growth.knows(silly)
    assert len(growth.finished().clauses) == 2
