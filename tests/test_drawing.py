"""The drawings: each word of the vocabulary, and how every drawing of a chapter stands."""

import re
from itertools import combinations, pairwise
from pathlib import Path
from xml.etree import ElementTree

import pytest
from book import ROOT, alt_of, notebooks, read
from matplotlib import get_data_path
from matplotlib.ft2font import FT2Font

from tlbook import plot
from tlbook.drawing import (
    COLORS,
    SMALLEST,
    TITLE,
    WIDEST,
    Drawing,
    Panel,
    drawing_of,
    number,
)

PHONE, LEAST = 350, 11  # pixels: of a page on a phone, of its smallest text
SVG = "{http://www.w3.org/2000/svg}"
NAMES = sorted(
    path.stem
    for path in (ROOT / "tlbook" / "_drawings").glob("*.py")
    if path.stem != "__init__"
)
CHAPTERS = {
    path.relative_to(ROOT / "chapters")
    .with_suffix("")
    .as_posix()
    .replace("/", "_")
    for path in (ROOT / "chapters").rglob("*.ipynb")
}
each_drawing = pytest.mark.parametrize("name", NAMES)


# --- How a panel is judged -----------------------------------------------------------------------


def width_of(words, size, bold):
    """Return the width in DejaVu Sans: few fonts of a screen are as wide."""
    file = "DejaVuSans-Bold.ttf" if bold else "DejaVuSans.ttf"
    font = FT2Font(str(Path(get_data_path(), "fonts", "ttf", file)))
    font.set_size(size, 72)
    font.set_text(words)
    return font.get_width_height()[0] / 64


def place_of(text):
    """Return the box of a text: left, top, right, bottom."""
    x, y, words, size, anchor, bold = text
    wide = width_of(words, size, bold)
    left = x - {"start": 0, "middle": wide / 2, "end": wide}[anchor]
    return left, y - 0.78 * size, left + wide, y + 0.24 * size


def meet(a, b):
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]


def crosses(box, points):
    """Tell whether a line through points crosses a box, by steps of one unit."""
    for (x0, y0), (x1, y1) in pairwise(points):
        steps = round(max(abs(x1 - x0), abs(y1 - y0))) + 1
        for i in range(steps + 1):
            x, y = x0 + (x1 - x0) * i / steps, y0 + (y1 - y0) * i / steps
            if box[0] < x < box[2] and box[1] < y < box[3]:
                return True
    return False


def touches(box, spot):
    x, y, r = spot
    dx = max(box[0] - x, 0, x - box[2])
    dy = max(box[1] - y, 0, y - box[3])
    return dx * dx + dy * dy < r * r


def fits(text, box):
    """Tell whether a text lies in a box, two units from its edge; in a diamond from each corner."""
    left, top, wide, high, kind = box
    if kind == "diamond":
        x, y = left + wide / 2, top + high / 2
        return all(
            abs(a - x) / (wide / 2) + abs(b - y) / (high / 2) <= 1
            for a in (text[0], text[2])
            for b in (text[1] + 2, text[3] - 2)
        )
    inner = left + 2, top + 2, left + wide - 2, top + high - 2
    return (
        inner[0] <= text[0]
        and text[2] <= inner[2]
        and inner[1] <= text[1]
        and text[3] <= inner[3]
    )


