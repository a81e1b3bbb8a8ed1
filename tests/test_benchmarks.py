"""The grid runner on tiny grids, the tables of published numbers and of results."""

import csv
import os
import re
import signal
import subprocess
import sys
import threading
import time
import tracemalloc
from collections import defaultdict
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from sklearn.dummy import DummyClassifier
from sklearn.svm import SVC

from tlbook.datasets import load_activity
from tlbook.datasets.results import REPEATED, columns

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from benchmarks import grid, simulated, skada_bench  # noqa: E402
from benchmarks.grid import Cell, run_grid  # noqa: E402

TASKS = ("C-A", "A-W", "W-D")
CELLS = [
    Cell("tiny", task, method, seed)
    for method in "pq"
    for task in TASKS
    for seed in (0, 1)
]


def digest(benchmark, task, method, seed):
    """A cell whose value depends on its whole address, and on nothing else."""
    accuracy = sum(map(ord, f"{benchmark}{task}{method}")) % 97 + seed / 2
    return {
        "accuracy": f"{accuracy:.4f}",
        "seconds": "0.000",
        "peak_mb": "0.0",
        "protocol": f"method {method}, with a comma",
        "versions": "none",
    }


def slow(benchmark, task, method, seed):
    time.sleep(0.4)
    return digest(benchmark, task, method, seed)


def fails_on_q(benchmark, task, method, seed):
    if method == "q":
        raise ArithmeticError(f"no convergence on {task}")
    return digest(benchmark, task, method, seed)


def must_not_run(benchmark, task, method, seed):
    raise AssertionError("a finished cell was computed again")


