"""Supervision by physics: least squares by hand, losses in loops, gradients, and a small film."""

import itertools

import numpy as np
import pytest
import torch
from sklearn.base import clone

from tlbook.datasets import load_throws, load_walks
from tlbook.frontiers.physics import (
    PhysicsSupervised,
    bent_share,
    falling_loss,
    frame_network,
    free_fall,
    motion_matrix,
    nearest_motion,
    projection,
    train,
    walking_loss,
    without_scene,
)


def law(n_frames=5, dt=0.1, g=9.81):
    return free_fall(n_frames, dt, g), projection(motion_matrix(n_frames, dt))


def test_design_and_gravity_by_hand():
    np.testing.assert_allclose(motion_matrix(3, 0.5), [[1, 0], [1, 0.5], [1, 1]])
    np.testing.assert_allclose(free_fall(3, 0.5, g=8.0), [0, -1, -4])
    np.testing.assert_allclose(free_fall(2, 1.0), [0, -4.905])


@pytest.mark.parametrize(("n_frames", "dt"), [(3, 0.1), (5, 0.1), (8, 0.04)])
def test_projection_is_the_one_onto_lines(n_frames, dt):
    P = projection(motion_matrix(n_frames, dt))
    np.testing.assert_allclose(P @ P, P, atol=1e-12)
    np.testing.assert_allclose(P, P.T, atol=1e-12)
    assert np.trace(P) == pytest.approx(2)
    times = dt * np.arange(n_frames)
    f = np.random.default_rng(0).standard_normal(n_frames)
    np.testing.assert_allclose(
        P @ f, np.polyval(np.polyfit(times, f, 1), times), atol=1e-10
    )


def test_three_frames_by_hand():
    """A line through (0, 0, 6) is (-1, 2, 5)."""
    P = projection(motion_matrix(3, 1.0))
    f = np.array([[0.0, 0.0, 6.0]])
    np.testing.assert_allclose(nearest_motion(f, np.zeros(3), P), [[-1, 2, 5]])
    assert falling_loss(f, np.zeros(3), P) == pytest.approx(1 + 2 + 1)
    a = free_fall(3, 1.0, g=6.0)  # (0, -3, -12)
    np.testing.assert_allclose(nearest_motion(f, a, P), [[-2, 4, 4]])
    assert falling_loss(f, a, P) == pytest.approx(2 + 4 + 2)
    assert (
        falling_loss(np.array([[0.0, 0.0, 6.0], [0.0, 1.0, 2.0]]), np.zeros(3), P)
        == 2
    )


def test_nearest_motion_is_nearest():
    """No other start and speed gives a nearer trajectory: a grid of 10,000."""
    a, P = law()
    f = np.random.default_rng(1).standard_normal((1, 5))
    best = np.sum((nearest_motion(f, a, P) - f) ** 2)
    times = 0.1 * np.arange(5)
    tried = [
        np.sum((a + y0 + v0 * times - f) ** 2)
        for y0, v0 in itertools.product(
            np.linspace(-4, 4, 100), np.linspace(-10, 10, 100)
        )
    ]
    assert best <= min(tried)
    assert min(tried) < best + 0.05


def test_loss_is_zero_on_true_throws_only():
    a, P = law()
    times = 0.1 * np.arange(5)
    rng = np.random.default_rng(0)
    for y0, v0 in rng.uniform(-5, 5, (20, 2)):
        f = (y0 + v0 * times - 9.81 / 2 * times**2)[None]
        assert falling_loss(f, a, P) == pytest.approx(0, abs=1e-12)
        assert falling_loss(1.2 * f, a, P) > 0.05  # another gravity
        assert falling_loss(-f, a, P) > 0.05  # upside down
        # one frame off
        assert falling_loss(f + 0.1 * (times == 0.2), a, P) > 0.05
        # plus a place and any thing of constant speed
        moved = f + 3 + 0.7 * (2 + 5 * times)
        assert falling_loss(moved, a, P) == pytest.approx(0, abs=1e-12)


def test_a_constant_does_not_fall():
    """i^2 less its line is (2, -1, -2, -1, 2) for five frames: 8 times g dt^2 / 2."""
    a, P = law()
    for c in (-3.0, 0.0, 5.0):
        assert falling_loss(np.full((4, 5), c), a, P) == pytest.approx(
            8 * 9.81 * 0.01 / 2
        )


def walking_by_loops(f):
    n, N = f.shape
    times, total = np.arange(N), 0.0
    for row in f:
        line = np.polyval(np.polyfit(times, row, 1), times)
        total += sum(abs(p - q) for p, q in zip(line, row)) / (n * N)
    mean = f.sum() / f.size
    spread = np.sqrt(sum((v - mean) ** 2 for v in f.ravel()) / f.size)
    return total - 0.6 * spread + 0.8 * (max(0, f.max() - 10) + max(0, -f.min()))


