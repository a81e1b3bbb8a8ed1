"""Several sources: rounds by hand, both algorithms of the paper written out for labels -1, 1."""

import pickle

import numpy as np
import pytest
from scipy import sparse
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.exceptions import NotFittedError
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.tree import DecisionTreeClassifier

from tlbook.model import MultiSourceTrAdaBoost, TaskTrAdaBoost
from tlbook.model.multisource import (
    best_of_pool,
    boosted_pool,
    least_error,
    vote_weight,
)

METHODS = (MultiSourceTrAdaBoost, TaskTrAdaBoost)
both = pytest.mark.parametrize("method", METHODS, ids=lambda cls: cls.__name__)


class Scripted(ClassifierMixin, BaseEstimator):
    """A learner whose answers, fit after fit, are written down beforehand."""

    def __init__(self, script=None, log=None):
        self.script, self.log = script, log

    def __sklearn_clone__(self):
        return Scripted(self.script, self.log)

    def fit(self, X, y, sample_weight=None):
        self.turn_ = len(self.log)
        self.log.append(
            (
                X[:, 0].astype(int),
                np.asarray(sample_weight) / np.sum(sample_weight),
            )
        )
        return self

    def predict(self, X):
        return np.array(
            [(int(x) % 2) ^ (int(x) in self.script[self.turn_]) for x in X[:, 0]]
        )


def samples(*numbers):
    X = np.array(numbers, dtype=float)[:, None]
    return X, X[:, 0].astype(int) % 2


def test_two_rounds_of_multisource_by_hand():
    """Sources 0..2 and 3..4, target 5..8; a script holds the wrong samples of each fit."""
    log = []
    script = [{5, 6}, {1, 4, 5}, {0, 2, 7}, {3, 7, 8}]
    sources, (Xt, yt) = [samples(0, 1, 2), samples(3, 4)], samples(5, 6, 7, 8)
    model = MultiSourceTrAdaBoost(Scripted(script, log), n_rounds=2).fit(
        sources, Xt, yt
    )
    beta = 1 / (1 + np.sqrt(2 * np.log(5) / 2))
    # round 1: errors 2/4 and 1/4, so source 1 counts: ratio (3/4) / (1/4) = 3 for sample 5
    w = np.array([1, beta, 1, 1, beta, 3, 1, 1, 1])
    np.testing.assert_array_equal(log[2][0], [0, 1, 2, 5, 6, 7, 8])
    first, second = w[[0, 1, 2, 5, 6, 7, 8]], w[3:]
    np.testing.assert_allclose(log[2][1], first / first.sum(), atol=1e-15)
    np.testing.assert_allclose(log[3][1], second / second.sum(), atol=1e-15)
    # round 2: errors 1/6 and 2/6, so source 0 counts: ratio 5 for sample 7
    w = w * np.array([beta, 1, beta, 1, 1, 1, 1, 5, 1])
    np.testing.assert_array_equal(model.chosen_, [1, 0])
    np.testing.assert_allclose(model.errors_, [1 / 4, 1 / 6], atol=1e-15)
    np.testing.assert_allclose(model.votes_, [np.log(3), np.log(5)], atol=1e-15)
    np.testing.assert_allclose(
        np.concatenate(model.weights_), w[:5] / w.sum(), atol=1e-15
    )
    votes = model.decision_votes(np.array([[5.0], [7.0]]))
    np.testing.assert_allclose(
        votes, [[np.log(3), np.log(5)], [np.log(5), np.log(3)]]
    )
    np.testing.assert_array_equal(model.predict(np.array([[5.0], [7.0]])), [1, 0])


