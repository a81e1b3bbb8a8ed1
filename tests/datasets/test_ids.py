"""No sample, and nothing that samples are made from, stands in two domains or in a test part."""

from itertools import permutations

import numpy as np
import pytest
from sklearn.datasets import load_digits

from tlbook import datasets
from tlbook.datasets import (
    DataNotAvailable,
    DomainPair,
    load_activity,
    load_digits_shift,
    load_docstrings,
    load_printed_characters,
)
from tlbook.datasets.activity import (
    PERSONS,
    STEP,
    WINDOW,
    _recordings,
    window_features,
)
from tlbook.datasets.digits import CHARACTERS, DOMAINS, FACES, N_HANDWRITTEN
from tlbook.datasets.docstrings import SOURCES
from tlbook.datasets.fetched import OFFICE, REVIEWS
from tlbook.datasets.shifts import KINDS, LABELS
from tlbook.datasets.texts import ENCODERS
from tlbook.datasets.texts import KINDS as TEXTS

PAIRS = {  # loader: the arguments of every pair that it has
    "load_digits_shift": list(permutations(DOMAINS, 2)),
    "load_activity": [*permutations(PERSONS, 2), ([1, 2, 3], [4, 5])],
    "load_docstrings": list(permutations(SOURCES, 2)),
    "load_photo_features": list(permutations(OFFICE, 2)),
    "load_text_features": [
        (*kinds, encoder)
        for kinds in permutations(TEXTS, 2)
        for encoder in ENCODERS
    ],
    "make_shift": [(kind, 50, 0, labels) for kind in KINDS for labels in LABELS],
    "make_friedman": [(20, 10), (5, 30, 0.0)],
    "fetch_office_caltech": list(permutations(OFFICE, 2)),
    "fetch_mnist_usps": [("mnist", "usps"), ("usps", "mnist")],
    "fetch_amazon_reviews": list(permutations(REVIEWS, 2)),
    "fetch_mushroom": [()],
}
NO_PAIR = {
    "load_printed_characters": "samples with ids",
    "load_published": "numbers of papers",
    "load_results": "numbers of ours",
    "load_throws": "clips with ids and rooms",
    "load_walks": "clips with ids and rooms",
    "load_world": "text",
    "make_shapes": "pictures of one style, with captions",
    "fetch_office_caltech_images": "files of one domain",
    "fetch_pillow": "files of one domain",
    "fetch_relational": "files, one a fold",
}


def test_every_loader_is_here():
    loaders = {
        n for n in datasets.__all__ if n.startswith(("load_", "fetch_", "make_"))
    }
    assert loaders == set(PAIRS) | set(NO_PAIR), (
        "put the new loader into PAIRS or NO_PAIR"
    )


def contents(X):
    """Return what can be compared of each row."""
    if hasattr(X, "indptr"):
        return [
            X[i].indices.tobytes() + X[i].data.tobytes()
            for i in range(X.shape[0])
        ]
    return [np.asarray(row).tobytes() for row in X]


EVERY = [
    (loader, arguments) for loader, pairs in PAIRS.items() for arguments in pairs
]


@pytest.mark.parametrize(("loader", "arguments"), EVERY, ids=str)
def test_domains_share_nothing(loader, arguments):
    try:
        pair = getattr(datasets, loader)(*arguments)
    except DataNotAvailable:
        pytest.skip("the papers' data are not on this machine")
    assert pair.source_ids.shape == pair.ys.shape
    assert pair.target_ids.shape == pair.yt.shape
    assert np.issubdtype(pair.source_ids.dtype, np.integer)
    assert not set(pair.source_ids.tolist()) & set(pair.target_ids.tolist())
    if loader != "fetch_mushroom":  # two mushrooms may well be alike
        assert not set(contents(pair.Xs)) & set(contents(pair.Xt))
    if pair.X_test is not None:
        known = set(pair.source_ids.tolist()) | set(pair.target_ids.tolist())
        assert not known & set(pair.test_ids.tolist())
        assert not (set(contents(pair.Xs)) | set(contents(pair.Xt))) & set(
            contents(pair.X_test)
        )
        assert pair.X_test.shape[0] == len(pair.y_test) >= 1000


