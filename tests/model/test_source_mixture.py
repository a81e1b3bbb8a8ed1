"""Source mixture: likelihood on a grid, rule of Bayes of known densities, planted shares."""

import warnings

import numpy as np
import pytest
from scipy import sparse
from scipy.stats import multivariate_normal, norm
from sklearn.base import is_classifier, is_regressor
from sklearn.linear_model import LinearRegression, LogisticRegression, Perceptron
from sklearn.tree import DecisionTreeClassifier

from tlbook.model import SourceMixture
from tlbook.model.source_mixture import (
    combined,
    probabilities,
    standard_errors,
)

MEANS = np.array([[0.0, 0.0], [3.0, 0.0], [0.0, 3.0]])
SHARES = np.array([0.6, 0.1, 0.3])
# of the class, where sources contradict each other: source 1 turns the rule around
SLOPES = np.array([[2.0, 1.0], [-2.0, -1.0], [1.0, -2.0]])


def source(k, n, rng):
    X = MEANS[k] + rng.normal(size=(n, 2))
    chance = 1 / (1 + np.exp(-(X - MEANS[k]) @ SLOPES[k]))
    return X, (rng.random(n) < chance).astype(int)


def world(seed, n=1500, shares=SHARES):
    rng = np.random.default_rng(seed)
    sources = [source(k, n, rng) for k in range(3)]
    counts = np.round(n * np.asarray(shares)).astype(int)
    parts = [source(k, m, rng) for k, m in enumerate(counts)]
    Xt, yt = (np.concatenate(part) for part in zip(*parts))
    return sources, Xt, yt


def densities(X):
    return np.column_stack([multivariate_normal(m).pdf(X) for m in MEANS])


def test_planted_shares_are_found():
    for seed in range(3):
        sources, Xt, _ = world(seed)
        model = SourceMixture().fit(sources, Xt)
        assert model.shares_.sum() == pytest.approx(1)
        np.testing.assert_allclose(model.shares_, SHARES, atol=0.04)


def test_sizes_of_the_sources_are_not_their_shares():
    rng = np.random.default_rng(0)
    sources = [source(k, n, rng) for k, n in enumerate((3000, 500, 1500))]
    _, Xt, _ = world(1)
    model = SourceMixture().fit(sources, Xt)
    np.testing.assert_allclose(model.shares_, SHARES, atol=0.04)


def test_shares_have_the_largest_likelihood_on_the_whole_simplex():
    """Grid search with the true densities, which the estimate does not see."""
    sources, Xt, _ = world(0)
    found = SourceMixture().fit(sources, Xt).shares_
    P, steps = densities(Xt), np.linspace(0, 1, 51)
    grid = np.array(
        [(a, b, 1 - a - b) for a in steps for b in steps if a + b <= 1 + 1e-12]
    )
    likelihood = np.log(np.maximum(P @ grid.T, 1e-300)).sum(axis=0)
    np.testing.assert_allclose(found, grid[np.argmax(likelihood)], atol=0.03)


def test_shares_are_a_maximum_of_the_likelihood_of_the_estimated_ratios():
    sources, Xt, _ = world(2)
    model = SourceMixture().fit(sources, Xt)
    A = model.source_probabilities(Xt) / model.shares_
    # the derivative by each share is the same: Lagrange's condition on the simplex
    np.testing.assert_allclose(A.mean(axis=0), 1, atol=1e-6)


def test_predictions_are_the_rule_of_bayes():
    sources, Xt, yt = world(3, n=4000)
    model = SourceMixture().fit(sources, Xt)
    joint = densities(Xt) * SHARES
    V = joint / joint.sum(axis=1, keepdims=True)
    np.testing.assert_allclose(model.source_probabilities(Xt), V, atol=0.08)
    ones = [
        1 / (1 + np.exp(-(Xt - m) @ slope)) for m, slope in zip(MEANS, SLOPES)
    ]
    bayes = sum(v * one for v, one in zip(V.T, ones))
    P = model.predict_proba(Xt)
    np.testing.assert_allclose(P.sum(axis=1), 1)
    assert np.abs(P[:, 1] - bayes).mean() < 0.02
    clear = np.abs(bayes - 0.5) > 0.1
    np.testing.assert_array_equal(model.predict(Xt)[clear], bayes[clear] > 0.5)
    assert model.score(Xt, yt) > np.mean((bayes > 0.5) == yt) - 0.01


