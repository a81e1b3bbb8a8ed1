import subprocess
import sys
import warnings

import numpy as np
import pytest
from scipy import sparse
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import ComplementNB
from sklearn.svm import LinearSVC

from tlbook.discrepancy import proxy_a_distance
from tlbook.frontiers import TTL
from tlbook.frontiers.ttl import (
    Term,
    chain_terms,
    check_non_negative,
    complexity,
    explained,
    fit_selector,
    gradient_parts,
    memberships,
    multiplicative_round,
    objective,
    select_intermediate,
    triple_features,
)


def random_problem(seed=0, sizes=(5, 7, 6), d=9, p=2, q=3, C=2):
    """A chain of three domains with dense random factors."""
    rng = np.random.default_rng(seed)
    X = [
        sparse.csr_array(rng.random((n, d)) * (rng.random((n, d)) < 0.7))
        for n in sizes
    ]
    factors = {f"G{i}": rng.random((n, C)) for i, n in enumerate(sizes)}
    for link in range(2):
        factors[f"F{link}"], factors[f"A{link}"] = (
            rng.random((d, p)),
            rng.random((p, C)),
        )
        for domain in (link, link + 1):
            name = f"{link}.{domain}"
            factors[f"F{name}"], factors[f"A{name}"] = (
                rng.random((d, q)),
                rng.random((q, C)),
            )
    return X, factors


def written_out(X, f):
    """Equation (1), term by term, with dense matrices."""
    Xs, Xi, Xt = (A.toarray() for A in X)
    Ps = f["F0"] @ f["A0"] + f["F0.0"] @ f["A0.0"]
    Pi = f["F0"] @ f["A0"] + f["F0.1"] @ f["A0.1"]
    Qi = f["F1"] @ f["A1"] + f["F1.1"] @ f["A1.1"]
    Pt = f["F1"] @ f["A1"] + f["F1.2"] @ f["A1.2"]
    pairs = (
        (Xs, f["G0"], Ps),
        (Xi, f["G1"], Pi),
        (Xi, f["G1"], Qi),
        (Xt, f["G2"], Pt),
    )
    return sum(np.linalg.norm(A - G @ P.T) ** 2 for A, G, P in pairs)


def test_objective_is_equation_1():
    X, factors = random_problem()
    assert objective(chain_terms(X), factors) == pytest.approx(
        written_out(X, factors)
    )


def test_a_chain_of_two_has_one_link():
    X, _ = random_problem()
    terms = chain_terms([X[0], X[2]])
    assert [(t.G, t.F, t.A) for t in terms] == [
        ("G0", ("F0", "F0.0"), ("A0", "A0.0")),
        ("G1", ("F0", "F0.1"), ("A0", "A0.1")),
    ]


@pytest.mark.parametrize(
    "name", ["G1", "G2", "F0", "F1", "A0", "A1", "F0.1", "F1.1", "A0.0", "A1.2"]
)
def test_gradient_by_finite_differences(name):
    X, factors = random_problem(seed=1)
    up, down = gradient_parts(name, chain_terms(X), factors)
    assert np.all(up >= 0)
    assert np.all(down >= 0)
    numeric, step = np.empty_like(factors[name]), 1e-6
    for place in np.ndindex(numeric.shape):
        values = []
        for sign in (1, -1):
            moved = {key: value.copy() for key, value in factors.items()}
            moved[name][place] += sign * step
            values.append(written_out(X, moved))
        numeric[place] = (values[0] - values[1]) / (2 * step)
    np.testing.assert_allclose(2 * (up - down), numeric, rtol=1e-5, atol=1e-5)


def test_one_update_by_hand():
    # X = 6, G = 1, P = 2 * 1: F <- 2 sqrt(6 / 2), then A <- 1 sqrt(6 F / F^2)
    term = Term(sparse.csr_array([[6.0]]), "G", ("F",), ("A",))
    factors = {"G": np.ones((1, 1)), "F": np.array([[2.0]]), "A": np.ones((1, 1))}
    multiplicative_round([term], factors, ["F"])
    assert factors["F"].item() == pytest.approx(2 * np.sqrt(3))
    multiplicative_round([term], factors, ["A"])
    assert factors["A"].item() == pytest.approx(np.sqrt(6 / (2 * np.sqrt(3))))
    assert factors["G"].item() == 1


