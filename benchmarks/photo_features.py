"""How tlbook/datasets/worlds/photo_features.npz is made: photographs as 64 small numbers.

    python -m benchmarks.photo_features

The photographs of Office-Caltech10 are fetched, and a network that was trained on
ImageNet (`tlbook.deep.efficientnet_lite0`) turns each into 1,280 activations, of unit
length.  Their 64 principal components are kept, as whole numbers from -127 to 127.
The components are those of the *Caltech* photographs alone; no label is used.  The
file holds numbers that this script computes; no photograph can be had back from them.
"""

import numpy as np

from benchmarks import RESULTS
from benchmarks.office_caltech_photos import DOMAINS, activations

COMPONENTS = 64
FITTED_ON = "C"
TARGET = RESULTS.parent / "datasets" / "worlds" / "photo_features.npz"


def unit(X):
    return X / np.linalg.norm(X, axis=1, keepdims=True)


def components(X, k):
    """Return the mean of X and its first k principal directions, with fixed signs."""
    mean = X.mean(axis=0)
    _, vectors = np.linalg.eigh((X - mean).T @ (X - mean))
    V = vectors[:, ::-1][:, :k]
    return mean, V * np.sign(V[np.abs(V).argmax(axis=0), np.arange(k)])


def main():
    found = {letter: activations(letter) for letter in DOMAINS}
    mean, V = components(
        unit(found[FITTED_ON]["features"].astype(float)), COMPONENTS
    )
    Z = {
        letter: (unit(domain["features"]) - mean) @ V
        for letter, domain in found.items()
    }
    scale = max(np.abs(z).max() for z in Z.values()) / 127
    arrays = {}
    for letter, name in DOMAINS.items():
        arrays[f"{name}_X"] = np.round(Z[letter] / scale).astype(np.int8)
        arrays[f"{name}_y"] = found[letter]["y"].astype(np.int8)
    np.savez_compressed(TARGET, scale=np.float32(scale), **arrays)
    print(f"{TARGET.name}: {TARGET.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
