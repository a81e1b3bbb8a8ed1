"""Manifold alignment against sums over all pairs, the eigenproblem, and a case solved by hand."""

import numpy as np
import pytest
from sklearn.neighbors import KNeighborsClassifier

from tlbook.feature import ManifoldAlignment
from tlbook.feature.heterogeneous import (
    alignment_maps,
    block_ridge,
    label_scatters,
    neighbor_graph,
    neighbor_scatter,
)

SETTINGS = {"n_components": 4, "mu": 0.7, "n_neighbors": 3, "reg": 0.05}


def make_domains(seed=0, ns=40, nt=35, p=5, q=3, labeled=9):
    """One hidden plane with three classes, seen through two unrelated linear maps."""
    rng = np.random.default_rng(seed)
    centers = np.array([[0.0, 4], [4, 0], [-4, -3]])
    ys, yt = np.arange(ns) % 3, np.arange(nt) % 3
    hidden_s = centers[ys] + rng.standard_normal((ns, 2))
    hidden_t = centers[yt] + rng.standard_normal((nt, 2))
    Xs = (
        hidden_s @ rng.standard_normal((2, p))
        + 0.1 * rng.standard_normal((ns, p))
        + 5
    )
    Xt = (
        hidden_t @ rng.standard_normal((2, q))
        + 0.1 * rng.standard_normal((nt, q))
        - 3
    )
    return Xs, ys, Xt, yt, np.where(np.arange(nt) < labeled, yt, -1)


def centered(Xs, Xt):
    return Xs - Xs.mean(axis=0), Xt - Xt.mean(axis=0)


def brute_force(Xs, ys, Xt, few, mu, n_neighbors):
    """Numerator and denominator of the quotient by loops over all pairs of rows."""
    p, q = Xs.shape[1], Xt.shape[1]
    rows = [(np.r_[x, np.zeros(q)], y) for x, y in zip(Xs, ys)]
    rows += [(np.r_[np.zeros(p), x], y) for x, y in zip(Xt, few)]
    same, other, shape = (np.zeros((p + q, p + q)) for _ in range(3))
    near = {}
    for X, start in ((Xs, 0), (Xt, len(Xs))):
        for i, x in enumerate(X):
            distances = ((X - x) ** 2).sum(axis=1)
            distances[i] = np.inf
            for j in np.argsort(distances)[:n_neighbors]:
                near[start + i, start + j] = near[start + j, start + i] = 1
    for i, (a, ya) in enumerate(rows):
        for j, (b, yb) in enumerate(rows):
            pair = 0.5 * np.outer(a - b, a - b)
            if ya != -1 and yb != -1:
                same += pair * (ya == yb)
                other += pair * (ya != yb)
            shape += pair * near.get((i, j), 0)
    return other, same + mu * shape


def test_label_scatters_by_loops():
    rng = np.random.default_rng(1)
    F, y = rng.standard_normal((12, 4)), rng.integers(0, 3, 12)
    same, other = np.zeros((4, 4)), np.zeros((4, 4))
    for a, ya in zip(F, y):
        for b, yb in zip(F, y):
            pair = 0.5 * np.outer(a - b, a - b)
            same += pair * (ya == yb)
            other += pair * (ya != yb)
    got_same, got_other = label_scatters(F, y)
    np.testing.assert_allclose(got_same, same)
    np.testing.assert_allclose(got_other, other, atol=1e-12)


def test_label_scatters_by_hand():
    # samples 0 and 2 of class a, 5 of class b: one pair of distance 2; pairs of distance 5 and 3
    same, other = label_scatters(np.array([[0.0], [2], [5]]), ["a", "a", "b"])
    assert same == pytest.approx(np.array([[4.0]]))
    assert other == pytest.approx(np.array([[34.0]]))


def test_neighbor_scatter_by_hand():
    # on a line, 0 1 3: the nearest of 0 is 1, of 1 is 0, of 3 is 1; two undirected edges
    X = np.array([[0.0], [1], [3]])
    assert neighbor_scatter(X, 1) == pytest.approx(np.array([[1.0 + 4]]))
    # all pairs, when more neighbors are asked for than there are
    assert neighbor_scatter(X, 10) == pytest.approx(np.array([[1.0 + 4 + 9]]))


