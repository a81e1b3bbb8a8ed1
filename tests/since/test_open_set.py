"""Open set: the cut by brute force, distances by definition, planted unknown classes."""

import numpy as np
import pytest
from scipy.spatial.distance import mahalanobis
from scipy.stats import norm
from sklearn.cluster import KMeans
from sklearn.covariance import LedoitWolf
from sklearn.linear_model import LogisticRegression

from tlbook.since import OpenSet
from tlbook.since.open_set import (
    best_cut,
    class_distance,
    is_more,
    open_set_scores,
)

DIMENSION = 10
CENTERS = 4 * np.random.default_rng(3).normal(size=(5, DIMENSION))


def draw(classes, n, seed, move=0.0):
    rng = np.random.default_rng(seed)
    y = rng.choice(classes, n)
    X = CENTERS[y] + move + rng.normal(size=(n, DIMENSION))
    return X @ np.diag(np.linspace(0.5, 2, DIMENSION)), y


def open_world(seed=0, move=0.0):
    """Classes 0, 1 and 2 in the source, 3 and 4 in the target besides."""
    Xs, ys = draw([0, 1, 2], 300, seed)
    Xt, yt = draw([0, 1, 2, 3, 4], 500, seed + 100, move)
    return Xs, ys, Xt, yt


def variance_between(u, t):
    low, high = u[u <= t], u[u > t]
    if not len(low) or not len(high):
        return 0.0
    middle = u.mean()
    return (
        len(low) * (low.mean() - middle) ** 2
        + len(high) * (high.mean() - middle) ** 2
    ) / len(u)


@pytest.mark.parametrize("seed", range(5))
def test_cut_is_the_best_of_all(seed):
    rng = np.random.default_rng(seed)
    u = np.concatenate([rng.normal(0, 1, 40 + 20 * seed), rng.gamma(2, 2, 60)])
    best = max(variance_between(u, t) for t in u)
    assert variance_between(u, best_cut(u)) == pytest.approx(best)
    groups = KMeans(2, n_init=20, random_state=0).fit_predict(u[:, None])
    low = groups == groups[np.argmin(u)]
    np.testing.assert_array_equal(u <= best_cut(u), low)


def test_cut_by_hand():
    assert best_cut(np.array([5.0, 0.0, 1.0, 6.0])) == 3.0
    assert best_cut(np.array([0.0, 9.0, 1.0, 0.5])) == 5.0
    assert best_cut(np.array([2.0, 4.0])) == 3.0


def test_cut_moves_with_the_scores():
    u = np.random.default_rng(0).gamma(2, 1, 200)
    assert best_cut(3 * u + 7) == pytest.approx(3 * best_cut(u) + 7)
    assert best_cut(u[::-1]) == best_cut(u)
    assert best_cut(-u) == pytest.approx(-best_cut(u))


def test_cut_of_two_normals_lies_midway():
    """By symmetry, in the limit of many samples."""
    p = (np.arange(20_000) + 0.5) / 20_000
    u = np.concatenate([norm.ppf(p, -2), norm.ppf(p, 4)])
    assert best_cut(u) == pytest.approx(1.0, abs=0.01)


def test_distance_by_its_definition():
    Xs, ys, Xt, _ = open_world()
    u = class_distance(Xs, ys).score(Xt[:20])
    means = [Xs[ys == c].mean(axis=0) for c in range(3)]
    rest = Xs - np.array(means)[ys]
    inverse = np.linalg.inv(
        LedoitWolf(assume_centered=True).fit(rest).covariance_
    )
    nearest = [min(mahalanobis(x, m, inverse) for m in means) for x in Xt[:20]]
    np.testing.assert_allclose(u, 2 * np.log(nearest))


def test_distance_in_one_dimension():
    X = np.array([[-1.0], [1.0], [9.0], [11.0]])  # means 0 and 10, variance 1
    u = class_distance(X, np.array([0, 0, 1, 1])).score(
        np.array([[3.0], [8.0], [10.0]])
    )
    np.testing.assert_allclose(u[:2], np.log([9.0, 4.0]))
    assert np.isfinite(u[2])
    assert u[2] < -20


