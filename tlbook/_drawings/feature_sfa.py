"""SFA: words that never meet keep the same company, and get the same place."""

from tlbook.drawing import Drawing

UP, DOWN = 62, 126  # rows of the words


def drawing():
    """Return the drawing: words of two domains, the company they keep, their places."""
    whole = Drawing(
        "Three pictures. Two words of the source, torque and angle, stand left, "
        "two of the target, spin and phase, right, and nothing joins them. Then "
        "torque and spin are both joined to the shared word rotate, angle and "
        "phase to wave. In the end torque and spin lie at one place, angle and "
        "phase at another."
    )
    apart = whole.panel("1. They never meet", width=230, height=214)
    company = whole.panel("2. The same company", width=230, height=214)
    places = whole.panel("3. The same place", width=230, height=214)
    for panel in (apart, company):
        for y, source, target in (
            (UP, "torque", "spin"),
            (DOWN, "angle", "phase"),
        ):
            panel.samples("source", [(64, y)])
            panel.samples("target", [(166, y)])
            panel.text(52, y + 4, source, anchor="end")
            panel.text(178, y + 4, target, anchor="start")
    for y, word in ((UP, "rotate"), (DOWN, "wave")):
        company.line((72, y), (86, y), kind="flow")
        company.line((144, y), (158, y), kind="flow")
        company.box(115, y, word, width=58, height=28)
    apart.text(52, 24, "source", color="source-text", bold=True)
    apart.text(178, 24, "target", color="target-text", bold=True)
    apart.text(115, 178, "no document holds words", color="soft")
    apart.text(115, 194, "of both", color="soft")
    company.text(115, 178, "boxes: words that both", color="soft")
    company.text(115, 194, "domains use alike", color="soft")
    places.line((20, 96), (210, 96), kind="axis")
    places.line((115, 20), (115, 156), kind="axis")
    for y, source, target in ((48, "torque", "spin"), (132, "angle", "phase")):
        places.samples("source", [(158, y)])
        places.samples("target", [(174, y)])
        places.text(166, y - 14, f"{source}, {target}")
    places.text(115, 178, "two words of one place", color="soft")
    places.text(115, 194, "count as one feature", color="soft")
    return whole
