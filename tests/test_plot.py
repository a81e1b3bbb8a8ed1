"""What the figures show: colors, markers and places, read back from the axes."""

from io import BytesIO

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.colors import to_hex
from PIL import Image

from tlbook import plot
from tlbook._legible import alike

S = np.array([[0.0, 1.0, 9.0], [2.0, 3.0, 9.0], [4.0, 5.0, 9.0]])
T = np.array([[6.0, 7.0, 9.0], [8.0, 9.0, 9.0]])


@pytest.fixture(autouse=True)
def closed():
    yield
    plt.close("all")


def colors(points):
    return [to_hex(color) for color in points.get_facecolors()]


def corners(points):
    return len(points.get_paths()[0].vertices)


def test_domains_have_the_colors_of_the_book():
    _, ax = plot.axes()
    plot.domains(ax, S, T, size=20)
    source, target = ax.collections
    np.testing.assert_array_equal(source.get_offsets(), S[:, :2])
    np.testing.assert_array_equal(target.get_offsets(), T[:, :2])
    assert set(colors(source)) == {"#0072b2"}
    assert set(colors(target)) == {"#e69f00"}
    # a circle and a triangle, closed
    assert corners(source) > corners(target) == 4
    assert source.get_sizes() == [20]
    assert source.get_linewidths() == [0]
    assert [text.get_text() for text in ax.get_legend().get_texts()] == [
        "source",
        "target",
    ]
    assert len(ax.get_xticks()) == len(ax.get_yticks()) == 0


def test_classes_have_one_color_in_both_domains():
    _, ax = plot.axes()
    plot.domains(ax, S, T, ["b", "a", "c"], ["c", "b"])
    source, target = map(colors, ax.collections[:2])
    assert len(set(source)) == 3
    assert target == [source[2], source[0]]
    assert not {"#0072b2", "#e69f00"} & set(source)  # those are the domains' own
    assert {
        to_hex(h.get_facecolor()[0]) for h in ax.get_legend().legend_handles
    } == {plot.GRAY}


def test_the_second_of_two_classes_is_hollow():
    _, ax = plot.axes()
    plot.domains(ax, S, T, [0, 1, 1], [1, 0])
    hollow, filled, empty, full = ax.collections
    np.testing.assert_array_equal(filled.get_offsets(), S[:1, :2])
    np.testing.assert_array_equal(hollow.get_offsets(), S[1:, :2])
    np.testing.assert_array_equal(full.get_offsets(), T[1:, :2])
    assert len(hollow.get_facecolors()) == len(empty.get_facecolors()) == 0
    assert [to_hex(c) for c in hollow.get_edgecolors()] == ["#0072b2"]
    assert [to_hex(c) for c in empty.get_edgecolors()] == ["#e69f00"]
    assert corners(hollow) > corners(empty) == 4
    texts = [text.get_text() for text in ax.get_legend().get_texts()]
    assert texts == ["source", "target"]


def test_a_target_without_labels_is_filled():
    _, ax = plot.axes()
    plot.domains(ax, S, T, [0, 1, 1])
    *_, target = ax.collections
    assert set(colors(target)) == {"#e69f00"}
    np.testing.assert_array_equal(target.get_offsets(), T[:, :2])


def test_more_classes_than_colors():
    _, ax = plot.axes()
    many = np.arange(24.0).reshape(12, 2)
    plot.domains(ax, many, many, np.arange(12), np.arange(12))
    source = colors(ax.collections[0])
    assert len(set(source)) == 10
    assert source[10:] == source[:2]


def test_more_than_two_classes_are_named_at_their_means():
    """The name in a circle at the mean of the source, a line to a triangle of the target."""
    _, ax = plot.axes()
    Zs = np.array([[0.0, 0.0], [2.0, 4.0], [5.0, 1.0], [7.0, 7.0]])
    Zt = np.array([[1.0, 1.0], [3.0, 1.0], [8.0, 9.0]])
    plot.domains(ax, Zs, Zt, [0, 0, 1, 2], [0, 0, 2], size=10)
    means = {0: (1, 2), 1: (5, 1), 2: (7, 7)}
    drawn = [
        (corners(one), tuple(one.get_offsets()[0])) for one in ax.collections[2:]
    ]
    circle, triangle = (corners(one) for one in ax.collections[:2])
    assert {at for form, at in drawn if form == triangle} == {(2, 1), (8, 9)}
    assert {at for form, at in drawn if form == circle} == set(means.values())
    for name, mean in means.items():
        glyph = ax.scatter(0, 0, marker=f"${name}$")
        assert (corners(glyph), mean) in drawn
    lines = [tuple(map(tuple, line.get_xydata())) for line in ax.lines]
    assert lines == [((1, 2), (2, 1)), ((7, 7), (8, 9))]


