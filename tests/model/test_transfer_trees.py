"""Transfer trees: all prunings, all thresholds; the oracles walk by themselves."""

import pickle
import warnings
from itertools import pairwise, product

import numpy as np
import pytest
from scipy.spatial.distance import jensenshannon
from scipy.stats import entropy as scipy_entropy
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.tree import DecisionTreeClassifier, export_text

from tlbook.model import TransferForest, TransferTree
from tlbook.model._nodes import Nodes, entropy
from tlbook.model.transfer_trees import (
    best_threshold,
    divergence,
    divergence_gain,
    expanded,
    information_gain,
    reduced,
    refined,
    restructured,
)


def blobs(n, seed, k=3, d=3, move=0.0, spread=1.5):
    rng = np.random.default_rng(seed)
    y = np.arange(n) % k
    X = 2 * np.random.default_rng(5).standard_normal((k, d))[y]
    X = X + spread * rng.standard_normal((n, d)) + move
    return X.astype(np.float32).astype(float), y


def grown(X, y, **options):
    options = {"criterion": "entropy", "random_state": 0, **options}
    return DecisionTreeClassifier(**options).fit(X, y)


def few_labels(y, per_class, seed):
    rng = np.random.default_rng(seed)
    kept = [
        rng.permutation(np.flatnonzero(y == c))[:per_class] for c in np.unique(y)
    ]
    few = np.full(len(y), -1)
    few[np.concatenate(kept)] = y[np.concatenate(kept)]
    return few


def walk(nodes, x, leaves=()):
    """Return the node at which a sample ends, `leaves` taken for leaves."""
    n = 0
    while nodes.left[n] >= 0 and n not in leaves:
        below = x[nodes.feature[n]] <= nodes.threshold[n]
        n = nodes.left[n] if below else nodes.right[n]
    return n


def answers(nodes, X):
    return np.array([np.argmax(nodes.shares[walk(nodes, x)]) for x in X])


def size(nodes, n=0):
    if nodes.left[n] < 0:
        return 1
    return 1 + size(nodes, nodes.left[n]) + size(nodes, nodes.right[n])


def depth(nodes, n=0):
    if nodes.left[n] < 0:
        return 0
    return 1 + max(depth(nodes, c) for c in (nodes.left[n], nodes.right[n]))


def prunings(nodes, n=0):
    """Return all prunings below a node, each as the set of inner nodes that are cut."""
    if nodes.left[n] < 0:
        return [frozenset()]
    both = product(
        prunings(nodes, nodes.left[n]), prunings(nodes, nodes.right[n])
    )
    return [frozenset([n])] + [one | two for one, two in both]


def pruned_size(nodes, cut, n=0):
    if n in cut or nodes.left[n] < 0:
        return 1
    children = (nodes.left[n], nodes.right[n])
    return 1 + sum(pruned_size(nodes, cut, c) for c in children)


def errors_of_pruning(nodes, cut, X, y):
    """A cut node answers with the most frequent label that reaches it, a leaf with its own."""
    ends = np.array([walk(nodes, x, cut) for x in X])
    wrong = 0
    for n in np.unique(ends):
        labels = y[ends == n]
        answer = np.argmax(np.bincount(labels if n in cut else [0]))
        answer = answer if n in cut else np.argmax(nodes.shares[n])
        wrong += np.sum(labels != answer)
    return wrong


@pytest.mark.parametrize("seed", range(12))
def test_reduction_is_the_smallest_of_the_best_prunings(seed):
    rng = np.random.default_rng(seed)
    X, y = blobs(80, seed)
    nodes = Nodes.of(grown(X, y, max_leaf_nodes=int(rng.integers(5, 9))))
    A, a = blobs(int(rng.integers(3, 25)), 100 + seed, move=1.0)
    found = reduced(nodes, A, a)
    every = [
        (errors_of_pruning(nodes, cut, A, a), pruned_size(nodes, cut))
        for cut in prunings(nodes)
    ]
    assert len(every) > 4
    assert (np.sum(answers(found, A) != a), size(found)) == min(every)


