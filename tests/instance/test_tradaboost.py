"""TrAdaBoost: two rounds by hand, a loop written out, the paper's own form of the vote."""

import numpy as np
import pytest
from scipy import sparse
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.tree import DecisionTreeClassifier

from tlbook.instance import TrAdaBoost
from tlbook.instance.tradaboost import source_beta, target_error


class Scripted(ClassifierMixin, BaseEstimator):
    """A learner whose answers, round after round, are written down beforehand."""

    def __init__(self, script=None, log=None):
        self.script, self.log = script, log

    def __sklearn_clone__(self):
        return Scripted(self.script, self.log)

    def fit(self, X, y, sample_weight=None):
        self.round_ = len(self.log)
        self.log.append(np.asarray(sample_weight) / np.sum(sample_weight))
        self.classes_ = np.unique(y)
        return self

    def predict(self, X):
        return np.array([self.script[self.round_][int(x)] for x in X[:, 0]])


def data():
    """Four source samples 0..3 and three target samples 4..6; the label is x % 2."""
    Xs, Xt = np.arange(4.0)[:, None], np.arange(4.0, 7.0)[:, None]
    return Xs, Xs[:, 0].astype(int) % 2, Xt, Xt[:, 0].astype(int) % 2


def answers(wrong, n=7):
    return [(x % 2) ^ (x in wrong) for x in range(n)]


def test_two_rounds_by_hand():
    log = []
    script = [answers({1, 4}), answers({1, 2, 5}), answers(set())]
    Xs, ys, Xt, yt = data()
    model = TrAdaBoost(Scripted(script, log), n_rounds=2).fit(Xs, ys, Xt, yt)
    beta = 1 / (1 + np.sqrt(2 * np.log(4) / 2))
    np.testing.assert_allclose(log[0], np.full(7, 1 / 7), atol=1e-15)
    # round 1: one of three equal target samples is wrong, eps = 1/3, beta_1 = 1/2
    w = np.array([1, beta, 1, 1, 2, 1, 1])
    np.testing.assert_allclose(log[1], w / w.sum(), atol=1e-15)
    # round 2: sample 5 is wrong, eps = 1 / (2 + 1 + 1) = 1/4, beta_2 = 1/3
    w = w * np.array([1, beta, beta, 1, 1, 3, 1])
    np.testing.assert_allclose(model.weights_, (w / w.sum())[:4], atol=1e-15)
    np.testing.assert_allclose(model.errors_, [1 / 3, 1 / 4], atol=1e-15)
    # t >= 2/2
    np.testing.assert_allclose(model.votes_, [np.log(2), np.log(3)], atol=1e-15)
    np.testing.assert_allclose(
        model.decision_votes(np.array([[5.0]])),
        [[np.log(3), np.log(2)]],
        atol=1e-15,
    )
    assert model.predict(np.array([[5.0]])) == [0]


@pytest.mark.parametrize(
    ("rounds", "voters"), [(1, 1), (2, 2), (3, 2), (4, 3), (5, 3)]
)
def test_the_last_half_votes(rounds, voters):
    """Rounds ceil(N/2), ..., N: of 5 rounds the third, fourth and fifth."""
    log, (Xs, ys, Xt, yt) = [], data()
    script = [answers({4 + t % 3}) for t in range(rounds)]
    model = TrAdaBoost(Scripted(script, log), n_rounds=rounds).fit(Xs, ys, Xt, yt)
    assert len(model.estimators_) == len(model.votes_) == voters
    assert model.estimators_[-1].round_ == rounds - 1


def test_factors():
    assert source_beta(1000, 50) == pytest.approx(
        1 / (1 + np.sqrt(2 * np.log(1000) / 50))
    )
    # n < N is no trouble
    assert source_beta(10, 100) == pytest.approx(0.8233, abs=1e-4)
    assert target_error(np.array([1.0, 3.0]), np.array([True, False])) == 0.25


def test_a_perfect_round_decides_alone():
    log, (Xs, ys, Xt, yt) = [], data()
    script = [answers({4}), answers({0, 1})]
    model = TrAdaBoost(Scripted(script, log), n_rounds=9).fit(Xs, ys, Xt, yt)
    assert len(log) == 2
    assert [e.round_ for e in model.estimators_] == [1]
    assert model.predict(np.array([[0.0]])) == [1]


def test_a_round_worse_than_guessing_ends_the_boosting():
    log, (Xs, ys, Xt, yt) = [], data()
    script = [answers({4}), answers({4, 5}), answers(set())]
    model = TrAdaBoost(Scripted(script, log), n_rounds=9).fit(Xs, ys, Xt, yt)
    assert len(log) == 2
    assert [e.round_ for e in model.estimators_] == [0]
    assert len(model.errors_) == 2
    log.clear()
    with pytest.warns(UserWarning, match="errs on 67 % of the target weight"):
        model = TrAdaBoost(Scripted([answers({4, 5})], log), n_rounds=9).fit(
            Xs, ys, Xt, yt
        )
    assert [e.round_ for e in model.estimators_] == [0]


