"""Similarity: three questions to two samples, each with a distance for its answer."""

from tlbook.drawing import Drawing

FOOT = 150  # the axis on which the samples lie


def drawing():
    """Return the drawing: a function, a guess of the domain, a way to carry."""
    whole = Drawing(
        "Three pictures of blue source circles and orange target triangles. MMD: "
        "a curve is high over the source and low over the target, and the gap "
        "of its two means is the distance. A-distance: a border parts the "
        "domains, and three samples lie on its wrong side. Wasserstein: sorted "
        "samples are joined, each to its partner."
    )
    mmd = whole.panel("1. MMD: one function", width=230, height=200)
    mmd.line((12, FOOT), (218, FOOT), kind="axis")
    mmd.samples("source", [(x, FOOT) for x in (30, 46, 58, 72, 92, 118)], 4)
    mmd.samples("target", [(x, FOOT) for x in (104, 132, 148, 160, 176, 194)], 4)
    curve = [(14, 70), (36, 48), (60, 42), (84, 52), (108, 78), (130, 104)]
    mmd.line(*curve, (154, 116), (180, 112), (206, 96), kind="old")
    mmd.line((14, 52), (122, 52), kind="source")
    mmd.line((98, 106), (200, 106), kind="target")
    mmd.arrow((212, 106), (212, 52), kind="flow", text="gap", side="left")
    mmd.text(115, 186, "mean here, mean there", color="soft")
    guess = whole.panel("2. A-distance: a guess", width=230, height=200)
    guess.line((140, 14), (92, 160))
    guess.samples(
        "source",
        [(32, 52), (50, 92), (58, 34), (66, 134), (84, 70), (88, 112), (132, 96)],
        hollow=[6],
    )
    guess.samples(
        "target",
        [
            (150, 60),
            (158, 128),
            (172, 92),
            (182, 44),
            (196, 118),
            (104, 52),
            (82, 148),
        ],
        hollow=[5, 6],
    )
    guess.text(115, 186, "outlines: guessed wrong", color="soft")
    carry = whole.panel("3. Wasserstein: carry", width=230, height=200)
    there = (26, 50, 66, 88, 112)
    here = (88, 120, 136, 174, 204)
    carry.line((12, 44), (218, 44), kind="axis")
    carry.line((12, FOOT), (218, FOOT), kind="axis")
    for a, b in zip(there, here, strict=True):
        carry.arrow((a, 52), (b, FOOT - 9), kind="move")
    carry.samples("source", [(x, 44) for x in there], 4)
    carry.samples("target", [(x, FOOT) for x in here], 4)
    carry.text(115, 186, "sorted, each to its partner", color="soft")
    return whole
