"""SCL: hide a shared word, predict it from the rest; words that predict alike correspond."""

from tlbook.drawing import Drawing

ROWS = (56, 120)  # a document of the source, one of the target


def drawing():
    """Return the drawing: two documents, what their words predict, where they end."""
    whole = Drawing(
        "Three pictures. A source document holds gripping and plot, a target "
        "document sturdy and blade, and in both the shared word good is hidden. "
        "Arrows lead from gripping and from sturdy to the word good. In the end "
        "gripping and sturdy lie at one end of a line, dull and flimsy at the "
        "other."
    )
    hide = whole.panel("1. Hide a shared word", width=230, height=214)
    predict = whole.panel("2. Predict it", width=230, height=214)
    line = whole.panel("3. They correspond", width=230, height=214)
    documents = (("source", "gripping", "plot"), ("target", "sturdy", "blade"))
    for y, (domain, word, other) in zip(ROWS, documents):
        hide.samples(domain, [(26, y)])
        hide.text(42, y + 4, f"{word} {other}", anchor="start")
        hide.box(182, y, "good", width=56, height=28, frozen=True)
        predict.samples(domain, [(26, y)])
        predict.text(42, y + 4, word, anchor="start")
    predict.box(182, 88, "good?", width=60, height=30)
    predict.arrow((100, 56), (148, 80), kind="flow")
    predict.arrow((100, 120), (148, 96), kind="flow")
    hide.text(115, 178, "the word stands in the text:", color="soft")
    hide.text(115, 194, "its label costs nothing", color="soft")
    predict.text(115, 178, "from all other words,", color="soft")
    predict.text(115, 194, "of both domains", color="soft")
    line.line((24, 90), (206, 90), kind="axis")
    for x, source, target in (
        (52, "dull", "flimsy"),
        (176, "gripping", "sturdy"),
    ):
        line.samples("source", [(x - 8, 90)])
        line.samples("target", [(x + 8, 90)])
        line.text(x, 70, source, color="source-text")
        line.text(x, 122, target, color="target-text")
    line.text(115, 178, "what announces the same", color="soft")
    line.text(115, 194, "words has one place", color="soft")
    return whole
