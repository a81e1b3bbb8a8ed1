"""Distillation: loss by loops, gradient by differences, its limit, students against an oracle."""

import math

import numpy as np
import pytest
from scipy.optimize import minimize
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier

from tlbook.since.distillation import (
    distill,
    soft_cross_entropy,
    soft_targets,
    soften,
)


class Says:
    """A teacher that says what it is given."""

    def __init__(self, P, classes=None):
        self.P = P
        self.classes_ = np.arange(P.shape[1]) if classes is None else classes

    def predict_proba(self, X):
        return self.P


def some(seed, n=6, C=3):
    rng = np.random.default_rng(seed)
    return rng.dirichlet(np.ones(C), n), 2 * rng.standard_normal((n, C))


@pytest.mark.parametrize("T", [0.5, 1.0, 3.0])
def test_soften_by_loops(T):
    P, _ = some(0)
    for p, q in zip(P, soften(P, T)):
        total = sum(a ** (1 / T) for a in p)
        assert q == pytest.approx([a ** (1 / T) / total for a in p])


def test_soften_of_logits_is_the_softmax_of_divided_logits():
    _, V = some(1)
    P = np.exp(V) / np.exp(V).sum(axis=1, keepdims=True)
    wanted = np.exp(V / 4) / np.exp(V / 4).sum(axis=1, keepdims=True)
    np.testing.assert_allclose(soften(P, 4), wanted)
    np.testing.assert_allclose(soften(soften(P, 4), 1 / 4), P)


def test_soften_keeps_a_class_that_is_never_said_finite():
    Q = soften(np.array([[1.0, 0.0]]), 5.0)
    assert np.isfinite(Q).all()
    assert Q[0, 0] > 0.9


@pytest.mark.parametrize("T", [0.5, 1.0, 3.0])
def test_loss_by_loops(T):
    Q, Z = some(2)
    wanted = 0.0
    for q, z in zip(Q, Z):
        total = sum(math.exp(a / T) for a in z)
        for a, b in zip(q, z):
            wanted -= T**2 * a * math.log(math.exp(b / T) / total) / len(Z)
    assert soft_cross_entropy(Z, Q, T) == pytest.approx(wanted)


@pytest.mark.parametrize("T", [0.5, 1.0, 3.0])
def test_gradient_by_differences(T):
    Q, Z = some(3)
    wanted = T / len(Z) * (soften(np.exp(Z), T) - Q)
    for i, c in np.ndindex(Z.shape):
        step = np.zeros_like(Z)
        step[i, c] = 1e-6
        sides = [soft_cross_entropy(Z + s * step, Q, T) for s in (1, -1)]
        assert (sides[0] - sides[1]) / 2e-6 == pytest.approx(
            wanted[i, c], abs=1e-7
        )


def test_at_a_high_temperature_logits_are_matched():
    _, Z = some(4)
    _, V = some(5)
    Z, V = (A - A.mean(axis=1, keepdims=True) for A in (Z, V))
    n, C = Z.shape
    T = 1e4
    gradient = T / n * (soften(np.exp(Z), T) - soften(np.exp(V), T))
    np.testing.assert_allclose(gradient, (Z - V) / (n * C), atol=1e-4)


def test_the_teacher_is_a_minimum():
    Q, _ = some(6)
    least = soft_cross_entropy(np.log(Q), Q)
    assert least == pytest.approx(-np.mean(np.sum(Q * np.log(Q), axis=1)))
    for seed in range(7, 12):
        rival, Z = some(seed)
        assert soft_cross_entropy(np.log(rival), Q) > least
        assert soft_cross_entropy(Z, Q) > least


def test_teachers_are_averaged_at_their_temperature():
    teachers = [Says(some(seed)[0]) for seed in range(3)]
    wanted = sum(soften(t.P, 2.0) for t in teachers) / 3
    np.testing.assert_allclose(soft_targets(teachers, None, 2.0), wanted)


@pytest.mark.parametrize("T", [1.0, 4.0])
def test_a_linear_student_is_the_least_of_the_loss(T):
    """Against BFGS on (3) with logits z, of which the student is z / T."""
    rng = np.random.default_rng(0)
    X, (P, _) = rng.standard_normal((40, 2)), some(1, n=40)
    student = distill(
        LogisticRegression(C=1e6, max_iter=10_000, tol=1e-10), [Says(P)], X, T
    )
    Q = soften(P, T)

    def loss(theta):
        W = theta.reshape(3, 3)
        return soft_cross_entropy(X @ W[:2] + W[2], Q, T)

    best = minimize(loss, np.zeros(9), method="BFGS", options={"gtol": 1e-8})
    W = best.x.reshape(3, 3)
    wanted = soften(np.exp(X @ W[:2] + W[2]), 1.0)
    found = soften(student.predict_proba(X), 1 / T)
    np.testing.assert_allclose(found, wanted, atol=2e-3)


def test_names_of_classes_are_kept_and_the_learner_is_not_fitted():
    X = np.array([[0.0], [1.0], [2.0], [3.0]])
    P = np.array([[0.9, 0.1], [0.8, 0.2], [0.2, 0.8], [0.1, 0.9]])
    learner = LogisticRegression(C=100)
    student = distill(learner, [Says(P, np.array(["cat", "dog"]))], X)
    assert list(student.predict(X)) == ["cat", "cat", "dog", "dog"]
    assert not hasattr(learner, "coef_")


def test_certain_teachers_give_their_labels():
    """Without doubt the student is the learner on hard labels."""
    rng = np.random.default_rng(3)
    X, y = rng.standard_normal((30, 2)), np.arange(30) % 3
    soft = distill(LogisticRegression(), [Says(np.eye(3)[y])], X)
    hard = LogisticRegression().fit(X, y)
    np.testing.assert_allclose(soft.coef_, hard.coef_, atol=1e-3)


def test_what_is_refused():
    X, P = np.zeros((6, 1)), some(0)[0]
    teacher, learner = Says(P), LogisticRegression()
    with pytest.raises(ValueError, match="no teachers"):
        distill(learner, [], X)
    with pytest.raises(ValueError, match="teacher 1 knows the classes"):
        distill(learner, [teacher, Says(P, np.array([1, 2, 3]))], X)
    with pytest.raises(ValueError, match="must be above 0"):
        distill(learner, [teacher], X, 0.0)
    with pytest.raises(ValueError, match="takes no sample_weight"):
        distill(KNeighborsClassifier(), [teacher], X)
    with pytest.raises(ValueError, match="NaN"):
        distill(learner, [teacher], np.full((6, 1), np.nan))
