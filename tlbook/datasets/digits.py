"""Three worlds of the ten digits: handwritten, printed, and lost in photographs.

handwritten  scikit-learn's 1,797 digits, the part of 13 writers that was kept for testing in
             the set of 43 writers by Alpaydin and Kaynak (UCI)
printed      drawn from the fonts that matplotlib ships, with small random turns, shears,
             sizes, places and stroke widths
photo        handwritten digits blended into patches of scikit-learn's two photographs, after
             the recipe of MNIST-M (Ganin and Lempitsky 2015): |patch - digit|, in
             gray

What a row is made from has a number: 0 to 1796 for a handwritten digit, as in
scikit-learn, alone or in a photograph; then one for each printed glyph, a
character in one face.  A handwritten and a photo domain that meet share no digit:
of each class, the first, third, ... digit is handwritten, the second, fourth, ...
lies in a photograph.
"""

from functools import cache, lru_cache

import numpy as np
from scipy import ndimage
from sklearn.datasets import load_digits, load_sample_images

from tlbook.datasets.pair import DomainPair, Samples, check_names

DOMAINS = ("handwritten", "printed", "photo")
LICENSE = (
    "handwritten digits: UCI, CC BY 4.0, through scikit-learn (BSD); fonts: "
    "DejaVu, STIX and Computer Modern (free), through matplotlib; photographs: "
    "CC BY, through scikit-learn"
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
N_HANDWRITTEN = 1797
CANVAS = 48  # side of the drawing from which both sizes are made


def load_digits_shift(source="printed", target="handwritten", image_size=8):
    """Load two of three domains of the ten digits.

    Parameters
    ----------
    source, target : {"handwritten", "printed", "photo"}
    image_size : {8, 28, 32}
        8 gives feature rows (n, 64), float64; 28 and 32 give images (n, 1, size,
        size), float32. Values lie in [0, 1], ink is bright.

    Returns
    -------
    DomainPair
        With 1,797 handwritten or photo digits and 1,000 printed ones; with 901
        handwritten and 896 photo digits where these two meet.  Their ids are the
        same numbers in every pair, so that whoever combines three domains can
        keep them apart.

    Raises
    ------
    ValueError
        For unknown or equal domains and other sizes.
    """
    check_names(source, target, DOMAINS)
    if image_size not in (8, 28, 32):
        raise ValueError(
            f"image_size={image_size!r} is unknown; the sizes are [8, 28, 32]"
        )
    (Xs, ys, ids_s), (Xt, yt, ids_t) = (
        _without_the_other(name, other, image_size)
        for name, other in ((source, target), (target, source))
    )
    return DomainPair(
        Xs,
        ys,
        Xt,
        yt,
        source,
        target,
        tuple("0123456789"),
        LICENSE,
        source_ids=ids_s,
        target_ids=ids_t,
    )


def _without_the_other(name, other, size):
    """Return a copy of what a domain has for a pair: all of it, or its half of shared digits."""
    X, y, ids = _domain(name, size)
    keep = np.ones(len(y), dtype=bool)
    if {name, other} == {"handwritten", "photo"}:
        # place of a digit among those of its class
        rank = np.empty(len(y), dtype=int)
        for label in range(10):
            rank[y == label] = np.arange((y == label).sum())
        keep = rank % 2 == (name == "photo")
    return X[keep], y[keep], ids[keep]


def load_printed_characters(
    image_size=28, n_per_class=60, random_state=0, faces=FACES
):
    """Draw the ten digits and 52 letters in a dozen faces.

    Two draws of one glyph, a character in one face, differ by a small turn, shear
    and stroke: take other faces for a test than for training.

    Parameters
    ----------
    image_size : int
    n_per_class : int
    random_state : int
    faces : sequence of str
        Names out of `tlbook.datasets.digits.FACES`.

    Returns
    -------
    Samples
        X of shape (62 * n_per_class, 1, image_size, image_size), float32, in [0,
        1]; y, the index into `class_names`; `ids` are the numbers of the glyphs.

    Raises
    ------
    ValueError
        If `faces` is empty or names an unknown face.
    """
    unknown = sorted(set(faces) - set(FACES))
    if unknown or not len(faces):
        raise ValueError(
            f"faces must be some of {list(FACES)}, not {list(faces)}"
        )
    canvases, y, ids = draw_characters(
        CHARACTERS, n_per_class, random_state, tuple(faces)
    )
    return Samples(
        _resize(canvases, image_size)[:, None],
        y.copy(),
        tuple(CHARACTERS),
        ids.copy(),
    )


@lru_cache
def _domain(name, size):
    if name == "printed":
        images, y, ids = draw_characters("0123456789", 100, random_state=0)
    else:
        digits = load_digits()
        images, y, ids = (
            digits.images / 16.0,
            digits.target,
            np.arange(N_HANDWRITTEN),
        )
    images = _resize(images, size)
    if name == "photo":
        images = _blend(images, np.random.default_rng(1))
    if size == 8:
        return images.reshape(len(images), -1).astype(np.float64), y, ids
    return images[:, None], y, ids


@lru_cache(maxsize=4)
def draw_characters(characters, n_per_class, random_state, faces=FACES):
    """Draw characters with random faces, strokes and small affine changes.

    Returns
    -------
    canvases : ndarray of shape (n, 48, 48), float32, in [0, 1]
    y : ndarray of shape (n,), index into `characters`
    ids : ndarray of shape (n,), number of the glyph
    """
    rng = np.random.default_rng(random_state)
    y = np.repeat(np.arange(len(characters)), n_per_class)
    ids = np.empty(len(y), dtype=int)
    canvases = np.empty((len(y), CANVAS, CANVAS), dtype=np.float32)
    center = (CANVAS - 1) / 2
    for i, label in enumerate(y):
        character, face = characters[label], faces[rng.integers(len(faces))]
        ids[i] = (
            N_HANDWRITTEN
            + len(FACES) * CHARACTERS.index(character)
            + FACES.index(face)
        )
        glyph = _glyph(character, face)
        turn, shear = np.deg2rad(rng.normal(0, 6)), rng.normal(0, 0.12)
        width, height = rng.uniform(0.85, 1.2, size=2)
        rotation = np.array(
            [[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]]
        )
        matrix = rotation @ np.array([[1 / height, 0.0], [shear, 1 / width]])
        offset = center - matrix @ (center + rng.normal(0, 1.2, size=2))
        image = ndimage.affine_transform(glyph, matrix, offset, order=1)
        stroke = rng.choice([None, ndimage.grey_erosion, ndimage.grey_dilation])
        if stroke is not None:  # thinner or thicker than drawn
            image = stroke(image, size=(2, 2))
        canvases[i] = image
    return canvases, y, ids


@cache
def _glyph(character, face):
    """Draw one character, 34 pixels high at most, in the middle of the canvas."""
    from pathlib import Path

    from matplotlib import get_data_path
    from matplotlib.ft2font import FT2Font

    font = FT2Font(str(Path(get_data_path(), "fonts", "ttf", f"{face}.ttf")))
    font.set_size(40, 72)
    font.set_text(character)
    font.draw_glyphs_to_bitmap(antialiased=True)
    ink = np.asarray(font.get_image(), dtype=np.float32) / 255
    rows, columns = (
        np.flatnonzero(ink.any(axis=1)),
        np.flatnonzero(ink.any(axis=0)),
    )
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
        images = ndimage.gaussian_filter(
            images, (0, side / size / 2.5, side / size / 2.5)
        )
    scaled = ndimage.zoom(
        images,
        (1, size / side, size / side),
        order=1,
        grid_mode=True,
        mode="nearest",
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
