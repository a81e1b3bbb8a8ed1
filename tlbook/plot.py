"""One look for all figures: source blue circles, target orange triangles, color-blind safe.

fig, ax = plot.axes()
plot.domains(ax, Xs, Xt)
plot.finish(fig, "what one sees, in words")
"""

from io import BytesIO

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.colors import to_rgb
from PIL import Image

from tlbook._extras import load
from tlbook._legible import alike, touching
from tlbook._warn import warn

BLUE, ORANGE, GREEN, GRAY, RED, BLACK = (
    "#0072b2",
    "#e69f00",
    "#009e73",
    "#7f7f7f",
    "#d55e00",
    "#222222",
)
CLASSES = (  # one color per class, none of them a color of a domain
    GREEN,
    "#cc79a7",
    RED,
    "#56b4e9",
    "#8c564b",
    GRAY,
    "#bcbd22",
    "#6a3d9a",
    BLACK,
    "#17becf",
)
SOURCE = {"color": BLUE, "marker": "o", "label": "source"}
TARGET = {"color": ORANGE, "marker": "^", "label": "target"}
LINES = ("-", "--", ":", "-.")
HATCHES = ("", "//", "..", "xx")

plt.rcParams.update(
    {
        "figure.dpi": 110,
        "figure.facecolor": "white",
        "figure.constrained_layout.use": True,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.titlesize": 11,
        "axes.labelsize": 10,
        "axes.prop_cycle": plt.cycler(
            color=[BLUE, ORANGE, GREEN, RED, GRAY, BLACK]
        ),
        "legend.frameon": False,
        "legend.fontsize": 9,
        "xtick.labelsize": 9,
        "ytick.labelsize": 9,
        "font.family": "DejaVu Sans",
        "image.cmap": "gray_r",
        "savefig.facecolor": "white",
    }
)


def axes(rows=1, columns=1, width=3.6, height=3.0, **kwargs):
    """Return a figure and its axes, each `width` x `height` inches."""
    return plt.subplots(
        rows, columns, figsize=(width * columns, height * rows), **kwargs
    )


def domains(ax, Zs, Zt, ys=None, yt=None, size=14):
    """Scatter two domains in the plane of their first two columns.

    Source samples are circles, target samples triangles, in the colors of the
    book.  Of two classes the second is hollow.  Of more classes each has a color
    of its own, and `name_classes` names them.

    Parameters
    ----------
    ax : matplotlib axes
    Zs, Zt : array-like of shape (ns, >=2) and (nt, >=2)
    ys, yt : array-like, optional
        Class labels.
    size : float
        Marker size in square points.
    """
    known = [y for y in (ys, yt) if y is not None]
    classes = np.unique(np.concatenate(known)) if known else np.array([])
    for Z, y, style in ((Zs, ys, SOURCE), (Zt, yt, TARGET)):
        Z, look = (
            np.asarray(Z),
            {"s": size, "alpha": 0.75, "linewidths": 0, **style},
        )
        if y is not None and len(classes) > 2:
            places = np.searchsorted(classes, y)
            look["color"] = [CLASSES[i % len(CLASSES)] for i in places]
        if y is not None and len(classes) == 2:
            hollow = np.asarray(y) == classes[1]
            color, empty = look.pop("color"), {"label": None, "linewidths": 0.8}
            ring = look | empty | {"facecolors": "none", "edgecolors": color}
            ax.scatter(Z[hollow, 0], Z[hollow, 1], **ring)
            Z, look["color"] = Z[~hollow], color
        ax.scatter(Z[:, 0], Z[:, 1], **look)
    if len(classes) > 2:
        name_classes(ax, Zs, Zt, ys, yt, size)
    ax.set(xticks=[], yticks=[])
    legend = ax.legend(loc="best", handletextpad=0.1)
    for handle in legend.legend_handles if len(classes) > 2 else ():
        handle.set_color(GRAY)


