"""Density ratios: two densities, bumps around target samples, weights."""

from tlbook.drawing import Drawing

SOURCE = (22, 40, 56, 68, 80, 90, 100, 112, 124, 136, 150, 168, 190)
TARGET = (104, 122, 134, 144, 154, 166, 182)
SIZES = (2, 2, 2, 2, 2, 3, 4, 6, 6.5, 6.5, 6.5, 6.5, 5)
FOOT = 140


def drawing():
    """Return the drawing: two densities, their ratio as a sum of bumps, weights."""
    whole = Drawing(
        "Three pictures over the same axis. A wide blue bell of the source and a "
        "narrower orange bell of the target, to its right. Small orange bells, "
        "one around each target triangle. The source circles, large where the "
        "bells stand and dots elsewhere."
    )
    two = whole.panel("1. Two densities", width=230, height=200)
    two.bell("source", 100, FOOT, 190, 76)
    two.bell("target", 144, FOOT, 120, 108)
    two.text(115, 176, "unknown, and not needed", color="soft")
    bumps = whole.panel("2. A sum of bumps", width=230, height=200)
    for x, height in zip(TARGET, (40, 52, 58, 58, 56, 50, 42), strict=True):
        bumps.bell("target", x, FOOT - 8, 64, height)
    bumps.samples("target", [(x, FOOT) for x in TARGET], 4)
    bumps.text(115, 176, "one around each center", color="soft")
    weights = whole.panel("3. What it gives", width=230, height=200)
    weights.samples("source", [(x, FOOT - 40) for x in SOURCE], SIZES)
    weights.samples("target", [(x, FOOT) for x in TARGET], 4)
    weights.text(115, 176, "source samples with weights", color="soft")
    for panel in whole.panels:
        panel.line((12, FOOT + 8), (218, FOOT + 8), kind="axis")
    return whole
