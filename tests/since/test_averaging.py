"""Averages against linear models, torch's own, loops, and paths that are written down."""

import copy

import numpy as np
import pytest
import torch
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss
from sklearn.naive_bayes import GaussianNB
from torch import nn
from torch.optim.swa_utils import AveragedModel

from tlbook.deep import DeepClassifier, Network, lenet, perceptron
from tlbook.since.averaging import (
    SWA,
    PathMean,
    average,
    barrier,
    edit,
    greedy_soup,
    losses_between,
    renew_statistics,
    task_vector,
    weights_of,
)
from tlbook.since.group_dro import ERM

SHORT = {"device": "cpu", "random_state": 0, "max_epochs": 3, "width": 16}


def three_classes(n=90, seed=0, turn=0.0):
    rng = np.random.default_rng(seed)
    y = np.arange(n) % 3
    angle = 2 * np.pi * y / 3 + turn
    means = 2 * np.column_stack([np.cos(angle), np.sin(angle)])
    return means + rng.standard_normal((n, 2)), y


def network_with_norm(seed, d=5, n_classes=3):
    torch.manual_seed(seed)
    trunk = nn.Sequential(nn.Linear(d, 7), nn.BatchNorm1d(7), nn.ReLU())
    return Network(trunk, nn.Identity(), nn.Linear(7, n_classes))


@pytest.mark.parametrize("make", [ERM, lambda: LogisticRegression(C=0.1)])
def test_average_of_linear_models_averages_their_scores(make):
    models = [
        make().fit(*three_classes(seed=seed, turn=seed / 2)) for seed in range(3)
    ]
    X, _ = three_classes(seed=9)
    a = [0.5, 0.2, 0.3]
    mean = average(models, [5, 2, 3])
    scores = sum(
        w * (X @ m.coef_ if m.coef_.shape == (2, 3) else X @ m.coef_.T)
        for w, m in zip(a, models)
    )
    scores = scores + sum(w * m.intercept_ for w, m in zip(a, models))
    odds = np.exp(scores - scores.max(axis=1, keepdims=True))
    np.testing.assert_allclose(
        mean.predict_proba(X), odds / odds.sum(axis=1, keepdims=True)
    )
    assert mean.coef_.dtype == models[0].coef_.dtype
    # the models are what they were
    again = make().fit(*three_classes(seed=0))
    np.testing.assert_array_equal(models[0].coef_, again.coef_)


def test_average_of_networks_is_that_of_torch():
    networks = [network_with_norm(seed) for seed in range(4)]
    for k, network in enumerate(networks):
        network(torch.randn(20, 5) + k)  # statistics of its own
    theirs = AveragedModel(networks[0], use_buffers=True)
    for network in networks:
        theirs.update_parameters(network)
    ours = average(networks)
    for name, value in theirs.module.state_dict().items():
        if value.is_floating_point():
            torch.testing.assert_close(ours.state_dict()[name], value)
    assert ours.features[1].num_batches_tracked == 1


def test_average_of_fitted_methods_is_of_what_predicts():
    data = three_classes()
    models = [SWA(**SHORT | {"random_state": k}).fit(*data) for k in (0, 1)]
    mean = average(models, [1, 3])
    for name, value in weights_of(mean).items():
        parts = [m.extras_["mean"].network.state_dict()[name] for m in models]
        torch.testing.assert_close(value, 0.25 * parts[0] + 0.75 * parts[1])
    network = mean.extras_["mean"].network.eval()
    logits = network(torch.tensor(data[0], dtype=torch.float32)).logits
    assert (mean.predict(data[0]) == logits.argmax(1).numpy()).all()
    # the ends of the paths are let alone
    torch.testing.assert_close(
        mean.network_.state_dict(), models[0].network_.state_dict()
    )


def test_one_model_is_its_own_average():
    model = DeepClassifier(**SHORT).fit(*three_classes())
    before = weights_of(model)
    again = average([model])
    torch.testing.assert_close(weights_of(again), before, rtol=0, atol=0)
    again.network_.classifier.weight.data += 1
    torch.testing.assert_close(weights_of(model), before, rtol=0, atol=0)


