"""TAMAR: mappings by hand, diagnosis by hand, a planted isomorphism recovered."""

import itertools

import numpy as np
import pytest
from sklearn.base import clone
from test_heldout import tossed
from test_structure import planted

from tlbook.relation import (
    TAMAR,
    Clause,
    MarkovLogicNetwork,
    parse_db,
    parse_mln,
    tamar,
)
from tlbook.relation.logic.gains import fields, gain
from tlbook.relation.logic.growth import Growth, unit_network
from tlbook.relation.logic.heldout import split
from tlbook.relation.logic.refinement import canonical
from tlbook.relation.tamar import (
    best_mapping,
    body_holds,
    judge,
    legal_mappings,
    mapped_clause,
    relational_paths,
    variabilize,
)

ACADEMIC = (
    "advisedBy(person, person)\nprofessor(person)\npublication(title, person)\n"
)
MOVIES = "workedFor(worker, worker)\ndirector(worker)\nmember(movie, worker)\nlong(movie)\n"


def clauses(declarations, *texts):
    return parse_mln(declarations + "\n".join(f"1 {text}" for text in texts))


def test_legal_mappings_keep_arity_and_types():
    source, [clause] = clauses(ACADEMIC, "!publication(t, a) v professor(a)")
    target, _ = parse_mln(MOVIES)
    found = [tuple(m.values()) for m in legal_mappings(clause, source, target)]
    assert ("member", "director") in found
    # a person cannot be a worker here, a movie there
    assert ("member", "long") not in found
    # title and person may both be workers
    assert ("workedFor", "director") in found
    assert (None, "long") in found
    assert ("long", None) not in found  # arities differ
    assert (None, None) not in found
    assert len(found) == len(set(found)) == 6


def test_mapped_clause_drops_what_maps_to_nothing():
    _, [clause] = clauses(ACADEMIC, "!publication(t, a) v professor(a)")
    kept = mapped_clause(clause, {"publication": "member", "professor": None})
    assert str(kept) == "!member(t, a)"


def test_best_mapping_maximizes_the_gain():
    source, [clause] = clauses(
        "friend(p, p)\nsmokes(p)\n", "!friend(x, y) v !smokes(x) v smokes(y)"
    )
    db = planted()
    current = fields(unit_network(db), db)
    best = best_mapping(clause, source, [db], current)
    assert best.predicates == {"friend": "r", "smokes": "s"}
    scores = [
        gain(mapped_clause(clause, m), [db], current)[0]
        for m in legal_mappings(clause, source, db.predicates)
        if len(mapped_clause(clause, m).literals) > 1
    ]
    assert best.score == pytest.approx(max(scores))
    assert "friend -> r, smokes -> s" in str(best)


SMALL = "r(P1, P2)\nr(P2, P3)\nr(P3, P1)\ns(P1)\ns(P2)\ns(P4)"


def test_body_holds_by_hand():
    predicates, [clause] = clauses("r(p, p)\ns(p)\n", "!r(x, y) v !s(x) v s(y)")
    db = parse_db(SMALL, predicates)
    rest = Clause(clause.literals[:2])
    # some x with r(x, y) and s(x): y = P2 (from P1) and y = P3 (from P2)
    assert body_holds(clause.literals[2], rest, db).tolist() == [
        False,
        True,
        True,
        False,
    ]
    alone = body_holds(clause.literals[2], Clause(()), db)
    assert alone.all()


def test_precision_and_recall_by_hand():
    predicates, [clause] = clauses("r(p, p)\ns(p)\n", "!r(x, y) v !s(x) v s(y)")
    db = parse_db(SMALL, predicates)
    precision, recall = judge(clause, [db])
    assert precision == pytest.approx(1 / 2)  # fires for P2 (true) and P3 (false)
    assert recall == pytest.approx(1 / 3)  # P1, P2, P4 smoke, P2 is explained


def test_conclusions_of_a_clause_without_positive_literals():
    predicates, [clause] = clauses("r(p, p)\ns(p)\n", "!r(x, y) v !s(y)")
    db = parse_db(SMALL, predicates)
    precision, recall = judge(clause, [db])
    # !r(x, y): body s(y) holds for 3 x 4 atoms, of which r(P1,P2) and r(P3,P1) are true
    # !s(y): body r(x, y) holds for P1, P2, P3, of which only P3 does not smoke
    assert precision == pytest.approx((10 + 1) / (12 + 3))
    assert recall == pytest.approx((10 + 1) / (13 + 1))


def test_a_path_becomes_a_clause():
    fact = ("r", (("p", 0), ("p", 1)))
    path = (("q", (("p", 0), ("m", 5))), ("q", (("p", 1), ("m", 5))))
    found = variabilize(fact, path)
    assert str(found) == "!q(x1, x2) v !q(x3, x2) v r(x1, x3)"


