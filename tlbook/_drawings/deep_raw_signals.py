"""The drawing of chapters/deep/raw_signals.ipynb."""

from tlbook.drawing import Drawing

SIGNAL = (
    *((14, 90), (40, 90), (52, 60), (64, 110), (76, 90)),
    *((200, 90), (212, 60), (224, 110), (236, 90), (330, 90)),
)
ANSWER = (
    *((14, 170), (44, 170), (58, 140), (72, 170)),
    *((204, 170), (218, 140), (232, 170), (330, 170)),
)
EARLY = ((14, 70), (30, 70), (42, 40), (54, 90), (66, 70), (200, 70))
LATER = ((14, 150), (94, 150), (106, 120), (118, 170), (130, 150), (200, 150))


def drawing():
    whole = Drawing(
        "Two pictures. A filter, a short pattern up and down, slides over a "
        "signal that holds the pattern twice, and its answer has a peak at "
        "either. The mean of the answers over time is one feature, for early and "
        "late patterns alike."
    )
    slide = whole.panel("1. A filter slides", width=350, height=200)
    slide.box(64, 86, "", width=44, height=64, color="forward")
    slide.line(*SIGNAL)
    slide.text(64, 40, "filter", color="forward-text")
    slide.arrow((92, 40), (150, 40), kind="flow", text="slides", side="above")
    slide.line(*ANSWER, kind="reversed")
    slide.text(138, 156, "answer", color="back-text")
    mean = whole.panel("2. Mean over time", width=350, height=200)
    mean.line(*EARLY)
    mean.line(*LATER)
    mean.arrow((210, 70), (252, 96), kind="flow")
    mean.arrow((210, 150), (252, 124), kind="flow")
    mean.box(296, 110, "one feature", width=84, height=36, color="ink")
    return whole