@pytest.mark.parametrize(("low", "high"), [(1, 9), (-2, 9), (2, 13), (-1, 12)])
def test_walking_loss_in_loops(low, high):
    _, P = law()
    f = np.random.default_rng(0).uniform(low, high, (6, 5))
    ours = walking_loss(torch.tensor(f), torch.tensor(P))
    assert float(ours) == pytest.approx(walking_by_loops(f))


def test_walking_loss_prefers_the_widest_walk_in_range():
    _, P = law()
    P = torch.tensor(P)
    line = torch.linspace(0, 10, 5, dtype=torch.float64)[None]
    widest = walking_loss(line, P)
    assert (
        walking_loss(torch.full((1, 5), 5.0, dtype=torch.float64), P) > widest + 1
    )
    assert walking_loss(0.5 * line, P) > widest
    assert walking_loss(1.5 * line, P) > widest
    assert walking_loss(line - 3, P) > widest
    # direction is free
    assert walking_loss(10 - line, P) == pytest.approx(float(widest))


def bent_by_loops(f):
    """Residuals of polyfit over the squares around each clip's own mean."""
    times, bent, motion = np.arange(f.shape[1]), 0.0, 0.0
    for row in f:
        line = np.polyval(np.polyfit(times, row, 1), times)
        bent += sum((p - q) ** 2 for p, q in zip(line, row))
        motion += sum((q - row.mean()) ** 2 for q in row)
    return bent / motion


def test_bent_share_in_loops():
    _, P = law()
    f = np.random.default_rng(0).uniform(-3, 12, (6, 5))
    assert bent_share(f, P) == pytest.approx(bent_by_loops(f))
    assert float(bent_share(torch.tensor(f), torch.tensor(P))) == pytest.approx(
        bent_share(f, P)
    )
    assert bent_share(f + 7 * np.arange(6)[:, None], P) == pytest.approx(
        bent_share(f, P)
    )
    # direction and unit are free
    assert bent_share(-3 * f, P) == pytest.approx(bent_share(f, P))
    assert bent_share(np.arange(30.0).reshape(6, 5), P) < 1e-6
    # nothing moves
    assert bent_share(np.repeat(f[:, :1], 5, axis=1), P) == pytest.approx(1)
    hat = np.array([[1.0, 0, -1, 0, 1], [2, 0, -2, 0, 2]])
    # all of it bent: no slope in it
    assert bent_share(hat, P) == pytest.approx(1)


def test_without_scene_by_hand():
    still, moving = (
        np.full((1, 3, 1, 1, 1), 0.25),
        np.array([0.0, 1, 0]).reshape(1, 3, 1, 1, 1),
    )
    clip = np.concatenate([still, still + moving], axis=-1)
    np.testing.assert_array_equal(without_scene(clip)[..., :1], 0 * still)
    np.testing.assert_array_equal(without_scene(clip)[..., 1:], moving)


@pytest.mark.parametrize("name", ["falling", "walking", "bent"])
def test_gradient_by_finite_differences(name):
    a, P = law()
    aT, PT = torch.tensor(a), torch.tensor(P)
    loss = {
        "falling": lambda f: falling_loss(f, aT, PT),
        "walking": lambda f: walking_loss(f, PT),
        "bent": lambda f: bent_share(f, PT),
    }[name]
    f = torch.tensor(
        np.random.default_rng(2).uniform(-1, 12, (3, 5)), requires_grad=True
    )
    loss(f).backward()
    for i, j in itertools.product(range(3), range(5)):
        step = torch.zeros(3, 5, dtype=torch.float64)
        step[i, j] = 1e-6
        with torch.no_grad():
            slope = (loss(f + step) - loss(f - step)) / 2e-6
        assert float(f.grad[i, j]) == pytest.approx(float(slope), abs=1e-5)


@pytest.mark.parametrize(
    ("shape", "convolutions"), [((1, 32, 32), 2), ((3, 56, 56), 3)]
)
def test_network_halves_until_eight(shape, convolutions):
    network = frame_network(*shape)
    filters = [
        layer.out_channels
        for layer in network
        if isinstance(layer, torch.nn.Conv2d)
    ]
    assert filters == [8 * 2**k for k in range(convolutions)]
    assert network(torch.zeros(4, *shape)).shape == (4, 1)
    assert frame_network(1, 9, 30)(torch.zeros(2, 1, 9, 30)).shape == (2, 1)


