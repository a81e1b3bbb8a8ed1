"""TrAdaBoost.R2: errors by degrees, a source that fades step by step, a median."""

from tlbook.drawing import Drawing


def level(x):
    """Return the height of the learner's answer over a place."""
    return 112 - 0.3 * x


def drawing():
    """Return the drawing: residuals, the two shares in each step, the vote."""
    whole = Drawing(
        "Three pictures. A line with blue circles and orange triangles above and "
        "below it, each joined to it by an upright; the longest counts as one. "
        "Four bars, each split between source and target: the blue part shrinks "
        "to nothing. Five answers on an axis: the middle one is the vote, one "
        "far off does not move it."
    )
    degrees = whole.panel("1. Off by how much", width=230, height=200)
    degrees.line((14, level(14)), (216, level(216)))
    spots = {
        "source": [(40, 134), (66, 72), (104, 30), (136, 96)],
        "target": [(84, 98), (160, 48), (194, 74)],
    }
    for domain, points in spots.items():
        for x, y in points:
            degrees.line((x, y), (x, level(x)), kind="old")
        degrees.samples(domain, points, 5)
    degrees.text(112, 26, "error 1", anchor="start", color="back-text")
    degrees.text(115, 186, "the others are shares of it", color="soft")
    steps = whole.panel("2. The source fades", width=230, height=200)
    for i, wide in enumerate((150, 100, 50, 0)):
        y = 32 + 38 * i
        if wide:
            steps.box(
                24 + wide / 2, y, "", width=wide - 4, height=24, color="source"
            )
        left = 24 + wide
        steps.box(
            (left + 206) / 2, y, "", width=202 - left, height=24, color="target"
        )
    steps.text(115, 186, "which step? the labels choose", color="soft")
    vote = whole.panel("3. The median answers", width=230, height=200)
    vote.line((14, 100), (216, 100), kind="axis")
    vote.samples("target", [(36, 100), (54, 100), (90, 100), (204, 100)], 5)
    vote.samples("target", [(70, 100)], 9)
    vote.arrow((70, 58), (70, 86), kind="flow")
    vote.text(70, 48, "answer")
    vote.text(204, 76, "far off", color="soft", anchor="end")
    vote.text(115, 186, "each counts by its vote", color="soft")
    return whole
