"""Supervision by physics in rooms that nobody tuned on.

The films of `frontiers/physics` are 32 x 32 pixels with noise 0.05, and its laws, epochs and rates
were chosen on their rooms 0 to 500.  Here each clip has a room of its own above 10,000, and it is
measured in 200 other rooms; beside films as they are drawn stand four that are made otherwise,
of which no number was looked at before the methods were fixed.

    drawn      as in the chapter, other rooms
    noisy      a camera with twice the noise
    sharp      48 x 48 pixels
    long       nine frames
    slow       half the time between two frames: half the motion, and less of it bent

The column `accuracy` holds 100 times the correlation of measured and true place over all frames
of the other rooms, `within` that of the motion within the clips, each less its mean; of both the
size, since only gravity tells up from down.  To a throw "straight" is the wrong law, a control.
"""

from functools import cache

import numpy as np

from benchmarks.grid import Recipe
from tlbook.datasets import load_throws, load_walks
from tlbook.frontiers.physics import PhysicsSupervised, without_scene

FILMS = {
    "drawn": {},
    "noisy": {"noise": 0.1},
    "sharp": {"image_size": 48},
    "long": {"n_frames": 9},
    "slow": {"dt": 0.5},  # times that of the motion
}
MOTIONS = {  # film maker, seconds between two frames, the paper's law
    "throw": (load_throws, 0.1, "free fall"),
    "walk": (load_walks, 0.4, "constant velocity"),
}
TASKS = tuple(f"{motion}-{film}" for motion in MOTIONS for film in FILMS)
SEEDS = (0, 1, 2, 3, 4)
TRACE = False
TRAINED, TESTED, FIRST = 300, 200, 10_000
EPOCHS = 15


@cache
def clips(task, seed):
    """Return the films to learn from and those in other rooms, and seconds between two frames."""
    motion, name = task.split("-")
    load, dt, _ = MOTIONS[motion]
    made = dict(FILMS[name])
    dt *= made.pop("dt", 1.0)
    first = FIRST + 1000 * seed
    train = range(first, first + TRAINED)
    test = range(first + TRAINED, first + TRAINED + TESTED)
    return (
        load(TRAINED, dt=dt, rooms=train, random_state=FIRST + seed, **made),
        load(TESTED, dt=dt, rooms=test, random_state=2 * FIRST + seed, **made),
        dt,
    )


def by_law(law, cleared):
    """Return a function that learns from the films by a law, and measures others.

    `law`: None is the paper's own of the motion; `cleared`: of both the median frame is taken away.
    """

    def measure(task, seed):
        train, test, dt = clips(task, seed)
        X, Z = (
            without_scene(c.frames) if cleared else c.frames
            for c in (train, test)
        )
        own = MOTIONS[task.split("-")[0]][2]
        model = PhysicsSupervised(
            law or own, dt=dt, max_epochs=EPOCHS, random_state=seed
        ).fit(X)
        return model.predict(Z)

    return measure


PROTOCOL = (
    f"{TRAINED} clips in as many rooms, {TESTED} clips in others, {EPOCHS} epochs; "
    "default parameters"
)
METHODS = {
    "the paper's law": Recipe(PROTOCOL, by_law(None, False)),
    "the paper's law, less the scene": Recipe(PROTOCOL, by_law(None, True)),
    "straight": Recipe(PROTOCOL, by_law("straight", False)),
    "straight, less the scene": Recipe(PROTOCOL, by_law("straight", True)),
}


def score(predicted, truth):
    """Return 100 times both correlations, in place of the accuracy."""
    moved = [v - v.mean(axis=1, keepdims=True) for v in (predicted, truth)]
    found = (
        abs(np.corrcoef(a.ravel(), b.ravel())[0, 1])
        for a, b in ((predicted, truth), moved)
    )
    names = ("accuracy", "within")
    return {name: f"{100 * r:.4f}" for name, r in zip(names, found)}


def prepare(task, method, seed):
    """Return the work of one cell, and the true places."""
    truth = clips(task, seed)[1].truth
    return lambda: METHODS[method].predict(task, seed), truth
