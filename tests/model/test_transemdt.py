"""TransEMDT: counts along the paths, brute force over thresholds, Lloyd's fixed point, a stump."""

from itertools import pairwise

import numpy as np
import pytest
from sklearn.cluster import KMeans
from sklearn.tree import DecisionTreeClassifier, plot_tree

from tlbook.datasets import load_activity
from tlbook.model import TransEMDT
from tlbook.model.transemdt import (
    adapted_tree,
    best_threshold,
    class_means,
    class_sides,
    confident_samples,
    named_kmeans,
)


def blobs(n=90, d=4, k=3, seed=0, move=0.0):
    rng = np.random.default_rng(seed)
    y = np.arange(n) % k
    X = 4 * np.random.default_rng(5).standard_normal((k, d))[
        y
    ] + rng.standard_normal((n, d))
    return X + move, y


def grown(X, y, **options):
    return DecisionTreeClassifier(
        criterion="entropy", random_state=0, **options
    ).fit(X, y)


def test_sides_count_the_source_samples():
    X, y = blobs(n=150, k=5)
    y = np.where(np.arange(150) % 7 == 0, (y + 1) % 5, y)
    tree = grown(X, y, min_samples_leaf=8)
    sides = class_sides(tree)
    visited = tree.decision_path(X).toarray().astype(bool)
    seen = set()
    for n in range(tree.tree_.node_count):
        child = tree.tree_.children_left[n]
        for c in range(5):
            here = np.sum(visited[:, n] & (y == c))
            left = np.sum(visited[:, child] & (y == c)) if child >= 0 else 0
            wanted = (
                0
                if child < 0 or 2 * left == here
                else (1 if 2 * left > here else -1)
            )
            assert sides[n, c] == wanted
            seen.add(wanted)
    assert seen == {-1, 0, 1}


def test_sides_of_an_even_split_and_of_weighted_classes():
    X = np.array([[0.0], [1.0], [2.0], [3.0], [4.0], [5.0]])
    y = np.array([0, 0, 0, 1, 1, 0])  # the best split leaves class 0 three to one
    stump = grown(X, y, max_depth=1)
    assert stump.tree_.threshold[0] == 2.5
    np.testing.assert_array_equal(class_sides(stump), [[1, -1], [0, 0], [0, 0]])
    even = grown(
        np.array([[0.0], [0.0], [1.0], [1.0], [1.0]]), np.array([0, 1, 0, 1, 1])
    )
    np.testing.assert_array_equal(class_sides(even)[0], [0, -1])


def test_class_means():
    Z = np.array([[0.0, 1.0], [2.0, 3.0], [5.0, 5.0]])
    fallback = np.array([[9.0, 9.0], [8.0, 8.0], [7.0, 7.0]])
    means = class_means(Z, np.array([0, 0, 2]), fallback)
    np.testing.assert_array_equal(means, [[1, 2], [8, 8], [5, 5]])
    np.testing.assert_array_equal(fallback[0], [9, 9])


def test_kmeans_is_a_fixed_point_and_equals_another_one():
    X, _ = blobs(n=120, k=4, seed=2)
    X /= 3  # overlapping
    start = X[[0, 1, 2, 3]]
    clusters, means = named_kmeans(X, start)
    distances = ((X[:, None] - means) ** 2).sum(axis=2)
    np.testing.assert_array_equal(clusters, distances.argmin(axis=1))
    for c in range(4):
        np.testing.assert_allclose(means[c], X[clusters == c].mean(axis=0))
    other = KMeans(4, init=start, n_init=1, algorithm="lloyd", tol=0).fit(X)
    np.testing.assert_array_equal(clusters, other.labels_)


def test_an_empty_cluster_keeps_its_name_and_place():
    Z = np.array([[0.0], [0.1], [5.0], [5.1]])
    clusters, means = named_kmeans(Z, np.array([[100.0], [5.5], [1.0]]))
    np.testing.assert_array_equal(clusters, [2, 2, 1, 1])
    np.testing.assert_allclose(means[:, 0], [100, 5.05, 0.05])


