"""The drawing of chapters/since/jdot.ipynb."""

from tlbook.drawing import Drawing


def drawing():
    """Return the drawing: what the places say, what the labels say, and the two steps."""
    whole = Drawing(
        "Three pictures. Two classes of source circles, hollow and filled, and a "
        "target that is turned against them. By their places alone, hollow "
        "circles are sent to triangles of both classes. With the labels that the "
        "learner gives the triangles, each class stays together. A plan gives "
        "labels to the learner, and the learner gives a cost to the plan."
    )
    hollow, filled = (
        [(48, 66), (48, 92), (48, 118)],
        [
            (182, 66),
            (182, 92),
            (182, 118),
        ],
    )
    upper, lower = (
        [(92, 44), (115, 44), (138, 44)],
        [
            (92, 140),
            (115, 140),
            (138, 140),
        ],
    )
    places = whole.panel("1. By places alone", width=230, height=200)
    places.arrow((48, 66), (82, 48), kind="move")
    places.arrow((48, 118), (82, 136), kind="move")
    places.arrow((182, 66), (148, 48), kind="move")
    places.arrow((182, 118), (148, 136), kind="move")
    labels = whole.panel("2. With labels", width=230, height=200)
    for (x, y), (u, v) in (
        ((48, 66), (82, 47)),
        ((48, 92), (104, 53)),
        ((182, 92), (127, 131)),
        ((182, 118), (149, 137)),
    ):
        labels.arrow((x, y), (u, v), kind="move")
    for panel in (places, labels):
        panel.samples("source", hollow, size=6, hollow=[0, 1, 2])
        panel.samples("source", filled, size=6)
        panel.samples("target", upper, size=6, hollow=[0, 1, 2])
        panel.samples("target", lower, size=6)
    labels.line((70, 92), (160, 92), kind="border")
    places.text(115, 180, "a class falls apart", color="soft")
    labels.text(115, 180, "it goes where it is called", color="soft")
    steps = whole.panel("3. Two steps in turn", width=230, height=200)
    steps.box(115, 52, "plan", width=90, height=36)
    steps.box(115, 138, "learner", width=90, height=36)
    steps.arrow((94, 72), (94, 117), kind="flow")
    steps.arrow((136, 117), (136, 72), kind="flow")
    steps.text(86, 99, "labels", anchor="end", color="soft")
    steps.text(144, 99, "cost", anchor="start", color="soft")
    steps.text(115, 180, "until the labels stand still", color="soft")
    return whole
