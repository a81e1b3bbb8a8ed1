"""The drawing of chapters/model/will_it_transfer.ipynb."""

from tlbook.drawing import Drawing


def drawing():
    whole = Drawing(
        "Two pictures. Ask the classifier: its calls T and O are counted "
        "against our classes, and most samples called T are of one class. Ask "
        "the features: an encoder whose features keep the two classes apart, "
        "and one that mixes them."
    )
    calls = whole.panel("Ask the classifier", width=350, height=210)
    calls.samples("target", [(36, 60), (56, 44), (48, 80), (70, 66)])
    calls.samples(
        "target",
        [(36, 140), (58, 126), (50, 160), (72, 148)],
        hollow=[0, 1, 2, 3],
    )
    calls.box(
        150, 106, "old model", width=90, height=40, color="source", frozen=True
    )
    calls.arrow((84, 72), (104, 92), kind="flow")
    calls.arrow((84, 140), (104, 120), kind="flow")
    calls.arrow((196, 98), (240, 74), kind="flow")
    calls.arrow((196, 114), (240, 140), kind="flow")
    calls.text(252, 48, '"T"', anchor="start")
    calls.samples("target", [(256, 66), (276, 66), (296, 66)])
    calls.samples("target", [(316, 66)], hollow=[0])
    calls.text(252, 126, '"O"', anchor="start")
    calls.samples("target", [(256, 144)])
    calls.samples(
        "target", [(276, 144), (296, 144), (316, 144)], hollow=[0, 1, 2]
    )
    calls.text(175, 194, "what does a call say of the class?", color="soft")
    features = whole.panel("Ask the features", width=350, height=210)
    features.samples(
        "target", [(40, 70), (60, 52), (72, 88), (52, 104), (84, 66)]
    )
    features.samples(
        "target",
        [(118, 118), (132, 92), (146, 126), (128, 144), (152, 104)],
        hollow=range(5),
    )
    features.line((70, 136), (130, 52), kind="border")
    features.text(95, 172, "encoder A", color="ink")
    features.samples(
        "target", [(218, 70), (262, 58), (300, 96), (240, 118), (286, 132)]
    )
    features.samples(
        "target",
        [(236, 88), (282, 80), (216, 112), (264, 104), (310, 122)],
        hollow=range(5),
    )
    features.text(265, 172, "encoder B", color="ink")
    features.text(175, 196, "are our classes apart?", color="soft")
    return whole
