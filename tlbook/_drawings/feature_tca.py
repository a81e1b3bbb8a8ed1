"""TCA: of all directions take one that varies and on which the domains lie together."""

from tlbook.drawing import Drawing

SOURCE = [
    (26, 58),
    (44, 40),
    (60, 64),
    (80, 46),
    (22, 122),
    (46, 136),
    (62, 116),
    (84, 130),
]
TARGET = [(x + 92, y + 4) for x, y in SOURCE]
UPPER = (0, 1, 2, 3)  # of either domain: the other class
FOOT, RIGHT = 178, 206  # the two lines that samples are mapped onto


def drawing():
    """Return the drawing: two domains, mapped across, mapped upwards."""
    whole = Drawing(
        "Three pictures. Source circles on the left, target triangles on the "
        "right, both with one class above the other. Mapped onto a level line "
        "circles and triangles lie apart and the classes are mixed. Mapped onto "
        "an upright line the domains lie together and the classes apart."
    )
    domains = whole.panel("1. Two domains", width=230, height=230)
    widest = whole.panel("2. Where most varies", width=230, height=230)
    common = whole.panel("3. Where they agree", width=230, height=230)
    for panel in whole.panels:
        panel.samples("source", SOURCE, hollow=UPPER)
        panel.samples("target", TARGET, hollow=UPPER)
    domains.text(58, 20, "source", color="source-text", bold=True)
    domains.text(154, 20, "target", color="target-text", bold=True)
    domains.text(115, 178, "the gap lies across,", color="soft")
    domains.text(115, 196, "the classes lie above", color="soft")
    domains.text(115, 214, "each other", color="soft")
    widest.line((12, FOOT), (218, FOOT), kind="axis")
    widest.samples("source", [(x, FOOT - 8) for x, _ in SOURCE], hollow=UPPER)
    widest.samples("target", [(x, FOOT + 9) for x, _ in TARGET], hollow=UPPER)
    widest.text(115, 214, "domains apart, classes mixed", color="soft")
    common.line((RIGHT, 24), (RIGHT, 160), kind="axis")
    common.samples("source", [(RIGHT - 9, y) for _, y in SOURCE], hollow=UPPER)
    common.samples("target", [(RIGHT + 9, y) for _, y in TARGET], hollow=UPPER)
    common.text(115, 214, "domains together, classes apart", color="soft")
    return whole
