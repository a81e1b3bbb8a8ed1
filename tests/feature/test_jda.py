import numpy as np
import pytest
from dense_reference import (
    assert_same_embedding,
    conditionals,
    dense_rounds,
    kernel_of,
    make_pair,
    marginal,
    needs_papers_data,
)
from sklearn.base import clone
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import Normalizer

from tlbook.feature import JDA, TCA
from tlbook.feature._components import LinearSpace
from tlbook.feature.jda import class_mmd_vectors, unit_factor
from tlbook.feature.tca import transfer_components

KERNELS = ("primal", "linear", "rbf")
NEAREST = KNeighborsClassifier(1)


def test_class_vectors_by_hand():
    """Class b has two source samples and one target sample; nobody is guessed to be c."""
    ys, guesses = np.array(["a", "b", "b", "c"]), np.array(["b", "a", "a"])
    E = class_mmd_vectors(ys, guesses, np.array(["a", "b", "c"]))
    np.testing.assert_allclose(E[:, 0], [1, 0, 0, 0, 0, -1 / 2, -1 / 2])
    np.testing.assert_allclose(E[:, 1], [0, 1 / 2, 1 / 2, 0, -1, 0, 0])
    assert E.shape == (7, 2)


def test_unit_factor():
    E = np.random.default_rng(0).standard_normal((9, 3))
    F = unit_factor(E)
    assert np.linalg.norm(F @ F.T) == pytest.approx(1)
    np.testing.assert_allclose(F @ F.T, E @ E.T / np.linalg.norm(E @ E.T))


@pytest.mark.parametrize("kernel", KERNELS)
@pytest.mark.parametrize(
    ("ns", "nt", "d", "k"),
    [(14, 11, 4, 2), (9, 8, 20, 5), (70, 60, 80, 4)],
    ids=str,
)
def test_equals_the_dense_form_in_every_round(kernel, ns, nt, d, k):
    Xs, ys, Xt, _ = make_pair(ns, nt, d, seed=4, n_classes=3)
    F = kernel_of(np.vstack([Xs, Xt]), kernel, 0.3 / d)
    values, Z, guesses = dense_rounds(
        Xs,
        ys,
        Xt,
        F,
        NEAREST,
        0.3,
        k,
        4,
        lambda y, g: 3 * marginal(ns, nt) + conditionals(y, g),
    )
    model = JDA(
        NEAREST, n_components=k, lam=0.3, kernel=kernel, n_iter=4, gamma=0.3 / d
    )
    mapped = np.vstack(model.fit_transform_pair(Xs, ys, Xt))
    np.testing.assert_allclose(model.eigenvalues_, values, rtol=1e-8)
    assert_same_embedding(mapped, Z)
    np.testing.assert_array_equal(model.guesses_, guesses[:-1])
    np.testing.assert_array_equal(model.predict(Xt), guesses[-1])


@pytest.mark.parametrize("kernel", KERNELS)
def test_first_round_is_tca(kernel):
    Xs, ys, Xt, _ = make_pair()
    one = JDA(n_components=3, lam=0.5, kernel=kernel, n_iter=1).fit(Xs, ys, Xt)
    mu = 0.5 * (1 / 14 + 1 / 11)
    two = TCA(n_components=3, mu=mu, kernel=kernel).fit(Xs, ys, Xt)
    np.testing.assert_allclose(one.projection_, two.projection_, atol=1e-10)
    assert one.guesses_.shape[0] == 0


def test_class_means_come_together():
    """Without a ridge to speak of, as many directions as constraints leave carry no difference."""
    Xs, ys, Xt, _ = make_pair(40, 40, 8, seed=1)
    model = JDA(n_components=5, lam=1e-9, kernel="primal", n_iter=2).fit(
        Xs, ys, Xt
    )
    guesses, Zs, Zt = (
        model.guesses_[0],
        model.transform(Xs, "source"),
        model.transform(Xt),
    )
    for c in range(3):
        raw = np.linalg.norm(
            Xs[ys == c].mean(axis=0) - Xt[guesses == c].mean(axis=0)
        )
        assert (
            np.linalg.norm(
                Zs[ys == c].mean(axis=0) - Zt[guesses == c].mean(axis=0)
            )
            < 1e-6 * raw
        )
    assert np.linalg.norm(Zs.mean(axis=0) - Zt.mean(axis=0)) < 1e-6


