"""MDD: a twin of the classifier agrees on the source and disagrees on the target."""

from tlbook.drawing import Drawing


def network(panel):
    panel.text(30, 24, "source", anchor="start", color="source-text", bold=True)
    panel.text(320, 24, "target", anchor="end", color="target-text", bold=True)
    panel.samples("source", [(46, 40), (62, 48), (78, 38)], hollow=[1])
    panel.samples("target", [(272, 40), (288, 48), (304, 38)])
    panel.arrow((90, 50), (138, 74), kind="source")
    panel.arrow((260, 50), (212, 74), kind="target")
    panel.layers(175, 98, [180, 140, 100], turned=True)
    panel.arrow((150, 122), (150, 140), (84, 140), (84, 176))
    panel.arrow((200, 122), (200, 140), (262, 140), (262, 146))
    panel.turn(262, 163)
    panel.arrow((262, 179), (262, 190))
    panel.box(84, 196, "classifier", width=112)
    panel.box(262, 210, "its twin", width=104)
    panel.arrow((141, 196), (174, 196), (174, 210), (208, 210), kind="flow")
    panel.text(174, 184, "answers", color="soft")
    panel.arrow((84, 215), (84, 228))
    panel.loss(84, 258, "class\nloss", width=112, height=58)
    panel.arrow((262, 229), (262, 240))
    panel.loss(262, 266, "disparity", width=124, height=50)


def plane(panel):
    panel.samples("source", [(62, 70), (84, 92), (96, 62), (74, 110), (104, 104)])
    panel.samples(
        "source",
        [(66, 196), (90, 214), (106, 190), (80, 232)],
        hollow=[0, 1, 2, 3],
    )
    panel.samples("target", [(220, 86), (244, 104), (258, 80), (268, 116)])
    panel.samples("target", [(232, 174), (262, 170), (276, 196), (304, 182)])
    panel.line((20, 152), (330, 152), kind="border")
    panel.line((20, 138), (330, 240), kind="old")
    panel.text(318, 140, "classifier", anchor="end")
    panel.text(336, 256, "twin", anchor="end", color="soft")
    panel.text(86, 30, "both agree here", color="source-text")
    panel.text(254, 30, "and not here", color="target-text")


def drawing():
    """Return the drawing: the network with a twin, and two borders in the plane."""
    whole = Drawing(
        "Two pictures. A network whose classifier has the class loss; over a "
        "reversed gradient its features also reach a twin of the classifier, "
        "which gets the classifier's answers and the disparity as its loss. "
        "Then a plane with two borders: they agree on the source samples, and "
        "some target samples lie between them."
    )
    network(whole.panel("1. A classifier and its twin", height=300))
    plane(whole.panel("2. What the twin looks for", height=300))
    return whole