def test_classes_of_the_target_alone_are_named_in_its_form():
    _, ax = plot.axes()
    plot.domains(ax, T, S, None, [3, 4, 5])
    target, *named = ax.collections[1:]
    assert [corners(one) for one in named[::2]] == 3 * [corners(target)]
    assert not ax.lines


@pytest.mark.parametrize("shape", [(5, 9), (5, 3, 3), (5, 1, 3, 3)])
def test_images_in_rows(shape):
    X = np.arange(45.0).reshape(shape)
    fig = plot.images(X, columns=2, size=0.5)
    assert len(fig.axes) == 6
    np.testing.assert_allclose(fig.get_size_inches(), (1.0, 1.5))
    shown = [ax.images[0].get_array() for ax in fig.axes if ax.images]
    np.testing.assert_array_equal(shown, X.reshape(5, 3, 3))
    assert not any(ax.axison for ax in fig.axes)
    assert len(plot.images(X[:1], columns=1).axes) == 1
    titled = plot.images(X, titles=list("abcde"), columns=5, size=1.0)
    assert [ax.get_title() for ax in titled.axes] == list("abcde")
    np.testing.assert_allclose(titled.get_size_inches(), (5.0, 1.3))


def test_bars_from_top_to_bottom():
    _, ax = plot.axes(width=4, height=2)
    plot.bars(
        ax, {"TCA": 61.25, "JDA": 70.0}, {"TCA": 1.5, "JDA": 2.0}, unit="score"
    )
    assert [bar.get_width() for bar in ax.patches] == [61.25, 70]
    assert [label.get_text() for label in ax.get_yticklabels()] == ["TCA", "JDA"]
    assert ax.yaxis_inverted()
    assert ax.get_xlabel() == "score"
    beside = [(text.get_position(), text.get_text()) for text in ax.texts]
    assert beside == [((62.75, 0), " 61.2"), ((72.0, 1), " 70.0")]
    whiskers = ax.collections[0].get_segments()
    np.testing.assert_allclose(
        [w[:, 0] for w in whiskers], [[59.75, 62.75], [68, 72]]
    )


def test_axes_are_sized_one_by_one():
    fig, grid = plot.axes(2, 3, width=2.0, height=1.5)
    assert grid.shape == (2, 3)
    np.testing.assert_allclose(fig.get_size_inches(), (6, 3))
    assert not grid[0, 0].spines["top"].get_visible()
    assert not grid[0, 0].spines["right"].get_visible()


def test_a_figure_needs_a_description(monkeypatch):
    shown = []
    monkeypatch.setattr(
        "IPython.display.display", lambda *a, **k: shown.append((a, k))
    )
    fig, _ = plot.axes()
    with pytest.raises(ValueError, match="must say in words"):
        plot.finish(fig, "x" * 19)
    plot.finish(fig, "x" * 20)
    assert shown == [((fig,), {"metadata": {"image/png": {"alt": "x" * 20}}})]
    assert not plt.fignum_exists(fig.number)


def test_few_colors_take_little_room_and_look_alike(monkeypatch):
    shown = []
    monkeypatch.setattr(
        "IPython.display.display", lambda *a, **k: shown.append((a, k))
    )
    rng = np.random.default_rng(0)
    Xs, Xt = rng.standard_normal((2, 60, 2))
    fig, grid = plot.axes(8, 4, width=1.5, height=0.9)
    for ax in grid.flat:
        plot.domains(ax, Xs, Xt, np.arange(60) % 2, np.arange(60) % 2, size=7)
        ax.get_legend().remove()
    fig.draw_without_rendering()  # now everything is in its place
    whole = BytesIO()
    fig.savefig(whole)
    seen = np.asarray(Image.open(whole).convert("RGB")).astype(int)
    plot.finish(fig, "x" * 20, few_colors=True)
    ((data,), how), *rest = shown
    assert not rest
    assert how == {"raw": True, "metadata": {"image/png": {"alt": "x" * 20}}}
    assert data["text/plain"] == repr(fig)
    picture = Image.open(BytesIO(data["image/png"]))
    assert len(picture.getcolors()) <= 16
    assert len(data["image/png"]) < len(whole.getvalue()) / 2
    again = np.asarray(picture.convert("RGB")).astype(int)
    assert again.shape == seen.shape
    assert np.abs(again - seen).mean() < 2
    blue = (again == [0, 114, 178]).all(axis=2)
    assert (seen[blue][:, 2] > seen[blue][:, 0] + 40).all()
    assert blue.sum() > 100
    assert not plt.fignum_exists(fig.number)


