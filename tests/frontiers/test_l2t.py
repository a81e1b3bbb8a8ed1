import numpy as np
import pytest
from scipy.spatial.distance import cdist

from tlbook.discrepancy import mmd2
from tlbook.frontiers import L2T
from tlbook.frontiers.l2t import (
    DELTA,
    GAMMAS,
    NO_EXPERIENCE,
    Experience,
    Reflection,
    Statistics,
    base_maps,
    discriminability,
    gather_experiences,
    improve_map,
    learn_reflection,
    look_at,
    map_cost,
    mmd_terms,
    neighbor_graph,
    reflection_loss,
    statistics_of,
    target_graphs,
    unit_spread,
)

K = len(GAMMAS)


def make_pair(seed=0, m=25, d=5):
    rng = np.random.default_rng(seed)
    stretch = rng.random((d, d))
    return rng.standard_normal((m, d)), 0.4 + rng.standard_normal(
        (m + 6, d)
    ) @ stretch


def test_mmd_terms_by_the_definition():
    rng = np.random.default_rng(0)
    Zs, Zt = rng.standard_normal((4, 2)), rng.standard_normal((4, 2))

    def k(a, b, gamma):
        return np.exp(-gamma * np.sum((a - b) ** 2))

    H = mmd_terms(Zs, Zt, [0.3, 2.0])
    pairs = [(i, j) for i in range(4) for j in range(4) if i != j]
    for row, gamma in zip(H, (0.3, 2.0)):
        expected = [
            k(Zs[i], Zs[j], gamma)
            + k(Zt[i], Zt[j], gamma)
            - k(Zs[i], Zt[j], gamma)
            - k(Zs[j], Zt[i], gamma)
            for i, j in pairs
        ]
        np.testing.assert_allclose(row, expected)


def test_mean_of_the_terms_is_nearly_the_unbiased_mmd():
    """They differ by the pairs (s_i, t_i), one in m."""
    rng = np.random.default_rng(1)
    Zs, Zt = rng.standard_normal((300, 2)), rng.standard_normal((300, 2)) + 1
    means = mmd_terms(Zs, Zt).mean(axis=1)
    for mean, gamma in zip(means, GAMMAS):
        assert mean == pytest.approx(
            float(mmd2(Zs, Zt, gamma, "unbiased")), abs=2e-3
        )


def test_unit_spread_gives_mean_squared_distance_2():
    Xs, Xt = make_pair()
    X = np.concatenate([Xs, Xt])
    W = unit_spread(
        np.random.default_rng(2).standard_normal((5, 3)), np.cov(X.T, bias=True)
    )
    assert np.mean(cdist(X @ W, X @ W, "sqeuclidean")) == pytest.approx(2)


def test_neighbor_graph_by_hand():
    x = np.array([[0.0], [1.0], [3.0], [10.0]])
    graph = neighbor_graph(cdist(x, x), k=1)
    # 3 is nearest to 10, 1 to 3, 0 and 1 to each other
    edges = {(0, 1), (1, 2), (2, 3)}
    assert {(i, j) for i, j in zip(*np.nonzero(graph)) if i < j} == edges
    np.testing.assert_array_equal(graph, graph.T)


def test_discriminability_by_the_definition():
    """As a quotient of scatters: tr(W' S^N W) / tr(W' S^L W)."""
    _, Xt = make_pair(seed=4, m=9)
    D = cdist(Xt, Xt, "sqeuclidean")
    neighbors = neighbor_graph(D)
    W = np.random.default_rng(4).standard_normal((5, 2))
    apart, together = discriminability(Xt @ W, *target_graphs(Xt))
    for k, gamma in enumerate(GAMMAS):
        scatter, total = np.zeros((2, 5, 5)), np.zeros(2)
        for i in range(len(Xt)):
            for j in range(len(Xt)):
                if i != j:
                    weight = np.exp(-2 * gamma * D[i, j] / D.mean())
                    side = int(neighbors[i, j])
                    scatter[side] += weight * np.outer(
                        Xt[i] - Xt[j], Xt[i] - Xt[j]
                    )
                    total[side] += weight
        traces = [np.trace(W.T @ S @ W) for S in scatter]
        np.testing.assert_allclose([apart[k], together[k]], traces / total)


