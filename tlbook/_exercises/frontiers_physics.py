"""Checkers of chapters/frontiers/physics.ipynb."""

import numpy as np

from tlbook.exercises import Exercise

DT = 0.1


def gravities(rng):
    return float(rng.uniform(1.5, 9)), float(rng.uniform(9, 25))


def factor(g, told):
    """By the bend of a throw: second differences of the heights, without (2)."""
    times = DT * np.arange(5)
    bend = np.diff(2 + 3 * times - g / 2 * times**2, 2)
    return float(np.mean((-told * DT**2) / bend))


def outputs(rng):
    """Return outputs of a few clips: lines with noise, each at a place of its own."""
    n, N = int(rng.integers(3, 6)), int(rng.integers(4, 8))
    lines = np.outer(rng.normal(size=n), np.arange(N)) + rng.normal(0, 9, (n, 1))
    return (lines + rng.normal(0, 0.8, (n, N)),)


def residuals(f, degree):
    """What is left of each clip after the polynomial nearest to it."""
    t = np.arange(f.shape[1])
    return np.array(
        [row - np.polyval(np.polyfit(t, row, degree), t) for row in f]
    )


def bent(f):
    return float((residuals(f, 1) ** 2).sum() / (residuals(f, 0) ** 2).sum())


def over_all(f):
    return float((residuals(f, 1) ** 2).sum() / ((f - f.mean()) ** 2).sum())


def clip_by_clip(f):
    shares = (residuals(f, 1) ** 2).sum(axis=1) / (residuals(f, 0) ** 2).sum(
        axis=1
    )
    return float(shares.mean())


def of_sizes(f):
    return float(abs(residuals(f, 1)).sum() / abs(residuals(f, 0)).sum())


def places(rng):
    """Return outputs within 0 to 10."""
    n, N = int(rng.integers(2, 5)), int(rng.integers(3, 6))
    return (rng.uniform(0, 10, (n, N)),)


EXERCISES = {
    3: Exercise(
        factor,
        {
            "inverse": lambda g, told: g / told,
            "root": lambda g, told: (told / g) ** 0.5,
            "added": lambda g, told: told - g,
            "no_factor": lambda g, told: 1.0,
        },
        gravities,
    ),
    4: Exercise(
        bent,
        {
            "over_all": over_all,
            "clip_by_clip": clip_by_clip,
            "of_sizes": of_sizes,
            "straight_share": lambda f: 1 - bent(f),
            "not_divided": lambda f: float((residuals(f, 1) ** 2).sum()),
        },
        outputs,
    ),
    5: Exercise(
        lambda f: 10.0 - f,
        {
            "out_of_range": lambda f: -f,
            "about_the_mean": lambda f: 2 * f.mean() - f,
            "each_clip": lambda f: 2 * f.mean(axis=1, keepdims=True) - f,
            "backwards": lambda f: f[:, ::-1],
        },
        places,
    ),
}
