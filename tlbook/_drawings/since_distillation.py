"""The drawing of chapters/since/distillation.ipynb: what a teacher says, sharp and soft."""

from tlbook.drawing import Drawing


def shares(panel, heights, words):
    """Draw what is said of three classes as bars with their names."""
    panel.line((30, 140), (200, 140), kind="axis")
    for x, height, name in zip((60, 115, 170), heights, ("3", "8", "1")):
        if height:
            panel.line((x, 140), (x, 140 - height), kind="border")
        panel.text(x, 158, name)
    panel.text(115, 190, words, color="soft")


def drawing():
    """Return the drawing: a label, a soft answer, and a student that learns from it."""
    whole = Drawing(
        "Three pictures. A label puts all its weight on the class 3. A teacher's "
        "soft answer gives some weight to the class 8 and little to 1. A small "
        "student learns from unlabeled triangles what a large teacher says of "
        "them."
    )
    shares(
        whole.panel("1. A label", width=230, height=212),
        (96, 0, 0),
        "which class",
    )
    shares(
        whole.panel("2. A soft answer", width=230, height=212),
        (64, 38, 8),
        "and what it is like",
    )
    last = whole.panel("3. Distillation", width=230, height=212)
    last.box(115, 38, "teacher", width=150, height=40, frozen=True)
    last.samples("target", [(40, 104), (52, 120), (32, 124)], size=5)
    last.arrow((48, 92), (76, 64), kind="flow")
    last.arrow((115, 62), (115, 134), kind="flow")
    last.text(124, 102, "soft answers", anchor="start")
    last.arrow((62, 122), (80, 134), kind="flow")
    last.box(115, 156, "student", width=84, height=32)
    last.text(115, 196, "no labels needed", color="soft")
    return whole
