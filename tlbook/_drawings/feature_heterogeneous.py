"""Heterogeneous transfer: two descriptions, labels for a bridge, one space."""

from tlbook.drawing import Drawing

SOURCE = [(34, 44), (52, 62), (72, 40), (84, 66), (36, 108), (56, 126), (74, 104)]
SOURCE += [(88, 130)]
TARGET = [(144, 112), (160, 134), (182, 108), (196, 132), (146, 44), (164, 64)]
TARGET += [(186, 46), (200, 66)]
HOLLOW = (4, 5, 6, 7)
KNOWN = ((3, 0), (6, 4))  # pairs with one label: source sample, target sample


def drawing():
    """Return the drawing: two rooms, the bridge, the common room."""
    whole = Drawing(
        "Three pictures. Source circles in one frame and target triangles in "
        "another, without a common axis. Then lines join a filled circle to a "
        "filled triangle and an outlined circle to an outlined one. In the end "
        "all lie in one frame, filled beside filled and outlined beside outlined."
    )
    apart = whole.panel("1. Two descriptions", width=230, height=220)
    bridge = whole.panel("2. A few equal labels", width=230, height=220)
    joint = whole.panel("3. One space", width=230, height=220)
    for panel in (apart, bridge):
        for left in (14, 126):
            corners = [(left, 24), (left + 90, 24), (left + 90, 150), (left, 150)]
            panel.line(*corners, corners[0], kind="axis")
        panel.samples("source", SOURCE, hollow=HOLLOW)
        panel.samples("target", TARGET, hollow=HOLLOW)
    for i, j in KNOWN:
        (x0, y0), (x1, y1) = SOURCE[i], TARGET[j]
        dx, dy = (x1 - x0) / 8, (y1 - y0) / 8
        bridge.line((x0 + dx, y0 + dy), (x1 - dx, y1 - dy), kind="flow")
    apart.text(59, 172, "pixels", color="source-text", bold=True)
    apart.text(171, 172, "shadows", color="target-text", bold=True)
    apart.text(115, 206, "no axis means the same", color="soft")
    bridge.text(115, 190, "joined: one class, and all", color="soft")
    bridge.text(115, 206, "that is known of both", color="soft")
    joint.line((40, 24), (190, 24), (190, 150), (40, 150), (40, 24), kind="axis")
    near = [(62, 48), (80, 66), (70, 88), (92, 44)]
    far = [(134, 96), (152, 120), (168, 92), (140, 134)]
    joint.samples("source", near + far, hollow=HOLLOW)
    there = [(76, 42), (62, 70), (88, 84), (96, 62)]
    there += [(148, 88), (130, 116), (164, 112), (160, 134)]
    joint.samples("target", there, hollow=HOLLOW)
    joint.text(115, 190, "a map for each domain,", color="soft")
    joint.text(115, 206, "found together", color="soft")
    return whole
