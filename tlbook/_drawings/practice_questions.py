"""Questions people ask: data, method, number; a doubt is looked for on its left."""

from tlbook.drawing import Drawing


def data(panel):
    panel.samples("source", [(44, 52), (64, 70), (50, 88)], size=6)
    panel.samples("source", [(92, 44), (108, 66)], size=6, hollow=[0, 1])
    panel.samples("target", [(142, 104), (162, 120), (150, 136)], size=6)
    panel.samples("target", [(188, 100), (202, 122)], size=6, hollow=[0, 1])
    panel.text(115, 178, "Has anything shifted?")
    panel.text(115, 198, "Which columns, which shares?")


def method(panel):
    panel.samples("source", [(28, 60), (42, 74), (30, 82)])
    panel.samples("target", [(28, 112), (42, 126), (30, 134)])
    panel.arrow((54, 74), (80, 88), kind="flow")
    panel.arrow((54, 120), (80, 106), kind="flow")
    panel.box(126, 97, "method", width=84, height=40)
    panel.arrow((172, 97), (204, 97), kind="flow")
    panel.text(115, 178, "Does it answer this shift?")
    panel.text(115, 198, "Who chose its parameters?")


def number(panel):
    panel.line((30, 142), (206, 142), kind="axis")
    panel.box(72, 114, "", width=44, height=56)
    panel.box(160, 104, "", width=44, height=76, color="target")
    panel.text(72, 76, "alone")
    panel.text(160, 56, "with it")
    panel.text(115, 178, "Above the learner alone?")
    panel.text(115, 198, "In how many draws?")


def drawing():
    """Return the drawing: the three places at which a result can be doubted."""
    whole = Drawing(
        "Three pictures. Data: source circles and target triangles of two classes "
        "lie apart; has anything shifted? Method: both go into a box; does it "
        "answer this shift? Number: a bar with the method beside one without; is "
        "it above the learner alone, and in how many draws?"
    )
    data(whole.panel("1. My data", width=230, height=214))
    method(whole.panel("2. My method", width=230, height=214))
    number(whole.panel("3. My numbers", width=230, height=214))
    return whole
