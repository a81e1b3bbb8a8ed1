"""The selective learning algorithm: all subsets, costs in loops, gradients, a chain of domains."""

import itertools
import math

import numpy as np
import pytest
import torch
from sklearn.linear_model import LogisticRegression

from tlbook.base import WholeTarget
from tlbook.frontiers.sla import (
    DDTL,
    SLA,
    SupervisedAutoencoder,
    entropy,
    labeled_cost,
    objective,
    reconstruction_error,
    selection,
    supervised_loss,
    target_cost,
    threshold,
    unlabeled_cost,
)


def chain(seed=0, n=60, d=8):
    """Two classes on a line that turns from the source's axis to the target's, and far noise."""
    rng = np.random.default_rng(seed)

    def draw(angle, n):
        y = np.arange(n) % 2
        X = 0.3 * rng.standard_normal((n, d))
        side = 2.0 * y - 1
        X[:, 0] += 2 * side * math.cos(angle)
        X[:, 1] += 2 * side * math.sin(angle)
        return X, y

    between = np.concatenate([draw(a, n)[0] for a in np.linspace(0.2, 1.4, 5)])
    noise = rng.uniform(-8, 8, (n, d))
    return *draw(0.0, n), *draw(np.pi / 2, n), np.concatenate([between, noise])


def few(yt, n=2):
    labels = np.full(len(yt), -1)
    labels[:n] = yt[:n]
    return labels


@pytest.mark.parametrize("seed", range(4))
def test_selection_is_the_best_of_all_subsets(seed):
    """(4) against 2^4 * 2^5 subsets in (3), and the values of (3) in loops."""
    rng = np.random.default_rng(seed)
    cost_s, cost_i, cost_t = rng.random(4), rng.random(5), rng.random()
    lambda_s, lambda_i = rng.uniform(0.2, 0.8, 2)

    def by_loops(v_s, v_i):
        total = sum(v * (c - lambda_s) for v, c in zip(v_s, cost_s)) / 4
        total += sum(v * (c - lambda_i) for v, c in zip(v_i, cost_i)) / 5
        return total + cost_t

    subsets = itertools.product(
        itertools.product([0, 1], repeat=4), itertools.product([0, 1], repeat=5)
    )
    best = min(subsets, key=lambda pair: by_loops(*pair))
    ours = selection(cost_s, lambda_s), selection(cost_i, lambda_i)
    np.testing.assert_array_equal(ours[0], best[0])
    np.testing.assert_array_equal(ours[1], best[1])
    value = objective(
        cost_s, ours[0], lambda_s, cost_i, ours[1], lambda_i, cost_t
    )
    assert value == pytest.approx(by_loops(*best))
    every = np.ones(4), np.ones(5)
    value = objective(
        cost_s, every[0], lambda_s, cost_i, every[1], lambda_i, cost_t
    )
    assert value == pytest.approx(by_loops(*every))
    none = np.zeros(0)
    value = objective(cost_s, ours[0], lambda_s, none, none, 0.0, cost_t)
    assert value == pytest.approx(by_loops(best[0], [0] * 5))


def test_threshold_passes_the_planned_share():
    cost = np.array([0.4, 0.1, 0.3, 0.2])
    for share, passing in [
        (0, []),
        (0.25, [1]),
        (0.5, [1, 3]),
        (0.75, [1, 2, 3]),
        (1, [0, 1, 2, 3]),
    ]:
        v = selection(cost, threshold(cost, share))
        np.testing.assert_array_equal(np.flatnonzero(v), passing)
    assert (
        selection(
            np.array([1.0, 1, 1, 0]), threshold(np.array([1.0, 1, 1, 0]), 0.5)
        ).sum()
        == 1
    )


def test_costs_in_loops():
    torch.manual_seed(0)
    network = SupervisedAutoencoder(3, 4, 3).double()
    x, y = torch.randn(5, 3, dtype=torch.float64), torch.tensor([0, 2, -1, 1, 2])
    encoder, decoder, classifier = (
        network.encode[0],
        network.decode,
        network.classify,
    )
    got = [
        c.detach().numpy()
        for c in (labeled_cost(network, x, y), unlabeled_cost(network, x))
    ]
    errors, losses = [], []
    for i in range(5):
        h = np.maximum(
            encoder.weight.detach().numpy() @ x[i].numpy() + _bias(encoder), 0
        )
        x_hat = decoder.weight.detach().numpy() @ h + _bias(decoder)
        f = classifier.weight.detach().numpy() @ h + _bias(classifier)
        p = np.exp(f) / np.exp(f).sum()
        error = sum((a - b) ** 2 for a, b in zip(x_hat, x[i].numpy())) / 3
        known = -math.log(p[y[i]]) if y[i] >= 0 else 0
        errors, losses = [*errors, error], [*losses, known]
        assert got[0][i] == pytest.approx(error + known)
        assert got[1][i] == pytest.approx(error - sum(q * math.log(q) for q in p))
    with torch.no_grad():
        np.testing.assert_allclose(
            supervised_loss(network(x)[1], y)
            + reconstruction_error(x, network(x)[0]),
            got[0],
        )
        # four of five rows are labeled
        assert float(target_cost(network, x, y)) == pytest.approx(
            sum(errors) / 5 + sum(losses) / 4
        )


