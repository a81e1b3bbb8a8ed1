"""Subspace alignment: axes without a common sign, and one turn that makes them agree."""

from tlbook.drawing import Drawing

# along the first axis of a domain and along its second
SAMPLES = [(-44, 8), (-34, -10), (-24, 12), (-16, -4)]
SAMPLES += [(14, 10), (26, -12), (36, 6), (46, -8)]
HOLLOW = (0, 1, 2, 3)  # the other class


def placed(middle, first, second):
    """Return the samples around a middle, along two axes."""
    return [
        tuple(m + u * f + v * s for m, f, s in zip(middle, first, second))
        for u, v in SAMPLES
    ]


def drawing():
    """Return the drawing: two domains, their coordinates, and those after the turn."""
    whole = Drawing(
        "Three pictures. Two long clouds, a level one of source circles and a "
        "steep one of target triangles, each with an arrow along it. Read along "
        "their own arrows the outlined circles lie on the left, the outlined "
        "triangles on the right. With the source's arrow turned both lie on the "
        "left."
    )
    domains = whole.panel("1. Axes of their own", width=230, height=220)
    apart = whole.panel("2. Read as they are", width=230, height=220)
    joint = whole.panel("3. The source's turned", width=230, height=220)
    level, up = (1, 0), (0, -1)
    domains.samples("source", placed((74, 52), level, up), hollow=HOLLOW)
    steep, across = (0.6, -0.8), (-0.8, -0.6)
    domains.samples("target", placed((160, 122), steep, across), hollow=HOLLOW)
    domains.arrow((12, 86), (136, 86), kind="source")
    domains.arrow((218, 96), (170, 160), kind="target")
    domains.text(115, 196, "each axis points either way,", color="soft")
    domains.text(115, 212, "nobody says which", color="soft")
    for panel, sign in ((apart, -1), (joint, 1)):
        panel.line((20, 90), (210, 90), kind="axis")
        panel.line((115, 24), (115, 156), kind="axis")
        there = placed((115, 60), level, up)
        here = placed((115, 124), (sign, 0), up)
        panel.samples("source", there, hollow=HOLLOW)
        panel.samples("target", here, hollow=HOLLOW)
    apart.text(115, 196, "outlines: left in the source,", color="soft")
    apart.text(115, 212, "right in the target", color="soft")
    joint.text(115, 196, "one coordinate now means", color="soft")
    joint.text(115, 212, "the same in both", color="soft")
    return whole
