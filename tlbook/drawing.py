"""Drawings of ideas: one fixed vocabulary, composed to SVG that is the same everywhere.

    drawing = Drawing("Blue circles on the left, orange triangles on the right.")
    panel = drawing.panel("Two domains")
    panel.samples("source", [(60, 80), (75, 95)])
    panel.samples("target", [(200, 80), (220, 95)])
    panel.arrow((95, 88), (185, 88), text="moves")

A drawing is a row of panels.  In the book they stand below each other where the
page is narrow; so a panel is at most `WIDEST` units wide and its text at least
`SMALLEST` high, which makes 11 pixels on a phone.  Coordinates run from the upper
left corner, below the title.  Colors are variables of the style sheet, with the
light ones as they are alone.

The drawing of a chapter is the function `drawing` of a module in
`tlbook/_drawings`: `draw("feature/tca")` shows that of `feature_tca.py`.
"""

from html import escape
from importlib import import_module

from tlbook._extras import load
from tlbook.marks import HEAD as HEAD
from tlbook.marks import SMALLEST as SMALLEST
from tlbook.marks import Marks
from tlbook.svg import COLORS as COLORS
from tlbook.svg import STROKES as STROKES
from tlbook.svg import both, number, paint, pairs

WIDEST = 360
TITLE, GAP, ROW = 28, 20, 740  # height of a title, between panels, width of a row
FONT = (
    "system-ui, -apple-system, 'Segoe UI', Roboto, Helvetica, Arial, sans-serif"
)


class Panel(Marks):
    """One picture of a drawing: what the words of the vocabulary put on it.

    Parameters
    ----------
    title : str
    width, height : int
        In units; the title comes on top of the height.
    """

    def __init__(self, title, width, height):
        super().__init__()
        self.title, self.width, self.height = title, width, height

    def _inside(self, x, y, words, step):
        """Write lines into a part, around its middle, `step` apart."""
        lines = words.split("\n")
        for i, one in enumerate(lines):
            at = y + 4.5 + step * (i - (len(lines) - 1) / 2)
            self._write(x, at, one, 12, "middle", "ink", 0)

    def box(self, x, y, words, width=96, height=36, color="ink", frozen=False):
        """Draw a learner, or another part with a name.

        Parameters
        ----------
        x, y : float
            Its middle.
        words : str
            At most two lines.
        width, height : float
        color : str
            Of its outline, key of `COLORS`: "source" if it was learned there.
        frozen : bool
            Hatched: what does not change any more.
        """
        left, top = x - width / 2, y - height / 2
        where = f'x="{number(left)}" y="{number(top)}" width="{number(width)}"'
        where += f' height="{number(height)}" rx="6"'
        self.marks.append(f"<rect {where} {both('fill', color, 1.8)}/>")
        if frozen:
            self._hatch(left, top, width, height)
        self.boxes.append((left, top, width, height, "box"))
        self._inside(x, y, words, 15)

    def _hatch(self, left, top, width, height):
        """Mark a box as frozen: short strokes in its corners, clear of its words."""
        d = ""
        for reach in (6, 11, 16):
            a, b = number(reach), number(-reach)
            d += f"M{number(left + 1)} {number(top + reach)}l{a} {b}"
            d += f"M{number(left + width - 1)} {number(top + height - reach)}l{b} {a}"
        self.marks.append(
            f'<path d="{d}" stroke-width="1.2" {paint("stroke", "soft")}/>'
        )

    def layers(self, x, y, heights, color="ink", frozen=False, turned=False):
        """Draw layers of a network as blocks.

        Parameters
        ----------
        x, y : float
            Middle of the whole.
        heights : sequence of float
            One for each layer, in the direction of the data.
        color : str
            Key of `COLORS`.
        frozen : bool
        turned : bool
            The data run downwards, not to the right.

        Returns
        -------
        (float, float)
            Where the data come in and go out, along their direction.
        """
        step, thick = 16, 11
        first = (y if turned else x) - step * (len(heights) - 1) / 2
        for i, height in enumerate(heights):
            middle = first + i * step
            size = (height, thick) if turned else (thick, height)
            left, top = (x, middle) if turned else (middle, y)
            left, top = left - size[0] / 2, top - size[1] / 2
            where = (
                f'x="{number(left)}" y="{number(top)}" width="{number(size[0])}"'
            )
            where += f' height="{number(size[1])}" rx="2"'
            self.marks.append(f"<rect {where} {both('fill', color, 1.8)}/>")
            self.boxes.append((left, top, *size, "layer"))
            if frozen:
                d = "".join(
                    f"M{number(left + 1)} {number(at)}l{number(size[0] - 2)} -7"
                    for at in range(round(top) + 10, round(top + size[1]) - 1, 7)
                )
                self.marks.append(
                    f'<path d="{d}" stroke-width="1.2" {paint("stroke", "soft")}/>'
                )
        reach = step * (len(heights) - 1) / 2 + thick / 2 + 2
        middle = y if turned else x
        return middle - reach, middle + reach

    def loss(self, x, y, words, width=112, height=44):
        """Draw a loss: a diamond.

        Parameters
        ----------
        x, y : float
        words : str
            One or two short lines.
        width, height : float
        """
        w, h = width / 2, height / 2
        corners = [(x - w, y), (x, y - h), (x + w, y), (x, y + h)]
        look = f'stroke-linejoin="round" {both("paper", "ink", 1.8)}'
        self.marks.append(f'<polygon points="{pairs(corners)}" {look}/>')
        self.boxes.append((x - w, y - h, width, height, "diamond"))
        self._inside(x, y, words, 14)

    def turn(self, x, y):
        """Draw the place where a gradient turns: an arrow that goes back, in a circle.

        Parameters
        ----------
        x, y : float
        """
        self.spots.append((x, y, 15))
        where = f'cx="{number(x)}" cy="{number(y)}" r="15"'
        self.marks.append(f"<circle {where} {both('paper', 'back', 2.5)}/>")
        d = f"M{number(x + 7)} {number(y + 5)}h-8a5 5 0 0 1 0 -10h5"
        look = f'fill="none" stroke-width="2.5" {paint("stroke", "back")}'
        self.marks.append(f'<path d="{d}" {look}/>')
        head = [(x + 9.5, y - 5), (x + 2.5, y - 9.5), (x + 2.5, y - 0.5)]
        self.marks.append(
            f'<polygon points="{pairs(head)}" {paint("fill", "back")}/>'
        )

    def svg(self, x=0, y=0):
        """Return the panel as an element of SVG, at a place of the drawing.

        Parameters
        ----------
        x, y : float

        Returns
        -------
        str
        """
        size = f'width="{self.width}" height="{self.height + TITLE}"'
        place = f'x="{number(x)}" y="{number(y)}" {size}'
        view = f'viewBox="0 {-TITLE} {self.width} {self.height + TITLE}"'
        look = f'font-size="14" font-weight="700" {paint("fill", "ink")}'
        head = f'<text x="0" y="-12" {look}>{escape(self.title)}</text>'
        edge = f'width="{self.width - 2}" height="{self.height - 2}" rx="8"'
        frame = f'<rect x="1" y="1" {edge} {both("paper", "line", 1)}/>'
        body = "\n".join([head, frame, *self.marks])
        return f'<svg class="tlb-panel" {place} {view} font-family="{FONT}">\n{body}\n</svg>'


