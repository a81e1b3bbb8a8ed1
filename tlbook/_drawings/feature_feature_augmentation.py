"""The drawing of chapters/feature/feature_augmentation.ipynb."""

from tlbook.drawing import Drawing


def drawing():
    whole = Drawing(
        "Two pictures. On the left a source sample and a target sample each fill "
        "the shared copy of the features and the copy of their own domain; the "
        "third copy is empty. On the right a learner has a weight for each copy; "
        "the one on the shared copy serves both domains."
    )
    copies = whole.panel("1. Three copies", width=350, height=200)
    copies.samples("source", [(30, 66)], size=6)
    copies.samples("target", [(30, 126)], size=6)
    copies.text(110, 36, "shared", color="soft")
    copies.text(200, 36, "source", color="soft")
    copies.text(290, 36, "target", color="soft")
    copies.box(110, 66, "x", width=70, height=34, color="source")
    copies.box(200, 66, "x", width=70, height=34, color="source")
    copies.box(290, 66, "0", width=70, height=34, color="soft")
    copies.box(110, 126, "x", width=70, height=34, color="target")
    copies.box(200, 126, "0", width=70, height=34, color="soft")
    copies.box(290, 126, "x", width=70, height=34, color="target")
    copies.text(175, 182, "one row for each sample", color="soft")
    learned = whole.panel("2. One learner", width=350, height=200)
    learned.box(70, 50, "shared", width=92, height=34)
    learned.box(70, 100, "source", width=92, height=34, color="source")
    learned.box(70, 150, "target", width=92, height=34, color="target")
    learned.box(260, 72, "source: v + u_s", width=130, height=34, color="source")
    learned.box(260, 128, "target: v + u_t", width=130, height=34, color="target")
    learned.arrow((120, 50), (192, 66), kind="flow")
    learned.arrow((120, 56), (192, 118), kind="flow")
    learned.arrow((120, 100), (192, 80), kind="flow")
    learned.arrow((120, 150), (192, 136), kind="flow")
    return whole
