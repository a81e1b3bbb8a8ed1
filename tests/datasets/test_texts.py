"""The features of sentences: sizes, classes, documents, rounding, and what they are good for."""

from itertools import permutations
from zlib import crc32

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from tlbook.datasets import load_results, load_text_features
from tlbook.datasets.texts import ENCODERS, KINDS

WIDTHS = {"words": 50, "sentences": 64}
# of all numbers of the four kinds, in their order, as they are stored
CHECKSUMS = {"words": 610079556, "sentences": 3229101389}
UNITS = {"words": 0.0610664, "sentences": 0.00903347}


def codes(encoder):
    """Return the numbers of each kind and the unit that they are multiples of."""
    found = [
        load_text_features(kind, KINDS[kind == KINDS[0]], encoder).Xs
        for kind in KINDS
    ]
    unit = np.abs(np.concatenate(found)).max() / 63
    return found, unit


@pytest.mark.parametrize("encoder", ENCODERS)
@pytest.mark.parametrize(("source", "target"), list(permutations(KINDS, 2)))
def test_pair(source, target, encoder):
    pair = load_text_features(source, target, encoder)
    back = load_text_features(target, source, encoder)
    assert pair.Xs.shape == pair.Xt.shape == (600, WIDTHS[encoder])
    assert np.bincount(pair.ys).tolist() == [300, 300]
    assert pair.class_names == ("negative", "positive")
    assert (pair.source, pair.target) == (source, target)
    np.testing.assert_array_equal(pair.Xs, back.Xt)
    np.testing.assert_array_equal(pair.ys, back.yt)
    np.testing.assert_array_equal(pair.source_ids, back.target_ids)
    # the order does not tell the class
    assert 120 < pair.ys[:300].sum() < 180


@pytest.mark.parametrize("encoder", ENCODERS)
def test_numbers_are_the_stored_ones(encoder):
    found, unit = codes(encoder)
    assert unit == pytest.approx(UNITS[encoder], rel=1e-4)
    whole = [np.round(X / unit) for X in found]
    for X, Z in zip(found, whole):
        np.testing.assert_allclose(X, unit * Z, atol=1e-6)
    digest = 0
    for Z in whole:
        digest = crc32(Z.astype(np.int8).tobytes(), digest)
    assert digest == CHECKSUMS[encoder]


def test_both_encoders_see_the_same_sentences():
    for source, target in permutations(KINDS, 2):
        one, other = (load_text_features(source, target, e) for e in ENCODERS)
        np.testing.assert_array_equal(one.ys, other.ys)
        np.testing.assert_array_equal(one.source_ids, other.source_ids)
    default = load_text_features("movies", "tweets")
    assert default.Xs.shape[1] == WIDTHS["sentences"]


@pytest.mark.parametrize(
    ("encoder", "largest"), [("words", 0.03), ("sentences", 0.01)]
)
def test_rounding_is_small_beside_what_the_features_say(encoder, largest):
    """A uniform error of one unit has the variance unit ** 2 / 12."""
    found, unit = codes(encoder)
    variance = np.concatenate(found).var(axis=0)
    assert unit**2 / 12 < largest * variance.mean()


def test_sentences_had_the_length_1_before_the_cut():
    found, _ = codes("sentences")
    lengths = np.linalg.norm(np.concatenate(found), axis=1)
    assert 0.4 < lengths.min() < lengths.max() < 1.2
    # centered on the products, whose components they are: uncorrelated there
    products = found[KINDS.index("products")]
    S = products.T @ products / 600
    off = S - np.diag(np.diag(S))
    assert np.abs(off).max() < 0.02 * S.max()
    assert np.abs(products.mean(axis=0)).max() < 1e-3
    assert (np.diff(np.diag(S)) < 1e-5).all()


def test_documents():
    """Reviews and editorials have many sentences, a tweet and a sentence on a movie is alone."""
    shared = {}
    for kind in KINDS:
        other = KINDS[kind == KINDS[0]]
        ids = load_text_features(kind, other).source_ids
        shared[kind] = 600 - len(np.unique(ids))
        assert ids.min() > 0
    assert shared["movies"] == shared["tweets"] == 0
    assert min(shared["products"], shared["editorials"]) > 100


def test_features_carry_over():
    means = {}
    for encoder, C in (("words", 1), ("sentences", 10)):
        right = []
        for source, target in permutations(KINDS, 2):
            Xs, ys, Xt, yt = load_text_features(source, target, encoder)
            model = LogisticRegression(C=C, max_iter=1000).fit(Xs, ys)
            right.append(model.score(Xt, yt))
        means[encoder] = 100 * np.mean(right)
    table = load_results("text_few")
    bag = [
        accuracy
        for task, method, accuracy in zip(
            table["task"], table["method"], table["accuracy"]
        )
        if method == "bag of words" and task.split("-")[1] in KINDS
    ]
    assert len(bag) == 12
    assert means["words"] > np.mean(bag) + 5
    assert means["sentences"] > means["words"] + 3


def test_unknown_names_are_refused():
    with pytest.raises(ValueError, match="encoder must be one of"):
        load_text_features("movies", "tweets", "letters")
    with pytest.raises(ValueError, match="books"):
        load_text_features("books", "tweets")
    with pytest.raises(ValueError, match="movies"):
        load_text_features("movies", "movies")
