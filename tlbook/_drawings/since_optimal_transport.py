"""Optimal transport: piles and holes, the cheapest plan, labels that ride along."""

from tlbook.drawing import Drawing

THERE = [(34, 142), (60, 150), (84, 140), (146, 148), (172, 140), (198, 150)]
HERE = [(42, 54), (68, 46), (94, 56), (138, 50), (164, 42), (190, 54)]
OTHER = (3, 4, 5)  # of the second class


def plan(panel, partners, kind):
    """Draw both domains, and arrows from source to target samples."""
    for (x, y), k in zip(THERE, partners, strict=True):
        u, v = HERE[k]
        panel.arrow(
            (x + 0.1 * (u - x), y - 9), (u - 0.1 * (u - x), v + 11), kind=kind
        )
    panel.samples("source", THERE, 6, OTHER)
    panel.samples("target", HERE, 6)


def drawing():
    """Return the drawing: an expensive plan, the cheapest, the labels that came along."""
    whole = Drawing(
        "Three pictures of six blue circles below, filled on the left and outlined "
        "on the right, and six orange triangles above. First the arrows from "
        "circles to triangles are long and cross; then they are short and side by "
        "side. In the end the circles lie at the triangles, filled on the left "
        "and outlined on the right."
    )
    bad = whole.panel("1. A plan", width=230, height=200)
    plan(bad, (4, 3, 5, 1, 0, 2), "reversed")
    bad.text(115, 186, "all mass arrives, at a high cost", color="soft")
    good = whole.panel("2. The cheapest one", width=230, height=200)
    plan(good, range(6), "gradient")
    good.text(115, 186, "each to where it is near", color="soft")
    home = whole.panel("3. Labels ride along", width=230, height=200)
    home.samples("target", HERE, 6)
    home.samples("source", [(x + 2, y + 16) for x, y in HERE], 5, OTHER)
    home.arrow((116, 142), (116, 92), kind="move")
    home.text(115, 186, "learn where the source arrived", color="soft")
    return whole
