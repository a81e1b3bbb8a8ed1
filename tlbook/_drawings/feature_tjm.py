"""TJM: rows of a map as bars; squares shorten them all, lengths put some out."""

from tlbook.drawing import Drawing

# place and length of the row of each sample
SOURCE = [(26, 150), (50, 40), (74, 110), (98, 30), (122, 96)]
TARGET = [(150, 124), (174, 64)]
SQUARES = [92, 24, 68, 18, 58]  # of the source rows, shortened alike
LENGTHS = [134, 0, 88, 0, 72]  # shortened by one step each, down to nothing
AFTER = [80, 42]  # of the target rows, by squares in both


def drawing():
    """Return the drawing: the rows of a map, and what the two penalties do."""
    whole = Drawing(
        "Three pictures of seven samples, five source circles and two target "
        "triangles, each with a bar. First the bars have several lengths. With "
        "squared lengths all are shorter. With plain lengths two short bars of "
        "the source are gone and their circles are outlines, and the others are "
        "hardly shorter."
    )
    looks = {
        "1. Each its part": ([n for _, n in SOURCE], [n for _, n in TARGET]),
        "2. Squares cost": (SQUARES, AFTER),
        "3. Lengths cost": (LENGTHS, AFTER),
    }
    words = (
        "what a sample adds\nto the map",
        "all are shorter,\nnone is gone",
        "the short ones go,\nthe target stays",
    )
    for (title, (source, target)), said in zip(looks.items(), words):
        panel = whole.panel(title, width=230, height=230)
        for (y, _), length in zip(SOURCE, source):
            panel.samples("source", [(24, y)], hollow=() if length else [0])
            if length:
                panel.line((36, y), (36 + length, y), kind="source")
        for (y, _), length in zip(TARGET, target):
            panel.samples("target", [(24, y)])
            panel.line((36, y), (36 + length, y), kind="target")
        panel.text(115, 204, said, color="soft")
    return whole
