"""The drawing of chapters/since/linear_ot.ipynb."""

from tlbook.drawing import Drawing


def move(panel, starts, ends, margin):
    """Draw an arrow for each sample that moves, up to the edge of where it goes."""
    for (x, y), (u, v) in zip(starts, ends):
        if x != u:
            keep = 1 - margin / ((u - x) ** 2 + (v - y) ** 2) ** 0.5
            end = round(x + keep * (u - x)), round(y + keep * (v - y))
            panel.arrow((x, y), end, kind="move")


def drawing():
    """Return the drawing: two clouds, a map that turns, and the one that does not."""
    whole = Drawing(
        "Three pictures. The source is a flat cloud of circles, the target a "
        "slanted cloud of triangles. A first map brings the source to the slanted "
        "cloud and turns it: each sample goes a long way to the other end. The second "
        "map reaches the same cloud by short arrows."
    )
    flat = [(45, 100), (80, 90), (115, 100), (150, 110), (185, 100)]
    slant = [(61, 152), (89, 124), (115, 100), (141, 76), (169, 48)]
    two = whole.panel("1. Two domains", width=230, height=200)
    two.samples("source", flat, size=6)
    two.samples("target", slant, size=6)
    two.text(115, 178, "means and covariances known", color="soft")
    turned = whole.panel("2. A map that turns", width=230, height=200)
    move(turned, flat, slant[::-1], margin=12)
    turned.samples("source", flat, size=6)
    turned.samples("target", slant, size=6)
    turned.text(115, 178, "the right cloud, the wrong places", color="soft")
    near = whole.panel("3. The nearest map", width=230, height=200)
    move(near, flat, slant, margin=11)
    near.samples("source", flat, size=6)
    near.samples("target", slant, size=6)
    near.text(115, 178, "symmetric: it turns nothing", color="soft")
    return whole
