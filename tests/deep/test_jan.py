"""JAN: the joint kernel by loops, the adversarial map by the signs of its gradients."""

import numpy as np
import pytest
import torch

from tlbook.deep import JAN
from tlbook.deep._networks import Outputs
from tlbook.deep._training import ramp
from tlbook.deep.dan import bandwidths
from tlbook.deep.jan import EXPONENTS
from tlbook.discrepancy import jmmd2, mk_mmd2

RNG = np.random.default_rng(0)
S, T = RNG.standard_normal((4, 3)), RNG.standard_normal((4, 3)) + 1


def outputs(Z, grad=False):
    Z = torch.tensor(Z, requires_grad=grad)
    return Outputs(Z, Z, 2 * Z[:, :2])


def softmax(z):
    e = np.exp(z - z.max())
    return e / e.sum()


@pytest.mark.parametrize("estimate", ["biased", "unbiased", "linear"])
def test_penalty_on_four_points_by_loops(estimate):
    gammas = bandwidths(torch.tensor(S), torch.tensor(T), EXPONENTS)

    def k(a, b):
        first = np.mean([np.exp(-g * np.sum((a - b) ** 2)) for g in gammas])
        p, q = softmax(2 * a[:2]), softmax(2 * b[:2])
        return first * np.exp(-np.sum((p - q) ** 2) / 1.68)

    if estimate == "linear":
        expected = np.mean(
            [
                k(S[i], S[i + 1])
                + k(T[i], T[i + 1])
                - k(S[i], T[i + 1])
                - k(S[i + 1], T[i])
                for i in (0, 2)
            ]
        )
    else:
        expected = 0.0
        for X, Y, sign in ((S, S, 1), (T, T, 1), (S, T, -2)):
            values = [
                k(x, y)
                for i, x in enumerate(X)
                for j, y in enumerate(Y)
                if estimate == "biased" or X is not Y or i != j
            ]
            expected += sign * np.mean(values)
    value = JAN(estimate=estimate)._penalty(outputs(S), outputs(T), 0.5)
    assert value.item() == pytest.approx(expected)


def test_one_layer_is_the_multi_kernel_mmd():
    value = JAN(layers=("bottleneck",))._penalty(outputs(S), outputs(T), 0.5)
    gammas = bandwidths(torch.tensor(S), torch.tensor(T), EXPONENTS)
    assert value.item() == pytest.approx(float(mk_mmd2(S, T, gammas)))


def test_it_sees_classes_that_are_swapped():
    """Equal features and equal predictions in each domain alone, joined the other way round."""
    Zs = np.array([[0.0], [0.0], [1.0], [1.0]])
    Ps = np.array([[1.0, 0], [1, 0], [0, 1], [0, 1]])
    Pt = Ps[::-1].copy()
    apart = [float(mk_mmd2(A, B, [1.0])) for A, B in ((Zs, Zs), (Ps, Pt))]
    np.testing.assert_allclose(apart, 0, atol=1e-15)
    assert float(jmmd2([Zs, Ps], [Zs, Pt], [1.0, 1.0])) > 0.3


def test_gradient_by_differences():
    Z = RNG.standard_normal((8, 3))
    gammas = [[0.1, 0.5], 1 / 1.68]

    def loss(both):
        source, target = outputs_of(both[:4]), outputs_of(both[4:])
        return jmmd2(
            [source.bottleneck, source.probabilities],
            [target.bottleneck, target.probabilities],
            gammas,
        )

    def outputs_of(Z):
        return Outputs(Z, Z, 2 * Z[:, :2])

    assert torch.autograd.gradcheck(loss, torch.tensor(Z, requires_grad=True))


def test_adversarial_map_climbs_and_the_network_descends():
    torch.manual_seed(0)
    model = JAN(adversarial=True)
    source, target = outputs(S, grad=True), outputs(T, grad=True)
    model.extras_ = torch.nn.ModuleDict(model._extras(source)).double()
    assert {name: m.weight.shape for name, m in model.extras_.items()} == {
        "bottleneck": (3, 3),
        "probabilities": (2, 2),
    }
    value = model._penalty(source, target, 0.5)
    theta = model.extras_["bottleneck"].weight
    slope_theta, slope_s = torch.autograd.grad(value, [theta, source.bottleneck])
    value.detach_()

    def moved(theta_step=0.0, sample_step=0.0):
        with torch.no_grad():
            theta.add_(theta_step * slope_theta)
            Z = source.bottleneck.detach() + sample_step * slope_s
            after = model._penalty(
                Outputs(Z, Z, 2 * Z[:, :2]), target, 0.5
            ).item()
            theta.sub_(theta_step * slope_theta)
        return after

    assert (
        moved(theta_step=-0.05) > value.item()
    )  # one step of the optimizer, downhill
    assert moved(sample_step=-0.05) < value.item()
    assert JAN()._extras(source) == {}


def test_trade_off_grows():
    assert JAN(weight=2.0)._weight(0.0) == 0
    assert JAN(weight=2.0)._weight(0.3) == pytest.approx(2 * ramp(0.3))


@pytest.mark.parametrize("adversarial", [False, True])
def test_the_penalty_brings_the_domains_together(adversarial):
    from tlbook.deep.ddc import layer_distances

    rng = np.random.default_rng(3)
    y = np.arange(48) % 3
    centers = 3 * rng.standard_normal((3, 5))
    Xs, Xt = (centers[y] + rng.standard_normal((48, 5)) for _ in range(2))
    small = {
        "batch_size": 16,
        "max_epochs": 20,
        "random_state": 0,
        "lr": 0.01,
        "width": 8,
    }
    distance = [
        layer_distances(
            JAN(weight=w, adversarial=adversarial, **small).fit(Xs, y, Xt + 1.5),
            Xs,
            Xt + 1.5,
        )["bottleneck"]
        for w in (0.0, 2.0)
    ]
    assert distance[1] < 0.5 * distance[0]
