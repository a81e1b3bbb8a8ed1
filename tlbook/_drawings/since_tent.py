"""The drawing of chapters/since/tent.ipynb."""

from tlbook.drawing import Drawing


def drawing():
    """Return the drawing: stored statistics, those of the batch, the step of the entropy."""
    whole = Drawing(
        "Three pictures of one channel. With stored statistics the bell of the "
        "target lies beside that of the source. With those of the batch both lie "
        "in one place. Then target samples near a border move away from it, to "
        "both sides."
    )
    stored = whole.panel("1. Stored statistics", width=230, height=206)
    stored.line((14, 150), (216, 150), kind="axis")
    stored.bell("source", 80, 150, 110, 86)
    stored.bell("target", 160, 150, 90, 66)
    stored.text(115, 190, "the target is beside", color="soft")
    batch = whole.panel("2. Of the batch", width=230, height=206)
    batch.line((14, 150), (216, 150), kind="axis")
    batch.bell("source", 80, 150, 110, 86)
    batch.bell("target", 80, 150, 110, 78)
    batch.arrow((178, 110), (134, 110), kind="move")
    batch.text(115, 190, "same mean, same width", color="soft")
    entropy = whole.panel("3. Entropy", width=230, height=206)
    entropy.line((115, 30), (115, 150), kind="border")
    entropy.samples("target", [(76, 62), (60, 104), (84, 132)], size=5)
    entropy.samples(
        "target", [(150, 56), (168, 96), (146, 130)], size=5, hollow=[0, 1, 2]
    )
    entropy.arrow((64, 62), (30, 62), kind="move")
    entropy.arrow((48, 104), (20, 104), kind="move")
    entropy.arrow((162, 56), (196, 56), kind="move")
    entropy.arrow((180, 96), (210, 96), kind="move")
    entropy.text(115, 190, "away from the border", color="soft")
    return whole