def test_training_reaches_the_least_squares_solution():
    """A linear network with a squared loss: its minimum is known in closed form."""
    rng = np.random.RandomState(0)
    X, w = (
        torch.tensor(rng.randn(40, 2, 1, 1, 3), dtype=torch.float32),
        torch.tensor([1.0, -2, 3]),
    )
    y = (X.flatten(2) @ w) + 0.5
    network = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(3, 1))
    seen = []

    def loss(f, rows):
        seen.append(rows.numpy())
        return ((f - y[rows]) ** 2).mean()

    history = train(network, X, loss, 60, 8, 0.1, rng)
    assert len(history) == 60
    assert history[0] > 1
    assert history[-1] < 1e-4
    assert all(
        sorted(np.concatenate(seen[i : i + 5])) == list(range(40))
        for i in (0, 5, 295)
    )
    np.testing.assert_allclose(
        network[1].weight.detach().numpy()[0], w, atol=0.01
    )
    assert network[1].bias.item() == pytest.approx(0.5, abs=0.01)


def test_divergence_is_an_error():
    X = torch.zeros(4, 3, 1, 4, 4)
    network = frame_network(1, 4, 4)
    with pytest.raises(
        FloatingPointError, match=r"nan in epoch 0; lower learning_rate=0\.1"
    ):
        train(
            network,
            X,
            lambda f, rows: f.sum() * np.nan,
            2,
            2,
            0.1,
            np.random.RandomState(0),
        )


@pytest.fixture(scope="module")
def film():
    return tuple(load_throws(800, n_frames=5, image_size=16, noise=0.02))


@pytest.fixture(scope="module")
def fitted(film):
    return PhysicsSupervised(
        max_epochs=12, learning_rate=3e-3, random_state=0
    ).fit(film[0])


def test_it_learns_heights_without_labels(film, fitted):
    X, y = load_throws(60, image_size=16, noise=0.02, random_state=1)
    assert fitted.score(X, y) > 0.75
    assert fitted.history_[-1] < 0.5 * fitted.history_[0]
    f = fitted.predict(X)
    assert fitted.score(X, y) == pytest.approx(
        np.corrcoef(f.ravel(), y.ravel())[0, 1]
    )
    assert fitted.score(X, -y) == pytest.approx(-fitted.score(X, y))
    # frame by frame
    np.testing.assert_allclose(fitted.predict(X[:, 2:3]), f[:, 2:3], atol=1e-4)
    assert clone(fitted).get_params() == fitted.get_params()


def test_gravity_sets_the_unit(film, fitted):
    """With g in centimeters the same training gives centimeters."""
    assert np.ptp(fitted.predict(film[0])) < 10
    short = PhysicsSupervised(g=981.0, max_epochs=1, random_state=0).fit(
        film[0][:32]
    )
    f = np.zeros((1, 5))
    assert short.history_[0] == pytest.approx(
        falling_loss(f, *law(g=981.0)), rel=0.05
    )
    slow = PhysicsSupervised(dt=0.2, max_epochs=1, random_state=0).fit(
        film[0][:32]
    )
    assert slow.history_[0] == pytest.approx(
        falling_loss(f, *law(dt=0.2)), rel=0.2
    )


def test_constant_velocity():
    X, _ = load_walks(500, image_size=16, noise=0.02)
    Z, z = load_walks(60, image_size=16, noise=0.02, random_state=1)
    model = PhysicsSupervised(
        "constant velocity", max_epochs=10, random_state=0
    ).fit(X)
    assert abs(model.score(Z, z)) > 0.75
    assert model.predict(Z).std() > 1


@pytest.fixture(scope="module")
def rooms():
    """A room for each clip, and clips in rooms that are in no training."""
    known = load_walks(300, rooms=range(1, 301))
    new = load_walks(100, rooms=range(301, 401), random_state=1)
    assert not set(known.rooms) & set(new.rooms)
    return known, new


def test_held_out_rooms(rooms):
    """What the paper's law loses to the rooms, the share that is bent keeps."""
    (X, _), (Z, z) = rooms
    straight = PhysicsSupervised(
        "straight", dt=0.4, max_epochs=8, random_state=0
    ).fit(X)
    assert abs(straight.score(Z, z)) > 0.75
    misled = PhysicsSupervised(
        "constant velocity", dt=0.4, max_epochs=8, random_state=0
    ).fit(X)
    assert abs(misled.score(Z, z)) < 0.4
    f = misled.predict(Z)
    # it says which clip a frame is from
    assert f.mean(axis=1).var() > 0.85 * f.var()
    cleared = clone(misled).fit(without_scene(X))
    assert abs(cleared.score(without_scene(Z), z)) > abs(misled.score(Z, z)) + 0.2