def name_classes(ax, Zs, Zt, ys, yt, size):
    """Write the name of each class at its mean, for eyes that do not tell its color.

    The name stands in a large circle at the mean of the source; a line leads to a
    large triangle at the mean of the target.

    Parameters
    ----------
    ax : matplotlib axes
    Zs, Zt : array-like of shape (ns, >=2) and (nt, >=2)
    ys, yt : array-like or None
        Class labels; without those of a domain its means are not drawn.
    size : float
        Marker size of a sample in square points.
    """
    look = {"facecolors": "white", "edgecolors": BLACK, "zorder": 3}
    means = [
        (
            style["marker"],
            {
                name: np.asarray(Z)[np.asarray(y) == name, :2].mean(axis=0)
                for name in np.unique(y)
            },
        )
        for Z, y, style in ((Zs, ys, SOURCE), (Zt, yt, TARGET))
        if y is not None
    ]
    (marker, first), *others = means
    for name, mean in first.items():
        for sign, there in others:
            if name in there:
                ax.plot(*zip(mean, there[name]), color=BLACK, linewidth=0.8)
                ax.scatter(*there[name], 4 * size, marker=sign, **look)
        ax.scatter(*mean, 6 * size, marker=marker, **look)
        inside = {"color": BLACK, "linewidths": 0, "zorder": 3}
        ax.scatter(*mean, 2 * size, marker=f"${name}$", **inside)


def images(X, titles=None, columns=10, size=0.7):
    """Draw a row-wise montage of gray images.

    Parameters
    ----------
    X : array-like of shape (n, side * side), (n, side, side) or (n, 1, side, side)
    titles : sequence of str, optional
        One per image.
    columns : int
        Images in a row.
    size : float
        Width of one image in inches.

    Returns
    -------
    matplotlib figure
    """
    X = np.asarray(X)
    side = round(np.sqrt(np.prod(X.shape[1:])))
    X = X.reshape(len(X), side, side)
    rows = -(-len(X) // columns)
    fig, grid = axes(
        rows,
        columns,
        width=size,
        height=size * (1.3 if titles else 1),
        squeeze=False,
    )
    for ax in grid.flat:
        ax.axis("off")
    for i, ax in zip(range(len(X)), grid.flat):
        ax.imshow(X[i], interpolation="nearest")
        if titles is not None:
            ax.set_title(titles[i], fontsize=8)
    return fig


def bars(ax, values, errors=None, unit="accuracy (%)"):
    """Draw named numbers as horizontal bars with their values beside them.

    Parameters
    ----------
    ax : matplotlib axes
    values : dict of str to float
        In the order from top to bottom.
    errors : dict of str to float, optional
        Half widths of the error bars.
    unit : str
        Label of the axis.
    """
    names = list(values)
    heights = [values[name] for name in names]
    spread = None if errors is None else [errors[name] for name in names]
    ax.barh(names, heights, xerr=spread, color=BLUE, alpha=0.85, height=0.6)
    for i, height in enumerate(heights):
        # the number clears the error bar
        end = height if errors is None else height + spread[i]
        ax.text(end, i, f" {height:.1f}", va="center", ha="left", fontsize=9)
    ax.invert_yaxis()
    ax.set_xlabel(unit)
    ax.margins(x=0.12)


def indexed(fig):
    """Return a figure as PNG of sixteen colors: shades of blue, orange and black.

    Parameters
    ----------
    fig : matplotlib figure

    Returns
    -------
    bytes
    """
    shades = np.linspace(1, 0.2, 5)[:, None]
    colors = [
        1 - shades * (1 - np.array(to_rgb(c))) for c in (BLUE, ORANGE, "black")
    ]
    table = Image.new("P", (1, 1))
    levels = np.vstack([[1, 1, 1], *colors])
    table.putpalette((255 * levels).round().astype(int).ravel().tolist())
    whole, file = BytesIO(), BytesIO()
    fig.savefig(whole)
    picture = Image.open(whole).convert("RGB")
    none = Image.Dither.NONE
    picture.quantize(palette=table, dither=none).save(
        file, "png", optimize=True, bits=4
    )
    return file.getvalue()


def finish(fig, alt, few_colors=False):
    """Display a figure with its description for readers who cannot see it, and close it.

    Parameters
    ----------
    fig : matplotlib figure
    alt : str
        What one sees, in one or two sentences.
    few_colors : bool
        Store it by `indexed`, in a fraction of the room, for a figure of many panels.

    Warns
    -----
    UserWarning
        If one label lies on another, or two entries of a legend differ by color
        alone; no chapter is stored with a warning.
    """
    if len(alt) < 20:
        raise ValueError("alt text must say in words what the figure shows")
    for one, other in touching(fig):
        warn(f"in the figure {one!r} touches {other!r}")
    for one, other in alike(fig):
        warn(f"in the figure {one!r} and {other!r} differ by color alone")
    metadata = {"image/png": {"alt": alt}}
    display = load("IPython.display").display
    if few_colors:
        data = {"image/png": indexed(fig), "text/plain": repr(fig)}
        display(data, raw=True, metadata=metadata)
    else:
        display(fig, metadata=metadata)
    plt.close(fig)
