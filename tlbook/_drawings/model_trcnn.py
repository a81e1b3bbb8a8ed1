"""TRCNN: a trained network is cut before its last layer, and new layers are grafted on."""

from tlbook.drawing import Drawing

HEIGHTS = [72, 60, 48, 40]


def source_network(panel):
    panel.box(40, 84, "A 7 g", width=58, height=38, color="source")
    panel.arrow((72, 84), (94, 84), kind="source")
    panel.layers(140, 84, HEIGHTS, color="source")
    panel.arrow((186, 84), (236, 84), kind="source")
    panel.box(290, 84, "62 outputs", width=96, height=38, color="source")
    panel.line((210, 34), (210, 74), kind="border")
    panel.line((210, 94), (210, 134), kind="border")
    panel.text(210, 22, "cut", bold=True)
    panel.text(140, 152, "layers that see strokes", color="soft")


def target_network(panel):
    panel.box(40, 84, "3 8 1", width=58, height=38, color="target")
    panel.arrow((72, 84), (90, 84), kind="target")
    panel.layers(132, 84, HEIGHTS, color="source", frozen=True)
    panel.arrow((172, 84), (190, 84), kind="target")
    panel.layers(214, 84, [48, 40], color="target")
    panel.arrow((236, 84), (254, 84), kind="target")
    panel.box(297, 84, "10 outputs", width=78, height=38, color="target")
    panel.text(132, 152, "taken over", color="soft")
    panel.text(256, 152, "new", color="soft")


def drawing():
    """Return the drawing: the source network with its cut, and what grows on the rest."""
    whole = Drawing(
        "Two pictures. A network in blue reads printed characters and has 62 "
        "outputs; it is cut before them. Its layers, hatched because they stay as "
        "they are, now read handwritten digits; two new layers in orange follow, "
        "and 10 outputs."
    )
    source_network(whole.panel("1. Trained where labels are plenty", height=166))
    target_network(whole.panel("2. New layers, learned on few", height=166))
    return whole
