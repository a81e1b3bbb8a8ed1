"""The drawing of chapters/since/averaging.ipynb."""

from tlbook.drawing import Drawing

TWO_VALLEYS = (
    *((14, 70), (30, 110), (46, 132), (62, 132), (80, 110), (98, 72)),
    *((115, 56), (132, 72), (150, 110), (168, 132), (184, 132), (200, 110)),
    (216, 70),
)
ONE_VALLEY = (
    *((14, 64), (34, 100), (58, 124), (86, 134), (115, 137)),
    *((144, 134), (172, 124), (196, 100), (216, 64)),
)


def drawing():
    whole = Drawing(
        "Three pictures. Two networks of two random starts lie in two valleys of "
        "the loss, and their mean on the hill between them. Two networks tuned "
        "from one start lie in one valley, and their mean lies deepest. From a "
        "start, two arrows lead to two tasks, and their sum leads to both."
    )
    apart = whole.panel("1. Two starts", width=230, height=200)
    apart.line(*TWO_VALLEYS)
    apart.samples("source", [(54, 124), (176, 124)], size=6)
    apart.mean("target", 115, 44)
    apart.text(54, 160, "one")
    apart.text(176, 160, "other")
    apart.text(115, 22, "mean")
    apart.text(115, 188, "the hill is the barrier", color="soft")
    near = whole.panel("2. One start", width=230, height=200)
    near.line(*ONE_VALLEY)
    near.samples("source", [(62, 116), (168, 116)], size=6)
    near.mean("target", 115, 127)
    near.text(115, 104, "mean")
    near.arrow((115, 40), (68, 106), kind="move")
    near.arrow((115, 40), (162, 106), kind="move")
    near.text(115, 26, "start")
    near.text(115, 188, "one valley", color="soft")
    tasks = whole.panel("3. Tasks as vectors", width=230, height=200)
    tasks.arrow((40, 150), (40, 60), kind="move")
    tasks.arrow((40, 150), (150, 150), kind="move")
    tasks.arrow((40, 150), (150, 60), kind="flow")
    tasks.line((40, 56), (150, 56), kind="old")
    tasks.line((154, 150), (154, 60), kind="old")
    tasks.text(40, 42, "task 1")
    tasks.text(180, 168, "task 2")
    tasks.text(180, 42, "both")
    tasks.text(40, 170, "start")
    tasks.text(115, 192, "backwards: forget", color="soft")
    return whole
