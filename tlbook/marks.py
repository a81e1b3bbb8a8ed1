"""Marks of a panel: samples, means, bells, lines, arrows, words; the rest is in tlbook.drawing."""

from html import escape
from itertools import pairwise
from math import sqrt

from tlbook.svg import STROKES, both, number, paint, pairs

SMALLEST = 12  # height of text, in units
HEAD = 9  # length of the head of an arrow


class Marks:
    """What is drawn on a panel, in order, and where it is.

    Attributes
    ----------
    marks : list of str
        Elements of SVG.
    texts, strokes, boxes, spots : list of tuple
        Places of words, lines, parts and samples, by which a test finds what
        covers what.
    """

    def __init__(self):
        self.marks = []
        self.texts, self.strokes, self.boxes, self.spots = [], [], [], []

    def samples(self, domain, points, size=5, hollow=()):
        """Draw samples: circles of the source, triangles of the target.

        Parameters
        ----------
        domain : {"source", "target"}
        points : sequence of (float, float)
        size : float or sequence of float
            Radius.
        hollow : sequence of int
            Which of them are outlines: the samples of the other class.
        """
        sizes = [size] * len(points) if isinstance(size, (int, float)) else size
        for i, ((x, y), r) in enumerate(zip(points, sizes, strict=True)):
            look = both("paper" if i in hollow else domain, domain, 1.6)
            self.spots.append((x, y, r))
            if domain == "source":
                where = f'cx="{number(x)}" cy="{number(y)}" r="{number(r)}"'
                self.marks.append(f"<circle {where} {look}/>")
            else:
                r = 1.15 * r
                corners = [(x, y - r), (x + r, y + 0.8 * r), (x - r, y + 0.8 * r)]
                self.marks.append(f'<polygon points="{pairs(corners)}" {look}/>')

    def mean(self, domain, x, y):
        """Draw the mean of a domain: a cross in a ring.

        Parameters
        ----------
        domain : {"source", "target"}
        x, y : float
        """
        self.spots.append((x, y, 9))
        where = f'cx="{number(x)}" cy="{number(y)}"'
        self.marks.append(f'<circle {where} r="9" {both("paper", domain, 2.5)}/>')
        arms = f"M{number(x - 5)} {number(y)}h10M{number(x)} {number(y - 5)}v10"
        look = paint("stroke", domain)
        self.marks.append(f'<path d="{arms}" stroke-width="2.5" {look}/>')

    def bell(self, domain, x, y, width, height):
        """Draw a bell: how often the values around x occur.

        Parameters
        ----------
        domain : {"source", "target"}
        x, y : float
            Middle of its foot.
        width, height : float
        """
        w, h = width / 2, height
        d = f"M{number(x - w)} {number(y)}"
        d += f"c{number(0.5 * w)} 0 {number(0.55 * w)} {number(-h)} {number(w)} {number(-h)}"
        d += f"s{number(0.5 * w)} {number(h)} {number(w)} {number(h)}z"
        look = f'fill-opacity="0.25" stroke-linejoin="round" {both(domain, domain, 2)}'
        self.marks.append(f'<path d="{d}" {look}/>')

    def line(self, *points, kind="border"):
        """Draw a line, such as the border of a learner.

        Parameters
        ----------
        *points : (float, float)
        kind : str
            Key of `STROKES`.
        """
        color, width, dashes = STROKES[kind]
        look = f'stroke-width="{number(width)}" stroke-linejoin="round"'
        look += f' stroke-dasharray="{dashes}"' if dashes else ""
        look += f" {paint('stroke', color)}"
        self.strokes.append(points)
        self.marks.append(
            f'<polyline points="{pairs(points)}" fill="none" {look}/>'
        )

    def arrow(self, *points, kind="flow", text="", side="above"):
        """Draw an arrow through points, with a word at its longest part.

        Parameters
        ----------
        *points : (float, float)
        kind : str
            Key of `STROKES`: "flow" of data, "move" of what moves, "gradient",
            "reversed".
        text : str
        side : {"above", "below", "left", "right"}
            Where the word stands.
        """
        (x0, y0), (x1, y1) = points[-2:]
        length = sqrt((x1 - x0) ** 2 + (y1 - y0) ** 2)
        u, v = (x1 - x0) / length, (y1 - y0) / length
        foot = x1 - HEAD * u, y1 - HEAD * v
        self.line(*points[:-1], foot, kind=kind)
        self.strokes[-1] = points
        half = HEAD / 2
        head = [
            (x1, y1),
            (foot[0] - half * v, foot[1] + half * u),
            (foot[0] + half * v, foot[1] - half * u),
        ]
        color = STROKES[kind][0]
        self.marks.append(
            f'<polygon points="{pairs(head)}" {paint("fill", color)}/>'
        )
        if text:
            parts = list(pairwise(points))
            a, b = max(
                parts,
                key=lambda p: abs(p[0][0] - p[1][0]) + abs(p[0][1] - p[1][1]),
            )
            x, y = (a[0] + b[0]) / 2, (a[1] + b[1]) / 2
            dx, dy, anchor = {
                "above": (0, -7, "middle"),
                "below": (0, 17, "middle"),
                "left": (-8, 4, "end"),
                "right": (8, 4, "start"),
            }[side]
            words = {"forward": "forward-text", "back": "back-text"}.get(
                color, "soft"
            )
            self.text(x + dx, y + dy, text, anchor=anchor, color=words)

    def text(
        self, x, y, words, size=SMALLEST, anchor="middle", color="ink", bold=False
    ):
        r"""Write words; "\n" begins a new line.

        Parameters
        ----------
        x, y : float
            Of the first base line.
        words : str
        size : int
            Of the font, at least `SMALLEST`.
        anchor : {"start", "middle", "end"}
        color : str
            Key of `COLORS`.
        bold : bool
        """
        if size < SMALLEST:
            raise ValueError(
                f"text of size {size} is too small, {SMALLEST} is the least"
            )
        for i, one in enumerate(words.split("\n")):
            self._write(x, y + i * 1.25 * size, one, size, anchor, color, bold)

    def _write(self, x, y, words, size, anchor, color, bold):
        self.texts.append((x, y, words, size, anchor, bold))
        look = f'font-size="{size}" text-anchor="{anchor}"'
        look += ' font-weight="700"' if bold else ""
        where = f'x="{number(x)}" y="{number(y)}"'
        self.marks.append(
            f"<text {where} {look} {paint('fill', color)}>{escape(words)}</text>"
        )
