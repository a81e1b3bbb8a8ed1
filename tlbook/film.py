"""Films: a method at work, frame by frame, as the library itself computes it.

    film = Film("What moves", frames=["mu = 10", "mu = 1"], alt="What one sees, in words.")
    plane = film.panel("the two domains", x=(-3, 3), y=(-3, 3))
    plane.points(Xs, "source")                       # constant: (n, 2)
    plane.line(directions, "border")                 # one a frame: (frames, m, 2)
    film.show()                                      # a notebook shows the still

A film is a row of panels, and a panel has layers: points, lines, arrows, words,
fields. What a layer shows is constant or changes from frame to frame.  In the
book the page holds the film as numbers, see `Film.json`, and `_static/film.js`
plays it; a notebook, print and a page without scripts show one frame, the still.

The film of a chapter is the function `film` of a module in `tlbook/_films`:
`film("feature/tca")` shows that of `feature_tca.py`.
"""

import json
from importlib import import_module

import numpy as np

from tlbook import plot
from tlbook.drawing import COLORS, STROKES, WIDEST

GRID = 1000  # steps from one side of a panel to the other
FINEST = 10  # steps of a radius in a unit
SHADES = 9  # of a field, to either side of none
BYTES = 300_000  # the most that a film may weigh
INCH = 100  # units of a panel


def by_frame(values, frames, dimensions):
    """Return values as one array a frame, or as one if they do not change.

    Parameters
    ----------
    values : array-like
        With `dimensions` axes, or with one more in front, of the frames.
    frames : int
    dimensions : int

    Returns
    -------
    ndarray, its first axis 1 or `frames` long

    Raises
    ------
    ValueError
        If there are other numbers of axes or frames, or values that are not
        finite.
    """
    values = np.asarray(values, dtype=float)
    if values.ndim == dimensions:
        values = values[None]
    if values.ndim != dimensions + 1 or len(values) not in {1, frames}:
        raise ValueError(
            f"values of shape {values.shape} are neither constant nor one for "
            f"each of {frames} frames"
        )
    if not np.isfinite(values).all():
        raise ValueError("a film cannot show values that are not finite")
    return values