def _bias(layer):
    return layer.bias.detach().numpy()


def test_entropy_of_two_classes_is_that_of_the_paper():
    z = torch.linspace(0.01, 0.99, 9, dtype=torch.float64)
    logits = torch.stack([torch.log(z), torch.log1p(-z)], dim=1)
    np.testing.assert_allclose(
        entropy(logits), -z * z.log() - (1 - z) * (1 - z).log()
    )
    assert entropy(torch.tensor([[0.0, 0.0]])).item() == pytest.approx(
        math.log(2)
    )
    assert torch.isfinite(entropy(torch.tensor([[500.0, -500.0]]))).all()


@pytest.mark.parametrize("cost", ["labeled", "unlabeled"])
def test_gradient_by_finite_differences(cost):
    torch.manual_seed(1)
    network = SupervisedAutoencoder(3, 5, 2).double()
    x, y = (
        torch.randn(6, 3, dtype=torch.float64),
        torch.tensor([0, 1, 1, 0, -1, 1]),
    )

    def loss():
        c = (
            labeled_cost(network, x, y)
            if cost == "labeled"
            else unlabeled_cost(network, x)
        )
        return c.sum()

    loss().backward()
    for weights in network.parameters():
        for k in range(min(weights.numel(), 6)):
            flat = weights.detach().view(-1)
            value = flat[k].item()
            sides = []
            for step in (1e-6, -1e-6):
                flat[k] = value + step
                sides.append(loss().item())
            flat[k] = value
            slope = (sides[0] - sides[1]) / 2e-6
            assert weights.grad.view(-1)[k].item() == pytest.approx(
                slope, abs=1e-5
            )


def test_a_network_step_goes_down_the_objective():
    """Plain descent by (3) from the same weights, the costs of those left out left out."""
    Xs, ys, Xt, yt, Xi = chain(n=12)
    model = SLA(hidden=5, n_rounds=1, max_epochs=1).fit(Xs, ys, Xt, few(yt), Xi)
    S, T, I = (model._tensor(X) for X in (Xs, Xt, Xi))
    y_s, y_t = torch.tensor(ys), torch.tensor(few(yt))
    v_s, v_i = np.arange(12) % 3 > 0, np.arange(len(Xi)) % 2 > 0
    weights = list(model.network_.parameters())
    before = [w.detach().clone() for w in weights]
    loss = labeled_cost(model.network_, S, y_s)[torch.tensor(v_s)].sum() / 12
    loss = loss + unlabeled_cost(model.network_, I)[
        torch.tensor(v_i)
    ].sum() / len(Xi)
    loss = loss + target_cost(model.network_, T, y_t)
    slopes = torch.autograd.grad(loss, weights)
    model._network_step(
        torch.optim.SGD(weights, lr=0.1), S, T, I, y_s, y_t, v_s, v_i
    )
    assert model.history_[-1] == pytest.approx(loss.item(), rel=1e-5)
    for now, start, slope in zip(weights, before, slopes):
        torch.testing.assert_close(
            now.detach(), start - 0.1 * slope, atol=1e-6, rtol=1e-4
        )


def test_a_selection_step_never_raises_the_objective():
    Xs, ys, Xt, yt, Xi = chain()
    model = SLA(hidden=16, max_epochs=20, learning_rate=0.01).fit(
        Xs, ys, Xt, few(yt), Xi
    )
    assert model.objective_.shape == (5, 2)
    assert (model.objective_[:, 1] <= model.objective_[:, 0] + 1e-12).all()
    assert (model.objective_[:, 1] < model.objective_[:, 0]).any()
    assert len(model.history_) == 6 * 20


def test_shares_of_the_rounds():
    Xs, ys, Xt, yt, Xi = chain()
    model = SLA(n_rounds=4, first=0.25, last=0.75, keep=0.7, max_epochs=5)
    model.fit(Xs, ys, Xt, few(yt), Xi)
    np.testing.assert_array_equal(model.selected_.sum(axis=1), [0, 90, 180, 270])
    np.testing.assert_array_equal(model.kept_.sum(axis=1), [60, 54, 48, 42])
    one = SLA(n_rounds=1, max_epochs=5).fit(Xs, ys, Xt, few(yt), Xi)
    assert one.kept_.all()
    assert not one.selected_.any()
    assert one.objective_.shape == (0, 2)


def test_it_leaves_the_noise_and_walks_the_chain():
    """Neighbors of the source come first, far noise last, and the target is reached."""
    scores = []
    for seed in range(3):
        Xs, ys, Xt, yt, Xi = chain(seed)
        model = SLA(first=0.2, last=0.8, max_epochs=40, random_state=seed)
        model.fit(Xs, ys, Xt, few(yt), Xi)
        share = model.selected_.reshape(6, 6, 60).mean(axis=2)  # rounds, groups
        assert share[1, 0] > share[1, 4] or share[1, 0] == 1
        assert share[-1, :5].mean() > 0.9
        assert share[-1, 5] < 0.3
        scores.append(model.score(Xt, yt))
    assert min(scores) > 0.9
    assert LogisticRegression().fit(Xs, ys).score(Xt, yt) < 0.8