@pytest.mark.parametrize("seed", range(3))
def test_every_single_update_lowers_the_objective(seed):
    X, factors = random_problem(seed)
    terms = chain_terms(X)
    before = written_out(X, factors)
    for _ in range(15):
        for name in factors:
            multiplicative_round(terms, factors, [name])
            after = written_out(X, factors)
            assert after <= before * (1 + 1e-12)
            before = after


def test_memberships_come_to_the_non_negative_least_squares():
    from scipy.optimize import nnls

    rng = np.random.default_rng(2)
    X, P = rng.random((6, 8)), rng.random((8, 3))
    G = memberships(sparse.csr_array(X), P, np.ones((6, 3)), 20_000)
    np.testing.assert_allclose(G, [nnls(P, x)[0] for x in X], atol=1e-5)


def test_one_step_of_the_memberships_by_hand():
    # X P = (3, 4), P'P = diag(1, 4), G = (1, 1): G <- sqrt(3 / 1), sqrt(4 / 4)
    P = np.array([[1.0, 0.0], [0.0, 2.0]])
    G = memberships(sparse.csr_array([[3.0, 2.0]]), P, np.ones((1, 2)), 1)
    np.testing.assert_allclose(G, [[np.sqrt(3), 1.0]])


def test_explained_does_not_depend_on_the_scale_of_a_class():
    G, P = np.array([[1.0, 3.0]]), np.array([[2.0, 0.5], [4.0, 0.5]])
    np.testing.assert_allclose(explained(G, P), [[6.0, 3.0]])
    scale = np.array([10.0, 0.1])
    np.testing.assert_allclose(explained(G * scale, P / scale), explained(G, P))


def planted(seed=0, n=60, words=8, noise=1.0):
    """Two classes; s and t share no word, i has the words of both.

    Each class has `words` words of its own in the vocabulary of s, and as many in that of t.
    """
    rng = np.random.default_rng(seed)

    def rates(classes):
        out = np.full((2, 2 * words), noise / 10)
        for c in classes:
            out[c, c * words : (c + 1) * words] = 1.0
        return out

    left = right = rates((0, 1))
    Z = np.zeros_like(left)

    def draw(first, second):
        y = np.arange(n) % 2
        X = rng.poisson(3 * np.hstack([first[y], second[y]])).astype(float)
        return sparse.csr_array(X), y

    return draw(left, Z), draw(left, right), draw(Z, right)


@pytest.mark.parametrize("seed", range(3))
def test_transfer_through_the_intermediate_where_the_direct_one_is_at_chance(
    seed,
):
    (Xs, ys), (Xi, yi), (Xt, yt) = planted(seed)
    assert (Xs.sum(axis=0) * Xt.sum(axis=0)).sum() == 0
    transitive = TTL(n_shared=2, n_own=2, n_iter=60).fit(
        Xs, ys, Xt, X_intermediate=Xi
    )
    assert transitive.score(Xt, yt) > 0.9
    assert np.mean(transitive.intermediate_labels_ == yi) > 0.9
    assert np.all(np.diff(transitive.objective_) <= 1e-12)
    np.testing.assert_allclose(
        np.mean(transitive.predict_proba(Xt)[np.arange(60), yt] > 0.5),
        transitive.score(Xt, yt),
    )


def test_direct_transfer_finds_the_clusters_but_their_names_are_a_coin_flip():
    (Xs, ys), _, (Xt, yt) = planted()
    scores = [
        TTL(n_shared=2, n_own=2, n_iter=50, random_state=seed)
        .fit(Xs, ys, Xt)
        .score(Xt, yt)
        for seed in range(12)
    ]
    assert 0.2 < np.mean(scores) < 0.8
    assert min(scores) < 0.2
    assert max(scores) > 0.8