def test_rules_that_contradict_each_other_are_kept_apart():
    """One linear rule for all cannot follow them; each alone is right in its part."""
    for seed in range(3):
        sources, Xt, yt = world(seed, shares=[0.4, 0.3, 0.3])
        rules = SourceMixture().fit(sources, Xt).score(Xt, yt)
        samples = SourceMixture(combine="samples").fit(sources, Xt)
        X, y = (np.concatenate(part) for part in zip(*sources))
        pooled = LogisticRegression().fit(X, y).score(Xt, yt)
        assert rules > samples.score(Xt, yt) + 0.05
        assert rules > pooled + 0.05


def test_weighted_samples_are_samples_of_the_target():
    """The weighted mean of any function over the sources is its mean in the target."""
    sources, Xt, yt = world(4)
    model = SourceMixture(LinearRegression(), "samples").fit(sources, Xt)
    X, y = (np.concatenate(part) for part in zip(*sources))
    w = np.repeat(model.shares_ * 3, 1500)
    A = np.column_stack([X, np.ones(len(X))])
    expected = np.linalg.solve(A.T @ (w[:, None] * A), A.T @ (w * y))
    found = model.estimators_[0]
    np.testing.assert_allclose(
        [*found.coef_, found.intercept_], expected, rtol=1e-6
    )
    np.testing.assert_allclose((w @ X) / w.sum(), Xt.mean(axis=0), atol=0.1)


def test_numbers_are_averaged():
    rng = np.random.default_rng(0)

    def draw(k, n):
        X = MEANS[k] + rng.normal(size=(n, 2))
        return X, X @ SLOPES[k] + 5 * k

    sources = [draw(k, 400) for k in range(3)]
    Xt, yt = (np.concatenate(p) for p in zip(draw(0, 300), draw(1, 100)))
    model = SourceMixture(LinearRegression()).fit(sources, Xt)
    assert is_regressor(model)
    assert not hasattr(model, "classes_")
    assert not hasattr(model, "predict_proba")
    V = model.source_probabilities(Xt)
    expected = sum(V[:, k] * (Xt @ SLOPES[k] + 5 * k) for k in range(3))
    np.testing.assert_allclose(model.predict(Xt), expected)
    alone = LinearRegression().fit(*sources[0]).score(Xt, yt)
    assert model.score(Xt, yt) > max(alone, 0.7)


def test_combined_by_hand():
    V = np.array([[0.25, 0.75], [1.0, 0.0]])
    H = [np.array([4.0, 8.0]), np.array([0.0, 100.0])]
    np.testing.assert_allclose(combined(V, H), [1.0, 8.0])
    P = [np.array([[1.0, 0.0]] * 2), np.array([[0.2, 0.8]] * 2)]
    np.testing.assert_allclose(combined(V, P), [[0.4, 0.6], [1.0, 0.0]])


def test_sources_may_know_other_classes():
    rng = np.random.default_rng(0)
    first = rng.normal(size=(90, 2)) + 6 * np.eye(3)[np.arange(90) % 2][:, :2]
    second = rng.normal(size=(90, 2)) + [[20, 0], [20, 8], [28, 8]] * 30
    names = np.array(["ant", "bee", "cat", "dog", "elk"])
    y = [names[np.arange(90) % 2], names[2 + np.arange(90) % 3]]
    sources = list(zip((first, second), y))
    model = SourceMixture().fit(sources, np.vstack([first[:40], second[:40]]))
    assert list(model.classes_) == list(names)
    assert model.score(first, y[0]) > 0.9
    assert model.score(second, y[1]) > 0.9
    rule = LogisticRegression().fit(second, y[1])
    P = probabilities(rule, second, model.classes_)
    assert (P[:, :2] == 0).all()
    np.testing.assert_allclose(P[:, 2:], rule.predict_proba(second))


def test_standard_errors_of_sources_that_do_not_overlap_are_those_of_counts():
    counts = np.array([50, 30, 120])
    V = np.repeat(np.eye(3), counts, axis=0)
    p = counts / 200
    np.testing.assert_allclose(standard_errors(V, p), np.sqrt(p * (1 - p) / 200))


def test_a_source_that_is_absent_has_no_error_and_leaves_the_others_theirs():
    V = np.zeros((200, 4))
    V[:120, 0] = V[120:, 2] = 1
    V[:, 3] = 1e-9
    shares = np.array([0.6, 0.0, 0.4, 1e-9])
    error = np.sqrt(0.6 * 0.4 / 200)
    np.testing.assert_allclose(standard_errors(V, shares), [error, 0, error, 0])
    alone = standard_errors(np.eye(1).repeat(9, axis=0), np.ones(1))
    np.testing.assert_allclose(alone, 0)