def test_reduction_answers_with_the_target():
    X, y = blobs(60, 0, k=2)
    nodes = Nodes.of(grown(X, y))
    A, a = blobs(20, 1, k=2)
    found = reduced(nodes, A, np.ones(20, dtype=int))
    assert size(found) == 1
    np.testing.assert_array_equal(found.shares[0], [0, 1])
    assert size(nodes) > 1  # a copy was cut
    # a tie between leaf and subtree cuts
    stump = Nodes.of(grown([[0.0], [1.0]], [0, 1]))
    found = reduced(stump, np.array([[0.0], [1.0]]), np.array([1, 0]))
    assert size(found) == 1
    np.testing.assert_array_equal(found.shares[0], [0.5, 0.5])
    # and a node that no sample reaches keeps what the source says
    found = reduced(stump, np.empty((0, 1)), np.empty(0, dtype=int))
    assert size(found) == 1
    np.testing.assert_array_equal(found.shares[0], [0.5, 0.5])


@pytest.mark.parametrize(
    ("options", "others"),
    [
        ({"criterion": "entropy"}, {"criterion": "gini"}),
        ({"criterion": "gini"}, {"criterion": "entropy"}),
        ({"max_features": 1}, {"max_features": None}),
        ({"max_features": 1, "random_state": 7}, {"random_state": 8}),
    ],
)
@pytest.mark.parametrize("seed", range(3))
def test_expansion_is_a_tree_of_the_samples_of_each_leaf(seed, options, others):
    X, y = blobs(90, seed)
    tree = grown(X, y, max_depth=4, **options)
    A, a = blobs(120, 50 + seed, move=3.0, spread=2.0)
    probe, _ = blobs(2000, 80 + seed, move=0.3, spread=3.0)
    found = answers(expanded(tree, A, a), probe)
    at, probed = tree.apply(A), tree.apply(probe)
    wanted, unlike = tree.predict(probe), tree.predict(probe)
    for leaf in np.unique(at):
        there, own = probed == leaf, (A[at == leaf], a[at == leaf])
        if np.any(there):
            wanted[there] = grown(*own, **options).predict(probe[there])
            like = grown(*own, **{**options, **others})
            unlike[there] = like.predict(probe[there])
    np.testing.assert_array_equal(found, wanted)
    assert np.any(found != unlike)
    assert not set(probed) <= set(at)
    np.testing.assert_array_equal(answers(expanded(tree, A, a), A), a)


def bits(counts):
    return scipy_entropy(counts, base=2)


def oracle_gains(x, y, theta, k, Q_left, Q_right):
    """IG and DG of a threshold, with scipy's entropy and distance."""
    sides = [
        np.bincount(y[side], minlength=k) for side in (x <= theta, x > theta)
    ]
    w = [c.sum() / len(y) for c in sides]
    ig = bits(np.bincount(y)) - sum(v * bits(c) for v, c in zip(w, sides))
    dg = 1 - sum(
        v * jensenshannon(c, Q, base=2) ** 2
        for v, c, Q in zip(w, sides, (Q_left, Q_right))
    )
    return ig, dg


def test_gains_against_scipy():
    rng = np.random.default_rng(0)
    x, y = rng.random(30), rng.integers(0, 3, 30)
    Q = rng.dirichlet([1, 1, 1], 2)
    thetas = np.sort(x)[:-1]
    left = np.array([np.bincount(y[x <= t], minlength=3) for t in thetas])
    right = np.bincount(y, minlength=3) - left
    ig, dg = information_gain(left, right), divergence_gain(left, right, *Q)
    for i, theta in enumerate(thetas):
        wanted = oracle_gains(x, y, theta, 3, *Q)
        np.testing.assert_allclose((ig[i], dg[i]), wanted, atol=1e-7)
    assert np.all(ig >= -1e-12)


