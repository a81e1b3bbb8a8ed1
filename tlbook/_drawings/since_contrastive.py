"""Zero-shot by text: two towers, pairs pulled together, and a class that is a sentence."""

from tlbook.drawing import Drawing


def towers(panel, image, sentence, frozen):
    """Draw what goes through the two towers."""
    panel.text(50, 58, image, color="source-text")
    panel.text(50, 148, sentence, color="target-text")
    panel.arrow((96, 54), (124, 54), kind="flow")
    panel.arrow((96, 150), (124, 150), kind="flow")
    panel.box(168, 54, "image tower", width=84, frozen=frozen)
    panel.box(168, 150, "text tower", width=84, frozen=frozen)


def drawing():
    """Return the drawing: training on pairs, and a new class told in words."""
    whole = Drawing(
        "Two pictures. In training, images go through one tower and captions "
        "through another into one space, where each blue circle is pulled to the "
        "orange triangle of its caption. Then both towers are frozen: a new "
        "image goes to the nearest of the sentences, one of them never a caption."
    )
    training = whole.panel("Training: pairs", width=350, height=216)
    towers(training, "images", "captions", frozen=False)
    training.arrow((212, 60), (238, 78), kind="flow")
    training.arrow((212, 144), (238, 126), kind="flow")
    training.samples("source", [(262, 62), (304, 100), (256, 116)])
    training.samples("target", [(290, 58), (328, 112), (262, 146)])
    training.arrow((268, 61), (282, 59), kind="gradient")
    training.arrow((310, 103), (321, 108), kind="gradient")
    training.arrow((257, 123), (261, 137), kind="gradient")
    training.text(175, 202, "who belongs to whom?", color="soft")
    new = whole.panel("A new class", width=350, height=216)
    towers(new, "a new image", "“a red\ntriangle”", frozen=True)
    new.arrow((212, 60), (238, 78), kind="flow")
    new.arrow((212, 144), (238, 126), kind="flow")
    new.samples("source", [(296, 96)])
    new.samples("target", [(276, 58), (326, 64), (304, 122), (258, 146)])
    new.arrow((298, 103), (302, 114), kind="move")
    new.text(175, 202, "no image of it was labeled", color="soft")
    return whole
