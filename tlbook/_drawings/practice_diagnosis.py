"""The drawing of chapters/practice/diagnosis.ipynb."""

from tlbook.drawing import Drawing


def drawing():
    whole = Drawing(
        "Three pictures. Source circles and target triangles lie apart. A story "
        "moves the circles to where the triangles should be. A classifier gets "
        "both and is asked which is which; it cannot tell, so the story fits."
    )
    two = whole.panel("1. Two tables", width=230, height=200)
    two.samples("source", [(40, 60), (58, 82), (76, 66), (52, 104)])
    two.samples("target", [(150, 96), (168, 118), (186, 102), (162, 140)])
    two.text(60, 136, "source", color="source")
    two.text(168, 172, "target", color="target")
    story = whole.panel("2. A story", width=230, height=200)
    story.samples(
        "source", [(40, 60), (58, 82), (76, 66), (52, 104)], hollow=[0, 1, 2, 3]
    )
    story.samples("source", [(150, 92), (168, 114), (186, 98), (162, 136)])
    story.arrow((88, 84), (136, 100), kind="move")
    story.text(115, 180, "it came by a drift", color="soft")
    asked = whole.panel("3. Told apart?", width=230, height=200)
    asked.samples("source", [(30, 62), (48, 84), (66, 68)])
    asked.samples("target", [(34, 84), (52, 64), (64, 92)])
    asked.arrow((80, 78), (112, 78), kind="flow")
    asked.box(164, 78, "classifier", width=92)
    asked.arrow((164, 98), (164, 126), kind="flow")
    asked.text(164, 146, "AUC near 1/2:", color="ink")
    asked.text(164, 166, "the story fits", color="ink")
    return whole
