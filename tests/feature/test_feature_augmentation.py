"""Feature augmentation: the oracles are its kernel and its penalty, solved without copies."""

import numpy as np
import pytest
from scipy import sparse
from scipy.optimize import minimize
from sklearn.kernel_ridge import KernelRidge
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.svm import SVC

from tlbook.feature import FeatureAugmentation, MultiSourceAugmentation
from tlbook.feature.feature_augmentation import augmented


def world(seed, ns=40, nt=15, d=3):
    rng = np.random.default_rng(seed)
    Xs, Xt = rng.standard_normal((ns, d)), rng.standard_normal((nt, d)) + 0.3
    w, change = rng.standard_normal((2, d))
    ys, yt = Xs @ w, Xt @ (w + 0.5 * change)
    return Xs, ys, Xt, yt


@pytest.mark.parametrize(
    ("place", "n_domains", "copies"),
    [
        (0, 2, [[1, 2, 1, 2, 0, 0]]),
        (1, 2, [[1, 2, 0, 0, 1, 2]]),
        (1, 3, [[1, 2, 0, 0, 1, 2, 0, 0]]),
    ],
)
def test_copies_by_hand(place, n_domains, copies):
    x = np.array([[1.0, 2.0]])
    np.testing.assert_array_equal(augmented(x, place, n_domains), copies)
    there = augmented(sparse.csr_matrix(x), place, n_domains)
    assert sparse.issparse(there)
    np.testing.assert_array_equal(there.toarray(), copies)
    assert augmented(x.astype(np.float32), place).dtype == np.float32


@pytest.mark.parametrize("seed", range(4))
def test_ridge_is_the_kernel_of_equation_3(seed):
    Xs, ys, Xt, yt = world(seed)
    lam = 0.7
    own = FeatureAugmentation(Ridge(lam, fit_intercept=False))
    own.fit(Xs, ys, Xt, yt)

    def kernel(A, a, B, b):
        return (A @ B.T) * (1 + (a[:, None] == b))

    X = np.concatenate([Xs, Xt])
    domain = np.repeat([0, 1], [len(Xs), len(Xt)])
    K = kernel(X, domain, X, domain)
    dual = KernelRidge(alpha=lam, kernel="precomputed")
    dual.fit(K, np.concatenate([ys, yt]))
    rng = np.random.default_rng(9)
    new = rng.standard_normal((20, 3))
    for number, name in ((0, "source"), (1, "target")):
        there = kernel(new, np.full(20, number), X, domain)
        np.testing.assert_allclose(
            own.predict(new, domain=name), dual.predict(there), atol=1e-10
        )


@pytest.mark.parametrize("seed", range(3))
def test_support_vectors_of_the_same_kernel(seed):
    Xs, ys, Xt, yt = world(seed, 60, 30)
    ys, yt = (ys > 0).astype(int), (yt > 0).astype(int)
    own = FeatureAugmentation(SVC(kernel="linear", tol=1e-8)).fit(Xs, ys, Xt, yt)
    X = np.concatenate([Xs, Xt])
    domain = np.repeat([0, 1], [len(Xs), len(Xt)])
    same = 1 + (domain[:, None] == domain)
    dual = SVC(kernel="precomputed", tol=1e-8)
    dual.fit((X @ X.T) * same, np.concatenate([ys, yt]))
    np.testing.assert_allclose(
        own.decision_function(Xt),
        dual.decision_function((Xt @ X.T) * (1 + domain)),
        atol=1e-5,
    )


def test_penalty_of_equation_2():
    """The minimum over v, u_s and u_t by brute force."""
    Xs, ys, Xt, yt = world(5)
    lam = 1.3

    def loss(weights):
        v, us, ut = weights.reshape(3, -1)
        fits = np.sum((Xs @ (v + us) - ys) ** 2) + np.sum(
            (Xt @ (v + ut) - yt) ** 2
        )
        return fits + lam * (v @ v + us @ us + ut @ ut)

    best = minimize(loss, np.zeros(9), tol=1e-12).x.reshape(3, -1)
    own = FeatureAugmentation(Ridge(lam, fit_intercept=False))
    own.fit(Xs, ys, Xt, yt)
    np.testing.assert_allclose(own.estimator_.coef_, best.ravel(), atol=1e-5)
    np.testing.assert_allclose(
        own.predict(Xt), Xt @ (best[0] + best[2]), atol=1e-4
    )


def test_penalty_is_a_pull_between_the_two_rules():
    """One linear system in w_s and w_t, without copies."""
    Xs, ys, Xt, yt = world(6)
    lam, one = 2.1, np.eye(3)
    A = np.block(
        [
            [Xs.T @ Xs + 2 * lam / 3 * one, -lam / 3 * one],
            [-lam / 3 * one, Xt.T @ Xt + 2 * lam / 3 * one],
        ]
    )
    ws, wt = np.linalg.solve(A, np.concatenate([Xs.T @ ys, Xt.T @ yt])).reshape(
        2, -1
    )
    own = FeatureAugmentation(Ridge(lam, fit_intercept=False))
    own.fit(Xs, ys, Xt, yt)
    np.testing.assert_allclose(
        own.predict(Xs, domain="source"), Xs @ ws, atol=1e-10
    )
    np.testing.assert_allclose(own.predict(Xt), Xt @ wt, atol=1e-10)
    shared = own.estimator_.coef_[:3]
    np.testing.assert_allclose(shared, (ws + wt) / 3, atol=1e-10)


