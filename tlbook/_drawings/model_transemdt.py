"""TransEMDT: the questions of a tree stay, the numbers in them move."""

from tlbook.drawing import Drawing


def tree(panel, domain, first, second, frozen):
    """Draw the tree: two questions, each with its number beside it."""
    for ends in (
        ((68, 58), (40, 96)),
        ((100, 58), (120, 94)),
        ((108, 130), (84, 170)),
        ((140, 130), (174, 170)),
    ):
        panel.line(*ends, kind="flow")
    for x, y, words, n in (
        (84, 40, "speed below", first),
        (124, 112, "height below", second),
    ):
        panel.box(x, y, words, width=100, height=34, frozen=frozen)
        panel.box(x + 72, y, n, width=36, height=34, color=domain)
    panel.text(46, 78, "yes", anchor="end", color="soft")
    panel.text(120, 78, "no", anchor="start", color="soft")
    panel.text(88, 150, "yes", anchor="end", color="soft")
    panel.text(168, 150, "no", anchor="start", color="soft")
    for x, y, words in (
        (38, 112, "rest"),
        (84, 186, "lift"),
        (174, 186, "swing"),
    ):
        panel.box(x, y, words, width=58, height=30)


def drawing():
    """Return the drawing: the tree, a number that moves, the same tree with new numbers."""
    whole = Drawing(
        "Three pictures. A decision tree of the source with two questions and "
        "their numbers in blue. Then the values of one feature: the target's "
        "triangles lie further right than the source's circles, and the "
        "threshold moves with them. Last, the same tree with hatched, unchanged "
        "questions and new numbers in orange."
    )
    before = whole.panel("1. The source's tree", width=230, height=232)
    moved = whole.panel("2. A number moves", width=230, height=232)
    after = whole.panel("3. The target's tree", width=230, height=232)
    tree(before, "source", "3", "5", frozen=False)
    tree(after, "target", "8", "9", frozen=True)
    after.text(115, 222, "hatched: what is kept", color="soft")
    for domain, y, places in (
        ("source", 62, (24, 38, 56, 88, 104, 124)),
        ("target", 155, (102, 120, 140, 176, 190, 208)),
    ):
        moved.samples(domain, [(x, y) for x in places], hollow=(3, 4, 5))
    moved.line((12, 74), (218, 74), kind="axis")
    moved.line((72, 46), (72, 82), kind="source")
    moved.text(72, 38, "3", color="source-text", bold=True)
    moved.text(218, 92, "speed", anchor="end", color="soft")
    moved.arrow((72, 104), (158, 104), text="follows its samples", side="below")
    moved.line((12, 166), (218, 166), kind="axis")
    moved.line((158, 140), (158, 174), kind="target")
    moved.text(158, 190, "8", color="target-text", bold=True)
    return whole