def rows_of(folder):
    with open(folder / "tiny.csv", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def expected(tmp_path_factory):
    folder = tmp_path_factory.mktemp("expected")
    assert run_grid(CELLS, folder, digest) == []
    return (folder / "tiny.csv").read_bytes()


def test_every_cell_gets_its_own_row(expected, tmp_path):
    (tmp_path / "tiny.csv").write_bytes(expected)
    rows = grid.read_rows(tmp_path / "tiny.csv")
    assert tuple(rows[0]) == grid.COLUMNS
    assert {(r["task"], r["method"], int(r["seed"])) for r in rows} == {
        c[1:] for c in CELLS
    }
    for row in rows:
        cell = Cell(
            row["benchmark"], row["task"], row["method"], int(row["seed"])
        )
        assert row["accuracy"] == digest(*cell)["accuracy"]
        assert row["protocol"] == f"method {cell.method}, with a comma"


def test_two_processes_and_another_order_give_the_same_bytes(expected, tmp_path):
    assert run_grid(CELLS[::-1], tmp_path, digest, jobs=2) == []
    assert (tmp_path / "tiny.csv").read_bytes() == expected


def test_a_second_run_computes_only_what_is_missing(expected, tmp_path):
    assert run_grid(CELLS[:5], tmp_path, digest) == []
    assert grid.missing(CELLS, tmp_path) == CELLS[5:]
    run_grid(CELLS[:5], tmp_path, must_not_run)
    assert run_grid(CELLS, tmp_path, digest) == []
    assert (tmp_path / "tiny.csv").read_bytes() == expected
    assert run_grid(CELLS, tmp_path, must_not_run) == []


def test_a_row_that_was_cut_short_is_computed_again(expected, tmp_path):
    path = tmp_path / "tiny.csv"
    path.write_bytes(expected[:-7])
    assert len(grid.missing(CELLS, tmp_path)) == 1
    assert run_grid(CELLS, tmp_path, digest) == []
    assert path.read_bytes() == expected


def test_rows_are_in_the_file_before_the_run_ends(tmp_path):
    seen = []

    def look(*cell):
        seen.append(len(grid.read_rows(tmp_path / "tiny.csv")))
        return digest(*cell)

    run_grid(CELLS[:4], tmp_path, look)
    assert seen == [0, 1, 2, 3]


def test_a_cell_that_raises_is_named_and_loses_no_other(
    expected, tmp_path, capsys
):
    failures = run_grid(CELLS, tmp_path, fails_on_q)
    assert [cell for cell, _ in failures] == [
        cell for cell in CELLS if cell.method == "q"
    ]
    assert all(
        "ArithmeticError: no convergence on" in error for _, error in failures
    )
    output = "".join(capsys.readouterr())
    assert (
        "FAILED tiny | A-W | q | seed 1: ArithmeticError: no convergence on A-W"
        in output
    )
    assert len(rows_of(tmp_path)) == len(CELLS) / 2
    assert run_grid(CELLS, tmp_path, digest) == []
    assert (tmp_path / "tiny.csv").read_bytes() == expected


@pytest.mark.timeout(600)
def test_a_worker_killed_in_mid_run_costs_no_row(expected, tmp_path):
    from dask.distributed import Client, LocalCluster

    path = tmp_path / "tiny.csv"
    killed = []

    def kill_a_busy_worker(client):
        while not path.exists():
            time.sleep(0.02)
        busy = [
            address for address, tasks in client.processing().items() if tasks
        ]
        pids = client.run(os.getpid, workers=busy)
        # Windows has no KILL
        os.kill(pids[busy[0]], getattr(signal, "SIGKILL", signal.SIGTERM))
        killed.append((pids[busy[0]], len(grid.read_rows(path))))

    local = {"n_workers": 2, "threads_per_worker": 1, "processes": True}
    with (
        LocalCluster(
            host="127.0.0.1", dashboard_address=":0", **local
        ) as cluster,
        Client(cluster) as client,
    ):
        assert cluster.scheduler_address.startswith("tcp://127.0.0.1:")
        before = set(client.run(os.getpid).values())
        killer = threading.Thread(
            target=kill_a_busy_worker, args=(client,), daemon=True
        )
        killer.start()
        address = cluster.scheduler_address
        assert (
            run_grid(CELLS, tmp_path, slow, backend="dask", scheduler=address)
            == []
        )
        killer.join()
    ((pid, rows_then),) = killed
    assert pid in before
    assert 1 <= rows_then < len(CELLS)
    assert path.read_bytes() == expected


@pytest.mark.timeout(600)
def test_dask_without_a_scheduler_starts_its_own_cluster_and_reports_failures(
    tmp_path,
):
    failures = run_grid(CELLS, tmp_path, fails_on_q, backend="dask", jobs=2)
    assert {cell for cell, _ in failures} == {
        cell for cell in CELLS if cell.method == "q"
    }
    assert {row["method"] for row in rows_of(tmp_path)} == {"p"}


def test_a_measured_cell_reports_accuracy_time_and_memory(monkeypatch):
    class Module:
        METHODS = {"half right": grid.Recipe("in words", None)}

        @staticmethod
        def prepare(task, method, seed):
            def work():
                assert tracemalloc.is_tracing()
                # 8 MB and twice 16 MB
                squares = np.ones((1000, 1000)) @ np.ones((1000, 2000))
                return [1, 2, 3, int(squares[0, 0])]

            return work, np.array([1, 2, 0, 0])

    monkeypatch.setitem(sys.modules, "benchmarks.half", Module)
    row = grid.evaluate("half", "C-A", "half right", 0)
    assert row["accuracy"] == "50.0000"
    assert row["protocol"] == "in words"
    assert 39 < float(row["peak_mb"]) < 45
    assert 0 < float(row["seconds"]) < 1200  # seconds, not microseconds
    assert re.fullmatch(
        r"python 3\.\d+\.\d+, tlbook \S+, numpy \S+, .*", row["versions"]
    )
    assert not tracemalloc.is_tracing()


def test_a_benchmark_may_have_its_own_score_its_seeds_by_task_and_no_tracing(
    monkeypatch, tmp_path
):
    class Module:
        TASKS = ("C-A", "A-W")
        METHODS = {"one": grid.Recipe("in words", None)}
        SEEDS = {"C-A": (0, 1, 2), "A-W": (0,)}
        TRACE = False

        @staticmethod
        def prepare(task, method, seed):
            def work():
                assert not tracemalloc.is_tracing()
                return [3, 4]

            return work, [1, 1]

        @staticmethod
        def score(predicted, y_test):
            return {"sum": f"{sum(predicted)}", "of": f"{len(y_test)}"}

    monkeypatch.setitem(sys.modules, "benchmarks.scored", Module)
    cells = grid.cells_of("scored")
    assert [(cell.task, cell.seed) for cell in cells] == [
        ("C-A", 0),
        ("C-A", 1),
        ("C-A", 2),
        ("A-W", 0),
    ]
    assert run_grid(cells, tmp_path) == []
    rows = grid.read_rows(tmp_path / "scored.csv")
    assert list(rows[0]) == [
        *("benchmark", "task", "method", "seed", "sum", "of"),
        *("seconds", "peak_mb", "protocol", "versions"),
    ]
    assert all(row["sum"] == "7" and row["of"] == "2" for row in rows)
    assert all(float(row["peak_mb"]) > 10 for row in rows)


def test_scores_of_relational_predictions_by_hand():
    from benchmarks import relational

    truth = {"r": np.array([1.0, 0.0, 1.0, 0.0]), "s": np.array([0.0, 0.0])}
    chances = {"r": np.array([0.9, 0.8, 0.7, 0.1]), "s": np.array([0.5, 0.5])}
    row = relational.score((chances, 1, 7, 2.5), truth)
    assert float(row["auc_pr"]) == pytest.approx(
        100 * (1 / 2 + 1 / 2 * 2 / 3), abs=1e-3
    )
    expected = (np.mean(np.log([0.9, 0.2, 0.7, 0.9])) + np.log(0.5)) / 2
    assert float(row["cll"]) == pytest.approx(expected, abs=1e-4)
    assert (row["clauses"], row["unconverged"], row["learn_seconds"]) == (
        "7",
        "1",
        "2.500",
    )


def test_relational_training_folds_never_hold_the_test_fold(monkeypatch):
    from benchmarks import relational

    class Fold(str):
        predicates = ()

    seen = {}
    monkeypatch.setattr(relational, "source_network", lambda name: None)
    monkeypatch.setattr(
        relational, "folds", lambda name: [Fold(f"{name}{i}") for i in range(5)]
    )
    recipe = grid.Recipe(
        "", lambda source, training: seen.update(t=training) or Network()
    )

    class Network:
        clauses = ()

    monkeypatch.setitem(relational.METHODS, "look", recipe)
    for k in range(1, 5):
        for seed in range(5):
            relational.prepare(f"uwcse-imdb-{k}", "look", seed)[0]()
            assert len(set(seen["t"])) == k
            assert f"imdb{seed}" not in seen["t"]


@pytest.fixture
def photographs(monkeypatch, tmp_path):
    """The benchmark of photographs with made-up activations; notes what is computed."""
    from benchmarks import office_caltech_photos as photos

    computed = []

    def compute(letter):
        computed.append(letter)
        rng = np.random.default_rng("CAWD".index(letter))
        y = np.repeat(np.arange(10), 13)
        maps = rng.random((130, 192, 7, 7)).astype(np.float16)
        features = 3 * np.eye(10, 1280)[y] + 0.1 * rng.random((130, 1280))
        return {"features": features.astype(np.float32), "maps": maps, "y": y}

    monkeypatch.setenv("TLBOOK_DATA", str(tmp_path))
    monkeypatch.setattr(photos, "compute_activations", compute)
    photos.domains.cache_clear()
    yield photos, computed
    photos.domains.cache_clear()


def test_activations_are_computed_once_and_again_for_another_key(
    photographs, monkeypatch
):
    photos, computed = photographs
    first = photos.activations("D")
    again = photos.activations("D")
    assert computed == ["D"]
    assert set(again) == {"features", "maps", "y"}
    assert all(np.array_equal(first[name], again[name]) for name in first)
    assert [path.name for path in photos.activations_folder().iterdir()] == [
        "dslr.npz"
    ]
    monkeypatch.setattr(photos, "KEY", "another preprocessing")
    photos.activations("D")
    photos.activations("D")
    assert computed == ["D", "D"]


def test_activations_go_elsewhere_if_the_data_cannot_be_written_to(
    photographs, monkeypatch
):
    photos, _ = photographs
    monkeypatch.setattr(photos.os, "access", lambda path, mode: False)
    monkeypatch.setattr(
        photos.platformdirs, "user_cache_path", lambda name: Path("/other") / name
    )
    assert photos.activations_folder() == Path("/other/tlbook/activations")


def test_rows_of_photographs_find_classes_that_are_plain_to_see(photographs):
    from benchmarks import office_caltech_photos_deep as deep

    photos, _ = photographs
    for module, method in (
        (photos, "logistic"),
        (photos, "TCA"),
        (deep, "source only"),
    ):
        work, y = module.prepare("A-D", method, 0)
        assert np.mean(work() == y) > 0.95, method
    assert len(grid.cells_of("office_caltech_photos")) == 12 * len(photos.METHODS)
    assert len(grid.cells_of("office_caltech_photos_deep")) == 12 * 3 * len(
        deep.METHODS
    )


def test_new_layers_and_steps_of_photographs():
    from benchmarks import office_caltech_photos_deep as deep

    a, b, c = (deep.new_layers(5, seed).state_dict() for seed in (0, 0, 1))
    assert all((a[name] == b[name]).all() for name in a)
    assert not all((a[name] == c[name]).all() for name in a)
    # 29 steps an epoch
    assert deep.epochs_of(200, 32, range(958), range(157)) == 7
    assert deep.epochs_of(200, 32, range(157), range(958)) == 50  # 4 steps
    assert deep.epochs_of(200, 32, range(64), range(10)) == 34  # 6 steps of 10


def test_the_last_block_learns_and_its_batch_statistics_stay(
    photographs, monkeypatch
):
    import torch

    from benchmarks import office_caltech_photos_tuned as tuned
    from tlbook.deep import efficientnet_lite0

    monkeypatch.setattr(
        tuned, "efficientnet_lite0", lambda: efficientnet_lite0(weights=None)
    )
    monkeypatch.setattr(tuned, "STEPS", 1)
    fitted = []

    class Spy(tuned.DeepClassifier):
        def fit(self, *data):
            fitted.append((super().fit(*data), self.network.state_dict()))
            return self

    monkeypatch.setitem(tuned.METHODS, "spy", tuned.row(Spy()))
    rng = np.random.default_rng(0)
    X = rng.random((20, 192, 2, 2)).astype(np.float32)
    tuned.METHODS["spy"].predict(X, np.repeat(np.arange(10), 2), X + 1, 0)
    ((model, before),) = fitted
    after = model.network_.state_dict()
    moved = {
        name for name in before if not torch.equal(before[name], after[name])
    }
    assert "features.0.expand.conv.weight" in moved
    assert "features.1.conv.weight" in moved
    assert not [name for name in moved if "norm" in name]
    tuned.domains.cache_clear()


def test_few_labels_are_drawn_from_each_class():
    from benchmarks import office_caltech_photos_few as few

    y = np.random.default_rng(0).permutation(
        np.repeat(np.arange(10), [8, *[20] * 9])
    )
    drawn = few.draw(y, 5, seed=0)
    assert np.bincount(y[drawn]).tolist() == [5] * 10
    assert (drawn == few.draw(y, 5, seed=0)).all()
    assert (drawn != few.draw(y, 5, seed=1)).any()


def test_few_labels_are_not_in_the_test_set(monkeypatch):
    from benchmarks import office_caltech_photos_few as few

    X, y = np.arange(130.0)[:, None], np.repeat(np.arange(10), 13)
    seen = []
    spy = grid.Recipe("", lambda *data: seen.append(data))
    monkeypatch.setattr(few, "domain", lambda letter, method: (X, y))
    monkeypatch.setitem(few.METHODS, "spy", spy)
    work, y_test = few.prepare("W-3", "spy", 4)
    work()
    ((X_few, y_few, X_test, seed),) = seen
    assert (len(X_few), len(X_test), seed) == (30, 100, 4)
    assert sorted([*X_few[:, 0], *X_test[:, 0]]) == list(range(130))
    assert (y_few == X_few[:, 0] // 13).all()
    assert (y_test == X_test[:, 0] // 13).all()
    assert len(grid.cells_of("office_caltech_photos_few")) == 12 * 5 * len(
        few.METHODS
    )


@pytest.mark.parametrize("rate", [0, 0.1])
def test_what_learns_from_few_labels(rate, monkeypatch):
    import torch

    from benchmarks import office_caltech_photos_few as few
    from tlbook.deep import efficientnet_lite0
    from tlbook.model.trcnn import transplant

    monkeypatch.setattr(
        few, "efficientnet_lite0", lambda: efficientnet_lite0(weights=None)
    )
    model = few.trcnn(rate).set_params(max_epochs=1, random_state=0, device="cpu")
    X = np.random.default_rng(0).random((10, 192, 2, 2)).astype(np.float32)
    after = model.fit(X, np.arange(10)).network_.state_dict()
    before = transplant(model.source_model, few.HIDDEN, 10).state_dict()
    old = [name for name in before if name.startswith("features.")]
    moved = {name for name in old if not torch.equal(before[name], after[name])}
    assert bool(moved) == (rate > 0)
    assert not [name for name in moved if "norm" in name]


def test_labeled_windows_of_a_person_are_of_other_recordings_than_the_test():
    from benchmarks import activity, activity_sources

    for person in activity.PERSONS:
        pair = load_activity(person % 10 + 1, person)
        y, recording = pair.yt, pair.target_ids
        known, test = activity.few_labels(y, recording, 3, seed=person)
        assert np.bincount(y[known]).tolist() == [3] * 7
        assert len(set(recording[known])) == len(set(recording[test])) == 7
        assert not set(recording[known]) & set(recording[test])
        first = activity.first_recordings(y, recording)
        assert not set(recording[first]) & set(recording[~first])
        assert len(set(y[first])) == len(set(y[~first])) == 7
        _, Xt, yt, again = activity_sources.people(person)
        np.testing.assert_array_equal(again, recording)
        assert len(Xt) == len(yt) == len(recording)


@pytest.mark.parametrize("method", ["tree on target labels", "A-SVM, 3 a class"])
def test_rows_with_target_labels_never_see_the_recordings_of_their_test(
    method, monkeypatch
):
    """Every window carries the number of its recording; the learner notes what it is given."""
    from benchmarks import activity

    pair = load_activity(2, 3)
    Xs, Xt = np.zeros((len(pair.ys), 27)), np.zeros((len(pair.yt), 27))
    Xs[:, 6], Xt[:, 6] = pair.source_ids, pair.target_ids
    marked = replace(pair, Xs=Xs, Xt=Xt)
    seen = []

    class Spy(DummyClassifier):
        def fit(self, X, y):
            seen.append(set(X[:, 6]))
            return super().fit(X, y)

        def predict(self, X):
            assert not seen[-1] & set(X[:, 6])
            return super().predict(X)

    monkeypatch.setattr(activity, "load_activity", lambda source, target: marked)
    monkeypatch.setattr(activity, "z_scores", lambda X: X)
    monkeypatch.setattr(activity, "TREE", Spy())
    recipe = grid.Recipe("", lambda Xs, ys, Xk, yk: Spy().fit(Xk, yk))
    monkeypatch.setitem(activity.METHODS, "A-SVM, 3 a class", recipe)
    work, y_test = activity.prepare("2-3", method, 0)
    assert len(work()) == len(y_test)
    assert seen


def test_both_arms_look_alike_without_the_signs_of_a_mirror():
    from benchmarks import activity

    X = np.random.default_rng(0).standard_normal((5, 27))
    mirrored = X.copy()
    mirrored[:, [0, 4, 5, 24, 25]] *= -1
    np.testing.assert_array_equal(
        activity.either_arm(X), activity.either_arm(mirrored)
    )
    assert (X < 0).any()  # as it was
    np.testing.assert_array_equal(activity.either_arm(X)[:, 6:24], X[:, 6:24])


def published():
    with open(
        ROOT / "tlbook" / "published.csv", newline="", encoding="utf-8"
    ) as file:
        return list(csv.DictReader(file))


def published_rows():
    """Return {(paper, benchmark, method, protocol): {task: accuracy}}."""
    rows = defaultdict(dict)
    for row in published():
        key = (row["paper"], row["benchmark"], row["method"], row["protocol"])
        assert row["task"] not in rows[key], f"{key} has {row['task']} twice"
        rows[key][row["task"]] = float(row["accuracy"])
    return rows


def test_published_means_are_the_means_of_their_cells():
    """Cells are printed to one decimal; so a mean may be off by 0.05, and by its own rounding."""
    slips = {}
    for key, cells in published_rows().items():
        printed = cells.pop("mean", None)
        if (
            printed is not None
            and abs(np.mean(list(cells.values())) - printed) > 0.075
        ):
            slips[key[0], key[2]] = round(np.mean(list(cells.values())), 1)
    assert slips == {("Wang et al. 2018", "SVM"): 41.7}
    (noted,) = [row["note"] for row in published() if "slip" in row["note"]]
    assert "average 41.7" in noted


@pytest.mark.parametrize(
    ("paper", "method", "cells", "mean"),
    [
        ("Long et al. 2013", "1-NN", 12, 31.37),
        ("Long et al. 2013", "PCA", 12, 39.79),
        ("Long et al. 2013", "GFK", 12, 42.95),
        ("Long et al. 2013", "TCA", 12, 43.61),
        ("Long et al. 2013", "TSL", 12, 42.71),
        ("Long et al. 2013", "JDA", 12, 46.31),
        ("Long et al. 2015", "TKL", 12, 51.12),
        ("Zhang et al. 2017", "SA", 12, 44.72),
        ("Wang et al. 2018", "CORAL", 13, 48.82),
    ],
)
def test_published_rows_have_the_means_known_from_elsewhere(
    paper, method, cells, mean
):
    (row,) = [
        values
        for key, values in published_rows().items()
        if key[:3] == (paper, "office_caltech_surf", method)
    ]
    assert len(row) == cells
    row.pop("mean", None)
    assert np.mean(list(row.values())) == pytest.approx(mean, abs=0.006)


def test_published_table_is_well_formed():
    for row in published():
        assert all(row[name] for name in row if name != "note"), row
        assert 0 < float(row["accuracy"]) <= 100
        shifts = ("simulated", "skada_bench")
        ours = row["benchmark"] in shifts and row["task"] in simulated.TASKS
        assert (
            ours
            or row["task"] == "mean"
            or re.fullmatch(
                r"[A-Z]+-[A-Z]+|(colored|rotated) [+-]?\d+", row["task"]
            )
        )


def test_simulated_shifts_change_what_they_say(monkeypatch):
    """Large samples without noise, against the definitions in `skada`."""
    monkeypatch.setattr(
        "benchmarks.simulated.SKADA", dict.fromkeys(simulated.SKADA, (2000, 0.0))
    )
    Xs, ys, Xt, yt = simulated.skada("covariate", 0)
    distance = ((Xs - [-0.4, 3]) ** 2).sum(axis=1)
    weights = np.exp(-2 * distance)
    # drawn without replacement, so that the place of the largest density is somewhat used up
    assert Xt.mean(axis=0) == pytest.approx(
        np.average(Xs, axis=0, weights=weights), abs=0.1
    )
    assert yt.mean() == pytest.approx(np.average(ys, weights=weights), abs=0.1)
    assert distance.mean() > 2 * ((Xt - [-0.4, 3]) ** 2).sum(axis=1).mean()
    Xs, ys, Xt, yt = simulated.skada("target", 0)
    assert (ys.mean(), yt.mean()) == pytest.approx((0.5, 0.1), abs=1e-9)
    for c in (0, 1):
        np.testing.assert_allclose(
            Xs[ys == c].mean(axis=0), Xt[yt == c].mean(axis=0), atol=0.15
        )
    Xs, ys, Xt, yt = simulated.skada("concept", 0)
    for c in (0, 1):
        there = 0.7 * Xs[ys == c] + 1
        np.testing.assert_allclose(
            there.mean(axis=0), Xt[yt == c].mean(axis=0), atol=0.05
        )
        np.testing.assert_allclose(
            np.cov(there.T), np.cov(Xt[yt == c].T), atol=0.05
        )
    Xs, ys, Xt, yt = simulated.skada("subspace", 0)
    for c in (0, 1):
        np.testing.assert_allclose(
            -Xs[ys == c].mean(axis=0), Xt[yt == c].mean(axis=0), atol=0.05
        )
    middle = [np.abs(X.sum(axis=1)) < 1 for X in (Xs, Xt)]
    # a rule of x1 + x2 alone holds in both
    for inside, y in zip(middle, (ys, yt)):
        assert np.mean(inside == (y == 0)) > 0.9


@pytest.mark.parametrize("shift", simulated.SKADA)
def test_simulated_shifts_give_the_published_accuracies(shift):
    """The learner of the benchmark, an SVC, on 25 draws, of the source and of the target."""
    found = []
    for seed in range(25):
        (Xs, ys), Xt, X_test, y_seen, y_test = simulated.parts(
            f"skada-{shift}", seed
        )
        fits = SVC().fit(Xs, ys), SVC().fit(Xt, y_seen)
        found.append([100 * model.score(X_test, y_test) for model in fits])
    for method, values in zip(("source only", "target"), np.transpose(found)):
        (row,) = [
            cells
            for key, cells in published_rows().items()
            if key[:3] == ("Lalou et al. 2024", "simulated", method)
        ]
        assert np.mean(values) == pytest.approx(row[f"skada-{shift}"], abs=3)


def rows_in(X, Y):
    """Return the places of the rows of X in Y, each of which must be there once."""
    places = [np.flatnonzero((x == Y).all(axis=1)) for x in X]
    assert all(len(found) == 1 for found in places)
    return np.concatenate(places)


@pytest.mark.parametrize("task", skada_bench.TASKS)
def test_splits_of_the_benchmark_of_shifts(task):
    """A fifth of each domain is held out, the classes keep their shares, five splits of a draw."""
    world, shift = task.split("-")
    tests = []
    for seed in (5, 6, 9):
        Xs, ys, Xt, yt = simulated.skada(
            shift, {"skada": 1, "fresh": 1001}[world]
        )
        source, target, held = skada_bench.parts(task, seed)
        for (X, y), (Z, z), share in (
            (source, (Xs, ys), 0.8),
            (target, (Xt, yt), 0.8),
            (held, (Xt, yt), 0.2),
        ):
            places = rows_in(X, Z)
            np.testing.assert_array_equal(y, z[places])
            assert len(y) == share * len(z)
            assert y.mean() == pytest.approx(z.mean(), abs=0.01)
        seen, test = rows_in(target[0], Xt), rows_in(held[0], Xt)
        assert set(seen) | set(test) == set(range(len(yt)))
        tests.append(set(test))
    assert tests[0] != tests[1] != tests[2]
    another = skada_bench.parts(task, 10)[0][0]
    assert not (another[:, None] == Xs[None]).all(axis=2).any()


@pytest.mark.parametrize("method", skada_bench.METHODS)
def test_rows_of_the_benchmark_of_shifts_use_no_target_label(method):
    """Turned labels of the target change the row that learns on them, and no other."""
    source, (Xt, yt), (X_test, y_test) = skada_bench.parts("skada-concept", 0)
    predict = skada_bench.METHODS[method].predict
    found, named = predict(source, (Xt, yt), X_test)
    turned, same = predict(source, (Xt, 1 - yt), X_test)
    assert named == same
    assert bool(named) == (method == "diagnose")
    assert np.array_equal(found, turned) == (method != "target")
    score = skada_bench.score((found, named), y_test)
    assert score["named"] == named
    assert float(score["accuracy"]) == pytest.approx(
        100 * np.mean(found == y_test), abs=1e-4
    )
    if method == "diagnose":
        assert named == "drift"
        alone, _ = skada_bench.alone(source, (Xt, yt), X_test)
        assert np.mean(found == y_test) > np.mean(alone == y_test) + 0.05


@pytest.mark.parametrize("name", ["relational", "relational_before"])
def test_relational_results_are_well_formed(name):
    path = ROOT / "tlbook" / "results" / f"{name}.csv"
    rows = grid.read_rows(path)
    assert path.read_text(encoding="utf-8") == grid.as_csv(rows)
    known = grid.cells_of("relational")
    cells = [
        Cell(r["benchmark"], r["task"], r["method"], int(r["seed"])) for r in rows
    ]
    assert len(set(cells)) == len(cells)
    assert set(cells) <= set(known)
    for row in rows:
        assert 0 < float(row["auc_pr"]) <= 100
        assert float(row["cll"]) < 0
        seconds = float(row["seconds"])  # two digits
        assert float(row["learn_seconds"]) <= 1.05 * seconds
        assert int(row["unconverged"]) >= 0


def test_what_rows_of_a_method_repeat_is_written_once_and_read_back(tmp_path):
    rows = [
        {"method": m, "protocol": p, "versions": v}
        for m, p, v in (
            ("a", "p", "1"),
            ("a", "p", "1"),
            ("a", "q", "1"),
            ("b", "q", "1"),
        )
    ]
    path = tmp_path / "table.csv"
    path.write_text(grid.as_csv(rows), encoding="utf-8")
    assert (
        path.read_text("utf-8")
        == "method,protocol,versions\na,p,1\na,,\na,q,\nb,q,1\n"
    )
    assert grid.read_rows(path) == rows
    assert columns(path, REPEATED) == {
        "method": list("aaab"),
        "protocol": list("ppqq"),
        "versions": [1, 1, 1, 1],
    }
    falsified = path.read_text("utf-8").replace("b,q,1", "b,,")
    path.write_text(falsified, encoding="utf-8")
    for read in (grid.read_rows, lambda path: columns(path, REPEATED)):
        with pytest.raises(
            ValueError, match="row 4 is the first of 'b' and has an empty"
        ):
            read(path)


@pytest.mark.parametrize("name", ["l2t", "mushroom", "transitive"])
def test_a_benchmark_sums_its_table_up(name):
    """What `python -m benchmarks.NAME` prints comes from the tables of the package."""
    command = [sys.executable, "-m", f"benchmarks.{name}"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert len(done.stdout.splitlines()) >= 2


def test_no_benchmark_looks_for_tables_beside_itself():
    for path in (ROOT / "benchmarks").glob("*.py"):
        assert '__file__).parent / "results"' not in path.read_text(
            encoding="utf-8"
        ), path.name


def test_no_table_is_large():
    for path in (ROOT / "tlbook" / "results").glob("*.csv"):
        assert path.stat().st_size < 200_000, (
            f"{path.name} is large; is something written often?"
        )


@pytest.mark.parametrize(
    "path", sorted((ROOT / "tlbook" / "results").glob("*.csv")), ids=str
)
def test_results_are_well_formed(path):
    rows = grid.read_rows(path)
    if not set(grid.COLUMNS) <= set(rows[0]):
        pytest.skip("not a table of the grid runner")
    assert path.read_text(encoding="utf-8") == grid.as_csv(rows)
    addresses = [
        (row["benchmark"], row["task"], row["method"], row["seed"])
        for row in rows
    ]
    assert len(set(addresses)) == len(addresses)
    for row in rows:
        assert row["benchmark"] == path.stem
        assert 0 <= float(row["accuracy"]) <= 100
        assert float(row["seconds"]) >= 0
        assert float(row["peak_mb"]) > 0
        assert row["protocol"]
        assert "scikit-learn" in row["versions"]


def test_digits_are_enlarged_in_place():
    from benchmarks.digits_deep import enlarged

    ramp = np.tile(np.arange(16.0), (3, 16))  # (3, 256), brighter to the right
    large = enlarged(ramp)
    assert large.shape == (3, 1, 28, 28)
    assert large.dtype == np.float32
    # pixels' centers on the small grid
    columns = (np.arange(28) + 0.5) * 16 / 28 - 0.5
    np.testing.assert_allclose(large[1, 0, 5], np.clip(columns, 0, 15), atol=1e-5)


def test_long_memory_is_the_only_difference():
    from benchmarks.digits_deep import LongMemory
    from tlbook.deep import DANN

    rng = np.random.default_rng(0)
    Xs, ys, Xt = (
        rng.standard_normal((20, 3)),
        np.arange(20) % 2,
        rng.standard_normal((20, 3)),
    )
    for method, beta in ((DANN, 0.5), (LongMemory, 0.9)):
        model = method(width=4, batch_size=10, max_epochs=1, random_state=0).fit(
            Xs, ys, Xt
        )
        assert model._begin_phase("train", None)["all"].defaults["betas"] == (
            beta,
            0.999,
        )


def test_times_of_deep_methods(monkeypatch):
    from benchmarks import speed_deep

    monkeypatch.setattr(speed_deep, "STEPS", 2)
    monkeypatch.setattr(speed_deep, "peers", dict)
    data = speed_deep.domains()
    assert [len(part) for part in data] == [128, 128, 128]
    for name, run in speed_deep.contestants().items():
        assert 0 < run(*data) < 60, name


def test_times_of_penalties():
    from benchmarks import speed_deep

    for name, loss in speed_deep.losses().items():
        assert 0 < speed_deep.timed_loss(loss, 8) < 1000, name


def test_times_beside_other_libraries_are_of_calls_that_work():
    """Every run of ours, without the peers; each computes what its row is about."""
    from benchmarks import speed

    data = speed.domains(40, d=30)
    assert [X.shape for X in data] == [(40, 30)] * 2
    for method, make_ours, *_ in speed.PAIRS:
        (seconds,) = speed.measure([make_ours()], data)
        assert 0 < seconds < 60, method
