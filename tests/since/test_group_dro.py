"""GroupDRO, IRM and V-REx against weights by hand, finite differences, and worlds made for them."""

import warnings

import numpy as np
import pytest
import torch
from scipy.optimize import minimize
from scipy.special import logsumexp
from sklearn.base import clone
from sklearn.exceptions import ConvergenceWarning

from tlbook.since.group_dro import (
    ERM,
    IRM,
    GroupDRO,
    VREx,
    group_risks,
    lean_to_worst,
    risk_variance,
    scale_slopes,
)

METHODS = pytest.mark.parametrize("method", [ERM, GroupDRO, IRM, VREx])
INVARIANT = pytest.mark.parametrize("method", [IRM, VREx])


def made_batch(seed=0):
    rng = np.random.default_rng(seed)
    logits = rng.standard_normal((9, 3))
    return logits, rng.integers(3, size=9), np.array([0, 2, 1, 1, 0, 2, 2, 1, 2])


def risks_by_loops(logits, y, groups):
    losses = [logsumexp(row) - row[c] for row, c in zip(logits, y)]
    return [
        np.mean([l for l, g in zip(losses, groups) if g == k])
        for k in range(max(groups) + 1)
    ]


def tensors(logits, y, groups):
    return torch.tensor(logits), torch.tensor(y), torch.tensor(groups)


def two_rules(n, agree, seed):
    """A feature that is right in 3 of 4 samples, and one that agrees with the label by domain."""
    rng = np.random.default_rng(seed)
    y = rng.integers(2, size=n)
    core = np.where(rng.random(n) < 0.75, y, 1 - y)
    lure = np.where(rng.random(n) < agree, y, 1 - y)
    return np.column_stack(
        [2 * core - 1, 2 * lure - 1]
    ) + 0.1 * rng.standard_normal((n, 2)), y


def test_risks_by_loops():
    batch = made_batch()
    np.testing.assert_allclose(
        group_risks(*tensors(*batch)), risks_by_loops(*batch)
    )


def test_weights_by_hand():
    # equal weights, losses 0 and ln 4, step 1/2: the worse group counts twice as much
    q = lean_to_worst(
        torch.tensor([0.5, 0.5]), torch.log(torch.tensor([1.0, 4.0])), 0.5
    )
    torch.testing.assert_close(q, torch.tensor([1 / 3, 2 / 3]))
    q = lean_to_worst(q, torch.zeros(2), 0.5)
    torch.testing.assert_close(q, torch.tensor([1 / 3, 2 / 3]))


def test_no_gradient_through_the_weights():
    risks = torch.tensor([1.0, 2.0], requires_grad=True)
    assert not lean_to_worst(torch.tensor([0.5, 0.5]), risks, 1.0).requires_grad


def test_slopes_by_differences():
    logits, y, groups = made_batch(1)
    h = 1e-6
    up, down = (risks_by_loops(s * logits, y, groups) for s in (1 + h, 1 - h))
    expected = (np.array(up) - down) / (2 * h)
    np.testing.assert_allclose(
        scale_slopes(*tensors(logits, y, groups)), expected, rtol=1e-6
    )


def test_slopes_equal_those_of_a_dummy_scale():
    logits, y, groups = tensors(*made_batch(2))
    scale = torch.ones(1, dtype=logits.dtype, requires_grad=True)
    for g, risk in enumerate(group_risks(scale * logits, y, groups)):
        (slope,) = torch.autograd.grad(risk, scale, retain_graph=True)
        torch.testing.assert_close(scale_slopes(logits, y, groups)[g], slope[0])


def test_variance_by_hand():
    # mean 3, squared differences 4, 1 and 9
    risks = torch.tensor([1.0, 2.0, 6.0], requires_grad=True)
    variance = risk_variance(risks)
    assert variance.item() == pytest.approx(14 / 3)
    variance.backward()
    torch.testing.assert_close(risks.grad, torch.tensor([-4 / 3, -2 / 3, 2.0]))


def test_objectives_halfway_weigh_groups_of_unequal_size_alike():
    logits, y, groups = made_batch(3)
    groups[groups == 1] = 0  # six samples and three
    groups[groups == 2] = 1
    batch = tensors(logits, y, groups)
    risks = np.array(risks_by_loops(logits, y, groups))
    slopes = scale_slopes(*batch).numpy()
    for method, penalty in (
        (IRM, np.mean(slopes**2)),
        (VREx, (risks[0] - risks[1]) ** 2 / 4),
    ):
        found = method(penalty=8.0)._objective(*batch, 0.5)
        assert found.item() == pytest.approx(risks.mean() + 4 * penalty)


