"""The drawing of chapters/practice/selection.ipynb."""

from tlbook.drawing import Drawing


def drawing():
    whole = Drawing(
        "Three pictures. Held-out source samples near the target are drawn "
        "larger: their errors count more. In the target a border that runs "
        "between two groups of triangles is sure, one that runs through a group "
        "is not. A way leads from the source to guesses in the target and from "
        "these back to the source, where the labels are known."
    )
    weigh = whole.panel("1. Weigh the source", width=230, height=200)
    weigh.samples(
        "source",
        [(36, 70), (58, 108), (90, 66), (112, 112), (144, 76), (164, 104)],
        size=[3, 3, 4, 5, 8, 9],
    )
    weigh.samples("target", [(176, 66), (196, 86), (190, 116)])
    weigh.text(115, 164, "errors count by", color="soft")
    weigh.text(115, 182, "how near the target is", color="soft")
    sure = whole.panel("2. Look at the guesses", width=230, height=200)
    sure.samples("target", [(46, 68), (66, 92), (44, 112), (78, 118)])
    sure.samples(
        "target",
        [(150, 66), (172, 90), (148, 112), (184, 116)],
        hollow=[0, 1, 2, 3],
    )
    sure.line((112, 40), (112, 136), kind="border")
    sure.line((162, 40), (162, 136), kind="old")
    sure.text(115, 164, "no sample near the border,", color="soft")
    sure.text(115, 182, "equal guesses lie together", color="soft")
    back = whole.panel("3. Go there and back", width=230, height=200)
    back.samples("source", [(34, 76), (50, 104)])
    back.samples("source", [(66, 72), (74, 108)], hollow=[0, 1])
    back.samples("target", [(158, 72), (170, 106)])
    back.samples("target", [(190, 76), (198, 110)], hollow=[0, 1])
    back.arrow((90, 76), (142, 76), kind="flow", text="learn", side="above")
    back.arrow((142, 110), (90, 110), kind="flow", text="learn", side="below")
    back.text(115, 164, "guesses as labels;", color="soft")
    back.text(115, 182, "the source judges the way", color="soft")
    return whole
