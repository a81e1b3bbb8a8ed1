"""The papers' own data, downloaded once and checked.  None of it is in this repository."""

import itertools
import re

import numpy as np
from scipy.io import loadmat
from sklearn.datasets import load_svmlight_file

from tlbook.datasets.cache import fetch, fetch_all, registry
from tlbook.datasets.pair import DomainPair, check_names

RESEARCH = "no license given by its authors: cite it, download it, do not redistribute it"

OFFICE = {
    "caltech": "Caltech10",
    "amazon": "amazon",
    "webcam": "webcam",
    "dslr": "dslr",
}
OFFICE_CLASSES = (
    "backpack",
    "touring-bike",
    "calculator",
    "headphones",
    "computer-keyboard",
    "laptop-101",
    "computer-monitor",
    "computer-mouse",
    "coffee-mug",
    "video-projector",
)


def fetch_office_caltech(source, target, raw=False):
    """Fetch two domains of Office-Caltech10, 800 SURF counts per image.

    Gong B., Shi Y., Sha F., Grauman K. Geodesic flow kernel for unsupervised
    domain adaptation. CVPR 2012.

    Parameters
    ----------
    source, target : {"caltech", "amazon", "webcam", "dslr"}
        1123, 958, 295 and 157 images.
    raw : bool
        Counts as they are.  Otherwise rows are divided by their sum, then each
        domain is z-scored on its own with the population standard deviation, as
        in the published tables.

    Returns
    -------
    DomainPair
        Labels 1 to 10.
    """
    check_names(source, target, tuple(OFFICE))
    (Xs, ys), (Xt, yt) = (_office_domain(name, raw) for name in (source, target))
    source_ids, target_ids = (
        _ids(list(OFFICE).index(name), len(y))
        for name, y in ((source, ys), (target, yt))
    )
    return DomainPair(
        Xs,
        ys,
        Xt,
        yt,
        source,
        target,
        OFFICE_CLASSES,
        RESEARCH,
        source_ids,
        target_ids,
    )


def _ids(part, n):
    """Return numbers for the n rows of a file, apart from those of other parts."""
    return 10_000 * part + np.arange(n)


def _office_domain(name, raw):
    content = loadmat(fetch(f"office_caltech10/{OFFICE[name]}_SURF_L10.mat"))
    X, y = (
        content["fts"].astype(np.float64),
        content["labels"].ravel().astype(int),
    )
    return (X if raw else z_scores(X / X.sum(axis=1, keepdims=True))), y


def z_scores(X):
    """Return columns of mean 0 and population standard deviation 1; constant columns become 0."""
    centered, spread = X - X.mean(axis=0), X.std(axis=0)
    return np.divide(centered, spread, out=np.zeros_like(X), where=spread > 0)


def fetch_mnist_usps(source, target, raw=False):
    """Fetch the sample of MNIST (2000) and USPS (1800) of the JDA paper, 16 x 16 pixels in [0, 1].

    Long M., Wang J., Ding G., Sun J., Yu P. S. Transfer feature learning with
    joint distribution adaptation. ICCV 2013.

    Parameters
    ----------
    source, target : {"mnist", "usps"}
    raw : bool
        Pixels as they are; otherwise rows of unit length, as in the published
        tables.

    Returns
    -------
    DomainPair
        Labels are the digits 0 to 9.
    """
    check_names(source, target, ("mnist", "usps"))
    content = loadmat(fetch("mnist_usps/MNIST_vs_USPS.mat"))
    found = {}
    for part, (name, suffix) in enumerate((("mnist", "src"), ("usps", "tar"))):
        X = content[f"X_{suffix}"].T.astype(np.float64)
        X = X if raw else X / np.linalg.norm(X, axis=1, keepdims=True)
        found[name] = (
            X,
            content[f"Y_{suffix}"].ravel().astype(int) - 1,
            _ids(part, len(X)),
        )
    (Xs, ys, source_ids), (Xt, yt, target_ids) = found[source], found[target]
    names = tuple("0123456789")
    return DomainPair(
        Xs, ys, Xt, yt, source, target, names, RESEARCH, source_ids, target_ids
    )


REVIEWS = ("books", "dvd", "electronics", "kitchen")


def fetch_amazon_reviews(source, target):
    """Fetch Amazon reviews, counts of 5,000 words and pairs of words.

    Blitzer J., Dredze M., Pereira F. Biographies, Bollywood, boom-boxes and
    blenders. ACL 2007; in the form of Ganin et al., JMLR 17, 2016: 2,000 labeled
    source reviews, 2,000 target reviews, and a separate test set of the target.
    In these files 2 to 4 percent of the test reviews stand in a training file
    too; such reviews of the test set are left out here.

    Parameters
    ----------
    source, target : {"books", "dvd", "electronics", "kitchen"}

    Returns
    -------
    DomainPair
        CSR matrices, labels -1 and +1; `X_test`, `y_test` are the target's test
        set.
    """
    check_names(source, target, REVIEWS)
    (Xs, ys, source_ids), (Xt, yt, target_ids) = (
        _reviews(domain, "train") for domain in (source, target)
    )
    X_test, y_test, test_ids = _reviews(target, "test")
    known = set(_contents(Xs)) | set(_contents(Xt))
    new = np.array([content not in known for content in _contents(X_test)])
    return DomainPair(
        Xs,
        ys,
        Xt,
        yt,
        source,
        target,
        ("negative", "positive"),
        "files of Ganin et al. 2016 (BSD-2), reviews of Blitzer et al. 2007 "
        "for research",
        source_ids,
        target_ids,
        X_test=X_test[new],
        y_test=y_test[new],
        test_ids=test_ids[new],
    )


