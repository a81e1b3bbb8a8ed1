"""Pictures of shapes, each with a caption: a world of which every combination is known.

A kind is a size, a color and a shape, such as ("large", "red", "triangle").  Its
picture shows one such shape somewhere, its caption says so in the words of one of
the templates.  Two styles: filled on dark ground, and outlined on gray stripes with
more noise of the camera.
"""

from itertools import product

import numpy as np

SIDE = 16  # pixels
SIZES = {"small": 3.0, "large": 5.0}  # half of the width, in pixels
COLORS = {
    "red": (0.9, 0.15, 0.15),
    "green": (0.15, 0.75, 0.2),
    "blue": (0.2, 0.3, 0.95),
    "yellow": (0.95, 0.85, 0.1),
    "purple": (0.65, 0.2, 0.8),
    "white": (0.95, 0.95, 0.95),
}
SHAPES = {  # what is inside, of x and y from -1 to 1 with y downwards
    "circle": lambda x, y: x**2 + y**2 < 1,
    "square": lambda x, y: np.maximum(abs(x), abs(y)) < 0.85,
    "triangle": lambda x, y: (y < 0.7) & (abs(x) < 0.6 * (y + 1)),
    "cross": lambda x, y: (
        (np.minimum(abs(x), abs(y)) < 0.33) & (np.maximum(abs(x), abs(y)) < 1)
    ),
    "bar": lambda x, y: (abs(x) < 1) & (abs(y) < 0.4),
}
KINDS = tuple(product(SIZES, COLORS, SHAPES))
STYLES = ("filled", "outlined")
LINE = 1.3  # width of an outline, in pixels
NOISE = {"filled": 0.03, "outlined": 0.1}  # standard deviation
TEMPLATES = (
    "a {size} {color} {shape}",
    "a picture of a {color} {shape}, {size}",
    "this {shape} is {color} and {size}",
    "{color} {shape}, {size}, on a plain ground",
)


def make_shapes(kinds, style="filled", random_state=0):
    """Draw one picture of each kind, and write its caption.

    Parameters
    ----------
    kinds : sequence of (size, color, shape)
        Of `KINDS`, in any order and as often as wanted.
    style : {"filled", "outlined"}
    random_state : int

    Returns
    -------
    images : ndarray of shape (n, 3, 16, 16), float32, in [0, 1]
    captions : list of str, n of them

    Raises
    ------
    ValueError
        For an unknown kind or style, or no kind at all.
    """
    if style not in STYLES:
        raise ValueError(
            f"style={style!r} is unknown; the styles are {list(STYLES)}"
        )
    kinds = [tuple(kind) for kind in kinds]
    if not kinds:
        raise ValueError("kinds is empty; give at least one, such as KINDS[0]")
    for kind in kinds:
        if kind not in KINDS:
            raise ValueError(
                f"kind {kind} is unknown; it is one of {list(SIZES)}, one of "
                f"{list(COLORS)} and one of {list(SHAPES)}"
            )
    rng = np.random.default_rng(random_state)
    images = np.stack([_picture(rng, *kind, style) for kind in kinds])
    chosen = rng.integers(len(TEMPLATES), size=len(kinds))
    captions = [
        TEMPLATES[k].format(size=size, color=color, shape=shape)
        for k, (size, color, shape) in zip(chosen, kinds)
    ]
    return images, captions


def _picture(rng, size, color, shape, style):
    """Return one picture, (3, SIDE, SIDE)."""
    radius = SIZES[size] * rng.uniform(0.93, 1.07)
    center = rng.uniform(radius + 0.5, SIDE - radius - 0.5, size=2)
    y, x = np.indices((SIDE, SIDE)) + 0.5 - center[:, None, None]
    inside = SHAPES[shape](x / radius, y / radius)
    paint = np.array(COLORS[color])[:, None, None] * rng.uniform(0.8, 1.0)
    ground = rng.uniform(0.0, 0.15)
    if style == "outlined":
        smaller = radius - LINE
        inside = inside & ~SHAPES[shape](x / smaller, y / smaller)
        ground = ground + 0.3 + 0.1 * np.sin(np.arange(SIDE) / 2)
    noise = NOISE[style] * rng.standard_normal((3, SIDE, SIDE))
    return np.clip(np.where(inside, paint, ground) + noise, 0, 1).astype(
        np.float32
    )
