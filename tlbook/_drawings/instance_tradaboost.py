"""TrAdaBoost: wrong target samples grow, wrong source samples fade, the last half votes."""

from tlbook.drawing import Drawing

SOURCE = [(34, 42), (58, 70), (40, 104), (70, 34), (90, 96), (150, 52)]
SOURCE += [(176, 96), (196, 58), (160, 124), (204, 118)]
WRONG = (4, 5)  # of the source: it lies on the other side of the border
OTHER = (4, 6, 7, 8, 9)  # of the second class
TARGET = [(30, 136), (66, 126), (92, 58), (134, 96), (184, 30), (186, 140)]


def drawing():
    """Return the drawing: a round before and after the weights move, and the vote."""
    whole = Drawing(
        "Three pictures. A border between filled and outlined samples; two blue "
        "circles and one orange triangle are on its wrong side. Afterwards the two "
        "circles are dots and the triangle is large. Five learners below each "
        "other: the last three vote, the first two do not."
    )
    first = whole.panel("1. A learner errs", width=230, height=200)
    second = whole.panel("2. Weights move apart", width=230, height=200)
    for panel, old, wrong, triangle in ((first, 6, 6, 6), (second, 6, 2.5, 11)):
        panel.line((118, 14), (112, 160))
        sizes = [wrong if i in WRONG else old for i in range(len(SOURCE))]
        panel.samples("source", SOURCE, sizes, OTHER)
        sizes = [triangle if i == 3 else 6 for i in range(len(TARGET))]
        panel.samples("target", TARGET, sizes, [4, 5])
    first.text(115, 186, "two circles, one triangle", color="soft")
    second.text(115, 186, "old ones fade, new ones grow", color="soft")
    vote = whole.panel("3. The last half votes", width=230, height=200)
    for i, y in enumerate((28, 58, 88, 118, 148)):
        votes = i > 1
        vote.box(64, y, f"learner {i + 1}", width=84, height=24, frozen=not votes)
        if votes:
            vote.arrow((108, y), (150, 114 + 4 * (i - 2)), kind="flow")
    vote.box(186, 118, "answer", width=64, height=32, color="target")
    vote.text(115, 186, "hatched: too early to vote", color="soft")
    return whole
