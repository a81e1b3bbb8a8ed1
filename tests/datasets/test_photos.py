"""The features of photographs: sizes, classes, duplicates, and what they are good for."""

from itertools import permutations

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from tlbook.datasets import load_photo_features
from tlbook.datasets.fetched import OFFICE

SIZES = {"caltech": 1123, "amazon": 958, "webcam": 295, "dslr": 157}


@pytest.mark.parametrize(("source", "target"), list(permutations(OFFICE, 2)))
def test_pair(source, target):
    pair = load_photo_features(source, target)
    assert pair.Xs.shape == (SIZES[source], 64)
    assert pair.Xt.shape == (SIZES[target], 64)
    assert sorted(set(pair.ys)) == sorted(set(pair.yt)) == list(range(10))
    # of unit length before the cut
    assert np.linalg.norm(pair.Xs, axis=1).max() < 1.2
    a, b = np.random.default_rng(0).integers(0, len(pair.ys), 2)
    same = np.array_equal(pair.Xs[a], pair.Xs[b])
    assert same == (pair.source_ids[a] == pair.source_ids[b])


def test_a_photograph_that_stands_twice_has_one_number():
    pair = load_photo_features("amazon", "webcam")
    numbers, counts = np.unique(pair.source_ids, return_counts=True)
    assert len(numbers) == len(np.unique(pair.Xs, axis=0)) < len(pair.ys)
    for number in numbers[counts > 1]:
        assert len(np.unique(pair.ys[pair.source_ids == number])) == 1


def test_classes_are_those_of_the_surf_features():
    """The names stand in the order of the folders: a photograph of a bike is 'touring-bike'."""
    pair = load_photo_features("dslr", "webcam")
    assert pair.class_names[1] == "touring-bike"
    assert np.bincount(pair.ys).tolist() == [
        12,
        21,
        12,
        13,
        10,
        24,
        22,
        12,
        8,
        23,
    ]


def test_features_carry_over():
    scores = []
    for source, target in permutations(OFFICE, 2):
        Xs, ys, Xt, yt = load_photo_features(source, target)
        model = LogisticRegression(C=100, max_iter=1000).fit(Xs, ys)
        scores.append(model.score(Xt, yt))
    assert np.mean(scores) > 0.9
