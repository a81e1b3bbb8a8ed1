"""KMM: source samples are weighed until the two means meet."""

from tlbook.drawing import Drawing

SOURCE = [
    (24, 56), (44, 132), (50, 84), (26, 164), (82, 40), (76, 156),
    (104, 72), (100, 188), (134, 38), (122, 150), (136, 84), (148, 180),
]  # fmt: skip
UPPER = (0, 2, 4, 6, 8, 10)  # of the source: the other class
TARGET = [
    (132, 126), (158, 52), (164, 150), (178, 84), (184, 184), (208, 98), (206, 152),
]  # fmt: skip
WEIGHTS = [1.5, 1.5, 1.5, 1.5, 3, 3, 5, 4, 8, 9, 10, 9]  # radii


def drawing():
    """Return the drawing: domains, weights, learner."""
    whole = Drawing(
        "Three pictures. Source circles on the left and target triangles on the "
        "right, their means apart. Then the circles near the triangles are "
        "large and the others small, and the mean of the source has moved onto "
        "that of the target. Last, the learner's border has turned to separate "
        "the large circles."
    )
    apart = whole.panel("1. Two means apart", width=230, height=220)
    weighed = whole.panel("2. Weigh until they meet", width=230, height=220)
    learned = whole.panel("3. Learn by weight", width=230, height=220)
    for panel in whole.panels:
        panel.samples("source", SOURCE, 5 if panel is apart else WEIGHTS, UPPER)
        panel.samples("target", TARGET, 4)
    apart.mean("source", 86, 112)
    apart.mean("target", 176, 112)
    apart.text(62, 20, "source", color="source-text", bold=True)
    apart.text(180, 20, "target", color="target-text", bold=True)
    weighed.arrow((86, 112), (156, 112), kind="source")
    weighed.mean("target", 180, 112)
    weighed.mean("source", 168, 112)
    learned.line((8, 142), (222, 76), kind="old")
    learned.line((8, 116), (222, 124))
    learned.text(84, 108, "new border", anchor="end")
    learned.text(222, 66, "old", anchor="end", color="soft")
    return whole
