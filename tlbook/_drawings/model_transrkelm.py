"""TransRKELM: a small machine takes in what it is sure of, a mistake among it."""

from tlbook.drawing import Drawing

SOURCE = [
    (34, 40),
    (52, 58),
    (30, 70),
    (62, 38),
    (142, 118),
    (164, 104),
    (176, 132),
]
SOURCE += [(150, 140)]
HOLLOW = (4, 5, 6, 7)
SURE = [(62, 66), (48, 84), (80, 48), (158, 92), (180, 112)]
UNSURE = [(98, 92), (118, 80), (108, 112)]
BORDER = ((60, 152), (154, 26))


def drawing():
    """Return the drawing: the machine of the source, what it is sure of, the update."""
    whole = Drawing(
        "Three pictures. A line parts filled and outlined source circles. Target "
        "triangles far from the line are called by it, filled or outlined; those "
        "between two dashed lines are small. Then the called ones enter, with a "
        "small outlined one on the wrong side, and the line has moved."
    )
    learn = whole.panel("1. A small machine", width=230, height=220)
    sure = whole.panel("2. What it is sure of", width=230, height=220)
    enter = whole.panel("3. Take that in", width=230, height=220)
    learn.samples("source", SOURCE, hollow=HOLLOW)
    learn.line(*BORDER)
    learn.text(115, 190, "handed over: a few rows,", color="soft")
    learn.text(115, 206, "weights, one small matrix", color="soft")
    sure.line(*BORDER)
    for move in (-30, 30):
        ends = [(x + move, y + move / 2) for x, y in BORDER]
        sure.line(*ends, kind="old")
    sure.samples("target", SURE, hollow=(3, 4))
    sure.samples("target", UNSURE, size=3)
    sure.text(115, 190, "far from the border;", color="soft")
    sure.text(115, 206, "small: not sure", color="soft")
    enter.samples("target", SURE, hollow=(3, 4))
    enter.samples("target", UNSURE[:1], size=4, hollow=[0])
    enter.line(*BORDER, kind="old")
    enter.line((44, 140), (134, 22))
    enter.text(115, 190, "the border moves, exactly;", color="soft")
    enter.text(115, 206, "a wrong call stays inside", color="soft")
    return whole
