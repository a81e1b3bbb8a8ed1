"""The drawing of chapters/since/mcd.ipynb."""

from tlbook.drawing import Drawing

SOURCE = [(36, 44), (52, 62), (66, 42), (60, 80)]
OTHERS = [(164, 44), (178, 62), (194, 42), (184, 82)]
TARGET = [(72, 120), (88, 138), (104, 122), (94, 152)]
REST = [(166, 122), (182, 140), (198, 124), (188, 154)]


def plane(panel, moved=0):
    """Draw both domains; the target's left class may have moved back."""
    panel.samples("source", SOURCE, size=5)
    panel.samples("source", OTHERS, size=5, hollow=[0, 1, 2, 3])
    panel.samples("target", [(x - moved, y) for x, y in TARGET], size=5)
    panel.samples("target", REST, size=5, hollow=[0, 1, 2, 3])


def drawing():
    """Return the drawing: two borders agree, part over the target, and the target leaves."""
    whole = Drawing(
        "Three pictures of two classes and two borders. Both borders are right "
        "on the source and differ a little. Then they part as far as the source "
        "allows: target samples lie between them. Then the borders stay, and "
        "the encoder moves these samples out."
    )
    both = whole.panel("A. All learn the source", width=230, height=216)
    plane(both)
    both.line((112, 26), (118, 168), kind="border")
    both.line((118, 26), (110, 168), kind="border")
    both.text(115, 204, "two right classifiers", color="soft")
    part = whole.panel("B. Classifiers part", width=230, height=216)
    plane(part)
    part.line((118, 26), (62, 168), kind="border")
    part.line((112, 26), (150, 168), kind="border")
    part.text(115, 188, "still right on the source,", color="soft")
    part.text(115, 206, "they differ on the target", color="soft")
    move = whole.panel("C. The encoder moves", width=230, height=216)
    plane(move, moved=46)
    move.line((118, 26), (78, 168), kind="border")
    move.line((112, 26), (150, 168), kind="border")
    move.arrow((132, 136), (76, 136), kind="move")
    move.text(115, 188, "borders stay, samples leave", color="soft")
    move.text(115, 206, "the space between them", color="soft")
    return whole