def test_standard_errors_of_two_sources_by_the_second_derivative():
    rng = np.random.default_rng(0)
    x = np.concatenate([rng.normal(0, 1, 400), rng.normal(1.5, 1, 200)])
    P = np.column_stack([norm.pdf(x, 0), norm.pdf(x, 1.5)])
    p, h = 0.35, 1e-4

    def likelihood(p):
        return np.log(P @ [1 - p, p]).sum()

    curvature = (likelihood(p + h) - 2 * likelihood(p) + likelihood(p - h)) / h**2
    V = P * [1 - p, p] / (P @ [1 - p, p])[:, None]
    np.testing.assert_allclose(
        standard_errors(V, np.array([1 - p, p])),
        1 / np.sqrt(-curvature),
        rtol=1e-4,
    )


def test_standard_errors_are_the_spread_of_the_shares_over_samples():
    found, said = [], []
    sources, _, _ = world(0, n=1000)
    for seed in range(25):
        rng = np.random.default_rng(seed)
        k = rng.choice(3, 300, p=SHARES)
        Xt = MEANS[k] + rng.normal(size=(300, 2))
        model = SourceMixture().fit(sources, Xt)
        found.append(model.shares_)
        said.append(model.standard_errors_)
    ratio = np.std(found, axis=0) / np.mean(said, axis=0)
    assert (ratio > 0.6).all()
    assert (ratio < 1.5).all()


def test_sources_that_look_alike_are_told():
    rng = np.random.default_rng(0)
    sources = [source(0, 300, rng), source(0, 300, rng)]
    Xt, _ = source(0, 200, rng)
    with pytest.warns(UserWarning, match=r"known to [\d.]+ only.*look alike"):
        model = SourceMixture().fit(sources, Xt)
    assert model.standard_errors_.max() <= 1
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        sources, Xt, _ = world(0, n=300)
        SourceMixture().fit(sources, Xt)


def test_order_of_sources_and_units_do_not_matter():
    sources, Xt, _ = world(0, n=500)
    model = SourceMixture().fit(sources, Xt)
    turned = SourceMixture().fit(sources[::-1], Xt)
    np.testing.assert_allclose(turned.shares_[::-1], model.shares_, atol=5e-3)
    scale = np.array([1000.0, 0.01])
    scaled = [(X * scale, y) for X, y in sources]
    other = SourceMixture().fit(scaled, Xt * scale)
    np.testing.assert_allclose(other.shares_, model.shares_, atol=1e-4)


def test_sparse_and_dense_agree():
    sources, Xt, _ = world(0, n=200)
    dense = SourceMixture().fit(sources, Xt)
    thin = [(sparse.csr_array(X), y) for X, y in sources]
    model = SourceMixture().fit(thin, sparse.csr_array(Xt))
    np.testing.assert_allclose(model.shares_, dense.shares_, atol=1e-4)


def test_words():
    sources, Xt, _ = world(0, n=60)
    with pytest.raises(ValueError, match="sources has 1 pair; at least 2"):
        SourceMixture().fit(sources[:1], Xt)
    with pytest.raises(ValueError, match=r"without target labels.* 60 labels"):
        SourceMixture().fit(sources, Xt, np.zeros(60, dtype=int))
    numbers = SourceMixture(LinearRegression())
    numbers.fit(sources, Xt, np.full(60, np.nan))
    with pytest.raises(ValueError, match="mark unlabeled rows with NaN"):
        numbers.fit(sources, Xt, Xt[:, 0])
    with pytest.raises(ValueError, match=r'no predict_proba.*combine="samples"'):
        SourceMixture(Perceptron()).fit(sources, Xt)
    model = SourceMixture(Perceptron(), "samples").fit(sources, Xt)
    assert is_classifier(model)
    assert not hasattr(model, "predict_proba")
    with pytest.raises(ValueError, match=r"the y of sources\[1\].*one class"):
        SourceMixture().fit([sources[0], (sources[1][0], [1] * 60)], Xt)
    with pytest.raises(ValueError, match=r"sources\[1\] has 1 features"):
        SourceMixture().fit([sources[0], (sources[1][0][:, :1], [0, 1] * 30)], Xt)
    with pytest.raises(ValueError, match="The 'combine' parameter"):
        SourceMixture(combine="votes").fit(sources, Xt)
    tree = SourceMixture(DecisionTreeClassifier(random_state=0), "samples")
    P = tree.fit(sources, Xt).predict_proba(Xt)
    np.testing.assert_array_equal(tree.predict(Xt), P.argmax(axis=1))