def test_divergence_by_hand():
    e = np.eye(2)
    assert divergence(e[0], e[1]) == pytest.approx(1)
    assert divergence(e[0], e[0]) == pytest.approx(0)
    assert entropy(np.full(8, 1 / 8)) == pytest.approx(3)
    # halves: H(3/4, 1/4) - 1/2
    assert divergence(e[0], np.full(2, 0.5)) == pytest.approx(
        -0.75 * np.log2(0.75) + 0.25 * 2 - 0.5
    )
    # both sides as in the source; exchanged
    left, right = np.array([[3, 1]]), np.array([[0, 4]])
    Q = np.array([0.75, 0.25]), np.array([0.0, 1.0])
    assert divergence_gain(left, right, *Q)[0] == pytest.approx(1)
    assert divergence_gain(right, left, *Q)[0] < 0.7


def oracle_threshold(x, y, k, Q_left, Q_right, old):
    """(5) by trying everything: the threshold and whether the children exchange sides."""
    values = sorted(set(x.tolist()))
    if len(values) < 2 or len(set(y.tolist())) < 2:
        return old, False
    cuts = [(a + b) / 2 for a, b in pairwise(values)]
    gains = [oracle_gains(x, y, c, k, Q_left, Q_right)[0] for c in cuts]
    best = None
    for i, cut in enumerate(cuts):
        if any(
            gains[j] > gains[i] + 1e-9
            for j in (i - 1, i + 1)
            if 0 <= j < len(cuts)
        ):
            continue
        for crossed, (one, two) in enumerate(
            ((Q_left, Q_right), (Q_right, Q_left))
        ):
            dg = oracle_gains(x, y, cut, k, one, two)[1]
            key = [dg, -crossed, -abs(cut - old)]
            if best is None or beats(key, best[0]):
                best = key, cut, bool(crossed)
    return best[1:]


def beats(one, two):
    for a, b in zip(one, two):
        if abs(a - b) > 1e-7:
            return a > b
    return False


@pytest.mark.parametrize("seed", range(40))
def test_threshold_is_the_best_of_all(seed):
    rng = np.random.default_rng(seed)
    n, k = int(rng.integers(2, 25)), int(rng.integers(2, 5))
    y = rng.integers(0, k, n)
    # few values: ties
    x = np.round(rng.normal(size=n) + 0.7 * y * rng.choice([-1, 1]), seed % 3)
    Q = rng.dirichlet(np.ones(k), 2)
    found = best_threshold(x, y, *Q, 0.3)
    wanted = oracle_threshold(x, y, k, *Q, 0.3)
    assert found[0] == pytest.approx(wanted[0], abs=1e-12)
    assert found[1] == wanted[1]


@pytest.mark.parametrize("labels", ["000200010", "200021012", "2201222"])
def test_gains_that_are_equal_on_paper_are_equal(labels):
    """Draws in which the last bit of a logarithm would choose."""
    y = np.array([int(c) for c in labels])
    x = np.arange(len(y), dtype=float)
    for seed in range(30):
        Q = np.random.default_rng(seed).dirichlet(np.ones(3), 2)
        assert best_threshold(x, y, *Q, 0.3) == oracle_threshold(x, y, 3, *Q, 0.3)


def test_both_sides_occur_in_the_draws_above():
    sides = set()
    for seed in range(40):
        rng = np.random.default_rng(seed)
        y = rng.integers(0, 2, 20)
        x = rng.normal(size=20) + y * rng.choice([-1, 1])
        sides.add(best_threshold(x, y, *np.eye(2), 0.0)[1])
    assert sides == {True, False}


def test_the_gain_of_information_holds_the_divergence_back():
    """Most alike is the cut behind the first sample, but it tells the classes apart worse."""
    x = np.arange(8.0)
    y = np.array([0, 0, 0, 0, 1, 1, 1, 1])
    Q = np.array([1.0, 0.0]), np.array([0.45, 0.55])
    dg = [oracle_gains(x, y, c, 2, *Q)[1] for c in x[:-1] + 0.5]
    assert np.argmax(dg) == 0
    assert best_threshold(x, y, *Q, 9.0) == (3.5, False)


