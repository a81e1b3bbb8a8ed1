"""The benchmarks on the embedded worlds: who sees which labels, and every row on a tiny task."""

import sys
import warnings
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks import (
    RESULTS,
    embedded,
    embedded_adapted,
    embedded_classes,
    embedded_deep,
    embedded_few,
    embedded_numbers,
    embedded_photos,
    embedded_photos_deep,
    embedded_sources,
    grid,
)


def clusters(rng, n, move=0.0):
    """Draw n samples of each of four classes, six features, far apart."""
    y = np.repeat(np.arange(4), n)
    X = 6 * np.eye(4, 6)[y] + rng.standard_normal((len(y), 6))
    return X + move, y


@pytest.fixture(scope="module")
def pair():
    """Two sources and a labeled target, a little apart."""
    rng = np.random.default_rng(0)
    return [clusters(rng, 20, move) for move in (0, 0.2, 0.4)]


def share_right(predicted, y):
    return np.mean(np.asarray(predicted) == y)


def exchanged(y):
    """Exchange the classes 0 and 1."""
    return np.where(y < 2, 1 - y, y)


def blind(fit, X, y):
    """Tell whether other labels, and samples far from the rest, change no prediction."""
    more = np.concatenate([X, X + 30])
    models = [
        fit(more, np.append(near, np.full(len(y), far)))
        for near, far in ((y, 0), (exchanged(y), 1))
    ]
    cloud = 10 * np.random.default_rng(1).standard_normal((500, X.shape[1]))
    found, other = (model.predict(np.append(cloud, more, 0)) for model in models)
    return np.array_equal(found, other)