def test_ridge_follows_the_scale_of_each_domain():
    Q = np.diag([1.0, 3, 10, 20, 30])
    np.testing.assert_allclose(block_ridge(Q, 2, 0.1), [0.2, 0.2, 2, 2, 2])


def test_maps_solve_the_eigenproblem_of_all_pairs():
    Xs, ys, Xt, _, few = make_domains()
    Xs, Xt = centered(Xs, Xt)
    Ws, Wt, values = alignment_maps(Xs, ys, Xt, few, **SETTINGS)
    other, bottom = brute_force(Xs, ys, Xt, few, 0.7, 3)
    ridge = np.r_[
        np.full(5, np.diag(bottom)[:5].mean()),
        np.full(3, np.diag(bottom)[5:].mean()),
    ]
    bottom += np.diag(0.05 * ridge)
    W = np.vstack([Ws, Wt])
    scale = np.abs(other).max()
    np.testing.assert_allclose(
        other @ W / scale, bottom @ W * values / scale, atol=1e-10
    )
    np.testing.assert_allclose(W.T @ bottom @ W, np.eye(4), atol=1e-8)
    every = np.linalg.eigvals(np.linalg.solve(bottom, other)).real
    np.testing.assert_allclose(values, np.sort(every)[::-1][:4])


def test_one_dimension_by_hand():
    # one feature each, classes at -1 and 1 in the source, at -2 and 2 in the target, two samples
    # of each class and domain.  With f = (a, b): same class pairs across domains are 2 x 2 x 2 of
    # (a - 2 b)^2; other pairs (2 a)^2 x 4, (4 b)^2 x 4 and (a + 2 b)^2 x 8.
    Xs, Xt = (
        np.array([[-1.0], [-1], [1], [1]]),
        np.array([[-2.0], [-2], [2], [2]]),
    )
    y = np.array([0, 0, 1, 1])
    other = np.array([[16 + 8, 16], [16, 64 + 32]])
    same = np.array([[8, -16], [-16, 32]])
    F = np.block([[Xs, np.zeros((4, 1))], [np.zeros((4, 1)), Xt]])
    got_same, got_other = label_scatters(F, np.r_[y, y])
    np.testing.assert_allclose(got_same, same)
    np.testing.assert_allclose(got_other, other)
    # the best direction has a = 2 b: equal classes coincide
    Ws, Wt, _ = alignment_maps(
        Xs, y, Xt, y, n_components=1, mu=0.0, n_neighbors=1, reg=1e-6
    )
    assert Ws[0, 0] / Wt[0, 0] == pytest.approx(2, rel=1e-3)


def test_units_and_origin_of_either_domain_do_not_matter():
    Xs, ys, Xt, yt, few = make_domains()
    base = ManifoldAlignment(**SETTINGS).fit_transform_pair(Xs, ys, Xt, few)
    moved = ManifoldAlignment(**SETTINGS).fit_transform_pair(
        100 * Xs - 7, ys, 0.01 * Xt + 3, few
    )
    for a, b in zip(base, moved):
        np.testing.assert_allclose(
            np.abs(a), np.abs(b), atol=1e-7 * np.abs(a).max()
        )


def test_rotation_of_either_domain_does_not_matter():
    Xs, ys, Xt, yt, few = make_domains()
    rotation, _ = np.linalg.qr(np.random.default_rng(5).standard_normal((3, 3)))
    base = ManifoldAlignment(**SETTINGS).fit(Xs, ys, Xt, few)
    turned = ManifoldAlignment(**SETTINGS).fit(Xs, ys, Xt @ rotation, few)
    np.testing.assert_allclose(
        np.abs(base.transform(Xt)),
        np.abs(turned.transform(Xt @ rotation)),
        atol=1e-8,
    )


def test_classes_of_the_two_domains_meet():
    Xs, ys, Xt, yt, few = make_domains(ns=90, nt=90)
    model = ManifoldAlignment(n_components=2).fit(Xs, ys, Xt, few)
    Zs, Zt = model.transform(Xs, "source"), model.transform(Xt)
    source = np.array([Zs[ys == c].mean(axis=0) for c in range(3)])
    target = np.array([Zt[yt == c].mean(axis=0) for c in range(3)])
    distance = np.linalg.norm(source[:, None] - target, axis=2)
    np.testing.assert_array_equal(distance.argmin(axis=1), [0, 1, 2])
    assert (
        distance.diagonal().max() < 0.5 * distance[~np.eye(3, dtype=bool)].min()
    )