def test_paths_connect_the_arguments():
    predicates, _ = parse_mln("r(p, p)\nq(p, m)")
    db = parse_db(
        "r(Anna, Bob)\nq(Anna, M1)\nq(Bob, M1)\nq(Carl, M2)", predicates
    )
    found = {str(c) for c in relational_paths(db, "r", max_facts=2, limit=10)}
    assert found == {"!q(x1, x2) v !q(x3, x2) v r(x1, x3)"}
    assert relational_paths(db, "r", max_facts=1, limit=10) == []


def paths_by_hand(facts, start, goal, longest):
    """All chains of different facts in which each shares a constant with the next one."""
    for length in range(1, longest + 1):
        for chain in itertools.permutations(facts, length):
            ends = {start}
            for fact in chain:
                here = {end for end in ends if end in fact[1]}
                ends = {
                    c for end in here for c in fact[1] if c not in (end, start)
                }
                met = bool(here) and goal in fact[1]
            if met:
                yield chain


@pytest.mark.parametrize("seed", range(4))
def test_paths_against_all_chains(seed):
    rng = np.random.default_rng(seed)
    r = {(f"P{a}", f"P{b}") for a, b in rng.integers(0, 4, (6, 2)) if a != b}
    q = {(f"P{a}", f"M{b}") for a, b in rng.integers(0, 3, (3, 2))}
    facts = (
        [("r", pair) for pair in r]
        + [("q", pair) for pair in q]
        + [("s", ("P1",))]
    )
    wanted = {
        str(variabilize(atom, chain))
        for atom in facts[: len(r)]
        for chain in paths_by_hand(
            [fact for fact in facts if fact != atom], *atom[1], 3
        )
    }
    predicates, _ = parse_mln("r(p, p)\nq(p, m)\ns(p)")
    db = parse_db(
        "\n".join(f"{name}({', '.join(args)})" for name, args in facts),
        predicates,
    )
    found = [str(c) for c in relational_paths(db, "r", max_facts=3, limit=10)]
    assert sorted(found) == sorted(wanted)
    assert len(found) > 1


def rename(db):
    """The same world under other names of predicates and types."""
    predicates, _ = parse_mln("happy(ant)\nmeets(ant, ant)")
    lines = [f"happy(A{i})" for (i,) in np.argwhere(db.table("s"))]
    lines += [f"meets(A{i}, A{j})" for i, j in np.argwhere(db.table("r"))]
    return parse_db("\n".join(lines), predicates)


def source_network():
    declarations = "s(person)\nr(person, person)\n"
    predicates, rules = clauses(
        declarations, "!r(x, y) v !s(x) v s(y)", "!r(x, y) v s(x) v !s(y)"
    )
    return MarkovLogicNetwork(predicates, rules).fit(planted())


def test_a_planted_isomorphism_is_found():
    target = rename(planted(seed=1))
    model = TAMAR(revise=False).fit(source_network(), target)
    for mapping in model.mappings_:
        assert mapping.predicates == {"r": "meets", "s": "happy"}
    forms = {str(canonical(c)) for c in model.network_.clauses}
    assert "!happy(x1) v happy(x2) v !meets(x1, x2)" in forms
    assert "r -> meets, s -> happy" in model.report()


def test_revision_lengthens_a_clause_that_fires_wrongly():
    """`meets => happy` is half of the rule; the missing literal is found."""
    source, rules = clauses("s(person)\nr(person, person)\n", "!r(x, y) v s(y)")
    target = rename(planted(seed=1))
    model = TAMAR(max_literals=3, max_variables=2).fit(
        MarkovLogicNetwork(source, rules), target
    )
    forms = {str(canonical(c)) for c in model.network_.clauses}
    assert "!happy(x1) v happy(x2) v !meets(x1, x2)" in forms
    plain = TAMAR(revise=False).fit(MarkovLogicNetwork(source, rules), target)
    assert "!happy(x1) v happy(x2) v !meets(x1, x2)" not in {
        str(canonical(c)) for c in plain.network_.clauses
    }


def test_revision_shortens_a_clause_that_rarely_fires():
    """One meeting too many in the body: the clause still has to come down to the rule."""
    source, rules = clauses(
        "s(person)\nr(person, person)\n", "!r(x, y) v !r(y, x) v !s(x) v s(y)"
    )
    target = rename(planted(seed=1))
    model = TAMAR(max_literals=4, max_variables=2).fit(
        MarkovLogicNetwork(source, rules), target
    )
    forms = {str(canonical(c)) for c in model.network_.clauses}
    assert "!happy(x1) v happy(x2) v !meets(x1, x2)" in forms


