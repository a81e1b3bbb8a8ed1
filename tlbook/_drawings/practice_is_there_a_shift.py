"""The drawing of chapters/practice/is_there_a_shift.ipynb."""

from tlbook.drawing import Drawing

LEFT = [(34, 70), (52, 96), (66, 62), (84, 88)]
RIGHT = [(128, 66), (142, 98), (160, 72), (182, 90)]


def drawing():
    whole = Drawing(
        "Three pictures. Source samples lie on the left and target samples on the "
        "right, and the distance of the two groups is large. When the names of "
        "the domains are dealt out anew, the same eight points make two groups "
        "that lie near each other. The distances of many such deals form a bell, "
        "and the observed distance lies beyond it on the right."
    )
    seen = whole.panel("1. Two samples", width=230, height=200)
    seen.samples("source", LEFT)
    seen.samples("target", RIGHT)
    seen.mean("source", 59, 126)
    seen.mean("target", 153, 126)
    seen.arrow((72, 126), (140, 126), kind="flow")
    seen.text(115, 164, "how far apart are they?", color="soft")
    dealt = whole.panel("2. Deal the names anew", width=230, height=200)
    dealt.samples("source", [LEFT[0], LEFT[1], RIGHT[0], RIGHT[2]])
    dealt.samples("target", [LEFT[2], LEFT[3], RIGHT[1], RIGHT[3]])
    dealt.mean("source", 94, 126)
    dealt.mean("target", 119, 126)
    dealt.text(115, 164, "without a shift, one deal", color="soft")
    dealt.text(115, 182, "is as good as another", color="soft")
    count = whole.panel("3. Count the larger ones", width=230, height=200)
    count.bell("source", 86, 126, 110, 70)
    count.line((20, 127), (212, 127), kind="axis")
    count.line((178, 56), (178, 136), kind="border")
    count.text(178, 46, "observed", color="soft")
    count.text(86, 146, "after a deal", color="soft")
    count.text(115, 182, "p is the share on its right", color="soft")
    return whole
