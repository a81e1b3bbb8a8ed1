"""Adaptive SVM: an old function, a small correction, and their sum."""

from tlbook.drawing import Drawing

ZERO = 104  # the height at which a function is zero
LABELED = (40, 78, 138, 172, 204)
OLD = ((14, 46), (216, 168))


def frame(panel):
    """Draw the axis, and the labeled target samples; the second class in outlines."""
    panel.line((12, ZERO), (218, ZERO), kind="axis")
    panel.samples("target", [(x, ZERO) for x in LABELED], 5, [3, 4])


def drawing():
    """Return the drawing: the source's function, the correction, the new function."""
    whole = Drawing(
        "Three pictures over the same axis with five labeled orange triangles. The "
        "dashed function of the source falls from left to right and is below zero "
        "at a filled triangle where it should be above. The correction is zero but "
        "for a bump at that triangle. Their sum is above zero at all filled "
        "triangles and below it at the outlined ones."
    )
    old = whole.panel("1. The source's function", width=230, height=200)
    old.line(*OLD, kind="old")
    old.text(138, 84, "should be above", color="back-text")
    bump = whole.panel("2. The correction", width=230, height=200)
    bump.line(
        *((14, ZERO - 1), (88, ZERO - 2), (106, 92), (122, 66), (136, 54)),
        *((148, 66), (160, 92), (172, 110), (186, 106), (216, ZERO + 1)),
        kind="gradient",
    )
    bump.text(115, 150, "nothing to say\nwhere no label is", color="soft")
    new = whole.panel("3. Their sum", width=230, height=200)
    new.line(*OLD, kind="old")
    new.line(
        *((14, 46), (88, 88), (106, 90), (122, 74), (136, 70)),
        *((148, 88), (160, 122), (172, 148), (186, 152), (216, 168)),
    )
    new.text(70, 150, "elsewhere\nthe source decides", color="soft")
    for panel in whole.panels:
        frame(panel)
    return whole