def test_erm_is_softmax_regression():
    X, y = two_rules(80, 0.6, seed=0)

    def loss(w):
        logits = X @ w[:4].reshape(2, 2) + w[4:]
        fit = np.mean(logsumexp(logits, axis=1) - logits[np.arange(80), y])
        return fit + 0.05 / 2 * np.square(w[:4]).sum()

    best = minimize(loss, np.zeros(6), tol=1e-7).x
    model = ERM(l2=0.05, max_iter=800).fit(X, y)
    np.testing.assert_allclose(model.coef_, best[:4].reshape(2, 2), atol=1e-3)
    slopes = model.intercept_ - model.intercept_.mean()
    np.testing.assert_allclose(slopes, best[4:] - best[4:].mean(), atol=1e-3)


def test_predictions_by_hand():
    X, y = two_rules(40, 0.5, seed=0)
    model = ERM(max_iter=1).fit(X, y)
    model.coef_, model.intercept_ = (
        np.array([[1.0, 0.0], [0.0, 0.0]]),
        np.array([-1.0, 2.0]),
    )
    # scores x1 - 1 and 2: the first class wins from x1 = 3 on
    assert model.predict(
        np.array([[2.9, 0.0], [3.1, 9.0], [0.0, 0.0]])
    ).tolist() == [1, 0, 1]


def test_group_dro_reaches_the_smallest_worst_loss():
    X, y = two_rules(100, 0.8, seed=1)
    groups = (np.arange(100) < 20).astype(int)
    X[groups == 1, 0] *= -1  # the first rule is turned around in the small group

    def slack(v):  # the bound v[6] minus the loss of each group
        logits = X @ v[:4].reshape(2, 2) + v[4:6]
        losses = logsumexp(logits, axis=1) - logits[np.arange(100), y]
        return v[6] - np.array([losses[groups == g].mean() for g in (0, 1)])

    best = minimize(
        lambda v: v[6],
        np.array([0.1, -0.1, 0.1, -0.1, 0, 0, 1.0]),
        constraints={"type": "ineq", "fun": slack},
        method="SLSQP",
        options={"maxiter": 300},
    )
    robust = GroupDRO(eta=0.05, l2=0.0, max_iter=800, lr=0.02).fit(X, y, groups)
    mean = ERM(l2=0.0, max_iter=300).fit(X, y, groups)
    assert robust.risks_.max() == pytest.approx(best.fun, abs=0.01)
    assert robust.risks_.max() < mean.risks_.max() - 0.07
    assert robust.weights_[1] > 0.3
    assert robust.weights_.sum() == pytest.approx(1)


def test_vrex_reaches_the_smallest_sum_of_mean_and_variance():
    X, y = two_rules(150, 0.8, seed=1)
    groups = np.arange(150) % 3
    X[groups == 1, 0] *= -1  # the first rule is turned around in one group

    def loss(w):
        logits = X @ w[:4].reshape(2, 2) + w[4:]
        losses = logsumexp(logits, axis=1) - logits[np.arange(150), y]
        risks = np.array([losses[groups == g].mean() for g in range(3)])
        ridge = 0.02 / 2 * np.square(w[:4]).sum()
        return risks.mean() + 5.0 * risks.var() + ridge

    best = minimize(loss, np.zeros(6), tol=1e-8)
    model = VREx(penalty=5.0, l2=0.02, lr=0.03, max_iter=1000)
    model.fit(X, y, groups)
    plain = ERM(l2=0.02).fit(X, y, groups)
    found = np.append(model.coef_, model.intercept_)
    assert loss(found) == pytest.approx(best.fun, abs=1e-4)
    assert loss(np.append(plain.coef_, plain.intercept_)) > best.fun + 0.005
    np.testing.assert_allclose(model.coef_, best.x[:4].reshape(2, 2), atol=0.01)
    assert model.risks_.std() < 0.9 * plain.risks_.std()


def test_noise_of_one_group_blinds_vrex():
    """The rule holds everywhere, one group has noisier labels: risks are equal at zero alone."""
    X, y = two_rules(2000, 0.5, seed=5)
    groups = np.arange(2000) % 2
    noisy = (groups == 1) & (np.random.default_rng(0).random(2000) < 0.2)
    y = np.where(noisy, 1 - y, y)
    core = {}
    for method in (ERM, VREx):
        coef = method().fit(X, y, groups).coef_
        core[method] = coef[0, 1] - coef[0, 0]
    assert core[ERM] > 0.5
    assert core[VREx] < 0.3 * core[ERM]


