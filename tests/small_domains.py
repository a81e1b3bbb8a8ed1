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
