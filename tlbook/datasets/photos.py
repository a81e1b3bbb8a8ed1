"""Photographs of ten things in four domains, as a pretrained network sees them.

Caltech-256, a shop's product pages, a webcam and a camera: the 2,533 photographs
of Office-Caltech10 (Saenko et al., ECCV 2010; Griffin et al., 2007; Gong et al.,
CVPR 2012).  EfficientNet-Lite0, trained on ImageNet, turns each into 1,280
activations; 64 principal components of them are kept.  The components are those
of the Caltech photographs, found without labels.  The photographs themselves are
not in this package: `fetch_office_caltech_images` fetches them, and
benchmarks/photo_features.py computes the numbers anew.
"""

from importlib import resources

import numpy as np

from tlbook.datasets.fetched import OFFICE, OFFICE_CLASSES
from tlbook.datasets.pair import DomainPair, check_names

LICENSE = (
    "numbers computed by this book from photographs whose authors gave no "
    "license: cite Saenko et al. 2010 and Griffin et al. 2007"
)


def load_photo_features(source, target):
    """Load two domains of photographs, 64 features of a network trained on ImageNet.

    Parameters
    ----------
    source, target : {"caltech", "amazon", "webcam", "dslr"}

    Returns
    -------
    DomainPair
        Xs (ns, 64), Xt (nt, 64), float64; ten classes; an id is the number of a
        photograph, of which Amazon's pages show some twice.

    Raises
    ------
    ValueError
        For unknown or equal domains.
    """
    check_names(source, target, tuple(OFFICE))
    path = resources.files("tlbook.datasets").joinpath(
        "worlds", "photo_features.npz"
    )
    with path.open("rb") as file, np.load(file, allow_pickle=False) as stored:
        codes = {name: stored[f"{name}_X"] for name in OFFICE}
        labels = {name: stored[f"{name}_y"].astype(int) for name in OFFICE}
        scale = float(stored["scale"])
    # a product page may show one photograph twice: equal rows have one number
    _, ids = np.unique(
        np.concatenate(list(codes.values())), axis=0, return_inverse=True
    )
    sizes = np.cumsum([len(y) for y in labels.values()])
    ids = dict(zip(OFFICE, np.split(ids, sizes)))
    (Xs, ys, source_ids), (Xt, yt, target_ids) = (
        (codes[name] * scale, labels[name], ids[name])
        for name in (source, target)
    )
    return DomainPair(
        Xs,
        ys,
        Xt,
        yt,
        source,
        target,
        OFFICE_CLASSES,
        LICENSE,
        source_ids,
        target_ids,
    )
