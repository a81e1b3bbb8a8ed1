"""Every method that can learn from two features, on the four shifts of `make_shift`.

The table of the chapter *One plate*: one setting for all shifts, a hundred samples of each domain,
accuracy on a thousand new samples of the target.  `alone` is the accuracy of the method's own
learner, learned from the source.  Methods that need target labels get ten; "ten labels" is a
logistic regression on these ten alone, "oracle" one on all labels of the target.
"""

from functools import partial

import numpy as np
from sklearn.base import clone

from benchmarks.grid import Recipe
from tlbook.practice import diagnose
from tlbook.practice._plate import (
    FEW,
    LEARNER,
    SHIFTS,
    draw_world,
    fit_method,
    learner_of,
)
from tlbook.practice._plate import (
    METHODS as MODELS,
)

TASKS = tuple(SHIFTS)
SEEDS = tuple(range(10))
TRACE = False  # it would make networks many times slower


def predicted(model, world):
    """Return the guesses of a fitted model for the new samples."""
    return model.predict(world.X_new)


def of_method(name):
    """Fit a method, and its own learner on the source."""

    def guesses(world):
        before = clone(learner_of(name)).fit(world.Xs, world.ys)
        return [predicted(m, world) for m in (before, fit_method(name, world))]

    return guesses


def diagnosed(world):
    """Let the samples name the shift, and fit what answers it."""
    before = clone(LEARNER).fit(world.Xs, world.ys)
    report = diagnose(world.Xs, world.ys, world.Xt)
    model = report.best_estimator(LEARNER).fit(world.Xs, world.ys, world.Xt)
    return [predicted(m, world) for m in (before, model)]


def of_labels(chosen):
    """Learn from labels of the target: `few` or `yt`."""

    def guesses(world):
        y = getattr(world, chosen)
        before = clone(LEARNER).fit(world.Xs, world.ys)
        model = clone(LEARNER).fit(world.Xt[y >= 0], y[y >= 0])
        return [predicted(m, world) for m in (before, model)]

    return guesses


METHODS = {
    name: Recipe(
        f"{model!r}".replace("\n", "").replace("  ", "")
        + (", ten target labels" if name in FEW else ""),
        of_method(name),
    )
    for name, model in MODELS.items()
} | {
    "diagnose": Recipe("best_estimator(LogisticRegression())", diagnosed),
    "ten labels": Recipe("LogisticRegression on the few", of_labels("few")),
    "oracle": Recipe("LogisticRegression on the target", of_labels("yt")),
}


def prepare(task, method, seed):
    """Return the work to measure, and the labels that its guesses are compared with."""
    world = draw_world(task, seed)
    return partial(METHODS[method].predict, world), world.y_new


def score(guesses, y_new):
    """Return the accuracies in percent, of the method and of its learner alone."""
    alone, after = (100 * np.mean(one == y_new) for one in guesses)
    return {"accuracy": f"{after:.4f}", "alone": f"{alone:.4f}"}