def test_statistics_put_it_together_and_ignore_the_scale_of_the_map():
    Xs, Xt = make_pair(seed=5)
    pair = look_at(Xs, Xt)
    assert pair.Xs.shape == pair.Xt.shape == (25, 5)
    W = np.random.default_rng(5).standard_normal((5, 2))
    d, Q, tau = statistics_of(pair, W)
    unit = unit_spread(W, pair.S)
    H = mmd_terms(pair.Xs @ unit, pair.Xt @ unit)
    np.testing.assert_allclose(d, H.mean(axis=1))
    deviations = H - d[:, None]
    np.testing.assert_allclose(Q, deviations @ deviations.T / (H.shape[1] - 1))
    apart, together = discriminability(pair.Xt @ W, *target_graphs(pair.Xt))
    np.testing.assert_allclose(tau, apart / together)
    for a, b in zip(statistics_of(pair, 7 * W), (d, Q, tau)):
        np.testing.assert_allclose(a, b, rtol=1e-9)


def test_look_at_draws_from_both_domains():
    rng = np.random.default_rng(6)
    Xs, Xt = rng.standard_normal((80, 3)), rng.standard_normal((60, 3)) + 5
    pair = look_at(Xs, Xt, max_samples=30, random_state=1)
    assert pair.Xs.shape == pair.Xt.shape == (30, 3)
    middle = (pair.Xs.mean(axis=0) + pair.Xt.mean(axis=0)) / 2
    np.testing.assert_allclose(middle, 0, atol=1e-12)
    pool = np.concatenate([pair.Xs, pair.Xt])
    np.testing.assert_allclose(pair.S, np.cov(pool.T, bias=True))
    np.testing.assert_allclose(
        cdist(pair.Xs, pair.Xs).max(),
        cdist(Xs, Xs)[np.ix_(*[drawn(Xs, 30, 1)] * 2)].max(),
    )
    with pytest.raises(ValueError, match="6 samples are too few"):
        look_at(Xs[:6], Xt)


def drawn(X, m, seed):
    """Rows that `look_at` takes of the source."""
    return np.sort(np.random.RandomState(seed).permutation(len(X))[:m])


def random_experiences(n=12, seed=0):
    rng = np.random.default_rng(seed)
    made = []
    for _ in range(n):
        A = rng.standard_normal((K, K))
        statistics = Statistics(rng.random(K), A @ A.T / K, 1 + 3 * rng.random(K))
        made.append(Experience("x", statistics, 0.7 + 0.6 * rng.random()))
    return made


def huber(r):
    return r**2 / 2 if abs(r) <= DELTA else DELTA * (abs(r) - DELTA / 2)


def test_reflection_loss_by_the_definition_and_its_gradient_by_finite_differences():
    made = random_experiences()
    theta = np.concatenate([np.linspace(0.02, 0.2, K), [0.3, 0.4, 0.2]])

    def by_definition(theta):
        beta, lam, mu, b = theta[:K], theta[K], theta[K + 1], theta[K + 2]
        total = 0
        for _, (d, Q, tau), improvement in made:
            cost = beta @ d + lam * beta @ Q @ beta + mu / (beta @ tau) + b
            total += huber(cost - 1 / improvement) / len(made)
        return total + 0.05 * (beta @ beta + lam**2 + mu**2)

    value, gradient = reflection_loss(theta, made, 0.05)
    assert value == pytest.approx(by_definition(theta))
    step = 1e-6 * np.eye(K + 3)
    numeric = [
        (by_definition(theta + h) - by_definition(theta - h)) / 2e-6 for h in step
    ]
    np.testing.assert_allclose(gradient, numeric, rtol=1e-5, atol=1e-8)
    (_, statistics, _) = made[0]
    reflection = Reflection(theta[:K], *theta[K:])
    d, Q, tau = statistics
    expected = (
        theta[:K] @ d
        + 0.3 * theta[:K] @ Q @ theta[:K]
        + 0.4 / (theta[:K] @ tau)
        + 0.2
    )
    assert reflection.cost(statistics) == pytest.approx(expected)


