"""The drawing of chapters/resources/comparison.ipynb."""

from tlbook.drawing import Drawing

SOURCE = [(30, 44), (44, 62), (56, 42)]
TARGET = [(30, 112), (44, 130), (56, 110)]


def drawing():
    """Return the drawing: a learner alone, the method around it, the gains of the targets."""
    whole = Drawing(
        "Three pictures. A learner is trained on the source and asked about the "
        "target. A method gets the target as well and trains the same learner. "
        "The difference is the gain; one gain for each target gives a mean and "
        "an interval."
    )
    alone = whole.panel("1. The learner alone", width=230, height=214)
    alone.samples("source", SOURCE, size=5)
    alone.samples("target", TARGET, size=5)
    alone.arrow((68, 54), (100, 80), kind="flow")
    alone.box(146, 88, "learner", width=84, height=40)
    alone.arrow((146, 110), (146, 136), kind="flow")
    alone.text(146, 154, "right: 60 %")
    alone.text(115, 186, "trained on the source,", color="soft")
    alone.text(115, 204, "asked about the target", color="soft")
    around = whole.panel("2. The method around it", width=230, height=214)
    around.samples("source", SOURCE, size=5)
    around.samples("target", TARGET, size=5)
    around.arrow((68, 54), (92, 70), kind="flow")
    around.arrow((68, 120), (92, 104), kind="flow")
    corners = [(94, 50), (210, 50), (210, 122), (94, 122), (94, 50)]
    around.line(*corners, kind="axis")
    around.box(152, 98, "learner", width=84, height=36)
    around.text(152, 70, "method")
    around.arrow((152, 124), (152, 138), kind="flow")
    around.text(152, 156, "right: 66 %")
    around.text(115, 186, "the same learner:", color="soft")
    around.text(115, 204, "the gain is 6 points", color="soft")
    gains = whole.panel("3. One gain for each target", width=230, height=214)
    gains.line((24, 92), (206, 92), kind="axis")
    gains.line((60, 40), (60, 150), kind="old")
    gains.text(60, 168, "0")
    gains.samples(
        "target", [(48, 72), (84, 64), (104, 76), (128, 66), (172, 72)], size=5
    )
    gains.line((72, 112), (144, 112), kind="border")
    gains.mean("target", 108, 112)
    gains.text(150, 138, "mean, interval")
    gains.text(115, 186, "above zero: it helps here;", color="soft")
    gains.text(115, 204, "zero inside: nothing seen", color="soft")
    return whole
