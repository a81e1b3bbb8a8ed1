"""Deep methods: one network, one more term; and what each term sees."""

from tlbook.drawing import Drawing


def network(panel):
    panel.text(30, 24, "source", anchor="start", color="source-text", bold=True)
    panel.text(320, 24, "target", anchor="end", color="target-text", bold=True)
    panel.samples("source", [(46, 40), (62, 48), (78, 38)], hollow=[1])
    panel.samples("target", [(272, 40), (288, 48), (304, 38)])
    panel.arrow((90, 50), (128, 74), kind="source")
    panel.arrow((260, 50), (222, 74), kind="target")
    panel.layers(175, 114, [190, 160, 120, 80], turned=True)
    panel.text(175, 182, "activations", color="soft")
    panel.arrow((146, 147), (146, 162), (84, 162), (84, 198), kind="source")
    panel.arrow((204, 147), (204, 162), (262, 162), (262, 190), kind="flow")
    panel.loss(84, 238, "class\nloss", width=124, height=76)
    panel.loss(262, 238, "how far\napart", width=140, height=92)
    panel.text(168, 242, "+", size=20)


def terms(panel):
    panel.line((175, 10), (175, 294), kind="axis")
    panel.line((10, 152), (340, 152), kind="axis")
    panel.mean("source", 50, 64)
    panel.mean("target", 126, 64)
    panel.samples("source", [(34, 44), (66, 46), (36, 84), (64, 86)], size=4)
    panel.samples("target", [(110, 44), (142, 46), (112, 84), (140, 86)], size=4)
    panel.text(88, 24, "DDC: means", bold=True)
    panel.text(88, 140, "moved", color="soft")
    wide = [(206, 62), (222, 70), (238, 60), (252, 70), (214, 78), (246, 80)]
    tall = [(300, 40), (308, 54), (298, 68), (310, 82), (300, 96), (308, 108)]
    panel.samples("source", wide, size=4)
    panel.samples("target", tall, size=4)
    panel.text(262, 24, "Deep CORAL: spread", bold=True)
    panel.text(262, 140, "stretched", color="soft")
    ring = [(58, 204), (76, 222), (76, 246), (58, 262), (38, 246), (38, 222)]
    lump = [
        (118, 228),
        (128, 224),
        (136, 232),
        (120, 240),
        (132, 244),
        (126, 233),
    ]
    panel.samples("source", ring, size=4)
    panel.samples("target", lump, size=4)
    panel.text(88, 174, "DAN: form", bold=True)
    panel.text(88, 288, "another form", color="soft")
    panel.samples("source", [(210, 212), (224, 220), (214, 228)], size=4)
    panel.samples("source", [(210, 250), (224, 258)], size=4, hollow=[0, 1])
    panel.samples("target", [(300, 212), (314, 220)], size=4, hollow=[0, 1])
    panel.samples("target", [(300, 250), (314, 258), (304, 264)], size=4)
    panel.text(262, 174, "JAN: with classes", bold=True)
    panel.text(262, 288, "exchanged", color="soft")


def drawing():
    """Return the drawing: the loss of all these methods, and the four terms."""
    whole = Drawing(
        "Two pictures. Source and target pass one network; a class loss of the "
        "source and a loss that says how far the activations of both domains are "
        "apart are added. Then four small pictures: DDC sees a cloud that was "
        "moved, Deep CORAL one that was stretched, DAN one of another form, JAN "
        "two whose classes have changed places."
    )
    network(whole.panel("1. One more term in the loss", height=304))
    terms(whole.panel("2. What each term sees", height=304))
    return whole