def test_among_equal_thresholds_the_nearest_stays():
    """Labels 0 1 0: both cuts are alike, mirrored."""
    x, y = np.array([0.0, 1.0, 2.0]), np.array([0, 1, 0])
    Q = np.array([0.5, 0.5]), np.array([0.5, 0.5])
    assert best_threshold(x, y, *Q, 0.6)[0] == 0.5
    assert best_threshold(x, y, *Q, 1.4)[0] == 1.5
    assert best_threshold(x, np.zeros(3, int), *Q, 7.0) == (7.0, False)
    assert best_threshold(np.ones(3), y, *Q, 7.0) == (7.0, False)


def oracle_strut(tree, X, y, k, probe):
    """STRUT by recursion, on samples and probes together; returns the shares at each probe."""
    t = tree.tree_
    out = np.full((len(probe), k), np.nan)

    def shares(n):
        return t.value[n, 0] / t.value[n, 0].sum()

    def descend(n, rows, probes):
        if len(rows) == 0 or t.children_left[n] < 0:
            counts = np.bincount(y[rows], minlength=k)
            out[probes] = counts / counts.sum() if len(rows) else shares(n)
            return
        f, left, right = t.feature[n], t.children_left[n], t.children_right[n]
        theta, crossed = oracle_threshold(
            X[rows, f], y[rows], k, shares(left), shares(right), t.threshold[n]
        )
        if crossed:
            left, right = right, left
        for child, keep in ((left, np.less_equal), (right, np.greater)):
            descend(
                child,
                rows[keep(X[rows, f], theta)],
                probes[keep(probe[probes, f], theta)],
            )

    descend(0, np.arange(len(X)), np.arange(len(probe)))
    return out


@pytest.mark.parametrize("seed", range(6))
def test_strut_node_by_node(seed):
    X, y = blobs(120, seed)
    tree = grown(X, y, min_samples_leaf=2)
    A, a = blobs(9 + 5 * seed, 60 + seed, move=1.0)
    probe, _ = blobs(200, 90 + seed, move=0.5, spread=3.0)
    nodes = restructured(tree, A, a)
    found = np.array([nodes.shares[walk(nodes, x)] for x in probe])
    wanted = oracle_strut(tree, A, a, 3, probe)
    np.testing.assert_allclose(found, wanted)
    np.testing.assert_array_equal(
        refined(tree, "strut", A, a).predict(probe), wanted.argmax(axis=1)
    )
    np.testing.assert_array_equal(nodes.feature, tree.tree_.feature)


@pytest.mark.parametrize("method", ["ser", "strut"])
def test_the_target_is_the_source_nothing_changes(method):
    X, y = blobs(150, 0)
    probe, _ = blobs(500, 1, spread=4.0)
    tree = grown(X, y)
    new = refined(tree, method, X, y)
    np.testing.assert_array_equal(new.predict(probe), tree.predict(probe))
    if method == "strut":
        np.testing.assert_allclose(new.tree_.threshold, tree.tree_.threshold)
        np.testing.assert_allclose(new.tree_.value, tree.tree_.value)


def test_strut_follows_a_shift_and_a_mirror_exactly():
    X, y = blobs(150, 0)
    tree = grown(X, y)
    probe, _ = blobs(500, 1, spread=4.0)
    for move in (lambda Z: Z + [4.0, -8.0, 2.0], lambda Z: Z * [1.0, -1.0, 2.0]):
        new = refined(tree, "strut", move(X), y)
        np.testing.assert_array_equal(
            new.predict(move(probe)), tree.predict(probe)
        )


def box(n, seed, move=0.0):
    """Three classes by two features among ten; the two are moved."""
    X = np.random.default_rng(seed).normal(size=(n, 10))
    y = np.where(X[:, 0] > 0, np.where(X[:, 1] > 0.3, 2, 1), 0)
    return X + move * np.eye(10)[:2].sum(axis=0), y


def test_few_labels_are_enough_for_a_shift_by_strut_and_not_by_ser():
    scores = []
    for seed in range(20):
        Xs, ys = box(300, seed)
        Xt, yt = box(300, 500 + seed, move=6.0)
        few = few_labels(yt, 2, seed)
        scores.append(
            [
                TransferTree(method=m).fit(Xs, ys, Xt, few).score(Xt, yt)
                for m in ("strut", "ser")
            ]
        )
    lead = np.subtract(*np.transpose(scores))
    assert lead.mean() > 4 * lead.std(ddof=1) / np.sqrt(20) > 0
    assert np.mean(scores, axis=0)[0] > 0.8


