"""Self-training: choices by loops, fixed points by hand, a way that a wide step loses."""

import math

import numpy as np
import pytest
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.linear_model import LogisticRegression, Perceptron

from tlbook.since import SelfTraining
from tlbook.since.self_training import (
    confident,
    gradual_self_training,
    pseudo_labels,
)


class Middle(ClassifierMixin, BaseEstimator):
    """One feature: the border is in the middle between the means of the classes."""

    def fit(self, X, y):
        self.classes_ = np.unique(y)
        low, high = (X[y == c].mean() for c in self.classes_)
        self.border_ = (low + high) / 2
        return self

    def predict_proba(self, X):
        p = 1 / (1 + np.exp(self.border_ - X[:, 0]))
        return np.column_stack([1 - p, p])

    def predict(self, X):
        return self.classes_[self.predict_proba(X).argmax(axis=1)]


def column(*values):
    return np.array(values, dtype=float)[:, None]


def by_loops(P, share, threshold, balanced):
    calls = [max(range(len(p)), key=lambda c: p[c]) for p in P]
    kept = []
    for j, p in enumerate(P):
        rivals = [
            i for i in range(len(P)) if not balanced or calls[i] == calls[j]
        ]
        surer = sum(max(P[i]) > max(p) for i in rivals)
        kept.append(
            surer < math.ceil(share * len(rivals)) and max(p) >= threshold
        )
    return kept


@pytest.mark.parametrize("balanced", [True, False])
@pytest.mark.parametrize("threshold", [0.0, 0.6])
@pytest.mark.parametrize("share", [0.1, 0.35, 0.5, 1.0])
def test_choice_by_loops(share, threshold, balanced):
    P = np.random.default_rng(0).dirichlet([3, 1, 1], 40)
    ours = confident(P, share, threshold, balanced)
    assert ours.tolist() == by_loops(P.tolist(), share, threshold, balanced)


def test_calls_by_hand():
    labels, s = pseudo_labels(np.array([[0.2, 0.8], [0.5, 0.5], [0.9, 0.1]]))
    assert labels.tolist() == [1, 0, 0]
    assert s.tolist() == [0.8, 0.5, 0.9]


def test_bounds_count():
    """What lies on the threshold is in, and what ties with the last of the share."""
    P = np.array([[0.75, 0.25], [0.7499, 0.2501], [0.9, 0.1], [0.9, 0.1]])
    assert confident(P, 1.0, 0.75).tolist() == [True, False, True, True]
    assert confident(P, 0.25).tolist() == [False, False, True, True]


def test_each_class_has_its_share():
    P = np.array([[0.99, 0.01], [0.98, 0.02], [0.4, 0.6], [0.45, 0.55]])
    assert confident(P, 0.5).tolist() == [True, False, True, False]
    assert confident(P, 0.5, balanced=False).tolist() == [
        True, True, False, False
    ]  # fmt: skip


def test_a_fixed_point_by_hand():
    """Source -1 and 1, target 0 and 2: the border goes to 1/2 and stays.

    All at once: means (-1 + 0) / 2 and (1 + 2) / 2, if the sample at 0 is called
    the first, as it is when it lies on the border.
    """
    Xs, ys, Xt = column(-1, 1), np.array([0, 1]), column(0, 2)
    for rounds in (1, 3):
        model = SelfTraining(Middle(), n_rounds=rounds).fit(Xs, ys, Xt)
        assert model.pseudo_labels_.tolist() == [0, 1]
        assert model.estimator_.border_ == 0.5
    assert model.source_model_.border_ == 0


def test_the_share_rises_by_hand():
    """The surest half of either class first: then its border calls the doubtful one right."""
    Xs, ys = column(-1, 1), np.array([0, 1])
    Xt = column(-2, 0.6, 3, 5)  # 0.6 is of the first class
    once = SelfTraining(Middle(), n_rounds=1).fit(Xs, ys, Xt)
    # 0.6 is called the second: means -3/2 and 9.6/4, the border is below it
    assert once.estimator_.border_ == pytest.approx((-1.5 + 2.4) / 2)
    assert once.predict(Xt).tolist() == [0, 1, 1, 1]
    twice = SelfTraining(Middle(), n_rounds=2).fit(Xs, ys, Xt)
    # of {0.6, 3, 5} two are taken: means -3/2 and 9/3, border 3/4
    assert twice.pseudo_labels_.tolist() == [0, 0, 1, 1]
    assert twice.estimator_.border_ == pytest.approx((-2.4 / 3 + 3) / 2)
    assert twice.confident_.all()


