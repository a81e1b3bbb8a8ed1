"""Model selection: risks by hand, the control variate by its variance."""

import math

import numpy as np
import pytest
from sklearn.neighbors import KNeighborsClassifier

from tlbook.datasets import make_shift
from tlbook.feature import SubspaceAlignment
from tlbook.selection import (
    deep_embedded_risk,
    importance_weighted_risk,
    prediction_entropy,
    reverse_risk,
)


def test_importance_weighted_risk_by_hand():
    assert importance_weighted_risk([1, 0, 1, 0], [2.0, 5.0, 0.5, 1.0]) == pytest.approx(2.5 / 4)


def test_deep_embedded_risk_by_hand():
    """losses 1, 0, 1; weights 1, 2, 3: w l = 1, 0, 3; cov = 2/3, var = 2/3, eta = -1."""
    assert deep_embedded_risk([1, 0, 1], [1.0, 2.0, 3.0]) == pytest.approx(4 / 3 - 1 * (2 - 1))


def test_equal_weights_need_no_control():
    losses = [1, 0, 0, 1, 1]
    assert deep_embedded_risk(losses, np.ones(5)) == importance_weighted_risk(losses, np.ones(5))


def test_control_variate_keeps_the_mean_and_lowers_the_spread():
    """Gaussians N(0, 1) and N(0.7, 1), loss 1 where x > 0: the target risk is Phi(0.7)."""
    rng = np.random.default_rng(0)
    plain, controlled = [], []
    for _ in range(400):
        x = rng.standard_normal(400)
        weights = np.exp(0.7 * x - 0.7**2 / 2)
        plain.append(importance_weighted_risk(x > 0, weights))
        controlled.append(deep_embedded_risk(x > 0, weights))
    wanted = (1 + math.erf(0.7 / math.sqrt(2))) / 2
    assert np.mean(plain) == pytest.approx(wanted, abs=0.01)
    assert np.mean(controlled) == pytest.approx(wanted, abs=0.01)
    assert np.std(controlled) < 0.6 * np.std(plain)


def test_entropy_by_hand():
    p = [[1.0, 0.0], [0.5, 0.5], [0.25, 0.75]]
    third = -(0.25 * math.log(0.25) + 0.75 * math.log(0.75))
    assert prediction_entropy(p) == pytest.approx((0 + math.log(2) + third) / 3)


def test_reverse_risk_goes_there_and_back():
    Xs, ys, Xt, _ = make_shift("conditional", n_samples=200)
    model = SubspaceAlignment(KNeighborsClassifier(3), n_components=2)
    guesses = model.fit(Xs[:80], ys[:80], Xt).predict(Xt)
    back = SubspaceAlignment(KNeighborsClassifier(3), n_components=2).fit(Xt, guesses, Xs[:80])
    wanted = np.mean(back.predict(Xs[80:]) != ys[80:])
    assert reverse_risk(model, Xs[:80], ys[:80], Xs[80:], ys[80:], Xt) == wanted
    assert 0 < wanted < 0.2


def test_reverse_risk_of_a_candidate_that_sees_one_class():
    Xs, ys, Xt, _ = make_shift("conditional", n_samples=60)
    far = Xs[ys == 0].mean(axis=0) + 0.01 * np.random.default_rng(0).standard_normal(Xt.shape)

    class Plain(KNeighborsClassifier):
        def fit(self, X, y, X_target=None):
            return super().fit(X, y)

    assert reverse_risk(Plain(1), Xs, ys, Xs, ys, far) == 1.0