def test_bad_sources():
    db = planted()
    with pytest.raises(ValueError, match="no clauses to transfer"):
        TAMAR().fit(MarkovLogicNetwork(db.predicates, []), db)
    with pytest.raises(ValueError, match=r"unit clauses alone, .* no rule"):
        TAMAR().fit(unit_network(db), db)
    with pytest.raises(ValueError, match="no database"):
        TAMAR().fit(source_network(), [])
    source, rules = clauses("t(p, p, p)\n", "!t(x, y, z) v t(z, y, x)")
    with pytest.raises(
        ValueError, match="no clause of the source has a legal mapping"
    ):
        TAMAR().fit(MarkovLogicNetwork(source, rules), db)


def test_the_beam_starts_from_a_clause_that_gains_nothing():
    """Two wrong literals are worth nothing; one literal more makes them the rule, turned around."""
    source, rules = clauses("s(person)\nr(person, person)\n", "!r(x, y) v s(x)")
    target = rename(planted(seed=1))
    current = fields(unit_network([target]), [target])
    model = TAMAR(max_literals=3, max_variables=2, beam=1).fit(
        MarkovLogicNetwork(source, rules), target
    )
    start = mapped_clause(rules[0], {"r": "meets", "s": "happy"})
    assert gain(start, [target], current)[0] < model.min_gain
    added = [
        str(canonical(c)) for c in model.network_.clauses if len(c.literals) > 1
    ]
    assert "!happy(x1) v happy(x2) v !meets(x2, x1)" in added


def chains(n):
    """Return n rows of four people: each is p of the next, the first is r of the last."""
    predicates, _ = parse_mln("p(a, a)\nr(a, a)")
    lines = [
        f"p(A{i}, B{i})\np(B{i}, C{i})\np(C{i}, D{i})\nr(A{i}, D{i})"
        for i in range(n)
    ]
    return parse_db("\n".join(lines), predicates)


@pytest.mark.parametrize("limit", [2, 3, 4])
def test_discovered_clauses_have_few_variables(limit):
    """Every path runs once around the row of four: its clause has four variables."""
    source, rules = clauses("s(a)\nt(a, a)\n", "!t(x, y) v t(y, x)")
    model = TAMAR(max_variables=limit, penalty=0.0)
    network = model.fit(MarkovLogicNetwork(source, rules), chains(5)).network_
    around = {str(canonical(c)) for c in model._paths(Growth([chains(5)]))}
    assert len(around) == (4 if limit == 4 else 0)
    rule = "!p(x1, x2) v !p(x2, x3) v !p(x3, x4) v r(x1, x4)"
    assert (rule in around) == (limit == 4)
    assert max(len(c.variables) for c in network.clauses) <= limit


def test_paths_explain_the_facts_for_choosing_only():
    db = chains(3)
    shape = db.shape("r")
    for chosen in db.facts["r"]:
        part = np.zeros(shape, dtype=bool)
        part[tuple(chosen)] = True
        assert relational_paths(db, "r", 3, 9, {"r": part.ravel()})
    part = db.table("r").ravel() == 0
    assert relational_paths(db, "r", 3, 9, {"r": part}) == []


def test_precision_and_recall_of_a_part_by_hand():
    predicates, [clause] = clauses("r(p, p)\ns(p)\n", "!r(x, y) v !s(x) v s(y)")
    db = parse_db(SMALL, predicates)
    middle = np.array([False, True, True, False])  # P2 and P3
    precision, recall = judge(clause, [db], [{"s": middle}])
    assert precision == 1 / 2  # it fires for both, of whom P2 smokes
    assert recall == 1


@pytest.mark.parametrize("revise", [True, False])
def test_what_is_held_out_is_not_looked_at(revise, monkeypatch):
    """Mapping, judging and path-finding are told the facts for choosing; trust has all."""
    target = rename(planted(seed=1))
    [kept], _ = split([target])
    told = []

    def spy(name, place):
        real = getattr(tamar, name)

        def watched(*args, **options):
            told.append(args[place] if len(args) > place else options["part"])
            return real(*args, **options)

        monkeypatch.setattr(tamar, name, watched)

    for name, place in (
        ("best_mapping", 5),
        ("judge", 2),
        ("relational_paths", 4),
    ):
        spy(name, place)
    TAMAR(revise=revise, max_literals=3).fit(source_network(), target)
    assert told
    for part in told:
        part = part[0] if isinstance(part, list) else part
        assert (part is None) == (not revise)
        for name in kept if revise else ():
            np.testing.assert_array_equal(part[name], kept[name])


