"""Checkers of chapters/since/l2_sp.ipynb."""

from tlbook.exercises import Exercise


def a_weight(rng):
    """Return best, start, h, alpha."""
    best, start = rng.normal(0, 3, 2)
    return (
        float(best),
        float(start),
        float(rng.uniform(0.3, 3)),
        float(rng.uniform(0.3, 3)),
    )


def rest(best, start, h, alpha):
    """Walk down the slope until it is flat."""
    w = start
    for _ in range(4000):
        w -= 0.1 / (h + alpha) * (h * (w - best) + alpha * (w - start))
    return w


def decayed(best, start, h, alpha):
    return rest(best, 0.0, h, alpha)


def exchanged(best, start, h, alpha):
    return rest(best, start, alpha, h)


def without_curvature(best, start, h, alpha):
    return rest(best, start, 1.0, alpha)


def halfway(best, start, h, alpha):
    return (best + start) / 2


def some_weights(rng):
    """Return weights, start, head, alpha, beta."""
    shapes = [(2, 3), (4,)]
    weights, start = ([rng.normal(size=s) for s in shapes] for _ in range(2))
    head = [rng.normal(size=(2, 2)), rng.normal(size=2)]
    return (
        weights,
        start,
        head,
        float(rng.uniform(0.2, 2)),
        float(rng.uniform(0.2, 2)),
    )


def penalty(weights, start, head, alpha, beta):
    """Entry by entry."""
    total = 0.0
    for w, w0 in zip(weights, start):
        for a, b in zip(w.ravel(), w0.ravel()):
            total += alpha * (a - b) ** 2 / 2
    for w in head:
        total += beta * sum(a * a for a in w.ravel()) / 2
    return total


def to_zero(weights, start, head, alpha, beta):
    return penalty(weights, [0 * w for w in start], head, alpha, beta)


def without_half(weights, start, head, alpha, beta):
    return 2 * penalty(weights, start, head, alpha, beta)


def without_head(weights, start, head, alpha, beta):
    return penalty(weights, start, [], alpha, beta)


def one_strength(weights, start, head, alpha, beta):
    return penalty(weights, start, head, alpha, alpha)


def a_walk(rng):
    """Return steps, best, start, h, eta."""
    best, start, h, _ = a_weight(rng)
    return int(rng.integers(3, 9)), best, start, h, float(rng.uniform(0.05, 0.3))


def after(steps, best, start, h, eta):
    """Step by step."""
    w = start
    for _ in range(steps):
        w = w - eta * h * (w - best)
    return w


def one_step_more(steps, best, start, h, eta):
    return after(steps + 1, best, start, h, eta)


def what_is_left(steps, best, start, h, eta):
    return after(steps, best, start, h, eta) - best


def straight(steps, best, start, h, eta):
    return start - steps * eta * h * (start - best)


EXERCISES = {
    2: Exercise(
        rest,
        {
            "decayed": decayed,
            "exchanged": exchanged,
            "without_curvature": without_curvature,
            "halfway": halfway,
        },
        a_weight,
    ),
    3: Exercise(
        penalty,
        {
            "to_zero": to_zero,
            "without_half": without_half,
            "without_head": without_head,
            "one_strength": one_strength,
        },
        some_weights,
    ),
    5: Exercise(
        after,
        {
            "one_step_more": one_step_more,
            "what_is_left": what_is_left,
            "straight": straight,
        },
        a_walk,
    ),
}
