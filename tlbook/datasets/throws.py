"""Motion on film: balls thrown through a cluttered room, and persons who walk along it.

In place of the frames of Stewart and Ermon (AAAI 2017), which `fetch_pillow` has,
these are drawn: the camera looks into a room with dark furniture; the shutter is
open for a part of the time between two frames, so that fast motion is blurred; a
screen on the wall shows something else in each frame, the lamps flicker and the
camera adds noise.

throw  height y(t) = y0 + v0 t - 1/2 g t^2 in meters, sideways at constant speed
walk   place  x(t) = x0 + v0 t in meters along the room
"""

from dataclasses import dataclass, field
from zlib import crc32

import numpy as np

GRAVITY = 9.81  # m / s^2
ROOM = 4.0  # meters that the picture is high and wide
SHUTTER = 0.4  # share of the time between two frames
SCREEN = (0.8, 0.6, 1.4, 1.0)  # place of its center, width and height in meters
INSTANTS = 5  # positions that are averaged while the shutter is open


@dataclass(frozen=True)
class Clips:
    """Clips of one law of motion; `frames, truth = clips` unpacks them.

    Attributes
    ----------
    frames : (n, n_frames, 1, image_size, image_size), float32, in [0, 1]
    truth : (n, n_frames), meters in the middle of each exposure; for evaluation
    rooms : number of the room of each clip, (n,)
    ids : checksum of each clip, (n,)
    """

    frames: np.ndarray
    truth: np.ndarray
    rooms: np.ndarray = field(repr=False)
    ids: np.ndarray = field(repr=False)

    def __iter__(self):
        return iter((self.frames, self.truth))


def load_throws(
    n_throws=200,
    n_frames=5,
    image_size=32,
    dt=0.1,
    rooms=(0,),
    noise=0.05,
    random_state=0,
):
    """Film thrown balls.

    Parameters
    ----------
    n_throws, n_frames, image_size : int
    dt : float
        Seconds between two frames.
    rooms : sequence of int
        Numbers of the rooms in which the clips are filmed.  A number is one and
        the same room for every `random_state`: take other rooms for a test than
        for training.
    noise : float
        Standard deviation of the camera's noise; a ball has brightness 0.75 to 1.
    random_state : int

    Returns
    -------
    Clips
        The truth is the height above the lower edge.

    Raises
    ------
    ValueError
        If a number or a size is not positive, if there is no room or a room
        twice, or if no throw of that duration stays in the picture.
    """
    _check(n_throws, n_frames, image_size, dt, rooms)
    rng = np.random.default_rng(random_state)
    times = dt * np.arange(n_frames)
    walls = [_room(number, image_size) for number in rooms]
    clips, heights, chosen = [], [], []
    for _ in range(n_throws):
        (x, u), (y, v) = _throw(rng, times[-1])

        def center(t, x=x, u=u, y=y, v=v):
            return x + u * t, y + v * t - GRAVITY * t**2 / 2

        radius = rng.uniform(0.22, 0.32)
        chosen.append(rng.integers(len(rooms)))
        clips.append(
            _film(
                rng, walls[chosen[-1]], center, (radius, radius), times, dt, noise
            )
        )
        heights.append(center(times)[1])
    return Clips(
        np.stack(clips), np.stack(heights), np.array(rooms)[chosen], _ids(clips)
    )


def load_walks(
    n_walks=200,
    n_frames=5,
    image_size=32,
    dt=0.4,
    rooms=(0,),
    noise=0.05,
    random_state=0,
):
    """Film persons who cross the room at constant speed, upright ellipses with a sway.

    Parameters
    ----------
    n_walks, n_frames, image_size : int
    dt : float
        Seconds between two frames.
    rooms : sequence of int
    noise : float
        As in `load_throws`, as are the errors.
    random_state : int

    Returns
    -------
    Clips
        The truth is the place from the left edge.
    """
    _check(n_walks, n_frames, image_size, dt, rooms)
    rng = np.random.default_rng(random_state)
    times = dt * np.arange(n_frames)
    walls = [_room(number, image_size) for number in rooms]
    clips, places, chosen = [], [], []
    for _ in range(n_walks):
        start, end = rng.uniform(0.4, ROOM - 0.4, size=2)
        speed = (end - start) / max(times[-1], dt)
        height, phase = rng.uniform(1.2, 2.0), rng.uniform(0, 2 * np.pi)

        def center(t, x=start, u=speed, y=height, phase=phase):
            return x + u * t, y + 0.1 * np.sin(6 * t + phase)

        chosen.append(rng.integers(len(rooms)))
        clips.append(
            _film(rng, walls[chosen[-1]], center, (0.22, 0.65), times, dt, noise)
        )
        places.append(center(times)[0])
    return Clips(
        np.stack(clips), np.stack(places), np.array(rooms)[chosen], _ids(clips)
    )


