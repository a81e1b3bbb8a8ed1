"""Domains and tasks: what moves in each kind of shift, and what stays."""

from tlbook.drawing import Drawing

SPOTS = (34, 54, 74, 94, 114, 134, 154, 174, 194)
TOP, FOOT = 92, 182  # the two axes


def row(panel, domain, y, bells, border, spots):
    """Draw a domain: bells over its axis, samples on it, the place where the label turns."""
    for x, width, height in bells:
        panel.bell(domain, x, y - 10, width, height)
    panel.line((12, y), (218, y), kind="axis")
    panel.samples(domain, [(x, y) for x in spots], 4,
                  [i for i, x in enumerate(spots) if x > border])  # fmt: skip
    panel.line((border, y - 60), (border, y + 12))


def drawing():
    """Return the drawing: three shifts, each with the source above the target."""
    whole = Drawing(
        "Three pictures, each with a source in blue above a target in orange: "
        "bells say where the samples lie, an upright line where the label "
        "turns. Under covariate shift the bell moves and the line stays; under "
        "label shift one class shrinks and the other grows; under concept shift "
        "the line moves and the bell stays."
    )
    covariate = whole.panel("Covariate shift", width=230, height=226)
    row(
        covariate,
        "source",
        TOP,
        [(84, 130, 44)],
        114,
        (40, 56, 68, 80, 92, 104, 122),
    )
    row(
        covariate,
        "target",
        FOOT,
        [(150, 130, 44)],
        114,
        (106, 122, 134, 146, 158, 172, 190),
    )
    label = whole.panel("Label shift", width=230, height=226)
    row(
        label,
        "source",
        TOP,
        [(70, 80, 36), (158, 80, 36)],
        114,
        (50, 64, 76, 90, 138, 152, 164, 178),
    )
    row(
        label,
        "target",
        FOOT,
        [(70, 80, 14), (158, 80, 54)],
        114,
        (70, 128, 138, 148, 158, 168, 178, 190),
    )
    concept = whole.panel("Concept shift", width=230, height=226)
    spots = (58, 74, 88, 102, 128, 142, 156, 172)
    row(concept, "source", TOP, [(115, 150, 44)], 114, spots)
    row(concept, "target", FOOT, [(115, 150, 44)], 150, spots)
    for panel, words in zip(
        whole.panels,
        (
            "samples move, the rule stays",
            "classes change their shares",
            "the rule moves, samples stay",
        ),
    ):
        panel.text(
            14, 24, "source", anchor="start", color="source-text", bold=True
        )
        panel.text(
            14, 118, "target", anchor="start", color="target-text", bold=True
        )
        panel.text(115, 214, words, color="soft")
    return whole