def test_a_value_at_the_threshold_goes_left():
    """And what single precision cannot tell apart is one value."""
    stump = grown([[0.0], [1.0]], [0, 1])
    at = np.array([[0.5], [0.5], [0.75]])
    np.testing.assert_array_equal(Nodes.of(stump).rows(at)[1], [0, 1])
    near = np.array([[1.0], [1.0 + 1e-9]])
    new = refined(stump, "strut", near, np.array([0, 1]))
    assert new.tree_.threshold[0] == 0.5
    new = refined(stump, "ser", near, np.array([1, 0]))
    np.testing.assert_array_equal(new.predict_proba(near), [[0.5, 0.5]] * 2)


def test_a_tree_and_its_copy_are_one():
    X, y = blobs(120, 3)
    tree = grown(X, y)
    probe, _ = blobs(300, 4, spread=3.0)
    A, _ = blobs(50, 5)
    new = Nodes.of(tree).as_tree(tree, A)
    np.testing.assert_array_equal(
        new.predict_proba(probe), tree.predict_proba(probe)
    )
    np.testing.assert_array_equal(new.apply(probe), tree.apply(probe))
    np.testing.assert_allclose(
        new.tree_.impurity, tree.tree_.impurity, atol=1e-12
    )
    visits = tree.decision_path(A).toarray().sum(axis=0)
    np.testing.assert_array_equal(new.tree_.n_node_samples, visits)
    np.testing.assert_array_equal(new.tree_.weighted_n_node_samples, visits)
    assert (new.get_depth(), new.get_n_leaves()) == (
        tree.get_depth(),
        tree.get_n_leaves(),
    )
    assert export_text(new) == export_text(tree)
    assert export_text(pickle.loads(pickle.dumps(new))) == export_text(tree)
    np.testing.assert_array_equal(Nodes.of(tree).copy().left, Nodes.of(tree).left)


def test_grafts_stand_in_the_place_of_leaves():
    """Two stumps on a stump: by hand, and the old one is left alone."""
    stump = Nodes.of(grown([[0.0], [1.0]], [0, 1]))
    low = Nodes.of(grown([[-4.0], [-2.0]], [0, 1]))
    high = Nodes.of(grown([[2.0], [4.0]], [0, 1]))
    both = stump.grafted({1: low, 2: high})
    np.testing.assert_array_equal(both.left, [1, 3, 5, -1, -1, -1, -1])
    np.testing.assert_array_equal(both.right, [2, 4, 6, -1, -1, -1, -1])
    np.testing.assert_array_equal(both.threshold[:3], [0.5, -3.0, 3.0])
    np.testing.assert_array_equal(
        answers(both, np.array([[-4.0], [-2.0], [2.0], [4.0]])), [0, 1, 0, 1]
    )
    np.testing.assert_array_equal(stump.shares[1:], np.eye(2))
    np.testing.assert_array_equal(low.left, [1, -1, -1])


def test_what_is_cut_off_is_not_kept():
    X, y = blobs(120, 3)
    tree = grown(X, y)
    A, a = blobs(12, 5)
    nodes = reduced(expanded(tree, A, a), A, a)
    new = nodes.as_tree(tree, A)
    assert new.tree_.node_count == size(nodes) < len(nodes)
    assert new.get_depth() == depth(nodes)
    probe, _ = blobs(300, 4, spread=3.0)
    np.testing.assert_array_equal(new.predict(probe), answers(nodes, probe))
    np.testing.assert_array_equal(new.predict(A), a)
    assert new.tree_.n_node_samples[0] == 12


