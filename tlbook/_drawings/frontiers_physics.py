"""The drawing of chapters/frontiers/physics.ipynb."""

from tlbook.drawing import Drawing

TIMES = (40, 78, 116, 154, 192)
OFF = (-28, 22, 26, -24, 20)  # the outputs, from the throw


def height(t):
    """Return a throw at time t, from above."""
    return 66 + (t - 136) ** 2 // 120


def throw(up=0):
    """Return the points of a throw."""
    return [(t, height(t) - up) for t in range(40, 193, 4)]


def drawing():
    """Return the drawing: a number for each frame, the nearest throw, what passes."""
    whole = Drawing(
        "Three pictures. A network turns each of five frames into one number. "
        "The throw nearest to the five numbers is drawn through them, and the "
        "distances to it are the loss. The same throw higher up has no loss "
        "either, while a constant has one."
    )
    first = whole.panel("1. A number for each frame", width=230, height=214)
    for row, (x, y) in enumerate(((28, 12), (44, -10), (60, 2))):
        top = 34 + 52 * row
        first.line(
            (16, top - 22),
            (72, top - 22),
            (72, top + 22),
            (16, top + 22),
            (16, top - 22),
            kind="axis",
        )
        first.samples("target", [(x, top + y)], size=5)
    first.box(140, 86, "network", width=76, height=40)
    for top in (34, 86, 138):
        first.arrow((74, top), (100, 86), kind="flow")
    first.arrow((180, 86), (206, 86), kind="flow")
    first.text(216, 90, "f")
    first.text(115, 186, "the same network for all,", color="soft")
    first.text(115, 204, "no label anywhere", color="soft")
    second = whole.panel("2. The nearest throw", width=230, height=214)
    second.line(*throw(), kind="border")
    outputs = [(t, height(t) + off) for t, off in zip(TIMES, OFF)]
    for t, f in outputs:
        second.line((t, height(t)), (t, f), kind="old")
    second.samples("target", outputs, size=5)
    second.text(115, 186, "gravity gives the bend,", color="soft")
    second.text(115, 204, "the gaps are the loss", color="soft")
    third = whole.panel("3. What the law lets pass", width=230, height=214)
    third.line(*throw(), kind="border")
    third.line(*throw(38), kind="border")
    third.line((40, 156), (192, 156), kind="old")
    third.text(115, 186, "higher up: as good", color="soft")
    third.text(115, 204, "a constant: not", color="soft")
    return whole
