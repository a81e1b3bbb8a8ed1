"""DDC: one network, a distance of means in one of its layers, and a cheap way to make it small."""

from tlbook.drawing import Drawing

SOURCE = [(40, 94), (56, 108), (42, 120), (60, 86), (72, 124)]
SOURCE_OTHER = [(52, 174), (70, 188), (44, 196), (78, 170), (62, 206)]
TARGET = [(150, 86), (168, 102), (152, 116), (176, 80), (184, 118)]
TARGET_OTHER = [(164, 172), (182, 184), (156, 192), (192, 168), (174, 208)]
ALL = [0, 1, 2, 3, 4]


def network(panel):
    panel.text(14, 24, "source", anchor="start", color="source-text", bold=True)
    panel.text(216, 24, "target", anchor="end", color="target-text", bold=True)
    panel.samples("source", [(26, 40), (42, 48), (58, 38)], hollow=[1])
    panel.samples("target", [(172, 40), (188, 48), (204, 38)])
    panel.arrow((66, 52), (92, 76), kind="source")
    panel.arrow((164, 52), (138, 76), kind="target")
    panel.layers(115, 102, [150, 120, 60], turned=True)
    panel.text(44, 126, "adaptation", color="soft")
    panel.text(44, 141, "layer", color="soft")
    panel.arrow((98, 127), (98, 160), (60, 160), (60, 184), kind="source")
    panel.arrow((113, 127), (113, 160), (154, 160), (154, 192), kind="source")
    panel.arrow((132, 127), (132, 144), (182, 144), (182, 190), kind="target")
    panel.box(60, 204, "classifier", width=92)
    panel.arrow((60, 224), (60, 238), kind="source")
    panel.loss(60, 268, "class\nloss", width=104, height=58)
    panel.loss(168, 222, "gap of\nmeans", width=108, height=72)


def drawing():
    """Return the drawing: the network with its losses, equal means, features that shrink."""
    whole = Drawing(
        "Three pictures. Source and target pass one network; at its adaptation "
        "layer the source goes on to the classifier and its loss, and the means "
        "of both domains are compared. Then the layer's plane: two clouds of "
        "each domain, whose means are drawn together. Last, all samples shrunk "
        "to one spot: equal means, and classes that nobody can tell apart."
    )
    network(whole.panel("1. One network, two losses", width=230, height=304))
    plane = whole.panel("2. Means drawn together", width=230, height=304)
    plane.samples("source", SOURCE)
    plane.samples("source", SOURCE_OTHER, hollow=ALL)
    plane.samples("target", TARGET)
    plane.samples("target", TARGET_OTHER, hollow=ALL)
    plane.mean("source", 58, 148)
    plane.mean("target", 172, 146)
    plane.arrow((70, 148), (108, 148), kind="source")
    plane.arrow((160, 146), (122, 146), kind="target")
    plane.text(115, 268, "all samples of a domain", color="soft")
    plane.text(115, 284, "are pushed the same way", color="soft")
    cheap = whole.panel("3. The cheap way out", width=230, height=304)
    cheap.samples("source", [(104, 140), (112, 146)], size=4)
    cheap.samples("source", [(106, 156), (122, 154)], size=4, hollow=[0, 1])
    cheap.samples("target", [(118, 138), (126, 144)], size=4)
    cheap.samples("target", [(114, 162), (128, 160)], size=4, hollow=[0, 1])
    for start, end in (
        ((40, 84), (90, 128)),
        ((190, 84), (140, 128)),
        ((40, 216), (90, 172)),
        ((190, 216), (140, 172)),
    ):
        cheap.arrow(start, end, kind="move")
    cheap.text(115, 268, "all features shrink: means", color="soft")
    cheap.text(115, 284, "agree, classes are lost", color="soft")
    return whole
