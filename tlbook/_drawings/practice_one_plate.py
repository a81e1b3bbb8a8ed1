"""The drawing of chapters/practice/one_plate.ipynb."""

from tlbook.drawing import Drawing

ABOVE = [(30, 52), (46, 36), (58, 58), (70, 42)]
BELOW = [(34, 110), (50, 94), (60, 116), (76, 100)]


def moved(samples, right, down):
    """Return samples at another place."""
    return [(x + right, y + down) for x, y in samples]


def plane(whole, title, words, above, below):
    """Draw the source's two classes, those of the target and the border of the source."""
    panel = whole.panel(title, width=170, height=186)
    panel.samples("source", ABOVE, size=5, hollow=[0, 1, 2, 3])
    panel.samples("source", BELOW, size=5)
    panel.samples("target", above, size=5, hollow=list(range(len(above))))
    panel.samples("target", below, size=5)
    panel.line((16, 76), (154, 76), kind="border")
    for row, text in enumerate(words):
        panel.text(85, 158 + 18 * row, text, color="soft")


def drawing():
    """Return the drawing: the four shifts of the plate, with the border of the source."""
    whole = Drawing(
        "Four pictures with the border that the source alone gives. Covariate: "
        "the target lies elsewhere, and the border still holds. Label: one "
        "class has become rare. Conditional: both classes have moved down, and "
        "the border cuts a class. Subspace: the classes have changed sides."
    )
    plane(
        whole,
        "1. Covariate",
        ("another place,", "the same rule"),
        moved(ABOVE, 68, 2),
        moved(BELOW, 66, -2),
    )
    plane(
        whole,
        "2. Label",
        ("the same places,", "one class rare"),
        [(110, 48)],
        [*moved(BELOW, 42, 4), *moved(BELOW[1:], 72, -4)],
    )
    plane(
        whole,
        "3. Conditional",
        ("both classes", "moved alike"),
        moved(ABOVE, 66, 52),
        moved(BELOW, 62, 22),
    )
    plane(
        whole,
        "4. Subspace",
        ("one direction", "turned around"),
        moved(BELOW, 66, -2),
        moved(ABOVE, 68, 2),
    )
    return whole
