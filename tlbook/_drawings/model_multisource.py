"""Boosting with several sources: samples and a choice, or a pool of learners."""

from tlbook.drawing import Drawing

ROWS = (44, 104, 164)


def source(panel, y):
    """Draw the samples of a source."""
    panel.samples(
        "source", [(24, y - 8), (42, y + 6), (56, y - 10), (28, y + 12)], 5
    )


def drawing():
    """Return the drawing: MultiSourceTrAdaBoost on the left, TaskTrAdaBoost on the right."""
    whole = Drawing(
        "Two pictures with three blue sources on the left. MultiSourceTrAdaBoost: "
        "each source, together with the orange target samples, trains a learner; "
        "of the three errors on the target the smallest is kept. TaskTrAdaBoost: "
        "each source has left two hatched learners in a pool, and the target "
        "samples pick one of them."
    )
    samples = whole.panel("1. MultiSource: samples", width=350, height=232)
    pool = whole.panel("2. Task: learners", width=350, height=232)
    for i, (y, error) in enumerate(zip(ROWS, ("0.4", "0.2", "0.5"), strict=True)):
        source(samples, y)
        samples.arrow((70, y), (152, y), kind="flow")
        samples.samples("target", [(96, y - 14), (112, y - 14)], 5)
        best = i == 1
        samples.box(196, y, "learner", width=76, height=32)
        samples.text(
            268,
            y + 4,
            f"error {error}",
            color="ink" if best else "soft",
            bold=best,
        )
        if best:
            samples.arrow((312, y), (342, y), kind="gradient")
        source(pool, y)
        pool.arrow((70, y), (102, y), kind="flow")
        for k in (0, 1):
            pool.box(140 + 76 * k, y, "learner", width=66, height=32, frozen=True)
    samples.text(175, 218, "train in each round, keep the best", color="soft")
    pool.samples("target", [(310, 92), (326, 104), (306, 114)], 6)
    pool.arrow((296, 104), (254, 104), kind="gradient")
    pool.text(298, 140, "picks", color="forward-text")
    pool.text(175, 218, "trained once, picked round by round", color="soft")
    return whole