class Drawing:
    """A row of panels with a description in words.

    Parameters
    ----------
    alt : str
        What one sees, in one or two sentences.
    """

    def __init__(self, alt):
        if len(alt) < 20:
            raise ValueError("alt text must say in words what the drawing shows")
        self.alt, self.panels = alt, []

    def panel(self, title, width=350, height=200):
        """Add a panel.  Two of 350 fill a row of the page, or three of 230.

        Parameters
        ----------
        title : str
        width, height : int

        Returns
        -------
        Panel
        """
        if width > WIDEST:
            raise ValueError(
                f"a panel of {width} is too wide for a phone, {WIDEST} is the "
                "most"
            )
        self.panels.append(Panel(title, width, height))
        return self.panels[-1]

    def svg(self):
        """Return the whole as SVG, on paper.

        Returns
        -------
        str
        """
        rows = [[]]
        for panel in self.panels:
            wide = sum(one.width + GAP for one in rows[-1]) + panel.width
            if rows[-1] and wide > ROW:
                rows.append([])
            rows[-1].append(panel)
        width = max(sum(p.width + GAP for p in row) - GAP for row in rows)
        parts, top = [], 0
        for row in rows:
            left = (width - sum(p.width + GAP for p in row) + GAP) / 2
            for panel in row:
                parts.append(panel.svg(left, top))
                left += panel.width + GAP
            top += max(panel.height for panel in row) + TITLE + GAP
        width, height = width + 2 * GAP, top + GAP
        view = f'viewBox="{-GAP} {-GAP} {width} {height}" width="{width}" height="{height}"'
        paper = f'<rect x="{-GAP}" y="{-GAP}" width="{width}" height="{height}" '
        paper += f"{paint('fill', 'paper')}/>"
        what = f'role="img" aria-label="{escape(self.alt)}"'
        body = "\n".join([paper, *parts])
        return f'<svg xmlns="http://www.w3.org/2000/svg" {what} {view}>\n{body}\n</svg>'

    def show(self):
        """Display the drawing with its description."""
        load("IPython.display").display(
            {"image/svg+xml": self.svg(), "text/plain": self.alt},
            metadata={"image/svg+xml": {"alt": self.alt}},
            raw=True,
        )


def draw(name):
    """Show the drawing of a chapter.

    Parameters
    ----------
    name : str
        Such as "feature/tca".
    """
    drawing_of(name).show()


def drawing_of(name):
    """Return the drawing of a chapter.

    Parameters
    ----------
    name : str
        Such as "feature/tca".

    Returns
    -------
    Drawing
    """
    return import_module(f"tlbook._drawings.{name.replace('/', '_')}").drawing()
