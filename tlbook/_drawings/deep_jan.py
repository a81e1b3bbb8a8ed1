"""JAN: layers and predictions are compared together, not one by one."""

from tlbook.drawing import Drawing


def network(panel):
    panel.text(30, 24, "source", anchor="start", color="source-text", bold=True)
    panel.text(320, 24, "target", anchor="end", color="target-text", bold=True)
    panel.samples("source", [(46, 40), (62, 48), (78, 38)], hollow=[1])
    panel.samples("target", [(272, 40), (288, 48), (304, 38)])
    panel.arrow((90, 50), (108, 72), kind="source")
    panel.arrow((260, 50), (192, 74), kind="target")
    panel.layers(140, 90, [170, 140], turned=True)
    panel.layers(140, 146, [100], turned=True)
    panel.layers(140, 206, [60], turned=True)
    panel.arrow((140, 106), (140, 138), kind="flow")
    panel.arrow((140, 154), (140, 198), kind="flow")
    panel.text(82, 151, "features", anchor="end", color="soft")
    panel.text(104, 211, "predictions", anchor="end", color="soft")
    panel.box(236, 176, "product", width=72, height=32)
    panel.arrow((193, 146), (236, 146), (236, 158), kind="flow")
    panel.arrow((173, 206), (236, 206), (236, 194), kind="flow")
    panel.arrow((273, 176), (288, 176), kind="flow")
    panel.loss(318, 176, "gap", width=56, height=60)
    panel.arrow((140, 214), (140, 238), kind="source")
    panel.loss(140, 266, "class\nloss", width=104, height=56)


def pairs(panel):
    panel.line((70, 40), (70, 220), kind="axis")
    panel.line((70, 220), (320, 220), kind="axis")
    panel.text(195, 262, "features", color="soft")
    panel.text(38, 96, "class a", color="soft")
    panel.text(38, 176, "class b", color="soft")
    panel.samples("source", [(118, 84), (132, 96), (146, 82), (126, 104)])
    panel.samples("source", [(250, 164), (264, 176), (276, 162), (258, 184)])
    panel.samples("target", [(250, 84), (264, 96), (278, 82), (262, 106)])
    panel.samples("target", [(118, 164), (132, 178), (146, 162), (126, 188)])
    panel.line((132, 214), (132, 226), kind="axis")
    panel.line((264, 214), (264, 226), kind="axis")
    panel.text(132, 242, "left")
    panel.text(264, 242, "right")
    panel.text(195, 26, "each alone agrees, the pairs do not", color="ink")


def drawing():
    """Return the drawing: a network whose layers meet in a product, and why."""
    whole = Drawing(
        "Two pictures. A network that both domains pass: its features and its "
        "predictions meet in a product, whose gap between the domains is one "
        "loss; the class loss is that of the source. Then a plane of features "
        "and classes: circles on the left are of class a and on the right of b, "
        "triangles the other way round."
    )
    network(whole.panel("1. One comparison of all layers", height=304))
    pairs(whole.panel("2. What only the product sees", height=304))
    return whole