def test_only_selected_samples_are_learned_from():
    """What is never selected may be anything: the standardization aside, it leaves no trace."""
    Xs, ys, Xt, yt, Xi = chain()
    options = {
        "n_rounds": 3,
        "first": 0.0,
        "last": 0.0,
        "keep": 1.0,
        "max_epochs": 15,
    }
    one = SLA(**options).fit(Xs, ys, Xt, few(yt), Xi)
    assert not one.selected_.any()
    turned = Xi.copy()
    turned[:, 0] = 2 * Xi[:, 0].mean() - Xi[:, 0]  # same mean and scale
    two = SLA(**options).fit(Xs, ys, Xt, few(yt), turned)
    np.testing.assert_allclose(
        one.predict_proba(Xt), two.predict_proba(Xt), atol=1e-4
    )
    three = SLA(**(options | {"last": 1.0})).fit(Xs, ys, Xt, few(yt), turned)
    assert np.abs(three.predict_proba(Xt) - two.predict_proba(Xt)).max() > 1e-3


def test_target_labels_count_and_strings_work():
    Xs, ys, Xt, yt, Xi = chain()
    names = np.array(["left", "right"])
    labels = np.full(len(yt), -1, dtype=object)
    labels[:4] = names[yt[:4]]
    model = SLA(max_epochs=30).fit(Xs, names[ys], Xt, labels, WholeTarget(Xi))
    plain = SLA(max_epochs=30).fit(Xs, ys, Xt, few(yt, 4), Xi)
    np.testing.assert_array_equal(model.predict(Xt), names[plain.predict(Xt)])
    np.testing.assert_allclose(model.predict_proba(Xt).sum(axis=1), 1)
    turned = SLA(max_epochs=30).fit(Xs, ys, Xt, few(1 - yt, 4), Xi)
    assert turned.score(Xt, yt) < plain.score(Xt, yt) - 0.3


def test_scale_of_the_features_does_not_matter():
    Xs, ys, Xt, yt, Xi = chain()
    one = SLA(max_epochs=5).fit(Xs, ys, Xt, few(yt), Xi)
    two = SLA(max_epochs=5).fit(9 * Xs + 4, ys, 9 * Xt + 4, few(yt), 9 * Xi + 4)
    np.testing.assert_allclose(
        one.predict_proba(Xt), two.predict_proba(9 * Xt + 4), atol=1e-3
    )
    flat = [np.column_stack([X, np.ones(len(X))]) for X in (Xs, Xt, Xi)]
    model = SLA(max_epochs=2).fit(flat[0], ys, flat[1], few(yt), flat[2])
    assert np.isfinite(model.predict_proba(flat[1])).all()


def test_bad_input():
    Xs, ys, Xt, yt, Xi = chain()
    for arguments, message in [
        ((Xs, ys, Xt), "SLA needs labeled target rows"),
        ((Xs, ys, Xt, few(yt, 0), Xi), "SLA needs labeled target rows"),
        (
            (Xs, ys, Xt, few(yt), Xi[:, :5]),
            r"X_intermediate has 5 features, X .* has 8",
        ),
        (
            (Xs, ys, Xt, few(yt), np.full((3, 8), np.nan)),
            "X_intermediate contains NaN in column 0",
        ),
        ((Xs, ys, Xt, few(yt), Xi[:0]), "X_intermediate has 0 samples"),
    ]:
        with pytest.raises(ValueError, match=message):
            SLA(max_epochs=1).fit(*arguments)
    with (
        pytest.raises(
            ValueError, match="X_intermediate was given without X_target"
        ),
        pytest.warns(UserWarning, match="got no X_target"),
    ):
        SLA(max_epochs=1).fit(Xs, ys, X_intermediate=Xi)


@pytest.mark.filterwarnings("ignore:invalid value")
def test_divergence_is_an_error(monkeypatch):
    Xs, ys, Xt, yt, Xi = chain()
    monkeypatch.setattr(
        "tlbook.frontiers._sla_costs.entropy", lambda logits: logits.sum(1) / 0
    )
    with pytest.raises(
        FloatingPointError, match=r"the loss is \S+; lower learning_rate=0\.003"
    ):
        SLA(max_epochs=2).fit(Xs, ys, Xt, few(yt), Xi)


@pytest.mark.parametrize("progress", [True, False])
def test_a_bar_is_shown_when_asked(progress, capsys):
    Xs, ys, Xt, yt, Xi = chain(n=12)
    SLA(n_rounds=2, max_epochs=1, progress=progress).fit(
        Xs, ys, Xt, few(yt), X_intermediate=Xi
    )
    assert ("2/2" in capsys.readouterr().err) == progress


def test_the_other_name_of_the_method():
    assert DDTL is SLA
