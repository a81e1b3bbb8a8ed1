"""Model selection: risks by hand, the control variate by its variance."""

import math
import warnings

import numpy as np
import pytest
from sklearn.neighbors import KNeighborsClassifier

from tlbook.datasets import make_shift
from tlbook.feature import SubspaceAlignment
from tlbook.practice.selection import (
    deep_embedded_risk,
    importance_weighted_risk,
    matrix_norm,
    mixture_consistency,
    prediction_entropy,
    reverse_risk,
    soft_neighborhood_density,
)


def test_importance_weighted_risk_by_hand():
    assert importance_weighted_risk(
        [1, 0, 1, 0], [2.0, 5.0, 0.5, 1.0]
    ) == pytest.approx(2.5 / 4)


def test_deep_embedded_risk_by_hand():
    """losses 1, 0, 1; weights 1, 2, 3: w l = 1, 0, 3; cov = 2/3, var = 2/3, eta = -1."""
    assert deep_embedded_risk([1, 0, 1], [1.0, 2.0, 3.0]) == pytest.approx(
        4 / 3 - 1 * (2 - 1)
    )


def test_equal_weights_need_no_control():
    losses = [1, 0, 0, 1, 1]
    assert deep_embedded_risk(losses, np.ones(5)) == importance_weighted_risk(
        losses, np.ones(5)
    )


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
    back = SubspaceAlignment(KNeighborsClassifier(3), n_components=2).fit(
        Xt, guesses, Xs[:80]
    )
    wanted = np.mean(back.predict(Xs[80:]) != ys[80:])
    assert reverse_risk(model, Xs[:80], ys[:80], Xs[80:], ys[80:], Xt) == wanted
    assert 0 < wanted < 0.2


def test_reverse_risk_of_a_candidate_that_sees_one_class():
    Xs, ys, Xt, _ = make_shift("conditional", n_samples=60)
    far = Xs[ys == 0].mean(axis=0) + 0.01 * np.random.default_rng(
        0
    ).standard_normal(Xt.shape)

    class Plain(KNeighborsClassifier):
        def fit(self, X, y, X_target=None):
            return super().fit(X, y)

    assert reverse_risk(Plain(1), Xs, ys, Xs, ys, far) == 1.0


def test_self_normalized_risk_does_not_see_the_scale_of_the_weights():
    losses, weights = [1, 0, 1, 0], np.array([2.0, 5.0, 0.5, 1.0])
    assert importance_weighted_risk(
        losses, weights, normalized=True
    ) == pytest.approx(2.5 / 8.5)
    for scale in (0.01, 7):
        scaled = importance_weighted_risk(
            losses, scale * weights, normalized=True
        )
        assert scaled == pytest.approx(2.5 / 8.5)


@pytest.mark.parametrize("risk", [importance_weighted_risk, deep_embedded_risk])
def test_weights_whose_mean_is_far_from_one_are_doubted(risk):
    losses, weights = [1, 0, 1, 0], np.array([2.0, 1.0, 0.5, 0.5])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        risk(losses, weights)
        importance_weighted_risk(losses, 4 * weights, normalized=True)
    for scale in (0.04, 4):
        with pytest.warns(UserWarning, match=f"have mean {scale:.3g} over"):
            risk(losses, scale * weights)


def test_rounding_noise_of_equal_weights_is_no_variance():
    losses = [0, 1, 0, 1, 0, 0.5]
    assert deep_embedded_risk(losses, np.full(6, 0.1)) == pytest.approx(
        0.1 * np.mean(losses)
    )


def test_soft_neighborhood_density_by_loops():
    rng = np.random.default_rng(0)
    p = rng.dirichlet(np.ones(3), 7)
    total = 0.0
    for i in range(7):
        q = [p[j] / math.sqrt(sum(p[j] ** 2)) for j in range(7)]
        e = {j: math.exp(float(q[i] @ q[j]) / 0.1) for j in range(7) if j != i}
        total -= sum(
            v / sum(e.values()) * math.log(v / sum(e.values()))
            for v in e.values()
        )
    assert soft_neighborhood_density(p, temperature=0.1) == pytest.approx(
        total / 7
    )


def test_dense_groups_have_the_larger_density():
    sure = np.eye(2)[np.arange(40) % 2] * 0.98 + 0.01
    unsure = np.column_stack([np.linspace(0, 1, 40), np.linspace(1, 0, 40)])
    assert soft_neighborhood_density(sure) > soft_neighborhood_density(unsure)


def test_matrix_norm_by_hand_and_at_its_ends():
    p = np.array([[1.0, 0.0], [0.5, 0.5]])
    assert matrix_norm(p) == pytest.approx(((1 + 2 * 0.5**4) / 4) ** 0.25)
    assert matrix_norm(np.full((5, 4), 0.25)) == pytest.approx(0.25)
    assert matrix_norm(np.eye(4)) == pytest.approx(4**-0.25)


class Threshold:
    """Class 1 where x > 0."""

    def predict(self, X):
        return (np.asarray(X)[:, 0] > 0).astype(int)


def test_mixture_consistency_by_hand():
    """x and x' = -x of other guess: 0.55 x - 0.45 x keeps the sign of x; three times as far not."""
    assert mixture_consistency(Threshold(), [[-1.0], [1.0]]) == 1.0
    far = mixture_consistency(Threshold(), [[-3.0], [1.0]])
    # the mixture of 1 with -3 turns over
    assert far == pytest.approx((1 + 0.5) / 2)
    assert mixture_consistency(Threshold(), [[1.0], [2.0]]) == 0.0


def test_mixture_consistency_by_loops():
    rng = np.random.default_rng(1)
    X = rng.standard_normal((30, 2))
    guesses, draws = Threshold().predict(X), np.random.default_rng(0)
    kept = []
    for same in (True, False):
        partner = {}
        for c in (0, 1):
            mine = [i for i in range(30) if guesses[i] == c]
            pool = mine if same else [i for i in range(30) if guesses[i] != c]
            partner |= dict(zip(mine, draws.choice(pool, len(mine))))
        kept.append(
            np.mean(
                [(0.55 * X[i] + 0.45 * X[partner[i]])[0] > 0 for i in range(30)]
                == guesses
            )
        )
    assert mixture_consistency(Threshold(), X) == pytest.approx(np.mean(kept))