@pytest.mark.parametrize("seed", range(3))
def test_cost_of_a_map_is_that_of_its_statistics_and_its_gradient_by_finite_differences(
    seed,
):
    rng = np.random.default_rng(seed)
    pair = look_at(*make_pair(seed))
    W = rng.standard_normal((5, 2))
    reflection = Reflection(0.1 + rng.random(K), lam=2.0, mu=1.5, b=0.3)

    def cost(W):
        return reflection.cost(statistics_of(pair, W))

    value, gradient = map_cost(W, pair, reflection)
    assert value == pytest.approx(cost(W))
    numeric = np.empty_like(W)
    for place in np.ndindex(W.shape):
        E = np.zeros_like(W)
        E[place] = 1e-5
        numeric[place] = (cost(W + E) - cost(W - E)) / 2e-5
    np.testing.assert_allclose(gradient, numeric, rtol=1e-4, atol=1e-7)
    # the scale does not count
    assert np.sum(gradient * W) == pytest.approx(0, abs=1e-9)


def test_steps_go_down():
    pair = look_at(*make_pair(3))
    W = np.random.default_rng(3).standard_normal((5, 2))
    np.testing.assert_allclose(
        improve_map(W, pair, NO_EXPERIENCE, 0), unit_spread(W, pair.S)
    )
    costs = [
        map_cost(improve_map(W, pair, NO_EXPERIENCE, n), pair, NO_EXPERIENCE)[0]
        for n in (0, 2, 20)
    ]
    assert costs[0] > costs[1] > costs[2]
    moved = improve_map(W, pair, NO_EXPERIENCE, 2)
    assert np.trace(moved.T @ pair.S @ moved) == pytest.approx(1)
    assert NO_EXPERIENCE.mu == 1


def planted_pair(seed, d=8, shift=4.0, n=90):
    """Three classes in the first two features; the domains differ in the third only."""
    rng = np.random.default_rng(seed)
    means = np.zeros((3, d))
    means[:, :2] = 4 * np.array([[0, 0], [1, 0], [0, 1]])
    ys = yt = np.arange(n) % 3
    Xs, Xt = (
        means[ys] + rng.standard_normal((n, d)),
        means[yt] + rng.standard_normal((n, d)),
    )
    Xt[:, 2] = shift + 3 * Xt[:, 2]
    return Xs, ys, Xt, yt


def planted_maps(d=8):
    """The better map keeps the classes, the worse one what differs between the domains."""
    return {"good": np.eye(d)[:, [0, 1, 3]], "bad": np.eye(d)[:, [2, 3, 4]]}


def planted_experiences(seeds):
    return [
        Experience(
            name,
            statistics_of(look_at(Xs, Xt), W),
            1.3 if name == "good" else 0.6,
        )
        for seed in seeds
        for Xs, _, Xt, _ in [planted_pair(seed)]
        for name, W in planted_maps().items()
    ]


def test_the_better_map_is_ranked_first_on_planted_experiences():
    reflection = learn_reflection(planted_experiences(range(6)))
    for seed in range(20, 26):
        Xs, _, Xt, _ = planted_pair(seed)
        pair = look_at(Xs, Xt)
        cost = {
            n: reflection.cost(statistics_of(pair, W))
            for n, W in planted_maps().items()
        }
        assert cost["good"] < cost["bad"]
        assert 1 / cost["good"] == pytest.approx(1.3, abs=0.15)
        assert 1 / cost["bad"] == pytest.approx(0.6, abs=0.15)


def test_learning_finds_a_minimum():
    made = planted_experiences(range(4))
    r = learn_reflection(made, penalty=1e-3)
    theta = np.concatenate([r.beta, [r.lam, r.mu, r.b]])
    value, gradient = reflection_loss(theta, made, 1e-3)
    low = np.concatenate([np.full(K, 1e-6), [0, 0, -np.inf]])
    assert np.all(theta >= low)
    free = theta > low + 1e-9
    np.testing.assert_allclose(gradient[free], 0, atol=2e-4)
    assert np.all(gradient[~free] > -2e-4)
    assert value < reflection_loss(theta + 0.05, made, 1e-3)[0]
    assert np.isfinite(learn_reflection(made[:2]).beta).all()
    with pytest.raises(ValueError, match="1 experiences are too few"):
        learn_reflection(made[:1])