def test_unlabeled_rows_do_not_count():
    Xs, ys, Xt, yt = world(0)
    hidden = np.where(np.arange(len(yt)) < 5, yt, np.nan)
    a = FeatureAugmentation(Ridge()).fit(Xs, ys, Xt, hidden)
    b = FeatureAugmentation(Ridge()).fit(Xs, ys, Xt[:5], yt[:5])
    np.testing.assert_array_equal(a.predict(Xt), b.predict(Xt))


def test_it_learns_what_the_domains_do_not_share():
    """One feature means the opposite in the target."""
    rng = np.random.default_rng(0)
    Xs, Xt = rng.standard_normal((2, 300, 2))
    ys, yt = (Xs @ [1, 1] > 0).astype(int), (Xt @ [1, -1] > 0).astype(int)
    few = np.where(np.arange(300) < 30, yt, -1)
    model = FeatureAugmentation().fit(Xs, ys, Xt, few)
    assert (
        model.score(Xt, yt) > LogisticRegression().fit(Xs, ys).score(Xt, yt) + 0.2
    )
    assert np.mean(model.predict(Xs, domain="source") == ys) > 0.9


def three_domains(seed=3):
    """Two sources and, last, the target, each with a rule of its own."""
    rng = np.random.default_rng(seed)
    X = [rng.standard_normal((n, 3)) for n in (30, 25, 12)]
    w = rng.standard_normal(3)
    return [(A, A @ (w + 0.7 * rng.standard_normal(3))) for A in X]


def test_several_sources_are_the_same_kernel():
    """Two in one domain, one between any two, by equation (3)."""
    first, second, (Xt, yt) = three_domains()
    own = MultiSourceAugmentation(Ridge(0.7, fit_intercept=False))
    own.fit([first, second], Xt, yt)
    X = np.concatenate([first[0], second[0], Xt])
    y = np.concatenate([first[1], second[1], yt])
    domain = np.repeat([0, 1, 2], [30, 25, 12])
    dual = KernelRidge(alpha=0.7, kernel="precomputed")
    dual.fit((X @ X.T) * (1 + (domain[:, None] == domain)), y)
    new = np.random.default_rng(9).standard_normal((20, 3))
    for number, name in ((0, 0), (1, 1), (2, "target")):
        there = (new @ X.T) * (1 + (domain == number))
        np.testing.assert_allclose(
            own.predict(new, domain=name), dual.predict(there), atol=1e-10
        )
    np.testing.assert_array_equal(own.predict(new), own.predict(new, "target"))
    assert own.score(Xt, yt) > 0.9


def test_one_source_of_several_is_the_plain_method():
    Xs, ys, Xt, yt = world(1)
    few = np.where(np.arange(len(yt)) < 5, yt, np.nan)
    several = MultiSourceAugmentation(Ridge()).fit([(Xs, ys)], Xt, few)
    one = FeatureAugmentation(Ridge()).fit(Xs, ys, Xt, few)
    np.testing.assert_array_equal(several.predict(Xt), one.predict(Xt))
    np.testing.assert_array_equal(
        several.predict(Xs, domain=0), one.predict(Xs, domain="source")
    )


def test_several_sources_with_classes_that_have_names():
    """A class may be missing in one source, and rows of the target unlabeled."""
    names = np.array(["ant", "bumblebee", "cat"])
    rng = np.random.default_rng(4)
    means = 3 * rng.standard_normal((3, 4))
    y = np.arange(60) % 3
    X = means[y] + rng.standard_normal((60, 4))
    two = y < 2
    few = np.where(np.arange(60) < 9, names[y], "-1").astype(object)
    few[9:] = -1
    sources = [(X, names[y]), (X[two] + 1, names[y[two]])]
    model = MultiSourceAugmentation().fit(sources, X + 0.5, few)
    assert list(model.classes_) == list(names)
    assert model.score(X + 0.5, names[y]) > 0.8
    thin = MultiSourceAugmentation().fit(
        [(sparse.csr_matrix(A), b) for A, b in sources],
        sparse.csr_matrix(X + 0.5),
        few,
    )
    np.testing.assert_allclose(
        thin.predict_proba(X), model.predict_proba(X), atol=1e-3
    )


def test_several_sources_refuse_what_they_cannot_use():
    first, second, (Xt, yt) = three_domains()
    model = MultiSourceAugmentation(Ridge())
    with pytest.raises(ValueError, match="needs labeled target rows"):
        model.fit([first, second], Xt, np.full(12, np.nan))
    with pytest.raises(ValueError, match="sources is empty"):
        model.fit([], Xt, yt)
    model.fit([first, second], Xt, yt)
    for domain in ("source", 2):
        with pytest.raises(ValueError, match="number of one of 2 sources"):
            model.predict(Xt, domain=domain)
