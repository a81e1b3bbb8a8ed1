"""Checkers of chapters/since/lora.ipynb."""

import numpy as np

from tlbook.exercises import Exercise


def a_change(rng):
    """Return a change of a layer, and a rank below its smaller side."""
    p, d = rng.integers(5, 8, 2)
    return rng.standard_normal((p, d)), int(rng.integers(2, 4))


def reached(change, r):
    """Take one direction after the other, by power iteration, and count its square."""
    left, total, found = change.copy(), (change**2).sum(), 0.0
    for _ in range(r):
        v = np.ones(left.shape[1])
        for _ in range(2000):
            v = left.T @ (left @ v)
            v /= np.linalg.norm(v)
        found += ((left @ v) ** 2).sum()
        left -= np.outer(left @ v, v)
    return found / total


def not_squared(change, r):
    values = np.linalg.svd(change, compute_uv=False)
    return values[:r].sum() / values.sum()


def what_is_left(change, r):
    return 1 - reached(change, r)


def smallest(change, r):
    energy = np.linalg.svd(change, compute_uv=False) ** 2
    return energy[-r:].sum() / energy.sum()


def one_more(change, r):
    return reached(change, r + 1)


def a_layer(rng):
    """Return weights and bias of a layer, and the shift of its inputs."""
    p, d = rng.integers(3, 6, 2)
    return rng.standard_normal((p, d)), rng.standard_normal(p), rng.normal(size=d)


def new_bias(W, b, c):
    return np.array(
        [b_k - sum(w * c_j for w, c_j in zip(row, c)) for row, b_k in zip(W, b)]
    )


def wrong_way(W, b, c):
    return 2 * b - new_bias(W, b, c)


def bias_forgotten(W, b, c):
    return new_bias(W, b, c) - b


def added_up(W, b, c):
    return b - np.sum(W @ c)


def a_budget(rng):
    """Return the sides of a layer and how many numbers may be trained."""
    p, d = (int(side) for side in rng.integers(8, 40, 2))
    budget = (p + d) * rng.choice([2.3, 3.6, 2.0 * min(p, d)])
    return p, d, int(budget)


def rank_for(p, d, numbers):
    r = 0
    while r < min(p, d) and (r + 1) * p + (r + 1) * d <= numbers:
        r += 1
    return r


def more_than_the_layer(p, d, numbers):
    return numbers // (p + d)


def of_one_side(p, d, numbers):
    return min(numbers // max(p, d), p, d)


def rounded_up(p, d, numbers):
    return min(-(-numbers // (p + d)), p, d)


def of_the_product(p, d, numbers):
    return numbers / (p * d)


EXERCISES = {
    2: Exercise(
        reached,
        {
            "not_squared": not_squared,
            "what_is_left": what_is_left,
            "smallest": smallest,
            "one_more": one_more,
        },
        a_change,
    ),
    3: Exercise(
        new_bias,
        {
            "wrong_way": wrong_way,
            "bias_forgotten": bias_forgotten,
            "added_up": added_up,
        },
        a_layer,
    ),
    4: Exercise(
        rank_for,
        {
            "more_than_the_layer": more_than_the_layer,
            "of_one_side": of_one_side,
            "rounded_up": rounded_up,
            "of_the_product": of_the_product,
        },
        a_budget,
    ),
}
