"""The drawing of chapters/frontiers/ttl.ipynb."""

from tlbook.drawing import Drawing


def drawing():
    """Return the drawing: no common words, a bridge, and clusters without names."""
    whole = Drawing(
        "Three pictures. The words of the source and those of the target do not "
        "overlap. A third domain has both kinds of words, and hands the labels "
        "on. Without it the target has two clusters, and nothing says which "
        "name belongs to which."
    )
    apart = whole.panel("1. Nothing in common", width=230, height=214)
    apart.samples("source", [(36, 30), (84, 30)])
    apart.samples("source", [(52, 30), (68, 30)], hollow=[0, 1])
    apart.box(60, 62, "left words", width=94, height=32, color="source")
    apart.box(170, 118, "right words", width=94, height=32, color="target")
    apart.samples("target", [(146, 152), (162, 152), (178, 152), (194, 152)])
    apart.line((115, 20), (115, 160), kind="old")
    apart.text(115, 200, "a classifier sees zeros", color="soft")
    bridge = whole.panel("2. A bridge", width=230, height=214)
    bridge.box(65, 32, "left words", width=94, height=32, color="source")
    bridge.box(115, 94, "all words", width=194, height=32)
    bridge.box(165, 156, "right words", width=94, height=32, color="target")
    bridge.arrow((65, 50), (65, 76), kind="flow")
    bridge.arrow((165, 112), (165, 138), kind="flow")
    bridge.text(76, 67, "labels", anchor="start")
    bridge.text(154, 129, "labels", anchor="end")
    bridge.text(115, 200, "two short ways", color="soft")
    alone = whole.panel("3. No bridge", width=230, height=214)
    alone.samples("target", [(46, 90), (64, 74), (60, 106), (82, 92), (72, 124)])
    alone.samples(
        "target",
        [(150, 84), (168, 70), (186, 92), (162, 108), (180, 120)],
        hollow=range(5),
    )
    alone.line((116, 56), (116, 140), kind="border")
    alone.text(62, 44, "A or B?")
    alone.text(168, 44, "B or A?")
    alone.text(115, 200, "clusters, and no names", color="soft")
    return whole
