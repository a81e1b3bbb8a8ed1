"""What the tests of several networks share: two tiny domains, and a copy of a module's state."""

import numpy as np


def domains(seed=0):
    """Return Xs, ys, Xt: three classes along a diagonal, the target moved."""
    rng = np.random.default_rng(seed)
    y = np.arange(24) % 3
    return (
        rng.standard_normal((24, 4)) + y[:, None],
        y,
        rng.standard_normal((24, 4)) + 1,
    )


def snapshot(module):
    """Return the parameters and buffers of a module, copied."""
    return {k: v.clone() for k, v in module.state_dict().items()}


def half_way():
    """Return Xs, y, Xt: two clouds, and the same half way to their border; y is of both."""
    rng = np.random.default_rng(1)
    y = np.arange(120) % 2
    Xs = np.c_[4 * y - 2.0, np.zeros(120)] + 0.4 * rng.standard_normal((120, 2))
    return Xs, y, Xs + np.array([1.6, 0.0])
