"""At scale: words that travel, a model that travels, and many drawn worlds."""

from tlbook.drawing import Drawing


def drawing():
    """Return the drawing: three ways to data that one does not have."""
    whole = Drawing(
        "Three pictures. A sentence goes into a frozen model, and an answer comes "
        "out. A server sends its model to three clients and averages what comes "
        "back. Many blue circles, drawn worlds, lie around one orange triangle."
    )
    words = whole.panel("1. Words", width=230, height=200)
    words.text(115, 44, "“which of these\nis a red triangle?”")
    words.arrow((115, 68), (115, 88), kind="flow")
    words.box(115, 108, "large model", width=104, height=36, frozen=True)
    words.arrow((115, 128), (115, 148), kind="flow")
    words.text(115, 166, "answer", color="target-text")
    model = whole.panel("2. The model travels", width=230, height=200)
    model.box(115, 56, "server: mean", width=110, height=36)
    for x, start in ((40, 76), (115, 115), (190, 154)):
        model.arrow((start, 76), (x, 132), kind="move")
        model.samples("source", [(x - 10, 150), (x + 8, 146), (x, 164)])
    model.text(115, 188, "the data stay", color="soft")
    worlds = whole.panel("3. Many worlds", width=230, height=200)
    worlds.samples(
        "source",
        [
            (40, 60),
            (78, 46),
            (122, 52),
            (168, 44),
            (194, 82),
            (186, 124),
            (150, 154),
            (104, 158),
            (58, 146),
            (34, 104),
            (84, 92),
            (142, 84),
            (90, 124),
            (146, 122),
        ],
    )
    worlds.samples("target", [(116, 104)], size=7)
    worlds.text(115, 188, "the real one is among them", color="soft")
    return whole
