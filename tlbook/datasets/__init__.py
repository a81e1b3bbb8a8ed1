"""The worlds: data that are on the disk (`load_*`), the papers' own (`fetch_*`), generated ones.

Every loader of a pair returns a `DomainPair`, which unpacks: `Xs, ys, Xt, yt =
load_...()`. `load_results` and `load_published` have the tables of the benchmarks
and of the papers.
"""

from tlbook.datasets.activity import load_activity
from tlbook.datasets.cache import DataCorrupted, DataNotAvailable
from tlbook.datasets.digits import load_digits_shift, load_printed_characters
from tlbook.datasets.docstrings import load_docstrings
from tlbook.datasets.fetched import (
    fetch_amazon_reviews,
    fetch_mnist_usps,
    fetch_mushroom,
    fetch_office_caltech,
    fetch_office_caltech_images,
    fetch_pillow,
    fetch_relational,
)
from tlbook.datasets.pair import DomainPair
from tlbook.datasets.photos import load_photo_features
from tlbook.datasets.results import load_published, load_results, result_names
from tlbook.datasets.shapes import make_shapes
from tlbook.datasets.shifts import covariate_ratio, make_friedman, make_shift
from tlbook.datasets.texts import load_text_features
from tlbook.datasets.throws import load_throws, load_walks
from tlbook.datasets.worlds import load_world

__all__ = [
    "DataCorrupted",
    "DataNotAvailable",
    "DomainPair",
    "covariate_ratio",
    "fetch_amazon_reviews",
    "fetch_mnist_usps",
    "fetch_mushroom",
    "fetch_office_caltech",
    "fetch_office_caltech_images",
    "fetch_pillow",
    "fetch_relational",
    "load_activity",
    "load_digits_shift",
    "load_docstrings",
    "load_photo_features",
    "load_printed_characters",
    "load_published",
    "load_results",
    "load_text_features",
    "load_throws",
    "load_walks",
    "load_world",
    "make_friedman",
    "make_shapes",
    "make_shift",
    "result_names",
]
