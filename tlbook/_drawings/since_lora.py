"""The drawing of chapters/since/lora.ipynb."""

from tlbook.drawing import Drawing


def drawing():
    """Return the drawing: a matrix that moves, two thin ones beside it, biases behind."""
    whole = Drawing(
        "Three pictures of a layer from x below to h above. In the first the "
        "whole matrix W is trained. In the second W is frozen, and beside it a "
        "second way leads through the thin boxes A and B. In the third W is "
        "frozen, and a small box with bias and scale above it is trained."
    )
    full = whole.panel("Fine-tuning", width=230, height=216)
    full.text(115, 200, "x")
    full.arrow((115, 184), (115, 152), kind="flow")
    full.box(115, 112, "W", width=110, height=76, color="target")
    full.arrow((115, 72), (115, 40), kind="flow")
    full.text(115, 26, "h")
    beside = whole.panel("LoRA", width=230, height=216)
    beside.text(115, 200, "x")
    beside.arrow((108, 184), (78, 152), kind="flow")
    beside.arrow((122, 184), (182, 158), kind="flow")
    beside.box(70, 112, "W", width=96, height=76, color="source", frozen=True)
    beside.box(186, 138, "A", width=40, height=34, color="target")
    beside.arrow((186, 118), (186, 106), kind="flow")
    beside.box(186, 86, "B", width=40, height=34, color="target")
    beside.arrow((78, 72), (108, 40), kind="flow")
    beside.arrow((180, 66), (124, 40), kind="flow")
    beside.text(115, 26, "h, the sum")
    behind = whole.panel("Biases, norms", width=230, height=216)
    behind.text(115, 200, "x")
    behind.arrow((115, 184), (115, 172), kind="flow")
    behind.box(115, 140, "W", width=110, height=58, color="source", frozen=True)
    behind.arrow((115, 108), (115, 94), kind="flow")
    behind.box(115, 76, "scale, bias", width=110, height=30, color="target")
    behind.arrow((115, 58), (115, 40), kind="flow")
    behind.text(115, 26, "h")
    return whole
