"""DTM: divergences by hand, states by visiting all bindings, a planted pattern transferred."""

import itertools

import numpy as np
import pytest
from sklearn.base import clone
from test_heldout import tossed
from test_structure import planted

from tlbook.relation import DTM, parse_db, parse_mln
from tlbook.relation.dtm import (
    Clique,
    atom_sets,
    instantiate,
    lift,
    score_cliques,
    split_score,
    state_counts,
)
from tlbook.relation.logic.growth import Growth

SPREAD = (("r", ("x1", "x2")), ("s", ("x1",)), ("s", ("x2",)))


def test_a_clique_in_words():
    assert (
        str(Clique((("r0", ("x", "y")), ("r1", ("y",))))) == "{r0(x, y), r1(y)}"
    )


def test_lifting_forgets_names():
    friends = [("friends", ("a", "b")), ("smokes", ("a",)), ("smokes", ("b",))]
    linked = [("page", ("v",)), ("link", ("u", "v")), ("page", ("u",))]
    assert lift(friends) == lift(linked)
    assert lift(friends) == (
        ("r1", ("x1",)),
        ("r1", ("x2",)),
        ("r2", ("x1", "x2")),
    )
    homophily = [("friends", ("a", "b")), ("smokes", ("a",)), ("drinks", ("b",))]
    assert lift(homophily) != lift(friends)
    assert lift([("r", ("a", "b")), ("s", ("a",))]) != lift(
        [("r", ("a", "b")), ("s", ("b",))]
    )


def test_atom_sets_are_connected_and_typed():
    predicates, _ = parse_mln("r(p, p)\ns(p)\nq(p, m)")
    found = list(atom_sets(predicates, 2, 3))
    sets = {frozenset(atoms) for atoms in found}
    assert frozenset({("r", ("x1", "x2")), ("s", ("x1",))}) in sets
    assert frozenset({("s", ("x1",)), ("s", ("x2",))}) not in sets
    # x2 is a place
    assert frozenset({("q", ("x1", "x2")), ("s", ("x2",))}) not in sets
    assert all(len(atoms) == 2 for atoms in found)


def test_distribution_over_different_constants():
    db = planted(n=8)
    found = state_counts(SPREAD, db)
    counts = np.zeros((2, 2, 2))
    r, s = db.table("r").astype(int), db.table("s").astype(int)
    for i, j in itertools.permutations(range(len(s)), 2):
        counts[r[i, j], s[i], s[j]] += 1
    np.testing.assert_allclose(found, counts, atol=1e-9)


def test_different_types_may_share_an_index():
    predicates, _ = parse_mln("q(p, m)\ns(p)")
    db = parse_db("q(Anna, M1)\nq(Bob, M2)\ns(Anna)", predicates)
    counts = state_counts((("q", ("x1", "x2")), ("s", ("x1",))), db)
    np.testing.assert_allclose(counts, np.ones((2, 2)))


def test_split_score_by_hand():
    independent = np.outer([0.25, 0.75], [0.4, 0.6])
    assert split_score(independent) == pytest.approx(0, abs=1e-12)
    equal = np.diag([0.5, 0.5])
    assert split_score(equal) == pytest.approx(np.log(2))
    p = np.array([[0.5, 0.25], [0.0, 0.25]])
    by_hand = (
        0.5 * np.log(0.5 / 0.375)
        + 0.25 * np.log(0.25 / 0.375)
        + 0.25 * np.log(0.25 / 0.125)
    )
    assert split_score(p) == pytest.approx(by_hand)


def test_the_best_split_counts():
    """Two bound literals and one that stands alone: a split explains everything."""
    bound = np.diag([0.5, 0.5])
    loose = np.einsum("ab,c->abc", bound, [0.3, 0.7])
    assert split_score(loose) == pytest.approx(0, abs=1e-12)
    assert split_score(loose.transpose(0, 2, 1)) == pytest.approx(0, abs=1e-12)
    three = np.zeros((2, 2, 2))
    three[0, 0, 0] = three[1, 1, 1] = 0.5
    assert split_score(three) == pytest.approx(np.log(2))


def test_instantiation_by_hand():
    predicates, _ = parse_mln("r(p, p)\ns(p)")
    clique = score_cliques(planted(), 3, 2, 3)
    spread = next(c for c in clique if c.atoms == lift(SPREAD))
    texts = {str(c) for c in instantiate(spread, predicates)}
    # r is the only binary, s the only unary predicate; 8 patterns of signs, equal ones merged
    assert "!r(x1, x2) v !s(x1) v s(x2)" in texts
    assert len(texts) == 8


