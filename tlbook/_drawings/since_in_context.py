"""In-context learning: trained on many tasks, asked with the samples of a new one."""

from tlbook.drawing import Drawing

TASKS = [
    [(28, 52), (48, 44), (68, 48), (36, 68), (60, 66)],
    [(28, 104), (46, 116), (66, 100), (40, 92), (70, 116)],
    [(30, 148), (50, 158), (70, 148), (38, 166), (64, 166)],
]


def drawing():
    """Return the drawing: the weights learn from tasks; a new task is only an input."""
    whole = Drawing(
        "Two pictures. In training, three tasks of labeled blue circles go "
        "through a network to a loss, and a gradient comes back. For a new "
        "task the network is frozen: its few labeled orange triangles and a "
        "question go in together, and an answer comes out."
    )
    training = whole.panel("Training: many tasks", width=350, height=216)
    for task, end in zip(TASKS, (92, 106, 120)):
        training.samples("source", task, hollow=(1, 3))
        training.arrow((86, task[2][1]), (116, end), kind="flow")
    training.box(160, 106, "network", width=84, height=48, color="source")
    training.arrow((204, 98), (244, 98), kind="flow")
    training.arrow((244, 116), (204, 116), kind="gradient")
    training.loss(288, 106, "error")
    training.text(175, 202, "the weights learn from all of them", color="soft")
    new = whole.panel("A new task", width=350, height=216)
    new.samples(
        "target",
        [(28, 56), (48, 48), (68, 60), (36, 74), (60, 78)],
        hollow=(1, 3),
    )
    new.text(50, 104, "context", color="target-text")
    new.text(50, 152, "question", color="target-text")
    new.samples("target", [(50, 134)], size=5)
    new.arrow((86, 64), (124, 94), kind="flow")
    new.arrow((86, 134), (124, 114), kind="flow")
    new.box(170, 106, "network", width=88, height=44, frozen=True)
    new.arrow((216, 106), (258, 106), kind="flow")
    new.text(268, 110, "answer", anchor="start")
    new.text(175, 202, "nothing is fitted", color="soft")
    return whole
