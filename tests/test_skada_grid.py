"""The settings of SKADA-Bench's grid: each recipe against what it stands for."""

import sys
from pathlib import Path

import numpy as np
import ot
import pytest
from scipy.spatial.distance import cdist
from sklearn.svm import SVC

sys.path.insert(0, str(Path(__file__).parents[1]))
from benchmarks import skada_bench, skada_grid
from tlbook.datasets import load_results
from tlbook.since import OTDA, LinearOT


@pytest.fixture
def pair():
    source, (Xt, yt), (X_test, _) = skada_bench.parts("skada-concept", 0)
    return *source, Xt, yt, X_test


def test_settings_that_are_the_defaults_are_the_methods(pair):
    Xs, ys, Xt, _, X = pair
    moved = skada_grid.linear(1e-9, True, Xs, ys, Xt)(X)
    ours = LinearOT(SVC(), reg=1e-9).fit(Xs, ys, Xt).predict(X)
    assert np.mean(moved == ours) > 0.99
    carried = skada_grid.transported("sqeuclidean", 0.1, Xs, ys, Xt)(X)
    ours = OTDA(SVC(), reg=0.1, reg_class=0).fit(Xs, ys, Xt).predict(X)
    assert np.mean(carried == ours) > 0.98


def test_moments_about_zero_leave_out_no_mean(pair):
    """A target that is the source times two: the map is 2, and the mean is part of it."""
    Xs, ys, *_ = pair
    found = skada_grid.linear(0, False, Xs, ys, 2 * Xs)(2 * Xs)
    assert np.mean(found == SVC().fit(2 * Xs, ys).predict(2 * Xs)) > 0.99


def test_removed_means_undo_a_move(pair):
    Xs, ys, *_ = pair
    far = Xs + [50, -20]
    found = skada_grid.centered(Xs, ys, far)(far)
    assert np.mean(found == ys) > 0.8


class Told:
    """Knows that in half of the source's places the target has three times as many samples."""

    def fit(self, X, y):
        self.of_source = y[0]
        return self

    def predict_proba(self, X):
        source = np.where(X[:, 0] > 0, 0.25, 0.5)
        both = [1 - source, source]
        return np.column_stack(both if self.of_source == 1 else both[::-1])


@pytest.fixture
def weights(monkeypatch):
    """A list of the weights that the learner was given, in the order of its fits."""
    seen = []

    class Spy(SVC):
        def fit(self, X, y, sample_weight=None):
            seen.append(sample_weight)
            return super().fit(X, y, sample_weight)

    monkeypatch.setattr(skada_grid, "SVC", Spy)
    return seen


def test_odds_weigh_the_source_as_the_target(weights):
    Xs, ys = np.array([[1.0], [-1.0], [2.0], [-2.0]]), np.array([0, 1, 1, 0])
    skada_grid.discriminated(Told(), Xs, ys, Xs)
    np.testing.assert_allclose(weights[0], [3, 1, 3, 1])


def test_odds_upside_down_are_one_over_the_odds(weights):
    Xs, ys = np.array([[1.0], [-1.0], [2.0], [-2.0]]), np.array([0, 1, 1, 0])
    skada_grid.upside_down(Told(), Xs, ys, Xs)
    np.testing.assert_allclose(weights[0], [0.5, 1.5, 0.5, 1.5])


def test_a_hinge_of_two_classes_with_one_decision_is_blind(pair):
    """Summed over both, it is the same for either label, and moves no mass."""
    Xs, ys, Xt, _, X = pair
    M = cdist(Xs, Xt, "sqeuclidean")
    decision = SVC().fit(Xs, ys).decision_function(Xt)
    signs = np.where(ys[:, None] == [0, 1], 1, -1)  # (ns, classes)
    hinge = np.maximum(0, 1 - signs[:, None, :] * decision[:, None]).sum(axis=2)
    n = len(Xs)
    P = ot.emd(np.full(n, 1 / n), np.full(n, 1 / n), M / M.mean() + hinge)
    labels = np.array([P[ys == c].sum(axis=0) for c in (0, 1)]).argmax(axis=0)
    theirs = SVC().fit(Xt, labels).predict(X)
    assert np.mean(skada_grid.blind(Xs, ys, Xt)(X) == theirs) > 0.99


@pytest.mark.parametrize("metric", ["cosine", "cityblock"])
def test_regularized_transport_is_that_of_pot(pair, metric):
    Xs, ys, Xt, _, X = pair
    plan = ot.da.SinkhornLpl1Transport(
        reg_e=1, reg_cl=1, metric=metric, max_iter=10, max_inner_iter=1000
    )
    moved = plan.fit(Xs=Xs, ys=ys, Xt=Xt).transform(Xs=Xs)
    theirs = SVC().fit(moved, ys).predict(X)
    ours = skada_grid.regularized(metric, 1, Xs, ys, Xt)(X)
    assert np.mean(ours == theirs) > 0.98


def test_matched_shares_are_those_of_the_target(weights):
    rng = np.random.default_rng(0)
    ys = np.repeat([0, 1], 200)
    Xs = rng.standard_normal((400, 2)) + 3 * ys[:, None]
    yt = np.repeat([0, 1], [270, 30])
    Xt = rng.standard_normal((300, 2)) + 3 * yt[:, None]
    skada_grid.matched(0.5, Xs, ys, Xt)
    assert weights[0][0] == pytest.approx(1.8, abs=0.1)
    assert weights[0][-1] == pytest.approx(0.2, abs=0.1)


def test_labels_of_other_rows_are_worth_a_guess(pair):
    Xs, ys, Xt, yt, _ = pair
    hits = [
        np.mean(skada_grid.faulty(10, k, Xs, ys, Xt)(Xt) == yt) for k in (1, 2, 5)
    ]
    assert 0.3 < np.mean(hits) < 0.7


def test_the_choice_is_that_of_the_seen_labels(pair):
    Xs, ys, Xt, yt, X = pair
    grid = {
        "wrong": lambda *_: lambda X: np.full(len(X), 7),
        "right": lambda *_: lambda X: np.resize(yt, len(X)),
    }
    predicted, name = skada_grid.chosen(grid)((Xs, ys), (Xt, yt), X)
    assert name == "right"
    np.testing.assert_array_equal(predicted, np.resize(yt, len(X)))
    _, name = skada_grid.at_random(grid)((Xs, ys), (Xt, yt), X)
    assert name in grid


def test_every_cell_is_stored():
    table = load_results("skada_grid")
    rows = set(
        zip(table["task"], table["method"], map(int, table["seed"]), strict=True)
    )
    assert rows == {
        (task, method, seed)
        for task in skada_grid.TASKS
        for method in skada_grid.METHODS
        for seed in skada_grid.SEEDS
    }
