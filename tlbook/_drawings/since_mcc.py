"""The drawing of chapters/since/mcc.ipynb."""

from tlbook.drawing import Drawing

SOURCE = [(34, 46), (48, 66), (62, 44), (72, 68), (56, 82)]
OTHERS = [(150, 46), (164, 68), (180, 48), (190, 70), (168, 86)]
TARGET = [(88, 122), (102, 140), (118, 120), (128, 142), (108, 158)]
REST = [(172, 122), (186, 142), (200, 120), (208, 144), (190, 160)]


def plane(panel):
    """Draw both domains: the target's classes stand to the right of the source's."""
    panel.samples("source", SOURCE, size=5)
    panel.samples("source", OTHERS, size=5, hollow=[0, 1, 2, 3, 4])
    panel.samples("target", TARGET, size=5)
    panel.samples("target", REST, size=5, hollow=[0, 1, 2, 3, 4])


def drawing():
    """Return the drawing: a border through the target, a table of beliefs, the border moved."""
    whole = Drawing(
        "Three pictures. The border that was learned on the source runs through "
        "a class of the target. A table of two classes says how much the samples "
        "of one are also believed to be of the other. Without samples between "
        "the classes the border stands in the target's gap."
    )
    before = whole.panel("1. The source's border", width=230, height=214)
    plane(before)
    before.line((112, 26), (112, 176), kind="border")
    before.text(115, 204, "runs through the target", color="soft")
    table = whole.panel("2. Believed of one sample", width=230, height=214)
    table.text(96, 40, "A")
    table.text(184, 40, "B")
    table.text(42, 82, "A")
    table.text(42, 138, "B")
    table.box(96, 78, "sure", width=80, height=44)
    table.box(184, 78, "confused", width=80, height=44, color="back")
    table.box(96, 134, "confused", width=80, height=44, color="back")
    table.box(184, 134, "sure", width=80, height=44)
    table.text(115, 186, "each row sums to one,", color="soft")
    table.text(115, 204, "the loss is off the diagonal", color="soft")
    after = whole.panel("3. Nobody in between", width=230, height=214)
    plane(after)
    after.line((112, 26), (112, 176), kind="old")
    after.line((131, 26), (147, 176), kind="border")
    after.text(115, 204, "the border stands in the gap", color="soft")
    return whole
