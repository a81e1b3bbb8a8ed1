"""Pictures of shapes: what is drawn is what the caption says; places, styles, bad kinds."""

import numpy as np
import pytest

from tlbook.datasets import make_shapes
from tlbook.datasets.shapes import COLORS, KINDS, SHAPES, SIZES, STYLES, TEMPLATES


def lit(images):
    """Where the pixel is not the ground of a filled picture, (n, 16, 16)."""
    return images.max(axis=1) > 0.3


@pytest.mark.parametrize("style", STYLES)
def test_shapes_ranges_and_seed(style):
    images, captions = make_shapes(KINDS, style)
    assert len(KINDS) == len(captions) == 60
    assert images.shape == (60, 3, 16, 16)
    assert images.dtype == np.float32
    assert images.min() >= 0
    assert images.max() <= 1
    again, same = make_shapes(KINDS, style)
    np.testing.assert_array_equal(images, again)
    assert captions == same
    other, _ = make_shapes(KINDS, style, random_state=1)
    assert not np.array_equal(images, other)


def test_captions_say_the_kind_by_all_templates():
    _, captions = make_shapes(KINDS * 4)
    used = set()
    for (size, color, shape), caption in zip(KINDS * 4, captions):
        texts = [t.format(size=size, color=color, shape=shape) for t in TEMPLATES]
        used.add(texts.index(caption))
        assert {size, color, shape} <= set(caption.replace(",", "").split())
    assert used == {0, 1, 2, 3}


@pytest.mark.parametrize("color", COLORS)
def test_the_color_is_that_of_the_word(color):
    """The mean of what is lit is nearest to its own color, up to brightness."""
    images, _ = make_shapes([("large", color, "square")] * 20)
    seen = np.array(
        [
            image[:, where].mean(axis=1)
            for image, where in zip(images, lit(images))
        ]
    )
    paints = np.array(list(COLORS.values())) * 0.9
    nearest = np.argmin(((seen[:, None] - paints) ** 2).sum(axis=2), axis=1)
    assert set(nearest) == {list(COLORS).index(color)}


# what is lit, in units of the radius: area, height by width, share of the upper half
FORMS = {
    "circle": (np.pi, 1.0, 0.5),
    "square": (1.7**2, 1.0, 0.5),
    "triangle": (0.6 * 1.7**2, 1.7 / (2 * 0.6 * 1.7), 0.25),
    "cross": (4 * 0.33 * 2 - 4 * 0.33**2, 1.0, 0.5),
    "bar": (1.6, 0.4, 0.5),
}


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("shape", SHAPES)
def test_the_form_is_that_of_the_word(shape, size):
    images, _ = make_shapes([(size, "white", shape)] * 200)
    where = lit(images)
    area, form, upper = FORMS[shape]
    radius = SIZES[size]
    found = where.sum(axis=(1, 2)).mean() / radius**2
    assert found == pytest.approx(area, rel=0.06)
    tops = []
    for picture in where:
        rows, columns = np.nonzero(picture)
        high, wide = np.ptp(rows) + 1, np.ptp(columns) + 1
        middle = (rows.max() + rows.min()) / 2
        above, below = (rows < middle).sum(), (rows > middle).sum()
        tops.append([high / wide, above / (above + below)])
    assert np.mean(tops, axis=0) == pytest.approx([form, upper], abs=0.1)


def test_a_shape_is_whole_and_anywhere():
    images, _ = make_shapes([("small", "white", "circle")] * 300)
    where = lit(images)
    assert not where[:, [0, -1]].any()
    assert not where[:, :, [0, -1]].any()
    centers = np.array(
        [np.mean(np.nonzero(picture), axis=1) for picture in where]
    )
    assert centers.min(axis=0) == pytest.approx([3.2, 3.2], abs=0.5)
    assert centers.max(axis=0) == pytest.approx([11.8, 11.8], abs=0.5)
    assert abs(np.corrcoef(centers.T)[0, 1]) < 0.15


def test_an_outline_is_hollow_and_its_ground_is_lighter():
    kinds = [("large", "white", "square")] * 30
    filled, outlined = (make_shapes(kinds, style)[0] for style in STYLES)
    areas = [
        (X.min(axis=1) > 0.7).sum(axis=(1, 2)).mean() for X in (filled, outlined)
    ]
    assert areas[1] < 0.7 * areas[0]
    for image in outlined:
        lines = np.nonzero(image.min(axis=0) > 0.7)
        row, column = (int(np.mean(place)) for place in lines)
        assert image[:, row, column].mean() < 0.7  # the ground is seen inside
    corners = [X[:, :, 0, 0].mean() for X in (filled, outlined)]
    assert corners[1] == pytest.approx(corners[0] + 0.3, abs=0.05)
    # the ground of one style is flat, that of the other has stripes
    stripes = [X[:, :, 0].mean(axis=(0, 1)).std() for X in (filled, outlined)]
    assert stripes[0] < 0.01
    assert stripes[1] == pytest.approx(0.1 / np.sqrt(2), abs=0.02)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ([("large", "red", "triangle")], "painted"),
            "style='painted' is unknown",
        ),
        (
            ([("large", "red", "star")],),
            r"kind \('large', 'red', 'star'\) is unknown",
        ),
        (([("red", "large", "circle")],), "one of .*small.*red.*circle"),
        (([],), "kinds is empty"),
    ],
)
def test_bad_kinds_are_named(arguments, message):
    with pytest.raises(ValueError, match=message):
        make_shapes(*arguments)