def test_two_rounds_of_task_by_hand():
    """One round of AdaBoost on each source, then the target draws both learners."""
    log = []
    script = [{0, 10}, {7, 10, 12}]
    sources, (Xt, yt) = (
        [samples(0, 1, 2), samples(5, 6, 7, 8)],
        samples(10, 11, 12, 13, 14),
    )
    model = TaskTrAdaBoost(Scripted(script, log), n_rounds=1).fit(sources, Xt, yt)
    assert len(log) == 2
    np.testing.assert_array_equal(model.origin_, [0, 1])
    np.testing.assert_array_equal(model.chosen_, [0])  # error 1/5 against 2/5
    np.testing.assert_allclose(model.votes_, [np.log(4)])
    log.clear()
    # a perfect second round on each source
    script = [{0, 10}, set(), {7, 10, 12}, set()]
    model = TaskTrAdaBoost(Scripted(script, log), n_rounds=2).fit(sources, Xt, yt)
    # ratio (2/3) / (1/3)
    np.testing.assert_allclose(log[1][1], np.array([2, 1, 1]) / 4)
    # ratio (3/4) / (1/4)
    np.testing.assert_allclose(log[3][1], np.array([1, 1, 3, 1]) / 6)
    np.testing.assert_array_equal(model.origin_, [0, 0, 1, 1])
    np.testing.assert_array_equal(model.chosen_, [0, 1])  # the perfect ones
    # half a sample of five
    np.testing.assert_allclose(model.votes_, [np.log(9)] * 2)


def test_a_learner_below_chance_is_turned_around():
    log, script = [], [{10, 11, 12, 13}]
    (Xt, yt) = samples(10, 11, 12, 13, 14)
    model = TaskTrAdaBoost(Scripted(script, log), n_rounds=1).fit(
        [samples(0, 1, 2)], Xt, yt
    )
    np.testing.assert_allclose(model.votes_, [-np.log(4)])
    np.testing.assert_array_equal(
        model.predict(Xt), np.where(Xt[:, 0] == 14, 1, yt)
    )


def test_vote_weight():
    assert vote_weight(0.25, 2, 1e-3) == pytest.approx(np.log(3))
    assert vote_weight(0.25, 4, 1e-3) == pytest.approx(2 * np.log(3))
    assert vote_weight(0.0, 2, 0.1) == pytest.approx(np.log(9))
    assert vote_weight(1.0, 2, 0.1) == pytest.approx(-np.log(9))
    assert vote_weight(0.75, 4, 1e-3) == pytest.approx(0)  # guessing
    assert least_error(5) == 0.1


def test_best_of_pool():
    y, w = np.array([0, 0, 1, 1]), np.array([0.4, 0.3, 0.2, 0.1])
    # errors 0.2, 0.9, 0.3
    answers = np.array([[0, 0, 0, 1], [1, 1, 0, 1], [0, 1, 1, 1]])
    position, a = best_of_pool(answers, y, w, 2)
    assert (position, a) == (1, pytest.approx(-np.log(7)))  # cut at 1 - 1/8
    position, a = best_of_pool(answers, y, w, 3)
    assert (position, a) == (0, pytest.approx(np.log(4) + np.log(2)))


def shifted_sources(seed=0, n=60, nt=30):
    rng = np.random.default_rng(seed)

    def draw(size, angle, flips):
        X = rng.standard_normal((size, 2))
        y = (np.cos(angle) * X[:, 0] + np.sin(angle) * X[:, 1] > 0).astype(int)
        return X, np.where(rng.random(size) < flips, 1 - y, y)

    sources = [draw(n, 0.3, 0.1), draw(n + 10, 1.6, 0.1), draw(n, 3.3, 0.1)]
    return sources, *draw(nt, 0.2, 0.15), *draw(500, 0.2, 0.0)


def stump(depth=1):
    return DecisionTreeClassifier(max_depth=depth, random_state=0)


def signed(h, X):
    return 2.0 * h.predict(X) - 1


