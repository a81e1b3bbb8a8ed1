"""Taxonomy: the tree of the talk, and the places where the families act."""

from tlbook.drawing import Drawing

LABELS = ((36, "supervised"), (110, "semi-supervised"), (184, "unsupervised"))


def drawing():
    """Return the drawing: a tree of problems, and a row from samples to loss."""
    whole = Drawing(
        "Two pictures. A tree: transfer learning splits into homogeneous and "
        "heterogeneous, each into supervised, semi-supervised and unsupervised. "
        "A row from source circles of many sizes through a map and a learner to a "
        "loss; below it stands which family acts where: instances on the "
        "sizes, features on the map, models on the learner. Relations hand over "
        "rules and stand aside."
    )
    tree = whole.panel("1. Which problem?", width=350, height=232)
    for y, name in ((70, "homogeneous"), (150, "heterogeneous")):
        tree.line((86, 110), (98, y), kind="axis")
        for z, _ in LABELS:
            tree.line((204, y), (226, z), kind="axis")
        tree.box(150, y, name, width=106, height=30)
    for z, name in LABELS:
        tree.box(284, z, name, width=116, height=30)
    tree.box(46, 110, "transfer\nlearning", width=78, height=44)
    tree.text(150, 218, "same features?", color="soft")
    tree.text(284, 218, "target labels?", color="soft")
    places = whole.panel("2. Which place?", width=350, height=232)
    spots = [(24, 58), (46, 44), (66, 62), (34, 82), (60, 88), (46, 66)]
    places.samples("source", spots, [3, 7, 4, 8, 3, 6])
    places.arrow((84, 66), (108, 66), kind="flow")
    places.box(142, 66, "map T", width=62, height=36)
    places.arrow((175, 66), (197, 66), kind="flow")
    places.box(231, 66, "learner f", width=64, height=36)
    places.arrow((265, 66), (283, 66), kind="flow")
    places.loss(314, 66, "loss", width=60, height=44)
    for x, name, what in (
        (46, "instance", "weights v"),
        (142, "feature", "the map"),
        (231, "model", "start, parts"),
    ):
        places.arrow((x, 126), (x, 102), kind="move")
        places.text(x, 142, name, bold=True)
        places.text(x, 158, what, color="soft")
    places.text(175, 194, "relation", bold=True)
    places.text(175, 210, "hands over rules, no rows of numbers", color="soft")
    return whole
