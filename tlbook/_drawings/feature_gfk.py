"""GFK: two lines, all lines between them, and two samples seen from every one."""

from tlbook.drawing import Drawing

BETWEEN = [(86, 40), (74, 59), (58, 75)]  # ends of lines through the middle
# along five lines, from the source's to the target's: the circle and the triangle
SEEN = [(110, 63), (107, 83), (98, 98), (83, 107), (63, 110)]
NEAR_SOURCE = [(30, 108), (52, 122), (78, 98), (140, 104), (166, 82), (196, 94)]
NEAR_TARGET = [(72, 168), (98, 158), (92, 130), (136, 72), (128, 44), (158, 32)]


def drawing():
    """Return the drawing: two lines, the way between them, the comparison."""
    whole = Drawing(
        "Three pictures. Source circles lie along a flat line, target triangles "
        "along a steep one. A fan of dashed lines leads from the one to the "
        "other. A circle and a triangle are read along five of these lines: on "
        "the first the circle lies farther out, in the middle both lie at one "
        "place, on the last the triangle lies farther out."
    )
    lines = whole.panel("1. Each domain its line", width=230, height=220)
    way = whole.panel("2. The way between", width=230, height=220)
    seen = whole.panel("3. Seen from everywhere", width=230, height=220)
    for panel in (lines, way):
        panel.line((15, 120), (215, 80), kind="source")
        panel.line((75, 190), (155, 10), kind="target")
    lines.samples("source", NEAR_SOURCE)
    lines.samples("target", NEAR_TARGET)
    for x, y in BETWEEN:
        way.line((115 - x, 100 + y), (115 + x, 100 - y), kind="old")
    way.arrow((213, 70), (196, 42), (168, 16), kind="flow")
    way.text(115, 212, "no stop is left out", color="soft")
    for i, (circle, triangle) in enumerate(SEEN):
        y = 26 + 38 * i
        seen.line((78, y), (212, y), kind="axis")
        seen.samples("source", [(82 + circle, y - 8)])
        seen.samples("target", [(82 + triangle, y + 9)])
    seen.text(38, 30, "source", color="source-text", bold=True)
    seen.text(38, 106, "halfway", color="soft")
    seen.text(38, 182, "target", color="target-text", bold=True)
    seen.text(115, 212, "the mean product counts", color="soft")
    return whole
