"""Why transfer: what was learned on old wrists helps on a new one."""

from tlbook.drawing import Drawing

MANY = [
    (24, 48), (42, 40), (60, 50), (78, 40), (32, 66), (50, 64), (68, 68), (88, 62),
    (24, 84), (42, 82), (60, 86), (80, 84),
]  # fmt: skip
FEW = [(36, 188), (58, 174), (78, 190)]


def tasks(panel, outcome):
    """Draw two tasks: data, learner, what comes of it."""
    panel.samples("source", MANY, hollow=(1, 3, 6, 8, 10))
    panel.samples("target", FEW, hollow=(1,))
    panel.text(
        12,
        22,
        "old wrists, many labels",
        anchor="start",
        color="source-text",
        bold=True,
    )
    panel.text(
        12,
        148,
        "a new wrist, few labels",
        anchor="start",
        color="target-text",
        bold=True,
    )
    for y, color, words in ((64, "source", "good"), (184, "target", outcome)):
        panel.arrow((104, y), (138, y))
        panel.box(186, y, "learner", color=color)
        panel.arrow((236, y), (268, y))
        panel.text(276, y + 4, words, anchor="start")


def drawing():
    """Return the drawing: two tasks, each alone and one helping the other."""
    whole = Drawing(
        "Two pictures. Each task alone: many labeled samples of old wrists make "
        "a good model, few of a new wrist a poor one. With transfer an arrow "
        "leads from the first learner to the second, and the model of the new "
        "wrist is better."
    )
    alone = whole.panel("Each task alone", height=226)
    tasks(alone, "poor")
    helped = whole.panel("Transfer", height=226)
    tasks(helped, "better")
    helped.arrow((206, 84), (206, 164), kind="source")
    helped.text(216, 118, "what was learned", anchor="start", color="source-text")
    return whole