def test_multisource_equals_the_algorithm_written_out():
    sources, Xt, yt, X, _ = shifted_sources()
    M = 7
    n_S = sum(len(y) for _, y in sources)
    alpha_S = 0.5 * np.log(1 + np.sqrt(2 * np.log(n_S) / M))
    w = [np.ones(len(y)) for _, y in sources] + [np.ones(len(yt))]
    H, chosen = np.zeros(len(X)), []
    for _ in range(M):
        total = sum(v.sum() for v in w)
        w = [v / total for v in w]
        best = None
        for k, (Xk, yk) in enumerate(sources):
            scale = n_S + len(yt)
            h = stump().fit(
                np.vstack([Xk, Xt]),
                np.append(yk, yt),
                sample_weight=np.append(w[k], w[-1]) * scale,
            )
            error = sum(w[-1][h.predict(Xt) != yt]) / sum(w[-1])
            if best is None or error < best[0]:
                best = error, k, h
        error, k, h = best
        chosen.append(k)
        alpha = 0.5 * np.log((1 - error) / error)
        w[-1] = w[-1] * np.exp(alpha * abs(signed(h, Xt) - (2 * yt - 1)))
        for k, (Xk, yk) in enumerate(sources):
            w[k] = w[k] * np.exp(-alpha_S * abs(signed(h, Xk) - (2 * yk - 1)))
        H += alpha * signed(h, X)
    model = MultiSourceTrAdaBoost(stump(), n_rounds=M).fit(sources, Xt, yt)
    np.testing.assert_array_equal(model.chosen_, chosen)
    np.testing.assert_array_equal(model.predict(X), (H > 0).astype(int))
    np.testing.assert_allclose(np.diff(model.decision_votes(X))[:, 0], 2 * H)
    total = sum(v.sum() for v in w)
    for mine, written in zip(model.weights_, w):
        np.testing.assert_allclose(mine, written / total)


def test_task_equals_the_algorithm_written_out():
    sources, Xt, yt, X, _ = shifted_sources(seed=3)
    M, gamma = 5, 1.0
    pool = []
    for Xk, yk in sources:
        w = np.ones(len(yk))
        for _ in range(M):
            w = w / w.sum()
            h = stump().fit(Xk, yk, sample_weight=w * len(w))
            error = w[h.predict(Xk) != yk].sum()
            alpha = 0.5 * np.log((1 - error) / error)
            if 2 * alpha > gamma:
                pool.append(h)
            w = w * np.exp(-alpha * (2 * yk - 1) * signed(h, Xk))
    w, H, turned = np.ones(len(yt)), np.zeros(len(X)), 0
    everything = len(pool)
    for _ in range(M):
        w = w / w.sum()
        errors = [w[h.predict(Xt) != yt].sum() for h in pool]
        i = int(np.argmin([min(e, 1 - e) for e in errors]))
        error, sign = (errors[i], 1) if errors[i] <= 0.5 else (1 - errors[i], -1)
        turned += sign < 0
        alpha = 0.5 * np.log((1 - error) / error)
        h = pool.pop(i)
        w = w * np.exp(-alpha * (2 * yt - 1) * sign * signed(h, Xt))
        H += alpha * sign * signed(h, X)
    model = TaskTrAdaBoost(stump(), n_rounds=M, gamma=gamma).fit(sources, Xt, yt)
    assert turned >= 1
    assert len(model.pool_) == everything < 3 * M
    assert np.sum(model.votes_ < 0) == turned
    np.testing.assert_array_equal(model.predict(X), (H > 0).astype(int))
    np.testing.assert_allclose(np.diff(model.decision_votes(X))[:, 0], 2 * H)


def test_the_pool_is_adaboost_of_several_classes():
    """SAMME, written out: e^a on wrong samples, a = ln((1 - e) / e) + ln(L - 1)."""
    rng = np.random.default_rng(0)
    X = rng.standard_normal((90, 3))
    y = np.digitize(X[:, 0] + X[:, 1], [-0.7, 0.7])
    pool = boosted_pool(stump(), X, y, 4, 0.0)
    w = np.full(90, 1 / 90)
    for h in pool:
        again = stump().fit(X, y, sample_weight=w * 90)
        np.testing.assert_array_equal(h.predict(X), again.predict(X))
        error = w[h.predict(X) != y].sum()
        w[h.predict(X) != y] *= (1 - error) / error * 2
        w /= w.sum()
    assert len(pool) == 4
    assert boosted_pool(stump(), X, y, 4, 100.0) == []


