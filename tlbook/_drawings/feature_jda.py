"""JDA: the domains' means agree and the classes do not; guess, pull, guess again."""

from tlbook.drawing import Drawing

SOURCE = [(40, 60), (56, 46), (66, 68), (52, 80)]  # of one class
SOURCE += [(164, 124), (178, 110), (188, 132), (174, 144)]  # of the other
TURNED = [(88, 44), (104, 30), (118, 50), (102, 62)]
TURNED += [(112, 140), (126, 128), (140, 146), (122, 160)]
ARRIVED = [(64, 56), (78, 46), (84, 66), (68, 72)]
ARRIVED += [(148, 130), (160, 142), (150, 110), (164, 158)]
HOLLOW = (4, 5, 6, 7)
GUESSED = (3, 4, 5, 6, 7)  # one of them wrongly


def drawing():
    """Return the drawing: domains that agree, classes that are pulled, the end."""
    whole = Drawing(
        "Three pictures of source circles and target triangles, filled and "
        "outlined by class. First the means of the domains lie at one place and "
        "the classes apart. Then the triangles have guessed classes, one of them "
        "wrong, and arrows pull each class to the circles of its name. In the "
        "end filled lies with filled and outlined with outlined."
    )
    means = whole.panel("1. The domains agree", width=230, height=230)
    pull = whole.panel("2. Guess, and pull", width=230, height=230)
    joint = whole.panel("3. Guess again", width=230, height=230)
    means.samples("source", SOURCE, hollow=HOLLOW)
    means.samples("target", TURNED, hollow=HOLLOW)
    means.mean("source", 104, 95)
    means.mean("target", 126, 95)
    means.text(115, 198, "two equal means, and the", color="soft")
    means.text(115, 214, "classes lie apart", color="soft")
    pull.samples("source", SOURCE, hollow=HOLLOW)
    pull.samples("target", TURNED, hollow=GUESSED)
    pull.arrow((92, 82), (74, 92), kind="move")
    pull.arrow((142, 112), (160, 100), kind="move")
    pull.text(115, 198, "outlines: guessed so,", color="soft")
    pull.text(115, 214, "one of them wrongly", color="soft")
    joint.samples("source", SOURCE, hollow=HOLLOW)
    joint.samples("target", ARRIVED, hollow=HOLLOW)
    joint.text(115, 198, "better guesses,", color="soft")
    joint.text(115, 214, "if the first were good", color="soft")
    return whole