def faults(panel):
    """Yield what is wrong with a panel: words on words, lines through them, beyond the edge."""
    if width_of(panel.title, 14, True) > panel.width:
        yield f"the title {panel.title!r} is wider than its panel"
    texts = [(text[2], place_of(text)) for text in panel.texts]
    for words, box in texts:
        if (
            box[0] < 4
            or box[1] < 2
            or box[2] > panel.width - 4
            or box[3] > panel.height - 2
        ):
            yield f"{words!r} leaves the panel"
        for points in panel.strokes:
            if crosses(box, points):
                yield f"a line goes through {words!r}"
        for spot in panel.spots:
            if touches(box, spot):
                yield f"a mark at {spot[:2]} lies on {words!r}"
        for edge in panel.boxes:
            around = edge[0], edge[1], edge[0] + edge[2], edge[1] + edge[3]
            if meet(box, around) and not fits(box, edge):
                yield f"{words!r} and the edge of a box touch"
    for (one, a), (other, b) in combinations(texts, 2):
        if meet(a, b):
            yield f"{one!r} lies on {other!r}"
    for x, y, r in panel.spots:
        if not (r <= x <= panel.width - r and r <= y <= panel.height - r):
            yield f"a mark at {(x, y)} leaves the panel"
    for a, b in combinations(panel.boxes, 2):
        if meet(
            (a[0], a[1], a[0] + a[2], a[1] + a[3]),
            (b[0], b[1], b[0] + b[2], b[1] + b[3]),
        ):
            yield f"boxes at {a[:2]} and {b[:2]} overlap"
    for points in panel.strokes:
        if not all(
            0 <= x <= panel.width and 0 <= y <= panel.height for x, y in points
        ):
            yield f"a line at {points[0]} leaves the panel"


def test_faults_are_seen():
    def found(do):
        panel = Panel("A title", 200, 100)
        do(panel)
        return " ".join(faults(panel))

    def two_words(panel):
        panel.text(50, 50, "one word")
        panel.text(60, 55, "another")

    def line_through(panel):
        panel.text(50, 50, "one word")
        panel.line((0, 46), (100, 46))

    def mark_on(panel):
        panel.text(50, 50, "one word")
        panel.samples("source", [(50, 46)])

    assert "lies on 'another'" in found(two_words)
    assert "a line goes through" in found(line_through)
    assert "a mark at (50, 46) lies on" in found(mark_on)
    assert "leaves the panel" in found(
        lambda panel: panel.text(190, 50, "one word")
    )
    assert "leaves the panel" in found(
        lambda panel: panel.samples("target", [(2, 50)])
    )
    assert "leaves the panel" in found(
        lambda panel: panel.line((50, 50), (250, 50))
    )
    assert "edge of a box" in found(
        lambda p: p.box(100, 50, "many words in it", width=40)
    )
    assert "edge of a box" in found(
        lambda p: p.loss(100, 50, "domain loss", width=60)
    )
    assert "overlap" in found(lambda p: [p.box(90, 50, "a"), p.box(130, 50, "b")])
    assert "wider than" in " ".join(
        faults(Panel("A title that does not end", 100, 100))
    )
    assert found(lambda panel: panel.box(100, 50, "learner")) == ""


@each_drawing
def test_nothing_touches(name):
    found = [
        f"{panel.title}: {fault}"
        for panel in drawing_of(name).panels
        for fault in faults(panel)
    ]
    assert not found, "\n".join(found)


@each_drawing
def test_text_can_be_read_on_a_phone(name):
    for panel in drawing_of(name).panels:
        scale = min(1, PHONE / panel.width)
        assert (
            min((text[3] for text in panel.texts), default=SMALLEST) * scale
            >= LEAST
        )


@each_drawing
def test_a_drawing_is_plain_svg(name):
    """Integers and tenths, no names that two drawings in one page would share."""
    svg = drawing_of(name).svg()
    assert svg == drawing_of(name).svg()
    root = ElementTree.fromstring(svg)
    assert root.get("aria-label") == drawing_of(name).alt
    assert not [one for one in root.iter() if one.get("id")]
    assert "url(" not in svg
    assert "<style" not in svg
    for one in root.iter():
        for key in ("x", "y", "cx", "cy", "r", "points", "d"):
            for value in re.findall(
                r"\d+(?:\.\d+)?(?:e-?\d+)?", one.get(key, "")
            ):
                assert re.fullmatch(r"\d+(\.\d)?", value), f"{key}={one.get(key)}"
    assert len(svg) < 60_000


@each_drawing
def test_a_drawing_has_its_chapter(name):
    assert name in CHAPTERS, (
        f"no chapter for tlbook/_drawings/{name}.py: take it out"
    )