def noisy(seed=0, ns=120, nt=14):
    rng = np.random.default_rng(seed)
    X = rng.standard_normal((ns + nt + 400, 3))
    y = (X[:, 0] + 0.5 * X[:, 1] > 0).astype(int)
    flipped = rng.random(ns) < 0.3
    ys = np.where(flipped, 1 - y[:ns], y[:ns])
    few = slice(ns, ns + nt)
    return X[:ns], ys, X[few], y[few], X[ns + nt :], y[ns + nt :], flipped


def test_equals_the_algorithm_written_out():
    Xs, ys, Xt, yt, X, _, _ = noisy(nt=40)
    yt = np.where(np.arange(40) % 6 == 0, 1 - yt, yt)  # no round is perfect
    stump = DecisionTreeClassifier(max_depth=2, random_state=0)
    N, n = 6, len(Xs)
    w = [1.0] * (n + len(Xt))
    hypotheses, betas = [], []
    for _ in range(N):
        p = np.array(w) / sum(w)
        h = DecisionTreeClassifier(max_depth=2, random_state=0)
        h.fit(np.vstack([Xs, Xt]), np.append(ys, yt), sample_weight=p * len(p))
        ds, dt = abs(h.predict(Xs) - ys), abs(h.predict(Xt) - yt)
        eps = sum(w[n + i] * dt[i] for i in range(len(Xt))) / sum(w[n:])
        bt = eps / (1 - eps)
        b = 1 / (1 + np.sqrt(2 * np.log(n) / N))
        w = [w[i] * b ** ds[i] for i in range(n)] + [
            w[n + i] * bt ** (-float(dt[i])) for i in range(len(Xt))
        ]
        hypotheses.append(h)
        betas.append(bt)
    last = range(int(np.ceil(N / 2)) - 1, N)
    left = np.prod(
        [betas[t] ** -hypotheses[t].predict(X).astype(float) for t in last],
        axis=0,
    )
    right = np.prod([betas[t] ** -0.5 for t in last])
    model = TrAdaBoost(stump, n_rounds=N).fit(Xs, ys, Xt, yt)
    assert len(model.errors_) == N
    np.testing.assert_array_equal(model.predict(X), (left >= right).astype(int))
    np.testing.assert_allclose(model.weights_, np.array(w[:n]) / sum(w))


def test_flipped_source_samples_fade():
    Xs, ys, Xt, yt, _, _, flipped = noisy()
    tree = DecisionTreeClassifier(max_depth=2, random_state=0)
    model = TrAdaBoost(tree, n_rounds=10).fit(Xs, ys, Xt, yt)
    assert model.weights_[flipped].mean() < 0.5 * model.weights_[~flipped].mean()


def test_unlabeled_target_rows_are_not_used():
    Xs, ys, Xt, yt, X, _, _ = noisy()
    tree = DecisionTreeClassifier(max_depth=1, random_state=0)
    few = TrAdaBoost(tree, n_rounds=4).fit(Xs, ys, Xt, yt)
    padded = TrAdaBoost(tree, n_rounds=4).fit(
        Xs, ys, np.vstack([X[:50], Xt]), np.append(np.full(50, -1), yt)
    )
    np.testing.assert_array_equal(few.weights_, padded.weights_)


def test_votes_of_three_classes():
    rng = np.random.default_rng(0)
    X = rng.standard_normal((150, 2))
    y = np.array(["a", "b", "c"])[(X[:, 0] > -0.4).astype(int) + (X[:, 0] > 0.4)]
    tree = DecisionTreeClassifier(max_depth=2, random_state=0)
    model = TrAdaBoost(tree, n_rounds=5).fit(X[:100], y[:100], X[100:], y[100:])
    votes = model.decision_votes(X)
    assert votes.shape == (150, 3)
    np.testing.assert_allclose(votes.sum(axis=1), model.votes_.sum())
    assert model.score(X, y) > 0.9


@pytest.mark.parametrize("kind", [sparse.csr_array, sparse.csr_matrix])
def test_sparse_text_is_boosted_as_it_is(kind):
    """10 million words: a dense matrix would take 10 GB."""
    rng = np.random.default_rng(0)
    y = np.arange(120) % 2
    words = 40 * y[:, None] + rng.integers(0, 60, (120, 8))
    X = np.zeros((120, 200))
    X[np.arange(120)[:, None], words] = 1
    few = np.where(np.arange(40) < 8, y[80:], -1)
    dense = TrAdaBoost(n_rounds=5).fit(X[:80], y[:80], X[80:], few)
    text = TrAdaBoost(n_rounds=5).fit(kind(X[:80]), y[:80], kind(X[80:]), few)
    np.testing.assert_allclose(text.weights_, dense.weights_, rtol=1e-6)
    np.testing.assert_array_equal(text.predict(kind(X)), dense.predict(X))
    wide = sparse.csr_array(X)
    wide.resize((120, 10_000_000))
    wide.indices, wide.indptr = (
        wide.indices.astype(np.int64),
        wide.indptr.astype(np.int64),
    )
    model = TrAdaBoost(n_rounds=2).fit(
        kind(wide[:80]), y[:80], kind(wide[80:]), few
    )
    assert model.score(kind(wide[80:]), y[80:]) > 0.8
