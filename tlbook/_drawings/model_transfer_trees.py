"""Transfer trees: grow and cut on the target, or keep the questions and move the numbers."""

from tlbook.drawing import Drawing


def upper(panel, number, domain, frozen=False, right=(150, 94)):
    """Draw the first question, with its number, and the ways to its children."""
    panel.line((96, 58), (64, 96), kind="flow")
    panel.line((112, 58), right, kind="flow")
    panel.box(92, 40, "speed below", width=100, height=34, frozen=frozen)
    panel.box(164, 40, number, width=36, height=34, color=domain)


def leaf(panel, x, y, words, color=None):
    panel.box(
        x, y, words, width=56, height=30, **({"color": color} if color else {})
    )


def right_question(panel, number, domain, frozen=False):
    """Draw the question on the right, with its two leaves."""
    panel.line((134, 130), (116, 170), kind="flow")
    panel.line((158, 130), (184, 170), kind="flow")
    panel.box(142, 112, "height below", width=100, height=34, frozen=frozen)
    panel.box(208, 112, number, width=28, height=34, color=domain)


def drawing():
    """Return the drawing: the source's tree, and the two ways to refine it."""
    whole = Drawing(
        "Three pictures of a decision tree. The source's tree asks for speed and "
        "for height, its numbers in blue. SER: under a leaf a new question has "
        "grown, in orange, and the question for height was cut to a leaf. STRUT: "
        "both questions are as before, hatched, and their numbers are new, in "
        "orange."
    )
    before = whole.panel("1. The source's tree", width=230, height=232)
    upper(before, "3", "source")
    right_question(before, "5", "source")
    leaf(before, 50, 112, "rest")
    leaf(before, 112, 186, "lift")
    leaf(before, 190, 186, "swing")
    before.text(115, 222, "blue: of the source", color="soft")
    grown = whole.panel("2. SER: grow, then cut", width=230, height=232)
    upper(grown, "3", "source", right=(176, 96))
    grown.line((56, 130), (40, 170), kind="flow")
    grown.line((72, 130), (100, 170), kind="flow")
    grown.box(62, 112, "pulse below", width=96, height=34, color="target")
    grown.box(128, 112, "7", width=30, height=34, color="target")
    leaf(grown, 36, 186, "rest", "target")
    leaf(grown, 108, 186, "walk", "target")
    leaf(grown, 190, 112, "lift", "target")
    grown.text(115, 222, "orange: of the target's labels", color="soft")
    moved = whole.panel("3. STRUT: new numbers", width=230, height=232)
    upper(moved, "8", "target", frozen=True)
    right_question(moved, "9", "target", frozen=True)
    leaf(moved, 50, 112, "rest", "target")
    leaf(moved, 112, 186, "lift", "target")
    leaf(moved, 190, 186, "swing", "target")
    moved.text(115, 222, "hatched: what is kept", color="soft")
    return whole
