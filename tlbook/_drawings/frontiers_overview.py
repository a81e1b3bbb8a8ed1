"""The drawing of chapters/frontiers/overview.ipynb."""

from itertools import pairwise

from tlbook.drawing import Drawing

SOURCE = [(36, 62), (54, 46), (50, 78), (70, 64)]
TARGET = [(282, 62), (300, 46), (298, 78), (316, 66)]
BRIDGE = [(150, 66), (170, 50), (186, 70), (202, 56)]
STONES = [(112, 78), (146, 104), (184, 94), (222, 112), (252, 88)]
OTHERS = [(122, 28), (160, 58), (206, 34), (246, 50), (110, 122), (190, 126)]


def ends(panel):
    """Draw a labeled source on the left and a target on the right."""
    panel.samples("source", SOURCE, hollow=[1, 3])
    panel.samples("target", TARGET)


def bridge(panel):
    ends(panel)
    panel.line((134, 34), (218, 34), (218, 88), (134, 88), (134, 34), kind="old")
    panel.samples("source", BRIDGE[:2], size=4)
    panel.samples("target", BRIDGE[2:], size=4)
    panel.arrow((84, 62), (128, 62), kind="flow")
    panel.arrow((224, 62), (268, 62), kind="flow")
    panel.text(176, 114, "a third domain, like both")
    panel.text(175, 144, "far apart: no longer a bar", color="soft")


def stones(panel):
    ends(panel)
    for x, y in OTHERS:
        panel.line((x - 4, y), (x + 4, y), kind="axis")
        panel.line((x, y - 4), (x, y + 4), kind="axis")
    panel.samples("source", STONES[:3], size=5, hollow=range(3))
    panel.samples("target", STONES[3:], size=5, hollow=range(2))
    path = [(78, 68), *STONES, (276, 72)]
    for (a, b), (c, d) in pairwise(path):
        gap = 7 / ((c - a) ** 2 + (d - b) ** 2) ** 0.5
        u, v = gap * (c - a), gap * (d - b)
        panel.line((a + u, b + v), (c - u, d - v), kind="old")
    panel.text(175, 150, "nobody names the bridge", color="soft")


def law(panel):
    fall = [(t, 30 + (t - 80) ** 2 // 110) for t in range(40, 171, 5)]
    panel.line(*fall, kind="border")
    panel.samples("target", [fall[i] for i in (0, 6, 12, 18, 25)])
    panel.arrow((226, 70), (190, 70), kind="flow")
    panel.box(284, 70, "a law of\nnature", width=96, height=52)
    panel.text(175, 144, "the law says what is wrong", color="soft")


def experience(panel):
    for row, words in enumerate(("pair 1: map A", "pair 2: map C")):
        panel.box(70, 38 + 52 * row, words, width=116, height=36, color="ink")
    panel.arrow((132, 38), (178, 58), kind="flow")
    panel.arrow((132, 90), (178, 70), kind="flow")
    panel.box(212, 64, "judge", width=64, height=40)
    panel.arrow((246, 64), (276, 64), kind="flow")
    panel.samples("source", [(300, 42)], size=5)
    panel.samples("target", [(318, 42)], size=5)
    panel.text(306, 70, "map ?")
    panel.text(175, 144, "nobody tries all methods", color="soft")


def drawing():
    """Return the drawing: what each of the four works of the page does without."""
    whole = Drawing(
        "Four pictures. A third domain stands as a bridge between a source and "
        "a far target. A path leads over some of many unlabeled samples. A "
        "thrown object follows a law of nature. A judge that has learned from "
        "past pairs chooses a map for a new pair."
    )
    bridge(whole.panel("1. A given bridge", width=350, height=164))
    stones(whole.panel("2. Stones that it finds itself", width=350, height=164))
    law(whole.panel("3. A law in place of labels", width=350, height=164))
    experience(
        whole.panel("4. Experience in place of trial", width=350, height=164)
    )
    return whole