def test_the_source_that_resembles_the_target_is_chosen():
    sources, Xt, yt, X, y = shifted_sources(n=200, nt=20)
    alike, across, opposite = sources
    model = MultiSourceTrAdaBoost(stump(2), n_rounds=6).fit(
        [opposite, across, alike], Xt, yt
    )
    assert model.chosen_[0] == 2
    assert model.score(X, y) > 0.85
    task = TaskTrAdaBoost(stump(2), n_rounds=6).fit([across, alike], Xt, yt)
    assert task.score(X, y) > 0.85


@both
def test_unlabeled_target_rows_are_not_used(method):
    sources, Xt, yt, X, _ = shifted_sources()
    few = method(stump(), n_rounds=4).fit(sources, Xt, yt)
    padded = method(stump(), n_rounds=4).fit(
        sources, np.vstack([X[:50], Xt]), np.append(np.full(50, -1), yt)
    )
    np.testing.assert_array_equal(few.decision_votes(X), padded.decision_votes(X))


@both
def test_three_named_classes_and_a_source_that_lacks_one(method):
    rng = np.random.default_rng(0)
    X = rng.standard_normal((240, 2))
    y = np.array(["ant", "bee", "cat"])[np.digitize(X[:, 0], [-0.4, 0.4])]
    sources = [
        (X[:80], y[:80]),
        (X[80:160][y[80:160] != "cat"], y[80:160][y[80:160] != "cat"]),
    ]
    model = method(stump(2), n_rounds=5).fit(sources, X[160:200], y[160:200])
    np.testing.assert_array_equal(model.classes_, ["ant", "bee", "cat"])
    assert model.score(X[200:], y[200:]) > 0.8
    assert model.decision_votes(X).shape == (240, 3)


def test_no_round_is_possible():
    log, (Xt, yt) = [], samples(5, 6, 7)
    learner = Scripted([{5, 6}, {5, 7}], log)
    with pytest.warns(
        UserWarning, match="best first learner errs on 67 % of the target weight"
    ):
        model = MultiSourceTrAdaBoost(learner).fit(
            [samples(0, 1), samples(2, 3)], Xt, yt
        )
    np.testing.assert_array_equal(model.chosen_, [0])
    np.testing.assert_array_equal(model.votes_, [1])
    log.clear()
    learner = Scripted([{5, 6}, {5, 7}], log)
    with pytest.raises(ValueError, match="no learner of any source has a"):
        TaskTrAdaBoost(learner, n_rounds=1, gamma=99).fit(
            [samples(0, 1), samples(2, 3)], Xt, yt
        )


def test_a_pool_that_only_guesses_is_refused():
    class Constant(ClassifierMixin, BaseEstimator):
        def fit(self, X, y, sample_weight=None):
            return self

        def predict(self, X):
            return np.full(len(X), 2)

    y = np.array([0, 1, 2, 2, 2])
    target = np.array([0, 0, 1, 1])
    with pytest.raises(
        ValueError, match="no learner of the pool is better than guessing"
    ):
        TaskTrAdaBoost(Constant(), n_rounds=1).fit(
            [(np.eye(5), y)], np.eye(5)[:4], target
        )


def test_boosting_ends_when_no_learner_is_better_than_chance():
    log, (Xt, yt) = [], samples(5, 6, 7)
    model = MultiSourceTrAdaBoost(Scripted([{5}, {6, 7}], log), n_rounds=9)
    # round 2 errs on two of four parts of weight
    model.fit([samples(0, 1)], Xt, yt)
    assert len(log) == 2
    assert len(model.estimators_) == len(model.votes_) == len(model.errors_) == 1


@both
def test_scikit_learn_conventions(method):
    sources, Xt, yt, X, _ = shifted_sources()
    model = method(stump(), n_rounds=3)
    before = [(X.copy(), y.copy()) for X, y in sources], Xt.copy(), yt.copy()
    assert model.fit(sources, Xt, yt) is model
    for (X0, y0), (X1, y1) in zip(sources, before[0]):
        np.testing.assert_array_equal(X0, X1)
        np.testing.assert_array_equal(y0, y1)
    np.testing.assert_array_equal(Xt, before[1])
    np.testing.assert_array_equal(yt, before[2])
    copy = clone(model)
    assert (
        copy.get_params(deep=False).keys() == model.get_params(deep=False).keys()
    )
    assert set(method._parameter_constraints) == set(copy.get_params(deep=False))
    with pytest.raises(NotFittedError):
        copy.predict(X)
    assert method.__name__ in repr(model)
    assert model.n_features_in_ == 2
    again = pickle.loads(pickle.dumps(model))
    np.testing.assert_array_equal(
        again.predict(X), copy.fit(sources, Xt, yt).predict(X)
    )
    single = method(stump(), n_rounds=3).fit(
        [(X.astype(np.float32), y) for X, y in sources], Xt.astype(np.float32), yt
    )
    assert np.mean(single.predict(X) == model.predict(X)) > 0.95
    assert method().fit(sources, Xt, yt).estimators_[0].get_depth() <= 3


