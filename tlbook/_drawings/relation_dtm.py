"""DTM: take the names off a pattern of relations, and give it those of the target."""

from tlbook.drawing import Drawing


def pattern(panel, link, one, other, domain, width):
    """Draw three atoms; those that share a variable are joined."""
    panel.line((84, 56), (62, 104), kind="flow")
    panel.line((146, 56), (168, 104), kind="flow")
    panel.text(58, 84, "x", color="soft")
    panel.text(172, 84, "y", color="soft")
    panel.box(115, 38, link, width=110, height=36, color=domain)
    panel.box(58, 122, one, width=width, height=36, color=domain)
    panel.box(172, 122, other, width=width, height=36, color=domain)


def drawing():
    """Return the drawing: three atoms of the village, without names, of the network."""
    whole = Drawing(
        "Three pictures of the same pattern: an atom with two variables above, "
        "joined to two atoms with one variable each. In the village, in blue: "
        "meets, infected, infected. Without names: r2, r1, r1, and a dashed line "
        "that splits r1 of y from the two others. In the network, in orange: "
        "linked, compromised, compromised."
    )
    village = whole.panel("1. The village", width=230, height=200)
    pattern(village, "meets(x, y)", "infected(x)", "infected(y)", "source", 92)
    village.text(
        115, 168, "lift: names become variables,\nsigns are dropped", color="soft"
    )
    lifted = whole.panel("2. A pattern without names", width=230, height=200)
    pattern(lifted, "r2(x, y)", "r1(x)", "r1(y)", "ink", 72)
    lifted.line((115, 146), (115, 97), (222, 97), kind="old")
    lifted.text(115, 168, "score: what is lost by\nthe best split", color="soft")
    network = whole.panel("3. The network", width=230, height=200)
    pattern(
        network, "linked(x, y)", "compromised(x)", "compromised(y)", "target", 108
    )
    network.text(
        115,
        168,
        "fill in names and signs:\neight clauses to choose from",
        color="soft",
    )
    return whole
