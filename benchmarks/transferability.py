"""The experiment of Yosinski et al. 2014 on printed characters: what the chapter reads.

    python -m benchmarks.transferability            # what is missing in tlbook/results/
    python -m benchmarks.transferability --seeds 20

62 characters are split at random into two halves, the tasks A and B, another split for each seed.
Training and test images are drawn in other families of type, so that no glyph is on both sides.
A row is one trained network; the file has columns of its own, as an arm is not a method.
"""

import argparse
import csv

import numpy as np
from torch import nn
from tqdm import tqdm

from benchmarks import RESULTS
from tlbook.datasets import load_printed_characters
from tlbook.datasets.digits import FACES
from tlbook.deep import DeepClassifier, Network, transferability

SEEDS = 16
SIDE = 12
TEST_FACES = tuple(
    face for face in FACES if face.startswith(("DejaVuSerif", "cmr"))
)
TRAIN_FACES = tuple(face for face in FACES if face not in TEST_FACES)
TABLE = RESULTS / "transferability.csv"
MODEL = DeepClassifier(lr=2e-3, batch_size=64, max_epochs=25, device="cpu")


def make_network():
    """Return an untrained network: three convolutions, a hidden layer, a classifier for 31."""
    features = nn.Sequential(
        *(nn.Conv2d(1, 16, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2)),
        *(nn.Conv2d(16, 32, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2)),
        *(nn.Conv2d(32, 32, 3, padding=1), nn.ReLU(), nn.Flatten()),
    )
    hidden = nn.Sequential(nn.Linear(32 * (SIDE // 4) ** 2, 64), nn.ReLU())
    return Network(features, hidden, nn.Linear(64, 31))


def tasks(seed):
    """Return the training data of A and B, and the test data of B, for one random split."""
    X, y, names = load_printed_characters(SIDE, n_per_class=20, faces=TRAIN_FACES)
    Xt, yt, _ = load_printed_characters(
        SIDE, n_per_class=20, random_state=1, faces=TEST_FACES
    )
    half = np.random.default_rng(seed).permutation(len(names))[: len(names) // 2]
    inA, inB = np.isin(y, half), ~np.isin(yt, half)
    return (X[inA], y[inA]), (X[~inA], y[~inA]), (Xt[inB], yt[inB])


def measure(seed):
    """Return the records of all arms and depths for one seed."""
    return transferability(MODEL, make_network, *tasks(seed), seed=seed)


def main():
    """Compute the seeds that the file does not have; write after each."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=SEEDS)
    seeds = parser.parse_args().seeds
    rows = []
    if TABLE.exists():
        with TABLE.open(newline="", encoding="utf-8") as file:
            rows = list(csv.DictReader(file))
    done = {int(row["seed"]) for row in rows}
    for seed in tqdm([s for s in range(seeds) if s not in done], unit="seed"):
        rows += [{**r, "accuracy": f"{r['accuracy']:.2f}"} for r in measure(seed)]
        with TABLE.open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(
                file, ("arm", "n", "seed", "accuracy"), lineterminator="\n"
            )
            writer.writeheader()
            writer.writerows(rows)


if __name__ == "__main__":
    main()
