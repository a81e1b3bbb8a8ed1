"""TAMAR: map predicates so that types agree, then revise what is too short or too long."""

from tlbook.drawing import Drawing

PAIRS = (
    ("publication", "movieMember"),
    ("student", "actor"),
    ("professor", "director"),
    ("advisedBy", "workedFor"),
)


def places(panel, x, y, word, kinds, domain):
    """Draw a predicate, and below it the types of its two places."""
    panel.box(x, y, word, width=98, height=30, color=domain)
    for i, kind in enumerate(kinds):
        panel.text(x - 24 + 48 * i, y + 33, kind, color="soft")


def body(panel, y, width):
    """Draw around which pairs the body of a clause holds."""
    left, right = 115 - width / 2, 115 + width / 2
    corners = [(left, y - 22), (right, y - 22), (right, y + 22), (left, y + 22)]
    panel.line(*corners, corners[0], kind="border")


def drawing():
    """Return the drawing: a legal mapping, an illegal one, and the two revisions."""
    whole = Drawing(
        "Three pictures. Map: publication, student, professor and advisedBy, in "
        "blue, each have an arrow to movieMember, actor, director and workedFor, "
        "in orange. Illegal: advisedBy has two places for persons, movieMember "
        "one for a movie and one for an artist. Revise: a frame, where the body "
        "of a clause holds, with many false pairs in it wants one more literal; "
        "a frame that leaves most true pairs outside wants one less."
    )
    legal = whole.panel("1. A legal mapping", width=230, height=212)
    for i, (old, new) in enumerate(PAIRS):
        y = 28 + 42 * i
        legal.box(50, y, old, width=86, height=30, color="source")
        legal.box(176, y, new, width=98, height=30, color="target")
        legal.arrow((93, y), (126, y), kind="move")
    legal.text(115, 200, "title: movie, person: artist", color="soft")
    illegal = whole.panel("2. An illegal one", width=230, height=212)
    places(illegal, 115, 32, "advisedBy", ("person", "person"), "source")
    places(illegal, 115, 122, "movieMember", ("movie", "artist"), "target")
    illegal.arrow((91, 72), (91, 104), kind="reversed")
    illegal.arrow((139, 72), (139, 104), kind="reversed")
    illegal.text(
        115, 186, "a person would be\na movie and an artist", color="soft"
    )
    revised = whole.panel("3. Judge and revise", width=230, height=212)
    body(revised, 38, 180)
    revised.samples("target", [(52, 30), (74, 46), (98, 30)])
    revised.samples(
        "target",
        [(122, 46), (144, 30), (166, 46), (186, 32), (38, 50), (100, 52)],
        hollow=range(6),
    )
    revised.text(115, 82, "too short: one literal more")
    body(revised, 132, 50)
    revised.samples(
        "target",
        [(104, 132), (126, 126), (44, 124), (64, 142), (166, 124), (186, 142)],
    )
    revised.samples("target", [(30, 144), (206, 128)], hollow=range(2))
    revised.text(115, 176, "too long: one literal less")
    revised.text(115, 200, "frame: where the body holds", color="soft")
    return whole
