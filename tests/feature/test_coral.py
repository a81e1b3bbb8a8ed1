"""CORAL against SciPy's matrix roots, cases worked by hand, its own promise, and known cells."""

import numpy as np
import pytest
from dense_reference import make_pair, needs_papers_data
from scipy.linalg import fractional_matrix_power, inv, sqrtm
from sklearn.base import clone
from sklearn.neighbors import KNeighborsClassifier
from sklearn.svm import LinearSVC

from tlbook.datasets import fetch_office_caltech
from tlbook.feature import CORAL
from tlbook.feature.coral import apply_power, covariance_factors

NEAREST = KNeighborsClassifier(1)
SIZES = pytest.mark.parametrize(
    ("ns", "nt", "d"), [(30, 25, 6), (8, 25, 12), (30, 9, 12), (7, 9, 20)]
)


def ridged(X, reg):
    return np.cov(X, rowvar=False) + reg * np.eye(X.shape[1])


def map_by_scipy(Xs, Xt, reg):
    """Equation (2) by Schur's method, which shares nothing with an eigendecomposition."""
    return np.real(inv(sqrtm(ridged(Xs, reg))) @ sqrtm(ridged(Xt, reg)))


@pytest.mark.parametrize(("n", "d"), [(20, 5), (6, 5), (5, 5), (4, 9), (2, 7)])
def test_factors_rebuild_the_covariance(n, d):
    X = (
        np.random.default_rng(n).standard_normal((n, d))
        @ np.diag(np.arange(1.0, d + 1))
        + 3
    )
    V, s = covariance_factors(X, 0.3)
    assert V.shape == (d, min(n, d))
    np.testing.assert_allclose(V.T @ V, np.eye(min(n, d)), atol=1e-10)
    rebuilt = V @ np.diag(s) @ V.T + 0.3 * (np.eye(d) - V @ V.T)
    np.testing.assert_allclose(rebuilt, ridged(X, 0.3), atol=1e-10)


@pytest.mark.parametrize("power", [-1, -0.5, 0.5, 1])
@pytest.mark.parametrize(("n", "d"), [(20, 5), (4, 9)])
def test_powers_equal_those_of_scipy(power, n, d):
    rng = np.random.default_rng(1)
    X, samples = rng.standard_normal((n, d)), rng.standard_normal((11, d))
    got = apply_power(samples, *covariance_factors(X, 0.2), 0.2, power)
    expected = samples @ fractional_matrix_power(ridged(X, 0.2), power)
    np.testing.assert_allclose(got, expected, atol=1e-9)


def test_rounding_below_zero_does_not_reach_the_root():
    # two equal columns: the smallest eigenvalue of the covariance is zero up to its sign
    x = np.random.default_rng(3).standard_normal((50, 1)) * 1e4
    _, s = covariance_factors(np.hstack([x, x, x]), 1e-12)
    assert np.all(s > 0)


@SIZES
@pytest.mark.parametrize("reg", [1.0, 0.05])
def test_map_equals_the_form_by_scipy(ns, nt, d, reg):
    Xs, ys, Xt, _ = make_pair(ns, nt, d, seed=2)
    Zs, Zt = CORAL(NEAREST, reg=reg).fit_transform_pair(Xs, ys, Xt)
    mean = Xs.mean(axis=0)
    np.testing.assert_allclose(
        Zs, mean + (Xs - mean) @ map_by_scipy(Xs, Xt, reg), atol=1e-9
    )
    np.testing.assert_array_equal(Zt, Xt)


@SIZES
@pytest.mark.parametrize("reg", [1.0, 0.05])
def test_mapped_covariance_with_the_ridge_accounted_for(ns, nt, d, reg):
    """A' (cov(Xs) + reg I) A = cov(Xt) + reg I, so cov(Zs) = cov(Xt) + reg (I - A'A)."""
    Xs, ys, Xt, _ = make_pair(ns, nt, d, seed=3)
    model = CORAL(NEAREST, reg=reg).fit(Xs, ys, Xt)
    A = model.transform(np.eye(d), "source") - model.transform(
        np.zeros((1, d)), "source"
    )
    Zs = model.transform(Xs, "source")
    expected = np.cov(Xt, rowvar=False) + reg * (np.eye(d) - A.T @ A)
    np.testing.assert_allclose(np.cov(Zs, rowvar=False), expected, atol=1e-9)


