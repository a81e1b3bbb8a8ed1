"""TKL: a wave of the target, continued to the source, with a height that suits it."""

from tlbook.drawing import Drawing

FOOT = 96  # the axis on which the samples lie
SOURCE = [18, 34, 48, 66, 84, 98]
TARGET = [112, 126, 142, 158, 176, 192, 208]
WAVE = [(112, 70), (124, 50), (138, 42), (152, 54), (166, 84), (180, 112)]
WAVE += [(194, 124), (208, 116)]
GONE_ON = [
    (14, 100),
    (30, 118),
    (46, 124),
    (62, 116),
    (78, 102),
    (94, 88),
    (112, 70),
]
BEFORE = [112, 92, 80, 34, 24]  # heights of bars: the target's
AFTER = [120, 70, 42, 26, 14]  # those that suit the source, falling


def drawing():
    """Return the drawing: the wave, its continuation, the heights."""
    whole = Drawing(
        "Three pictures. Orange triangles on an axis with a wave above them. The "
        "wave goes on, dashed, over blue circles to the left. Two rows of five "
        "bars, thin orange ones and bold ones; the bold ones fall faster."
    )
    wave = whole.panel("1. A wave of the target", width=230, height=214)
    on = whole.panel("2. It goes on", width=230, height=214)
    heights = whole.panel("3. New heights", width=230, height=214)
    for panel in (wave, on):
        panel.line((10, FOOT), (220, FOOT), kind="axis")
        panel.samples("target", [(x, FOOT) for x in TARGET], 4)
        panel.line(*WAVE, kind="target")
    wave.text(115, 170, "an eigenvector: one value", color="soft")
    wave.text(115, 186, "for each target sample", color="soft")
    on.samples("source", [(x, FOOT) for x in SOURCE], 4)
    on.line(*GONE_ON, kind="old")
    on.text(115, 170, "values for source samples,", color="soft")
    on.text(115, 186, "by the kernel between", color="soft")
    heights.line((10, 150), (220, 150), kind="axis")
    for i, (before, after) in enumerate(zip(BEFORE, AFTER)):
        x = 30 + 40 * i
        heights.line((x, 150), (x, 150 - before), kind="target")
        heights.line((x + 12, 150), (x + 12, 150 - after), kind="border")
    heights.text(115, 170, "bold: how much of each wave", color="soft")
    heights.text(115, 186, "the source needs, falling", color="soft")
    return whole