class Panel:
    """One picture of a film.

    Parameters
    ----------
    frames : int
    title : str
    x, y : (float, float)
        What the axes span.
    width, height : int
        In units, at most 360 wide.
    xlabel, ylabel : str
    xticks, yticks : dict of float to str
        Places with a name; by default there are none.
    """

    def __init__(
        self, frames, title, x, y, width, height, xlabel, ylabel, xticks, yticks
    ):
        self.frames, self.title, self.x, self.y = frames, title, x, y
        self.width, self.height = width, height
        self.xlabel, self.ylabel = xlabel, ylabel
        self.xticks, self.yticks = xticks or {}, yticks or {}
        self.layers = []

    def points(self, at, domain, size=3, hollow=None):
        """Show samples: circles of the source, triangles of the target.

        Parameters
        ----------
        at : array-like of shape (n, 2) or (frames, n, 2)
        domain : {"source", "target"}
        size : float or array-like of shape (n,) or (frames, n)
            Radius in units.
        hollow : array-like of bool, shape (n,), optional
            Which are outlines: the samples of the other class.
        """
        at = by_frame(at, self.frames, 2)
        n = at.shape[1]
        size = np.broadcast_to(size, (n,)) if np.ndim(size) == 0 else size
        layer = {"kind": "points", "look": domain, "at": at}
        layer["size"] = by_frame(size, self.frames, 1)
        layer["hollow"] = (
            np.zeros(n, dtype=bool) if hollow is None else np.asarray(hollow)
        )
        if layer["size"].shape[1] != n or len(layer["hollow"]) != n:
            raise ValueError(
                f"{n} points need as many sizes, and as many words on hollow"
            )
        self.layers.append(layer)

    def line(self, at, look="border"):
        """Show a line through points, such as the border of a learner.

        Parameters
        ----------
        at : array-like of shape (m, 2) or (frames, m, 2)
        look : str
            Key of `tlbook.drawing.STROKES`.
        """
        at = by_frame(at, self.frames, 2)
        self.layers.append({"kind": "line", "look": look, "at": at})

    def arrow(self, start, end, look="move"):
        """Show an arrow.

        Parameters
        ----------
        start, end : array-like of shape (2,) or (frames, 2)
        look : str
            Key of `tlbook.drawing.STROKES`.
        """
        ends = np.broadcast_arrays(
            *(by_frame(p, self.frames, 1) for p in (start, end))
        )
        self.layers.append(
            {"kind": "arrow", "look": look, "at": np.stack(ends, axis=1)}
        )

    def text(self, at, words, look="ink", anchor="middle"):
        """Write words.

        Parameters
        ----------
        at : array-like of shape (2,) or (frames, 2)
        words : str or sequence of str
            One, or one a frame.
        look : str
            Key of `tlbook.drawing.COLORS`.
        anchor : {"start", "middle", "end"}
        """
        words = [words] if isinstance(words, str) else list(words)
        if len(words) not in {1, self.frames}:
            raise ValueError(
                f"{len(words)} words are neither one nor one a frame"
            )
        at = by_frame(at, self.frames, 1)[:, None]
        self.layers.append(
            {
                "kind": "text",
                "look": look,
                "at": at,
                "words": words,
                "anchor": anchor,
            }
        )

    def key(self, source="source", target="target"):
        """Name the two domains in the upper corners.

        Parameters
        ----------
        source, target : str
        """
        (left, right), (low, high) = self.x, self.y
        edge, top = 0.02 * (right - left), high - 0.055 * (high - low)
        self.text((left + edge, top), f"● {source}", "source", "start")
        self.text((right - edge, top), f"▲ {target}", "target", "end")

    def field(self, values):
        """Tint the panel: blue where values are positive, orange where they are negative.

        Parameters
        ----------
        values : array-like of shape (rows, columns) or (frames, rows, columns)
            From -1 to 1, the first row at the bottom.
        """
        values = np.clip(by_frame(values, self.frames, 2), -1, 1)
        self.layers.insert(0, {"kind": "field", "look": "source", "at": values})

    def record(self):
        """Return the panel as numbers and words, see `Film.json`.

        Returns
        -------
        dict
        """
        places = {
            name: [[self._steps(at, span), words] for at, words in ticks.items()]
            for name, span, ticks in (
                ("xticks", self.x, self.xticks),
                ("yticks", self.y, self.yticks),
            )
        }
        names = ("title", "width", "height", "xlabel", "ylabel")
        kept = {name: getattr(self, name) for name in names}
        return (
            kept | places | {"layers": [self._layer(one) for one in self.layers]}
        )

    def _steps(self, values, span):
        scaled = GRID * (np.asarray(values) - span[0]) / (span[1] - span[0])
        return np.clip(np.rint(scaled), -GRID, 2 * GRID).astype(int).tolist()

    def _layer(self, layer):
        made = {
            key: layer[key]
            for key in ("kind", "look", "words", "anchor")
            if key in layer
        }
        if layer["kind"] == "field":
            shades = np.rint(SHADES * layer["at"]).astype(int)
            made |= {
                "rows": shades.shape[1],
                "at": shades.reshape(len(shades), -1).tolist(),
            }
            return made
        x = self._steps(layer["at"][..., 0], self.x)
        y = self._steps(layer["at"][..., 1], self.y)
        made["at"] = [
            [v for pair in zip(*frame) for v in pair] for frame in zip(x, y)
        ]
        if layer["kind"] == "points":
            made["size"] = np.rint(FINEST * layer["size"]).astype(int).tolist()
            made["hollow"] = "".join("01"[int(one)] for one in layer["hollow"])
        return made

    def draw(self, ax, frame):
        """Draw one frame by matplotlib.

        Parameters
        ----------
        ax : matplotlib axes
        frame : int
        """
        for layer in self.layers:
            at = layer["at"][frame if len(layer["at"]) > 1 else 0]
            getattr(self, f"_draw_{layer['kind']}")(ax, layer, at, frame)
        ax.set_title(self.title, loc="left", fontweight="bold")
        ax.spines[:].set(visible=True, color=COLORS["line"])
        ax.set(xlim=self.x, ylim=self.y, xlabel=self.xlabel, ylabel=self.ylabel)
        ax.set_xticks(list(self.xticks), self.xticks.values())
        ax.set_yticks(list(self.yticks), self.yticks.values())

    def _draw_points(self, ax, layer, at, frame):
        size = layer["size"][frame if len(layer["size"]) > 1 else 0]
        color, marker = (
            COLORS[layer["look"]],
            {"source": "o", "target": "^"}[layer["look"]],
        )
        inside = ["white" if hollow else color for hollow in layer["hollow"]]
        area = (2 * 72 / INCH * size) ** 2
        look = {
            "marker": marker,
            "edgecolors": color,
            "linewidths": 0.8,
            "alpha": 0.75,
        }
        ax.scatter(*at.T, s=area, c=inside, **look)

    def _draw_line(self, ax, layer, at, frame):
        color, width, dashes = STROKES[layer["look"]]
        style = (0, tuple(map(int, dashes.split()))) if dashes else "-"
        ax.plot(
            *at.T, color=COLORS[color], linewidth=0.72 * width, linestyle=style
        )

    def _draw_arrow(self, ax, layer, at, frame):
        color, width, _ = STROKES[layer["look"]]
        props = {"color": COLORS[color], "linewidth": width, "arrowstyle": "-|>"}
        ax.annotate(
            "", at[1], at[0], arrowprops=props | {"shrinkA": 0, "shrinkB": 0}
        )

    def _draw_text(self, ax, layer, at, frame):
        words = layer["words"][frame if len(layer["words"]) > 1 else 0]
        side = {"start": "left", "middle": "center", "end": "right"}[
            layer["anchor"]
        ]
        color = COLORS.get(f"{layer['look']}-text", COLORS[layer["look"]])
        ax.text(*at[0], words, ha=side, fontsize=9, color=color)

    def _draw_field(self, ax, layer, at, frame):
        image = np.zeros((*at.shape, 4))
        for sign, role in ((1, "source"), (-1, "target")):
            there = sign * at > 0
            rgb = [int(COLORS[role][i : i + 2], 16) / 255 for i in (1, 3, 5)]
            image[there, :3] = rgb
            image[there, 3] = 0.35 * abs(at[there])
        box = (*self.x, *self.y)
        ax.imshow(
            image,
            origin="lower",
            extent=box,
            aspect="auto",
            interpolation="nearest",
        )


