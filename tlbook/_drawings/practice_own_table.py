"""The drawing of chapters/practice/own_table.ipynb."""

from tlbook.drawing import Drawing


def drawing():
    whole = Drawing(
        "Three pictures. On the left of a wall stand two tables with labels, on "
        "the right one without. An encoder is fitted on the left and applied to "
        "both. At the end a few labels come through the wall, and they only judge."
    )
    wall = whole.panel("1. A wall", width=230, height=200)
    wall.samples("source", [(30, 60), (50, 82), (72, 64)], hollow=[1])
    wall.samples("source", [(30, 120), (52, 138), (74, 118)], hollow=[0])
    wall.line((115, 44), (115, 160), kind="axis")
    wall.samples("target", [(150, 84), (172, 106), (192, 86)])
    wall.text(58, 180, "two with labels", color="source")
    wall.text(172, 180, "one without", color="target")
    state = whole.panel("2. The state of a step", width=230, height=200)
    state.samples("source", [(24, 70), (38, 92)], hollow=[1])
    state.arrow((52, 82), (72, 82), kind="flow")
    state.box(115, 82, "encoder", width=80, frozen=True)
    state.samples("target", [(192, 70), (206, 92)])
    state.arrow((180, 82), (160, 82), kind="flow")
    state.text(62, 140, "learned here", color="source")
    state.text(172, 140, "applied here", color="target")
    state.text(115, 180, "means, words, scales", color="soft")
    door = whole.panel("3. The door, once", width=230, height=200)
    door.samples("target", [(30, 70), (52, 92), (36, 112)], hollow=[0])
    door.arrow((66, 92), (106, 92), kind="flow")
    door.box(160, 92, "judge", width=92)
    door.text(115, 150, "a few, by lot,", color="ink")
    door.text(115, 172, "to judge only", color="ink")
    return whole
