"""SHOT: the classifier is kept, the encoder moves, and the source is gone."""

from tlbook.drawing import Drawing


def first(panel):
    panel.text(46, 40, "source", color="source-text", bold=True)
    panel.samples("source", [(34, 64), (54, 74), (42, 90)], hollow=[1])
    panel.arrow((68, 76), (94, 76), kind="source")
    panel.layers(126, 76, [64, 54, 44], color="source")
    panel.text(126, 128, "encoder", color="soft")
    panel.arrow((158, 76), (184, 76), kind="source")
    panel.box(236, 76, "classifier", width=100, color="source")
    panel.arrow((236, 96), (236, 120), kind="source")
    panel.loss(236, 150, "class\nloss", width=108, height=58)
    panel.text(175, 216, "with the source's labels", color="soft")


def second(panel):
    panel.text(46, 40, "target", color="target-text", bold=True)
    panel.samples("target", [(34, 64), (54, 74), (42, 90)])
    panel.arrow((68, 76), (94, 76), kind="target")
    panel.layers(126, 76, [64, 54, 44], color="target")
    panel.text(126, 128, "encoder moves", color="soft")
    panel.arrow((158, 76), (184, 76), kind="target")
    panel.box(236, 76, "classifier", width=100, color="source", frozen=True)
    panel.text(236, 48, "frozen", color="soft")
    panel.arrow((236, 96), (236, 120), kind="target")
    panel.loss(236, 152, "certain,\ndiverse", width=124, height=62)
    panel.arrow((173, 152), (126, 152), (126, 136), kind="gradient")
    panel.text(175, 216, "no source, no labels", color="soft")


def drawing():
    """Return the drawing: the network learns on the source, then adapts without it."""
    whole = Drawing(
        "Two pictures. First an encoder and a classifier learn from labeled source "
        "samples. Then the source is gone and the classifier frozen; target "
        "samples pass the encoder, which moves until the predictions are certain "
        "and diverse."
    )
    first(whole.panel("1. At the source", height=240))
    second(whole.panel("2. At the target", height=240))
    return whole
