"""CORAL: the source's shape is taken out, and the target's put in."""

from tlbook.drawing import Drawing

# a round cloud, and a circle around it
ROUND = [(0, 0), (18, 6), (-14, 14), (6, -20), (-18, -8), (10, 22), (24, -12)]
ROUND += [(-26, 4), (-4, 28), (-10, -26)]
CIRCLE = [(34, 0), (31, 13), (24, 24), (13, 31), (0, 34), (-13, 31), (-24, 24)]
CIRCLE += [(-31, 13), (-34, 0)]
CIRCLE += [(-x, -y) for x, y in CIRCLE[1:]]


def shaped(points, middle, first, second):
    """Return points with a covariance: what their coordinates are put along."""
    return [
        tuple(m + u * f + v * s for m, f, s in zip(middle, first, second))
        for u, v in points
    ]


def drawing():
    """Return the drawing: two shapes, the source without one, with the target's."""
    whole = Drawing(
        "Three pictures. A flat cloud of source circles and a steep one of target "
        "triangles. Then the circles are a round cloud beside the triangles. Then "
        "they are as steep as the triangles."
    )
    flat, white = ((1.6, 0), (0, 0.5)), ((0.8, 0), (0, 0.8))
    steep = ((0.9, -0.9), (0.3, 0.7))
    looks = {
        "1. Two shapes": (flat, "they differ in how their\nfeatures go together"),
        "2. Take one out": (white, "white: no feature tells\nof another"),
        "3. Put the other in": (
            steep,
            "colored: they go together\nas in the target",
        ),
    }
    for title, (shape, words) in looks.items():
        panel = whole.panel(title, width=230, height=214)
        for domain, middle, axes in (
            ("source", (66, 62), shape),
            ("target", (164, 96), steep),
        ):
            panel.line(*shaped(CIRCLE, middle, *axes), kind=domain)
            panel.samples(domain, shaped(ROUND, middle, *axes), size=4)
        panel.text(115, 186, words, color="soft")
    return whole
