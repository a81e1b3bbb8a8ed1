"""DAN: distances in several layers of a network, and kernels of several widths."""

from tlbook.drawing import Drawing


def network(panel):
    panel.text(30, 24, "source", anchor="start", color="source-text", bold=True)
    panel.text(320, 24, "target", anchor="end", color="target-text", bold=True)
    panel.samples("source", [(46, 40), (62, 48), (78, 38)], hollow=[1])
    panel.samples("target", [(272, 40), (288, 48), (304, 38)])
    panel.arrow((90, 50), (128, 72), kind="source")
    panel.arrow((260, 50), (222, 72), kind="target")
    panel.layers(175, 90, [190, 160], turned=True)
    panel.layers(175, 150, [100], turned=True)
    panel.layers(175, 210, [60], turned=True)
    panel.arrow((175, 106), (175, 142), kind="flow")
    panel.arrow((175, 158), (175, 202), kind="flow")
    panel.text(118, 155, "bottleneck", anchor="end", color="soft")
    panel.text(138, 215, "scores", anchor="end", color="soft")
    panel.arrow((227, 150), (246, 150), kind="flow")
    panel.arrow((207, 210), (246, 210), kind="flow")
    panel.loss(294, 150, "MMD", width=92, height=44)
    panel.loss(294, 210, "MMD", width=92, height=44)
    panel.arrow((175, 218), (175, 240), kind="source")
    panel.loss(175, 268, "class\nloss", width=104, height=56)
    panel.text(294, 256, "both domains", color="soft")
    panel.text(66, 273, "source alone", color="soft")


def kernels(panel):
    for at in (60, 100, 140, 180, 220, 260):
        panel.samples("source", [(at, 112)], size=4.5)
        panel.samples("target", [(at + 20, 112)], size=4.5)
    panel.bell("source", 140, 96, 44, 56)
    panel.text(175, 26, "narrow: sees that they alternate", color="ink")
    panel.line((30, 124), (320, 124), kind="axis")
    for i in range(6):
        panel.samples("source", [(52 + 22 * i, 262)], size=4.5)
        panel.samples("target", [(192 + 22 * i, 262)], size=4.5)
    panel.bell("source", 107, 246, 180, 70)
    panel.text(175, 162, "wide: sees that all have moved", color="ink")
    panel.line((30, 274), (320, 274), kind="axis")


def drawing():
    """Return the drawing: which layers are compared, and what kernels see."""
    whole = Drawing(
        "Two pictures. A network that both domains pass; in its bottleneck and in "
        "its scores the two domains are compared by an MMD each, and the class "
        "loss is that of the source alone. Then two kernels: a narrow bell over "
        "samples of both domains that alternate, a wide bell over a source on "
        "the left and a target on the right."
    )
    network(whole.panel("1. Several layers are compared", height=304))
    kernels(whole.panel("2. Kernels of several widths", height=304))
    return whole
