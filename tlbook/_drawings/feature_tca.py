"""TCA: of all directions take one that varies and on which the domains lie together."""

from tlbook.drawing import Drawing


def drawing():
    """Return the drawing."""
    whole = Drawing("Source circles and target triangles in the plane, not yet drawn.")
    whole.panel("1. Two domains")
    return whole