def test_permuted_units_compute_the_same_and_break_the_average():
    X, y = three_classes(300)
    model = DeepClassifier(**SHORT | {"max_epochs": 30}).fit(X, y)
    turned = copy.deepcopy(model)
    order = torch.randperm(16, generator=torch.Generator().manual_seed(0))
    parts = turned.network_
    with torch.no_grad():
        parts.features[0].weight.copy_(parts.features[0].weight[order])
        parts.features[0].bias.copy_(parts.features[0].bias[order])
        parts.bottleneck[0].weight.copy_(parts.bottleneck[0].weight[:, order])
    np.testing.assert_allclose(
        turned.predict_proba(X), model.predict_proba(X), atol=1e-5
    )
    losses = losses_between(model, turned, X, y)
    assert losses[0] == pytest.approx(losses[-1], abs=1e-5)
    assert barrier(losses) > 0.1
    assert barrier(losses_between(model, model, X, y)) < 1e-5


def test_barrier_by_hand():
    # the chord from 1 to 2 is at 1.5 in the middle
    assert barrier([1.0, 3.0, 2.0]) == pytest.approx(1.5)
    assert barrier([1.0, 1.2, 2.0]) == 0
    assert barrier([4.0, 2.5, 1.5, 1.0]) == 0
    assert barrier([4.0, 2.5, 3.0, 1.0]) == pytest.approx(1.0)


def test_losses_between_by_the_definition():
    models = [ERM().fit(*three_classes(seed=k, turn=k)) for k in range(2)]
    X, y = three_classes(seed=5)
    losses = losses_between(*models, X, y, 5)
    for a, loss in zip((0, 0.25, 0.5, 0.75, 1), losses):
        model = copy.deepcopy(models[0])
        model.coef_ = (1 - a) * models[0].coef_ + a * models[1].coef_
        model.intercept_ = (1 - a) * models[0].intercept_ + a * models[
            1
        ].intercept_
        assert loss == pytest.approx(log_loss(y, model.predict_proba(X)))


def soup_by_loops(models, X, y):
    def right(rows):
        scores = X @ np.mean([models[k].coef_ for k in rows], axis=0)
        scores += np.mean([models[k].intercept_ for k in rows], axis=0)
        return (scores.argmax(axis=1) == y).sum()

    rest = sorted(range(len(models)), key=lambda k: (-right([k]), k))
    members = [rest.pop(0)]
    for k in rest:
        if right([*members, k]) >= right(members):
            members.append(k)
    return members


@pytest.mark.parametrize("seed", range(4))
def test_greedy_soup_by_loops(seed):
    models = [
        ERM(max_iter=40).fit(*three_classes(30, 10 * seed + k, turn=k / 4))
        for k in range(5)
    ]
    X, y = three_classes(60, seed=100 + seed)
    soup, members = greedy_soup(models, X, y)
    assert members == soup_by_loops(models, X, y)
    np.testing.assert_allclose(
        soup.coef_, np.mean([models[k].coef_ for k in members], axis=0)
    )
    best = max(model.score(X, y) for model in models)
    assert soup.score(X, y) >= best


def test_greedy_soup_leaves_the_bad_one_out():
    X, y = three_classes(120, seed=1)
    models = [ERM().fit(X, y), ERM().fit(X, (y + 1) % 3), ERM().fit(X, y)]
    # equal models help one another, a wrong one does not
    assert greedy_soup(models, X, y)[1] == [0, 2]


def test_vectors_add_subtract_and_compare():
    start, *models = [
        ERM(max_iter=50).fit(*three_classes(seed=k, turn=k / 3)) for k in range(4)
    ]
    W0, W = start.coef_, [m.coef_ for m in models]
    vectors = [task_vector(m, start) for m in models]
    np.testing.assert_allclose(edit(start, vectors[:1]).coef_, W[0])
    np.testing.assert_allclose(
        edit(start, vectors[:1], [-1]).coef_, 2 * W0 - W[0]
    )
    np.testing.assert_allclose(
        edit(start, vectors[:2], [0.5, 0.25]).coef_,
        0.25 * W0 + 0.5 * W[0] + 0.25 * W[1],
    )
    np.testing.assert_allclose(
        edit(start, [vectors[2], vectors[0], vectors[1]], [1, 1, -1]).coef_,
        W[2] + W[0] - W[1],
    )
    np.testing.assert_allclose(
        edit(start, vectors[:2]).intercept_,
        models[0].intercept_ + models[1].intercept_ - start.intercept_,
    )
    np.testing.assert_array_equal(edit(start, []).coef_, W0)