@INVARIANT
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_invariance_is_found(seed, method):
    domains = [
        two_rules(2000, agree, 3 * seed + k) for k, agree in enumerate((0.9, 0.7))
    ]
    X, y = (np.concatenate(parts) for parts in zip(*domains))
    groups = np.repeat(["hot", "cold"], 2000)
    Xt, yt = two_rules(2000, 0.1, 100 + seed)
    plain = ERM().fit(X, y, groups)
    invariant = method().fit(X, y, groups)
    assert invariant.score(Xt, yt) > plain.score(Xt, yt) + 0.2
    weights = np.abs(invariant.coef_[:, 1] - invariant.coef_[:, 0])
    assert weights[1] < 0.6 * weights[0]


@INVARIANT
def test_without_penalty_groups_weigh_alike(method):
    X, y = two_rules(300, 0.8, seed=2)
    groups = np.arange(300) % 3
    a, b = method(penalty=0.0).fit(X, y, groups), ERM(l2=0.0).fit(X, y, groups)
    np.testing.assert_allclose(a.coef_, b.coef_, atol=1e-8)


@METHODS
def test_contract(method):
    X, y = two_rules(60, 0.8, seed=3)
    names = np.array(["no", "yes"])[y]
    groups = np.array(["a", "b", "c"])[np.arange(60) % 3]
    model = method(max_iter=20)
    first = clone(model).fit(X, names, groups)
    second = clone(model).fit(X.astype(np.float32), names, groups)
    assert set(first.predict(X)) <= {"no", "yes"}
    assert list(first.groups_) == ["a", "b", "c"]
    np.testing.assert_allclose(first.coef_, second.coef_, atol=1e-3)
    np.testing.assert_array_equal(
        first.coef_, clone(model).fit(X, names, groups).coef_
    )
    logits = X @ first.coef_ + first.intercept_
    codes = np.arange(60) % 3
    np.testing.assert_allclose(first.risks_, risks_by_loops(logits, y, codes))
    assert set(model.get_params()) == set(method._parameter_constraints)
    assert clone(model).fit(X, y).groups_.shape == (1,)


@METHODS
def test_bad_input(method):
    X, y = two_rules(20, 0.8, seed=4)
    with pytest.raises(
        ValueError, match="groups has 19 entries, X has 20 samples"
    ):
        method().fit(X, y, np.zeros(19))
    with pytest.raises(ValueError, match="one class only"):
        method().fit(X, np.zeros(20))
    with pytest.raises(ValueError, match="NaN"):
        method().fit(np.where(X > 1, np.nan, X), y)
    with pytest.raises(ValueError, match="3 features"):
        method(max_iter=1).fit(X, y).predict(np.ones((2, 3)))
    for name in method().get_params():
        with pytest.raises(ValueError, match=name):
            method(**{name: -1}).fit(X, y)


@METHODS
def test_probabilities_by_hand(method):
    X, y = two_rules(40, 0.5, seed=0)
    model = method(max_iter=1).fit(X, y)
    model.coef_, model.intercept_ = (
        np.array([[1.0, 0.0], [0.0, 0.0]]),
        np.array([-1.0, 2.0]),
    )
    # scores x1 - 1 and 2: at x1 = 3 + log 4 the first class is four times as likely
    P = model.predict_proba(np.array([[3.0, 1.0], [3 + np.log(4), 5.0]]))
    np.testing.assert_allclose(P, [[0.5, 0.5], [0.8, 0.2]])


@pytest.mark.parametrize("method", [ERM, GroupDRO])
def test_settled_has_no_word(method):
    X, y = two_rules(80, 0.6, seed=0)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        method().fit(X, y, np.arange(80) % 2)


@METHODS
def test_stopped_too_early_has_a_word(method):
    X, y = two_rules(80, 0.6, seed=0)
    groups = np.arange(80) % 2
    # what IRM and V-REx minimize changes on the way: a small step hardly moves it at the end
    cases = [{"max_iter": 3}] + [{"lr": 1e-4}] * (method in (ERM, GroupDRO))
    for few in cases:
        with pytest.warns(ConvergenceWarning, match="raise max_iter or lr"):
            method(**few).fit(X, y, groups)
