"""CDAN: the domain classifier sees features and predictions in one product."""

from tlbook.drawing import Drawing


def network(panel):
    panel.text(30, 24, "source", anchor="start", color="source-text", bold=True)
    panel.text(320, 24, "target", anchor="end", color="target-text", bold=True)
    panel.samples("source", [(46, 40), (62, 48), (78, 38)], hollow=[1])
    panel.samples("target", [(272, 40), (288, 48), (304, 38)])
    panel.arrow((90, 50), (108, 70), kind="source")
    panel.arrow((260, 50), (170, 74), kind="target")
    panel.layers(110, 94, [150, 120, 90], turned=True)
    panel.text(182, 115, "features", anchor="start", color="soft")
    panel.arrow((96, 118), (96, 150))
    panel.box(84, 168, "classifier", width=108)
    panel.arrow((72, 187), (72, 214))
    panel.loss(72, 246, "class\nloss", width=108, height=62)
    panel.box(200, 168, "product", width=76, height=34)
    panel.arrow((139, 168), (160, 168), kind="flow")
    panel.arrow((124, 118), (124, 132), (200, 132), (200, 149), kind="flow")
    panel.turn(280, 168)
    panel.arrow((239, 168), (264, 168), kind="flow")
    panel.arrow((280, 184), (280, 198), kind="flow")
    panel.box(280, 220, "domain\nclassifier", width=104, height=40)
    panel.arrow((280, 241), (280, 252), kind="flow")
    panel.text(280, 270, "domain loss", color="ink")


def copies(panel):
    for x, name in ((70, "class 1"), (175, "class 2"), (280, "class 3")):
        panel.box(x, 110, "", width=88, height=120)
        panel.text(x, 40, name)
    panel.samples("source", [(50, 80), (66, 96), (56, 118), (84, 84)])
    panel.samples("target", [(70, 140), (88, 126), (94, 102)])
    panel.samples("source", [(154, 92), (172, 78), (190, 100)])
    panel.samples("target", [(160, 140), (182, 132), (196, 146)])
    panel.samples("source", [(260, 84), (278, 98), (298, 82), (286, 120)])
    panel.samples("target", [(262, 136), (304, 134)])
    panel.samples("target", [(178, 114), (270, 110)], size=2.5)
    panel.arrow((150, 214), (176, 122), kind="move")
    panel.arrow((190, 214), (266, 118), kind="move")
    panel.text(175, 232, "an unsure sample: small in two copies", color="soft")
    panel.text(175, 256, "in each copy both domains must agree", color="soft")


def drawing():
    """Return the drawing: the network with its product, and the copies in it."""
    whole = Drawing(
        "Two pictures. Features and predictions of both domains meet in a product, "
        "which goes to a domain classifier over a reversed gradient; the "
        "classifier has the class loss. Then the product as three boxes, one a "
        "class: samples of which the network is sure lie in one box, an unsure "
        "target sample lies in two, and is small in both."
    )
    network(whole.panel("1. What the domain classifier sees", height=290))
    copies(whole.panel("2. One copy of the features a class", height=290))
    return whole