# --- The words of the vocabulary -----------------------------------------------------------------


def marks(panel):
    return ElementTree.fromstring(
        f'<svg xmlns="http://www.w3.org/2000/svg">{panel.svg()}</svg>'
    )


def test_domains_have_their_form_and_color():
    panel = Panel("", 200, 100)
    panel.samples("source", [(10, 20), (30, 40)], size=[3, 4], hollow=[1])
    panel.samples("target", [(50, 60)], size=5)
    circles = marks(panel).findall(f".//{SVG}circle")
    assert [(c.get("cx"), c.get("cy"), c.get("r")) for c in circles] == [
        ("10", "20", "3"),
        ("30", "40", "4"),
    ]
    assert [c.get("fill") for c in circles] == [plot.BLUE, "#ffffff"]
    assert {c.get("stroke") for c in circles} == {plot.BLUE}
    (triangle,) = marks(panel).findall(f".//{SVG}polygon")
    assert triangle.get("fill") == plot.ORANGE
    assert len(triangle.get("points").split()) == 3
    with pytest.raises(ValueError, match=r"zip"):
        panel.samples("source", [(1, 2)], size=[3, 4])


def test_colors_are_those_of_the_figures():
    assert COLORS["source"] == plot.BLUE
    assert COLORS["target"] == plot.ORANGE
    assert COLORS["forward"] == plot.GREEN
    assert COLORS["back"] == plot.RED
    assert COLORS["ink"] == plot.BLACK


def test_an_arrow_ends_at_its_point():
    panel = Panel("", 200, 100)
    panel.arrow((10, 50), (110, 50), kind="reversed", text="word")
    line, head = (
        marks(panel).find(f".//{SVG}{tag}") for tag in ("polyline", "polygon")
    )
    assert line.get("points") == "10,50 101,50"
    assert head.get("points").startswith("110,50")
    assert line.get("stroke") == head.get("fill") == plot.RED
    assert panel.texts[0][:3] == (60, 43, "word")


@pytest.mark.parametrize(
    ("side", "place"),
    [
        ("above", "middle"),
        ("below", "middle"),
        ("left", "end"),
        ("right", "start"),
    ],
)
def test_the_word_of_an_arrow_is_beside_it(side, place):
    panel = Panel("", 200, 200)
    ends = (
        ((20, 100), (180, 100))
        if side in {"above", "below"}
        else ((100, 20), (100, 180))
    )
    panel.arrow(*ends, text="word", side=side)
    assert panel.texts[0][4] == place
    assert not list(faults(panel))


def test_what_is_frozen_is_hatched():
    free, frozen = Panel("", 200, 100), Panel("", 200, 100)
    for panel in (free, frozen):
        panel.box(100, 50, "learner", frozen=panel is frozen)
        panel.layers(40, 50, [40, 30], frozen=panel is frozen)
    assert not marks(free).findall(f".//{SVG}path")
    # a box and two layers
    assert len(marks(frozen).findall(f".//{SVG}path")) == 3


def test_layers_say_where_data_go_in_and_out():
    panel = Panel("", 200, 100)
    assert panel.layers(100, 50, [40, 30, 20]) == (76.5, 123.5)
    assert panel.layers(100, 50, [20], turned=True) == (42.5, 57.5)


def test_numbers_are_tenths():
    assert [number(v) for v in (3, 2.25, -0.01, 10.04, 1 / 3)] == [
        "3",
        "2.2",
        "0",
        "10",
        "0.3",
    ]


def test_words_are_escaped_and_lines_broken():
    panel = Panel("a < b", 200, 100)
    panel.text(100, 40, "x & y\nnext")
    found = [
        "".join(one.itertext()) for one in marks(panel).findall(f".//{SVG}text")
    ]
    assert found == ["a < b", "x & y", "next"]
    assert panel.texts[1][1] == 40 + 1.25 * SMALLEST


