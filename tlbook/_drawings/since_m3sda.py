"""The drawing of chapters/since/m3sda.ipynb."""

from tlbook.drawing import Drawing

LEFT = [(34, 70), (52, 52), (50, 92), (70, 72)]
RIGHT = [(162, 70), (180, 52), (178, 92), (198, 72)]
TARGET = [(58, 132), (76, 148), (100, 128), (132, 150), (156, 130), (176, 146)]


def domains(panel, pulled=0):
    """Draw two sources and the target; the sources may have come closer."""
    panel.samples("source", [(x + pulled, y) for x, y in LEFT], size=5)
    panel.samples("source", [(x - pulled, y) for x, y in RIGHT], size=5)
    panel.samples("target", TARGET, size=5)


def drawing():
    """Return the drawing: the pot agrees, the sources do not, each is moved."""
    whole = Drawing(
        "Three pictures of two sources, left and right, and a target between "
        "and below them. The mean of both sources together lies straight above "
        "that of the target. The mean of each source alone lies far to the side. "
        "Arrows move each source to the target and both to one another."
    )
    pot = whole.panel("1. In one pot", width=230, height=216)
    domains(pot)
    pot.mean("source", 116, 72)
    pot.mean("target", 116, 141)
    pot.text(115, 204, "from left to right: no gap", color="soft")
    apart = whole.panel("2. One by one", width=230, height=216)
    domains(apart)
    apart.mean("source", 52, 72)
    apart.mean("source", 180, 72)
    apart.mean("target", 116, 141)
    apart.text(115, 204, "each source is off", color="soft")
    match = whole.panel("3. All to one another", width=230, height=216)
    domains(match, pulled=26)
    match.arrow((26, 30), (92, 30), kind="move")
    match.arrow((206, 30), (140, 30), kind="move")
    match.text(115, 188, "each to the target,", color="soft")
    match.text(115, 206, "and to the other source", color="soft")
    return whole