def test_what_is_below_the_threshold_is_left_out():
    Xs, ys = column(-1, 1), np.array([0, 1])
    Xt = column(-3, 0.1, 3)
    model = SelfTraining(Middle(), threshold=0.9, n_rounds=1).fit(Xs, ys, Xt)
    assert model.confident_.tolist() == [True, False, True]
    assert model.estimator_.border_ == 0


def test_no_certain_call_is_said():
    Xs, ys, Xt = column(-1, 1), np.array([0, 1]), column(-0.1, 0.1)
    with pytest.warns(UserWarning, match="threshold=0.99"):
        model = SelfTraining(Middle(), threshold=0.99).fit(Xs, ys, Xt)
    assert not model.confident_.any()
    assert model.estimator_ is model.source_model_


def test_any_certain_labeling_is_a_fixed_point():
    """The truth is one, and so is its opposite: the calls do not tell them apart."""
    Xt, truth = column(-9, -8, 8, 9), np.array([0, 0, 1, 1])
    for start in (truth, 1 - truth):
        model = LogisticRegression().fit(Xt, start)
        (after,) = gradual_self_training(model, [Xt], share=1.0)
        np.testing.assert_allclose(after.coef_, model.coef_)
        assert after.score(Xt, truth) == (start is truth)


def test_steps_by_hand():
    """The target moves by 0.5 a step: the border follows; by 1.5 it calls one class."""
    source = Middle().fit(column(-1, 1), np.array([0, 1]))
    borders = [
        m.border_
        for m in gradual_self_training(
            source, [column(-1, 1) + d for d in (0.5, 1.0, 1.5)], share=1.0
        )
    ]
    assert borders == [0.5, 1.0, 1.5]
    (lost,) = gradual_self_training(source, [column(-1, 1) + 1.5], share=1.0)
    assert lost.border_ == 0
    assert lost.score(column(-1, 1) + 1.5, [0, 1]) == 0.5


def test_a_step_leaves_out_the_least_certain():
    source = Middle().fit(column(-1, 1), np.array([0, 1]))
    X = column(-4, -0.1, 1, 3)
    (after,) = gradual_self_training(source, [X], share=0.5)
    assert after.border_ == (-4 + 3) / 2
    assert source.border_ == 0


def clouds(angle, seed, n=200):
    """Two clouds on a line through the origin that has turned by an angle (degrees)."""
    rng = np.random.default_rng(seed)
    y = np.arange(n) % 2
    a = np.deg2rad(angle)
    middle = (2 * y - 1)[:, None] * 2 * np.array([np.cos(a), np.sin(a)])
    return middle + 0.6 * rng.normal(size=(n, 2)), y


@pytest.mark.parametrize("seed", range(3))
def test_a_wide_step_locks_errors_in_and_narrow_ones_do_not(seed):
    Xs, ys = clouds(0, seed)
    source = LogisticRegression().fit(Xs, ys)
    Xt, yt = clouds(160, 50 + seed)
    wide = SelfTraining().fit(Xs, ys, Xt)
    assert wide.score(Xt, yt) < 0.5
    steps = [clouds(a, 99 + a)[0] for a in range(10, 161, 10)]
    *_, last = gradual_self_training(source, steps)
    assert last.score(Xt, yt) > 0.97
    again = list(gradual_self_training(source, [Xt] * 5))
    assert again[-1].score(Xt, yt) < 0.1


def test_words():
    Xs, ys = clouds(0, 0)
    with pytest.raises(ValueError, match="predict_proba"):
        SelfTraining(Perceptron()).fit(Xs, ys, Xs + 1)
