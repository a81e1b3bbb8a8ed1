"""L2-SP: what pulls at the weights while they are tuned."""

from tlbook.drawing import Drawing

ZERO, START, BEST = (50, 170), (150, 70), (262, 108)


def plane(panel, pull, rest, words):
    """Draw the start, the best weights of the few samples, and where the pull ends."""
    panel.line((20, ZERO[1]), (320, ZERO[1]), kind="axis")
    panel.line((ZERO[0], 190), (ZERO[0], 30), kind="axis")
    panel.mean("source", *START)
    panel.text(150, 46, "start", color="source-text")
    panel.mean("target", *BEST)
    panel.text(262, 138, "best for the few", color="target-text")
    panel.arrow((162, 74), (249, 104), kind="move")
    panel.arrow(rest, pull, kind="gradient")
    panel.text(175, 204, words, color="soft")


def drawing():
    """Return the drawing: decay pulls to zero, L2-SP to the start."""
    whole = Drawing(
        "Two pictures of a plane of weights with the start in blue and the best "
        "weights for few samples in orange. Weight decay pulls from the orange "
        "point towards zero, past the start; L2-SP pulls back towards the start."
    )
    decay = whole.panel("Weight decay", width=350, height=220)
    plane(decay, (150, 140), (236, 116), "zero is nobody's model")
    near = whole.panel("L2-SP", width=350, height=220)
    plane(near, (186, 66), (246, 86), "the start is what others have learned")
    return whole