def _reviews(domain, part):
    path = fetch(f"amazon_reviews/{domain}_{part}.svmlight")
    X, y = load_svmlight_file(str(path), n_features=5000)
    X.indices, X.indptr = X.indices.astype(np.int32), X.indptr.astype(np.int32)
    file = 2 * REVIEWS.index(domain) + (part == "test")
    return X, y.astype(int), _ids(file, len(y))


def _contents(X):
    """Return the words and counts of each row of a CSR matrix as something that can be compared."""
    bounds = zip(X.indptr, X.indptr[1:])
    return [(X.indices[a:b].tobytes(), X.data[a:b].tobytes()) for a, b in bounds]


STALK_SHAPE = 9  # its place among the 22 traits


def fetch_mushroom():
    """Fetch the mushrooms, split by the shape of the stalk as in the TrAdaBoost paper.

    UCI Machine Learning Repository, Mushroom (CC BY 4.0), 8,124 mushrooms.
    https://doi.org/10.24432/C5959T

    Returns
    -------
    DomainPair
        Source: tapering stalks (4,608); target: enlarging stalks (3,516).
        Features are one-hot, "?" is a category of its own; label 1 is poisonous.
    """
    rows = np.loadtxt(
        fetch("mushroom/agaricus-lepiota.data"),
        dtype=str,
        delimiter=",",
        skiprows=1,
    )
    poisonous, shape = (rows[:, 0] == "p").astype(int), rows[:, 1 + STALK_SHAPE]
    traits = np.delete(rows[:, 1:], STALK_SHAPE, axis=1)
    columns, names = [], []
    for i, column in enumerate(traits.T):
        for value in np.unique(column):
            columns.append(column == value)
            names.append(f"trait {i + 1} = {value}")
    X = np.column_stack(columns).astype(np.float64)
    source, target = shape == "t", shape == "e"
    return DomainPair(
        X[source],
        poisonous[source],
        X[target],
        poisonous[target],
        "tapering",
        "enlarging",
        ("edible", "poisonous"),
        "UCI, CC BY 4.0",
        np.flatnonzero(source),
        np.flatnonzero(target),
        feature_names=tuple(names),
    )


FOLDS = {"imdb": 5, "uwcse": 5, "webkb": 4}


def fetch_relational(name):
    """Fetch a relational data set as Alchemy `.db` files, one per fold.

    Parameters
    ----------
    name : {"imdb", "uwcse", "webkb"}

    Returns
    -------
    list of Path
    """
    if name not in FOLDS:
        raise ValueError(
            f"name={name!r} is unknown; the data sets are {list(FOLDS)}"
        )
    return [
        fetch(f"relational/{name}/{name}_fold{k}.db")
        for k in range(1, FOLDS[name] + 1)
    ]


def fetch_pillow():
    """Fetch the frames of thrown cushions, 1280 x 720 pixels.

    Stewart R., Ermon S. Label-free supervision of neural networks with physics
    and domain knowledge. AAAI 2017.

    Returns
    -------
    list of list of Path
        One list per throw: a run of consecutive frame numbers, in order.
    """
    paths = fetch_all(name for name in registry() if name.startswith("pillow/"))
    paths = sorted(paths, key=_frame_number)
    throws = itertools.groupby(
        enumerate(paths), key=lambda item: _frame_number(item[1]) - item[0]
    )
    return [[path for _, path in throw] for _, throw in throws]


def _frame_number(path):
    return int(re.search(r"\d+", path.name)[0])


IMAGE_FOLDERS = {
    "caltech": "caltech10",
    "amazon": "amazon",
    "webcam": "webcam",
    "dslr": "dslr",
}


def fetch_office_caltech_images(domain):
    """Fetch the photographs of one domain of Office-Caltech10.

    Saenko K. et al., ECCV 2010 (Office-31); Griffin G. et al., 2007
    (Caltech-256).

    Parameters
    ----------
    domain : {"caltech", "amazon", "webcam", "dslr"}

    Returns
    -------
    paths : list of Path
    y : ndarray of shape (n,)
        Index into `class_names`.
    class_names : tuple of str
    """
    if domain not in IMAGE_FOLDERS:
        raise ValueError(
            f"domain={domain!r} is unknown; the domains are {list(IMAGE_FOLDERS)}"
        )
    prefix = f"office_caltech10_images/{IMAGE_FOLDERS[domain]}/"
    names = sorted(name for name in registry() if name.startswith(prefix))
    folders = [name.removeprefix(prefix).split("/")[0] for name in names]
    class_names, y = np.unique(folders, return_inverse=True)
    return fetch_all(names), y, tuple(class_names.tolist())
