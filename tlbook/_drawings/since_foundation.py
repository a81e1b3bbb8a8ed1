"""Foundation models: one encoder is trained once, frozen, and serves many heads."""

from tlbook.drawing import Drawing


def once(panel):
    panel.text(58, 30, "very many", color="soft")
    panel.samples("source", [(34, 56), (54, 50), (74, 60), (44, 74), (66, 80)])
    panel.samples("source", [(30, 92), (54, 98), (78, 102), (40, 114), (64, 120)])
    panel.text(58, 148, "no labels", color="soft")
    panel.arrow((92, 86), (122, 86), kind="source")
    panel.layers(156, 86, [84, 70, 56], color="source")
    panel.text(156, 148, "encoder", color="soft")
    panel.arrow((190, 86), (208, 86), kind="source")
    panel.loss(274, 86, "guess what\nis hidden", width=128, height=84)
    panel.arrow((274, 130), (274, 172), (156, 172), (156, 158), kind="gradient")
    panel.text(175, 208, "costly, done by others", color="soft")


def often(panel):
    panel.text(50, 30, "few labels", color="soft")
    panel.samples("target", [(36, 56), (56, 62)])
    panel.samples("target", [(36, 124), (56, 130)], hollow=[0, 1])
    panel.arrow((70, 64), (106, 78), kind="target")
    panel.arrow((70, 124), (106, 104), kind="target")
    panel.layers(144, 90, [84, 70, 56], color="source", frozen=True)
    panel.text(144, 152, "frozen", color="soft")
    panel.arrow((178, 78), (224, 58), kind="target")
    panel.arrow((178, 104), (218, 122), kind="flow")
    panel.box(278, 54, "a head", width=100, color="target")
    panel.box(278, 130, "a second one", width=112)
    panel.text(278, 164, "for another task", color="soft")
    panel.text(175, 208, "cheap, done by you", color="soft")


def drawing():
    """Return the drawing: train an encoder once, then learn small heads on it."""
    whole = Drawing(
        "Two pictures. Once: very many images without labels teach an encoder to "
        "guess what is hidden. Often: the encoder is frozen; a few labeled images "
        "of a task pass it and teach a small head, and another task has a head of "
        "its own."
    )
    once(whole.panel("1. Once: pre-train", height=230))
    often(whole.panel("2. Often: freeze and probe", height=230))
    return whole