def test_confident_samples_by_hand():
    Z = np.array([[0.0], [1.0], [2.0], [3.0], [9.5], [12.0], [11.0]])
    means = np.array([[0.0], [11.0], [50.0]])
    clusters = np.array([0, 0, 0, 0, 1, 1, 1])
    # tree and k-means disagree on rows 2 and 6
    labels = np.array([0, 0, 1, 0, 1, 1, 0])
    for share, wanted in (
        (1.0, [0, 1, 3, 4, 5]),
        (0.5, [0, 1, 5]),
        (0.3, [0, 5]),
    ):
        kept = confident_samples(Z, labels, clusters, means, share)
        np.testing.assert_array_equal(np.flatnonzero(kept), wanted)


@pytest.mark.parametrize("seed", range(20))
def test_threshold_against_brute_force(seed):
    rng = np.random.default_rng(seed)
    x = rng.integers(0, 9, 25).astype(np.float32)
    left = rng.random(25) < 0.8 - x / 12
    old = rng.uniform(0, 8)
    values = np.unique(x)
    cuts = [(a + b) / 2 for a, b in pairwise(values)]
    wrong = [np.sum((x <= cut) != left) for cut in cuts]
    ties = [cut for cut, w in zip(cuts, wrong) if w == min(wrong)]
    assert best_threshold(x, left, old) == min(
        ties, key=lambda cut: abs(cut - old)
    )


def test_threshold_stays_where_nothing_is_to_separate():
    x = np.array([1.0, 2.0, 3.0], dtype=np.float32)
    assert best_threshold(x, np.ones(3, bool), 9.0) == 9.0
    assert best_threshold(x, np.zeros(3, bool), 9.0) == 9.0
    assert best_threshold(x[:0], np.zeros(0, bool), 9.0) == 9.0
    assert (
        best_threshold(np.ones(3, np.float32), np.array([True, False, True]), 9.0)
        == 9.0
    )


def test_a_stump_by_hand():
    stump = grown(np.array([[0.0], [1.0], [2.0], [3.0]]), np.array([0, 0, 1, 1]))
    X = np.array([[10.0], [11.0], [12.0], [13.0], [14.0]])
    moved = adapted_tree(stump, class_sides(stump), X, np.array([0, 0, 0, 1, 1]))
    assert moved.tree_.threshold[0] == 12.5
    np.testing.assert_array_equal(moved.predict(X), [0, 0, 0, 1, 1])
    np.testing.assert_allclose(
        moved.tree_.value[:, 0], [[0.6, 0.4], [1, 0], [0, 1]]
    )
    assert stump.tree_.threshold[0] == 1.5
    # mirrored labels: the question keeps its sense, the leaves count what arrives
    mirrored = adapted_tree(
        stump, class_sides(stump), X, np.array([1, 1, 0, 0, 0])
    )
    assert mirrored.tree_.threshold[0] == 13.5
    np.testing.assert_allclose(
        mirrored.tree_.value[:, 0], [[0.6, 0.4], [0.5, 0.5], [1, 0]]
    )


def test_a_class_without_side_has_no_say():
    X, y = (
        np.array([[0.0], [1.0], [2.0], [3.0], [9.0]]),
        np.array([0, 0, 1, 1, 2]),
    )
    stump = grown(X, y, max_depth=1)
    sides = np.array([[1, -1, 0], [0, 0, 0], [0, 0, 0]])
    moved = adapted_tree(
        stump, sides, np.array([[5.0], [6.0], [8.0]]), np.array([0, 2, 1])
    )
    assert moved.tree_.threshold[0] == 6.5  # 6 belongs to the class without side
    kept = adapted_tree(stump, sides, np.array([[5.0], [6.0]]), np.array([0, 2]))
    assert kept.tree_.threshold[0] == stump.tree_.threshold[0]


