"""The drawing of chapters/since/group_dro.ipynb."""

from tlbook.drawing import Drawing


def drawing():
    whole = Drawing(
        "Three pictures with the losses of three groups as bars. GroupDRO presses "
        "on the highest bar. IRM draws one border that suits all three groups. "
        "V-REx presses all bars to one level."
    )
    worst = whole.panel("1. GroupDRO", width=230, height=200)
    worst.line((24, 150), (206, 150), kind="axis")
    for x, top in ((60, 112), (115, 66), (170, 124)):
        worst.box(x, (150 + top) // 2, "", width=34, height=150 - top)
    worst.arrow((115, 26), (115, 60), kind="gradient")
    worst.text(115, 178, "weigh the worst group", color="soft")
    same = whole.panel("2. IRM", width=230, height=200)
    for top in (24, 72, 120):
        same.samples("source", [(50, top + 12), (66, top + 20), (82, top + 10)])
        same.samples(
            "source",
            [(150, top + 10), (166, top + 20), (182, top + 12)],
            hollow=[0, 1, 2],
        )
    same.line((115, 18), (115, 150), kind="border")
    same.text(115, 178, "best in each group at once", color="soft")
    equal = whole.panel("3. V-REx", width=230, height=200)
    equal.line((24, 150), (206, 150), kind="axis")
    for x, top in ((60, 96), (115, 90), (170, 98)):
        equal.box(x, (150 + top) // 2, "", width=34, height=150 - top)
    equal.line((30, 80), (200, 80), kind="old")
    equal.text(115, 64, "one level")
    equal.text(115, 178, "equal losses", color="soft")
    return whole
