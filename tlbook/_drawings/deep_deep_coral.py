"""Deep CORAL: covariances of the scores are compared, and what they do not see."""

from tlbook.drawing import Drawing

WIDE = [
    (30, 96),
    (52, 108),
    (62, 90),
    (84, 102),
    (100, 92),
    (116, 106),
    (74, 118),
]
TALL = [(168, 52), (180, 72), (164, 90), (182, 104), (170, 124), (180, 142)]


def network(panel):
    panel.text(14, 24, "source", anchor="start", color="source-text", bold=True)
    panel.text(216, 24, "target", anchor="end", color="target-text", bold=True)
    panel.samples("source", [(26, 40), (42, 48), (58, 38)], hollow=[1])
    panel.samples("target", [(172, 40), (188, 48), (204, 38)])
    panel.arrow((66, 52), (92, 72), kind="source")
    panel.arrow((164, 52), (138, 72), kind="target")
    panel.layers(115, 112, [150, 120, 90, 50], turned=True)
    panel.text(46, 141, "scores", color="soft")
    panel.arrow((100, 145), (100, 176), (58, 176), (58, 198), kind="source")
    panel.arrow((115, 145), (115, 176), (154, 176), (154, 206), kind="source")
    panel.arrow((130, 145), (130, 160), (182, 160), (182, 206), kind="target")
    panel.loss(57, 232, "class\nloss", width=100, height=64)
    panel.loss(168, 232, "gap of\nspreads", width=104, height=72)


def drawing():
    """Return the drawing: the network, clouds of other spread, clouds of equal spread apart."""
    whole = Drawing(
        "Three pictures. A network whose scores go to the class loss for the "
        "source, and for both domains to a comparison of covariances. Then a "
        "wide cloud of circles and a tall cloud of triangles, which differ in "
        "their covariance. Last, two clouds of the same form far apart: their "
        "covariances are equal, and the loss sees nothing."
    )
    network(whole.panel("1. Scores are compared", width=230, height=284))
    differ = whole.panel("2. What it sees", width=230, height=284)
    differ.samples("source", [(x, y + 30) for x, y in WIDE], hollow=[1, 3, 5])
    differ.samples("target", [(x, y + 30) for x, y in TALL], hollow=[1, 3, 5])
    differ.arrow((72, 170), (34, 170), kind="source")
    differ.arrow((72, 170), (112, 170), kind="source")
    differ.arrow((204, 126), (204, 82), kind="target")
    differ.arrow((204, 126), (204, 172), kind="target")
    differ.text(115, 248, "one varies to the side,", color="soft")
    differ.text(115, 264, "the other up and down", color="soft")
    blind = whole.panel("3. What it does not see", width=230, height=284)
    blind.samples("source", [(x, y - 30) for x, y in WIDE], hollow=[1, 3, 5])
    blind.samples("target", [(x + 80, y + 90) for x, y in WIDE], hollow=[0, 2, 4])
    blind.text(115, 248, "moved as a whole,", color="soft")
    blind.text(115, 264, "classes exchanged", color="soft")
    return whole
