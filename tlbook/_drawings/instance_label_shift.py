"""The drawing of chapters/instance/label_shift.ipynb."""

from tlbook.drawing import Drawing


def drawing():
    whole = Drawing(
        "Three pictures. In the source two classes are equally frequent and a "
        "border parts them in the middle. In the target one class has become "
        "rare, and the old border stands too near to the frequent one. With the "
        "shares counted from the calls the border moves towards the rare class."
    )
    source = whole.panel("1. The source", width=230, height=200)
    source.bell("source", 78, 116, 92, 56)
    source.bell("source", 152, 116, 92, 56)
    source.line((20, 117), (210, 117), kind="axis")
    source.line((115, 40), (115, 136), kind="border")
    source.samples("source", [(52, 130), (66, 130), (80, 130), (94, 130)])
    source.samples(
        "source",
        [(136, 130), (150, 130), (164, 130), (178, 130)],
        hollow=[0, 1, 2, 3],
    )
    source.text(115, 180, "as many of either class", color="soft")
    target = whole.panel("2. One class becomes rare", width=230, height=200)
    target.bell("target", 78, 116, 92, 80)
    target.bell("target", 152, 116, 92, 22)
    target.line((20, 117), (210, 117), kind="axis")
    target.line((115, 40), (115, 136), kind="old")
    target.samples(
        "target",
        [(42, 130), (54, 130), (66, 130), (78, 130), (90, 130), (102, 130)],
    )
    target.samples("target", [(150, 130)], hollow=[0])
    target.text(115, 164, "the classes look as before,", color="soft")
    target.text(115, 182, "the old border calls too many", color="soft")
    count = whole.panel("3. Count the calls", width=230, height=200)
    count.bell("target", 78, 116, 92, 80)
    count.bell("target", 152, 116, 92, 22)
    count.line((20, 117), (210, 117), kind="axis")
    count.line((115, 40), (115, 136), kind="old")
    count.line((130, 40), (130, 136), kind="border")
    count.samples(
        "target",
        [(42, 130), (54, 130), (66, 130), (78, 130), (90, 130), (102, 130)],
    )
    count.samples("target", [(150, 130)], hollow=[0])
    count.text(115, 164, "calls give the new shares,", color="soft")
    count.text(115, 182, "shares move the border", color="soft")
    return whole
