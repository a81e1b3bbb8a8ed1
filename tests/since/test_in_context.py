"""In-context learning against gradient descent, closed forms and loops."""

import numpy as np
import pytest
import torch

from tlbook.since import InContextRegressor
from tlbook.since.in_context import LinearAttention, attend

D, N, SIGMA = 3, 8, 0.4


def tasks(n_tasks, seed=0, m=8, scale=1.0):
    """Linear tasks: w and x standard normal, noise of deviation SIGMA."""
    rng = np.random.default_rng(seed)
    X = scale * rng.standard_normal((n_tasks, N + m, D))
    w = rng.standard_normal((n_tasks, D, 1))
    return X, (X @ w)[..., 0] + SIGMA * rng.standard_normal(X.shape[:2])


def one_step(context, labels, X, c):
    """Equation (4) by loops."""
    answers = []
    for x in X:
        similar = [y * float(np.dot(x, xi)) for xi, y in zip(context, labels)]
        answers.append(c * sum(similar) / len(similar))
    return np.array(answers)


def error(model, X, y):
    found = [model.predict(A[N:], A[:N], b[:N]) - b[N:] for A, b in zip(X, y)]
    return np.mean(np.square(found))


def test_a_layer_by_loops():
    rng = np.random.default_rng(0)
    tokens, context = rng.normal(size=(2, 5, 4)), rng.normal(size=(2, 6, 4))
    V, A = rng.normal(size=(2, 4, 4))
    ours = attend(*(torch.tensor(part) for part in (tokens, context, V, A)))
    for b in range(2):
        for k, e in enumerate(tokens[b]):
            wanted = e.copy()
            for c in context[b]:
                wanted += (V @ c) * float(c @ (A @ e)) / 6
            np.testing.assert_allclose(ours[b, k], wanted)


@pytest.mark.parametrize("n_layers", [1, 3])
def test_layers_can_be_steps_of_gradient_descent(n_layers):
    """With the weights of (4) in each layer: the squared error, from zero, step by step."""
    c, network = 0.3, LinearAttention(D, n_layers)
    with torch.no_grad():
        network.V[:] = torch.diag(torch.tensor([0.0] * D + [-c]))
        network.A[:] = torch.diag(torch.tensor([1.0] * D + [0.0]))
    X, y = tasks(1)
    w = np.zeros(D)
    for _ in range(n_layers):
        w = w - c * X[0, :N].T @ (X[0, :N] @ w - y[0, :N]) / N
    parts = [torch.tensor(p, dtype=torch.float32) for p in (X, y)]
    answers = network(parts[0][:, :N], parts[1][:, :N], parts[0][:, N:])
    np.testing.assert_allclose(
        answers[0].detach(), X[0, N:] @ w, rtol=1e-4, atol=1e-5
    )


@pytest.fixture(scope="module")
def shallow():
    return InContextRegressor(
        n_layers=1, n_context=N, max_epochs=8, random_state=0
    ).fit(*tasks(10_000))


def test_one_layer_learns_the_best_step(shallow):
    """The length c of the step with the least mean error, in closed form.

    With w_hat = mean of y_i x_i: E w'w_hat = d, and
    E |w_hat|^2 = d (1 + (d + 1 + sigma^2) / n).
    """
    c = 1 / (1 + (D + 1 + SIGMA**2) / N)
    X, y = tasks(300, seed=1)
    for A, b in zip(X[:20], y[:20]):
        ours = shallow.predict(A[N:], A[:N], b[:N])
        np.testing.assert_allclose(
            ours, one_step(A[:N], b[:N], A[N:], c), atol=0.35
        )
    best = np.mean(
        [
            np.square(one_step(A[:N], b[:N], A[N:], c) - b[N:])
            for A, b in zip(X, y)
        ]
    )
    assert error(shallow, X, y) == pytest.approx(best, rel=0.03)
    assert shallow.history_[-1] == pytest.approx(best, rel=0.1)
    assert shallow.history_[-1] < 0.7 * shallow.history_[0]


def test_more_layers_come_near_to_ridge_regression():
    deep = InContextRegressor(
        n_layers=3, n_context=N, max_epochs=15, random_state=0
    ).fit(*tasks(10_000))
    X, y = tasks(300, seed=1)
    wanted = []
    for A, b in zip(X, y):
        G = A[:N].T @ A[:N] + SIGMA**2 * np.eye(D)
        w = np.linalg.solve(G, A[:N].T @ b[:N])
        wanted.append(np.square(A[N:] @ w - b[N:]))
    assert error(deep, X, y) < 1.6 * np.mean(wanted)


def test_a_context_is_a_set(shallow):
    X, y = tasks(1, seed=2)
    order = np.random.default_rng(0).permutation(N)
    first = shallow.predict(X[0, N:], X[0, :N], y[0, :N])
    again = shallow.predict(X[0, N:], X[0, :N][order], y[0, :N][order])
    np.testing.assert_allclose(first, again, rtol=1e-4, atol=1e-5)
    twice = np.concatenate([X[0, :N]] * 2), np.concatenate([y[0, :N]] * 2)
    np.testing.assert_allclose(
        shallow.predict(X[0, N:], *twice), first, rtol=1e-4, atol=1e-5
    )


def test_a_seed_decides():
    X, y = tasks(300)
    short = {"n_layers": 1, "n_context": N, "max_epochs": 1}
    before = torch.random.get_rng_state()
    fits = [
        InContextRegressor(random_state=s, **short).fit(X, y) for s in (0, 0, 1)
    ]
    assert torch.equal(torch.random.get_rng_state(), before)
    answers = [m.predict(X[0, N:], X[0, :N], y[0, :N]) for m in fits]
    np.testing.assert_array_equal(answers[0], answers[1])
    assert not np.allclose(answers[0], answers[2])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda X, y: (X[0], y), r"X \(tasks\) has shape \(16, 3\)"),
        (lambda X, y: (X, y[0]), r"y \(tasks\) has shape \(16,\)"),
        (lambda X, y: (X[:, :N], y[:, :N]), r"8 samples in each.*no question"),
        (lambda X, y: (np.where(X > 2, np.nan, X), y), r"NaN in column"),
        (lambda X, y: (X, np.where(y > 2, np.inf, y)), r"infinity in row"),
    ],
)
def test_bad_tasks_are_named(change, message):
    with pytest.raises(ValueError, match=message):
        InContextRegressor(n_context=N).fit(*change(*tasks(40)))


def test_bad_questions_are_named(shallow):
    X, y = tasks(1)
    A, b = X[0], y[0]
    for arguments, message in (
        ((A[N:, :2], A[:N], b[:N]), "X has 2 features, the training tasks has 3"),
        ((A[N:], A[:N, :2], b[:N]), "context has 2 features"),
        ((A[N:], A[:N], b), "labels has 16 entries, context has 8"),
        ((A[N:], A[:N], np.full(N, np.nan)), "labels contains NaN"),
    ):
        with pytest.raises(ValueError, match=message):
            shallow.predict(*arguments)
