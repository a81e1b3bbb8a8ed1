"""Negative transfer: the same source helps at few labels and harms at many."""

from tlbook.drawing import Drawing

SOURCE = [(34, 66), (58, 32), (64, 114), (96, 86), (84, 158), (20, 104)]
SOURCE += [(132, 68), (128, 122), (152, 20), (176, 46), (186, 104), (206, 152)]
OTHER = (6, 7, 8, 9, 10, 11)  # of the second class
TARGET = [(28, 40), (48, 92), (36, 136), (104, 146), (142, 152), (70, 66)]
TARGET += [(86, 24), (126, 40), (158, 70), (156, 98), (200, 128), (200, 76)]


def plane(panel, which):
    """Draw the source, and some of the target's samples."""
    panel.samples("source", SOURCE, 3.5, OTHER)
    points = [TARGET[i] for i in which]
    panel.samples("target", points, 5, [k for k, i in enumerate(which) if i > 5])


def curves(panel):
    """Draw the accuracy of both over the number of labels."""
    panel.line((30, 20), (30, 150), (218, 150), kind="axis")
    panel.line((32, 84), (62, 72), (112, 62), (208, 54), kind="border")
    panel.line(
        (32, 140),
        (50, 104),
        (84, 70),
        (112, 50),
        (150, 38),
        (208, 30),
        kind="old",
    )
    panel.text(36, 40, "right answers", anchor="start", color="soft")
    panel.text(56, 128, "source helps", anchor="start", color="forward-text")
    panel.text(136, 84, "source harms", anchor="start", color="back-text")
    panel.text(124, 168, "target labels", color="soft")


def drawing():
    """Return the drawing: few labels, many labels, and the curves that cross."""
    whole = Drawing(
        "Three pictures. With two target labels the border of the target alone, "
        "dashed, tells these two apart and no more; the border of both domains "
        "is better. With twelve labels the dashed border is right for all "
        "triangles, and the source pulls the common one away: two are on its "
        "wrong side. The curves of right answers over the number of labels "
        "cross: first the source helps, then it harms."
    )
    few = whole.panel("1. Two target labels", width=230, height=200)
    plane(few, (1, 7))
    few.line((24, 12), (206, 168), kind="old")
    few.line((102, 12), (120, 168))
    few.text(115, 190, "dashed: the target alone", color="soft")
    many = whole.panel("2. Twelve of them", width=230, height=200)
    plane(many, range(12))
    many.line((64, 12), (166, 168), kind="old")
    many.line((98, 12), (126, 168))
    many.text(115, 190, "line: with the source", color="soft")
    curves(whole.panel("3. What comes of it", width=230, height=200))
    return whole