def test_fit_wires_the_factors_of_the_chain_together(monkeypatch):
    """The factors after the last round, caught on their way, against equations (1), (2) and (4)."""
    (Xs, ys), (Xi, _), (Xt, _) = planted(n=30)
    caught = {}

    def spy(terms, factors, names):
        caught.update(factors=factors, names=list(names))
        multiplicative_round(terms, factors, names)

    monkeypatch.setattr("tlbook.frontiers.ttl.multiplicative_round", spy)
    model = TTL(n_shared=2, n_own=3, n_iter=4).fit(Xs, ys, Xt, X_intermediate=Xi)
    f, names = caught["factors"], caught["names"]
    assert "G0" not in names
    assert set(names) == set(f) - {"G0"}
    # last: at first only they are better than chance
    assert names[-2:] == ["G1", "G2"]
    np.testing.assert_array_equal(f["G0"], np.eye(2)[ys])
    assert f["F0"].shape == f["F1"].shape == (32, 2)
    assert f["F0.0"].shape == f["F1.2"].shape == (32, 3)
    scaled = [X / np.linalg.norm(X.toarray()) for X in (Xs, Xi, Xt)]
    assert model.objective_.shape == (4,)
    assert model.objective_[-1] == pytest.approx(written_out(scaled, f))
    assert model.scale_ == pytest.approx(np.linalg.norm(Xt.toarray()))
    P = f["F1"] @ f["A1"] + f["F1.2"] @ f["A1.2"]
    np.testing.assert_allclose(model.prototypes_, P)
    Pi = f["F0"] @ f["A0"] + f["F0.1"] @ f["A0.1"]
    expected = (f["G1"] * Pi.sum(axis=0)).argmax(axis=1)
    np.testing.assert_array_equal(model.intermediate_labels_, expected)


def test_planted_blocks_are_recovered():
    """Prototypes of the target lie on the planted words of their classes, and nowhere else."""
    (Xs, ys), (Xi, _), (Xt, _) = planted(noise=0.2)
    P = (
        TTL(n_shared=2, n_own=2, n_iter=60)
        .fit(Xs, ys, Xt, X_intermediate=Xi)
        .prototypes_
    )
    right = P[16:] / P[16:].sum(axis=0)
    assert right[:8, 0].sum() > 0.8
    assert right[8:, 1].sum() > 0.8


def test_works_with_an_estimator_without_probabilities_and_with_names():
    (Xs, ys), (Xi, _), (Xt, yt) = planted()
    names = np.array(["pear", "plum"])
    for estimator in (LinearSVC(), ComplementNB()):
        model = TTL(estimator, n_shared=2, n_own=2, n_iter=60).fit(
            Xs, names[ys], Xt, X_intermediate=Xi
        )
        assert model.score(Xt, names[yt]) > 0.9


def test_dense_and_float32_intermediates():
    (Xs, ys), (Xi, _), (Xt, yt) = planted()
    dense = [A.toarray() for A in (Xs, Xt, Xi)]
    a = TTL(n_iter=20).fit(Xs, ys, Xt, X_intermediate=Xi)
    b = TTL(n_iter=20).fit(dense[0], ys, dense[1], X_intermediate=dense[2])
    np.testing.assert_allclose(a.prototypes_, b.prototypes_, rtol=1e-8)


def test_sparse_texts_of_full_size_take_seconds():
    import time

    rng = np.random.default_rng(0)
    X = [
        sparse.random_array((2000, 5000), density=0.01, rng=rng, format="csr")
        for _ in range(3)
    ]
    y = np.arange(2000) % 2
    start = time.process_time()
    model = TTL(ComplementNB(), n_iter=5).fit(X[0], y, X[1], X_intermediate=X[2])
    assert time.process_time() - start < 10
    assert model.prototypes_.shape == (5000, 2)


def test_bad_input():
    (Xs, ys), (Xi, _), (Xt, _) = planted()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with pytest.raises(
            ValueError, match="X_intermediate was given without X_target"
        ):
            TTL().fit(Xs, ys, X_intermediate=Xi)
    with pytest.raises(
        ValueError, match=r"X_intermediate has 15 features, X .* has 32"
    ):
        TTL().fit(Xs, ys, Xt, X_intermediate=Xi[:, :15])
    with pytest.raises(
        ValueError, match=r"X_intermediate contains NaN in column 0"
    ):
        TTL().fit(Xs, ys, Xt, X_intermediate=Xi * np.nan)
    for domains, name in (
        ((-Xs, Xt, Xi), "source"),
        ((Xs, -Xt, Xi), "target"),
        ((Xs, Xt, -Xi), "inter"),
    ):
        with pytest.raises(ValueError, match=f"{name}.* has negative values"):
            TTL().fit(domains[0], ys, domains[1], X_intermediate=domains[2])
    model = TTL(n_iter=2).fit(Xs, ys, Xt, X_intermediate=Xi)
    empty = Xt.toarray()
    empty[[3, 5]] = 0
    for call in (
        model.predict,
        lambda X: TTL().fit(Xs, ys, X, X_intermediate=Xi),
    ):
        with pytest.raises(ValueError, match="has 2 samples without any feature"):
            call(empty)
    with pytest.raises(ValueError, match="negative"):
        model.predict(-Xt)
    check_non_negative(Xt, "X_target")