def test_the_mapping_is_chosen_on_the_facts_for_choosing():
    """In half of the groups friends are alike in s, in the other half in d."""
    source, [clause] = clauses(
        "friend(p, p)\nsmokes(p)\n", "!friend(x, y) v !smokes(x) v smokes(y)"
    )
    predicates, _ = parse_mln("r(p, p)\ns(p)\nd(p)")
    alike = np.arange(40) // 4 % 2 == 1
    tosses = np.random.default_rng(0).random(40) < 0.5
    first = np.arange(40) < 20
    facts = {
        "s": np.where(first, alike, tosses),
        "d": np.where(first, tosses, alike),
    }
    lines = [
        f"r(P{i}, P{j})" for i in range(40) for j in range(40) if i // 4 == j // 4
    ]
    for name, table in facts.items():
        lines += [
            f"{'' if true else '!'}{name}(P{i})" for i, true in enumerate(table)
        ]
    db = parse_db("\n".join(lines), predicates)
    order = [int(name[1:]) for name in db.constants["p"]]
    current = fields(unit_network(db), db)
    for half, told in ((first, "s"), (~first, "d")):
        part = {"s": half[order], "d": half[order]}
        part["r"] = np.outer(half[order], half[order]).ravel()
        found = best_mapping(clause, source, [db], current, part=[part])
        assert found.predicates == {"friend": "r", "smokes": told}


@pytest.mark.parametrize("limit", [2, 3])
def test_discovered_clauses_have_few_literals(limit, monkeypatch):
    asked = []

    def spy(db, name, max_facts, limit, part):
        asked.append(max_facts)
        return relational_paths(db, name, max_facts, limit, part)

    monkeypatch.setattr("tlbook.relation.tamar.relational_paths", spy)
    source, rules = clauses("s(person)\nr(person, person)\n", "!r(x, y) v s(x)")
    target = rename(planted(seed=1))
    model = TAMAR(max_literals=limit).fit(
        MarkovLogicNetwork(source, rules), target
    )
    assert set(asked) == {limit - 1}  # facts before the arrow, one atom after it
    assert max(len(c.literals) for c in model.network_.clauses) <= limit


def test_at_most_so_many_atoms_are_tried():
    """Of three atoms the second alone lies on a path; two tries skip it."""
    predicates, _ = parse_mln("r(p, p)\nq(p, m)")
    db = parse_db(
        "r(P1, Q1)\nr(P2, Q2)\nr(P3, Q3)\nq(P2, M1)\nq(Q2, M1)", predicates
    )
    found = [str(c) for c in relational_paths(db, "r", max_facts=2, limit=3)]
    assert found == ["!q(x1, x2) v !q(x3, x2) v r(x1, x3)"]
    assert relational_paths(db, "r", max_facts=2, limit=2) == []


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("threshold", 0),
        ("threshold", 1.0),
        ("threshold", 5),
        ("beam", 0),
        ("beam", 1.5),
        ("max_literals", 1),
        ("max_variables", 0),
        ("penalty", -0.1),
        ("penalty", float("nan")),
        ("min_gain", -1),
        ("revise", "yes"),
    ],
)
def test_bad_parameters(name, value):
    with pytest.raises(
        ValueError, match=f"The '{name}' parameter of TAMAR must be"
    ):
        TAMAR(**{name: value}).fit(None, None)


def test_it_is_an_estimator():
    model = TAMAR(min_gain=0.01)
    assert model.get_params()["min_gain"] == 0.01
    assert clone(model).get_params() == model.get_params()
    assert repr(model) == "TAMAR(min_gain=0.01)"
    assert clone(model).set_params(min_gain=0.02).min_gain == 0.02


@pytest.mark.parametrize(
    "text", ["s(x) v x = y", "s(x) v (EXIST y r(x, y))", "s(Anna) v s(x)"]
)
def test_only_plain_clauses_are_mapped(text):
    predicates, clauses = parse_mln(
        f"s(person)\nr(person, person)\n1 {text} v s(y)"
    )
    db = parse_db("s(Anna)\nr(Anna, Bob)", predicates)
    with pytest.raises(ValueError, match="TAMAR maps predicates of variables"):
        TAMAR().fit(MarkovLogicNetwork(predicates, clauses), db)


def test_noise_is_refused():
    """Nothing but luck: clauses are mostly refused, copies of unit clauses always."""
    luck = 0
    for seed in range(6):
        model = TAMAR(max_literals=3, max_variables=3, penalty=0.0, min_gain=0.0)
        network = model.fit(source_network(), tossed(seed)).network_
        assert sum(len(c.literals) == 1 for c in network.clauses) == 2
        luck += len(network.clauses) - 2
    assert luck <= 6  # without held-out facts, more than 40


def test_trusting_the_source_keeps_what_is_mapped():
    model = TAMAR(revise=False).fit(source_network(), tossed(0))
    mapped = {canonical(m.target).literals for m in model.mappings_}
    assert len(model.network_.clauses) == 2 + len(mapped) > 2
