"""The drawing of chapters/model/source_mixture.ipynb."""

from tlbook.drawing import Drawing


def drawing():
    whole = Drawing(
        "Three pictures. Three sources, blue bells at three places of an axis, "
        "each with a rule of its own. The target, orange, has bells at the same "
        "places, a high, a low and a middle one: the shares. A target sample "
        "between two bells is answered by the rules of both, the nearer one "
        "counting more."
    )
    sources = whole.panel("1. Three sources", width=230, height=200)
    for x, name in ((50, "rule 1"), (115, "rule 2"), (180, "rule 3")):
        sources.bell("source", x, 116, 56, 62)
        sources.text(x, 140, name)
    sources.line((14, 117), (216, 117), kind="axis")
    sources.text(115, 180, "labeled, each has its rule", color="soft")
    target = whole.panel("2. How much of each?", width=230, height=200)
    for x, height, share in (
        (50, 84, "60 %"),
        (115, 16, "10 %"),
        (180, 44, "30 %"),
    ):
        target.bell("target", x, 116, 56, height)
        target.text(x, 140, share)
    target.line((14, 117), (216, 117), kind="axis")
    target.text(115, 180, "unlabeled: its shares show", color="soft")
    rules = whole.panel("3. Whose rule counts?", width=230, height=200)
    rules.box(50, 50, "rule 1", width=70, height=30, color="source")
    rules.box(180, 50, "rule 3", width=70, height=30, color="source")
    rules.samples("target", [(90, 124)], size=[7])
    rules.arrow((54, 67), (84, 114), kind="flow")
    rules.arrow((172, 67), (98, 118), kind="flow")
    rules.text(44, 96, "much")
    rules.text(164, 102, "little")
    rules.text(115, 162, "each sample is answered by", color="soft")
    rules.text(115, 180, "those it may come from", color="soft")
    return whole
