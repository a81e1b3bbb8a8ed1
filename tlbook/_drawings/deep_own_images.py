"""The drawing of chapters/deep/own_images.ipynb."""

from tlbook.drawing import Drawing


def drawing():
    whole = Drawing(
        "Three pictures. A network learns a large world; its trunk is kept. Two "
        "folders go through the trunk, and a new head learns from the labeled "
        "one. A few labels of the target judge the network before and after."
    )
    world = whole.panel("1. Elsewhere", width=230, height=190)
    world.box(50, 60, "large world", width=84, height=36, color="source")
    world.arrow((94, 60), (122, 60), kind="flow")
    world.box(154, 60, "trunk", width=60, height=36, color="ink")
    world.arrow((154, 80), (154, 112), kind="flow")
    world.box(154, 132, "old head", width=72, height=36, color="ink")
    world.text(50, 132, "not kept", color="soft")
    here = whole.panel("2. Your folders", width=230, height=190)
    here.samples("source", [(24, 50), (40, 62)], hollow=[1])
    here.text(32, 88, "labeled", color="source-text")
    here.samples("target", [(24, 122), (40, 132)])
    here.text(42, 158, "not labeled", color="target-text")
    here.arrow((54, 56), (82, 84), kind="source")
    here.arrow((54, 126), (82, 106), kind="target")
    here.box(112, 95, "trunk", width=54, height=36, color="ink")
    here.arrow((140, 95), (154, 95), kind="flow")
    here.box(190, 95, "new head", width=68, height=36, color="ink")
    here.text(112, 134, "slow", color="soft")
    here.text(190, 134, "fast", color="soft")
    judge = whole.panel("3. A few labels judge", width=230, height=190)
    judge.text(70, 40, "before")
    judge.text(160, 40, "after")
    for y, one, other, word in (
        (70, "right", "wrong", "lost"),
        (100, "right", "right", ""),
        (130, "wrong", "right", "won"),
    ):
        judge.samples("target", [(20, y - 4)])
        judge.text(70, y, one, color="soft")
        judge.text(160, y, other, color="soft")
        judge.arrow((92, y - 4), (136, y - 4), kind="flow")
        if word:
            judge.text(206, y, word)
    return whole
