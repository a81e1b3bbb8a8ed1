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
from sklearn.neighbors import KNeighborsClassifier
from sklearn.preprocessing import normalize

from tlbook.feature import BDA, JDA, TCA
from tlbook.feature.bda import class_weights

KERNELS = ("primal", "linear", "rbf")
NEAREST = KNeighborsClassifier(1)


def pair():
    """Classes of unequal size, three to one in the source and the other way in the target."""
    Xs, ys, Xt, yt = make_pair(60, 60, 5, seed=6, n_classes=2)
    few_source, few_target = (
        (ys == 0) & (np.arange(60) % 3 > 0),
        (yt == 1) & (np.arange(60) % 3 > 0),
    )
    return Xs[~few_source], ys[~few_source], Xt[~few_target], yt[~few_target]


@pytest.mark.parametrize("kernel", KERNELS)
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("mu", [0.2, 0.5, 1.0])
def test_equals_the_dense_form(kernel, weighted, mu):
    Xs, ys, Xt, _ = pair()
    F = kernel_of(np.vstack([Xs, Xt]), kernel, 0.07)

    def balanced(ys, guesses):
        both = mu * conditionals(ys, guesses, weighted)
        return (1 - mu) * marginal(len(ys), len(guesses)) + both

    values, Z, guesses = dense_rounds(Xs, ys, Xt, F, NEAREST, 0.3, 3, 4, balanced)
    model = BDA(
        NEAREST, n_components=3, mu=mu, lam=0.3, kernel=kernel, n_iter=4, weighted=weighted,
        gamma=0.07,
    )  # fmt: skip
    mapped = np.vstack(model.fit_transform_pair(Xs, ys, Xt))
    np.testing.assert_allclose(model.eigenvalues_, values, rtol=1e-8)
    assert_same_embedding(mapped, Z)
    np.testing.assert_array_equal(model.guesses_, guesses[:-1])


def test_without_class_terms_it_is_tca():
    Xs, ys, Xt, _ = pair()
    one = BDA(n_components=3, mu=0, lam=0.5, kernel="primal").fit(Xs, ys, Xt)
    mu = 0.5 * (1 / len(Xs) + 1 / len(Xt))
    two = TCA(n_components=3, mu=mu, kernel="primal").fit(Xs, ys, Xt)
    np.testing.assert_allclose(one.projection_, two.projection_, atol=1e-9)
    np.testing.assert_allclose(one.eigenvalues_, two.eigenvalues_ * mu / 0.5)


@pytest.mark.parametrize("n_classes", [2, 4])
def test_one_balance_is_jda(n_classes):
    """JDA counts the marginal term C times: mu / (1 - mu) = 1 / C."""
    Xs, ys, Xt, _ = make_pair(48, 40, 6, seed=8, n_classes=n_classes)
    one = BDA(n_components=3, mu=1 / (n_classes + 1)).fit(Xs, ys, Xt)
    two = JDA(n_components=3).fit(Xs, ys, Xt)
    np.testing.assert_allclose(one.projection_, two.projection_, atol=1e-8)
    np.testing.assert_array_equal(one.guesses_, two.guesses_)
    other = BDA(n_components=3, mu=0.9).fit(Xs, ys, Xt)
    assert not np.allclose(other.projection_, two.projection_, atol=1e-3)


def test_class_weights_by_hand():
    """Nobody in the target is guessed to be d: no column."""
    ys, guesses = (
        np.array(["a", "a", "a", "b", "d"]),
        np.array(["b", "b", "a", "b"]),
    )
    W = class_weights(ys, guesses, np.array(["a", "b", "d"]))
    np.testing.assert_allclose(W[:5], np.tile(np.sqrt([3 / 5, 1 / 5]), (5, 1)))
    np.testing.assert_allclose(W[5:], np.tile(np.sqrt([1 / 4, 3 / 4]), (4, 1)))


def test_weights_change_nothing_where_classes_are_equally_frequent():
    """Then W-BDA only divides the class terms by C."""
    Xs, ys, Xt, yt = make_pair(60, 60, 5, seed=9, n_classes=2)
    Xs[ys == 1] += 20
    Xt[yt == 1] += 20
    plain = BDA(n_components=3, mu=1.0).fit(Xs, ys, Xt)
    weighted = BDA(n_components=3, mu=1.0, weighted=True).fit(Xs, ys, Xt)
    assert np.mean(plain.guesses_[-1] == 1) == 0.5
    np.testing.assert_allclose(plain.projection_, weighted.projection_, atol=1e-8)


def test_defaults():
    assert BDA().mu == 0.5
    assert not BDA().weighted
    assert BDA().lam == JDA().lam == 1
    assert BDA().n_iter == JDA().n_iter == 10
    assert BDA().kernel == JDA().kernel == "linear"


@needs_papers_data
def test_published_accuracy_on_office_caltech():
    """Caltech to webcam; JDA has 41.69 there."""
    from tlbook.datasets import fetch_office_caltech

    Xs, ys, Xt, yt = fetch_office_caltech("caltech", "webcam")
    model = BDA(n_components=100).fit(normalize(Xs), ys, normalize(Xt))
    assert round(100 * model.score(normalize(Xt), yt), 2) == 40.34
