"""The drawing of chapters/since/partial_transfer.ipynb."""

from tlbook.drawing import Drawing


def drawing():
    whole = Drawing(
        "Three pictures. The source has two classes, blue, and the target one, "
        "orange, a little to the right of the first. With equal means the "
        "target lies between the two classes of the source. With the missing "
        "class weighed away, the first class lies on the target."
    )
    before = whole.panel("1. A class is missing", width=230, height=200)
    before.samples("source", [(40, 60), (56, 76), (36, 84), (58, 50)], size=5)
    before.samples(
        "source",
        [(160, 60), (176, 76), (156, 84), (178, 50)],
        size=5,
        hollow=[0, 1, 2, 3],
    )
    before.samples("target", [(76, 112), (92, 98), (72, 130), (94, 128)], size=5)
    before.text(115, 180, "the target has the first only", color="soft")
    equal = whole.panel("2. Equal means mislead", width=230, height=200)
    equal.samples("source", [(16, 102), (32, 118), (12, 126), (34, 92)], size=5)
    equal.samples(
        "source",
        [(136, 102), (152, 118), (132, 126), (154, 92)],
        size=5,
        hollow=[0, 1, 2, 3],
    )
    equal.samples("target", [(76, 112), (92, 98), (72, 130), (94, 128)], size=5)
    equal.line((84, 40), (84, 150), kind="border")
    equal.text(115, 180, "the border runs through it", color="soft")
    weighed = whole.panel("3. Weigh the classes", width=230, height=200)
    weighed.samples(
        "source", [(82, 106), (100, 118), (74, 118), (100, 90)], size=5
    )
    weighed.samples(
        "source",
        [(202, 102), (218, 118), (198, 126), (216, 88)],
        size=2,
        hollow=[0, 1, 2, 3],
    )
    weighed.samples("target", [(70, 98), (92, 100), (84, 134), (98, 134)], size=5)
    weighed.line((152, 40), (152, 150), kind="border")
    weighed.text(115, 180, "what is missing hardly counts", color="soft")
    return whole
