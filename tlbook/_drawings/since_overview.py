"""Since the talk: what one has, and what one can do with it."""

from tlbook.drawing import Drawing

ROWS = (46, 116, 186, 256)  # middle of each row


def say(panel, y, first, second):
    panel.arrow((172, y), (206, y), kind="flow")
    panel.text(216, y - 5, first, anchor="start", bold=True)
    panel.text(216, y + 15, second, anchor="start", color="soft")


def source(panel, x, y):
    panel.samples("source", [(x, y - 10), (x + 16, y - 2)], size=5)
    panel.samples(
        "source", [(x + 2, y + 12), (x + 20, y + 14)], size=5, hollow=[0, 1]
    )


def target(panel, x, y, labeled=False):
    hollow = [2, 3] if labeled else []
    places = [(x, y - 10), (x + 16, y - 2), (x + 2, y + 12), (x + 20, y + 14)]
    panel.samples("target", places, size=5, hollow=hollow)


def with_a_source(panel):
    source(panel, 30, ROWS[0])
    target(panel, 120, ROWS[0])
    say(panel, ROWS[0], "align", "or self-train")
    source(panel, 30, ROWS[1])
    panel.samples("target", [(120, ROWS[1] - 8), (136, ROWS[1])], size=5)
    panel.text(128, ROWS[1] + 26, "fewer classes?", color="soft")
    say(panel, ROWS[1], "count first", "which classes?")
    for x in (16, 62, 108):
        source(panel, x, ROWS[2])
    panel.samples("target", [(152, ROWS[2] - 8), (152, ROWS[2] + 10)], size=5)
    say(panel, ROWS[2], "weigh sources", "or match moments")
    for x in (16, 62, 108):
        source(panel, x, ROWS[3])
    say(panel, ROWS[3], "train plainly", "no target yet")


def with_a_network(panel):
    panel.layers(40, ROWS[0], [44, 36, 28], frozen=True)
    target(panel, 104, ROWS[0], labeled=True)
    say(panel, ROWS[0], "probe, tune", "with few labels")
    panel.layers(40, ROWS[1], [44, 36, 28])
    target(panel, 104, ROWS[1])
    say(panel, ROWS[1], "move it", "without the source")
    panel.layers(40, ROWS[2], [44, 36, 28])
    stream = [(152 - 18 * k, ROWS[2]) for k in range(4)]
    panel.samples("target", stream, size=5)
    say(panel, ROWS[2], "move it slowly", "one by one")
    for x in (32, 84, 136):
        panel.layers(x, ROWS[3], [44, 28])
    say(panel, ROWS[3], "average", "or distill")


def drawing():
    """Return the drawing: eight things one may have, and where each leads."""
    whole = Drawing(
        "Two lists of what one has. With a source: an unlabeled target leads to "
        "aligning, a target with fewer classes to counting them first, several "
        "sources to weighing them, and no target to plain training. With a trained "
        "network: few labels lead to probing and tuning, an unlabeled target or a "
        "stream to moving it, several networks to averaging."
    )
    with_a_source(whole.panel("1. With a source at hand", height=296))
    with_a_network(whole.panel("2. With a trained network", height=296))
    return whole