def test_distance_does_not_turn_with_the_axes():
    Xs, ys, Xt, _ = open_world()
    Q, _ = np.linalg.qr(
        np.random.default_rng(0).normal(size=(DIMENSION, DIMENSION))
    )
    np.testing.assert_allclose(
        class_distance(7 * Xs @ Q, ys).score(7 * Xt @ Q),
        class_distance(Xs, ys).score(Xt),
    )


def test_more_than_chance():
    assert not is_more(0.1, 0.1, 100, 100)
    assert not is_more(0.2, 0.1, 10_000, 10_000)
    # r = 0.2, three standard errors of the difference are 0.1697
    assert is_more(0.115, 0.285, 100, 100)
    assert not is_more(0.1155, 0.2845, 100, 100)
    # r = 0.15: the sizes weigh it
    limit = 3 * np.sqrt(0.15 * 0.85 * (1 / 300 + 1 / 100))
    a = 0.15 - limit / 4
    assert is_more(a - 0.001, a + limit + 0.003, 300, 100)
    assert not is_more(a + 0.001, a + limit - 0.003, 300, 100)
    rng = np.random.default_rng(0)
    found = [
        is_more(rng.binomial(80, 0.4) / 80, rng.binomial(200, 0.4) / 200, 80, 200)
        for _ in range(2000)
    ]
    # one side of three standard errors: 0.1 %
    assert np.mean(found) < 0.006


def test_scores_by_hand():
    y = ["a", "a", "a", "a", "b", "b", "x", "z"]
    called = ["a", "a", "a", "unknown", "b", "a", "unknown", "b"]
    K, R, H = open_set_scores(y, called, ["a", "b"])
    assert (K, R) == (0.625, 0.5)
    assert pytest.approx(2 / (1 / 0.625 + 1 / 0.5)) == H
    K, R, H = open_set_scores([0, 1], [0, -1], [0, 1, 2])
    assert K == 0.5
    assert np.isnan(R)
    assert np.isnan(H)
    assert open_set_scores([0, 7], [-1, 0], [0]) == (0.0, 0.0, 0.0)
    assert np.isnan(open_set_scores([7, 8], [-1, 0], [0])[0])


def test_planted_unknown_classes_are_found():
    for seed in range(3):
        Xs, ys, Xt, yt = open_world(seed)
        model = OpenSet().fit(Xs, ys, Xt)
        K, R, H = open_set_scores(yt, model.predict(Xt), [0, 1, 2])
        assert min(K, R) > 0.95
        u, known = model.unknown_score(Xt), model.source_model_.predict(Xt)
        best = max(
            open_set_scores(yt, np.where(u > t, -1, known), [0, 1, 2])[2]
            for t in np.unique(u)
        )
        assert best - H < 0.03
        assert model.unknown_share_ == pytest.approx(np.mean(yt > 2), abs=0.05)
        np.testing.assert_array_equal(
            model.predict(Xt) == -1, u > model.threshold_
        )


def test_share_of_unknown_samples_where_known_ones_lie_beyond_the_cut():
    """Each source sample beyond stands for known target samples beyond."""
    rng = np.random.default_rng(0)
    ys, fresh = np.arange(900) % 3, np.arange(6000) % 3
    Xs, Xf = (
        4 * np.eye(3)[y] + rng.normal(size=(len(y), 3)) for y in (ys, fresh)
    )
    Xt = np.vstack([Xf[:300], rng.uniform(-2, 6, size=(900, 3))])
    model = OpenSet().fit(Xs, ys, Xt)
    a = np.mean(model.unknown_score(Xf) > model.threshold_)
    b = np.mean(model.unknown_score(Xt) > model.threshold_)
    assert a > 0.1
    assert model.unknown_share_ == pytest.approx((b - a) / (1 - a), abs=0.03)
    assert abs((b - a) / (1 - a) - (b - a)) > 0.08