@pytest.fixture
def silent():
    """Warnings of methods that are at work outside their trade are not the matter here."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


@pytest.mark.parametrize("method", embedded.METHODS)
def test_methods_without_target_labels_on_a_tiny_task(method, pair, silent):
    (Xs, ys), (Xt, yt), _ = pair
    predicted = embedded.METHODS[method].predict(Xs, ys, Xt)
    # weights and projections may lose a class of these; none is at chance
    assert share_right(predicted, yt) > 0.6


@pytest.mark.parametrize("method", embedded_few.METHODS)
def test_methods_with_a_few_target_labels_on_a_tiny_task(method, pair, silent):
    (Xs, ys), _, (Xt, yt) = pair
    few = np.arange(len(yt)) % 5 == 0
    model = embedded_few.METHODS[method].predict(Xs, ys, Xt[few], yt[few])
    assert share_right(model.predict(Xt[~few]), yt[~few]) > 0.6
    fit = embedded_few.METHODS[method].predict
    assert blind(
        lambda X, y: fit(Xs, ys, X, y), Xt[few], yt[few]
    ) == method.startswith("source only")


@pytest.mark.parametrize("method", embedded_sources.METHODS)
def test_methods_with_several_sources_on_a_tiny_task(method, pair, silent):
    *sources, (Xt, yt) = pair
    few = np.arange(len(yt)) % 5 == 0
    fit = embedded_sources.METHODS[method].predict
    model = fit(sources, Xt, Xt[few], yt[few])
    assert share_right(model.predict(Xt[~few]), yt[~few]) > 0.6
    row = embedded_sources.ROWS.get(method)
    (Xs, ys), (Xo, yo) = sources
    apart = [(Xs, ys), (Xo, exchanged(yo))]  # the few decide which to believe
    assert blind(lambda X, y: fit(apart, Xt, X, y), Xt[few], yt[few]) == (
        method.startswith("source only") if row is None else not row[2]
    )


@pytest.mark.parametrize("method", embedded_classes.METHODS)
def test_methods_for_other_classes_on_a_tiny_task(method, pair, silent):
    (Xs, ys), (Xt, yt), _ = pair
    predict = embedded_classes.METHODS[method].predict
    assert share_right(predict(Xs, ys, Xt), yt) > 0.6
    known = ys < 3
    found = predict(Xs[known], ys[known], Xt)
    assert (np.mean(found[yt == 3] == -1) > 0.8) == (method == "OpenSet")


@pytest.mark.parametrize("method", embedded_numbers.METHODS)
def test_methods_for_numbers_on_a_tiny_task(method, silent):
    rng = np.random.default_rng(0)
    X = rng.standard_normal((3, 60, 2))
    y = X @ [2, -1]
    fit = embedded_numbers.METHODS[method].predict
    predicted = fit(X[0], y[0], X[1, :20], y[1, :20], X[2])
    score = embedded_numbers.score(predicted, y[2])
    by_hand = 1 - np.sum((y[2] - predicted) ** 2) / np.sum(
        (y[2] - y[2].mean()) ** 2
    )
    assert float(score["r2"]) == pytest.approx(100 * by_hand, abs=1e-3)
    assert by_hand > 0.5
    turned = fit(X[0], y[0], X[1, :20], -y[1, :20], X[2])
    sees = method in embedded_numbers.FEW or method.startswith(("few", "both"))
    assert np.array_equal(turned, predicted) == (not sees)


@pytest.mark.parametrize("task", ["2-1", "handwritten-printed", "amazon-dslr"])
def test_no_document_that_lent_a_label_is_in_the_test(task):
    Xs, ys, Xt, yt, ids = embedded_few.domains(task)
    person = task[0].isdigit()
    drawn = []
    for seed in (0, 1):
        known, test = embedded_few.known_and_test(yt, ids, seed, person)
        assert np.bincount(yt[known]).tolist() == [embedded_few.LABELS] * (
            7 if person else 10
        )
        assert not set(ids[known]) & set(ids[test])
        assert set(yt[test]) == set(yt)
        again, _ = embedded_few.known_and_test(yt, ids, seed, person)
        np.testing.assert_array_equal(known, again)
        drawn.append(set(known))
    assert drawn[0] != drawn[1]
    X = np.concatenate([Xs, Xt])
    np.testing.assert_allclose(X.mean(axis=0), 0, atol=1e-9)
    if person:
        np.testing.assert_allclose(X.std(axis=0), 1, atol=1e-9)
    else:
        assert X.std() == pytest.approx(1)
        assert np.ptp(X.std(axis=0)) > 0.5  # pixels keep their one unit
    pair = embedded_few.pair_of(task)
    np.testing.assert_array_equal(pair.ys, ys)


@pytest.mark.parametrize("target", ["printed", "3", "dslr"])
def test_the_sources_are_all_other_domains(target):
    sources, Xt, yt, ids = embedded_sources.domains(target)
    assert len(sources) == {"printed": 2, "3": 9, "dslr": 3}[target]
    work, y_test = embedded_sources.prepare(target, "few only, logistic", 0)
    known, test = embedded_few.known_and_test(yt, ids, 0, target.isdigit())
    np.testing.assert_array_equal(y_test, yt[test])
    assert len(ids) == len(Xt) == len(yt)
    for X, y in sources:
        assert len(X) == len(y)
        assert not (X[:, None, :5] == Xt[None, :40, :5]).all(axis=2).any()
    spread = np.concatenate([Xt, *(X for X, _ in sources)])
    assert spread.std() == pytest.approx(1, abs=0.02)


def test_classes_are_thinned_taken_away_and_not_known():
    Xs, ys, Xt, yt, _ = embedded_few.domains("amazon-dslr")
    whole = np.bincount(yt)
    for seed in (0, 1):
        *source, _, y = embedded_classes.domains("shares-amazon-dslr", seed)
        np.testing.assert_array_equal(source[1], ys)
        left = np.bincount(y, minlength=10)
        thinned = left < whole
        assert thinned.sum() == 5
        np.testing.assert_array_equal(left[~thinned], whole[~thinned])
        np.testing.assert_array_equal(
            left[thinned], np.round(0.2 * whole[thinned])
        )
        _, _, X, y = embedded_classes.domains("missing-amazon-dslr", seed)
        assert set(y) == set(np.flatnonzero(~thinned))
        assert len(X) == len(y) == whole[~thinned].sum()
        Xk, yk, X, y = embedded_classes.domains("unknown-amazon-dslr", seed)
        assert set(yk) == set(np.flatnonzero(~thinned))
        assert len(Xk) == len(yk)
        np.testing.assert_array_equal(X, Xt)
        assert set(y) == {-1, *yk}
        assert np.sum(y == -1) == whole[thinned].sum()
        np.testing.assert_array_equal(y[y >= 0], yt[y >= 0])
    halves = [
        set(embedded_classes.domains("missing-amazon-dslr", seed)[3])
        for seed in range(3)
    ]
    assert halves[0] != halves[1] or halves[0] != halves[2]


def test_numbers_of_the_test_are_not_those_that_were_labeled():
    for task in embedded_numbers.TASKS:
        Xs, ys, Xk, yk, X, y = embedded_numbers.domains(task, 3)
        assert len(Xk) == len(yk) == embedded_numbers.LABELS
        assert len(X) == len(y)
        assert not (Xk[:, None] == X[None]).all(axis=2).any()
        assert not np.array_equal(embedded_numbers.domains(task, 4)[1], ys)


def test_photographs_are_predicted_by_the_same_recipes():
    assert embedded_photos.METHODS is embedded.METHODS
    assert len(embedded_photos.TASKS) == 12
    work, y = embedded_photos.prepare("amazon-dslr", "source only, logistic", 0)
    assert share_right(work(), y) > 0.7


def test_networks_get_the_epochs_that_the_table_states(monkeypatch):
    seen = []

    def noted(self, *data):
        seen.append((self.max_epochs, self.get_params().get("source_epochs")))
        raise StopIteration

    for model in embedded_deep.NETWORKS.values():
        monkeypatch.setattr(type(model), "fit", noted, raising=False)
    for width, epochs in ((64, 20), (27, 100)):
        X, y = np.zeros((4, width)), np.arange(4)
        for name, model in embedded_deep.NETWORKS.items():
            with pytest.raises(StopIteration):
                embedded_deep.trained(model)(X, y, X, 0)
            first = epochs // 2 if name == "ADDA" else None
            assert seen[-1] == (epochs, first), name


def test_networks_take_photographs_as_features(monkeypatch):
    seen = {}

    def noted(self, X, y, Xt):
        seen.update(X=X, y=y, Xt=Xt, epochs=self.max_epochs)
        return self

    monkeypatch.setattr(embedded_deep.DDC, "fit", noted)
    monkeypatch.setattr(embedded_deep.DDC, "predict", lambda self, X: X[:, 0])
    work, y = embedded_photos_deep.prepare("amazon-dslr", "DDC", 0)
    Xs, ys, Xt, yt = embedded_photos.domains("amazon-dslr")
    np.testing.assert_array_equal(work(), Xt[:, 0])
    np.testing.assert_array_equal(seen["X"], Xs)  # 64 numbers, no image
    np.testing.assert_array_equal(seen["y"], ys)
    np.testing.assert_array_equal(y, yt)
    assert seen["epochs"] == 100


@pytest.fixture
def task(pair, monkeypatch):
    """The tiny task in place of a real one; returns the labels of its target."""
    (Xs, ys), _, (Xt, yt) = pair
    monkeypatch.setattr(
        embedded_adapted, "domains", lambda task: (Xs, ys, Xt, yt)
    )
    embedded_adapted.trained.cache_clear()
    yield yt
    embedded_adapted.trained.cache_clear()


@pytest.mark.parametrize("method", embedded_adapted.METHODS)
def test_a_network_of_the_source_is_adapted_and_stays(method, task, silent):
    work, y = embedded_adapted.prepare("tiny", method, 0)
    first = work()
    assert share_right(first, y) > 0.9
    assert share_right(first[::-1], y) < 0.5  # in the order of the target
    np.testing.assert_array_equal(first, work())


def test_networks_of_the_source_are_trained_as_long_as_stated(task, silent):
    for kind in (
        embedded_adapted.DeepClassifier,
        embedded_adapted.Normalized,
        embedded_adapted.SHOT,
    ):
        model, epochs = embedded_adapted.trained(kind, "tiny", 0)
        assert epochs == 100
        found = model.get_params()
        assert found.get("source_epochs", found["max_epochs"]) == epochs
        # without a target, SHOT's second phase is one on the source too
        own = 20 if kind is embedded_adapted.SHOT else 0
        assert len(model.history_) == epochs + own


def test_a_batch_of_the_stream_is_predicted_before_later_ones_are_seen(
    task, silent
):
    embedded_adapted.trained(embedded_adapted.Normalized, "tiny", 0)
    Xt = embedded_adapted.domains("tiny")[2]
    order = np.random.default_rng(0).permutation(len(Xt))
    other = Xt.copy()
    other[order[64:]] += 100  # the second batch
    first = embedded_adapted.streamed("tiny", 0, Xt)
    again = embedded_adapted.streamed("tiny", 0, other)
    np.testing.assert_array_equal(first[order[:64]], again[order[:64]])


@pytest.mark.parametrize(
    "module",
    [
        embedded,
        embedded_deep,
        embedded_adapted,
        embedded_photos,
        embedded_photos_deep,
        embedded_few,
        embedded_sources,
        embedded_classes,
        embedded_numbers,
    ],
    ids=lambda module: module.__name__.partition(".")[2],
)
def test_tables_hold_all_cells_of_the_embedded_benchmarks(module):
    name = module.__name__.partition(".")[2]
    rows = grid.read_rows(RESULTS / f"{name}.csv")
    found = {(r["task"], r["method"], int(r["seed"])) for r in rows}
    assert found == {cell[1:] for cell in grid.cells_of(name)}
