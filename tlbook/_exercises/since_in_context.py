"""Checkers of chapters/since/in_context.ipynb."""

import numpy as np

from tlbook.exercises import Exercise


def a_question(rng):
    """Return context, labels, x, c."""
    n, d = int(rng.integers(4, 8)), int(rng.integers(2, 4))
    return (
        rng.normal(size=(n, d)),
        rng.normal(1.0, 1.0, size=n),
        rng.normal(size=d),
        float(rng.uniform(0.2, 0.9)),
    )


def answer(context, labels, x, c):
    """Vote by vote."""
    votes = [
        y * sum(a * b for a, b in zip(x, z)) for z, y in zip(context, labels)
    ]
    return c * sum(votes) / len(votes)


def a_sum(context, labels, x, c):
    return answer(context, labels, x, c) * len(labels)


def sign_kept(context, labels, x, c):
    return -answer(context, labels, x, c)


def without_step(context, labels, x, c):
    return answer(context, labels, x, 1.0)


def without_labels(context, labels, x, c):
    return answer(context, np.ones(len(labels)), x, c)


def a_setting(rng):
    """Return d, n, sigma."""
    return (
        int(rng.integers(2, 9)),
        int(rng.integers(5, 40)),
        float(rng.uniform(0.2, 1.5)),
    )


def best_step(d, n, sigma):
    """E w'w_hat over E |w_hat|^2, moment by moment."""
    same = d * (d + 2) / n  # E of one term with itself, |x|^2 (x'w)^2
    other = d * (n - 1) / n  # of two different ones
    return d / (same + other + d * sigma**2 / n)


def without_noise(d, n, sigma):
    return best_step(d, n, 0.0)


def not_squared(d, n, sigma):
    return best_step(d, n, np.sqrt(sigma))


def only_the_length(d, n, sigma):
    return 1 / (1 + sigma**2 / n)


def inverse(d, n, sigma):
    return 1 / best_step(d, n, sigma)


def a_context(rng):
    """Return context, labels, c."""
    context, labels, _, c = a_question(rng)
    return context, labels, c


def residuals(context, labels, c):
    """Ask each sample of the context as a question."""
    return np.array(
        [y - answer(context, labels, x, c) for x, y in zip(context, labels)]
    )


def predictions(context, labels, c):
    return labels - residuals(context, labels, c)


def wrong_sign(context, labels, c):
    return 2 * labels - residuals(context, labels, c)


def step_of_the_sum(context, labels, c):
    return residuals(context, labels, c * len(labels))


EXERCISES = {
    2: Exercise(
        answer,
        {
            "a_sum": a_sum,
            "sign_kept": sign_kept,
            "without_step": without_step,
            "without_labels": without_labels,
        },
        a_question,
    ),
    3: Exercise(
        best_step,
        {
            "without_noise": without_noise,
            "not_squared": not_squared,
            "only_the_length": only_the_length,
            "inverse": inverse,
        },
        a_setting,
    ),
    4: Exercise(
        residuals,
        {
            "predictions": predictions,
            "wrong_sign": wrong_sign,
            "step_of_the_sum": step_of_the_sum,
        },
        a_context,
    ),
}