def text_of_pairs(fig):
    pairs = plot.touching(fig)
    plt.close(fig)
    return {frozenset(pair) for pair in pairs}


@pytest.mark.parametrize(
    ("place", "touches"),
    [
        ((0.5, 0.5), True),
        ((0.52, 0.52), True),
        ((0.5, 0.7), False),
        ((0.9, 0.5), False),
    ],
)
def test_labels_that_touch_are_found(place, touches):
    fig, ax = plot.axes(width=4, height=3)
    ax.text(0.5, 0.5, "source")
    ax.text(*place, "target")
    assert text_of_pairs(fig) == (
        {frozenset({"source", "target"})} if touches else set()
    )


def test_each_kind_of_label_is_seen():
    fig, ax = plot.axes(width=3, height=2)
    ax.plot([0, 1], [0, 1], label="a long name in the legend")
    ax.legend(loc="center")
    ax.text(0.5, 0.5, "inside", transform=ax.transAxes)
    ax.set_xticks([0, 0.01, 0.5], ["left", "beside", "middle"])
    ax.annotate("far away", (0, 0), (1.1, 1.5), arrowprops={"arrowstyle": "->"})
    fig.suptitle("above")
    fig.text(0.5, 0.97, "on it", ha="center", va="top")
    assert text_of_pairs(fig) == {
        frozenset({"the legend", "inside"}),
        frozenset({"left", "beside"}),
        frozenset({"above", "on it"}),
    }


def test_what_is_not_drawn_touches_nothing():
    fig, ax = plot.axes(width=3, height=2)
    ax.set_xticks([0.5, 5, 5.01], ["here", "out", "there"])
    ax.set_xlim(0, 1)
    ax.text(0.5, 0.5, "slanted", rotation=30)
    ax.text(0.5, 0.5, "hidden", visible=False)
    ax.text(0.5, 0.5, "seen")
    ax.text(0.5, 0.5, " ")
    fig.add_subplot(visible=False).text(0.5, 0.5, "seen")
    _, flat = plot.axes()
    assert text_of_pairs(fig) == set()
    flat.axis("off")
    flat.set_xticks([0.5, 0.5001], ["one", "two"])
    assert text_of_pairs(flat.figure) == set()


def test_a_figure_whose_labels_touch_warns(monkeypatch):
    monkeypatch.setattr("IPython.display.display", lambda *a, **k: None)
    fig, ax = plot.axes()
    ax.text(0.5, 0.5, "source")
    ax.text(0.5, 0.5, "target")
    with pytest.warns(UserWarning, match="'source' touches 'target'"):
        plot.finish(fig, "x" * 20)


def legend_of(draw, **looks):
    """Return the pairs of a legend that differ by color alone, one entry for each look."""
    fig, ax = plot.axes()
    for (name, look), color in zip(looks.items(), plot.CLASSES):
        draw(ax, label=name, color=color, **look)
    ax.legend()
    pairs = alike(fig)
    plt.close(fig)
    return pairs


@pytest.mark.parametrize(
    ("draw", "other"),
    [
        (lambda ax, **look: ax.plot([0, 1], **look), {"linestyle": "--"}),
        (lambda ax, **look: ax.plot([0, 1], **look), {"marker": "o"}),
        (lambda ax, **look: ax.plot([0, 1], **look), {"linewidth": 4}),
        (lambda ax, **look: ax.plot([0, 1], "o", **look), {"mfc": "none"}),
        (lambda ax, **look: ax.scatter(0, 0, **look), {"marker": "^"}),
        (lambda ax, **look: ax.scatter(0, 0, **look), {"facecolors": "none"}),
        (lambda ax, **look: ax.scatter(0, 0, **look), {"s": 90}),
        (lambda ax, **look: ax.bar(0, 1, **look), {"hatch": "//"}),
        (lambda ax, **look: ax.bar(0, 1, **look), {"fill": False}),
        (
            lambda ax, **look: ax.hist([0, 1], histtype="step", **look),
            {"linestyle": ":"},
        ),
        (
            lambda ax, **look: ax.errorbar([0, 1], [0, 1], [1, 1], **look),
            {"fmt": "s"},
        ),
    ],
)
def test_what_differs_by_color_alone_is_found(draw, other):
    found = legend_of(draw, one={}, like={}, other=other)
    assert found == [("one", "like")]


def test_a_figure_that_needs_its_colors_warns(monkeypatch):
    monkeypatch.setattr("IPython.display.display", lambda *a, **k: None)
    fig, ax = plot.axes()
    for name in ("before", "after"):
        ax.plot([0, 1], label=name)
    ax.legend()
    with pytest.warns(UserWarning, match="'before' and 'after' differ by color"):
        plot.finish(fig, "x" * 20)
