"""Transferability: layers of one network under new ones, frozen or fine-tuned."""

from tlbook.drawing import Drawing

HEIGHTS = [64, 56, 48, 40, 32]


def trained(panel):
    for y, domain, name in ((78, "source", "A"), (196, "target", "B")):
        panel.samples(domain, [(38, y - 14), (54, y), (40, y + 14)], hollow=[1])
        panel.arrow((66, y), (96, y), kind=domain)
        panel.layers(140, y, HEIGHTS, color=domain)
        panel.arrow((186, y), (214, y), kind=domain)
        panel.loss(274, y, "class loss", width=116, height=52)
        panel.text(140, y + 52, f"network of task {name}", color=f"{domain}-text")


def grafted(panel):
    places = (
        ("BnB", "target", True, 88, 70),
        ("BnB+", "target", False, 262, 70),
        ("AnB", "source", True, 88, 196),
        ("AnB+", "source", False, 262, 196),
    )
    for name, color, frozen, x, y in places:
        panel.layers(x - 24, y, HEIGHTS[:3], color=color, frozen=frozen)
        panel.layers(x + 16, y, HEIGHTS[3:])
        panel.text(x - 8, y + 54, name, bold=True)
    panel.text(88, 22, "frozen", color="soft")
    panel.text(262, 22, "fine-tuned", color="soft")


def drawing():
    """Return the drawing: two trained networks, and what is built from their layers."""
    whole = Drawing(
        "Two pictures. A network of five layers is trained on task A, in blue, and "
        "one on task B, in orange. Then four networks whose first three layers "
        "come from one of them, below two new ones: from B frozen and from B "
        "fine-tuned, from A frozen and from A fine-tuned. All learn task B."
    )
    trained(whole.panel("1. Two networks", height=270))
    grafted(whole.panel("2. Four grafts, all learn B (n = 3)", height=270))
    return whole
