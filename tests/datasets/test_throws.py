"""The films: the law holds, the ball is where the label says, blur, noise, rooms, bad sizes."""

import numpy as np
import pytest

from tlbook.datasets import load_throws, load_walks
from tlbook.datasets.throws import GRAVITY, ROOM, SCREEN, _room

FILMS = pytest.mark.parametrize("load", [load_throws, load_walks])


@FILMS
def test_shapes_ranges_and_seed(load):
    frames, truth = load(7, n_frames=4, image_size=24)
    assert frames.shape == (7, 4, 1, 24, 24)
    assert frames.dtype == np.float32
    assert truth.shape == (7, 4)
    assert frames.min() >= 0
    assert frames.max() <= 1
    again, same = load(7, n_frames=4, image_size=24)
    np.testing.assert_array_equal(frames, again)
    np.testing.assert_array_equal(truth, same)
    _, other = load(7, n_frames=4, image_size=24, random_state=1)
    assert not np.array_equal(other, truth)
    assert (truth > 0.25).all()
    assert (truth < ROOM - 0.25).all()


# of the light: mean, spread, center by rows and columns; of the truth: mean, spread
MOMENTS = {
    load_throws: (0.2422, 0.1398, 16.0521, 15.2202, 2.2225, 0.7301),
    load_walks: (0.2856, 0.1395, 15.9922, 15.1938, 2.0181, 0.7961),
}


@FILMS
def test_films_are_those_of_the_published_results(load):
    frames, truth = load(30, rooms=range(3))
    light = frames.mean(axis=(0, 1, 2), dtype=float)
    centers = [
        light.sum(axis=axis) @ np.arange(32) / light.sum() for axis in (1, 0)
    ]
    found = [frames.mean(dtype=float), frames.std(dtype=float), *centers]
    np.testing.assert_allclose(
        [*found, truth.mean(), truth.std()], MOMENTS[load], atol=2e-4
    )


@pytest.mark.parametrize("dt", [0.05, 0.1])
def test_a_throw_falls_with_gravity(dt):
    """The second difference of y0 + v0 t - 1/2 g t^2 is -g dt^2, the third is zero."""
    _, heights = load_throws(20, n_frames=6, dt=dt)
    np.testing.assert_allclose(np.diff(heights, 2), -9.81 * dt**2)
    np.testing.assert_allclose(np.diff(heights, 3), 0, atol=1e-9)
    assert np.std(np.diff(heights)[:, 0] / dt) > 0.5  # throws differ in speed
    assert GRAVITY == 9.81


def test_a_walk_has_constant_speed_of_either_sign():
    _, places = load_walks(20, n_frames=6)
    np.testing.assert_allclose(np.diff(places, 2), 0, atol=1e-9)
    steps = np.diff(places)[:, 0]
    assert steps.min() < 0 < steps.max()


def brightest(frames, axis):
    """Where the bright thing is, in meters along an axis: center of mass above the screen."""
    size = frames.shape[-1]
    meters = (np.arange(size) + 0.5) * ROOM / size
    bright = np.clip(frames[:, :, 0] - 0.62, 0, None)
    bright[:, :, ROOM - meters < SCREEN[1] + SCREEN[3] / 2 + 0.1] = 0
    mass = bright.sum(axis=5 - 2 - axis)
    return (mass * meters).sum(-1) / np.maximum(mass.sum(-1), 1e-9)


def test_the_ball_is_where_the_label_says():
    """Without noise, in a room with dark furniture, the center of the bright pixels is the ball."""
    frames, heights = load_throws(30, noise=0.0, dt=0.04)
    seen, high = ROOM - brightest(frames, axis=0), heights > 1.6
    seen, heights = seen[high], heights[high]
    assert high.mean() > 0.3
    assert np.abs(seen - heights).mean() < 0.06
    assert np.corrcoef(seen.ravel(), heights.ravel())[0, 1] > 0.99


def test_the_person_is_where_the_label_says():
    frames, places = load_walks(30, noise=0.0)
    seen = brightest(frames, axis=1)
    assert np.abs(seen - places).mean() < 0.06
    assert np.corrcoef(seen.ravel(), places.ravel())[0, 1] > 0.99


def test_fast_balls_are_blurred():
    """The faster a ball rises or falls, the softer are its upper and lower edges."""
    frames, heights = load_throws(200, noise=0.0, dt=0.2, n_frames=3)
    speed = np.abs(heights[:, 2] - heights[:, 0]) / 0.4
    steepest = np.abs(np.diff(frames[:, 1, 0], axis=1)).max(axis=(1, 2))
    assert np.corrcoef(speed, steepest)[0, 1] < -0.3


def test_noise_flicker_and_rooms():
    quiet, _ = load_throws(5, noise=0.0)
    loud, _ = load_throws(5, noise=0.2)
    roughness = [np.abs(np.diff(X, axis=-1)).mean() for X in (quiet, loud)]
    assert roughness[1] > 3 * roughness[0]
    medians = np.median(quiet, axis=(-1, -2))
    assert np.ptp(medians, axis=1).max() > 0.005  # the lamps flicker
    screen = quiet[:, :, 0, -2, 6]
    assert screen.std(axis=1).min() > 0.05
    one, _ = load_throws(40, noise=0.0)
    many, _ = load_throws(40, noise=0.0, rooms=range(40))
    still = [np.median(X, axis=1).std(axis=0).mean() for X in (one, many)]
    assert still[1] > 1.5 * still[0]


@FILMS
def test_a_clip_says_its_room(load):
    """The wall of a clip, its median over time, is that of its room, not of another."""
    clips = load(20, n_frames=9, dt=0.05, noise=0.0, rooms=(7, 3))
    assert set(clips.rooms) == {3, 7}
    again, other = (
        load(20, n_frames=9, dt=0.05, random_state=seed) for seed in (0, 1)
    )
    assert len(set(again.ids.tolist()) | set(other.ids.tolist())) == 40
    # above all furniture and the screen
    walls = np.median(clips.frames[:, :, 0, :8], axis=1)
    for wall, room in zip(walls, clips.rooms):
        distance = {
            number: np.abs(wall - _room(number, 32)[:8]).mean()
            for number in (3, 7)
        }
        assert min(distance, key=distance.get) == room


@FILMS
@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"n_frames": 0}, "n_frames must be at least 1, not 0"),
        ({"image_size": -1}, "image_size must be at least 1, not -1"),
        ({"rooms": ()}, "rooms must be different numbers from 0 on, not \\(\\)"),
        ({"rooms": (1, 1)}, "rooms must be different numbers"),
        ({"rooms": (-1,)}, "rooms must be different numbers"),
        ({"dt": 0.0}, "dt must be positive, not 0.0"),
    ],
)
def test_bad_sizes(load, options, message):
    with pytest.raises(ValueError, match=message):
        load(3, **options)
    with pytest.raises(
        ValueError, match="number of clips must be at least 1, not 0"
    ):
        load(0)


def test_too_long_a_throw_is_refused():
    with pytest.raises(
        ValueError, match=r"no throw of 4.50 s stays in the picture"
    ):
        load_throws(1, n_frames=10, dt=0.5)