def test_it_transfers_between_different_features():
    Xs, ys, Xt, yt, few = make_domains(seed=3, ns=150, nt=150, q=12, labeled=3)
    model = ManifoldAlignment(n_components=2).fit(Xs, ys, Xt, few)
    assert model.score(Xt[3:], yt[3:]) > 0.9


def test_wrong_labels_align_the_wrong_classes():
    """Nothing but the labels says which class is which."""
    Xs, ys, Xt, yt, few = make_domains(ns=90, nt=90, labeled=30)
    permuted = np.where(few >= 0, (few + 1) % 3, -1)
    model = ManifoldAlignment(n_components=2).fit(Xs, ys, Xt, permuted)
    assert model.score(Xt[30:], yt[30:]) < 0.1
    assert model.score(Xt[30:], (yt[30:] + 1) % 3) > 0.9


def test_labels_are_required():
    Xs, ys, Xt, _, few = make_domains()
    with pytest.raises(
        ValueError, match="needs labeled target rows: y_target is missing"
    ):
        ManifoldAlignment().fit(Xs, ys, Xt)
    with pytest.raises(ValueError, match="needs labeled target rows"):
        ManifoldAlignment().fit(Xs, ys, Xt, np.full(len(Xt), -1))


def test_learner_sees_the_labeled_target():
    Xs, ys, Xt, yt, few = make_domains(labeled=9)
    model = ManifoldAlignment(KNeighborsClassifier(1), n_components=3).fit(
        Xs, ys, Xt, few
    )
    assert model.estimator_.n_samples_fit_ == len(Xs) + 9
    np.testing.assert_array_equal(model.predict(Xt[:9]), yt[:9])
    distances, _ = model.estimator_.kneighbors(model.transform(Xt[:9]), 1)
    np.testing.assert_allclose(distances, 0, atol=1e-9)


def test_unlabeled_target_samples_shape_the_map():
    Xs, ys, Xt, _, few = make_domains()
    with_shape = ManifoldAlignment(**SETTINGS).fit(Xs, ys, Xt, few)
    keep = few >= 0
    without = ManifoldAlignment(**SETTINGS).fit(Xs, ys, Xt[keep], few[keep])
    assert np.abs(with_shape.values_ - without.values_).max() > 1e-3


def test_widths_are_checked_by_domain():
    Xs, ys, Xt, _, few = make_domains()
    model = ManifoldAlignment().fit(Xs, ys, Xt, few)
    assert model.transform(Xs, "source").shape == (40, 8)
    assert model.transform(Xt).shape == (35, 8)
    with pytest.raises(ValueError, match=r"X has 5 features, X_target .* has 3"):
        model.predict(Xs)
    with pytest.raises(ValueError, match="3 features"):
        model.transform(Xt, "source")


def test_defaults():
    assert ManifoldAlignment().get_params() == {
        "estimator": None,
        "n_components": 20,
        "mu": 1.0,
        "n_neighbors": 10,
        "reg": 1e-2,
    }


def test_neighbors_at_one_distance_are_all_neighbors():
    X = np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0], [-1.0, 0.0], [9.0, 9.0]])
    expected = neighbor_graph(X, 1).toarray()
    # three tie for the first place
    assert expected[0].tolist() == [0, 1, 1, 1, 0]
    rng = np.random.default_rng(0)
    for _ in range(20):
        noisy = X * (1 + 1e-13 * rng.standard_normal(X.shape))
        np.testing.assert_array_equal(
            neighbor_graph(noisy, 1).toarray(), expected
        )


def test_neighbors_do_not_depend_on_the_last_bit():
    pixels = np.random.default_rng(0).integers(0, 4, (300, 6)) / 16
    X = pixels - pixels.mean(axis=0)
    noise = 1 + 1e-12 * np.random.default_rng(1).standard_normal(X.shape)
    assert (neighbor_graph(X, 5) != neighbor_graph(X * noise, 5)).nnz == 0