@pytest.mark.parametrize("source", DOMAINS)
def test_ids_of_digits_are_numbers_of_scikit_learns_digits(source):
    """Whatever the partner, an id is the same image: correlation with it is the highest."""
    original = load_digits()
    for target in set(DOMAINS) - {source}:
        pair = load_digits_shift(source, target)
        if source == "printed":
            assert pair.source_ids.min() >= N_HANDWRITTEN
            continue
        np.testing.assert_array_equal(original.target[pair.source_ids], pair.ys)
        if source == "handwritten":
            np.testing.assert_allclose(
                original.data[pair.source_ids] / 16, pair.Xs, atol=1e-6
            )
        else:
            mine = [
                abs(np.corrcoef(x, z)[0, 1])
                for x, z in zip(pair.Xs, original.data[pair.source_ids])
            ]
            other = [
                abs(np.corrcoef(x, z)[0, 1])
                for x, z in zip(pair.Xs, original.data[pair.source_ids - 1])
            ]
            assert np.median(mine) > np.median(other) + 0.2


def test_halves_are_whole_and_balanced():
    there = load_digits_shift("handwritten", "photo")
    back = load_digits_shift("photo", "handwritten")
    np.testing.assert_array_equal(there.source_ids, back.target_ids)
    both = np.sort(np.concatenate([there.source_ids, there.target_ids]))
    np.testing.assert_array_equal(both, np.arange(N_HANDWRITTEN))
    counts = [np.bincount(y, minlength=10) for y in (there.ys, there.yt)]
    assert np.abs(counts[0] - counts[1]).max() <= 1


def test_ids_of_characters_are_glyphs():
    """The same glyph has one number in both loaders; other faces have other numbers."""
    half = len(FACES) // 2
    train = load_printed_characters(12, 6, faces=FACES[:half])
    test = load_printed_characters(12, 6, faces=FACES[half:])
    assert not set(train.ids.tolist()) & set(test.ids.tolist())
    glyph, face = np.divmod(train.ids - N_HANDWRITTEN, len(FACES))
    np.testing.assert_array_equal(glyph, train.y)
    assert set(face.tolist()) == set(range(half))
    printed = load_digits_shift("printed", "handwritten")
    character = [
        CHARACTERS[g] for g in (printed.source_ids - N_HANDWRITTEN) // len(FACES)
    ]
    assert character == [str(label) for label in printed.ys]


def test_one_face_draws_one_face():
    """Drawn from one face, characters of a class resemble each other more than those of many."""
    one = load_printed_characters(12, 12, faces=FACES[:1])
    many = load_printed_characters(12, 12)
    spread = [
        np.mean([s.X[s.y == c].std(axis=0).mean() for c in range(62)])
        for s in (one, many)
    ]
    assert spread[0] < 0.9 * spread[1]


@pytest.mark.parametrize(
    "faces", [(), ("Comic Sans",), ("DejaVuSans", "nothing")]
)
def test_unknown_faces_are_refused(faces):
    with pytest.raises(ValueError, match="faces must be some of"):
        load_printed_characters(12, 1, faces=faces)


def test_ids_of_windows_are_recordings():
    """A person has two recordings of each exercise; a window is cut from the one that it names."""
    pair = load_activity(3, [4, 5])
    for label in range(7):
        assert len(np.unique(pair.source_ids[pair.ys == label])) == 2
    signals, lengths, y, person = _recordings()
    number = pair.source_ids[0]
    assert person[number] == 3
    start = lengths[:number].sum()
    np.testing.assert_allclose(
        window_features(signals[start : start + WINDOW]), pair.Xs[0]
    )
    np.testing.assert_allclose(
        window_features(signals[start + STEP : start + STEP + WINDOW]), pair.Xs[1]
    )


def test_a_document_has_one_number_in_every_pair():
    with_numpy, with_torch = (
        load_docstrings("scipy", "numpy"),
        load_docstrings("scipy", "torch"),
    )
    assert set(with_numpy.source_ids.tolist()) < set(
        with_torch.source_ids.tolist()
    )
    # LinAlgError
    assert len(with_torch.source_ids) - len(with_numpy.source_ids) == 1


PAIR = {
    "ys": np.zeros(2),
    "yt": np.zeros(2),
    "source": "a",
    "target": "b",
    "class_names": (),
}


@pytest.mark.parametrize(
    ("source_ids", "target_ids", "message"),
    [
        (
            [0, 1],
            [1, 2],
            "1 of what the rows are made from stand in source and target, such as",
        ),
        ([0], [1, 2], r"the source has 2 rows, but its ids have shape \(1,\)"),
    ],
)
def test_a_pair_that_shares_is_refused(source_ids, target_ids, message):
    with pytest.raises(ValueError, match=message):
        DomainPair(
            np.zeros((2, 1)),
            Xt=np.zeros((2, 1)),
            source_ids=np.array(source_ids),
            target_ids=np.array(target_ids),
            license="",
            **PAIR,
        )