def test_vectors_of_networks_lead_back():
    X, y = three_classes(60)
    start = DeepClassifier(network=network_with_norm(0, d=2), **SHORT)
    start.fit(X, y)
    tuned = DeepClassifier(network=start.network_, **SHORT).fit(
        *three_classes(60, 3)
    )
    back = edit(start, [task_vector(tuned, start)])
    floats = {k: v for k, v in weights_of(tuned).items() if v.is_floating_point()}
    for name, value in floats.items():
        torch.testing.assert_close(weights_of(back)[name], value)
    steps = weights_of(back)["features.1.num_batches_tracked"]
    assert steps == start.network_.features[1].num_batches_tracked


def test_statistics_are_averaged_or_renewed():
    X, y = three_classes(128)
    kw = SHORT | {"batch_size": 64}
    start = DeepClassifier(network=network_with_norm(0, d=2), **kw).fit(X, y)
    tuned = [
        DeepClassifier(network=start.network_, **kw).fit(
            *three_classes(128, k, k)
        )
        for k in (1, 2)
    ]
    mean = average(tuned)
    norms = [m.network_.features[1] for m in (*tuned, mean)]
    torch.testing.assert_close(
        norms[2].running_var, (norms[0].running_var + norms[1].running_var) / 2
    )
    fresh = renew_statistics(mean, X)
    Z = fresh.network_.features[0](torch.tensor(X, dtype=torch.float32))
    norm = fresh.network_.features[1]
    torch.testing.assert_close(norm.running_mean, Z.mean(0).detach())
    halves = torch.stack([half.var(0) for half in Z.detach().split(64)])
    torch.testing.assert_close(norm.running_var, halves.mean(0))
    # nothing else has changed, and the old one has its old statistics
    for name, value in fresh.network_.named_parameters():
        torch.testing.assert_close(
            value, dict(mean.network_.named_parameters())[name]
        )
    assert not torch.allclose(norms[2].running_mean, norm.running_mean)
    assert not fresh.network_.training


class Written(SWA):
    """Writes down the weights after each step."""

    _adapts = False

    def _step(self, batch, optimizers):
        terms = super()._step(batch, optimizers)
        self.path = [*getattr(self, "path", []), weights_of_module(self.network_)]
        return terms


def weights_of_module(network):
    return {k: v.clone() for k, v in network.state_dict().items()}


@pytest.mark.parametrize(
    ("begin", "epochs", "expected"),
    [
        (0.0, 2, 6),
        (0.5, 2, 3),
        (0.5, 3, 5),
        (0.9, 2, 1),
        (1.0, 2, 1),
        (0.34, 1, 2),
    ],
)
def test_mean_of_a_path_that_was_written_down(begin, epochs, expected):
    X, y = three_classes(90)  # three steps of 30 an epoch
    model = Written(
        begin,
        network=network_with_norm(0, d=2),
        **SHORT | {"max_epochs": epochs, "batch_size": 30, "lr": 0.05},
    ).fit(X, y)
    total = 3 * epochs
    late = [w for i, w in enumerate(model.path, 1) if i / total > begin] or [
        model.path[-1]
    ]
    assert len(late) == expected
    assert len(model.path) == total
    found = model.extras_["mean"].network.state_dict()
    for name, value in found.items():
        if value.is_floating_point():
            mean = torch.stack([w[name] for w in late]).mean(0)
            torch.testing.assert_close(value, mean)
    assert found["features.1.num_batches_tracked"] == total
    # the path itself is the one without averaging
    plain = DeepClassifier(
        **{k: v for k, v in model.get_params().items() if k != "begin"}
    )
    torch.testing.assert_close(
        plain.fit(X, y).network_.state_dict(), model.network_.state_dict()
    )