def test_base_maps_respect_the_limits():
    Xs, ys, Xt, _ = planted_pair(0)
    columns = {name: W.shape[1] for name, W in base_maps(Xs, ys, Xt).items()}
    # half of the features
    assert columns == {"none": 8, "TCA": 4, "GFK": 8, "JDA": 4, "TJM": 4}
    few = base_maps(Xs[:12], ys[:12], Xt[:3])
    columns = {name: W.shape[1] for name, W in few.items()}
    assert columns == {"none": 8, "TCA": 2, "GFK": 4, "JDA": 2, "TJM": 2}
    np.testing.assert_array_equal(few["none"], np.eye(8))


def test_accuracies_below_chance_count_as_chance():
    rng = np.random.default_rng(0)
    ys = yt = np.arange(60) % 3
    Xs = 9 * np.eye(3)[ys] + rng.standard_normal((60, 3))
    # every answer is wrong
    Xt = 9 * np.eye(3)[(yt + 1) % 3] + rng.standard_normal((60, 3))
    made = gather_experiences(
        np.hstack([Xs, Xs]), ys, np.hstack([Xt, Xt]), yt, n_components=2
    )
    assert all(e.improvement >= 1 for e in made)
    assert made[0].improvement == 1


def test_gathering_remembers_what_each_method_gained():
    Xs, ys, Xt, yt = planted_pair(0)
    made = gather_experiences(Xs, ys, Xt, yt, n_components=3)
    assert [e.method for e in made] == ["none", "TCA", "GFK", "JDA", "TJM"]
    assert made[0].improvement == 1
    from sklearn.neighbors import KNeighborsClassifier

    W = base_maps(Xs, ys, Xt, 3)["JDA"]
    assert W.shape == (8, 3)
    nearest = KNeighborsClassifier(1)
    gain = nearest.fit(Xs @ W, ys).score(Xt @ W, yt) / nearest.fit(Xs, ys).score(
        Xt, yt
    )
    assert made[3].improvement == pytest.approx(gain)
    np.testing.assert_allclose(
        made[3].statistics.d, statistics_of(look_at(Xs, Xt), W).d
    )
    reversed_labels = (ys + 1) % 3  # every prediction wrong: counts as chance
    poor = gather_experiences(Xs, reversed_labels, Xt, yt, n_components=3)
    assert min(e.improvement for e in poor) >= 1 / 3


def test_the_classifier_chooses_improves_and_maps():
    Xs, ys, Xt, yt = planted_pair(1)
    chosen = L2T(n_steps=0, n_components=3).fit(Xs, ys, Xt)
    assert chosen.chosen_ == min(chosen.costs_, key=chosen.costs_.get)
    W = base_maps(Xs, ys, Xt, 3)[chosen.chosen_]
    expected = W / np.sqrt(np.trace(W.T @ look_at(Xs, Xt).S @ W))
    np.testing.assert_allclose(chosen.projection_, expected)
    np.testing.assert_allclose(chosen.transform(Xt), Xt @ chosen.projection_)
    moved = L2T(n_steps=5, n_components=3).fit(Xs, ys, Xt)
    pair = look_at(Xs, Xt)
    before, after = (
        map_cost(m.projection_, pair, NO_EXPERIENCE)[0] for m in (chosen, moved)
    )
    assert after < before


def test_experience_decides():
    """Two reflections with opposite experience choose differently."""
    Xs, ys, Xt, yt = planted_pair(2)
    made = gather_experiences(Xs, ys, Xt, yt, n_components=3)
    opposite = [e._replace(improvement=1 / e.improvement) for e in made]
    fond = L2T(reflection=learn_reflection(made, 1e-6), n_steps=0, n_components=3)
    averse = L2T(
        reflection=learn_reflection(opposite, 1e-6), n_steps=0, n_components=3
    )
    assert fond.fit(Xs, ys, Xt).chosen_ != averse.fit(Xs, ys, Xt).chosen_
    assert fond.score(Xt, yt) > averse.score(Xt, yt)