def test_long_chains_and_values_next_to_each_other():
    """Depth beyond Python's recursion, and thresholds that single precision would move."""
    n = 3000
    x = np.arange(n, dtype=float)[:, None]
    labels = np.concatenate([np.zeros(n // 2, int), np.arange(n // 2) % 2])
    chain = DecisionTreeClassifier(
        criterion="entropy", random_state=0, max_leaf_nodes=n
    ).fit(x, labels)
    assert np.array_equal(refined(chain, "ser", x, labels).predict(x), labels)
    near = np.nextafter(np.float32(1e8), np.float32(np.inf), dtype=np.float32)
    X = np.array([[np.float32(1e8)], [near]])
    tree = grown([[0.0], [1.0]], [0, 1])
    for method in ("ser", "strut"):
        new = refined(tree, method, X, np.array([0, 1]))
        np.testing.assert_array_equal(new.predict(X), [0, 1])


@pytest.mark.parametrize("method", ["ser", "strut", "mix"])
def test_a_forest_refines_each_of_its_trees(method):
    Xs, ys = blobs(120, 0)
    Xt, yt = blobs(90, 1, move=1.5)
    few = few_labels(yt, 4, 0)
    names = np.array(["ant", "bee", "cat"])
    marked = np.array([names[c] if c >= 0 else -1 for c in few], dtype=object)
    forest = RandomForestClassifier(7, criterion="entropy", random_state=3)
    model = TransferForest(forest, method).fit(Xs, names[ys], Xt, marked)
    known = few >= 0
    ways = ("ser", "strut") if method == "mix" else (method,)
    P = np.mean(
        [
            refined(tree, way, Xt[known], few[known]).predict_proba(Xt)
            for way in ways
            for tree in model.source_model_.estimators_
        ],
        axis=0,
    )
    np.testing.assert_allclose(model.predict_proba(Xt), P)
    np.testing.assert_array_equal(model.predict(Xt), names[P.argmax(axis=1)])
    assert len(model.source_model_.estimators_) == 7
    assert model.estimator_.n_estimators == 7 * len(ways)
    assert model.score(Xt, names[yt]) > model.source_model_.score(Xt, names[yt])


def test_only_labeled_target_samples_count():
    Xs, ys = blobs(120, 0)
    Xt, yt = blobs(90, 1, move=1.5)
    few = few_labels(yt, 3, 0)
    other = np.where((few >= 0)[:, None], Xt, Xt[::-1] + 5)
    for method in ("ser", "strut"):
        one, two = (
            TransferTree(method=method).fit(Xs, ys, X, few) for X in (Xt, other)
        )
        np.testing.assert_array_equal(one.predict(Xt), two.predict(Xt))
        tree = refined(one.source_model_, method, Xt[few >= 0], few[few >= 0])
        np.testing.assert_array_equal(one.predict(Xt), tree.predict(Xt))
        assert not np.array_equal(one.predict(Xt), one.source_model_.predict(Xt))


def test_a_class_without_labels_is_forgotten_by_ser_with_a_word():
    Xs, ys = blobs(200, 0, k=2)
    Xt, yt = blobs(200, 1, k=2)
    few = few_labels(yt, 10, 0)
    few[few == 1] = -1
    for method, left in (("ser", 0), ("strut", 0.3)):
        with pytest.warns(UserWarning, match="no target label is of 1"):
            model = TransferTree(method=method).fit(Xs, ys, Xt, few)
        assert np.mean(model.predict(Xt) == 1) >= left
        assert np.any(model.predict(Xt) == 1) == (left > 0)
        assert np.mean(model.source_model_.predict(Xt) == 1) > 0.3
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        TransferTree().fit(Xs, ys, Xt, few_labels(yt, 1, 0))


def test_words():
    Xs, ys = blobs(60, 0)
    Xt, yt = blobs(60, 1)
    with pytest.raises(ValueError, match="TransferTree"):
        TransferTree().fit(Xs, ys, Xt)
    with pytest.raises(ValueError, match="method"):
        TransferTree(method="mix").fit(Xs, ys, Xt, yt)
    for model in (
        TransferTree(LogisticRegression()),
        TransferForest(grown(Xs, ys)),
    ):
        with pytest.raises(ValueError, match="estimator"):
            model.fit(Xs, ys, Xt, yt)
