"""Self-training: the sure ones first, then the border moves, then the others."""

from tlbook.drawing import Drawing

LEFT = [(44, 60), (60, 84), (40, 104), (66, 116)]
RIGHT = [(122, 56), (138, 80), (120, 106), (146, 116)]
NEAR, FAR = [(92, 132), (150, 140)], [(112, 164), (196, 160)]


def round_of(panel, border, shown, words):
    """Draw the two classes of the source, the target called so far, the border."""
    panel.samples("source", LEFT)
    panel.samples("source", RIGHT, hollow=range(4))
    panel.samples("target", shown[0], size=6)
    panel.samples("target", shown[1], size=6, hollow=range(len(shown[1])))
    panel.line(*border, kind="border")
    panel.text(115, 204, words, color="soft")


def drawing():
    """Return the drawing: three rounds of self-training."""
    whole = Drawing(
        "Three pictures. Blue circles of two classes with an upright border; the "
        "two orange triangles that lie near them are called first; the border "
        "leans over to pass between them, and the two triangles farther on are "
        "called last."
    )
    first = whole.panel("1. Learn here", width=230, height=220)
    round_of(first, ((86, 34), (86, 176)), ([], []), "the source alone")
    second = whole.panel("2. Call the surest", width=230, height=220)
    round_of(
        second,
        ((84, 34), (112, 176)),
        (NEAR[:1], NEAR[1:]),
        "they become samples",
    )
    third = whole.panel("3. Then the others", width=230, height=220)
    round_of(
        third,
        ((84, 34), (140, 182)),
        (NEAR[:1] + FAR[:1], NEAR[1:] + FAR[1:]),
        "and the border follows",
    )
    return whole