def test_the_pattern_of_spread_scores_best_and_is_carried_over():
    source = planted()
    predicates, _ = parse_mln("infected(machine)\nlinked(machine, machine)")
    other = planted(seed=5)
    lines = [f"infected(M{i})" for (i,) in np.argwhere(other.table("s"))]
    lines += [f"linked(M{i}, M{j})" for i, j in np.argwhere(other.table("r"))]
    target = parse_db("\n".join(lines), predicates)
    model = DTM(n_cliques=1, max_variables=2).fit(source, target)
    assert model.cliques_[0].atoms == lift(SPREAD)
    infected = target.table("infected") == 1
    alike = infected[:, None] == infected[None, :]
    chance = model.network_.conditionals(target, "linked")
    assert chance[alike].mean() > 3 * chance[~alike].mean()
    assert "r1(x1), r1(x2), r2(x1, x2)" in model.report()


def test_scores_average_the_top_instantiations():
    """Three properties make three instantiations of {r1(x), r2(x)}: the best counts most."""
    predicates, _ = parse_mln("a(p)\nb(p)\nc(p)")
    db = parse_db("a(P1)\na(P2)\nb(P1)\nb(P2)\nc(P1)\nc(P3)\n!a(P4)", predicates)
    tables = [db.table(name).astype(int) for name in "abc"]
    values = []
    for u, v in itertools.combinations(tables, 2):
        p = np.array(
            [[np.mean((u == i) & (v == j)) for j in (0, 1)] for i in (0, 1)]
        )
        values.append(split_score(p))
    assert max(values) > min(values) + 0.1
    for top in (1, 2, 3):
        [clique] = score_cliques(db, 2, 1, top=top)
        assert clique.score == pytest.approx(
            np.mean(sorted(values, reverse=True)[:top])
        )


def test_the_control_needs_no_source():
    db = planted()
    model = DTM(n_cliques=2, max_variables=2).fit(db, db)
    assert len(model.network_.clauses) > len(db.predicates)


def test_the_clause_that_gains_most_comes_first():
    source, target = planted(), planted(seed=1)
    model = DTM(n_cliques=2, max_variables=2, max_clauses=1).fit(source, target)
    growth = Growth([target], penalty=model.penalty)
    candidates = {
        c for k in model.cliques_[:2] for c in instantiate(k, target.predicates)
    }
    gains = {str(c): growth.gain(c)[0] for c in candidates}
    assert len(set(gains.values())) > 2
    *_, added = model.network_.clauses
    assert gains[str(added)] == max(gains.values())


def test_noise_is_refused():
    """Nothing but luck in the target: clauses are mostly refused."""
    luck = 0
    for seed in range(6):
        model = DTM(penalty=0.0, min_gain=0.0, max_clauses=3)
        network = model.fit(planted(seed=seed), tossed(seed)).network_
        luck += len(network.clauses) - 2
    assert luck <= 6  # without held-out facts, 18


def test_so_many_clauses_are_added_at_most():
    source, target = planted(), planted(seed=1)
    sizes = [
        len(DTM(max_clauses=most).fit(source, target).network_.clauses) - 2
        for most in (1, 2)
    ]
    assert sizes == [1, 2]


def test_bad_domains():
    with pytest.raises(ValueError, match="the source has no database"):
        DTM().fit([], planted())
    with pytest.raises(ValueError, match="the target has no database"):
        DTM().fit(planted(), [])
    lonely, _ = parse_mln("s(p)")
    with pytest.raises(ValueError, match="no two atoms that share a variable"):
        DTM().fit(parse_db("s(Anna)", lonely), planted())


def test_counts_of_several_databases_are_pooled():
    big, small = planted(n=12), planted(n=5, seed=3)
    key = lift(SPREAD)
    pooled = state_counts(SPREAD, big) + state_counts(SPREAD, small)
    [found] = [
        c.score
        for c in score_cliques([big, small], 3, 2, top=1)
        if c.atoms == key
    ]
    assert found == pytest.approx(split_score(pooled / pooled.sum()))


def test_cliques_that_fit_no_predicate_of_the_target():
    predicates, _ = parse_mln("t(p, p, p)")
    target = parse_db("t(Anna, Bob, Carl)", predicates)
    with pytest.raises(
        ValueError, match="no clique fits the predicates of the target"
    ):
        DTM(max_variables=2).fit(planted(), target)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("n_cliques", 0),
        ("max_atoms", 1),
        ("max_variables", 0),
        ("top", 0),
        ("max_clauses", 0),
        ("penalty", -1),
        ("min_gain", float("nan")),
        ("min_gain", "small"),
    ],
)
def test_bad_parameters(name, value):
    with pytest.raises(
        ValueError, match=f"The '{name}' parameter of DTM must be"
    ):
        DTM(**{name: value}).fit(None, None)


def test_it_is_an_estimator():
    model = DTM(min_gain=0.01)
    assert model.get_params()["min_gain"] == 0.01
    assert clone(model).get_params() == model.get_params()
    assert repr(model) == "DTM(min_gain=0.01)"
    assert clone(model).set_params(min_gain=0.02).min_gain == 0.02
