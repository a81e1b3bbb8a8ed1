"""DANN: two losses pull at one network, and the gradient of one of them is turned."""

from tlbook.drawing import Drawing

LEFT, MIDDLE, RIGHT = 84, 175, 266
CLASSIFIER, LOSS = 232, 306  # heights of the two heads and of their losses
TURN = 170


def network(panel):
    """Draw what both pictures share: data, features, two heads, two losses."""
    panel.samples(
        "source", [(98, 20), (114, 30), (130, 18), (146, 30)], hollow=(1, 3)
    )
    panel.samples("target", [(206, 20), (222, 30), (238, 18), (254, 30)])
    panel.text(84, 28, "source", anchor="end", color="source-text", bold=True)
    panel.text(268, 28, "target", anchor="start", color="target-text", bold=True)
    panel.layers(MIDDLE, 96, [150, 120, 90], turned=True)
    panel.text(258, 100, "features", anchor="start", bold=True)
    panel.box(LEFT, CLASSIFIER, "classifier", width=124)
    panel.box(RIGHT, CLASSIFIER, "domain\nclassifier", width=124, height=40)
    panel.loss(LEFT, LOSS, "class\nloss", width=124, height=64)
    panel.loss(RIGHT, LOSS, "domain\nloss", width=124, height=64)
    panel.turn(RIGHT, TURN)


def drawing():
    """Return the drawing: data on their way forward, gradients on their way back."""
    whole = Drawing(
        "Two pictures of one network. Forward, source and target pass the same "
        "features; a classifier learns the class of the source, a domain "
        "classifier tells the domains apart. Back, the gradient of the class "
        "loss reaches the features as it is; that of the domain loss is turned "
        "on its way, so that the features learn to hide the domain."
    )
    forward = whole.panel("Forward: what the network computes", height=350)
    network(forward)
    forward.arrow((122, 42), (150, 70), kind="source")
    forward.arrow((230, 42), (200, 70), kind="target")
    forward.arrow((150, 122), (150, 140), (LEFT, 140), (LEFT, 212))
    forward.arrow((200, 122), (200, 140), (RIGHT, 140), (RIGHT, TURN - 16))
    forward.arrow((RIGHT, TURN + 16), (RIGHT, 210))
    forward.arrow((LEFT, 252), (LEFT, 272))
    forward.arrow((RIGHT, 254), (RIGHT, 272))
    forward.text(RIGHT + 22, TURN + 4, "passes", anchor="start", color="soft")
    back = whole.panel("Back: how the network learns", height=350)
    network(back)
    back.arrow((LEFT, 272), (LEFT, 252), kind="gradient")
    back.arrow((RIGHT, 272), (RIGHT, 254), kind="gradient")
    back.arrow((LEFT, 212), (LEFT, 140), (150, 140), (150, 122), kind="gradient")
    back.arrow((RIGHT, 210), (RIGHT, TURN + 16), kind="gradient")
    back.arrow(
        (RIGHT, TURN - 16), (RIGHT, 140), (200, 140), (200, 122), kind="reversed"
    )
    back.text(LEFT - 8, 180, "tell the", anchor="end", color="forward-text")
    back.text(LEFT - 8, 195, "classes", anchor="end", color="forward-text")
    back.text(
        RIGHT + 22,
        TURN + 4,
        "turned",
        anchor="start",
        color="back-text",
        bold=True,
    )
    back.text(MIDDLE + 16, 160, "hide the", color="back-text")
    back.text(MIDDLE + 16, 175, "domain", color="back-text")
    return whole