def test_a_law_and_a_network_of_ones_own(rooms):
    """The same law and network as built in give the same numbers; others are copied and kept."""
    (X, _), (Z, _) = rooms
    common = {"dt": 0.4, "max_epochs": 2, "random_state": 0}
    P = torch.tensor(projection(motion_matrix(5, 0.4)), dtype=torch.float32)
    built_in = PhysicsSupervised("straight", **common).fit(X)
    own = PhysicsSupervised(lambda f: bent_share(f, P), **common).fit(X)
    np.testing.assert_array_equal(own.predict(Z), built_in.predict(Z))

    layers = (
        torch.nn.Flatten(),
        torch.nn.Linear(1024, 16),
        torch.nn.BatchNorm1d(16),
    )
    network = torch.nn.Sequential(
        *layers, torch.nn.Dropout(0.1), torch.nn.Linear(16, 1)
    )
    before = {name: value.clone() for name, value in network.state_dict().items()}
    one, two = (
        PhysicsSupervised("straight", network=network, **common).fit(X)
        for _ in "ab"
    )
    np.testing.assert_array_equal(one.predict(Z), two.predict(Z))
    # no batches
    np.testing.assert_allclose(one.predict(Z[:1]), one.predict(Z)[:1], atol=1e-5)
    assert all(
        torch.equal(value, before[name])
        for name, value in network.state_dict().items()
    )
    assert not torch.equal(one.network_[1].weight, before["1.weight"])
    two_frames = PhysicsSupervised(lambda f: f.square().mean(), max_epochs=1).fit(
        X[:, :2]
    )
    assert two_frames.predict(Z[:3]).shape == (3, 5)

    flat = torch.nn.Flatten()
    for model, message in [
        (
            PhysicsSupervised(lambda f: f),
            r"law must return one number, a tensor of shape \(\)",
        ),
        (PhysicsSupervised(lambda f: 0.0), "law must return one number"),
        (
            PhysicsSupervised(network=flat),
            r"network makes \(1, 1024\) of one frame",
        ),
        (
            PhysicsSupervised(network=torch.nn.Linear(3, 1)),
            r"frames of shape \(1, 32, 32\)",
        ),
    ]:
        with pytest.raises(ValueError, match=message):
            model.fit(X[:20])


def test_seed_and_inputs(film):
    X = film[0][:40]
    copy = X.copy()
    one, two = (
        PhysicsSupervised(max_epochs=1, random_state=3).fit(X) for _ in range(2)
    )
    np.testing.assert_array_equal(one.predict(X), two.predict(X))
    np.testing.assert_array_equal(X, copy)
    other = PhysicsSupervised(max_epochs=1, random_state=4).fit(X)
    assert not np.array_equal(one.predict(X), other.predict(X))
    state = torch.random.get_rng_state()
    PhysicsSupervised(max_epochs=1, random_state=3).fit(X)
    assert torch.equal(state, torch.random.get_rng_state())
    brighter = PhysicsSupervised(max_epochs=1, random_state=3).fit(3 * X + 1)
    np.testing.assert_allclose(
        brighter.predict(3 * X + 1), one.predict(X), atol=1e-3
    )


def test_a_constant_prediction_has_no_score(film):
    blind = PhysicsSupervised(max_epochs=1, random_state=0).fit(film[0][:32])
    with torch.no_grad():
        blind.network_[-1].weight.zero_()
    assert np.isnan(blind.score(film[0][:5], film[1][:5]))


def test_bad_clips(film):
    X, model = film[0][:8], PhysicsSupervised(max_epochs=1)
    for bad, message in [
        (
            X[:, 0],
            r"shape \(8, 1, 16, 16\); it must be \(n_clips, frames, channels",
        ),
        (X[:0], r"shape \(0, 5, 1, 16, 16\)"),
        (X[:, :2], "clips of 2 frames; a law needs at least 3"),
        (np.where(X > 0.9, np.nan, X), "NaN or infinite"),
        (np.where(X > 0.9, np.inf, X), "NaN or infinite"),
        (np.ones_like(X), "all pixels of X are equal"),
        (X + 1j, "real numbers, not complex"),
        (X.astype(object), "real numbers, not object"),
    ]:
        with pytest.raises(ValueError, match=message):
            model.fit(bad)
    with pytest.raises(
        ValueError, match="learns without labels, but y was given"
    ):
        model.fit(X, film[1][:8])
    with pytest.raises(
        ValueError, match=r"frames of shape \(1, 8, 8\), fit saw \(1, 16, 16\)"
    ):
        model.fit(X).predict(X[..., :8, :8])


@pytest.mark.parametrize(
    "options",
    [
        {"law": "none"},
        {"network": "resnet"},
        {"dt": 0},
        {"g": -1},
        {"max_epochs": 0},
        {"batch_size": 0},
        {"learning_rate": 0},
        {"device": 1},
        {"progress": "yes"},
        {"random_state": "x"},
    ],
)
def test_bad_parameters(film, options):
    with pytest.raises(ValueError, match=next(iter(options))):
        PhysicsSupervised(**options).fit(film[0][:8])
