"""Inference: a chain that is stuck, chains that disagree, messages on a loop."""

from tlbook.drawing import Drawing

HILLS = [
    (14, 148),
    (34, 138),
    (48, 96),
    (60, 64),
    (72, 96),
    (86, 138),
    (115, 148),
]
HILLS += [(144, 138), (158, 96), (170, 64), (182, 96), (196, 138), (216, 148)]


def steps(panel, x, y, domain):
    """Draw the last worlds of a chain."""
    panel.samples(
        domain, [(x + 8 * i, y + (5, -4, 2)[i % 3]) for i in range(-2, 3)], 3
    )


def drawing():
    """Return the drawing: one chain, two chains, a loop."""
    whole = Drawing(
        "Three pictures. A curve with two hills of equal height; all worlds of one "
        "chain lie on the left hill. The same curve with two chains, one on each "
        "hill: they disagree. Three people in a triangle, and a message that "
        "goes around and comes back to the one who sent it."
    )
    stuck = whole.panel("1. One chain: sure", width=230, height=200)
    stuck.line(*HILLS, kind="axis")
    steps(stuck, 60, 44, "source")
    stuck.text(170, 44, "never seen", color="soft")
    stuck.text(60, 168, "well", color="ink")
    stuck.text(170, 168, "ill", color="ink")
    stuck.text(115, 190, "worlds by probability", color="soft")
    many = whole.panel("2. Two chains: doubt", width=230, height=200)
    many.line(*HILLS, kind="axis")
    steps(many, 60, 44, "source")
    steps(many, 170, 44, "source")
    many.arrow((108, 30), (86, 30), kind="reversed")
    many.arrow((122, 30), (144, 30), kind="reversed")
    many.text(60, 168, "well", color="ink")
    many.text(170, 168, "ill", color="ink")
    many.text(115, 190, "the halves disagree", color="soft")
    loop = whole.panel("3. Messages on a loop", width=230, height=200)
    loop.box(115, 38, "Anna", width=56, height=32)
    loop.box(50, 134, "Bob", width=56, height=32)
    loop.box(180, 134, "Carl", width=56, height=32)
    loop.arrow((140, 58), (172, 114), kind="gradient")
    loop.arrow((148, 138), (82, 138), kind="gradient")
    loop.arrow((58, 114), (90, 58), kind="gradient")
    loop.text(115, 190, "Anna hears her own word", color="soft")
    return whole
