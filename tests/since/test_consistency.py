"""Mean teacher and FixMatch: losses by loops, the average in closed form, where gradients go."""

import math

import numpy as np
import pytest
import torch
from small_domains import domains, snapshot
from torch.nn import functional as F

from tlbook.since import FixMatch, MeanTeacher
from tlbook.since._augment import cutout, noise, shift, strong, weak
from tlbook.since._normalized import normalized_network
from tlbook.since.consistency import (
    average_into,
    confident_cross_entropy,
    consistency,
)

P = [[0.7, 0.2, 0.1], [0.3, 0.3, 0.4], [0.05, 0.9, 0.05], [0.2, 0.2, 0.6]]
Q = [[0.1, 0.8, 0.1], [0.25, 0.25, 0.5], [0.0, 1.0, 0.0], [0.75, 0.25, 0.0]]
BOUNDS = [0.0, 0.5, 0.75, 0.8, 1.0]  # each is the certainty of a call, or the end


def made(method, **params):
    small = {"width": 5, "batch_size": 8, "max_epochs": 2, "random_state": 0}
    return method(device="cpu", **(small | params))


def same(X):
    return X


def doubled(X):
    return 2 * X


@pytest.mark.parametrize("threshold", BOUNDS)
def test_consistency_by_loops(threshold):
    wanted = sum(
        sum((a - b) ** 2 for a, b in zip(p, q))
        for p, q in zip(P, Q)
        if max(q) >= threshold
    ) / len(P)
    ours = consistency(*(torch.tensor(A).double() for A in (P, Q)), threshold)
    assert float(ours) == pytest.approx(wanted, rel=1e-6)


@pytest.mark.parametrize("threshold", BOUNDS)
def test_confident_cross_entropy_by_loops(threshold):
    logits = 3 * torch.tensor(P)
    wanted = 0.0
    for z, q in zip(logits.tolist(), Q):
        if max(q) >= threshold:
            total = sum(math.exp(a) for a in z)
            wanted -= math.log(math.exp(z[q.index(max(q))]) / total) / len(P)
    ours = confident_cross_entropy(logits, torch.tensor(Q), threshold)
    assert float(ours) == pytest.approx(wanted, rel=1e-5)


def test_any_certain_labeling_is_a_minimum():
    """The truth is one minimum of either loss; so is any other labeling that is certain."""
    for seed in range(4):
        y = torch.randint(3, (6,), generator=torch.Generator().manual_seed(seed))
        certain = F.one_hot(y, 3).double()
        assert float(consistency(certain, certain, 0.9)) == 0
        loss = confident_cross_entropy(200 * certain, certain, 0.9)
        assert float(loss) == pytest.approx(0, abs=1e-12)


def test_average_in_closed_form():
    """After n steps: alpha^n of the first weights, and (1 - alpha) alpha^(n-i) of student i."""
    alpha, n = 0.8, 6
    teacher, student = torch.nn.Linear(2, 1), torch.nn.Linear(2, 1)
    first = teacher.weight.detach().clone()
    seen = []
    for i in range(n):
        with torch.no_grad():
            student.weight.copy_(torch.tensor([[i + 1.0, i**2]]))
        seen.append(student.weight.detach().clone())
        average_into(teacher, student, alpha)
    wanted = alpha**n * first + sum(
        (1 - alpha) * alpha ** (n - 1 - i) * w for i, w in enumerate(seen)
    )
    torch.testing.assert_close(teacher.weight.detach(), wanted)
    assert torch.equal(student.weight.detach(), seen[-1])


@pytest.mark.parametrize(
    ("method", "options"),
    [
        (MeanTeacher, {"augment": doubled, "threshold": 0.4}),
        (FixMatch, {"weak": same, "strong": doubled, "threshold": 0.4}),
    ],
)
def test_gradient_is_that_of_finite_differences_with_the_other_held(
    method, options
):
    """What calls is held while the student moves: differences of the loss with Q a constant."""
    Xs, ys, Xt = domains()
    model = made(method, weight=0.7, **options).fit(Xs, ys, Xt)
    net = model.network_.double().eval()
    other = (model.extras_["teacher"] if method is MeanTeacher else net).double()
    data = model._check_data(Xs, ys, Xt, None)
    batch = next(data.batches(0, 1))
    batch = batch._replace(Xs=batch.Xs.double(), Xt=batch.Xt.double())
    look = doubled if method is MeanTeacher else same
    with torch.no_grad():
        called = other(look(batch.Xt)).probabilities

    def loss():
        source = F.cross_entropy(net(look(batch.Xs)).logits, batch.ys)
        logits = net(2 * batch.Xt).logits
        sure = called.max(1).values >= 0.4
        if method is MeanTeacher:
            each = (logits.softmax(1) - called).square().sum(1)
        else:
            each = -logits.log_softmax(1)[torch.arange(8), called.argmax(1)]
        return source + 0.7 * (sure * each).sum() / 8

    terms = model._loss(batch)
    ours = float(sum(terms.values()).detach())
    assert ours == pytest.approx(float(loss().detach()), rel=1e-9)
    parameters = list(net.parameters())
    gradients = torch.autograd.grad(sum(terms.values()), parameters)
    if method is MeanTeacher:
        sum(model._loss(batch).values()).backward()
        assert all(p.grad is None for p in other.parameters())
        held = {id(p) for p in other.parameters()}
        groups = model._begin_phase("train", data)["all"].param_groups
        assert not any(id(p) in held for g in groups for p in g["params"])
    step = 1e-6
    for parameter, gradient in zip(parameters, gradients):
        flat, place = parameter.detach().view(-1), parameter.numel() // 2
        sides = []
        for sign in (1, -1):
            flat[place] += sign * step
            sides.append(float(loss().detach()))
            flat[place] -= sign * step
        wanted = (sides[0] - sides[1]) / (2 * step)
        assert float(gradient.view(-1)[place]) == pytest.approx(wanted, abs=1e-6)


