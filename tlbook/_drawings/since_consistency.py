"""The drawing of chapters/since/consistency.ipynb: looks join neighbors, answers go along."""

from tlbook.drawing import Drawing

SEEN, UNSEEN = (28, 50, 72), (96, 120, 144, 168, 192)


def rows(panel):
    """Draw two classes, each a row: the source on the left, the target beyond."""
    for y, hollow in ((64, False), (128, True)):
        for role, places in (("source", SEEN), ("target", UNSEEN)):
            at = [(x, y) for x in places]
            panel.samples(
                role, at, size=5, hollow=range(len(at)) if hollow else ()
            )


def drawing():
    """Return the drawing: labels at one end, looks between neighbors, labels everywhere."""
    whole = Drawing(
        "Three pictures of two classes, each a row that begins with blue circles "
        "and goes on with orange triangles. The border that the circles give is "
        "wrong at the far end. Short arrows join each sample to its neighbors. "
        "Then the answer has gone along the row, and the border lies between "
        "the rows."
    )
    first = whole.panel("1. Labels at one end", width=230, height=216)
    rows(first)
    first.line((16, 96), (84, 98), kind="border")
    first.line((84, 98), (206, 36), kind="border")
    first.text(115, 184, "right here, wrong there", color="soft")
    second = whole.panel("2. Looks join neighbors", width=230, height=216)
    rows(second)
    for y in (48, 144):
        for x in SEEN[2:] + UNSEEN[:-1]:
            second.arrow((x, y), (x + 22, y), kind="move")
    second.text(115, 184, "two looks, one answer", color="soft")
    third = whole.panel("3. The answer goes along", width=230, height=216)
    rows(third)
    third.line((16, 96), (206, 96), kind="border")
    third.text(115, 184, "no label was added", color="soft")
    return whole
