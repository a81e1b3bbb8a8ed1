"""Three worlds of the ten digits: handwritten, printed, and lost in photographs.

handwritten  scikit-learn's 1,797 digits of 43 writers (Alpaydin and Kaynak, UCI)
printed      drawn from the fonts that matplotlib ships, with small random turns, shears,
             sizes, places and stroke widths
photo        handwritten digits blended into patches of scikit-learn's two photographs, after
             the recipe of MNIST-M (Ganin and Lempitsky 2015): |patch - digit|, in gray
"""

from functools import cache, lru_cache

import numpy as np
from scipy import ndimage
from sklearn.datasets import load_digits, load_sample_images

from tlbook.datasets.pair import DomainPair, check_names

DOMAINS = ("handwritten", "printed", "photo")
LICENSE = (
    "handwritten digits: UCI, CC BY 4.0, through scikit-learn (BSD); fonts: DejaVu, STIX and "
    "Computer Modern (free), through matplotlib; photographs: CC BY, through scikit-learn"
)
FACES = (
    "DejaVuSans",
    "DejaVuSans-Bold",
    "DejaVuSans-Oblique",
    "DejaVuSans-BoldOblique",
    "DejaVuSansMono",
    "DejaVuSansMono-Bold",
    "DejaVuSerif",
    "DejaVuSerif-Bold",
    "DejaVuSerif-Italic",
    "STIXGeneral",
    "STIXGeneralBol",
    "STIXGeneralItalic",
    "cmr10",
)
CHARACTERS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
CANVAS = 48  # side of the drawing from which both sizes are made


def load_digits_shift(source="printed", target="handwritten", image_size=8):
    """Load two of three domains of the ten digits.

    Parameters
    ----------
    source, target : {"handwritten", "printed", "photo"}
    image_size : {8, 28, 32}
        8 gives feature rows (n, 64), float64; 28 and 32 give images (n, 1, size, size), float32.
        Values lie in [0, 1], ink is bright.

    Returns
    -------
    DomainPair
        With 1,797 handwritten or photo digits and 1,000 printed ones.

    Raises
    ------
    ValueError
        For unknown or equal domains and other sizes.
    """
    check_names(source, target, DOMAINS)
    if image_size not in (8, 28, 32):
        raise ValueError(f"image_size={image_size!r} is unknown; the sizes are [8, 28, 32]")
    (Xs, ys), (Xt, yt) = _domain(source, image_size), _domain(target, image_size)
    names = tuple("0123456789")
    return DomainPair(Xs.copy(), ys.copy(), Xt.copy(), yt.copy(), source, target, names, LICENSE)


def load_printed_characters(image_size=28, n_per_class=60, random_state=0):
    """Draw the ten digits and 52 letters in a dozen faces.

    Parameters
    ----------
    image_size : int
    n_per_class : int
    random_state : int

    Returns
    -------
    X : ndarray of shape (62 * n_per_class, 1, image_size, image_size), float32, in [0, 1]
    y : ndarray of shape (62 * n_per_class,)
    class_names : tuple of str
    """
    canvases, y = draw_characters(CHARACTERS, n_per_class, random_state)
    return _resize(canvases, image_size)[:, None], y, tuple(CHARACTERS)


@lru_cache
def _domain(name, size):
    if name == "printed":
        images, y = draw_characters("0123456789", 100, random_state=0)
    else:
        digits = load_digits()
        images, y = digits.images / 16.0, digits.target
    images = _resize(images, size)
    if name == "photo":
        images = _blend(images, np.random.default_rng(1))
    if size == 8:
        return images.reshape(len(images), -1).astype(np.float64), y
    return images[:, None], y


@lru_cache(maxsize=4)
def draw_characters(characters, n_per_class, random_state):
    """Draw characters with random faces, strokes and small affine changes.

    Returns
    -------
    canvases : ndarray of shape (n, 48, 48), float32, in [0, 1]
    y : ndarray of shape (n,), index into `characters`
    """
    rng = np.random.default_rng(random_state)
    glyphs = {(c, face): _glyph(c, face) for c in characters for face in range(len(FACES))}
    y = np.repeat(np.arange(len(characters)), n_per_class)
    canvases = np.empty((len(y), CANVAS, CANVAS), dtype=np.float32)
    center = (CANVAS - 1) / 2
    for i, label in enumerate(y):
        glyph = glyphs[characters[label], rng.integers(len(FACES))]
        turn, shear = np.deg2rad(rng.normal(0, 6)), rng.normal(0, 0.12)
        width, height = rng.uniform(0.85, 1.2, size=2)
        rotation = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
        matrix = rotation @ np.array([[1 / height, 0.0], [shear, 1 / width]])
        offset = center - matrix @ (center + rng.normal(0, 1.2, size=2))
        image = ndimage.affine_transform(glyph, matrix, offset, order=1)
        stroke = rng.choice([None, ndimage.grey_erosion, ndimage.grey_dilation])
        if stroke is not None:  # thinner or thicker than drawn
            image = stroke(image, size=(2, 2))
        canvases[i] = image
    return canvases, y


@cache
def _glyph(character, face):
    """Draw one character, 34 pixels high at most, in the middle of the canvas."""
    from pathlib import Path

    from matplotlib import get_data_path
    from matplotlib.ft2font import FT2Font

    font = FT2Font(str(Path(get_data_path(), "fonts", "ttf", f"{FACES[face]}.ttf")))
    font.set_size(40, 72)
    font.set_text(character)
    font.draw_glyphs_to_bitmap(antialiased=True)
    ink = np.asarray(font.get_image(), dtype=np.float32) / 255
    rows, columns = np.flatnonzero(ink.any(axis=1)), np.flatnonzero(ink.any(axis=0))
    ink = ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    ink = ndimage.zoom(ink, 34 / max(ink.shape), order=1)
    canvas = np.zeros((CANVAS, CANVAS), dtype=np.float32)
    top, left = ((CANVAS - side) // 2 for side in ink.shape)
    canvas[top : top + ink.shape[0], left : left + ink.shape[1]] = ink
    return canvas


def _resize(images, size):
    """Resize square images (n, side, side) smoothly, averaging where they shrink."""
    side = images.shape[1]
    if side == size:
        return images.astype(np.float32)
    if side > size:
        images = ndimage.gaussian_filter(images, (0, side / size / 2.5, side / size / 2.5))
    scaled = ndimage.zoom(
        images, (1, size / side, size / side), order=1, grid_mode=True, mode="nearest"
    )
    if side < size:
        scaled = ndimage.gaussian_filter(scaled, (0, 0.8, 0.8))
    return np.clip(scaled, 0, 1).astype(np.float32)


def _blend(images, rng):
    """Return |patch - digit| with a random patch of a photograph for each digit."""
    size = images.shape[1]
    photos = [photo.mean(axis=2) / 255 for photo in load_sample_images().images]
    blended = np.empty_like(images)
    for i, digit in enumerate(images):
        photo = photos[rng.integers(len(photos))]
        top, left = (rng.integers(side - 4 * size) for side in photo.shape)
        patch = photo[top : top + 4 * size, left : left + 4 * size]
        patch = patch.reshape(size, 4, size, 4).mean(axis=(1, 3))
        blended[i] = np.abs(0.6 * patch - digit)
    return blended
