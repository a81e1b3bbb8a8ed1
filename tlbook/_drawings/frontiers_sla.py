"""The drawing of chapters/frontiers/sla.ipynb."""

from tlbook.drawing import Drawing

SOURCE = [(26, 60), (40, 44), (44, 74)]
TARGET = [(192, 122), (208, 108), (206, 138)]
NEAR = [(70, 54), (64, 84), (92, 70)]  # of the pool, from the source outward
MIDDLE = [(112, 90), (104, 60), (128, 78)]
FAR = [(150, 104), (166, 124), (146, 82)]
USELESS = [(60, 140), (88, 156), (112, 142), (180, 40), (206, 56), (152, 34)]


def cross(panel, at, kind):
    """Draw an unlabeled sample: thin, or bold if it takes part."""
    x, y = at
    panel.line((x - 5, y), (x + 5, y), kind=kind)
    panel.line((x, y - 5), (x, y + 5), kind=kind)


def scene(panel, chosen, words):
    """Draw source, target and pool, and which of the pool take part."""
    panel.samples("source", SOURCE, hollow=[1])
    panel.samples("target", TARGET)
    for at in NEAR + MIDDLE + FAR + USELESS:
        cross(panel, at, "border" if at in chosen else "axis")
    panel.text(115, 200, words, color="soft")


def drawing():
    """Return the drawing: which samples of the pool take part, round by round."""
    whole = Drawing(
        "Three pictures of the same samples: a source on the left, a far target "
        "on the right, unlabeled crosses between and around. First no cross "
        "takes part, then those near the source, then those that lead to the "
        "target. Crosses off the way stay thin."
    )
    panel = whole.panel("1. The source alone", width=230, height=214)
    scene(panel, [], "thin: unlabeled, not used")
    panel = whole.panel("2. What costs little now", width=230, height=214)
    scene(panel, NEAR + MIDDLE[:1], "bold: takes part")
    panel = whole.panel("3. Later, the others", width=230, height=214)
    scene(panel, NEAR + MIDDLE + FAR, "some should stay out")
    return whole
