"""Checkers of chapters/frontiers/sla.ipynb."""

import math

import numpy as np

from tlbook.exercises import Exercise


def answers(rng):
    """Return samples, their reconstructions, and probabilities of three classes."""
    n, d = int(rng.integers(3, 6)), int(rng.integers(4, 8))
    x = rng.normal(size=(n, d))
    return x, x + rng.normal(0, 0.5, (n, d)), rng.dirichlet([1, 1, 1], n)


def costs(x, x_hat, p, divide=True, log=math.log):
    """By sums, a number at a time."""
    made = []
    for a, b, q in zip(x, x_hat, p):
        error = math.fsum((s - t) ** 2 for s, t in zip(a, b))
        error /= len(a) if divide else 1
        made.append(error - math.fsum(s * log(s) for s in q))
    return np.array(made)


def sure_is_dear(x, x_hat, p):
    """Take the entropy with the wrong sign."""
    return 2 * ((x_hat - x) ** 2).mean(axis=1) - costs(x, x_hat, p)


def error_alone(x, x_hat, p):
    return ((x_hat - x) ** 2).mean(axis=1)


def mean_entropy(x, x_hat, p):
    error = error_alone(x, x_hat, p)
    return error + (costs(x, x_hat, p) - error) / p.shape[1]


def pool(rng):
    """Return costs of twenty samples, all different, their groups, and a share."""
    groups = rng.permutation(np.repeat(np.arange(3), (5, 5, 10)))
    cost = rng.permutation(20) / 7 + 0.3 * groups + rng.uniform(0, 0.01, 20)
    return cost, groups, float(rng.choice([0.2, 0.4, 0.6]))


def cheapest(cost, share):
    """Return the cheapest samples by how many are cheaper still."""
    cheaper = np.array([sum(other < one for other in cost) for one in cost])
    return cheaper < round(share * len(cost))


def rate(chosen, groups):
    count, there = [0] * 3, [0] * 3
    for one, group in zip(chosen, groups):
        count[group] += int(one)
        there[group] += 1
    return np.array([a / b for a, b in zip(count, there)])


def of_the_chosen(cost, groups, share):
    chosen = cheapest(cost, share)
    return np.array([np.mean(groups[chosen] == g) for g in range(3)])


def in_each_group(cost, groups, share):
    """Take the cheapest of each group, not of all."""
    return np.array([cheapest(cost[groups == g], share).mean() for g in range(3)])


EXERCISES = {
    3: Exercise(
        costs,
        {
            "not_divided": lambda *given: costs(*given, divide=False),
            "bits": lambda *given: costs(*given, log=math.log2),
            "sure_is_dear": sure_is_dear,
            "error_alone": error_alone,
            "mean_entropy": mean_entropy,
        },
        answers,
    ),
    4: Exercise(
        lambda cost, groups, share: rate(cheapest(cost, share), groups),
        {
            "of_the_chosen": of_the_chosen,
            "dearest": lambda c, g, share: rate(cheapest(-c, share), g),
            "share_as_threshold": lambda c, g, share: rate(c < share, g),
            "in_each_group": in_each_group,
            "left_out": lambda c, g, share: 1 - rate(cheapest(c, share), g),
        },
        pool,
    ),
}
