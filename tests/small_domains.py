"""What the tests of several modules share: tiny domains, odd tables, a copy of a module's state."""

import numpy as np
import pandas as pd


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


def patients(seed, n=60):
    """Return a table of two numbers and a word, and who is sick."""
    rng = np.random.default_rng(seed)
    y = np.where(rng.random(n) < 0.5, "sick", "well")
    X = pd.DataFrame(
        {
            "age": rng.normal(50, 10, n) + 5 * (y == "sick"),
            "crp": rng.lognormal(1, 1, n),
            "sex": rng.choice(["f", "m"], n),
        }
    )
    return X, y


def both(**columns):
    """Return two tables with the same new columns."""
    return [
        patients(seed)[0].assign(**{k: make(60) for k, make in columns.items()})
        for seed in (0, 1)
    ]