@both
def test_bad_input(method):
    sources, Xt, yt, _, _ = shifted_sources()
    (X, y), *others = sources
    cases = [
        (([], Xt, yt), "sources is empty"),
        (((X, y), Xt, yt), r"sources must be a list of pairs \(X, y\)"),
        ((None, Xt, yt), r"sources must be a list of pairs"),
        (
            ([(X, y), (X[:, :1], y)], Xt, yt),
            r"sources\[1\] has 1 features, X_target .* has 2",
        ),
        (
            ([(X, y[:-1])], Xt, yt),
            r"y of sources\[0\] has 59 entries, sources\[0\] has 60",
        ),
        (
            ([(X, np.ones(60, int))], Xt, yt),
            r"the y of sources\[0\] has one class only, 1",
        ),
        (
            ([(np.where(X > 1, np.nan, X), y)], Xt, yt),
            r"sources\[0\] contains NaN in column 0",
        ),
        ((sources, np.where(Xt > 1, np.inf, Xt), yt), "X_target .*infinity"),
        (
            (sources, Xt, yt[:-1]),
            "y_target has 29 labels, X_target has 30 samples",
        ),
        ((sources, Xt, np.full(30, -1)), "needs labeled target rows"),
        (
            (sources, Xt, yt + 5),
            r"y_target has classes that y .source domain. has not: \[5, 6\]",
        ),
        ((sources, Xt[:, 0], yt), "X_target .*a table .n, d. is needed"),
    ]
    for arguments, message in cases:
        with pytest.raises(ValueError, match=message):
            method().fit(*arguments)
    for name, value in (("n_rounds", 0), ("estimator", "tree")):
        with pytest.raises(
            ValueError, match=f"'{name}' parameter of {method.__name__}"
        ):
            method(**{name: value}).fit(sources, Xt, yt)
    with pytest.raises(ValueError, match="cannot use sample weights"):
        method(KNeighborsClassifier()).fit(sources, Xt, yt)
    model = method(GaussianNB(), n_rounds=2).fit(sources, Xt, yt)
    with pytest.raises(ValueError, match=f"3 features, but {method.__name__}"):
        model.predict(np.ones((4, 3)))


def test_gamma_is_checked():
    sources, Xt, yt, _, _ = shifted_sources()
    with pytest.raises(ValueError, match="'gamma' parameter of TaskTrAdaBoost"):
        TaskTrAdaBoost(gamma=-1.0).fit(sources, Xt, yt)


@pytest.mark.parametrize("method", [MultiSourceTrAdaBoost, TaskTrAdaBoost])
def test_sparse_sources_are_those_of_dense(method):
    rng = np.random.default_rng(0)
    y = np.arange(90) % 2
    X = rng.poisson(0.5 + y[:, None] * np.array([0, 1, 0, 2, 0]), (90, 5)).astype(
        float
    )
    few = np.where(np.arange(30) < 10, y[60:], -1)
    kind = sparse.csr_array
    dense = method(n_rounds=4).fit(
        [(X[:30], y[:30]), (X[30:60], y[30:60])], X[60:], few
    )
    text = method(n_rounds=4).fit(
        [(kind(X[:30]), y[:30]), (kind(X[30:60]), y[30:60])], kind(X[60:]), few
    )
    np.testing.assert_allclose(text.votes_, dense.votes_)
    np.testing.assert_array_equal(text.predict(kind(X)), dense.predict(X))
