"""The drawing of chapters/model/regular_transfer.ipynb."""

from tlbook.drawing import Drawing


def drawing():
    whole = Drawing(
        "Two pictures of a plane of weights. On the left a penalty pulls the "
        "weights to zero, far from where the target's samples would have them. "
        "On the right it pulls them to the weights of the source, which stand "
        "near; the result lies between the two."
    )
    zero = whole.panel("1. Pulled to zero", width=350, height=200)
    zero.line((30, 150), (320, 150), kind="axis")
    zero.line((60, 185), (60, 40), kind="axis")
    zero.mean("target", 270, 70)
    zero.text(270, 44, "what the samples want", color="target")
    zero.arrow((254, 76), (172, 108), kind="move")
    zero.arrow((72, 146), (148, 117), kind="move")
    zero.samples("target", [(160, 112)], size=6)
    zero.text(190, 134, "result", color="ink")
    zero.text(84, 174, "zero", color="soft")
    source = whole.panel("2. Pulled to the source", width=350, height=200)
    source.line((30, 150), (320, 150), kind="axis")
    source.line((60, 185), (60, 40), kind="axis")
    source.mean("target", 270, 70)
    source.text(270, 44, "what the samples want", color="target")
    source.mean("source", 180, 106)
    source.text(180, 134, "source's weights", color="source")
    source.arrow((192, 101), (214, 92), kind="move")
    source.arrow((258, 75), (238, 83), kind="move")
    source.samples("target", [(226, 88)], size=6)
    return whole
