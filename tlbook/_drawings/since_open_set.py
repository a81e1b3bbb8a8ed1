"""The drawing of chapters/since/open_set.ipynb."""

from tlbook.drawing import Drawing


def drawing():
    whole = Drawing(
        "Three pictures. Two classes of the source, blue, with a border between "
        "them, and orange target samples near both and in a group of their own, "
        "far out on one side of the border. The distances of the target form two "
        "hills with a cut between them. A cut that lies lower calls known "
        "samples unknown, one that lies higher misses unknown ones."
    )
    plane = whole.panel("1. Far from all classes", width=230, height=200)
    plane.samples("source", [(40, 60), (56, 76), (36, 84), (58, 50)], size=5)
    plane.samples(
        "source",
        [(40, 126), (58, 140), (36, 146), (62, 122)],
        size=5,
        hollow=[0, 1, 2, 3],
    )
    plane.line((14, 104), (216, 104), kind="border")
    plane.samples("target", [(72, 66), (70, 136), (82, 54)], size=5)
    plane.samples("target", [(176, 56), (192, 68), (170, 74), (188, 46)], size=5)
    plane.text(115, 180, "the border has an answer anyway", color="soft")
    cut = whole.panel("2. Two groups of distances", width=230, height=200)
    cut.bell("target", 70, 126, 86, 66)
    cut.bell("target", 164, 126, 86, 52)
    cut.line((14, 127), (216, 127), kind="axis")
    cut.line((117, 40), (117, 140), kind="border")
    cut.text(70, 150, "near")
    cut.text(164, 150, "far")
    cut.text(115, 180, "the target alone gives the cut", color="soft")
    errors = whole.panel("3. Two errors", width=230, height=200)
    errors.bell("source", 90, 110, 120, 60)
    errors.bell("target", 150, 110, 120, 56)
    errors.line((14, 111), (216, 111), kind="axis")
    errors.line((120, 36), (120, 122), kind="border")
    errors.arrow((112, 140), (60, 140), kind="move")
    errors.arrow((128, 140), (180, 140), kind="move")
    errors.text(60, 162, "known lost", color="soft")
    errors.text(168, 162, "unknown missed", color="soft")
    return whole