def test_without_ridge_the_source_takes_the_covariance_of_the_target():
    Xs, ys, Xt, _ = make_pair(60, 50, 5)
    Zs = CORAL(reg=1e-9).fit(Xs, ys, Xt).transform(Xs, "source")
    np.testing.assert_allclose(np.cov(Zs.T), np.cov(Xt.T), atol=1e-6)


def test_a_large_ridge_changes_nothing():
    Xs, ys, Xt, _ = make_pair()
    Zs = CORAL(reg=1e9).fit(Xs, ys, Xt).transform(Xs, "source")
    np.testing.assert_allclose(Zs, Xs, atol=1e-6)


def test_equal_covariances_change_nothing():
    Xs, ys, _, _ = make_pair(ns=40, d=4)
    Zs = CORAL().fit(Xs, ys, -Xs + 5).transform(Xs, "source")
    np.testing.assert_allclose(Zs, Xs, atol=1e-10)


def test_one_feature_by_hand():
    # variances (n - 1 in the denominator) 3 and 8: with reg = 1 the source is stretched by 3 / 2
    # deviations +-1.5, sum of squares 9, variance 3
    Xs = np.array([[10.0], [10], [13], [13]])
    Xt = np.array([[-2.0], [2]])  # sum of squares 8, variance 8
    Zs, Zt = CORAL(NEAREST, reg=1.0).fit_transform_pair(Xs, [0, 0, 1, 1], Xt)
    np.testing.assert_allclose(
        Zs.ravel(), [11.5 - 2.25, 11.5 - 2.25, 11.5 + 2.25, 11.5 + 2.25]
    )
    np.testing.assert_array_equal(Zt, Xt)


def test_two_features_by_hand():
    # covariances diag(3, 8) and [[5, 4], [4, 5]] - I: reg = 1 makes diag(4, 9) and, with
    # eigenvalues 9 and 1 along (1, 1) and (1, -1), the root [[2, 1], [1, 2]]
    root = np.array([[2.0, 1], [1, 2]])
    square = np.array([[1.0, 1], [1, -1], [-1, 1], [-1, -1]])  # covariance 4/3 I
    Xs = square * np.sqrt([9 / 4, 6])
    target = np.linalg.cholesky(np.array([[4.0, 4], [4, 4]]) + 1e-12 * np.eye(2))
    Xt = np.sqrt(3 / 4) * square @ target.T
    Zs = CORAL(NEAREST, reg=1.0).fit(Xs, [0, 0, 1, 1], Xt).transform(Xs, "source")
    np.testing.assert_allclose(Zs, Xs @ np.diag([1 / 2, 1 / 3]) @ root, atol=1e-6)


def test_means_are_left_as_they_are():
    Xs, ys, Xt, _ = make_pair()
    model = CORAL().fit(Xs, ys, Xt)
    np.testing.assert_allclose(model.mean_, Xs.mean(axis=0))
    np.testing.assert_allclose(
        model.transform(Xs, "source").mean(axis=0), Xs.mean(axis=0)
    )
    moved = CORAL().fit(Xs + 7, ys, Xt - 4)
    np.testing.assert_allclose(
        moved.transform(Xs + 7, "source"),
        model.transform(Xs, "source") + 7,
        atol=1e-10,
    )


def test_turning_both_domains_turns_the_result():
    Xs, ys, Xt, _ = make_pair()
    Q, _ = np.linalg.qr(np.random.default_rng(4).standard_normal((4, 4)))
    plain = CORAL().fit(Xs, ys, Xt).transform(Xs, "source")
    turned = CORAL().fit(Xs @ Q, ys, Xt @ Q).transform(Xs @ Q, "source")
    np.testing.assert_allclose(turned, plain @ Q, atol=1e-10)


