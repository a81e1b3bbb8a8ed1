"""BDA: close the gap of the domains, or those of the classes, or both by weight."""

from tlbook.drawing import Drawing

CLUSTER = [(-20, -6), (-6, 10), (8, -10), (20, 6), (0, -24), (-14, 22)]
LEFT, RIGHT = 62, 162  # where the two classes lie in the source
UP, DOWN = 52, 128
MOVED = 30  # of the target, until the means agree


def cluster(x, y, n=6):
    """Return n samples of a class around a place."""
    return [(x + u, y + v) for u, v in CLUSTER[:n]]


def drawing():
    """Return the drawing: one end, the other end, and the scale between."""
    whole = Drawing(
        "Three pictures. Source circles in two classes left and right, target "
        "triangles below, most of them on the left. First the triangles are moved "
        "until the means of the domains lie below each other, and each class lies "
        "beside its namesake. Then nothing is moved: the classes lie below each "
        "other, the means do not. Then a scale from the one to the other with "
        "TCA at its left end and JDA on it."
    )
    domains = whole.panel("1. Only the domains", width=230, height=230)
    classes = whole.panel("2. Only the classes", width=230, height=230)
    for panel, moved in ((domains, MOVED), (classes, 0)):
        for x, look in ((LEFT, ()), (RIGHT, range(6))):
            panel.samples("source", cluster(x, UP), hollow=look)
        panel.samples("target", cluster(LEFT + moved, DOWN))
        panel.samples("target", cluster(RIGHT + moved, DOWN, 2), hollow=range(2))
        panel.mean("source", 112, UP)
        panel.mean("target", 82 + moved, 170)
    domains.text(115, 204, "the means agree,", color="soft")
    domains.text(115, 220, "each class is off", color="soft")
    classes.text(115, 204, "each class is right,", color="soft")
    classes.text(115, 220, "the means differ", color="soft")
    scale = whole.panel("3. A weight between", width=230, height=230)
    for start, end in ((24, 112), (180, 206)):
        scale.line((start, 110), (end, 110), kind="axis")
    for x, name in ((24, "TCA"), (76, "JDA")):
        scale.line((x, 102), (x, 118))
        scale.text(x, 92, name, bold=True)
    scale.box(146, 110, "weight", width=64, height=30)
    scale.text(14, 144, "domains", anchor="start", color="soft")
    scale.text(216, 144, "classes", anchor="end", color="soft")
    scale.text(115, 212, "nobody tells where to stand", color="soft")
    return whole