def test_the_domains_may_lie_apart():
    """A threshold that the source alone gives calls many more known samples unknown."""
    for seed in range(3):
        Xs, ys, Xt, yt = open_world(seed, move=0.6)
        model = OpenSet().fit(Xs, ys, Xt)
        of_source = np.quantile(class_distance(Xs, ys).score(Xs), 0.95)
        assert np.mean(model.unknown_score(Xt[yt < 3]) > of_source) > 0.15
        K, R, _ = open_set_scores(yt, model.predict(Xt), [0, 1, 2])
        assert K > 0.98
        assert R > 0.9


def test_without_unknown_classes_and_without_shift_nothing_is_unknown():
    for seed in range(5):
        Xs, ys = draw([0, 1, 2], 300, seed)
        Xt, _ = draw([0, 1, 2], 200, seed + 50)
        model = OpenSet().fit(Xs, ys, Xt)
        assert model.threshold_ == np.inf
        assert model.unknown_share_ == 0
        np.testing.assert_array_equal(
            model.predict(Xt),
            LogisticRegression(max_iter=1000).fit(Xs, ys).predict(Xt),
        )


def test_share_of_source_samples_beyond_is_that_of_held_out_samples():
    """In many dimensions those that it was fitted on lie nearer."""
    rng = np.random.default_rng(0)
    Xs, ys = rng.normal(size=(60, 80)), np.arange(60) % 3
    Xt = rng.normal(size=(200, 80))
    assert OpenSet().fit(Xs, ys, Xt).threshold_ == np.inf
    fitted = class_distance(Xs, ys).score(Xs)
    t = best_cut(class_distance(Xs, ys).score(Xt))
    beyond = np.mean(class_distance(Xs, ys).score(Xt) > t)
    assert is_more(np.mean(fitted > t), beyond, 60, 200)


@pytest.mark.parametrize(
    ("names", "unknown"),
    [
        (["ant", "bee", "cat"], "unknown"),
        ([3, 5, 9], -1),
        (np.array([3, 5, 9], dtype=np.uint8), -1),
        ([0.0, 1.0, 2.0], -1),
        (np.array(["ant", "bee", "cat"], dtype=object), "unknown"),
    ],
)
def test_unknown_is_written_as_the_labels_are(names, unknown):
    Xs, ys, Xt, yt = open_world()
    names = np.asarray(names)
    model = OpenSet().fit(Xs, names[ys], Xt)
    assert model.unknown_ == unknown
    called = model.predict(Xt)
    assert set(called.tolist()) == {*names.tolist(), unknown}
    assert np.mean((called == unknown) == (yt > 2)) > 0.95
    # as if they were of the source: nothing there is unknown
    assert set(model.predict(Xt, "source").tolist()) == set(names.tolist())
    assert model.predict_proba(Xt).shape == (len(Xt), 3)


def test_unknown_of_two_truth_values():
    Xs, ys = draw([0, 1], 200, 0)
    Xt, yt = draw([0, 1, 3], 200, 1)
    called = OpenSet().fit(Xs, ys == 1, Xt).predict(Xt)
    assert set(called.tolist()) == {0, 1, -1}
    assert np.mean((called == -1) == (yt == 3)) > 0.95


def test_without_a_target_nothing_is_unknown():
    Xs, ys, Xt, _ = open_world()
    with pytest.warns(UserWarning, match="no X_target"):
        model = OpenSet().fit(Xs, ys - 1)  # -1 is a class like any other then
    assert set(model.predict(Xt)) <= {-1, 0, 1}


def test_words():
    Xs, ys, Xt, _ = open_world()
    with pytest.raises(ValueError, match="-1 is the label of unknown samples"):
        OpenSet().fit(Xs, ys - 1, Xt)
    names = np.array(["ant", "unknown", "cat"])[ys]
    with pytest.raises(ValueError, match="'unknown' is the label of unknown"):
        OpenSet().fit(Xs, names, Xt)
    alone = np.where(np.arange(len(ys)) == 0, 7, ys)
    with pytest.raises(ValueError, match="one sample only"):
        OpenSet().fit(Xs, alone, Xt)
    points = CENTERS[ys]
    with pytest.raises(ValueError, match="coincide"):
        class_distance(points, ys)
