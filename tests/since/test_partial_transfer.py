"""Partial transfer: EM of a Bayes rule, planted classes, the error of a move in closed form."""

import warnings

import numpy as np
import pytest
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression, Perceptron
from sklearn.naive_bayes import GaussianNB

from tlbook.instance.label_shift import em_prior
from tlbook.since import PartialTransfer
from tlbook.since.partial_transfer import STILL, weighted_shift

MEANS = np.array([[0.0, 0.0], [4.0, 0.0], [0.0, 4.0], [4.0, 4.0]])
MOVE = np.array([1.2, -0.9])


def draw(shares, n, seed, move=0.0):
    rng = np.random.default_rng(seed)
    y = rng.choice(4, n, p=shares)
    return MEANS[y] + move + rng.normal(size=(n, 2)), y


def partial(seed=0, move=MOVE):
    """All four classes in the source, the first two in the target."""
    Xs, ys = draw([0.4, 0.1, 0.3, 0.2], 1500, seed)
    Xt, yt = draw([0.3, 0.7, 0, 0], 800, seed + 100, move)
    return Xs, ys, Xt, yt


def test_weighted_shift_by_hand():
    Xt = np.array([[4.0, 1.0], [6.0, 3.0]])
    means = np.array([[0.0, 0.0], [8.0, 4.0]])
    np.testing.assert_allclose(
        weighted_shift(Xt, means, np.array([0.75, 0.25])), [3.0, 1.0]
    )


def test_error_of_the_move_is_that_of_the_shares():
    """Equation (4), with the truth known."""
    t, q = np.array([0.3, 0.7, 0, 0]), np.array([0.4, 0.1, 0.3, 0.2])
    Xt = np.repeat(MEANS + MOVE, (10 * t).astype(int), axis=0)
    error = weighted_shift(Xt, MEANS, q) - MOVE
    np.testing.assert_allclose(error, (t - q) @ MEANS)
    np.testing.assert_allclose(weighted_shift(Xt, MEANS, t), MOVE)


def test_of_a_bayes_rule_it_is_the_em_of_label_shift():
    """Learning anew with class weights changes nothing in naive Bayes but the prior."""
    Xs, ys, Xt, _ = partial(move=0.0)
    model = PartialTransfer(GaussianNB(), align=False).fit(Xs, ys, Xt)
    p = np.bincount(ys) / len(ys)
    q = em_prior(GaussianNB().fit(Xs, ys).predict_proba(Xt), p)
    np.testing.assert_allclose(model.target_prior_, q, atol=5 * STILL)
    np.testing.assert_allclose(model.class_weights_ * p, model.target_prior_)
    np.testing.assert_allclose(model.shift_, 0)


@pytest.mark.parametrize("align", [True, False])
def test_it_ends_in_a_fixed_point(align):
    Xs, ys, Xt, _ = partial()
    model = PartialTransfer(align=align).fit(Xs, ys, Xt)
    p, q = np.bincount(ys) / len(ys), model.target_prior_
    means = np.array([Xs[ys == c].mean(axis=0) for c in range(4)])
    Zs = Xs + (Xt.mean(axis=0) - q @ means if align else 0)
    again = LogisticRegression(max_iter=1000).fit(Zs, ys, (q / p)[ys])
    np.testing.assert_allclose(
        again.predict_proba(Xt).mean(axis=0), q, atol=2 * STILL
    )
    np.testing.assert_allclose(q.sum(), 1)


def test_planted_classes_and_the_planted_move_are_found():
    for seed in range(3):
        Xs, ys, Xt, yt = partial(seed)
        model = PartialTransfer().fit(Xs, ys, Xt)
        np.testing.assert_allclose(
            model.target_prior_, np.bincount(yt, minlength=4) / 800, atol=0.03
        )
        np.testing.assert_allclose(model.shift_, MOVE, atol=0.25)
        moved = Xs - Xs.mean(axis=0) + Xt.mean(axis=0)
        all_classes = LogisticRegression().fit(moved, ys).score(Xt, yt)
        assert model.score(Xt, yt) > 0.96
        assert all_classes < 0.85
        assert model.score(Xt, yt) > model.source_model_.score(Xt, yt)


def test_classes_of_the_source_may_have_other_sizes():
    """Weights by q alone would leave the largest class."""
    Xs, ys = draw([0.7, 0.1, 0.1, 0.1], 1500, 0)
    Xt, yt = draw([0.4, 0.4, 0.2, 0], 800, 1)
    for align in (True, False):
        model = PartialTransfer(align=align).fit(Xs, ys, Xt)
        np.testing.assert_allclose(
            model.target_prior_, np.bincount(yt, minlength=4) / 800, atol=0.03
        )


def test_where_no_class_is_missing_little_is_lost():
    Xs, ys = draw([0.25] * 4, 1500, 0)
    Xt, yt = draw([0.25] * 4, 800, 1)
    model = PartialTransfer().fit(Xs, ys, Xt)
    np.testing.assert_allclose(model.class_weights_, 1, atol=0.15)
    assert model.score(Xt, yt) > model.source_model_.score(Xt, yt) - 0.01


def test_names_and_units_do_not_matter():
    Xs, ys, Xt, _ = partial()
    model = PartialTransfer(GaussianNB()).fit(Xs, ys, Xt)
    names = np.array(["d", "b", "a", "c"])
    named = PartialTransfer(GaussianNB()).fit(
        Xs * 1000 + 5, names[ys], Xt * 1000 + 5
    )
    order = np.searchsorted(named.classes_, names)
    np.testing.assert_allclose(
        named.target_prior_[order], model.target_prior_, atol=1e-6
    )
    np.testing.assert_allclose(named.shift_, 1000 * model.shift_, rtol=1e-6)
    np.testing.assert_array_equal(
        named.predict(Xt * 1000 + 5), names[model.predict(Xt)]
    )


def test_source_samples_are_moved_before_they_are_classified():
    Xs, ys, Xt, _ = partial()
    model = PartialTransfer().fit(Xs, ys, Xt)
    np.testing.assert_array_equal(
        model.predict(Xs, "source"), model.estimator_.predict(Xs + model.shift_)
    )
    np.testing.assert_array_equal(model.predict(Xt), model.estimator_.predict(Xt))
    with pytest.warns(UserWarning, match="no X_target"):
        alone = PartialTransfer().fit(Xs, ys)
    assert (alone.shift_ == 0).all()


class Restless(LogisticRegression):
    """Calls everything the class of smallest weight: no shares are a fixed point."""

    def fit(self, X, y, sample_weight=None):
        super().fit(X, y)
        weights = np.ones(len(y)) if sample_weight is None else sample_weight
        self.least_ = int(
            np.argmin([weights[y == c].sum() for c in self.classes_])
        )
        return self

    def predict_proba(self, X):
        return np.tile(np.eye(len(self.classes_))[self.least_], (len(X), 1))


def test_words():
    Xs, ys, Xt, _ = partial()
    with pytest.raises(ValueError, match="Perceptron has no predict_proba"):
        PartialTransfer(Perceptron()).fit(Xs, ys, Xt)
    with pytest.warns(ConvergenceWarning, match="still change by 1 after 200"):
        model = PartialTransfer(Restless(), align=False).fit(Xs, ys, Xt)
    assert model.n_iter_ == 200
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert 1 < PartialTransfer().fit(Xs, ys, Xt).n_iter_ < 50
