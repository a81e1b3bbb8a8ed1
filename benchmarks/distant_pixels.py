"""The problems of `distant` on the photographs themselves: 32 x 32 gray pixels, no features.

The same photographs, things, negatives and intermediates; all that a method knows of an image is
its pixels, as in the paper, whose images and network are larger.
"""

from functools import cache

import numpy as np
from PIL import Image
from sklearn.preprocessing import StandardScaler

from benchmarks import distant
from benchmarks.distant import SEEDS as SEEDS
from benchmarks.distant import TASKS as TASKS
from benchmarks.grid import Recipe
from tlbook.datasets import fetch_office_caltech_images

SIDE = 32
BASE = distant.BASE.replace(
    "SURF of Caltech10, z-score", "Caltech10, 32 x 32 gray, z-score"
)
METHODS = {
    name: Recipe(recipe.protocol.replace(distant.BASE, BASE), recipe.predict)
    for name, recipe in distant.METHODS.items()
}


def pixels(path):
    """Return one photograph, squeezed to a gray square, shape (SIDE * SIDE,)."""
    with Image.open(path) as image:
        small = image.convert("L").resize((SIDE, SIDE), Image.Resampling.BOX)
    return np.asarray(small, dtype=np.float32).ravel() / 255


@cache
def photographs():
    """Return pixels and labels 1 to 10 of Caltech, and pixels of Amazon; z-scored by domain."""
    domains = []
    for name in ("caltech", "amazon"):
        paths, y, _ = fetch_office_caltech_images(name)
        X = StandardScaler().fit_transform(
            np.stack([pixels(path) for path in paths])
        )
        domains.append((X, y + 1))
    (X, y), (amazon, _) = domains
    return X, y, amazon


def prepare(task, method, seed):
    """Return the work of one cell and the labels of the test set."""
    training, X_test, y_test = distant.problem(task, seed, photographs())
    return lambda: METHODS[method].predict(*training, seed)(X_test), y_test