def test_path_mean_is_that_of_torch():
    network = network_with_norm(0)
    ours = PathMean(network)
    theirs = AveragedModel(network, use_buffers=True)
    for k in range(5):
        with torch.no_grad():
            for p in network.parameters():
                p.add_(
                    torch.randn(
                        p.shape, generator=torch.Generator().manual_seed(k)
                    )
                )
        ours.add(network)
        theirs.update_parameters(network)
    for a, b in zip(ours.network.parameters(), theirs.module.parameters()):
        torch.testing.assert_close(a.data, b.data)


def test_shared_weights_are_averaged_once():
    network = nn.Sequential(nn.Linear(2, 2), nn.Linear(2, 2))
    network[1].weight = network[0].weight
    mean = PathMean(network)
    for value in (1.0, 2.0, 6.0):
        network[0].weight.data.fill_(value)
        mean.add(network)
    torch.testing.assert_close(mean.network[1].weight, torch.full((2, 2), 3.0))


def test_batches_of_images():
    rng = np.random.default_rng(0)
    X, y = rng.random((24, 8, 8)), np.arange(24) % 2
    nets = [lenet((1, 8, 8), 2, 8, batch_norm=True) for _ in range(2)]
    models = [DeepClassifier(network=n, **SHORT).fit(X, y) for n in nets]
    P = renew_statistics(average(models), X).predict_proba(X)
    np.testing.assert_allclose(P.sum(axis=1), 1, rtol=1e-5)


def test_what_does_not_fit():
    X, y = three_classes(30)
    a = ERM(max_iter=5).fit(X, y)
    with pytest.raises(ValueError, match="models is empty"):
        average([])
    with pytest.raises(ValueError, match="no weights to average"):
        average([GaussianNB().fit(X, y)])
    with pytest.raises(ValueError, match=r"models\[1\] has other kind"):
        average([a, LogisticRegression().fit(X, y)])
    with pytest.raises(ValueError, match=r"models\[1\] has other classes"):
        average([a, ERM(max_iter=5).fit(X, y + 1)])
    with pytest.raises(ValueError, match=r"models\[2\] has other shapes"):
        average([a, a, ERM(max_iter=5).fit(np.c_[X, X], y)])
    with pytest.raises(ValueError, match=r"weights has shape \(1,\)"):
        average([a, a], [1.0])
    for bad in ([1, -1], [np.nan, 1]):
        with pytest.raises(ValueError, match="of positive sum"):
            average([a, a], bad)
    with pytest.raises(ValueError, match=r"scales has shape \(2,\)"):
        edit(a, [task_vector(a, a)], [1, 2])
    with pytest.raises(ValueError, match=r"vectors\[0\] is of another"):
        edit(a, [weights_of(perceptron(2, 3, 4))])
    with pytest.raises(ValueError, match=r"models\[1\] has other shapes"):
        task_vector(perceptron(2, 3, 4), perceptron(2, 3, 5))
    for begin in (-0.1, 1.1):
        with pytest.raises(ValueError, match="begin"):
            SWA(begin).fit(X, y)


def test_a_class_that_an_end_of_the_line_lacks():
    X, y = three_classes(30)
    models = [ERM(max_iter=5).fit(X, y)] * 2
    some = y < 2
    P = models[0].predict_proba(X[some])
    expected = -np.log(P[np.arange(some.sum()), y[some]]).mean()
    losses = losses_between(*models, X[some], y[some], 2)
    np.testing.assert_allclose(losses, expected)


def test_of_pairs_of_one_start_the_line_is_low():
    X, y = three_classes(300, seed=0)
    kw = SHORT | {"max_epochs": 20}
    start = DeepClassifier(**kw).fit(*three_classes(300, seed=1, turn=0.5))
    heights = {}
    for name, network in (("one start", start.network_), ("two starts", None)):
        pair = [
            DeepClassifier(network=network, **kw | {"random_state": k}).fit(X, y)
            for k in (1, 2)
        ]
        heights[name] = barrier(losses_between(*pair, X, y))
    assert heights["one start"] < 0.02
    assert heights["two starts"] > 0.1
