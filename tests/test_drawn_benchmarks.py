"""Benchmarks on worlds that are drawn at random: rooms, and pages that link to each other."""

import warnings

import numpy as np
import pytest

from benchmarks import RESULTS, grid, pages, rooms


@pytest.mark.parametrize("task", ["throw-drawn", "walk-slow"])
def test_no_room_is_seen_twice_and_none_is_of_the_chapter(task):
    seen = []
    for seed in (0, 1):
        train, test, _ = rooms.clips(task, seed)
        seen += [set(train.rooms), set(test.rooms)]
    assert min(map(min, seen)) > 1000
    assert len(set.union(*seen)) == sum(map(len, seen))


def test_films_are_made_as_they_are_named():
    shape, own = {}, {}
    for film in rooms.FILMS:
        train, _, dt = rooms.clips(f"walk-{film}", 0)
        shape[film], own[film] = train.frames.shape[1:], (train, dt)
    assert shape["drawn"] == shape["noisy"] == shape["slow"] == (5, 1, 32, 32)
    assert shape["sharp"] == (5, 1, 48, 48)
    assert shape["long"] == (9, 1, 32, 32)
    (drawn, dt), (noisy, _), (_, half) = (
        own[k] for k in ("drawn", "noisy", "slow")
    )
    assert half == dt / 2
    np.testing.assert_array_equal(drawn.truth, noisy.truth)
    far = np.s_[:, :, :, :6]  # above the walker's head
    assert (
        np.diff(noisy.frames[far], axis=1).std()
        > 1.3 * np.diff(drawn.frames[far], axis=1).std()
    )


@pytest.mark.parametrize("method", rooms.METHODS)
@pytest.mark.parametrize(
    ("task", "own"),
    [("throw-drawn", "free fall"), ("walk-drawn", "constant velocity")],
)
def test_each_row_learns_by_its_law_from_its_films(
    method, task, own, monkeypatch
):
    learned = []

    class Noted:
        def __init__(self, law, dt, **other):
            learned.append((law, dt))

        def fit(self, X):
            learned.append(X)
            return self

        def predict(self, X):
            learned.append(X)
            return X[:, :, 0, 0, 0]

    monkeypatch.setattr(rooms, "PhysicsSupervised", Noted)
    work, truth = rooms.prepare(task, method, 0)
    assert work().shape == truth.shape == (rooms.TESTED, 5)
    (law, dt), X, Z = learned
    assert law == ("straight" if "straight" in method else own)
    assert dt == {"throw": 0.1, "walk": 0.4}[task.split("-")[0]]
    cleared = np.allclose(np.median(X, axis=1), 0)
    assert cleared == ("less the scene" in method)
    assert np.allclose(np.median(Z, axis=1), 0) == cleared


def test_both_correlations_of_a_film_by_hand():
    truth = np.array([[0.0, 1, 2], [10, 11, 12]])
    turned = np.array([[2.0, 1, 0], [12, 11, 10]])  # right between the clips
    found = rooms.score(turned, truth)
    assert float(found["within"]) == pytest.approx(100)  # the size
    assert float(found["accuracy"]) == pytest.approx(
        100 * np.corrcoef(turned.ravel(), truth.ravel())[0, 1], abs=1e-3
    )
    assert rooms.score(-truth, truth)["accuracy"] == "100.0000"


def test_a_web_has_the_links_and_words_that_it_says():
    facts = pages.web(1500, 0)
    topic = {}
    linked, words = [], []
    for fact in facts:
        name, arguments = fact[:-1].split("(")
        a, b = arguments.split(", ")
        if name == "topic":
            topic[a] = int(b[1:])
        elif name == "link":
            linked.append((a, b))
        else:
            words.append((int(a[1:]), b))
    same = np.mean([topic[a] == topic[b] for a, b in linked])
    assert same == pytest.approx(0.4 + 0.6 / 15, abs=0.02)
    assert all(a != b for a, b in linked)
    # eight words of its own in a third of ten draws, before doubles are left out
    count = np.zeros((pages.N_TOPICS, pages.N_WORDS))
    for word, page in words:
        count[topic[page], word] += 1
    own = np.sort(count, axis=1)[:, ::-1][:, :8].sum() / count.sum()
    assert 0.3 < own < 0.45
    assert sorted(np.bincount(list(topic.values()))) == [100] * 15


@pytest.mark.parametrize("method", pages.METHODS)
def test_topics_are_asked_where_they_are_unknown(method):
    work, topics = pages.prepare("pages-90", method, 0)
    unknown = pages.webs(90, 0, True)[2]
    assert len(topics) == unknown.sum()
    assert 30 < unknown.sum() < 60
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = work()
    row = pages.score(found, topics)
    assert row["weights"] == 1515 + 15 * ("alone" not in method)
    assert 15 < float(row["accuracy"]) < 100
    right = pages.score((topics, *found[1:]), topics)
    assert right["accuracy"] == "100.0000"
    assert not np.array_equal(found[0], topics)


@pytest.mark.parametrize("module", [pages, rooms], ids=["pages", "rooms"])
def test_tables_hold_all_cells_of_the_drawn_benchmarks(module):
    name = module.__name__.partition(".")[2]
    rows = grid.read_rows(RESULTS / f"{name}.csv")
    found = {(r["task"], r["method"], int(r["seed"])) for r in rows}
    assert found == {cell[1:] for cell in grid.cells_of(name)}
