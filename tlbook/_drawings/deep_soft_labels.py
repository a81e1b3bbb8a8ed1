"""Soft labels: a domain classifier without an answer, and resemblances that are handed on."""

from tlbook.drawing import Drawing


def network(panel):
    panel.text(30, 24, "source", anchor="start", color="source-text", bold=True)
    panel.text(320, 24, "target", anchor="end", color="target-text", bold=True)
    panel.samples("source", [(46, 40), (62, 48), (78, 38)], hollow=[1])
    panel.samples("target", [(272, 40), (288, 48), (304, 38)])
    panel.arrow((90, 50), (138, 72), kind="source")
    panel.arrow((260, 50), (212, 72), kind="target")
    panel.layers(175, 106, [180, 140, 100], turned=True)
    panel.arrow((150, 130), (150, 146), (88, 146), (88, 164))
    panel.arrow((200, 130), (200, 146), (262, 146), (262, 162))
    panel.box(88, 182, "classifier", width=120)
    panel.box(262, 182, "domain\nclassifier", width=110, height=38)
    panel.arrow((60, 201), (60, 226))
    panel.arrow((140, 201), (168, 228))
    panel.arrow((276, 202), (276, 226))
    panel.loss(60, 258, "class\nloss", width=100, height=62)
    panel.loss(172, 258, "soft\nlabels", width=106, height=62)
    panel.loss(286, 258, "confusion", width=112, height=62)


def beliefs(panel):
    panel.text(175, 24, "belief in a source sample", color="ink")
    panel.line((60, 76), (290, 76), kind="axis")
    for x in (60, 175, 290):
        panel.line((x, 70), (x, 82), kind="axis")
    panel.arrow((150, 54), (60, 54), kind="reversed")
    panel.text(240, 58, "reversal: wrong", color="back-text")
    panel.arrow((66, 98), (170, 98), kind="gradient")
    panel.arrow((284, 98), (180, 98), kind="gradient")
    panel.text(175, 122, "confusion: no answer", color="forward-text")
    panel.text(44, 81, "0", color="soft")
    panel.text(306, 81, "1", color="soft")
    panel.text(175, 154, "what is handed on: a 3 is a little like a 5")
    for base, domain in ((70, "source"), (220, "target")):
        for at, high in ((0, 5), (34, 2), (68, 1)):
            points = [(base + at, 252 - 14 * i) for i in range(high)]
            panel.samples(domain, points, size=5)
    panel.line((50, 262), (156, 262), kind="axis")
    panel.line((200, 262), (306, 262), kind="axis")
    for base in (70, 220):
        for at, digit in ((0, "3"), (34, "5"), (68, "8")):
            panel.text(base + at, 280, digit, color="soft")
    panel.arrow((164, 224), (196, 224), kind="move")


def drawing():
    """Return the drawing: the losses of the network, and what two of them ask for."""
    whole = Drawing(
        "Two pictures. A network that both domains pass: its classifier has a "
        "class loss and a loss of soft labels, its domain classifier the "
        "confusion loss. Then the belief between 0 and 1: reversal pushes it to "
        "the wrong end, confusion to the middle; and the beliefs of a printed 3, "
        "much in 3, some in 5, little in 8, are handed on to a handwritten 3."
    )
    network(whole.panel("1. Three losses", height=304))
    beliefs(whole.panel("2. What two of them ask for", height=304))
    return whole
