"""The drawing of chapters/frontiers/l2t.ipynb."""

from tlbook.drawing import Drawing


def pair(panel, x, y):
    """Draw a pair of domains, small."""
    panel.samples("source", [(x - 12, y - 5), (x - 4, y + 6)], size=4)
    panel.samples("target", [(x + 8, y - 4), (x + 14, y + 6)], size=4)


def drawing():
    """Return the drawing: what past pairs gained, a judge, a new pair."""
    whole = Drawing(
        "Three pictures. Past pairs of domains were mapped, and it is known "
        "whether each map helped or harmed. A judge learns from two things "
        "that are seen without target labels, how near the domains are and how "
        "clear the clusters. For a new pair it foretells the gain of each map, "
        "and the best is taken."
    )
    past = whole.panel("1. Past pairs, labels known", width=230, height=214)
    for row, (name, words) in enumerate(
        (("map A", "helped"), ("map B", "harmed"), ("map A", "helped"))
    ):
        y = 34 + 52 * row
        pair(past, 30, y)
        past.arrow((50, y), (70, y), kind="flow")
        past.box(106, y, name, width=66, height=32)
        past.arrow((142, y), (162, y), kind="flow")
        past.text(168, y + 4, words, anchor="start")
    past.text(115, 200, "experience", color="soft")
    judge = whole.panel("2. A judge learns", width=230, height=214)
    judge.box(62, 40, "domains\nnear?", width=96, height=48)
    judge.box(168, 40, "clusters\nclear?", width=96, height=48)
    judge.arrow((66, 66), (96, 108), kind="flow")
    judge.arrow((164, 66), (134, 108), kind="flow")
    judge.box(115, 130, "judge", width=90, height=40)
    judge.text(115, 174, "helped or harmed?")
    judge.text(115, 200, "sees no target labels", color="soft")
    new = whole.panel("3. A new pair", width=230, height=214)
    pair(new, 34, 86)
    for y, name in ((42, "map A"), (130, "map B")):
        new.arrow((52, 86 + (y - 86) // 3), (72, y), kind="flow")
        new.box(110, y, name, width=70, height=34)
    new.arrow((148, 42), (168, 42), kind="flow")
    new.arrow((148, 130), (168, 130), kind="flow")
    new.text(174, 46, "much", anchor="start", bold=True)
    new.text(174, 134, "little", anchor="start")
    new.text(115, 200, "take what promises most", color="soft")
    return whole
