"""ADDA: first the source alone, then an encoder of the target's own against a domain classifier."""

from tlbook.drawing import Drawing


def first(panel):
    panel.text(36, 34, "source", anchor="start", color="source-text", bold=True)
    panel.samples("source", [(52, 56), (70, 66), (62, 78)], hollow=[1])
    panel.arrow((84, 66), (112, 66), kind="source")
    panel.layers(142, 66, [64, 54, 44], color="source")
    panel.text(142, 118, "encoder", color="source-text")
    panel.arrow((174, 66), (202, 66), kind="source")
    panel.box(250, 66, "classifier", width=94, color="source")
    panel.arrow((250, 86), (250, 112), kind="source")
    panel.loss(250, 142, "class\nloss", width=104, height=56)
    panel.text(175, 222, "both stay as they are afterwards", color="soft")


def second(panel):
    panel.samples("source", [(20, 44), (36, 54), (28, 66)], hollow=[1])
    panel.arrow((48, 54), (72, 54), kind="source")
    panel.layers(102, 54, [64, 54, 44], color="source", frozen=True)
    panel.text(102, 104, "frozen", color="soft")
    panel.samples("target", [(20, 170), (36, 180), (28, 192)])
    panel.arrow((48, 180), (72, 180), kind="target")
    panel.layers(102, 180, [64, 54, 44], color="target")
    panel.text(102, 234, "begins as a copy", color="soft")
    panel.arrow((134, 54), (190, 54), (190, 98), kind="source")
    panel.arrow((134, 180), (190, 180), (190, 140), kind="target")
    panel.box(190, 118, "domain\nclassifier", width=96, height=40)
    panel.arrow((239, 118), (256, 118), kind="flow")
    panel.loss(302, 118, "domain\nloss", width=88, height=60)
    panel.arrow((302, 149), (302, 200), (134, 200), kind="gradient")
    panel.text(242, 220, "look like the source", color="forward-text")


def drawing():
    """Return the drawing: the two phases of the training."""
    whole = Drawing(
        "Two pictures. First, source samples pass an encoder and a classifier to "
        "the class loss. Then the source's encoder is frozen, and the target "
        "gets an encoder of its own, which begins as a copy; a domain "
        "classifier compares the features of both, and its gradient moves the "
        "target's encoder so that its features look like the source's."
    )
    first(whole.panel("1. Learn the source", height=250))
    second(whole.panel("2. Learn to pass for the source", height=250))
    return whole