def test_thresholds_live_in_the_precision_of_trees():
    stump = grown(np.array([[0.0], [1.0], [2.0], [3.0]]), np.array([0, 0, 1, 1]))
    twins = np.array([[1.0], [1.0 + 1e-9]])  # one number for a tree
    moved = adapted_tree(stump, class_sides(stump), twins, np.array([0, 1]))
    assert moved.tree_.threshold[0] == stump.tree_.threshold[0]


def test_a_class_that_the_tree_does_not_find_starts_at_its_source_mean():
    Xs, ys = np.repeat([5.0, 10.0, 100.0], 10)[:, None], np.repeat([0, 1, 2], 10)
    Xt = np.repeat([0.5, 4.5, 10.0], 10)[:, None]
    np.testing.assert_array_equal(
        TransEMDT().fit(Xs, ys, Xt).clusters_, np.repeat([0, 0, 1], 10)
    )


def test_the_source_mean_is_measured_in_the_units_of_the_target():
    """The tree calls 9 and 10.9 class 1, mean 9.4; nearer to 10.9 is the source's class 2, 12."""
    Xs, ys = np.repeat([5.0, 10.0, 12.0], 10)[:, None], np.repeat([0, 1, 2], 10)
    Xt = np.repeat([4.5, 9.0, 10.9], [10, 20, 5])[:, None]
    found = TransEMDT().fit(Xs, ys, Xt).clusters_
    np.testing.assert_array_equal(found, np.repeat([0, 1, 2], [10, 20, 5]))


def test_each_round_starts_from_the_source_tree():
    for pair in ((2, 6), (9, 10)):
        Xs, ys, Xt, _ = load_activity(*pair)
        model = TransEMDT().fit(Xs, ys, Xt)
        tree, kept = model.source_model_, model.confident_
        again = adapted_tree(
            tree, class_sides(tree), Xt[kept], model.clusters_[kept]
        )
        np.testing.assert_array_equal(
            again.tree_.threshold, model.estimator_.tree_.threshold
        )
        np.testing.assert_array_equal(
            again.tree_.value, model.estimator_.tree_.value
        )


def route(tree, x):
    """Walk down a tree by hand; return the visited nodes."""
    nodes, n, path = tree.tree_, 0, [0]
    while nodes.children_left[n] >= 0:
        below = np.float32(x[nodes.feature[n]]) <= nodes.threshold[n]
        n = nodes.children_left[n] if below else nodes.children_right[n]
        path.append(n)
    return path


def test_thresholds_and_leaves_of_a_deep_tree():
    X, y = blobs(n=200, k=4, seed=1)
    tree = grown(
        X / 2,
        np.where(np.arange(200) % 9 == 0, (y + 1) % 4, y),
        min_samples_leaf=4,
    )
    T, labels = blobs(n=70, k=4, seed=3, move=0.7)
    sides = class_sides(tree)
    adapted = adapted_tree(tree, sides, T / 2, labels)
    old, new = tree.tree_, adapted.tree_
    np.testing.assert_array_equal(old.feature, new.feature)
    np.testing.assert_array_equal(old.children_left, new.children_left)
    paths = [route(adapted, x) for x in T / 2]
    moved = 0
    for n in range(old.node_count):
        here = np.array(
            [i for i, path in enumerate(paths) if n in path], dtype=int
        )
        if len(here) == 0:
            np.testing.assert_array_equal(new.value[n], old.value[n])
            assert new.threshold[n] == old.threshold[n]
            continue
        shares = np.bincount(labels[here], minlength=4) / len(here)
        np.testing.assert_allclose(new.value[n, 0], shares)
        if old.children_left[n] >= 0:
            x = (T[here] / 2)[:, old.feature[n]].astype(np.float32)
            side = sides[n, labels[here]]
            wrong = np.sum(
                (x[side != 0] <= new.threshold[n]) != (side[side != 0] > 0)
            )
            for cut in x:
                assert wrong <= np.sum(
                    (x[side != 0] < cut) != (side[side != 0] > 0)
                ) or (len(set(side[side != 0])) < 2)
            moved += new.threshold[n] != old.threshold[n]
    assert moved >= 2
    np.testing.assert_array_equal(
        adapted.predict(T / 2),
        [new.value[path[-1], 0].argmax() for path in paths],
    )


