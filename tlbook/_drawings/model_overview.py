"""Model-based transfer: not the samples, not a space, but a part of the model."""

from tlbook.drawing import Drawing

SOURCE = [(30, 40), (48, 58), (66, 38), (34, 76), (60, 82)]
TARGET = [(172, 46), (194, 62), (180, 84)]


def drawing():
    """Return the drawing: what may be handed over, what is, what is learned anew."""
    whole = Drawing(
        "Three pictures. A model is learned from source circles and has two "
        "parts, an upper and a lower one. The upper part, hatched, is handed over, "
        "the circles stay. A new lower part is learned from three target "
        "triangles."
    )
    learn = whole.panel("1. A model of the source", width=230, height=220)
    hand = whole.panel("2. A part is handed over", width=230, height=220)
    anew = whole.panel("3. The rest, anew", width=230, height=220)
    learn.samples("source", SOURCE)
    learn.arrow((76, 62), (112, 62), kind="flow")
    learn.box(164, 50, "upper part", width=92, height=34, color="source")
    learn.box(164, 96, "lower part", width=92, height=34, color="source")
    learn.text(115, 176, "many samples,", color="soft")
    learn.text(115, 192, "all of them labeled", color="soft")
    hand.box(
        115, 50, "upper part", width=92, height=34, color="source", frozen=True
    )
    hand.arrow(
        (115, 76), (115, 140), kind="move", text="stays as it is", side="right"
    )
    hand.text(115, 176, "structure, weights, layers;", color="soft")
    hand.text(115, 192, "the samples stay at home", color="soft")
    anew.box(
        66, 50, "upper part", width=92, height=34, color="source", frozen=True
    )
    anew.box(66, 96, "lower part", width=92, height=34, color="target")
    anew.samples("target", TARGET)
    anew.arrow((160, 72), (120, 92), kind="flow")
    anew.text(115, 176, "few samples are enough", color="soft")
    anew.text(115, 192, "for a small part", color="soft")
    return whole