def test_primal_and_linear_kernel_agree_as_the_ridge_vanishes():
    """With more class-wise terms than features the problem is well posed without a ridge."""
    Xs, ys, Xt, yt = make_pair(40, 36, 3, n_classes=5)
    E = unit_factor(class_mmd_vectors(ys, yt, np.arange(5)))
    for ridge, agree in ((1.0, False), (1e-9, True)):
        maps, values = [], []
        for kernel in ("primal", "linear"):
            space = LinearSpace(np.vstack([Xs, Xt]), kernel)
            found, A = transfer_components(space, E, ridge, 3)
            values.append(found)
            maps.append(
                space.project(A) / np.linalg.norm(space.project(A), axis=0)
            )
        assert np.allclose(*values, rtol=1e-6) == agree
        assert (
            np.allclose(np.abs(np.sum(maps[0] * maps[1], axis=0)), 1, atol=1e-6)
            == agree
        )


def test_a_class_without_guesses_is_left_out():
    """No target sample is of class 2, which is far away in direction as well."""
    Xs, ys, Xt, yt = make_pair(30, 30, 4, seed=3)
    Xs[ys == 2, 0] += 9
    Xt = Xt[yt != 2]
    model = JDA(NEAREST, n_components=3, lam=0.5, kernel="primal", n_iter=3).fit(
        Xs, ys, Xt
    )
    assert all(2 not in guesses for guesses in model.guesses_)

    def joint(ys, guesses):
        return 3 * marginal(30, 20) + conditionals(ys, guesses)

    F = np.vstack([Xs, Xt])
    values, Z, _ = dense_rounds(Xs, ys, Xt, F, NEAREST, 0.5, 3, 3, joint)
    np.testing.assert_allclose(model.eigenvalues_, values, rtol=1e-8)
    assert_same_embedding(
        np.vstack([model.transform(Xs, "source"), model.transform(Xt)]), Z
    )


def test_labels_may_be_anything():
    Xs, ys, Xt, _ = make_pair(40, 36, 6)
    plain = JDA(n_components=3).fit(Xs, ys, Xt).predict(Xt)
    names = np.array(["cat", "ant", "bee"])
    np.testing.assert_array_equal(
        JDA(n_components=3).fit(Xs, names[ys], Xt).predict(Xt), names[plain]
    )
    np.testing.assert_array_equal(
        JDA(n_components=3).fit(Xs, 10 * ys - 3, Xt).predict(Xt), 10 * plain - 3
    )


def test_default_learner_is_the_nearest_neighbor_by_angle():
    Xs, ys, Xt, _ = make_pair(40, 36, 6)
    explicit = make_pipeline(Normalizer(), KNeighborsClassifier(1))
    one, two = JDA(n_components=3), JDA(explicit, n_components=3)
    np.testing.assert_array_equal(
        one.fit(Xs, ys, Xt).predict(Xt), two.fit(Xs, ys, Xt).predict(Xt)
    )
    assert repr(one._learner()) == repr(explicit)


def test_the_learner_guesses():
    """The guesses of round one are those of the wrapped learner on TCA's components."""
    Xs, ys, Xt, _ = make_pair(40, 36, 6, seed=2)
    learner = KNeighborsClassifier(7)
    model = JDA(learner, n_components=2, lam=0.5, kernel="primal", n_iter=3).fit(
        Xs, ys, Xt
    )
    first = TCA(
        clone(learner), 2, mu=0.5 * (1 / 40 + 1 / 36), kernel="primal"
    ).fit(Xs, ys, Xt)
    np.testing.assert_array_equal(model.guesses_[0], first.predict(Xt))
    assert model.guesses_.shape == (2, 36)


def test_too_many_components_are_refused():
    Xs, ys, Xt, _ = make_pair()
    with pytest.raises(ValueError, match=r"n_components=5, but .* rank 4"):
        JDA(n_components=5).fit(Xs, ys, Xt)


@needs_papers_data
@pytest.mark.parametrize(
    ("source", "target", "published"),
    [("webcam", "dslr", 89.17), ("dslr", "webcam", 89.49)],
)
def test_published_accuracy_on_office_caltech(source, target, published):
    from tlbook.datasets import fetch_office_caltech

    Xs, ys, Xt, yt = fetch_office_caltech(source, target)
    unit = Normalizer()
    Xs, Xt = unit.fit_transform(Xs), unit.fit_transform(Xt)
    model = JDA(n_components=100, lam=1, kernel="linear", n_iter=10).fit(
        Xs, ys, Xt
    )
    assert round(100 * model.score(Xt, yt), 2) == published


@needs_papers_data
@pytest.mark.parametrize(
    ("source", "target", "published"),
    [("usps", "mnist", 59.65), ("mnist", "usps", 67.28)],
)
def test_published_accuracy_on_digits(source, target, published):
    from tlbook.datasets import fetch_mnist_usps

    Xs, ys, Xt, yt = fetch_mnist_usps(source, target)
    model = JDA(n_components=100, lam=0.1, kernel="primal", n_iter=10).fit(
        Xs, ys, Xt
    )
    assert round(100 * model.score(Xt, yt), 2) == published
