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
from tlbook._frames import FINEST as FINEST
from tlbook._frames import GRID as GRID
from tlbook._frames import SHADES as SHADES
from tlbook._frames import Frames, by_frame
from tlbook._still import INCH, Still
from tlbook.drawing import WIDEST

BYTES = 300_000  # the most that a film may weigh


class Panel(Frames, Still):
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
            Key of `tlbook.svg.STROKES`.
        """
        at = by_frame(at, self.frames, 2)
        self.layers.append({"kind": "line", "look": look, "at": at})

    def arrow(self, start, end, look="move"):
        """Show an arrow.

        Parameters
        ----------
        start, end : array-like of shape (2,) or (frames, 2)
        look : str
            Key of `tlbook.svg.STROKES`.
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
            Key of `tlbook.svg.COLORS`.
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