def test_an_intermediate_without_common_words_is_refused():
    (Xs, ys), _, (Xt, _) = planted()
    with pytest.raises(ValueError, match="all intermediate samples into class"):
        TTL(LogisticRegression()).fit(Xs, ys, Xt, X_intermediate=Xt[:30])


def test_complexity_by_hand():
    X = np.zeros((100, 4))
    X[0, 0] = 5  # in one sample of a hundred
    X[:2, 1] = 1  # in two: not rare
    X[:50, 2] = 1
    assert complexity(X) == pytest.approx(1 / 3)
    assert complexity(sparse.csr_array(X), rare=0.03) == pytest.approx(2 / 3)


@pytest.mark.parametrize("d", [1, 2, 9, 29])
def test_few_features_are_all_directions(d):
    """The A-distance of all components, found by the eigenvectors of X'X."""
    rng = np.random.default_rng(0)
    Xs, Xi, Xt = (rng.random((40, d)) for _ in range(3))
    Xt[:, -1] += np.arange(40) / 40

    def turned(A, B):
        V = np.linalg.eigh(A.T @ A + B.T @ B)[1][:, ::-1]
        return A @ V, B @ V

    found = triple_features(Xs, Xi, Xt)[3:]
    pairs = ((Xs, Xi), (Xi, Xt), (Xs, Xt))
    expected = [proxy_a_distance(*turned(a, b)) for a, b in pairs]
    np.testing.assert_allclose(found, expected, atol=0.051)  # one sample
    if d > 1:
        fewer = triple_features(Xs, Xi, Xt, n_directions=d - 1)
        assert not np.allclose(fewer[3:], found)


def test_triple_features_tell_near_from_far():
    (Xs, _), (Xi, _), (Xt, _) = planted(n=100)
    (again, _), _, _ = planted(seed=5, n=100)
    features = triple_features(Xs, again, Xt)
    assert features.shape == (6,)
    np.testing.assert_allclose(
        features[:3], [complexity(X) for X in (Xs, again, Xt)]
    )
    assert features[3] < 0.6  # s and i are draws of one distribution
    assert features[4] > 1.9  # i and t share no word
    assert features[5] > 1.9
    (_, _), _, (other, _) = planted(seed=6, n=100)
    # now i and t are draws of one distribution
    features = triple_features(Xs, other, Xt)
    assert features[4] < 0.6
    assert min(features[3], features[5]) > 1.9
    bridge = triple_features(Xs, Xi, Xt)
    assert bridge[4] == pytest.approx(triple_features(Xi, Xt, Xs)[3], abs=0.1)


def test_the_bridge_is_selected():
    """Learned from triples of planted worlds: a bridge helps, a second source does not."""
    features, helped = [], []
    for seed in range(4):
        (Xs, _), (Xi, _), (Xt, _) = planted(seed)
        (again, _), _, (other, _) = planted(seed + 50)
        for candidate, helps in ((Xi, True), (again, False), (other, False)):
            features.append(triple_features(Xs, candidate, Xt))
            helped.append(helps)
    selector = fit_selector(features, helped)
    (Xs, _), (Xi, _), (Xt, _) = planted(11)
    (again, _), _, (other, _) = planted(77)
    candidates = {"second source": again, "bridge": Xi, "second target": other}
    name, p = select_intermediate(selector, Xs, Xt, candidates)
    assert name == "bridge"
    assert list(p) == list(candidates)
    assert p["bridge"] > 0.5 > max(p["second source"], p["second target"])
    with pytest.raises(ValueError, match="no intermediate domain to select"):
        select_intermediate(selector, Xs, Xt, {})


def test_import_is_lazy():
    code = (
        "import sys, tlbook.frontiers as f; assert 'torch' not in sys.modules; "
        "assert 'SLA' in dir(f) and f.TTL.__name__ == 'TTL'; "
        "ok = not hasattr(f, 'nothing'); print(ok)"
    )
    assert (
        subprocess.check_output([sys.executable, "-c", code], text=True)
        == "True\n"
    )
