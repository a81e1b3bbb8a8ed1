"""Reproduction: every cell, the mean alone, or the order of two methods."""

from tlbook.drawing import Drawing


def plane(panel, points):
    """Draw the plane of paper and here, with its diagonal and a point a cell."""
    panel.line((46, 20), (46, 142), (196, 142), kind="axis")
    panel.line((50, 138), (180, 22), kind="old")
    panel.samples("target", points, size=5)
    panel.text(121, 160, "paper")
    panel.text(24, 84, "here")


def pair(panel, x, low, high, name):
    panel.box(x, 142 - low / 2, "", width=30, height=low)
    panel.box(x + 40, 142 - high / 2, "", width=30, height=high, color="target")
    panel.text(x + 20, 160, name)


def drawing():
    """Return the drawing: three kinds of agreement with a printed table."""
    whole = Drawing(
        "Three pictures. All cells lie on the diagonal of paper and here. The "
        "cells lie on both sides of it, and their mean lies on it. On other data "
        "two bars are lower than in the paper, and the same one is the higher."
    )
    every = whole.panel("1. Every cell", width=230, height=214)
    plane(every, [(68, 122), (92, 101), (110, 85), (138, 60), (164, 37)])
    every.text(115, 198, "The recipe is known.", color="soft")
    mean = whole.panel("2. The mean alone", width=230, height=214)
    plane(mean, [(68, 98), (90, 124), (118, 54), (142, 84), (160, 20)])
    mean.mean("target", 115, 80)
    mean.text(115, 198, "It may be luck.", color="soft")
    claim = whole.panel("3. The claim", width=230, height=214)
    claim.line((20, 142), (210, 142), kind="axis")
    pair(claim, 44, 66, 104, "paper")
    pair(claim, 144, 38, 62, "other data")
    claim.text(115, 198, "The same one is ahead.", color="soft")
    return whole
