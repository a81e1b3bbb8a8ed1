"""Feature-based transfer: two domains, one map, a space in which they agree."""

from tlbook.drawing import Drawing

SOURCE = [(34, 42), (52, 60), (30, 72), (62, 36), (40, 108), (60, 124), (28, 130)]
SOURCE += [(68, 100)]
TARGET = [(150, 66), (166, 52), (182, 78), (196, 60), (158, 142), (176, 126)]
TARGET += [(194, 148), (204, 122)]
HOLLOW = (4, 5, 6, 7)


def drawing():
    """Return the drawing: apart, through one map, together."""
    whole = Drawing(
        "Three pictures. Source circles on the left and target triangles on the "
        "right, both in two classes. Then one circle and one triangle go through "
        "a box, the map. Then the domains lie together, and a line parts the "
        "classes of both."
    )
    apart = whole.panel("1. Two domains", width=230, height=214)
    through = whole.panel("2. A map", width=230, height=214)
    joint = whole.panel("3. They agree", width=230, height=214)
    apart.samples("source", SOURCE, hollow=HOLLOW)
    apart.samples("target", TARGET, hollow=HOLLOW)
    apart.text(115, 186, "the same classes,", color="soft")
    apart.text(115, 202, "at other places", color="soft")
    for y, domain in ((60, "source"), (126, "target")):
        through.samples(domain, [(30, y)])
        through.arrow((44, y), (84, 84 if y < 90 else 102), kind="flow")
        through.samples(domain, [(200, 84 if y < 90 else 102)])
    through.box(116, 93, "map", width=56, height=40)
    through.arrow((148, 93), (186, 93), kind="flow")
    through.text(115, 186, "chosen so that the domains", color="soft")
    through.text(115, 202, "agree, and samples differ", color="soft")
    left = [(62, 52), (80, 70), (58, 88), (94, 44)]
    right = [(136, 110), (154, 128), (130, 138), (164, 98)]
    joint.samples("source", left + right, hollow=HOLLOW)
    left = [(76, 46), (66, 72), (88, 88), (48, 66)]
    right = [(146, 96), (140, 124), (168, 116), (150, 144)]
    joint.samples("target", left + right, hollow=HOLLOW)
    joint.line((60, 152), (158, 36))
    joint.text(115, 186, "learned on the source,", color="soft")
    joint.text(115, 202, "right on the target", color="soft")
    return whole