def test_recovers_a_target_that_moved():
    Xs, ys = blobs(n=150, seed=0)
    Xt, yt = blobs(n=150, seed=1, move=2.5)
    model = TransEMDT().fit(Xs, ys, Xt)
    assert model.source_model_.score(Xt, yt) < 0.8
    assert model.score(Xt, yt) > 0.97
    assert (model.clusters_ == yt).mean() > 0.97


def test_the_units_of_a_feature_do_not_matter():
    Xs, ys = blobs(n=150, seed=0)
    Xt, _ = blobs(n=100, seed=1, move=1.0)
    # powers of two: rounding stays the same
    units = np.array([1.0, 1024.0, 0.125, 8.0])
    plain = TransEMDT().fit(Xs, ys, Xt)
    scaled = TransEMDT().fit(Xs * units, ys, Xt * units)
    np.testing.assert_array_equal(plain.predict(Xt), scaled.predict(Xt * units))


def test_a_constant_feature_and_a_class_that_the_tree_does_not_see():
    Xs, ys = blobs(n=90)
    Xt, yt = blobs(n=60, seed=1)
    Xt = Xt[yt < 2]
    model = TransEMDT().fit(
        np.c_[Xs, np.ones(90)], ys, np.c_[Xt, np.ones(len(Xt))]
    )
    assert model.score(np.c_[Xt, np.ones(len(Xt))], yt[yt < 2]) > 0.95
    without = TransEMDT().fit(Xs, ys, Xt)
    np.testing.assert_array_equal(model.clusters_, without.clusters_)


def test_rounds_and_attributes():
    Xs, ys, Xt, yt = load_activity(2, 3)
    model = TransEMDT().fit(Xs, ys, Xt)
    assert 1 < model.n_rounds_ < 10
    once = TransEMDT(max_rounds=1).fit(Xs, ys, Xt)
    assert once.n_rounds_ == 1
    assert (once.predict(Xt) != model.predict(Xt)).any()
    assert (
        model.confident_.sum()
        < TransEMDT(confident=1.0).fit(Xs, ys, Xt).confident_.sum()
    )
    np.testing.assert_array_equal(
        model.source_model_.tree_.feature, model.estimator_.tree_.feature
    )
    # at rest another round changes nothing
    longer = TransEMDT(max_rounds=model.n_rounds_ + 1).fit(Xs, ys, Xt)
    np.testing.assert_array_equal(model.predict(Xt), longer.predict(Xt))
    np.testing.assert_allclose(model.predict_proba(Xt).sum(axis=1), 1)
    assert plot_tree(model.estimator_)


def test_better_than_the_tree_between_persons():
    gains = []
    for source, target in (
        (2, 5),
        (5, 3),
        (7, 1),
        (10, 4),
        (2, 1),
        (7, 10),
        (6, 2),
        (3, 8),
    ):
        Xs, ys, Xt, yt = load_activity(source, target)
        model = TransEMDT().fit(Xs, ys, Xt)
        gains.append(model.score(Xt, yt) - model.source_model_.score(Xt, yt))
    assert np.mean(gains) > 0.02


def test_bad_input():
    X, y = blobs()
    with pytest.raises(ValueError, match="'estimator' parameter of TransEMDT"):
        TransEMDT(KMeans(2)).fit(X, y, X[:50] + 1)
    for confident in (0.0, 1.5):
        with pytest.raises(ValueError, match="'confident' parameter"):
            TransEMDT(confident=confident).fit(X, y, X[:50] + 1)