def test_what_cannot_be_read_is_refused():
    with pytest.raises(ValueError, match=r"alt text must say"):
        Drawing("too short")
    whole = Drawing("A drawing with words enough.")
    with pytest.raises(ValueError, match=rf"{WIDEST + 1} is too wide"):
        whole.panel("wide", width=WIDEST + 1)
    with pytest.raises(ValueError, match=r"size 9 is too small"):
        whole.panel("small").text(10, 10, "word", size=9)


def test_panels_stand_in_rows():
    whole = Drawing("A drawing with words enough.")
    for _ in range(3):
        whole.panel("panel", width=350, height=100)
    places = [
        (one.get("x"), one.get("y"))
        for one in ElementTree.fromstring(whole.svg()).findall(f"{SVG}svg")
    ]
    row = 100 + TITLE + 20
    assert places == [("0", "0"), ("370", "0"), ("185", str(row))]


def test_a_notebook_gets_svg_and_its_description(monkeypatch):
    from IPython import display

    shown = []
    monkeypatch.setattr(
        display, "display", lambda data, **kwargs: shown.append((data, kwargs))
    )
    drawing = Drawing("A drawing with words enough.")
    drawing.panel("panel").box(100, 50, "learner")
    drawing.show()
    ((data, kwargs),) = shown
    assert data == {"image/svg+xml": drawing.svg(), "text/plain": drawing.alt}
    assert kwargs == {
        "metadata": {"image/svg+xml": {"alt": drawing.alt}},
        "raw": True,
    }


# --- In the page ---------------------------------------------------------------------------------


def variables(css, selector):
    body = re.search(rf"{re.escape(selector)}[^{{]*{{([^}}]*)}}", css)[1]
    found = dict(re.findall(r"--tlb-([\w-]+): ([^;]+);", body))
    return {
        k: re.sub(r"var\([\w-]+, (#\w+)\)", r"\1", v) for k, v in found.items()
    }


def luminance(color):
    parts = [int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    parts = [
        v / 12.92 if v <= 0.04045 else ((v + 0.055) / 1.055) ** 2.4 for v in parts
    ]
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]


@pytest.mark.parametrize(
    "theme", ['html, html[data-theme="light"]', 'html[data-theme="dark"]']
)
def test_text_stands_out_in_both_themes(theme):
    css = (ROOT / "_static" / "pictures.css").read_text(encoding="utf-8")
    colors = variables(css, theme)
    assert set(colors) == set(COLORS)
    for paper in ("paper", "fill"):
        for role in (
            "ink",
            "soft",
            *(one for one in COLORS if one.endswith("-text")),
        ):
            a, b = sorted(luminance(colors[one]) for one in (role, paper))
            assert (b + 0.05) / (a + 0.05) >= 4.5, f"{role} on {paper}"


def test_light_and_print_have_the_colors_of_the_drawings():
    css = (ROOT / "_static" / "pictures.css").read_text(encoding="utf-8")
    assert variables(css, 'html, html[data-theme="light"]') == COLORS
    assert variables(css, "  html[data-theme] ") == COLORS


@each_drawing
def test_a_page_has_the_panels_one_by_one(name):
    from pictures import inlined

    drawing = drawing_of(name)
    html = ElementTree.fromstring(inlined(drawing.svg(), drawing.alt))
    assert html.get("aria-label") == drawing.alt
    assert html.get("role") == "img"
    assert len(html) == len(drawing.panels)


@pytest.mark.parametrize(
    "path", notebooks(), ids=lambda path: f"{path.parent.name}/{path.stem}"
)
def test_chapters_show_the_drawings_as_they_are(path):
    for cell in read(path).cells:
        named = re.match(r'draw\("([\w/]+)"\)', cell.source)
        if named and cell.cell_type == "code":
            (output,) = cell.outputs
            name = path.relative_to(ROOT / "chapters").with_suffix("").as_posix()
            stale = f"run `make refresh CHAPTER={name}`"
            assert output.data["image/svg+xml"] == drawing_of(named[1]).svg(), (
                stale
            )
            assert alt_of(output) == drawing_of(named[1]).alt, stale