def test_learner_sees_the_aligned_source():
    Xs, ys, Xt, _ = make_pair()
    model = CORAL(LinearSVC(C=0.3, random_state=0)).fit(Xs, ys, Xt)
    alone = LinearSVC(C=0.3, random_state=0).fit(
        model.transform(Xs, "source"), ys
    )
    np.testing.assert_allclose(model.estimator_.coef_, alone.coef_)
    np.testing.assert_array_equal(model.predict(Xt), alone.predict(Xt))


def white_classes():
    """Two classes left and right of the origin, together of covariance I."""
    rng = np.random.default_rng(1)
    y = np.arange(600) % 2
    X = np.where(y, 1.0, -1.0)[:, None] * [1.0, 0.0] + 0.3 * rng.standard_normal(
        (600, 2)
    )
    return (X - X.mean(axis=0)) @ inv(np.real(sqrtm(np.cov(X.T)))), y


def test_stretch_and_shear_are_repaired():
    """A symmetric positive map of white data is the root of its covariance."""
    X, y = white_classes()
    stretched = X @ np.array([[1.0, 2.0], [2.0, 5.0]])
    model = CORAL(reg=1e-6).fit(X, y, stretched)
    np.testing.assert_allclose(model.transform(X, "source"), stretched, atol=1e-4)
    assert model.score(stretched, y) > 0.98
    assert LinearSVC().fit(X, y).score(stretched, y) < 0.8


def test_rotation_is_not_repaired():
    """The root of a covariance is symmetric: of all maps that match, CORAL takes no turn."""
    X, y = white_classes()
    turned = X @ np.array([[0.0, 1.0], [-1.0, 0.0]])
    model = CORAL(reg=1e-6).fit(X, y, turned)
    np.testing.assert_allclose(model.transform(X, "source"), X, atol=1e-5)
    assert model.score(turned, y) < 0.6


def test_wide_domains_need_no_square_matrix():
    """30,000 features: one d x d matrix would take 7 GB."""
    rng = np.random.default_rng(2)
    Xs, Xt = rng.standard_normal((6, 30_000)), rng.standard_normal((7, 30_000))
    Zs = CORAL(NEAREST).fit(Xs, [0, 1] * 3, Xt).transform(Xs, "source")
    assert Zs.shape == Xs.shape
    centered = Xs - Xs.mean(axis=0)
    # in the directions of the source its variances become about those of the target there, zero
    assert np.linalg.norm(Zs - Xs.mean(axis=0)) < 0.1 * np.linalg.norm(centered)


@pytest.mark.parametrize("reg", [0, -1.0, "auto"])
def test_ridge_must_be_positive(reg):
    Xs, ys, Xt, _ = make_pair()
    with pytest.raises(ValueError, match="'reg' parameter of CORAL"):
        CORAL(reg=reg).fit(Xs, ys, Xt)


def test_defaults_of_the_paper():
    assert CORAL().get_params() == {"estimator": None, "reg": 1.0}
    learner = CORAL()._default_estimator()
    assert isinstance(learner, LinearSVC)
    assert learner.get_params()["C"] == 1.0


@needs_papers_data
@pytest.mark.parametrize(
    ("source", "target", "nearest"),
    [
        ("dslr", "webcam", 84.41),
        ("webcam", "dslr", 84.08),
        ("dslr", "amazon", 28.81),
    ],
)
def test_cells_of_office_caltech(source, target, nearest):
    """The cells that three other implementations give, after sum 1 and z-scores per domain."""
    Xs, ys, Xt, yt = fetch_office_caltech(source, target)
    model = CORAL(clone(NEAREST)).fit(Xs, ys, Xt)
    assert 100 * model.score(Xt, yt) == pytest.approx(nearest, abs=0.006)
