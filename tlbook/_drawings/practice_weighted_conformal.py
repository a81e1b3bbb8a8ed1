"""Weighted conformal prediction: a threshold that counts errors where the target is."""

from tlbook.drawing import Drawing

# errors grow from left to right: place and height of ten calibration samples
SCORES = [
    (34, 128),
    (46, 112),
    (60, 132),
    (74, 118),
    (88, 104),
    (104, 120),
    (122, 92),
    (144, 104),
    (170, 76),
    (196, 52),
]
NEW = [(128, 92), (148, 108), (166, 58), (184, 54), (204, 60)]


def plane(whole, title):
    """Return a panel with its two axes and their names."""
    panel = whole.panel(title, width=230, height=212)
    panel.line((20, 144), (216, 144), kind="axis")
    panel.line((20, 30), (20, 144), kind="axis")
    panel.text(26, 22, "error", anchor="start", color="soft")
    panel.text(216, 160, "x", anchor="end", color="soft")
    return panel


def drawing():
    """Return the drawing: the plain threshold, the target above it, and the weighted one."""
    whole = Drawing(
        "Three pictures of errors that grow from left to right. In the source one "
        "error in ten lies above a threshold. The target lies on the right, and "
        "three of its five errors are above that threshold. With the source "
        "samples on the right drawn larger, the threshold rises above the "
        "target's errors."
    )
    before = plane(whole, "1. Source: one in ten above")
    before.line((20, 68), (216, 68), kind="border")
    before.samples("source", SCORES, size=5)
    before.text(115, 180, "the threshold is the error", color="soft")
    before.text(115, 198, "that nine of ten do not exceed", color="soft")
    after = plane(whole, "2. Target: it lies elsewhere")
    after.line((20, 68), (216, 68), kind="old")
    after.samples("target", NEW, size=5)
    after.text(115, 180, "the old threshold is exceeded", color="soft")
    after.text(115, 198, "far more often", color="soft")
    weighted = plane(whole, "3. Count by weight")
    weighted.line((20, 42), (216, 42), kind="border")
    weighted.samples("source", SCORES, size=[2, 2, 2, 3, 3, 4, 6, 8, 9, 9])
    weighted.text(115, 180, "samples where the target is", color="soft")
    weighted.text(115, 198, "count more: the threshold rises", color="soft")
    return whole