class Film:
    """A row of panels that change together, with a description in words.

    Parameters
    ----------
    title : str
        What moves.
    frames : sequence of str
        What is said below each frame, such as the value that changes.
    alt : str
        What one sees from the first frame to the last, in one or two sentences.
    still : int
        The frame that stands where nothing moves.
    """

    def __init__(self, title, frames, alt, still=-1):
        if len(alt) < 20:
            raise ValueError("alt text must say in words what the film shows")
        if len(frames) < 2:
            raise ValueError("a film has two frames at least")
        self.title, self.frames, self.alt = title, list(frames), alt
        self.still = range(len(frames))[still]
        self.panels = []

    def panel(
        self,
        title,
        x,
        y,
        width=350,
        height=300,
        xlabel="",
        ylabel="",
        xticks=None,
        yticks=None,
    ):
        """Add a panel; two of 350 fill a row of the page.

        Parameters
        ----------
        title : str
        x, y : (float, float)
            What the axes span.
        width, height : int
            In units, at most 360 wide.
        xlabel, ylabel : str
        xticks, yticks : dict of float to str, optional
            Places with a name.

        Returns
        -------
        Panel
        """
        if width > WIDEST:
            raise ValueError(
                f"a panel of {width} is too wide for a phone, {WIDEST} is the "
                "most"
            )
        made = Panel(
            len(self.frames),
            title,
            x,
            y,
            width,
            height,
            xlabel,
            ylabel,
            xticks,
            yticks,
        )
        self.panels.append(made)
        return made

    def json(self):
        """Return the film as text, for the player.

        Places are whole numbers from 0 to 1,000, from the left and from below;
        radii tenths of a unit; shades of a field from -9 to 9.  What does not
        change stands there once.

        Returns
        -------
        str

        Raises
        ------
        ValueError
            If it is more than 300 kB: take fewer frames or samples.
        """
        record = {
            "title": self.title,
            "alt": self.alt,
            "frames": self.frames,
            "still": self.still,
            "panels": [panel.record() for panel in self.panels],
        }
        text = json.dumps(record, separators=(",", ":"), ensure_ascii=False)
        if len(text.encode()) > BYTES:
            raise ValueError(
                f"the film has {len(text.encode())} bytes, more than {BYTES}: "
                "take fewer frames or samples"
            )
        return text

    def picture(self):
        """Return the still.

        Returns
        -------
        matplotlib figure
        """
        wide = [panel.width for panel in self.panels]
        high = max(panel.height for panel in self.panels)
        fig, axes = plot.plt.subplots(
            1,
            len(wide),
            figsize=(sum(wide) / INCH, high / INCH),
            width_ratios=wide,
            squeeze=False,
        )
        for ax, panel in zip(axes[0], self.panels, strict=True):
            panel.draw(ax, self.still)
        fig.suptitle(self.frames[self.still], fontsize=10)
        return fig

    def show(self):
        """Display the still with its description."""
        plot.finish(self.picture(), self.alt)


def film(name):
    """Show the film of a chapter: its still; the page of the book plays it.

    Parameters
    ----------
    name : str
        Such as "feature/tca".
    """
    film_of(name).show()


def film_of(name):
    """Return the film of a chapter.

    Parameters
    ----------
    name : str
        Such as "feature/tca".

    Returns
    -------
    Film
    """
    return import_module(f"tlbook._films.{name.replace('/', '_')}").film()
