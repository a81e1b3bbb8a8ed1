"""Markov logic: a rule that may be broken at a price, and that has no names in it."""

from tlbook.drawing import Drawing

PEOPLE = [(42, 48), (104, 40), (76, 96), (150, 84), (196, 48)]
ILL = (0, 1, 2)  # infected, or compromised
MEET = [(0, 1), (0, 2), (1, 2), (2, 3), (3, 4)]
BROKEN = (2, 3)


def graph(panel, domain):
    """Draw who meets whom, and who is ill; the pair that breaks the rule is dashed."""
    for pair in MEET:
        kind = "reversed" if pair == BROKEN else "axis"
        panel.line(*(PEOPLE[i] for i in pair), kind=kind)
    well = [i for i in range(len(PEOPLE)) if i not in ILL]
    panel.samples(domain, PEOPLE, 9, well)


def world(panel, y, ill, width, words):
    """Draw a world of two persons, and a bar as long as it is probable."""
    panel.line((32, y), (66, y), kind="axis")
    panel.samples(
        "source", [(32, y), (66, y)], 8, [i for i in (0, 1) if not ill[i]]
    )
    panel.box(92 + width / 2, y, words, width=width, height=22)


def drawing():
    """Return the drawing: a rule and its price, worlds, the same rule elsewhere."""
    whole = Drawing(
        "Three pictures. A graph of five blue circles, the ill ones filled; the "
        "rule of contagion holds along all edges but one, which is dashed. Two "
        "persons and their worlds: one breaks the rule and has a shorter bar. "
        "The same graph with orange triangles for machines, and the same rule "
        "with other names."
    )
    price = whole.panel("1. A rule and its price", width=230, height=200)
    graph(price, "source")
    price.text(196, 116, "broken once", color="back-text", anchor="end")
    price.box(
        115, 154, "who is infected\ninfects whom he meets", width=206, height=44
    )
    worlds = whole.panel("2. Worlds, by probability", width=230, height=200)
    world(worlds, 36, (0, 0), 120, "keeps it")
    world(worlds, 70, (1, 1), 120, "keeps it")
    world(worlds, 104, (0, 1), 120, "keeps it")
    world(worlds, 138, (1, 0), 62, "breaks")
    worlds.text(115, 180, "the left one meets the right one", color="soft")
    other = whole.panel("3. Other names, same rule", width=230, height=200)
    graph(other, "target")
    other.box(
        115,
        154,
        "who is compromised\nattacks what is linked",
        width=206,
        height=44,
    )
    return whole
