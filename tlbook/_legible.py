"""Whether a figure can be read: labels that touch, and what differs by color alone."""

from itertools import combinations

from matplotlib.collections import Collection
from matplotlib.colors import to_rgba
from matplotlib.legend import Legend
from matplotlib.lines import Line2D
from matplotlib.offsetbox import DrawingArea, HPacker
from matplotlib.text import Text

CLOSEST = 2  # points by which the boxes of two labels may overlap


def labels(fig):
    """Return what is written on a figure, and where.

    Ticks outside the axes are not drawn, and slanted text has no box of its own:
    both are left out.  A legend is one text.

    Parameters
    ----------
    fig : matplotlib figure

    Returns
    -------
    list of (str, matplotlib.transforms.Bbox)
        In pixels.
    """
    # now constrained layout has put everything in its place
    fig.draw_without_rendering()
    found = [fig.texts, fig.legends]
    for ax in (ax for ax in fig.axes if ax.get_visible()):
        found += [ax.texts, ax.findobj(Legend)]
        if ax.axison:
            found += [
                [axis.label, *drawn_ticks(axis)] for axis in (ax.xaxis, ax.yaxis)
            ]
        found.append([ax.title, ax._left_title, ax._right_title])
    boxes = []
    for one in (one for group in found for one in group):
        if isinstance(one, Text):
            written = one.get_visible() and one.get_text().strip()
            if written and one.get_rotation() % 90 == 0:
                boxes.append((one.get_text(), Text.get_window_extent(one)))
        elif one.get_visible():
            boxes.append(("the legend", one.get_window_extent()))
    return boxes


def drawn_ticks(axis):
    """Return the labels of the ticks that lie within the axes.

    Parameters
    ----------
    axis : matplotlib axis

    Returns
    -------
    list of matplotlib texts
    """
    low, high = sorted(axis.get_view_interval())
    slack = 1e-9 * (high - low)
    ticks = [*axis.get_major_ticks(), *axis.get_minor_ticks()]
    there = [
        tick for tick in ticks if low - slack <= tick.get_loc() <= high + slack
    ]
    return [label for tick in there for label in (tick.label1, tick.label2)]


def touching(fig):
    """Return the pairs of labels of which one lies on the other.

    Parameters
    ----------
    fig : matplotlib figure

    Returns
    -------
    list of (str, str)
        Pairs that share more than a tenth of the smaller box, and more than
        `CLOSEST` points in width and height: text is a little smaller than its
        box.
    """
    pixels = CLOSEST * fig.dpi / 72
    found = []
    for (a, one), (b, other) in combinations(labels(fig), 2):
        width = min(one.x1, other.x1) - max(one.x0, other.x0)
        height = min(one.y1, other.y1) - max(one.y0, other.y0)
        smaller = min(one.width * one.height, other.width * other.height)
        if min(width, height) > pixels and width * height > 0.1 * smaller:
            found.append((a, b))
    return found


def alike(fig):
    """Return the pairs of legend entries that differ by color alone, or in nothing.

    Parameters
    ----------
    fig : matplotlib figure

    Returns
    -------
    list of (str, str)
    """
    found = []
    for legend in fig.findobj(Legend):
        entries = [
            row.get_children()
            for row in legend.findobj(HPacker)
            if isinstance(row.get_children()[0], DrawingArea)
        ]
        looks = [
            (written.get_text(), list(map(look, drawn.get_children())))
            for drawn, written in entries
        ]
        pairs = combinations(looks, 2)
        found += [(a, b) for (a, one), (b, other) in pairs if one == other]
    return found


def look(artist):
    """Return how something in a legend looks, but for its color.

    Parameters
    ----------
    artist : matplotlib artist

    Returns
    -------
    tuple
    """
    if isinstance(artist, Line2D):
        marker, inside = artist.get_marker(), artist.get_markerfacecolor()
        return (
            marker,
            is_empty(inside),
            artist._dash_pattern,
            artist.get_linewidth(),
        )
    if isinstance(artist, Collection):
        shapes = [path.vertices.tolist() for path in artist.get_paths()]
        sizes = list(getattr(artist, "get_sizes", list)())
        inside = list(map(is_empty, artist.get_facecolor()))
        return shapes, sizes, inside, artist.get_linestyle(), artist.get_hatch()
    inside = not artist.get_fill() or is_empty(artist.get_facecolor())
    # a legend's copy of a patch tells its dashes nowhere else
    return inside, artist.get_hatch(), artist._dash_pattern


def is_empty(color):
    """Return whether nothing is seen of a color on white.

    Parameters
    ----------
    color : matplotlib color

    Returns
    -------
    bool
    """
    *light, opacity = to_rgba(color)
    return opacity == 0 or light == [1, 1, 1]