def test_a_step_moves_the_student_first_and_then_the_teacher():
    Xs, ys, Xt = domains()
    model = made(MeanTeacher, alpha=0.9).fit(Xs, ys, Xt)
    before = snapshot(model.extras_["teacher"])
    data = model._check_data(Xs, ys, Xt, None)
    optimizers = model._begin_phase("train", data)
    model._step(next(data.batches(0, 1)), optimizers)
    student, teacher = (
        snapshot(model.network_),
        snapshot(model.extras_["teacher"]),
    )
    for name, value in teacher.items():
        torch.testing.assert_close(
            value, 0.9 * before[name] + 0.1 * student[name]
        )


def test_the_teacher_predicts_the_target_and_the_student_the_source():
    Xs, ys, Xt = domains()
    model = made(MeanTeacher).fit(Xs, ys, Xt)
    X = torch.tensor(Xt).float()
    with torch.no_grad():
        said = model.extras_["teacher"].eval()(X).probabilities.numpy()
    np.testing.assert_allclose(model.predict_proba(Xt), said, rtol=1e-5)
    with torch.no_grad():
        Z = model.network_.eval()(X).bottleneck.numpy()
    np.testing.assert_allclose(model.transform(Xt, "source"), Z, rtol=1e-5)


def test_the_teacher_has_the_statistics_of_the_target():
    Xs, ys, Xt = domains()
    torch.manual_seed(0)
    network = normalized_network((4,), 3, 5)
    model = made(
        MeanTeacher, network=network, augment=same, max_epochs=30, alpha=1.0
    ).fit(Xs, ys, Xt + 4)
    layer = model.extras_["teacher"].features[1]
    first = model.extras_["teacher"].features[0]
    wanted = first(torch.tensor(Xt + 4).float()).mean(0)
    torch.testing.assert_close(
        layer.running_mean, wanted.detach(), atol=0.2, rtol=0.1
    )


def test_frozen_statistics_are_frozen_in_the_teacher_too():
    Xs, ys, Xt = domains()
    network = normalized_network((4,), 3, 5)
    model = made(MeanTeacher, network=network, freeze=("features",))
    model.fit(Xs, ys, Xt)
    for name, value in snapshot(network.features).items():
        theirs = model.extras_["teacher"].features.state_dict()[name]
        torch.testing.assert_close(theirs, value)


def test_images_are_shifted_by_whole_pixels_at_most_the_reach():
    torch.manual_seed(0)
    image = torch.arange(256.0).reshape(1, 1, 16, 16)
    X = image.repeat(300, 1, 1, 1)
    padded = F.pad(image, (2, 2, 2, 2), mode="replicate")[0, 0]
    moves = {
        (i, j): padded[2 + i : 18 + i, 2 + j : 18 + j]
        for i in range(-2, 3)
        for j in range(-2, 3)
    }
    seen = set()
    for looked in shift(X)[:, 0]:
        (found,) = [m for m, whole in moves.items() if torch.equal(looked, whole)]
        seen.add(found)
    assert seen == set(moves)


def test_a_square_is_cut_out():
    torch.manual_seed(0)
    X = 1 + torch.rand(200, 2, 9, 9)
    changed = cutout(X) != X
    assert torch.equal(changed[:, 0] | changed[:, 1], changed.any(1))
    counts = changed.any(1).sum(dim=(1, 2))
    assert int(counts.max()) == 9
    assert int(counts.min()) <= 3
    for image, hole, looked in zip(X, changed, cutout(X)):
        assert (looked[looked != image] == image.min()).all()
        rows, columns = (hole.any(0).any(a).nonzero() for a in (1, 0))
        assert int(rows.max() - rows.min()) <= 2
        assert int(columns.max() - columns.min()) <= 2


def test_noise_has_the_deviation_of_the_feature():
    torch.manual_seed(0)
    X = torch.randn(4000, 2) * torch.tensor([1.0, 10.0]) + 5
    for scale, look in (
        (0.3, lambda X: noise(X, 0.3)),
        (0.1, weak),
        (0.5, strong),
    ):
        off = look(X) - X
        torch.testing.assert_close(
            off.std(0) / X.std(0), torch.full((2,), scale), rtol=0.1, atol=0
        )
        assert float(off.mean(0).abs().max()) < scale


@pytest.mark.parametrize(
    ("method", "options"),
    [
        (MeanTeacher, {"augment": lambda X: X[:, :2]}),
        (FixMatch, {"strong": lambda X: X[:2]}),
        (FixMatch, {"weak": lambda X: X[:2]}),
    ],
)
def test_an_augmentation_that_changes_the_shape_is_refused(method, options):
    with pytest.raises(ValueError, match="keep the shape of the batch"):
        made(method, **options).fit(*domains())


def test_both_learn_a_moved_target():
    """Two clouds that moved by less than the gap between them."""
    rng = np.random.default_rng(0)
    y = np.arange(200) % 2
    Xs = (4 * y - 2)[:, None] + rng.normal(size=(200, 2))
    Xt = 0.6 * Xs[::-1] + 0.4
    for method, term in ((MeanTeacher, "consistency"), (FixMatch, "target")):
        model = made(method, max_epochs=10, lr=0.01, width=8).fit(Xs, y, Xt)
        assert model.score(Xt, y[::-1]) > 0.95
        assert {"source", term} <= set(model.history_[-1])