def _check(n, n_frames, image_size, dt, rooms):
    sizes = {"n_frames": n_frames, "image_size": image_size}
    if not len(rooms) or len(set(rooms)) < len(rooms) or min(rooms) < 0:
        raise ValueError(
            f"rooms must be different numbers from 0 on, not {rooms!r}"
        )
    for name, value in {"number of clips": n, **sizes}.items():
        if value < 1:
            raise ValueError(f"{name} must be at least 1, not {value}")
    if dt <= 0:
        raise ValueError(f"dt must be positive, not {dt}")


def _throw(rng, duration):
    """Draw (x0, u0), (y0, v0) of a throw that stays in the picture."""
    for _ in range(10_000):
        y, v = rng.uniform(0.4, ROOM - 0.4), rng.uniform(-3.0, 6.0)
        top = y + (v**2 / (2 * GRAVITY) if 0 < v < GRAVITY * duration else 0)
        end = y + v * duration - GRAVITY * duration**2 / 2
        if 0.3 < end < ROOM - 0.3 and top < ROOM - 0.3:
            ends = rng.uniform(0.4, ROOM - 0.4, size=2)
            return (ends[0], (ends[1] - ends[0]) / 2 / max(duration, 0.1)), (y, v)
    raise ValueError(
        f"no throw of {duration:.2f} s stays in the picture; take fewer or "
        "closer frames"
    )


def _film(rng, room, center, radii, times, dt, noise):
    """Draw the frames of one clip (n_frames, 1, size, size)."""
    size = len(room)
    pixel = ROOM / size
    grid = (np.arange(size) + 0.5) * pixel
    # meters to the right, meters above the floor
    columns, rows = grid, ROOM - grid[:, None]
    screen = (abs(columns - SCREEN[0]) < SCREEN[2] / 2) & (
        abs(rows - SCREEN[1]) < SCREEN[3] / 2
    )
    brightness = rng.uniform(0.75, 1.0)
    frames = np.empty((len(times), 1, size, size), dtype=np.float32)
    for k, time in enumerate(times):
        cover = np.zeros((size, size))
        for shift in np.linspace(-0.5, 0.5, INSTANTS) * SHUTTER * dt:
            x, y = center(time + shift)
            distance = np.hypot((columns - x) / radii[0], (rows - y) / radii[1])
            cover += (
                np.clip((1 - distance) * min(radii) / pixel + 0.5, 0, 1)
                / INSTANTS
            )
        wall = np.where(screen, rng.uniform(0, 0.65), room)
        frame = (wall * (1 - cover) + brightness * cover) * rng.uniform(0.9, 1.1)
        frames[k, 0] = np.clip(
            frame + noise * rng.standard_normal((size, size)), 0, 1
        )
    return frames


def _ids(clips):
    return np.array([crc32(clip.tobytes()) for clip in clips])


def _room(number, size):
    """Draw a room: a wall that is lit from one side, and furniture in front of it."""
    rng = np.random.default_rng((7, number))
    columns = (np.arange(size) + 0.5) * ROOM / size
    rows = ROOM - columns[:, None]
    slopes = rng.uniform(-0.02, 0.02, size=2)
    room = rng.uniform(0.1, 0.3) + slopes[0] * columns + slopes[1] * rows
    for _ in range(rng.integers(4, 9)):
        (x, y), (w, h) = (
            rng.uniform(0, ROOM, size=2),
            rng.uniform(0.2, 1.2, size=2),
        )
        inside = (abs(columns - x) < w / 2) & (abs(rows - y) < h / 2)
        room = np.where(inside, rng.uniform(0.0, 0.6), room)
    return room
